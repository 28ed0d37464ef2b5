"""The sides of a question on which communities differ: each with its points and its share of independent evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import regex

from truthgpt.answer.evidence import Piece
from truthgpt.answer.schema import Perspective
from truthgpt.corpus.fold import plain

SIDES = 4
"""Perspectives that are shown at the most."""
_POINTS = 2
_VOICES = 2


# Words by which a sentence says what its author thinks, rather than what is so.
_OPINION = regex.compile(
    r"\b(?:should|ought|must|need to|let'?s|better|worse|best|worst|good|bad|love|hate|please|think|believe)\b"
    r"|\b(?:opinion|against|no more|in favou?r|plainly|honest\w*)\b|应该|必须|最好|觉得|认为|不该|!|！"
    r"|\b(?:dev(?:e|em|ia|eria|emos)|precis\w+|melhor|pior|acho|penso|opiniao|gosto|odeio|contra|a favor|defendo|por favor)\b"
)


def is_opinion(sentence: str) -> bool:
    """Whether the sentence says what its author thinks."""
    return _OPINION.search(plain(sentence)) is not None


def shares(voices: Mapping[str, int]) -> dict[str, float]:
    """The share of each community, of at most `SIDES`, in the independent evidence; none where fewer than two speak.

    One post is not a side: a community has `_VOICES` at least.
    """
    named = {community: count for community, count in voices.items() if community and count >= _VOICES}
    if len(named) < 2:
        return {}
    total = sum(named.values())
    largest = sorted(named.items(), key=lambda side: (-side[1], side[0]))[:SIDES]
    return {community: count / total for community, count in largest}


def by_community(pieces: Sequence[Piece], voices: Mapping[str, int]) -> list[Perspective]:
    """A perspective a community, largest share first, where at least two speak.

    A side's share is that of its independent posts among all that were found, `voices`: a text that was copied a hundred
    times weighs one, and what is shown of a side changes nothing.
    """
    found = []
    for community, share in shares(voices).items():
        points = [piece for piece in pieces if piece.post.community == community and piece.passage.speaks][
            :_POINTS
        ]
        if points:
            found.append(
                Perspective(
                    label=community,
                    share=round(share, 4),
                    sentences=[piece.passage.text for piece in points],
                    citations=[piece.post.id for piece in points],
                )
            )
    return found if len(found) > 1 else []
