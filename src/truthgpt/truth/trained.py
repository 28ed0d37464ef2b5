"""The trained verifier: a cross-encoder's logits and the rules' findings, weighed into calibrated probabilities.

The network reads meaning, the rules read numbers, names and negations exactly; neither alone is right often enough. One
logistic curve a verdict and a kind of pair weighs both, fitted by `scripts/fit_verifier.py` on pairs that neither saw.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from truthgpt.truth.calibration import Floats, sigmoid
from truthgpt.truth.checkable import stripped
from truthgpt.truth.combining import combine, unknown
from truthgpt.truth.crossencoder import model
from truthgpt.truth.crossencoder.model import Logits
from truthgpt.truth.crossencoder.pieces import in_parts
from truthgpt.truth.crossencoder.text import BUDGET, shared, window
from truthgpt.truth.entailment import Finding
from truthgpt.truth.lexing import language_of
from truthgpt.truth.rules import MAX_PIECES, RuleVerifier, unread
from truthgpt.truth.verifier import Judgement, Verdict

FITTED = Path(__file__).with_name("trained.json")

RISK = 0.02
"""The share of verdicts that may be wrong of those called sure; see `sure_from`."""

FEATURES = ("supports", "refutes", "entailed", "contrary", "coverage", "faultless", "constant")
"""What a probability is made of, in the order of the coefficients."""

Kind = Literal["english", "long", "portuguese", "chinese", "apart"]
"""Kinds of pairs that are calibrated each by itself: by the claim's language, English evidence of which a part is read, and
pairs of any language that have no content word in common."""
APART = 0.3
"""The most that either probability is where a claim and its evidence have no content word in common, so that neither is the
verdict: what the network makes of those may be a guess, and a text in another language is not read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one piece of evidence says of a claim: the network's logits (3,), the rules' finding, and the kind of pair."""

    logits: Logits
    finding: Finding
    kind: Kind

    def features(self) -> tuple[float, ...]:
        """The values of `FEATURES`: log-odds of the network for each verdict, and what the rules found."""
        supported, refuted, neither = (float(value) for value in self.logits)
        return (
            _support(self.logits),
            refuted - float(np.logaddexp(supported, neither)),
            float(self.finding.entailed),
            float(bool(self.finding.contrary)),
            self.finding.coverage,
            1.0 / (1 + len(self.finding.faults)),
            1.0,
        )


class TrainedVerifier:
    """Judges claims as `Verifier` says; threads may share it. English, Portuguese and Chinese.

    The weights are opened when the first claim is judged. `combining` says what several pieces of evidence come to.
    """

    def __init__(self) -> None:
        self._rules = RuleVerifier()

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """The verdict on `claim`; see `Verifier`. Never raises on text."""
        return self.judge_all([(claim, evidence)])[0]

    def judge_all(self, rows: Sequence[tuple[str, Sequence[str]]]) -> list[Judgement]:
        """The verdict on each (claim, evidence), read together, which is faster."""
        asked: list[tuple[str, str]] = []
        reasons = []
        for claim, evidence in rows:
            text = stripped(claim)
            reasons.append(unread(text, evidence))
            if not reasons[-1]:
                asked += ((text, piece) for piece in evidence[:MAX_PIECES] if piece.strip())
        readings = iter(self.read(asked))
        return [
            unknown(len(evidence), reason) if reason else self._judged(evidence, readings)
            for (_, evidence), reason in zip(rows, reasons, strict=True)
        ]

    def shares(self, readings: Sequence[Reading]) -> Floats:
        """Probabilities (n, 2) that each piece supports and that it refutes its claim."""
        return estimate(readings)

    def _judged(self, evidence: Sequence[str], readings: Iterator[Reading]) -> Judgement:
        shares = np.zeros((len(evidence), 2))
        read = [place for place, piece in enumerate(evidence[:MAX_PIECES]) if piece.strip()]
        taken = [next(readings) for _ in read]
        shares[read] = self.shares(taken)
        apart = [place for place, one in zip(read, taken, strict=True) if one.kind == "apart"]
        if len(apart) < len(read):
            shares[apart] = 0.0  # beside what speaks of the claim, the rest says nothing
        findings = {place: reading.finding for place, reading in zip(read, taken, strict=True)}
        return combine(shares, lambda verdict, place: _reason(verdict, findings.get(place)))

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """What each piece of evidence says of its claim, which was stripped and can be checked."""
        read = [(claim, window(claim, piece)) for claim, piece in pairs]
        findings = [self._rules.find(claim, piece) for claim, piece in read]
        # A claim that is too long to be read at once stands where each part does: its worst one speaks for it.
        cut = {claim: in_parts(claim) for claim in {claim for claim, _ in pairs}}
        parts = [(place, part) for place, (claim, _) in enumerate(pairs) for part in cut[claim]]
        worst: dict[int, Logits] = {}
        logits = model.shipped().verdicts([(part, pairs[place][1]) for place, part in parts])
        for (place, _), row in zip(parts, logits, strict=True):
            if place not in worst or _support(row) < _support(worst[place]):
                worst[place] = row
        return [
            Reading(worst[place], finding, kind_of(claim, piece))
            for place, (finding, (claim, piece)) in enumerate(zip(findings, pairs, strict=True))
        ]


def _support(logits: Logits) -> float:
    """Log-odds of `supported`."""
    supported, refuted, neither = (float(value) for value in logits)
    return supported - float(np.logaddexp(refuted, neither))


def kind_of(claim: str, evidence: str) -> Kind:
    if not shared(claim, evidence):
        return "apart"
    language = language_of(claim, evidence)
    if language == "en":
        return "long" if len(evidence) > BUDGET else "english"
    return "portuguese" if language == "pt" else "chinese"


def estimate(readings: Sequence[Reading]) -> Floats:
    """Probabilities (n, 2) that each piece supports and that it refutes its claim; their sum is at most 1."""
    made = np.zeros((len(readings), 2))
    for kind in {reading.kind for reading in readings}:
        rows = [row for row, reading in enumerate(readings) if reading.kind == kind]
        values = np.array([readings[row].features() for row in rows])
        made[rows] = sigmoid(values @ coefficients()[kind])
        if kind == "apart":
            made[rows] = np.minimum(made[rows], APART)
    return np.asarray(made / np.maximum(1.0, made.sum(axis=1, keepdims=True)))


@lru_cache(maxsize=1)
def coefficients() -> dict[str, Floats]:
    """For each kind the fitted coefficients (features, 2) of `supported` and `refuted`."""
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    return {
        kind: np.array([[found[verdict][name] for verdict in ("supported", "refuted")] for name in FEATURES])
        for kind, found in fitted["kinds"].items()
    }


@lru_cache(maxsize=1)
def sure_from() -> dict[str, tuple[float, float]]:
    """For each kind the probabilities of `supported` and of `refuted` from which at most `RISK` were wrong on held-out pairs.

    Above 1 where there is none.
    """
    kinds = json.loads(FITTED.read_text(encoding="utf-8"))["kinds"]
    return {kind: (found["supported"]["sure"], found["refuted"]["sure"]) for kind, found in kinds.items()}


def _reason(verdict: Verdict, finding: Finding | None) -> str:
    """What the rules name, where they agree with the verdict; else that the whole was weighed."""
    if finding is None:
        return ""
    if verdict == "supported":
        return "the evidence says so" if finding.entailed else "the evidence says so in other words"
    if verdict == "refuted":
        return finding.contrary or "the evidence says otherwise"
    return finding.faults[0] if finding.faults else "the evidence does not say so"
