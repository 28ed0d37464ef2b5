"""What a server asks of the model that it serves: the limits of `thresholds.toml` in the folder of oversight, or the inspection's own.

    ["bias.ambiguous"]          # a measure of the inspection, by its id
    at_least = 0.6
    ["leakage.verbatim"]
    at_most = 0.0

With such a file its limits hold and no others; a measure that is not in the certificate, or was not measured, does not hold. Without
one every measure of the certificate that has a limit must have passed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from truthgpt.errors import BadInputError, MissingError

FILE: Final = "thresholds.toml"
_DIRECTIONS: Final = ("at_least", "at_most")


@dataclass(frozen=True, slots=True)
class Threshold:
    """What `measure` must be; None where that side is free."""

    measure: str
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: object) -> bool:
        """Whether `value`, None where nothing was measured, is within it."""
        if not isinstance(value, (int, float)):
            return False
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


def load(folder: Path) -> tuple[Threshold, ...] | None:
    """The thresholds in `folder`; None where it has none. Raises `BadInputError` on a file that says something else."""
    path = folder / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MissingError(f"{path} cannot be read ({error.strerror}); mend its permissions") from None
    except ValueError as error:
        raise BadInputError(f"{path} is no TOML ({error})") from None
    return tuple(_threshold(path, measure, limits) for measure, limits in table.items())


def unmet(thresholds: Iterable[Threshold] | None, results: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The measures of a certificate that are not as is asked, by id: of `thresholds`, or of the certificate's own limits."""
    rows = {str(row.get("id")): row for row in results}
    if thresholds is None:
        return tuple(
            name
            for name, row in rows.items()
            if row.get("limit") is not None and row.get("outcome") != "passed"
        )
    return tuple(
        each.measure for each in thresholds if not each.holds(rows.get(each.measure, {}).get("value"))
    )


def _threshold(path: Path, measure: str, limits: object) -> Threshold:
    numbers = limits if isinstance(limits, dict) else {}
    good = numbers and all(
        name in _DIRECTIONS and isinstance(value, (int, float)) and not isinstance(value, bool)
        for name, value in numbers.items()
    )
    if not good:
        raise BadInputError(
            f'{path}: ["{measure[:80]}"] needs at_least = NUMBER or at_most = NUMBER, and nothing else'
        )
    return Threshold(measure, **{name: float(value) for name, value in numbers.items()})
