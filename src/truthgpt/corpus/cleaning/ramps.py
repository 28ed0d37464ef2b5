"""Signals as numbers from 0 to 1, for the scores that weigh them."""

from __future__ import annotations

import daft.functions as F  # noqa: N812
from daft import DataType, Expression, lit


def ramp(value: Expression, low: float, high: float) -> Expression:
    """0 up to `low`, 1 from `high` on, a straight line between."""
    return F.clip((value - low) / (high - low), lit(0.0), lit(1.0))


def ratio(part: Expression, whole: Expression) -> Expression:
    """`part` / `whole`, with a `whole` of at least 1: 0 of nothing."""
    return part / F.clip(whole, lit(1.0))


def field(counts: Expression, name: str) -> Expression:
    """The count `name` of `profile`'s structs."""
    return F.get(counts, name)


def repeated(counts: Expression, parts: str) -> Expression:
    """The share of a text's `"words"` or `"lines"` that an earlier one equals."""
    total = field(counts, parts)
    return ratio(total - field(counts, f"distinct_{parts}"), total)


def number(value: Expression) -> Expression:
    """Counts and Booleans as float32, null as 0."""
    return F.coalesce(value.cast(DataType.float32()), lit(0.0).cast(DataType.float32()))
