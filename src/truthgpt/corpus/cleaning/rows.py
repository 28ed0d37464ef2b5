"""The few rows of a column that need Python, picked by an Arrow kernel and put back in their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def change(column: Any, chosen: Any, made: Callable[[Any], Any]) -> Any:
    """`column` with the rows of the Boolean array `chosen` put through `made`, which keeps their number and order.

    `made` takes and gives an Arrow array; it is not called when nothing is chosen.
    """
    chosen = pc.fill_null(chosen, False)
    if not pc.any(chosen).as_py():
        return column
    return pc.replace_with_mask(column, chosen, made(pc.filter(column, chosen)).cast(column.type))


def each(change_one: Callable[[str], str]) -> Callable[[Any], Any]:
    """A function of one text as one of an Arrow array, a Python call a row."""
    return lambda column: strings([change_one(text) for text in column.to_pylist()])


def strings(texts: Sequence[str]) -> Any:
    """A column of Python's strings. Arrow's are UTF-8, where a lone surrogate cannot stand: it is left out."""
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text.encode(errors="ignore").decode() for text in texts], pa.large_string())


def lists(flat: Sequence[str], lengths: Sequence[int]) -> Any:
    """Lists of strings: the first has the first `lengths[0]` of `flat`, and so on."""
    ends = pa.array([0, *lengths], pa.int64())
    return pa.LargeListArray.from_arrays(pc.cumulative_sum(ends), strings(flat))
