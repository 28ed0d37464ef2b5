"""What the law says of a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Ruling:
    """Answer, or refuse under a rule that names its statute.

    `rule`, `statute` and `title` are None for an answer. `probability` is that the decision is right, in (0, 1);
    `docs/law.md` says how it is made. `care` is the topic of an answer before which help is shown (`care`).
    """

    decision: Literal["answer", "refuse"]
    rule: str | None = None
    statute: str | None = None
    title: str | None = None
    probability: float = 1.0
    care: str | None = None
