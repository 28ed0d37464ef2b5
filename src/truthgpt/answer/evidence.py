"""From posts found to evidence: what may be cited, in which order, and whether it answers the question at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from truthgpt.answer import passages
from truthgpt.answer.injection import addresses_assistant
from truthgpt.answer.kinds import QUANTITIES
from truthgpt.answer.passages import Encoder, Passage
from truthgpt.answer.question import Question
from truthgpt.answer.schema import Evidence
from truthgpt.corpus.post import Post
from truthgpt.search.searcher import Hit

FOUND = 24
"""Posts that search brings for a question, copies counted once."""
KEPT = 8
"""Pieces of evidence that an answer may cite."""
_A_COMMUNITY = 4
"""Pieces of evidence that one community may give, so that a loud one does not fill the page."""
_ANSWERS = 0.25
"""Probability of the best passage from which the posts are taken to answer the question."""
_ASIDE = 0.60
"""The same where the passage lacks the word that the question turns on, or its post the question's names or most words."""
_COVERED = 0.28
"""Share of the question's tokens, by weight, that such a post must have."""
_HEAD = 0.2
"""How far a passage must have that word, or one near it."""
_LATER = 0.08
"""What the latest of the posts found gains over the earliest where a number is asked for that may have changed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A post that may be cited, independent of the other pieces: copies of one text are one piece."""

    post: Post
    copies: int
    passage: Passage
    others: tuple[Passage, ...]

    @property
    def relevance(self) -> float:
        return self.passage.probability

    def as_schema(self, stance: str = "neutral") -> Evidence:
        post = self.post
        return Evidence.model_validate(
            {
                "id": post.id,
                "text": post.text,
                "community": post.community,
                "author": post.author,
                "created_at": post.created_at,
                "stance": stance,
                "relevance": round(min(1.0, self.relevance), 4),
                "copies": self.copies,
                "url": post.url,
                "passage": (self.passage.start, self.passage.end),
            }
        )


def gather(question: Question, hits: Sequence[Hit], encoder: Encoder) -> list[Piece]:
    """The evidence in `hits`, best first, at most `KEPT` pieces; posts that address the assistant are left out."""
    usable = [hit for hit in hits if not addresses_assistant(hit.post.text)]
    ranked = passages.rank(question, usable, encoder)
    pieces = [
        Piece(hit.post, hit.copies, found[0], tuple(found[1:4]))
        for hit, found in zip(usable, ranked, strict=True)
        if found
    ]
    if question.expects in QUANTITIES:
        pieces = _later_first(pieces)
    pieces.sort(key=lambda piece: -piece.relevance)
    kept: list[Piece] = []
    taken: dict[str, int] = {}
    for piece in pieces:
        community = piece.post.community
        if taken.get(community, 0) < _A_COMMUNITY or not community:
            taken[community] = taken.get(community, 0) + 1
            kept.append(piece)
    return kept[:KEPT]


def answers(question: Question, pieces: Sequence[Piece]) -> bool:
    """Whether the evidence answers the question, rather than only being about its subject."""
    return any(answering(piece.passage) for piece in pieces)


def answering(passage: Passage) -> bool:
    """Whether the passage is taken to answer: it holds what is asked for, and is likely enough to be meant."""
    close = passage.head >= _HEAD and passage.names and passage.covered >= _COVERED
    needed = _ANSWERS if close else _ASIDE
    return passage.satisfies and passage.probability >= needed


def _later_first(pieces: Sequence[Piece]) -> list[Piece]:
    times = sorted({piece.post.created_at for piece in pieces if piece.post.created_at})
    if len(times) < 2:
        return list(pieces)
    first, last = times[0], times[-1]

    def gain(created_at: datetime | None) -> float:
        return _LATER * ((created_at - first) / (last - first)) if created_at else 0.0

    return [replace(piece, passage=_raised(piece.passage, gain(piece.post.created_at))) for piece in pieces]


def _raised(passage: Passage, gain: float) -> Passage:
    return replace(passage, probability=min(1.0, passage.probability + gain))
