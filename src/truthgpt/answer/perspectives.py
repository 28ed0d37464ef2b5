"""The sides of a contested question: who is on which, each side's points, its share of independent evidence, and what they share.

Sides are who is for and who is against what the question asks, by the stance model; where it can tell no two, the communities
that speak. A side is never named by what the question says of it, only as for or against, so that asking the question the other
way round swaps two labels and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from truthgpt.answer import phrases
from truthgpt.answer.evidence import Piece
from truthgpt.answer.passages import READ
from truthgpt.answer.question import Question
from truthgpt.answer.schema import Perspective
from truthgpt.corpus.fold import plain
from truthgpt.truth import proposition
from truthgpt.truth.sides import take_sides
from truthgpt.truth.verifier import Verifier

SIDES = 4
"""Perspectives that are shown at the most, what they have in common aside."""
_POINTS = 2
_VOICES = 2
_OPENING = 240
"""Characters of a post's opening that are read, with the passage found, for the side that its author takes."""
_COMPARED = 4
"""Points of each side that are looked for among the other's posts."""


# Words by which a sentence says what its author thinks, rather than what is so.
_OPINION = regex.compile(
    r"\b(?:should|ought|must|need to|let'?s|better|worse|best|worst|good|bad|love|hate|please|think|believe)\b"
    r"|\b(?:opinion|against|no more|in favou?r|plainly|honest\w*)\b|应该|必须|最好|觉得|认为|不该|!|！"
    r"|\b(?:dev(?:e|em|ia|eria|emos)|precis\w+|melhor|pior|acho|penso|opiniao|gosto|odeio|contra|a favor|defendo|por favor)\b"
)


@dataclass(frozen=True, slots=True)
class Contest:
    """The sides by name, largest first, with the share of each in the independent evidence; and the side of each post.

    None of both where the question is not contested. `by_stance` says that the sides are for and against.
    """

    shares: Mapping[str, float]
    side_of: Mapping[str, str]
    by_stance: bool = False

    def share_of(self, post_id: str) -> float | None:
        """The share of the side that a post is on; None where it is on none."""
        return self.shares.get(self.side_of.get(post_id, ""))


QUIET = Contest({}, {})
"""No contest."""


def is_opinion(sentence: str) -> bool:
    """Whether the sentence says what its author thinks."""
    return _OPINION.search(plain(sentence)) is not None


def contest(question: Question, heard: Sequence[Piece]) -> Contest:
    """The sides among all independent posts that were `heard` on the question."""
    found = _by_stance(question, heard)
    if not found.shares and question.expects == "opinion":
        return _by_community(heard)
    return found


def _by_stance(question: Question, heard: Sequence[Piece]) -> Contest:
    goal = proposition.target(question.text)
    if goal is None:
        return QUIET
    # An author who writes twenty posts is one voice: the first, which answers best.
    voices = list({piece.post.author or piece.post.id: piece for piece in reversed(heard)}.values())[::-1]
    sides = take_sides(goal, [_speech(piece) for piece in voices])
    if not sides.contested:
        return QUIET
    total = len(sides.favor) + len(sides.against)
    labels = phrases.sides(question.language)
    taken = sorted(zip(labels, (sides.favor, sides.against), strict=True), key=lambda side: -len(side[1]))
    return Contest(
        {label: len(places) / total for label, places in taken},
        {voices[place].post.id: label for label, places in taken for place in places},
        by_stance=True,
    )


def _speech(piece: Piece) -> str:
    """What of a post is read for its side: its opening, where the title is, and the passage that speaks to the question."""
    opening = piece.post.text[:_OPENING]
    return opening if piece.passage.text in opening else f"{opening}\n{piece.passage.text}"


def _by_community(heard: Sequence[Piece]) -> Contest:
    """The communities that speak, of at most `SIDES`; one post is not a side: a community has `_VOICES` at least."""
    voices = Counter(piece.post.community for piece in heard if piece.post.community)
    named = {community: count for community, count in voices.items() if count >= _VOICES}
    if len(named) < 2:
        return QUIET
    total = sum(named.values())
    largest = sorted(named.items(), key=lambda side: (-side[1], side[0]))[:SIDES]
    shares = {community: count / total for community, count in largest}
    return Contest(shares, {p.post.id: p.post.community for p in heard if p.post.community in shares})


def perspectives(
    contest: Contest, pieces: Sequence[Piece], verifier: Verifier, language: str
) -> list[Perspective]:
    """What the sides have in common, where they have, and a perspective a side, largest share first.

    A side's share is that of its independent posts among all that were heard: a text that was copied a hundred times weighs
    one, and what is shown of a side changes nothing.
    """
    camps = {
        label: [piece for piece in pieces if contest.side_of.get(piece.post.id) == label]
        for label in contest.shares
    }
    found = [
        Perspective(
            label=label,
            share=round(contest.shares[label], 4),
            sentences=[piece.passage.text for piece in camp[:_POINTS]],
            citations=[piece.post.id for piece in camp[:_POINTS]],
        )
        for label, camp in camps.items()
        if camp
    ]
    if len(found) < 2:
        return []
    common = _in_common(list(camps.values()), verifier) if contest.by_stance else None
    return [_shared(*common, len(contest.side_of), language), *found] if common else found


def _in_common(camps: Sequence[Sequence[Piece]], verifier: Verifier) -> tuple[str, list[Piece]] | None:
    """The point of one side that most posts of another say too, with the posts of both that do."""
    best: tuple[str, list[Piece]] | None = None
    for camp in camps:
        others = [piece for other in camps if other is not camp for piece in other]
        for piece in camp[:_COMPARED]:
            judged = verifier.judge(piece.passage.text, [other.post.text[:READ] for other in others])
            say = [
                other for other, one in zip(others, judged.evidence, strict=True) if one.stance == "supports"
            ]
            if say and (best is None or len(say) >= len(best[1])):
                best = piece.passage.text, [piece, *say]
    return best


def _shared(text: str, pieces: Sequence[Piece], voices: int, language: str) -> Perspective:
    return Perspective(
        label=phrases.in_common(language),
        share=round(min(1.0, len(pieces) / voices), 4),
        sentences=[text],
        citations=[piece.post.id for piece in pieces[:_COMPARED]],
    )
