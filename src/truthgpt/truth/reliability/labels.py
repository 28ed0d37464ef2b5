"""Who said what of which item, as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError

Numbers: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.int64]

MOST_CLASSES = 256
"""Kinds of label at most: a worker's confusion matrix takes their number squared."""


@dataclass(frozen=True, eq=False)
class Labels:
    """n labels: worker `workers[i]` said `labels[i]` of item `items[i]`, each a place in its tuple of names.

    The arrays are int32 (n,), n ≥ 1; names are distinct and each is used. A worker may label an item more than once.
    Raises `BadInputError` for anything else.
    """

    items: Numbers
    workers: Numbers
    labels: Numbers
    item_names: tuple[str, ...]
    worker_names: tuple[str, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.classes) > MOST_CLASSES:
            raise BadInputError(
                f"{len(self.classes)} different labels; at most {MOST_CLASSES}, so pass kinds, not texts"
            )
        for what, numbers, names in (
            ("items", self.items, self.item_names),
            ("workers", self.workers, self.worker_names),
            ("labels", self.labels, self.classes),
        ):
            if numbers.dtype != np.int32 or numbers.shape != (len(self.labels),) or len(numbers) == 0:
                raise BadInputError(
                    f"{what} are {numbers.dtype} {numbers.shape}; expected int32 ({len(self.labels) or 'n'},)"
                )
            if len(set(names)) != len(names):
                raise BadInputError(f"the names of the {what} are not distinct")
            if not np.array_equal(np.unique(numbers), np.arange(len(names))):
                raise BadInputError(f"{what} must be the numbers 0 to {len(names) - 1}, each at least once")

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, str]]) -> Labels:
        """The labels in `rows` of (item, worker, label).

        Items and workers stand in the order in which they first came, classes in that of their names, so that what
        is decided by order, a tie, does not hang on which row came first. Raises `BadInputError` where there is no
        row, and for one that is not three strings.
        """
        items: dict[str, int] = {}
        workers: dict[str, int] = {}
        classes: dict[str, int] = {}
        numbers: list[tuple[int, int, int]] = []
        for row in rows:
            if isinstance(row, str) or len(row) != 3 or not all(isinstance(name, str) for name in row):
                raise BadInputError(
                    f"row {len(numbers)} is {row!r}; expected three strings: item, worker, label"
                )
            item, worker, label = row
            numbers.append(
                (
                    items.setdefault(item, len(items)),
                    workers.setdefault(worker, len(workers)),
                    classes.setdefault(label, len(classes)),
                )
            )
        if not numbers:
            raise BadInputError("there are no labels; expected rows of item, worker, label")
        columns = np.array(numbers, np.int32).T
        ordered = tuple(sorted(classes))
        places = np.empty(len(ordered), np.int32)
        places[[classes[name] for name in ordered]] = np.arange(len(ordered))
        return cls(
            np.ascontiguousarray(columns[0]),
            np.ascontiguousarray(columns[1]),
            places[columns[2]],
            tuple(items),
            tuple(workers),
            ordered,
        )
