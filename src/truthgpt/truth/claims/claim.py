"""What a text is taken apart into: one statement that stands alone, and where in the text it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["claim", "opinion", "question", "command", "talk"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One atomic statement.

    `text` can be read without its source. The source's `[start, end)` is what it was made from and holds the predicate; the
    subject may stand elsewhere. `sentence` counts from 0, as `truth.sentences.split` does.
    `worth` in [0, 1] is how much checking it would be worth (`worth.worth_of` gives the formula).
    """

    text: str
    start: int
    end: int
    sentence: int
    kind: Kind
    worth: float
    resolved: tuple[tuple[str, str], ...] = ()
    """Each pronoun that was replaced, or "" for a subject left out, with its antecedent as written into `text`."""
    unresolved: tuple[str, ...] = ()
    """Pronouns of `text` whose antecedent is not known: the claim does not stand alone."""
