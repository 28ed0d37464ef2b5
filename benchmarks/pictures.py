"""Pictures of what benchmarks measure, as SVG. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
# The same figures give the same file.
mpl.rcParams.update({"svg.hashsalt": "truthgpt", "svg.fonttype": "none", "axes.spines.top": False, "axes.spines.right": False})  # fmt: skip

from matplotlib import pyplot as plt  # noqa: E402 -- after the drawing is set up

from truthgpt.truth.calibration import Floats, reliability, risk_coverage  # noqa: E402

_POINTS = 200
_LEAST = 0.02
"""Share of the pairs from which the risk is drawn: of fewer it says little."""


def calibration(confidences: Floats, hits: Floats, path: Path) -> None:
    """A reliability diagram, a dot a bin whose area is its share of the pairs, beside the curve of risk over coverage.

    `confidences` are those of what was said, in [0, 1]; `hits` 1.0 where it was right. Guo et al. 2017; Geifman and
    El-Yaniv 2017.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    bins = reliability(confidences, hits)
    sizes = [1_200 * one.count / len(hits) for one in bins]
    left.plot([0, 1], [0, 1], "--", color="0.3", linewidth=1)
    left.scatter([one.confidence for one in bins], [one.right for one in bins], sizes, alpha=0.6)
    left.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.03), ylim=(0, 1.03))
    coverages, risks = risk_coverage(confidences, hits)
    drawn = np.unique(np.linspace(len(risks) * _LEAST, len(risks) - 1, _POINTS).astype(int))
    right.plot(coverages[drawn], risks[drawn])
    right.set(
        xlabel="share of the pairs judged, surest first",
        ylabel="share of those that is wrong",
        xlim=(0, 1),
        ylim=(0, None),
    )
    for axes in (left, right):
        axes.grid(color="0.9")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def movements(moved: Mapping[str, Mapping[str, Sequence[float]]], path: Path) -> None:
    """How many notes a brigade moves, and how many of its targets are shown, by the share of raters in it; a line a model."""
    shares = [100 * share for share in moved["shares"]["of_raters"]]
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for axis, key, label in (
        (axes[0], "moved", "notes whose status changes, %"),
        (axes[1], "targets_shown", "notes it wants that are shown, %"),
    ):
        for number, name in enumerate(name for name in moved if name != "shares"):
            style = "-" if "guarded" in name else "--"
            axis.plot(
                shares,
                [100 * share for share in moved[name][key]],
                style,
                marker="osvD^"[number],
                markersize=4,
                label=name,
            )
        axis.set(xlabel="raters who act together, %", ylabel=label, ylim=(0, None))
        axis.grid(color="0.9")
    axes[1].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
