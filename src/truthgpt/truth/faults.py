"""What keeps evidence that holds every word of a claim from entailing it."""

from __future__ import annotations

from truthgpt.truth import meaning, structure
from truthgpt.truth.context import Context, Fault

_CHECKS = (
    meaning.denial,
    meaning.negation,
    meaning.modality,
    meaning.quantity,
    meaning.tense,
    meaning.exclusion,
    meaning.numbers,
    structure.roles,
    structure.restriction,
    structure.voice,
    structure.order,
    structure.coherence,
    structure.scattered,
    structure.sentences,
)


def find(context: Context) -> list[Fault]:
    """Every fault; empty where the evidence entails the claim."""
    found: list[Fault] = []
    if len(context.claim.tokens) < (3 if context.chinese else 2):
        found.append(Fault("short", "too little is said to check"))
    if context.unmatched:
        missing = context.unmatched[0]
        found.append(Fault("missing", f"“{missing.text}” is not in the evidence"))
    for check in _CHECKS:
        found.extend(check(context))
    return found
