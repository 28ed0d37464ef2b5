"""Whether the sentences of one text entail a claim, contradict it, or neither, by closed rules.

A claim is entailed when each of its content tokens stands in one sentence of the evidence (its subject may stand in
the sentence before), in the same order and roles, under the same negation, modality and quantity, and nothing that
was dropped would change the meaning. A claim is contradicted when all but one thing stands there and that one thing
is contrary: another number in its place, a negation, an opposite, the roles swapped, the whole called false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truthgpt.truth import faults, opposition, vocabulary
from truthgpt.truth.alignment import align
from truthgpt.truth.analysis import Sentence
from truthgpt.truth.context import Context
from truthgpt.truth.tokens import Token

_TRIED = 4
"""Windows of one text that are compared in full, those that share most with the claim."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a text says of a claim.

    `faults` keep it from entailing the claim and `contrary` says what contradicts it. `coverage` is the share of the
    claim's tokens that were found and `density` their share of the stretch of evidence that holds them, both in [0, 1].
    `missing` is the one ordinary word that alone was not found, with the words of the evidence that may mean the same.
    """

    entailed: bool
    contrary: str
    faults: tuple[str, ...]
    coverage: float
    density: float
    missing: tuple[str, tuple[str, ...]] | None = None

    @property
    def rank(self) -> tuple[bool, bool, float, int, float]:
        """What says more of the claim compares as greater."""
        return (self.entailed, bool(self.contrary), self.coverage, -len(self.faults), self.density)


NOTHING = Finding(False, "", ("the evidence speaks of something else",), 0.0, 0.0)


def find(claim: Sentence, evidence: Sequence[Sentence]) -> Finding:
    """The finding of the window of `evidence` that says most of `claim`."""
    best = NOTHING
    for window in _windows(claim, evidence):
        finding = _compare(claim, window)
        if finding.rank > best.rank:
            best = finding
        if best.entailed:
            break
    return best


def _windows(claim: Sentence, evidence: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences that share most tokens with the claim, and those with the sentence before that they refer to."""
    ranked: list[tuple[int, int, int]] = []
    for at, sentence in enumerate(evidence):
        count = len(claim.keys & sentence.keys)
        if not count:
            continue
        ranked.append((count, 1, at))
        if at and sentence.reading.anaphoric and not evidence[at - 1].question:
            both = len(claim.keys & (evidence[at - 1].keys | sentence.keys))
            if both > count:
                ranked.append((both, 2, at))
    ranked.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    least = len(claim.keys) / 2
    return [list(evidence[at - size + 1 : at + 1]) for count, size, at in ranked[:_TRIED] if count >= least]


def _compare(claim: Sentence, window: Sequence[Sentence]) -> Finding:
    tokens: list[Token] = [token for sentence in window for token in sentence.tokens]
    if window[-1].question:
        return Finding(False, "", ("the evidence asks it",), 0.0, 0.0)
    if _same_text(claim, window[-1]) and not any(token.denied for token in tokens):
        return Finding(True, "", (), 1.0, 1.0)
    alignment = align(claim.tokens, tokens)
    places = [token.pos for token in alignment.match if token is not None]
    density = len(set(places)) / (max(places) - min(places) + 1)
    context = Context(claim, window, alignment, tokens)
    found = faults.find(context)
    contrary = opposition.find(context, found)
    return Finding(
        not found and not contrary,
        contrary,
        tuple(fault.text for fault in found),
        alignment.coverage,
        density,
        _missing(context) if [fault.kind for fault in found] == ["missing"] and not contrary else None,
    )


def _same_text(claim: Sentence, sentence: Sentence) -> bool:
    return sentence.folded.casefold().strip(" .。\"'") == claim.folded.casefold().strip(" .。\"'")


def _missing(context: Context) -> tuple[str, tuple[str, ...]] | None:
    if len(context.unmatched) != 1 or context.unmatched[0].kind != "word" or context.unmatched[0].name:
        return None
    word = context.unmatched[0].text
    opposites = vocabulary.OPPOSITES.get(word, frozenset())
    spare = [
        token.text for token in context.tokens if token.pos not in context.matched and token.kind == "word"
    ]
    candidates = tuple(text for text in spare if text not in opposites)[:8]
    return (word, candidates) if candidates else None
