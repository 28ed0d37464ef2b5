"""A published run in, what the planner predicts of it out, in the run's own unit."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

from published import Row
from truthgpt.training.planner.layout import Layout
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.memory import fits, memory
from truthgpt.training.planner.step import Step, Stepper


def predicted(row: Row, machine: Machine) -> tuple[float, Layout, Step]:
    """What is predicted in the row's unit, and with which layout: where the source leaves settings open, the fastest."""
    stepper = Stepper(row.job, machine)
    candidates = layouts(row)
    fitting = [layout for layout in candidates if fits(machine, memory(row.job, layout))]
    made = [(stepper.step(layout), layout) for layout in fitting or candidates]
    step, layout = min(made, key=lambda pair: pair[0].seconds)
    return in_unit(row, machine, step, layout), layout, step


def layouts(row: Row) -> list[Layout]:
    """Layouts that the row's source may have meant."""
    found = []
    for chosen in itertools.product(*row.open.values()):
        values: dict[str, Any] = dict(zip(row.open, chosen, strict=True))
        if values.get("interleave", 1) > 1:
            values["schedule"] = "interleaved"
        layout = dataclasses.replace(row.layout, **values)
        if layout.refusal(row.job) is None:
            found.append(layout)
    assert found, row.layout.refusal(row.job)
    return found


def in_unit(row: Row, machine: Machine, step: Step, layout: Layout) -> float:
    """The step in the unit in which the row was published."""
    network, length = row.job.transformer, row.job.length
    flop = network.flop_per_token(length, row.counted)
    if row.again:
        output = 6.0 * network.vocabulary * network.width
        flop += (flop - output) / 3
    a_second = row.job.tokens / step.seconds / layout.ranks
    return {
        "seconds": step.seconds,
        "tokens/s": a_second,
        "TFLOP/s": flop * a_second / 1e12,
        "MFU %": 100 * flop * a_second / machine.accelerator.bfloat16,
    }[row.unit]
