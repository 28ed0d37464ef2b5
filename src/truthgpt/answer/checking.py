"""A sentence against the evidence: which posts carry it, which deny it, and whether it may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from truthgpt.answer.evidence import Piece
from truthgpt.answer.passages import READ
from truthgpt.answer.schema import Sentence, VerdictName
from truthgpt.notes.stored import MISLEADING
from truthgpt.truth.belief import Voice, believe
from truthgpt.truth.claims.opinions import is_opinion
from truthgpt.truth.verifier import EvidenceStance, Verifier

_CITED = 3
"""Posts that one sentence cites at the most."""
_CORRECTED = 0.8
"""Probability that a post which corrects another denies what that one says, where it does not do so in the same words."""
_OUTWEIGHING = 2
"""Authors of corrections from which these outweigh what was said before."""
_NOTED = 0.9
"""How often a note is right that people who usually disagree find helpful."""


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
    `belief` weighs the posts that say it against those that deny it or correct their authors, and its probability is the
    confidence: one stranger's word is likely, no more. Where both sides are well supported it is `disputed`, and where
    hardly anything speaks for it any more `refuted`, and not shown. A note that stands with a post speaks too, and what its
    post says alone it outweighs (`_of_notes`).
    """
    judged = verifier.judge(text, [piece.post.text[:READ] for piece in pieces])
    said = {index: one.probability for index, one in enumerate(judged.evidence) if one.stance == "supports"}
    denied = {index: one.probability for index, one in enumerate(judged.evidence) if one.stance == "refutes"}
    against = denied | _corrections(pieces, said, denied)
    supporting = sorted(said, key=lambda index: -said[index])
    cited = [index for index in supporting if pieces[index].post.id in cites] or supporting
    if quoted:  # it must stand in the first of `cites` word for word
        cited.sort(key=lambda index: pieces[index].post.id != cites[0])
    found = believe([*_voices(pieces, said, against), *_of_notes(text, pieces, said, verifier)])
    verdict: VerdictName = "not enough evidence"
    confidence = judged.confidence
    if said and found.verdict in ("supported", "disputed"):
        verdict = found.verdict
        # That a post says it is sure; that it is so is as probable as those who say it are to be trusted.
        share = found.supporting / (found.supporting + found.refuting)
        confidence = found.confidence if verdict == "supported" else said[cited[0]] * share
    elif found.verdict == "refuted":
        verdict, confidence = "refuted", max([*against.values(), found.confidence])
    elif said or against:
        confidence = found.confidence
    torn = quoted and (not cited or pieces[cited[0]].post.id != cites[0])
    shown = verdict in ("supported", "disputed") and not torn
    sentence = Sentence(
        text=text,
        citations=[pieces[index].post.id for index in cited[:_CITED]] if shown else [*cites],
        verdict=verdict,
        confidence=round(min(1.0, max(0.0, confidence)), 4),
        reason=_reason(judged.reason, verdict, pieces, said, against),
        quoted=quoted,
        opinion=is_opinion(text),
    )
    return Checked(sentence, shown, judged.evidence)


def _corrections(
    pieces: Sequence[Piece], said: Mapping[int, float], denied: Mapping[int, float]
) -> dict[int, float]:
    """The posts that correct one which says it, and were not read as saying or denying it themselves: they speak against it."""
    if not any(pieces[index].corrected for index in said):
        return {}
    return {
        index: _CORRECTED
        for index, piece in enumerate(pieces)
        if piece.correcting and index not in said and index not in denied
    }


def _voices(pieces: Sequence[Piece], said: Mapping[int, float], against: Mapping[int, float]) -> list[Voice]:
    # What one author calls wrong is in dispute; that two do takes back what was said before.
    several = _authors(pieces, (index for index in against if pieces[index].correcting)) >= _OUTWEIGHING
    return [
        Voice(
            supports=said.get(index, 0.0),
            refutes=against.get(index, 0.0),
            text=pieces[index].post.id,
            source=pieces[index].post.author,
            written=_seconds(pieces[index]),
            corrects=several and pieces[index].correcting,
        )
        for index in (*said, *against)
    ]


def _of_notes(
    text: str, pieces: Sequence[Piece], said: Mapping[int, float], verifier: Verifier
) -> list[Voice]:
    """What notes say of the sentence: what the verifier reads in them; and one that calls a post misleading speaks against
    what that post says, as a correction by people of both sides, where it does not say the sentence itself."""
    found = []
    for index, piece in enumerate(pieces):
        for note, _ in piece.notes:
            stance = verifier.judge(text, [note.text]).evidence[0]
            supports = stance.probability if stance.stance == "supports" else 0.0
            refutes = stance.probability if stance.stance == "refutes" else 0.0
            if index in said and note.classification == MISLEADING and not supports:
                refutes = max(refutes, _CORRECTED)
            if supports or refutes:
                found.append(
                    Voice(
                        supports=supports,
                        refutes=refutes,
                        text=f"note {note.id}",
                        source=f"note {note.id}",
                        written=note.created_at / 1000,
                        corrects=refutes > 0,
                        reliability=_NOTED,
                    )
                )
    return found


def _authors(pieces: Sequence[Piece], indexes: Iterable[int]) -> int:
    return len({pieces[index].post.author or pieces[index].post.id for index in indexes})


def _seconds(piece: Piece) -> float | None:
    return piece.post.created_at.timestamp() if piece.post.created_at else None


def _reason(
    judged: str,
    verdict: VerdictName,
    pieces: Sequence[Piece],
    said: Mapping[int, float],
    against: Mapping[int, float],
) -> str:
    if verdict not in ("disputed", "refuted"):
        return judged
    if any(note.classification == MISLEADING for index in said for note, _ in pieces[index].notes):
        return "a note that readers of both sides find helpful stands against the post that says it"
    if not against:
        return judged
    return f"independent authors for it: {_authors(pieces, said)}, against it: {_authors(pieces, against)}"
