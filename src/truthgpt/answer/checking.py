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
    Where other posts deny it, it is `disputed`; where they are `_OUTVOTED` times as many, `refuted` and not shown.
    """
    judged = verifier.judge(text, [piece.post.text[:READ] for piece in pieces])
    supporting = [index for index, stance in enumerate(judged.evidence) if stance.stance == "supports"]
    refuting = [index for index, stance in enumerate(judged.evidence) if stance.stance == "refutes"]
    supporting.sort(key=lambda index: -judged.evidence[index].probability)
    cited = [index for index in supporting if pieces[index].post.id in cites] or supporting
    if quoted:  # it stands in the first of `cites` word for word
        cited.sort(key=lambda index: pieces[index].post.id != cites[0])
    verdict: VerdictName = "not enough evidence"
    confidence = judged.confidence
    if supporting:
        entailed = judged.evidence[cited[0]].probability
        if not refuting:
            verdict, confidence = "supported", entailed
        elif len(refuting) >= _OUTVOTED * len(supporting):
            verdict, confidence = "refuted", max(judged.evidence[index].probability for index in refuting)
        else:
            verdict = "disputed"
            confidence = entailed * len(supporting) / (len(supporting) + len(refuting))
    elif refuting:
        verdict, confidence = "refuted", max(judged.evidence[index].probability for index in refuting)
    shown = verdict in ("supported", "disputed")
    citations = [pieces[index].post.id for index in cited[:_CITED]] if shown else [*cites]
    sentence = Sentence(
        text=text,
        citations=citations,
        verdict=verdict,
        confidence=round(min(1.0, max(0.0, confidence)), 4),
        reason=judged.reason,
        quoted=quoted,
    )
    return Checked(sentence, shown, judged.evidence)
