"""New ratings into fitted parameters: what they move is solved again, and nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from truthgpt.notes.factorisation import Parameters, Problem
from truthgpt.notes.incidence import Numbers, Places
from truthgpt.notes.sides import Floats

SWEEPS = 30
"""Rounds of raters and notes at most; what moves more widely is better fitted anew."""

Flags = npt.NDArray[np.bool_]


def update(
    problem: Problem, begun: Parameters, notes: Numbers, raters: Numbers, tolerance: float
) -> Parameters | None:
    """The parameters after ratings of `notes` by `raters` came or changed; `begun` holds those from before.

    A thing whose parameters move by more than `tolerance` has those on the other side of its ratings solved in the next
    round. The mean stays as it is: it is of all ratings, and a few move it by less than anything else. None where things
    still move after `SWEEPS` rounds: then most of them would have to be solved, and often.
    """
    found_raters, found_notes = begun.raters.copy(), begun.notes.copy()
    stale_raters, stale_notes = _marked(raters, len(found_raters)), _marked(notes, len(found_notes))
    for _ in range(SWEEPS):
        if not stale_raters.any() and not stale_notes.any():
            return Parameters(begun.mean, found_raters, found_notes)
        before = found_raters[stale_raters]
        problem.solve_some_raters(found_raters, stale_raters, begun.mean, found_notes)
        moved = _moved(before, found_raters, stale_raters, tolerance)
        problem.raters.mark(moved, stale_notes)
        before = found_notes[stale_notes]
        problem.solve_some_notes(found_notes, stale_notes, begun.mean, found_raters)
        moved = _moved(before, found_notes, stale_notes, tolerance)
        stale_raters[:], stale_notes[:] = False, False
        problem.notes.mark(moved, stale_raters)
    return None


def _marked(numbers: Numbers, count: int) -> Flags:
    marks = np.zeros(count, np.bool_)
    marks[numbers] = True
    return marks


def _moved(before: Floats, after: Floats, solved: Flags, tolerance: float) -> Places:
    """Which of the `solved` things moved by more than `tolerance`."""
    far = np.abs(after[solved] - before).max(axis=1, initial=0.0) > tolerance
    return np.asarray(np.flatnonzero(solved)[far])
