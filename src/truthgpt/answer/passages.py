"""Which sentences of the posts found speak to the question, and how likely each is to answer it.

The probability that a sentence answers is a logistic regression on seven features of the question, the sentence and its
post. Sentences that can answer by that and by their form (`speaking`) are read by the network of `selection`, alone and under the title of their post:
what it finds too far from the question cannot, and for the others a second regression weighs how near it finds them beside the seven. That is
for English, in which alone posts were judged. `scripts/fit_passages.py` fits the first, on the questions written for the demo posts, and
`scripts/fit_answering.py` the second, on judged sentences of Reddit's too; each prints how it does on questions that were left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from truthgpt.answer import selection
from truthgpt.answer.coverage import PART, Encoder, covered
from truthgpt.answer.question import Question
from truthgpt.answer.satisfies import satisfies
from truthgpt.answer.speaking import Wanted
from truthgpt.answer.words import stem_words
from truthgpt.search.searcher import Hit
from truthgpt.truth.sentences import split

READ = 3_000
"""Characters of a post in which passages are looked for."""
LONGEST = 420
"""Characters that a passage may have; a longer sentence is cut at a clause or a space."""
_HEAD_OF_POST = 1_000
"""Characters of a post that are compared with the question as a whole."""

FEATURES = ("head", "names", "cosine", "kind", "covered", "text score", "rank")
WEIGHTS = (1.17, 1.52, 1.43, 2.84, 3.34, 1.85, 0.80)
BIAS = -9.97

READ_FEATURES = (*FEATURES, "near", "near under its title")
"""What the second regression weighs, which says how probable it is that a sentence answers, or at least helps with what is asked."""
READ_WEIGHTS = (0.38, 0.03, -1.23, 0.67, 1.12, -0.18, 1.12, 4.77, 4.29)
READ_BIAS = -7.42

SELECTED = 32
"""Sentences that the network reads, the likeliest of those that can answer: what a tenth of a second allows on two cores."""
LEAST = 0.2
"""The least nearness of an answer."""
TITLE = 150
"""Characters of a title under which a sentence is read: it often names what the sentence speaks of."""
MEANT = 0.65
"""Nearness that tells as well as a question's words that it is meant: "14 percent wider" answers "how much larger"."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a post, at [start, end) of its text, and the `probability` that it answers the question.

    `features` are the numbers that `FEATURES` names, `by_words` the probability by these alone. `speaks` says whether it can be an answer
    at all. Of what the network read, `answers` is the probability by `READ_FEATURES`, and `meant` says that it is so near that the question's
    words need not be in it.
    """

    start: int
    end: int
    text: str
    probability: float
    features: tuple[float, ...]
    by_words: float = 0.0
    speaks: bool = True
    answers: float | None = None
    meant: bool = False

    @property
    def head(self) -> float:
        """How far it has the word that the question turns on; 1 where the question has none."""
        return self.features[FEATURES.index("head")]

    @property
    def names(self) -> float:
        """The share of the question's names that its post has; 1 where the question has none."""
        return self.features[FEATURES.index("names")]

    @property
    def covered(self) -> float:
        """The share of the question's tokens, by weight, that its post has."""
        return self.features[FEATURES.index("covered")]

    @property
    def satisfies(self) -> bool:
        """Whether it holds the kind of thing asked for."""
        return self.features[FEATURES.index("kind")] > 0


_QUESTION = regex.compile(r"[?？]\s*[\"”’')\]]*$")
# Openings that lean on what was said before: pronouns, "not either", "but", a lower-case remainder.
_LEANS = regex.compile(
    r"^\W*(?:(?:they|them|their|it|its|it's|he|she|his|her|him|this|that|that's|these|those|such|there it|both|neither|either"
    r"|not|nor|but|and|so|or|then|also|because|which|where|same|one of them|some of|careful|yes|no|ele|ela|eles|elas|isso|isto"
    r"|esse|essa|esses|essas|este|esta|aquilo|mas|e|ou|entao|porque|tambem|nem|sim|nele|nela|dele|dela|onde|se)\b"
    r"|[它他她这那其此上以但而也所因还又就])",
    regex.IGNORECASE,
)
_ADDRESS = regex.compile(r"https?://\S+")
_LETTERS = regex.compile(r"\p{L}")


def rank(question: Question, hits: Sequence[Hit], encoder: Encoder) -> list[list[Passage]]:
    """For each hit its passages, those that can answer first, the likeliest of them first; a post with no sentence worth
    citing has none."""
    found = likely(question, hits, encoder)
    return [
        in_order(passages)
        for passages in (
            _selected(question, hits, found) if question.language == selection.LANGUAGE else found
        )
    ]


def in_order(passages: Sequence[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: (not passage.speaks, -passage.probability))


def likely(question: Question, hits: Sequence[Hit], encoder: Encoder) -> list[list[Passage]]:
    """For each hit its passages in their order, by the features alone."""
    asked, wanted = _Asked(question, encoder), Wanted(question, encoder)
    best_text = max((hit.text_score for hit in hits), default=0.0) or 1.0
    spans = [_sentences(hit.post.text) for hit in hits]
    cosines = iter(encoder.encode([text for found in spans for _, _, text in found]) @ asked.vector)
    ranked = []
    for place, (hit, found) in enumerate(zip(hits, spans, strict=True)):
        has = asked.covered(hit.post.text[:_HEAD_OF_POST])
        names = asked.names(hit.post.text[:READ])
        passages = []
        for start, end, text in found:
            features = (
                asked.head(text),
                names,
                float(next(cosines)),
                float(satisfies(text, question)),
                has,
                hit.text_score / best_text,
                1 / (1 + place),
            )
            probability = _sigmoid(_log_odds(features, WEIGHTS, BIAS))
            speaks = probability >= wanted.least and wanted.met_by(hit.post.text, start, end)
            passages.append(Passage(start, end, text, probability, features, probability, speaks))
        ranked.append(passages)
    return ranked


def _selected(
    question: Question, hits: Sequence[Hit], ranked: Sequence[Sequence[Passage]]
) -> list[list[Passage]]:
    """The passages with what the network finds of those that can answer; those that it does not read cannot."""
    titles = {
        passage: title_of(hit.post.text, passage.start)
        for hit, passages in zip(hits, ranked, strict=True)
        for passage in passages
        if passage.speaks
    }
    read = sorted(titles, key=lambda passage: -passage.probability)[:SELECTED]
    found = dict(
        zip(read, nearness(question.text, [(passage.text, titles[passage]) for passage in read]), strict=True)
    )
    return [[_with_nearness(passage, found.get(passage)) for passage in passages] for passages in ranked]


def nearness(question: str, sentences: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
    """How near each sentence is to the question, alone and under the title that stands beside it, if that is not empty."""
    titled = [f"{title}. {text}" for text, title in sentences if title]
    found = selection.shipped().nearness(question, [*(text for text, _ in sentences), *titled]).tolist()
    under = iter(found[len(sentences) :])
    return [
        (near, next(under) if title else near) for near, (_, title) in zip(found, sentences, strict=False)
    ]


def title_of(post: str, start: int) -> str:
    """The title under which a sentence at `start` of `post` is read; empty for the post's first."""
    return post[:TITLE].split("\n", 1)[0] if start else ""


def _with_nearness(passage: Passage, near: tuple[float, float] | None) -> Passage:
    if near is None:
        return replace(passage, speaks=False)
    probability = _sigmoid(_log_odds((*passage.features, *near), READ_WEIGHTS, READ_BIAS))
    return replace(
        passage, probability=probability, speaks=near[0] >= LEAST, answers=probability, meant=near[0] >= MEANT
    )


def _log_odds(features: Sequence[float], weights: Sequence[float], bias: float) -> float:
    return bias + math.fsum(w * x for w, x in zip(weights, features, strict=True))


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


class _Asked:
    """What is computed once a question: its vector, its tokens' vectors and weights, its head word's vector."""

    def __init__(self, question: Question, encoder: Encoder) -> None:
        self._encoder = encoder
        self._language = question.language
        self._head = question.head
        self._names = question.names
        self.vector = encoder.encode([question.text])[0]
        self._tokens = encoder.tokens(question.text)
        self._head_vector = encoder.encode([question.head[1]])[0] if question.head else None

    def covered(self, text: str) -> float:
        return covered(self._tokens, text, self._encoder)

    def names(self, text: str) -> float:
        """The share of the question's names that `text` has; 1 where the question has none."""
        if not self._names:
            return 1.0
        return len(self._names & dict(stem_words(text, self._language)).keys()) / len(self._names)

    def head(self, text: str) -> float:
        """1 where `text` has the word that the question turns on, less where it has one of near meaning."""
        if self._head is None or self._head_vector is None:
            return 1.0
        words = dict(stem_words(text, self._language))
        if self._head[0] in words:
            return 1.0
        if not words:
            return 0.0
        nearest = float((self._encoder.encode(list(words.values())) @ self._head_vector).max())
        return min(PART, max(0.0, (nearest - 0.3) / 0.5))


def _says_something(sentence: str) -> bool:
    """Whether there is enough of it to be a statement: ten letters, or four Han characters."""
    letters = _LETTERS.findall(sentence)
    return len(letters) >= 10 or sum(letter >= "\u3400" for letter in letters) >= 4


def _sentences(text: str) -> list[tuple[int, int, str]]:
    """Declarative sentences that say something and stand alone, whole or cut at `LONGEST`.

    A sentence that leans on the one before it ("They rebuilt it in a grid") is taken with that one; where the two are too
    long together, or nothing stands before it, it is left out.
    """
    found = []
    before: tuple[int, int] | None = None
    for span in split(text[:READ]):
        start, end = span.start, span.end
        leans = _LEANS.match(text[start:end]) is not None
        if leans and before is not None and end - before[0] <= LONGEST:
            start = before[0]
            leans = False
        # On an address no sentence leans.
        before = (start, end) if _says_something(_ADDRESS.sub("", text[start:end])) else None
        if leans or _QUESTION.search(text[start:end]) or not _says_something(text[start:end]):
            continue
        if end - start > LONGEST:
            cut = max(text.rfind(mark, start, start + LONGEST) for mark in (", ", "; ", "，", "；", " "))
            end = cut if cut > start + LONGEST // 2 else start + LONGEST
        found.append((start, end, text[start:end]))
    return found
