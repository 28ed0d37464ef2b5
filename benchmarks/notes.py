"""The bridging model and the whole decision: how near the minimum, how fast beside the published optimiser, how hard to move.

`fit` is the first round on public ratings (`notes/ratings.tsv.gz` of the data sets): the loss, the median time of `--runs`, how
far the notes' intercepts lie from the published scorer's own output, and how many fall on the same side of 0.40. The peer is
that scorer's optimiser, written to its description: Adam at rate 1.0 from a cold start, gradients clipped to a norm of 1,
until the loss moves by 1e-7 or, past step 100, rises; in PyTorch (extra `train`), left out where it is not installed. As there,
parameters are embedding layers; `adam_indexed_seconds` is the same loop over plain tensors, whose gradients cost less.

`growth` is the fit of simulated ratings, each size in a process of its own: seconds, and the most memory that the process ever
had. `decide` is the whole decision on the middle size. `update` is new ratings into a fitted model, beside a fit of all.
`recovery` is the correlation of intercepts with the simulated truth. `brigades` is how many notes raters who act together
move, by model; `--picture` draws it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from machine import describe
from public_sets import folder
from truthgpt.notes.bridging import BridgingModel
from truthgpt.notes.decision import HELPFUL
from truthgpt.notes.ratings import Ratings, levels
from truthgpt.notes.scoring import score_all
from truthgpt.notes.simulator import Simulated, World, simulate
from truthgpt.notes.table import NoteTable

SIZES = (100_000, 1_000_000, 10_000_000)
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2)
NOW = 2**41
A_NOTE, A_RATER, THRESHOLD = 5, 10, 0.40
DRAWN = 1.10
"""Ratings drawn for each that is wanted: pairs that repeat are dropped."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--picture", type=Path, help="where to draw how far brigades move each model (SVG)")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child)))
        return
    moved = brigades()
    if options.picture:
        from pictures import movements

        movements(moved, options.picture)
    line = {
        "benchmark": "notes",
        "runs": options.runs,
        "fit": fit(folder() / "notes", options.runs),
        "growth": [growth(size) for size in options.sizes],
        "decide": decide(simulate(world(1_000_000), 0)),
        "update": update(),
        "recovery": [recovery(seed) for seed in range(3)],
        "brigades": moved,
        "machine": describe(),
    }
    print(json.dumps(line))


def world(ratings: int) -> World:
    """A world of so many ratings, 45 a note and 60 a rater."""
    return World(raters=max(500, ratings // 60), notes=max(500, ratings // 45), ratings=int(ratings * DRAWN))


def fit(path: Path, runs: int) -> dict[str, Any]:
    with gzip.open(path / "ratings.tsv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    ratings = Ratings.of(
        [row["noteId"] for row in rows],
        [row["raterParticipantId"] for row in rows],
        levels([row["helpfulnessLevel"] for row in rows]),
    ).enough(a_note=A_NOTE, a_rater=A_RATER)
    found = BridgingModel().fit(ratings)
    seconds = median(lambda: BridgingModel().fit(ratings), runs)
    reference = intercepts(path / "reference_notes.tsv")
    theirs = np.array([reference[one] for one in found.notes_.ids])
    apart = np.abs(found.notes_.intercepts - theirs)
    said: dict[str, Any] = {
        "ratings": len(ratings),
        "notes": len(found.notes_),
        "raters": len(found.raters_),
        "loss": round(found.loss_, 7),
        "iterations": len(found.losses_),
        "seconds": round(seconds, 4),
        "mean_difference": round(float(apart.mean()), 4),
        "greatest_difference": round(float(apart.max()), 4),
        "same_side": round(
            float(((found.notes_.intercepts >= THRESHOLD) == (theirs >= THRESHOLD)).mean()), 4
        ),
    }
    try:
        import torch  # noqa: F401 -- whether it is here
    except ImportError:
        return said
    losses: list[float] = []
    theirs_seconds = median(lambda: losses.append(adam(ratings, layers=True)), min(runs, 3))
    indexed = median(lambda: adam(ratings, layers=False), min(runs, 3))
    return said | {
        "adam_seconds": round(theirs_seconds, 3),
        "adam_loss": round(losses[-1], 7),
        "times_adam": round(theirs_seconds / seconds, 1),
        "adam_indexed_seconds": round(indexed, 3),
        "times_adam_indexed": round(indexed / seconds, 1),
    }


def adam(ratings: Ratings, *, layers: bool) -> float:
    """The published optimiser, its parameters in embedding layers or as plain tensors; the loss that it ends at."""
    import torch

    torch.manual_seed(0)
    notes, raters = (
        torch.from_numpy(np.unique(column, return_inverse=True)[1].astype(np.int32))
        for column in (ratings.notes, ratings.raters)
    )
    values = torch.from_numpy(ratings.values)
    sizes = (int(raters.max()) + 1, int(notes.max()) + 1)
    factors, intercepts = ([torch.nn.Embedding(size, 1) for size in sizes] for _ in range(2))
    for layer in factors:
        torch.nn.init.xavier_uniform_(layer.weight)
    for layer in intercepts:
        torch.nn.init.zeros_(layer.weight)
    mean = torch.nn.Parameter(torch.zeros(1, 1))
    parameters = [layer.weight for layer in (*factors, *intercepts)] + [mean]
    optimiser = torch.optim.Adam(parameters, lr=1.0)

    def looked_up(layer: torch.nn.Embedding, places: torch.Tensor) -> torch.Tensor:
        return layer(places) if layers else layer.weight[places]

    def loss_now() -> torch.Tensor:
        (f, g), (a, b) = (
            (looked_up(kind[0], raters), looked_up(kind[1], notes)) for kind in (factors, intercepts)
        )
        squares = 0.15 * (sum((layer.weight**2).mean() for layer in intercepts) + (mean**2).mean())
        squares += 0.03 * sum((layer.weight**2).mean() for layer in factors)
        return (((mean + a + b + f * g).flatten() - values) ** 2).mean() + squares

    before, step = 1e10, 0
    loss = loss_now()
    while abs(loss.item() - before) > 1e-7 and not (step > 100 and loss.item() > before):
        before = loss.item()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        loss = loss_now()
        step += 1
    return float(loss.item())


def growth(size: int) -> dict[str, Any]:
    """A fit of about `size` ratings in a process that does nothing else."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ratings.npz"
        made = simulate(world(size), 0).ratings
        np.savez(path, notes=made.notes, raters=made.raters, values=made.values)
        del made
        done = subprocess.run(
            [sys.executable, __file__, "--child", str(path)], capture_output=True, text=True, check=True
        )
    return dict(json.loads(done.stdout))


def child(path: Path) -> dict[str, Any]:
    with np.load(path) as held:
        notes, raters, values = held["notes"], held["raters"], held["values"]
    names = tuple(tuple(map(str, range(int(column.max()) + 1))) for column in (notes, raters))
    ratings = Ratings(notes, raters, values, np.zeros(len(values), np.int64), *names)
    small = Ratings.of(["n"], ["r"], [1.0])
    BridgingModel().fit(small)  # compiled before
    ratings = ratings.enough(a_note=A_NOTE, a_rater=A_RATER)
    seconds = median(lambda: BridgingModel().fit(ratings), 3)
    return {
        "ratings": len(ratings),
        "seconds": round(seconds, 3),
        "nanoseconds_a_rating": round(seconds / len(ratings) * 1e9, 1),
        "memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2),
    }


def decide(made: Simulated) -> dict[str, Any]:
    score_all(simulate(World(), 0).ratings, now=NOW)  # compiled before
    started = time.perf_counter()
    scored = score_all(made.ratings, table(made), now=NOW)
    return {
        "ratings": len(made.ratings),
        "seconds": round(time.perf_counter() - started, 2),
        "helpful": sum(one.status == HELPFUL for one in scored.decided),
    }


def update() -> dict[str, Any]:
    ratings = simulate(world(1_000_000), 1).ratings
    old = ratings.times <= np.quantile(ratings.times, 0.995)
    before = BridgingModel().fit(ratings.only(old))
    found: list[BridgingModel] = []
    seconds = median(lambda: found.append(before.update(ratings, ~old)), 3)
    whole = BridgingModel().fit(ratings)
    whole_seconds = median(lambda: BridgingModel().fit(ratings), 3)
    apart = np.abs(found[-1].notes_.intercepts - whole.notes_.intercepts)
    return {
        "ratings": len(ratings),
        "new": int((~old).sum()),
        "seconds": round(seconds, 3),
        "fit_of_all_seconds": round(whole_seconds, 3),
        "mean_difference": float(f"{apart.mean():.1e}"),
        "greatest_difference": float(f"{apart.max():.1e}"),
    }


def recovery(seed: int) -> float:
    made = simulate(World(), seed)
    model = BridgingModel().fit(made.ratings.enough(a_note=A_NOTE, a_rater=A_RATER))
    places = {one: place for place, one in enumerate(made.ratings.note_ids)}
    quality = made.quality[[places[one] for one in model.notes_.ids]]
    often = model.notes_.ratings >= 20
    return round(float(np.corrcoef(quality[often], model.notes_.intercepts[often])[0, 1]), 4)


def brigades() -> dict[str, dict[str, list[float]]]:
    """For each model, by share of raters who act together: the share of notes that change status, and of targets shown."""
    models: Mapping[str, Callable[[Simulated], dict[str, bool]]] = {
        "mean rating": lambda made: mean_rating(made.ratings),
        "first round": lambda made: shown(made, whole=False, guarding=False),
        "first round, guarded": lambda made: shown(made, whole=False, guarding=True),
        "whole decision": lambda made: shown(made, whole=True, guarding=False),
        "whole decision, guarded": lambda made: shown(made, whole=True, guarding=True),
    }
    honest = simulate(World(), 0)
    before = {name: model(honest) for name, model in models.items()}
    found: dict[str, dict[str, list[float]]] = {name: {"moved": [], "targets_shown": []} for name in models}
    for share in SHARES:
        made = simulate(World(brigade=share), 0)
        wanted = [
            one for one, is_wanted in zip(made.ratings.note_ids, made.targeted, strict=True) if is_wanted
        ]
        for name, model in models.items():
            after = model(made)
            moved = sum(shows != before[name].get(one, False) for one, shows in after.items())
            found[name]["moved"].append(round(moved / len(after), 4))
            found[name]["targets_shown"].append(
                round(sum(after[one] for one in wanted) / len(wanted), 4) if wanted else 0.0
            )
    return {"shares": {"of_raters": list(SHARES)}, **found}


def mean_rating(ratings: Ratings) -> dict[str, bool]:
    """Shown where at least five rated and their mean is that of most notes that bridging shows."""
    count = ratings.per_note()
    mean = np.bincount(ratings.notes, weights=ratings.values, minlength=len(count)) / np.maximum(1, count)
    return dict(zip(ratings.note_ids, ((count >= A_NOTE) & (mean >= 0.84)).tolist(), strict=True))


def shown(made: Simulated, *, whole: bool, guarding: bool) -> dict[str, bool]:
    scored = score_all(made.ratings, table(made) if whole else None, now=NOW, guarding=guarding)
    return {one.note_id: one.status == HELPFUL for one in scored.decided}


def table(made: Simulated) -> NoteTable:
    count = len(made.ratings.note_ids)
    return NoteTable.of(made.ratings.note_ids, [""] * count, made.written, np.ones(count, bool))


def intercepts(path: Path) -> dict[str, float]:
    with path.open(newline="") as file:
        return {
            row["noteId"]: float(row["internalNoteIntercept"]) for row in csv.DictReader(file, delimiter="\t")
        }


def median(work: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
