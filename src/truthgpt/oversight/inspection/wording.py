"""Numbers and outcomes of an inspection in words, for its page and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from truthgpt.oversight.inspection.result import Inspection, Outcome, Result

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "passed": "within its limit",
    "missed": "beyond its limit",
    "not measured": "not measured",
    "reported": "no limit set",
}


def number(value: float | None) -> str:
    """Three digits, as whole numbers where they are large; a dash for none."""
    if value is None:
        return "–"
    if abs(value) >= 1e6:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def interval(result: Result) -> str:
    """The ends of the interval, a dash where there is none."""
    return (
        "–" if result.low is None or result.high is None else f"{number(result.low)} to {number(result.high)}"
    )


def limit(result: Result) -> str:
    return "–" if result.limit is None else f"{result.direction} {number(result.limit)}"


def verdict(found: Inspection) -> str:
    """An inspection in a sentence."""
    measured = sum(one.limit is not None and one.value is not None for one in found.results)
    limited = sum(one.limit is not None for one in found.results)
    said = (
        f"{len(found.missed)} of {measured} measures with a limit are beyond it"
        if found.missed
        else f"all {measured} measures with a limit are within it"
    )
    left = limited - measured
    return said + (f"; {left} could not be made" if left else "") + "."
