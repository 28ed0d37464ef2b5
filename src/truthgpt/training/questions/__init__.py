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
from truthgpt.training.questions import chinese, english, portuguese
from truthgpt.training.questions.made import Made
from truthgpt.training.questions.names import names

__all__ = ["Made", "names", "questions"]

_RULES = {"en": english.questions, "pt": portuguese.questions, "zh": chinese.questions}


def questions(statement: str, language: str, named: frozenset[str] = frozenset()) -> list[Made]:
    """Questions that `statement` answers, none in a language without rules. `named` are words known to be names: at the
    beginning of a sentence every word has a capital.

    Each is one that the answer path reads as it was meant, and that it finds answered by the statement.
    """
    rules = _RULES.get(language)
    if rules is None:
        return []
    found = []
    for made in rules(statement, named):
        read = question_.read(made.text, language)
        if read.expects == made.expects and satisfies(statement, read):
            found.append(made)
    return found
