"""The sides of a question on which communities differ: each with its points and its share of independent evidence."""

from __future__ import annotations

from collections.abc import Sequence

from truthgpt.answer.evidence import Piece
from truthgpt.answer.question import Question
from truthgpt.answer.schema import Perspective

SIDES = 4
"""Perspectives that are shown at the most."""
_POINTS = 2


def by_community(question: Question, pieces: Sequence[Piece]) -> list[Perspective]:
    """A perspective a community, largest share first, where the question asks for opinions and at least two speak.

    A side's share is that of its independent pieces of evidence, so a text that was copied a hundred times weighs one.
    """
    if question.expects != "opinion":
        return []
    sides: dict[str, list[Piece]] = {}
    for piece in pieces:
        if piece.post.community:
            sides.setdefault(piece.post.community, []).append(piece)
    if len(sides) < 2:
        return []
    total = sum(len(side) for side in sides.values())
    largest = sorted(sides.items(), key=lambda side: (-len(side[1]), side[0]))[:SIDES]
    return [
        Perspective(
            label=community,
            share=round(len(side) / total, 4),
            sentences=[piece.passage.text for piece in side[:_POINTS]],
            citations=[piece.post.id for piece in side[:_POINTS]],
        )
        for community, side in largest
    ]
