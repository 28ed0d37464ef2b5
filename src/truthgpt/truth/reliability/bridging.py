"""Bridging: a label counts for more where workers who usually disagree agree.

What workers say of an item is explained by what all would say of it, and by how far its leaning is theirs: the model of
`truthgpt.notes.factorisation`, items for notes and workers for raters. With one side much the larger, the majority is that side; the first of the two is not.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from truthgpt.errors import BadInputError
from truthgpt.notes.factorisation import Problem
from truthgpt.truth.reliability.labels import Floats, Labels
from truthgpt.truth.reliability.majority import Aggregation, at_least_one


class Bridging(Aggregation):
    """Whether `label`, against all others, is agreed on across the divide.

    At most `iterations`; it ends where one moves no item by more than `tolerance`. `seed` is of the power iteration that it
    starts with. Raises `BadInputError` for less than one iteration.
    """

    classes_: tuple[str, str]
    """What is not `label` (the other class, or "not …" where there are more), and `label`."""
    agreement_: Floats
    """What share of workers without a leaning would say `label` of each item (items,); drawn towards the mean of all
    items, and by a little it can lie beyond 0 and 1."""
    leanings_: Floats
    """The side that each item is on (items,); near 0 for none. The worker who leans most leans to positive numbers."""
    worker_leanings_: Floats
    """The side that each worker is on (workers,)."""
    worker_intercepts_: Floats
    """How much oftener than others each worker says `label` (workers,), whatever the item's leaning."""
    losses_: Floats
    """What is minimised, after each iteration (iterations,); never rises."""

    def __init__(self, label: str, *, iterations: int = 1000, tolerance: float = 1e-7, seed: int = 0) -> None:
        self.label = label
        self.iterations = at_least_one(iterations)
        self.tolerance = tolerance
        self.seed = seed

    def fit(self, labels: Labels) -> Self:
        """Learns from `labels`; raises `BadInputError` where none of them is `label`.

        `probabilities_` (items, 2) are `agreement_` cut to [0, 1], and what it leaves: an order, not calibrated.
        """
        if self.label not in labels.classes:
            raise BadInputError(f"no label is {self.label!r}; there are {', '.join(labels.classes[:10])}")
        said = (labels.labels == labels.classes.index(self.label)).astype(np.float32)
        problem = Problem(
            labels.items, labels.workers, said, len(labels.item_names), len(labels.worker_names)
        )
        found = problem.fit(iterations=self.iterations, tolerance=self.tolerance, seed=self.seed)
        workers, items = found.parameters.raters, found.parameters.notes
        sign = np.copysign(1.0, workers[np.argmax(np.abs(workers[:, 1])), 1])
        others = [name for name in labels.classes if name != self.label]
        self.classes_ = (others[0] if len(others) == 1 else f"not {self.label}", self.label)
        self.agreement_ = found.parameters.mean + workers[:, 0].mean() + items[:, 0]
        share = np.clip(self.agreement_, 0.0, 1.0)
        self.probabilities_ = np.column_stack([1.0 - share, share])
        self.leanings_, self.worker_leanings_ = sign * items[:, 1], sign * workers[:, 1]
        self.worker_intercepts_, self.losses_ = workers[:, 0], found.losses
        return self
