"""What was decided of a note: its status, the rule that gave it, by what margin, and who finds it helpful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from truthgpt.errors import BadInputError

Status = Literal["CURRENTLY_RATED_HELPFUL", "CURRENTLY_RATED_NOT_HELPFUL", "NEEDS_MORE_RATINGS"]
"""X's names, as they stand in its files."""
HELPFUL: Status = "CURRENTLY_RATED_HELPFUL"
NOT_HELPFUL: Status = "CURRENTLY_RATED_NOT_HELPFUL"
NEEDS_MORE: Status = "NEEDS_MORE_RATINGS"
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Side:
    """How raters on one side of the divide rated a note."""

    helpful: int = 0
    somewhat_helpful: int = 0
    not_helpful: int = 0

    @property
    def ratings(self) -> int:
        return self.helpful + self.somewhat_helpful + self.not_helpful

    @property
    def mean(self) -> float | None:
        """The mean value of its ratings in [0, 1]; None without any."""
        return (self.helpful + self.somewhat_helpful / 2) / self.ratings if self.ratings else None


@dataclass(frozen=True, slots=True)
class History:
    """What a note was before: times in milliseconds since 1970, None for what has not happened.

    `first` is the first status that was not "needs more ratings", `latest` the last such, `locked` the status that stays.
    Raises `BadInputError` for a status that does not exist.
    """

    current: Status | None = None
    first: Status | None = None
    first_at: int | None = None
    latest: Status | None = None
    latest_at: int | None = None
    locked: Status | None = None
    locked_at: int | None = None

    def __post_init__(self) -> None:
        for status in (self.current, self.first, self.latest, self.locked):
            if status is not None and status not in STATUSES:
                raise BadInputError(f"{status!r} is no status of a note; there are {', '.join(STATUSES)}")


@dataclass(frozen=True, slots=True)
class Decided:
    """A note's status. `margin` is how far the number that the rule looks at lies from its threshold, ≥ 0: past it where the
    rule gave the status, short of it where the note needs more ratings.

    `intercept` is what all would say, `factor` the side that it is on, `lower` and `upper` what the intercept would be after
    one more rating of the most extreme kind; None where too few rated it. `sides` are raters with a negative and with a
    positive factor; `unplaced` those whose side is not known. `history` already has this decision in it.
    """

    note_id: str
    status: Status
    rule: str
    margin: float
    intercept: float | None
    factor: float | None
    lower: float | None
    upper: float | None
    ratings: int
    sides: tuple[Side, Side]
    unplaced: Side
    history: History
