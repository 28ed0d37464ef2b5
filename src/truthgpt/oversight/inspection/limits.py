"""The limits of the measures: a file of TOML that was written before the run; its digest stands in the report."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.inspection.result import Direction


@dataclass(frozen=True, slots=True)
class Limit:
    """`value` in the measure's unit, which is to be reached (`at least`) or not passed (`at most`), and why this much."""

    direction: Direction
    value: float
    reason: str

    def holds(self, value: float) -> bool:
        """Whether `value` is within the limit; the limit itself is."""
        return value >= self.value if self.direction == "at least" else value <= self.value


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits by measure, and the SHA-256 of the file that they stood in."""

    of: Mapping[str, Limit]
    digest: str


def load(known: frozenset[str], path: Path | None = None) -> Limits:
    """The limits of `path`, of the package where it is None.

    Raises `MissingError` where the file cannot be read, `BadInputError` where it is damaged or names a measure that is not
    among `known`: a slip there would lift a limit without a word.
    """
    where = str(path) if path else "the package's limits.toml"
    try:
        content = path.read_bytes() if path else files(__package__).joinpath("limits.toml").read_bytes()
    except OSError as error:
        raise MissingError(f"{where} cannot be read ({error.strerror}); give a file of limits") from None
    try:
        found = tomllib.loads(content.decode())
    except (UnicodeError, tomllib.TOMLDecodeError) as error:
        raise BadInputError(f"{where} is not TOML: {error}") from None
    for name in found:
        if name not in known:
            raise BadInputError(
                f"{where}: no measure {str(name)[:60]!r}; known are {', '.join(sorted(known))}"
            )
    limits = {name: _limit(row, f"{where}, {name}") for name, row in found.items()}
    return Limits(limits, hashlib.sha256(content).hexdigest())


def _limit(row: Any, where: str) -> Limit:
    if not isinstance(row, dict) or set(row) not in ({"at_least", "reason"}, {"at_most", "reason"}):
        raise BadInputError(f"{where}: needs `at_least` or `at_most`, and `reason`, nothing else")
    least = "at_least" in row
    value = row["at_least"] if least else row["at_most"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInputError(f"{where}: the limit is {value!r}; it must be a number")
    if not isinstance(row["reason"], str) or not row["reason"].strip():
        raise BadInputError(f"{where}: the reason is empty; say why this much")
    return Limit("at least" if least else "at most", float(value), row["reason"])
