"""Fit the constants `[reached]` of the machines to published runs: to every other row, the rest being what `plan.py` tests on.

    python benchmarks/plan_fit.py            # prints the sections; --write puts them into the machines' files

Minimises squared logarithms of predicted / published, with a weak pull of each constant to a common start (as though one
row said so to within a factor of 1.3), so that what no row tells of stays where it was. Needs SciPy (extra `weights`).
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import re
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

import predicted
from published import ROWS, Row
from truthgpt.training.planner.layout import Layout
from truthgpt.training.planner.machine import Machine, Reached, machine
from truthgpt.training.planner.step import Stepper

START = {
    "matrix": 0.7,
    "edge": 60.0,
    "attention": 0.5,
    "memory": 0.8,
    "link": 0.7,
    "network": 0.7,
    "hidden": 0.7,
}
MOST = {
    "matrix": 0.95,
    "edge": 2_000.0,
    "attention": 0.9,
    "memory": 0.95,
    "link": 0.95,
    "network": 0.95,
    "hidden": 0.95,
}
SPREAD = math.log(1.3)
"""How far from its start a constant is as likely as a row's prediction is one part in thirty off."""
NOISE = 0.03


def fitted(kind: str, rows: list[Row], rounds: int = 4) -> Machine:
    """The machine `kind` with constants fitted to `rows`."""
    found = machine(kind)
    values = np.log(list(START.values()))
    most = np.log(list(MOST.values()))
    for _ in range(rounds):
        # Settings that a source leaves open are chosen with the constants of the round before.
        chosen = [(row, predicted.predicted(row, found)[1]) for row in rows]

        values = least_squares(
            partial(_errors, kind, chosen),
            np.minimum(values, most - 1e-3),
            bounds=(np.full(len(most), -np.inf), most),
            diff_step=1e-3,
        ).x
        found = _with(found, values)
    return found


def _errors(kind: str, chosen: list[tuple[Row, Layout]], logs: np.ndarray) -> np.ndarray:
    """What is minimised: how far each row's prediction is off, in units of `NOISE`, and each constant from its start."""
    trial = _with(machine(kind), logs)
    told = [
        math.log(predicted.in_unit(row, trial, Stepper(row.job, trial).step(layout), layout) / row.value)
        for row, layout in chosen
    ]
    return np.array([*(np.array(told) / NOISE), *((logs - np.log(list(START.values()))) / SPREAD)])


def _with(kind: Machine, logs: np.ndarray) -> Machine:
    constants = {name: float(value) for name, value in zip(START, np.exp(logs), strict=True)}
    return dataclasses.replace(kind, reached=Reached(**constants))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for kind in sorted({row.machine for row in ROWS if row.fitted}):
        rows = [row for row in ROWS if row.fitted and row.machine == kind]
        if len(rows) == 1:
            continue  # takes another's constants, by `like`
        found = fitted(kind, rows)
        lines = [f"{name} = {getattr(found.reached, name):.3g}" for name in START]
        lines.append(f'fitted = "{len(rows)} published runs of this machine, by benchmarks/plan_fit.py"')
        section = "[reached]\n" + "\n".join(lines) + "\n"
        print(f"# {kind}\n{section}")
        if given.write:
            path = Path(__file__).parents[1] / f"src/truthgpt/training/planner/machines/{kind}.toml"
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"\[reached\]\n(?:[^\[\n]+\n)+", section, text), encoding="utf-8")


if __name__ == "__main__":
    main()
