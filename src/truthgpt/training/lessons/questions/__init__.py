"""A statement that stands alone goes in, the questions that it answers for certain come out, by closed rules.

    >>> for made in questions("The bridge was built in 1932.", "en"):
    ...     print(made.expects, "|", made.text)
    time | When was the bridge built?

English, Portuguese and Chinese. What the rules are not sure of gives no question: a lesson too few costs less than one whose
answer is none. Imports `answer` (the kinds of questions), `truth` (how sentences and claims are read).
"""

from __future__ import annotations

from truthgpt.answer import question as question_
from truthgpt.answer.satisfies import satisfies
from truthgpt.training.lessons.questions import chinese, english, portuguese
from truthgpt.training.lessons.questions.made import Made
from truthgpt.training.lessons.questions.names import names

__all__ = ["Made", "about", "names", "questions"]

_RULES = {"en": english, "pt": portuguese, "zh": chinese}
_ABOUT = {
    "en": ("What do the posts say about {}?", "What is known about {}?", "What is said about {}?"),
    "pt": ("O que se sabe sobre {}?", "O que dizem as publicações sobre {}?"),
    "zh": ("关于{}，帖子说了什么？", "{}有什么消息？"),
}


def questions(
    statement: str, language: str, named: frozenset[str] = frozenset(), *, headline: bool = False
) -> list[Made]:
    """Questions that `statement` answers, none in a language without rules. `named` are words known to be names: at the
    beginning of a sentence every word has a capital. A `headline` leaves words out.

    Each is one that the answer path reads as it was meant, and that it finds answered by the statement.
    """
    rules = _RULES.get(language)
    found = []
    for made in rules.questions(statement, named, headline) if rules else ():
        read = question_.read(made.text, language)
        if read.expects == made.expects and satisfies(statement, read):
            found.append(made)
    return found


def about(statement: str, language: str, named: frozenset[str] = frozenset()) -> tuple[str, tuple[str, ...]]:
    """What `statement` tells something of, and questions that ask what is said of it; "" and none where that is not sure."""
    rules = _RULES.get(language)
    name = rules.topic(statement, named) if rules else ""
    return name, tuple(form.format(name) for form in _ABOUT[language]) if name else ()
