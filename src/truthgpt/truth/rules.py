"""The verifier by rule: numbers, names, roles, negation, modality and quantity, without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from truthgpt.truth import confidence
from truthgpt.truth.analysis import analyse
from truthgpt.truth.checkable import stripped, uncheckable
from truthgpt.truth.combining import probabilities, unknown
from truthgpt.truth.entailment import NOTHING, Finding, find
from truthgpt.truth.lexing import language_of
from truthgpt.truth.verifier import Judgement

MAX_CLAIM = 1_000
"""Characters of a claim; a longer one is not judged."""
MAX_SENTENCES = 4
"""Sentences of a claim; one with more is not judged."""
MAX_PIECES = 64
"""Pieces of evidence that are read; those after them are neutral."""
SAME_WORD = 0.75
"""Cosine from which another word stands for the one that is missing. At 0.7, 47 of 50 such pairs were entailed."""

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]


class RuleVerifier:
    """Judges claims by closed rules (see `entailment`); what it calls supported is meant to be right 97 times in 100.

    Reads English, Portuguese and Chinese; a claim and its evidence are compared in the claim's language. With `encode`
    (texts in, unit rows out) a claim whose only missing word has a close neighbour in the evidence is supported too.
    Safe to use from several threads.
    """

    def __init__(self, encode: Encode | None = None) -> None:
        self._encode = encode

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """The verdict on `claim`; see `Verifier`. Never raises on text."""
        text = stripped(claim)
        if reason := unread(text, evidence):
            return unknown(len(evidence), reason)
        findings = [self.find(text, piece) for piece in evidence[:MAX_PIECES]]
        findings.extend([NOTHING] * (len(evidence) - len(findings)))
        return _judgement(findings)

    def find(self, claim: str, piece: str) -> Finding:
        """What `piece` says of a stripped `claim`, by the rules alone."""
        # A short claim may not show its language; the piece that it is compared with does.
        language = language_of(claim, piece)
        sentences = analyse(claim, language)
        if not 1 <= len(sentences) <= MAX_SENTENCES or not all(sentence.tokens for sentence in sentences):
            return NOTHING
        read = analyse(piece, language)
        return _together([self._bridge(find(sentence, read)) for sentence in sentences])

    def _bridge(self, finding: Finding) -> Finding:
        """`finding`, entailed if its one missing word has a near neighbour among the spare words of the evidence."""
        if self._encode is None or finding.missing is None:
            return finding
        word, candidates = finding.missing
        rows = self._encode([word, *candidates])
        if float((rows[1:] @ rows[0]).max()) < SAME_WORD:
            return finding
        return replace(finding, entailed=True, missing=None)


def _together(parts: Sequence[Finding]) -> Finding:
    """A claim of several sentences stands where all of them do, and falls where one does."""
    worst = min(parts, key=lambda part: part.rank)
    contrary = next((part for part in parts if part.contrary), None)
    return contrary or worst


def _judgement(findings: Sequence[Finding]) -> Judgement:
    estimates = [confidence.estimate(finding) for finding in findings]
    stances = tuple(
        confidence.stance(finding, found) for finding, found in zip(findings, estimates, strict=True)
    )
    supports = [index for index, stance in enumerate(stances) if stance.stance == "supports"]
    refutes = [index for index, stance in enumerate(stances) if stance.stance == "refutes"]
    if supports and refutes:
        supported = max(estimates[index].supported for index in supports)
        refuted = max(estimates[index].refuted for index in refutes)
        return Judgement(
            "disputed",
            min(supported, refuted),
            probabilities(supported / 2, refuted / 2),
            stances,
            f"pieces disagree: {findings[refutes[0]].contrary}",
        )
    if supports:
        best = max(supports, key=lambda index: estimates[index].supported)
        return Judgement(
            "supported", estimates[best].supported, _of(estimates[best]), stances, "the evidence says so"
        )
    if refutes:
        best = max(refutes, key=lambda index: estimates[index].refuted)
        return Judgement(
            "refuted", estimates[best].refuted, _of(estimates[best]), stances, findings[best].contrary
        )
    nearest = max(range(len(findings)), key=lambda index: findings[index].rank)
    found = _of(estimates[nearest])
    reason = findings[nearest].faults[0]
    return Judgement("not enough evidence", found["not enough evidence"], found, stances, reason)


def _of(estimate: confidence.Estimate) -> dict[str, float]:
    return probabilities(estimate.supported, estimate.refuted)


def unread(claim: str, evidence: Sequence[str]) -> str:
    """Why a stripped claim is not judged against `evidence`; "" where it is."""
    if not any(piece.strip() for piece in evidence):
        return "no evidence"
    return "too long to check" if len(claim) > MAX_CLAIM else uncheckable(claim)
