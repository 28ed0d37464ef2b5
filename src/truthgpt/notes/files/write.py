"""Columns in, a file as X writes them out: tabs between cells, a line a row, nothing quoted.

A cell that is not there is empty. A tab or the end of a line within a text would break its row and is written `\\t`,
`\\n` or `\\r`, two letters; X's own files escape nothing, so that reading leaves these as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError

Column: TypeAlias = Sequence[Any] | npt.NDArray[Any]

_ROWS = 20_000
"""Rows that are made into text at once."""
_ESCAPED = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_tsv(path: Path, columns: Mapping[str, Column]) -> None:
    """Make `path` hold these columns of n rows, under their names; it is there whole or as it was.

    Cells are texts, numbers, truth values (1 and 0) or None. A float is written so that the same one is read again; one
    that is no number is empty. Raises `BadInputError` for columns of different lengths, and `MissingError` where the
    disk is full or the folder may not be written to.
    """
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise BadInputError(f"{path}: columns of {min(lengths)} to {max(lengths)} rows make no table")
    rows = max(lengths, default=0)
    header = "\t".join(name.translate(_ESCAPED) for name in columns) + "\n"
    pieces = (
        _lines(list(columns.values()), start, min(start + _ROWS, rows)) for start in range(0, rows, _ROWS)
    )
    durable.write(path, chain([header.encode()], pieces))


def with_columns(order: Sequence[str], have: Mapping[str, Column]) -> dict[str, Column]:
    """All columns of `order`, those that we do not `have` empty, and after them what we have beside them."""
    rows = max((len(column) for column in have.values()), default=0)
    empty = (None,) * rows
    return {**{name: have.get(name, empty) for name in order}, **have}


def _lines(columns: Sequence[Column], start: int, end: int) -> bytes:
    cells: dict[int, list[str]] = {}
    for column in columns:
        if id(column) not in cells:  # all empty columns are one
            cells[id(column)] = _cells(column[start:end])
    rows = zip(*(cells[id(column)] for column in columns), strict=True)
    return "".join("\t".join(row) + "\n" for row in rows).encode("utf-8", "backslashreplace")


def _cells(column: Column) -> list[str]:
    values: Iterator[Any] = iter(column.tolist() if isinstance(column, np.ndarray) else column)
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(_ESCAPED)
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (float, np.floating)):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)
