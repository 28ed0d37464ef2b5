"""Whether a sentence can answer a question: it asserts, has the form that is wanted, and speaks of the thing and of what is
asked of it. These are conditions, beside the probability that `passages` gives: words in common are no answer.
"""

from __future__ import annotations

import regex

from truthgpt.answer.asserting import announces, asks, asserts, is_own_situation, names_a_problem, supposes
from truthgpt.answer.coverage import Encoder, nearness
from truthgpt.answer.disowned import is_disowned
from truthgpt.answer.question import Question
from truthgpt.answer.reported import is_reported, reported
from truthgpt.answer.selection import LANGUAGE
from truthgpt.answer.wants import gives
from truthgpt.answer.words import stem_words
from truthgpt.truth.sentences import split

_FEW = 3
"""Things that matter in a question, its names being one, up to which an answer must speak to each: so short a question says
nothing twice."""
_NEAR = 0.2
"""How near (`coverage.nearness`) a word must be that a sentence has in the place of one that matters."""
_BREAK = "\n"
_LIKELY, _FORM = 0.2, 0.5
_LIKELY_READ, _FORM_READ = 0.02, 0.1
"""The same where the network reads what is looked at, and has the last word."""
_TITLE = 200
"""Characters of a post's first line that say what its sentences are about."""
_SHORT = 260
"""Width of a post, Han characters counted double, up to which it is quoted whole."""
_HAN = regex.compile(r"\p{Han}")
# "What is it like to …", "Has anyone …": what the author of a post lives through is what is asked for.
_ASKS_FOR_EXPERIENCE = regex.compile(
    r"\b(?:do|did|have|are|were|would|how) you\b|\b(?:anyone|anybody|like to|feel like|experiences?|voces?|alguem|experiencias?)\b|你|有没有人|经历|体验",
    regex.IGNORECASE,
)


def quotable(text: str, start: int, end: int) -> str:
    """What is quoted of the post `text` for its passage [start, end): a short post whole, so that no sentence of it is torn
    from what it leans on, unless it asks as well or passes on somebody else's words; of a longer one the passage."""
    whole = text.strip()
    if (
        len(whole) + len(_HAN.findall(whole)) > _SHORT
        or reported(text)
        or any(asks(span.text) for span in split(whole))
    ):
        return text[start:end]
    return whole


class Wanted:
    """What a question wants of a sentence, read once."""

    def __init__(self, question: Question, encoder: Encoder) -> None:
        likely, form = (_LIKELY_READ, _FORM_READ) if question.language == LANGUAGE else (_LIKELY, _FORM)
        self.least = form if question.wants in ("reason", "way") else likely
        """Probability (`passages`) below which a sentence is not looked at: who asks how tells much that has the form of a way."""
        self._question = question
        self._encoder = encoder
        self._own = _ASKS_FOR_EXPERIENCE.search(question.text) is not None
        matter = [term for term in question.terms if term[1] in question.matters]
        # What gives a number, a time or a name tells by that; Chinese is compared by pairs of characters, many of them no words.
        things = len([stem for stem, _ in matter if stem not in question.names]) + bool(question.names)
        few = things <= _FEW and question.expects in ("statement", "opinion") and question.language != "zh"
        self._matter = [(stem, encoder.tokens(word)[0]) for stem, word in matter] if few else []

    def met_by(self, post: str, start: int, end: int) -> bool:
        """Whether the sentence [start, end) of `post` asserts something, as its author's own, in the form that the question wants, of all that
        it asks about."""
        text, question = post[start:end], self._question
        return (
            asserts(text, question.language)
            and not announces(text)
            and not supposes(text)
            and gives(text, question.wants, question.matters)
            and (self._own or not is_own_situation(text))
            and self._is_spoken_of(post, start, end)
            and not names_a_problem(post, end)
            and not is_reported(post, start, end)
            and not is_disowned(post, start, end)
        )

    def _is_spoken_of(self, post: str, start: int, end: int) -> bool:
        if not self._matter:
            return True
        text = quotable(post, start, end)
        if self._question.wants in ("reason", "way"):  # "Ignore it until it stops": what for, the title says
            text = f"{post[:_TITLE].split(_BREAK, 1)[0]} {text}"
        stems = dict(stem_words(text, self._question.language)).keys()
        missing = [vectors for stem, vectors in self._matter if stem not in stems]
        if not missing:
            return True
        tokens = self._encoder.tokens(text)[0]
        return all(len(vectors) and nearness(vectors, tokens).mean() >= _NEAR for vectors in missing)
