"""Jobs, machines and layouts that tests of the planner share."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import strategies as st

from truthgpt.training.planner.layout import Job, Layout
from truthgpt.training.planner.machine import Machine, machine
from truthgpt.training.planner.transformer import llama

SMALL = llama(layers=16, width=2_048, heads=16, kv_heads=8, hidden=7_168, vocabulary=32_768)
H100 = machine("h100-sxm")


def job(**changes: Any) -> Job:
    """A step of 64 sequences of 4,096 tokens through a network of a billion parameters."""
    return dataclasses.replace(Job(SMALL, 4_096, 64), **changes)


def with_part(kind: Machine, title: str, **changes: float) -> Machine:
    """`kind` with other numbers in the section `title`."""
    return dataclasses.replace(kind, **{title: dataclasses.replace(getattr(kind, title), **changes)})


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Layouts of `job()` that nothing speaks against."""
    tensor = draw(st.sampled_from((1, 2, 4, 8)))
    pipeline = draw(st.sampled_from((1, 2, 4)))
    pieces = draw(st.sampled_from((1, 2, 4))) if pipeline > 1 else 1
    schedules = ("interleaved",) if pieces > 1 else ("1f1b", "zero-bubble") if pipeline > 1 else ("1f1b",)
    return Layout(
        tensor,
        tensor > 1 and draw(st.booleans()),
        context=draw(st.sampled_from((1, 2))),
        pipeline=pipeline,
        interleave=pieces,
        schedule=draw(st.sampled_from(schedules)),
        data=draw(st.sampled_from((1, 2, 4, 8))),
        sharding=draw(st.sampled_from(("optimizer", "full") if pipeline == 1 else ("optimizer",))),
        micro=draw(st.sampled_from((1, 2))),
        recompute=draw(st.sampled_from(("none", "selective", "full"))),
    )
