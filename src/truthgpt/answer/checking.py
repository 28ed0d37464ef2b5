"""A sentence against the evidence: which posts carry it, which deny it, and whether it may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truthgpt.answer.evidence import Piece
from truthgpt.answer.passages import READ
from truthgpt.answer.schema import Sentence, VerdictName
from truthgpt.truth.verifier import EvidenceStance, Verifier

_CITED = 3
"""Posts that one sentence cites at the most."""
_OUTVOTED = 2
"""A sentence denied by this many times the independent posts that carry it is refuted, not disputed."""


_CORRECTED = 0.8
"""Probability that a sentence is wrong whose post is discredited, where no post denies it in its own words."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A judged sentence; `shown` says whether it may stand in the answer, `stances` how each piece stands to it."""

    sentence: Sentence
    shown: bool
    stances: tuple[EvidenceStance, ...]


def check(
    text: str, pieces: Sequence[Piece], verifier: Verifier, *, cites: Sequence[str] = (), quoted: bool = False
) -> Checked:
    """Judge `text` against every piece of evidence, each an independent voice.

    It is shown when the post that it cites entails it: one of `cites` if any of them does, else any other that does.
    A post that others discredit has no voice: what only it says is `refuted`. Where other posts deny the sentence or
    correct the post, it is `disputed`; where they are `_OUTVOTED` times as many, `refuted`, and not shown.
    """
    judged = verifier.judge(text, [piece.post.text[:READ] for piece in pieces])
    stances = [(index, stance.stance, stance.probability) for index, stance in enumerate(judged.evidence)]
    said = {index: probability for index, stance, probability in stances if stance == "supports"}
    supporting = sorted(
        (index for index in said if not pieces[index].discredited), key=lambda index: -said[index]
    )
    denied = {
        index: probability
        for index, stance, probability in stances
        if stance == "refutes" and not pieces[index].discredited
    }
    refuting = max((len(denied), *(pieces[index].corrected for index in said)))
    cited = [index for index in supporting if pieces[index].post.id in cites] or supporting
    if quoted:  # it stands in the first of `cites` word for word
        cited.sort(key=lambda index: pieces[index].post.id != cites[0])
    verdict: VerdictName = "not enough evidence"
    confidence = judged.confidence
    if supporting and refuting < _OUTVOTED * len(supporting):
        verdict = "disputed" if refuting else "supported"
        confidence = said[cited[0]] * len(supporting) / (len(supporting) + refuting)
    elif said or denied:
        verdict, confidence = "refuted", max([*denied.values(), _CORRECTED])
    shown = verdict in ("supported", "disputed")
    sentence = Sentence(
        text=text,
        citations=[pieces[index].post.id for index in cited[:_CITED]] if shown else [*cites],
        verdict=verdict,
        confidence=round(min(1.0, max(0.0, confidence)), 4),
        reason=_reason(judged.reason, verdict, len(supporting), refuting),
        quoted=quoted,
    )
    return Checked(sentence, shown, judged.evidence)


def _reason(judged: str, verdict: VerdictName, supporting: int, refuting: int) -> str:
    if verdict not in ("disputed", "refuted") or not refuting:
        return judged
    return f"independent posts for it: {supporting}, against it: {refuting}"
