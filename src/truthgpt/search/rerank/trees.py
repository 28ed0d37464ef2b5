"""Rows of features in, scores out, by gradient boosted trees: those that ship with the package, or those taught by clicks.

LightGBM grows them (`scripts/train_ranker.py`, `search.learning`); to walk down them needs no library.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.rerank.features import FEATURES, Floats
from truthgpt.search.rerank.signals import SIGNALS

FOLDER = Path(__file__).parent
FILE = "trees.json"

EVERY = (*FEATURES, *SIGNALS)
"""What the columns are of rows for trees that know of posts more than their words."""


@dataclass(frozen=True)
class Trees:
    """All trees' nodes one after the other; `roots` is where each begins. A node sends rows to `left` where their feature is at
    most its threshold, or is not known and `unknown_left`, else to `right`; one that has a value sends them to itself. `fusion` is
    what a row's score by fusion counts beside the values. `names` are those of the columns: `FEATURES` or `EVERY`."""

    features: npt.NDArray[np.int32]
    thresholds: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    unknown_left: npt.NDArray[np.bool_]
    values: Floats
    roots: npt.NDArray[np.int32]
    fusion: float
    names: tuple[str, ...] = FEATURES

    @cached_property
    def identity(self) -> str:
        """Another one for trees that rank otherwise."""
        return hashlib.blake2b(json.dumps(self.as_dict()).encode(), digest_size=8).hexdigest()

    @property
    def wants_signals(self) -> bool:
        """Whether rows have `SIGNALS` after `FEATURES`."""
        return self.names == EVERY

    def scores(self, rows: Floats, fused: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The scores (n,) of `rows` (n, at least len(self.names)), whose scores by fusion are `fused` (n,)."""
        if rows.shape[1] < len(self.names):
            raise ValueError(f"rows of {rows.shape[1]} columns for trees over {len(self.names)}")
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).ravel()
        first = np.repeat(np.arange(len(rows)) * rows.shape[1], len(self.roots))
        flat = np.ascontiguousarray(rows).ravel()
        for _ in range(self.depth):
            found = flat.take(first + self.features.take(at))
            # Not a number is at most nothing.
            left = (found <= self.thresholds.take(at)) | (self.unknown_left.take(at) & np.isnan(found))
            at = np.where(left, self.left.take(at), self.right.take(at))
        grown = self.values.take(at).reshape(len(rows), len(self.roots)).sum(axis=1, dtype=np.float64)
        return np.asarray(grown + self.fusion * fused)

    @cached_property
    def depth(self) -> int:
        """Steps from a root to the farthest value."""
        at, steps = self.roots, 0
        while len(at := at[self.left[at] != at]):
            at, steps = np.concatenate([self.left[at], self.right[at]]), steps + 1
        return steps

    def as_dict(self) -> dict[str, Any]:
        """What `read` reads."""
        return {
            "names": list(self.names),
            "fusion": self.fusion,
            "roots": self.roots.tolist(),
            "features": self.features.tolist(),
            "thresholds": [float(f"{value:.9g}") for value in self.thresholds.tolist()],
            "left": self.left.tolist(),
            "right": self.right.tolist(),
            "unknown_left": self.unknown_left.astype(int).tolist(),
            "values": [float(f"{value:.6g}") for value in self.values.tolist()],
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Trees:
        """Raises `BadInputError` where they are over other features."""
        names = tuple(stored["names"])
        if names not in (FEATURES, EVERY):
            raise BadInputError(
                "these trees rank by other features; make them again with scripts/train_ranker.py"
            )

        def column(name: str, kind: Any) -> Any:
            return np.array(stored[name], kind)

        made = cls(
            column("features", np.int32),
            column("thresholds", np.float32),
            column("left", np.int32),
            column("right", np.int32),
            column("unknown_left", np.bool_),
            column("values", np.float32),
            column("roots", np.int32),
            float(stored["fusion"]),
            names,
        )
        made._check()
        return made

    def _check(self) -> None:
        """Every walk stays among the nodes and ends: children come after their parents."""
        places = np.arange(len(self.features))
        inner = self.left != places
        if (
            len({len(each) for each in (self.features, self.thresholds, self.left, self.right, self.values)})
            > 1
            or len(self.unknown_left) != len(self.features)
            or not (self.features >= 0).all()
            or not (self.features < len(self.names)).all()
            or not (np.minimum(self.left, self.right)[inner] > places[inner]).all()
            or not (np.maximum(self.left, self.right) < len(places)).all()
            or not ((self.roots >= 0) & (self.roots < len(places))).all()
        ):
            raise BadInputError("these trees are damaged; make them again with scripts/train_ranker.py")

    def and_more(self, others: Trees, share: float) -> Trees:
        """These and `others` together: a row scores what it does by these, and `share` of what it does by the others."""
        places = np.int32(len(self.features))
        return Trees(
            np.concatenate([self.features, others.features]),
            np.concatenate([self.thresholds, others.thresholds]),
            np.concatenate([self.left, others.left + places]),
            np.concatenate([self.right, others.right + places]),
            np.concatenate([self.unknown_left, others.unknown_left]),
            np.concatenate([self.values, np.float32(share) * others.values]),
            np.concatenate([self.roots, others.roots + places]),
            self.fusion + share * others.fusion,
            EVERY if self.wants_signals or others.wants_signals else FEATURES,
        )

    @classmethod
    def grown(
        cls, roots: Sequence[Mapping[str, Any]], fusion: float, names: tuple[str, ...] = FEATURES
    ) -> Trees:
        """Of LightGBM's own description of its trees, `Booster.dump_model()["tree_info"]`, over columns of these `names`."""
        nodes: list[tuple[int, float, int, int, bool, float]] = []

        def take(node: Mapping[str, Any]) -> int:
            place = len(nodes)
            if "leaf_value" in node:
                nodes.append((0, 0.0, place, place, False, node["leaf_value"]))
                return place
            nodes.append((0, 0.0, 0, 0, False, 0.0))
            left, right = take(node["left_child"]), take(node["right_child"])
            threshold = np.float32(node["threshold"])
            # Rows are of 32 bits: what is at most the threshold as it was grown is at most this, and no other is.
            if float(threshold) > node["threshold"]:
                threshold = np.nextafter(threshold, np.float32(-np.inf))
            # Where nothing was unknown as it grew, LightGBM takes what is for 0.
            unknown = node["default_left"] if node.get("missing_type") != "None" else node["threshold"] >= 0
            nodes[place] = (node["split_feature"], float(threshold), left, right, unknown, 0.0)
            return place

        starts = [take(tree["tree_structure"]) for tree in roots]
        parts = ("features", "thresholds", "left", "right", "unknown_left", "values")
        columns = dict(zip(parts, zip(*nodes, strict=True), strict=True))
        return cls.read({**columns, "names": names, "roots": starts, "fusion": fusion})


@cache
def ranker() -> Trees:
    """The trees that ship with the package."""
    path = FOLDER / FILE
    try:
        return Trees.read(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise MissingError(f"{path} is missing; install truthgpt again") from None
    except (ValueError, KeyError, TypeError):
        raise BadInputError(f"{path} is damaged; install truthgpt again") from None
