"""From what many posts say of a claim to one probability that it is so.

Each independent voice is a witness: it says so, denies it, or says nothing, with the verifier's probabilities, and is
right with the reliability of its source. The log-odds of the claim are the sum of what the witnesses' words are worth
(naive Bayes; the one-coin model of Dawid and Skene 1979 where reliabilities are learned, see `reliability`). Copies of one
text are one witness, the first. A source that mostly repeats others counts by what it says of its own, and one that
says the contrary later takes back what it said. A claim that enough speak for and enough against is disputed: the two
sums stand side by side and are never averaged to a half.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from truthgpt.truth.verifier import Verdict

RELIABILITY = 0.75
"""How often a source of which nothing is known is taken to be right."""
CORRECTION = 0.85
"""The same of a post that says of something said elsewhere that it is not so: its author has looked at both."""
OUTDATED = 0.5
"""What a voice before a correction of another source still counts."""
ENOUGH = math.log(2)
"""Log-odds from which a side is well supported: about one clear voice."""
SMALLER = 0.25
"""Share of the larger side's log-odds that the smaller one must have for a dispute."""
HOLDS = 0.6
"""Probability from which a claim is supported, and below one minus which it is refuted."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one post says of a claim: the probabilities that it supports and that it refutes it, in [0, 1].

    `text` names its cluster of near copies, `source` its author (empty where unknown: nobody else's), `written` when, in
    seconds (None: unknown). `corrects` says that the post denies something said elsewhere.
    """

    supports: float
    refutes: float
    text: str = ""
    source: str = ""
    written: float | None = None
    corrects: bool = False
    reliability: float = RELIABILITY


@dataclass(frozen=True, slots=True)
class Belief:
    """The probability that a claim is so, and why: the log-odds for it and against it (both ≥ 0), from how many voices."""

    verdict: Verdict
    probability: float
    supporting: float
    refuting: float
    voices: int

    @property
    def confidence(self) -> float:
        """How probable it is that the verdict is right; of a dispute, how even it is, in [0, 1]."""
        if self.verdict == "supported":
            return self.probability
        if self.verdict == "refuted":
            return 1.0 - self.probability
        if self.verdict == "disputed":
            return min(self.supporting, self.refuting) / max(self.supporting, self.refuting)
        return 1.0 - abs(2.0 * self.probability - 1.0)


def believe(voices: Sequence[Voice], prior: float = 0.5) -> Belief:
    """The belief in a claim after all `voices`, whatever their order. None at all is `not enough evidence`.

    `prior` is the probability before any voice was heard, in (0, 1).
    """
    heard, original = _independent(voices), originality(voices)
    worths = [_worth(voice, heard) * original.get(voice.source, 1.0) for voice in heard]
    supporting = sum(worth for worth in worths if worth > 0)
    refuting = -sum(worth for worth in worths if worth < 0)
    odds = math.log(prior / (1 - prior)) + supporting - refuting
    probability = 0.5 * (1.0 + math.tanh(odds / 2))
    verdict: Verdict = "not enough evidence"
    if min(supporting, refuting) >= max(ENOUGH, SMALLER * max(supporting, refuting)):
        verdict = "disputed"
    elif probability >= HOLDS:
        verdict = "supported"
    elif probability <= 1 - HOLDS:
        verdict = "refuted"
    return Belief(verdict, probability, supporting, refuting, len(heard))


def originality(voices: Sequence[Voice]) -> dict[str, float]:
    """For each named source the share of its texts, in [0, 1], that no single other source had before it.

    What one source alone had first tells who copies whom; texts that many had, each some, may be news that all report
    (after Dong, Berti-Équille and Srivastava 2009).
    """
    first: dict[str, str] = {}
    texts: dict[str, set[str]] = {}
    for voice in sorted(voices, key=_order):
        if voice.text and voice.source:
            first.setdefault(voice.text, voice.source)
            texts.setdefault(voice.source, set()).add(voice.text)
    found = {}
    for source, mine in texts.items():
        taken = Counter(first[text] for text in mine if first[text] != source)
        found[source] = 1.0 - max(taken.values(), default=0) / len(mine)
    return found


def _independent(voices: Sequence[Voice]) -> list[Voice]:
    """One voice a text, the earliest; one a source where it changed sides, the latest; in the order of their times."""
    order = sorted(voices, key=_order)
    texts: dict[str, Voice] = {}
    for number, voice in enumerate(order):
        texts.setdefault(voice.text or f"\0{number}", voice)
    kept: dict[str, Voice] = {}
    for number, voice in enumerate(texts.values()):
        name = voice.source or f"\0{number}"
        before, side = kept.get(name), _side(voice)
        if (
            before is None
            or (side and side != _side(before))
            or (side == _side(before) and abs(_said(voice)) > abs(_said(before)))
        ):
            kept[name] = voice
    return sorted(kept.values(), key=_order)


def _order(voice: Voice) -> tuple[float | str, ...]:
    """By time, and where times are equal by all that could make a difference, so that the order given makes none."""
    written = -math.inf if voice.written is None else voice.written
    return (
        written,
        voice.text,
        voice.source,
        voice.supports,
        voice.refutes,
        voice.corrects,
        voice.reliability,
    )


def _said(voice: Voice) -> float:
    return voice.supports - voice.refutes


def _side(voice: Voice) -> int:
    neutral = max(0.0, 1.0 - voice.supports - voice.refutes)
    if max(voice.supports, voice.refutes) < neutral:
        return 0
    return 1 if voice.supports >= voice.refutes else -1


def _worth(voice: Voice, heard: Sequence[Voice]) -> float:
    """The log of how much likelier the voice's words are where the claim is so than where it is not."""
    reliability = max(voice.reliability, CORRECTION) if voice.corrects else voice.reliability
    neutral = max(0.0, 1.0 - voice.supports - voice.refutes)
    if_so = voice.supports * reliability + voice.refutes * (1 - reliability) + neutral / 2
    if_not = voice.supports * (1 - reliability) + voice.refutes * reliability + neutral / 2
    worth = math.log(max(if_so, 1e-9) / max(if_not, 1e-9))
    return worth * OUTDATED if _corrected(voice, heard) else worth


def _corrected(voice: Voice, heard: Sequence[Voice]) -> bool:
    """Whether another source, later, corrects what `voice` says."""
    return voice.written is not None and any(
        other.corrects
        and other.written is not None
        and other.written > voice.written
        and _side(other) == -_side(voice) != 0
        for other in heard
        if other is not voice
    )
