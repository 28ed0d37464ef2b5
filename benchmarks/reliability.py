"""How right each model of sources' reliability is on public labels, and how fast beside crowd-kit.

For each set of labels with known truths: the share of these that a majority vote and every model tell, the time of ours
from rows of strings to labels, and that of crowd-kit's model of the same name from a table that lies ready; whether both
give the same labels, and by how much their probabilities differ at most and on average. Bridging has no peer there; it
takes each class against the rest, and of them that which is agreed on most. The peer (`pip install crowd-kit`) runs
with its defaults, which are ours, and is left out where it is not installed.

Times are medians of `--runs`; what is compiled is compiled before.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import json
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from machine import describe
from public_sets import folder
from truthgpt.truth.reliability import GLAD, Bridging, DawidSkene, Labels, MajorityVote, OneCoinDawidSkene

Row = tuple[str, str, str]

SETS = ("product", "face", "duck")
MODELS: Mapping[str, type[DawidSkene] | type[OneCoinDawidSkene] | type[GLAD]] = {
    "DawidSkene": DawidSkene,
    "OneCoinDawidSkene": OneCoinDawidSkene,
    "GLAD": GLAD,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    try:
        peer = importlib.metadata.version("crowd-kit")
    except importlib.metadata.PackageNotFoundError:
        peer = None
    line = {
        "benchmark": "reliability",
        "runs": options.runs,
        "crowd_kit": peer,
        "sets": {name: measured(name, options.runs, peer is not None) for name in SETS},
        "machine": describe(),
    }
    print(json.dumps(line))


def measured(name: str, runs: int, with_peer: bool) -> dict[str, Any]:
    rows, truth = read(folder() / "crowd_truth" / name)
    labels = Labels.from_rows(rows)
    known = [(place, truth[item]) for place, item in enumerate(labels.item_names) if item in truth]

    def accuracy(said: Sequence[str]) -> float:
        return round(sum(said[place] == true for place, true in known) / len(known), 4)

    models: dict[str, Any] = {}
    for model, ours in MODELS.items():
        ours(iterations=2).fit(labels)
        taken = medians(lambda ours=ours: ours().fit(Labels.from_rows(rows)).predict(), runs)
        fitted = ours().fit(labels)
        models[model] = {
            "accuracy": accuracy(fitted.predict()),
            "iterations": len(fitted.bounds_),
            **milliseconds(taken),
            **(beside(model, rows, labels, fitted, taken, runs) if with_peer else {}),
        }
    bridges(labels)
    taken = medians(lambda: bridges(Labels.from_rows(rows)), runs)
    models["Bridging"] = {"accuracy": accuracy(bridges(labels)), **milliseconds(taken)}
    return {
        "labels": len(rows),
        "items": len(labels.item_names),
        "workers": len(labels.worker_names),
        "classes": len(labels.classes),
        "truths": len(known),
        "majority_accuracy": accuracy(MajorityVote().fit(labels).predict()),
        "models": models,
    }


def beside(
    name: str,
    rows: Sequence[Row],
    labels: Labels,
    fitted: DawidSkene | OneCoinDawidSkene | GLAD,
    ours: tuple[float, float],
    runs: int,
) -> dict[str, Any]:
    """crowd-kit's model `name` on the same rows."""
    import pandas
    from crowdkit import aggregation

    table = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    model = getattr(aggregation, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = []
        taken = medians(lambda: results.append(model().fit(table)), runs)
    names = list(labels.item_names)
    differences = np.abs(
        fitted.probabilities_ - results[0].probas_.loc[names, list(labels.classes)].to_numpy()
    )
    said = results[0].labels_.loc[names].tolist()
    return {
        "crowd_kit_iterations": len(results[0].loss_history_),
        **{f"crowd_kit_{unit}": value for unit, value in milliseconds(taken).items()},
        "times_crowd_kit": round(taken[0] / ours[0], 1),
        "times_crowd_kit_cpu": round(taken[1] / ours[1], 1),
        "labels_that_differ": sum(a != b for a, b in zip(fitted.predict(), said, strict=True)),
        "greatest_difference": float(f"{differences.max():.1e}"),
        "mean_difference": float(f"{differences.mean():.1e}"),
    }


def bridges(labels: Labels) -> list[str]:
    """Of each item the class that is most agreed on, each taken against the rest."""
    agreement = [Bridging(name).fit(labels).agreement_ for name in labels.classes]
    return [labels.classes[place] for place in np.argmax(agreement, axis=0)]


def read(path: Path) -> tuple[list[Row], dict[str, str]]:
    """Rows of (item, worker, label), and the items' true labels."""
    with (path / "answer.csv").open(newline="") as file:
        rows = [(row["question"], row["worker"], row["answer"]) for row in csv.DictReader(file)]
    with (path / "truth.csv").open(newline="") as file:
        return rows, {row["question"]: row["truth"] for row in csv.DictReader(file)}


def medians(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """The median times of `work`, in seconds: by the clock, and by the processor, which a busy machine changes less."""
    clock, processor = [], []
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return statistics.median(clock), statistics.median(processor)


def milliseconds(taken: tuple[float, float]) -> dict[str, float]:
    return {"milliseconds": round(taken[0] * 1e3, 1), "cpu_milliseconds": round(taken[1] * 1e3, 1)}


if __name__ == "__main__":
    main()
