"""What most say: other models start there and are measured against it. And what all of them share."""

from __future__ import annotations

from typing import Self

import numpy as np

from truthgpt.corpus.compiled import compiled
from truthgpt.errors import BadInputError
from truthgpt.truth.reliability.labels import Floats, Labels, Places


class Aggregation:
    """A fitted model: an item is what is most probable of it; of what is equally probable, the class that is first."""

    classes_: tuple[str, ...]
    probabilities_: Floats
    """(items, classes); rows add up to 1."""

    @property
    def labels_(self) -> Places:
        """The place in `classes_` of each item's label (items,)."""
        return np.asarray(np.argmax(self.probabilities_, axis=1))

    def predict(self) -> tuple[str, ...]:
        """The label of each item that the model was fitted to, in the order of their names."""
        return tuple(self.classes_[label] for label in self.labels_)


class MajorityVote(Aggregation):
    """Every label counts the same: `probabilities_` are shares of votes."""

    def fit(self, labels: Labels) -> Self:
        """Counts `labels`."""
        self.classes_ = labels.classes
        self.probabilities_ = shares(labels)
        return self


def at_least_one(iterations: int) -> int:
    """`iterations`; raises `BadInputError` where there would be none, and nothing learned."""
    if iterations < 1:
        raise BadInputError(f"{iterations} iterations; at least 1 is needed")
    return iterations


def shares(labels: Labels) -> Floats:
    """The share of its labels that each class has of each item (items, classes)."""
    shape = len(labels.item_names), len(labels.classes)
    places = labels.items.astype(np.int64) * shape[1] + labels.labels
    counts = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


@compiled
def normalise(logs: Floats) -> float:
    """Turns logarithms (items, classes) into probabilities, in place; the logarithms of their rows' sums, added up."""
    total = 0.0
    for item in range(logs.shape[0]):
        greatest = logs[item].max()
        row = 0.0
        for one in range(logs.shape[1]):
            logs[item, one] = np.exp(logs[item, one] - greatest)
            row += logs[item, one]
        for one in range(logs.shape[1]):
            logs[item, one] /= row
        total += greatest + np.log(row)
    return total
