"""Pipeline schedules as they run: what waits for what is respected, and the closed forms of waits and memory come out."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from truthgpt.errors import BadInputError
from truthgpt.training.planner.layout import Layout
from truthgpt.training.planner.memory import _in_flight
from truthgpt.training.planner.step import Step, bubble
from truthgpt.training.planner.timeline import Work, timeline

LAYOUTS = [
    Layout(),
    *(Layout(pipeline=stages) for stages in (2, 3, 8)),
    *(Layout(pipeline=stages, schedule="zero-bubble") for stages in (2, 3, 8)),
    *(
        Layout(pipeline=stages, interleave=pieces, schedule="interleaved")
        for stages in (2, 3, 8)
        for pieces in (2, 3, 5)
    ),
]
TIMES = [(1.0, 2.0, 1.0), (1.0, 2.0, 0.5), (0.06, 0.118, 0.055), (1.0, 3.0, 1.0), (1.0, 2.0, 0.0)]
"""Seconds forward, backward, and of the latter for weights: alike, much attention, a real network's, recomputed, no products."""


def step(forward: float = 1.0, backward: float = 2.0, weights: float = 1.0, microbatches: int = 8) -> Step:
    return Step(0.0, {}, forward, backward, weights, microbatches)


def of(works: list[Work], stage: int) -> list[Work]:
    return [work for work in works if work.stage == stage]


def named(layout: Layout) -> str:
    return f"{layout.schedule}-{layout.pipeline}x{layout.interleave}"


@pytest.mark.parametrize("layout", LAYOUTS, ids=named)
def test_every_pass_runs_once(layout: Layout) -> None:
    """Each microbatch passes each piece of each stage once forward and once backward, with zero-bubble once for weights."""
    works = timeline(layout, step(), 3 * layout.pipeline)
    counted = Counter((work.stage, work.microbatch, work.piece, work.kind) for work in works)
    kinds = {"forward", "backward"} | ({"weights"} if layout.schedule == "zero-bubble" else set())
    assert set(counted.values()) == {1}
    assert set(counted) == {
        (stage, microbatch, piece, kind)
        for stage in range(layout.pipeline)
        for microbatch in range(3 * layout.pipeline)
        for piece in range(layout.interleave)
        for kind in kinds
    }


@pytest.mark.parametrize("layout", LAYOUTS, ids=named)
@pytest.mark.parametrize("microbatches", [1, 2, 5])
def test_no_pass_starts_before_what_it_needs(layout: Layout, microbatches: int) -> None:
    """A piece's forward pass follows that of the piece before, its backward pass that of the piece behind, and its own forward; the
    network's pieces lie over the stages in turn."""
    count = microbatches * (layout.pipeline if layout.schedule == "interleaved" else 1)
    works = timeline(layout, step(), count)
    at = {
        (work.kind, work.microbatch, work.piece * layout.pipeline + work.stage): (work.start, work.end)
        for work in works
    }
    last = layout.pipeline * layout.interleave - 1
    for (kind, microbatch, place), (start, _) in at.items():
        if kind == "forward" and place:
            assert at["forward", microbatch, place - 1][1] <= start
        if kind == "backward":
            assert at["forward", microbatch, place][1] <= start
            assert place == last or at["backward", microbatch, place + 1][1] <= start
        if kind == "weights":
            assert at["backward", microbatch, place][1] <= start


@pytest.mark.parametrize("layout", LAYOUTS, ids=named)
def test_a_stage_does_one_thing_at_a_time(layout: Layout) -> None:
    """The works of a stage come in their order and do not overlap."""
    works = timeline(layout, step(0.06, 0.118, 0.055), 2 * layout.pipeline)
    assert [work.stage for work in works] == sorted(work.stage for work in works)
    for stage in range(layout.pipeline):
        assert all(first.end <= second.start for first, second in pairwise(of(works, stage)))


@pytest.mark.parametrize("layout", LAYOUTS, ids=named)
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_a_step_ends_when_the_closed_form_says(
    layout: Layout, times: tuple[float, float, float], rounds: int
) -> None:
    """The step's own term for waits is what the schedule gives, from as many microbatches as stages on."""
    forward, backward, weights = times
    count = rounds * layout.pipeline
    ends = max(work.end for work in timeline(layout, step(*times), count))
    assert ends == pytest.approx(
        count * (forward + backward) + bubble(layout, forward, backward, weights, count), rel=1e-9
    )


@pytest.mark.parametrize("count", [1, 3, 7])
def test_the_closed_forms_hold_for_fewer_microbatches_than_stages(count: int) -> None:
    """Zero-bubble then waits (p - m) W longer: there is too little to do meanwhile."""
    plain, zero = Layout(pipeline=8), Layout(pipeline=8, schedule="zero-bubble")
    assert max(work.end for work in timeline(plain, step(), count)) == pytest.approx(
        count * 3 + bubble(plain, 1, 2, 1, count)
    )
    assert max(work.end for work in timeline(zero, step(), count)) == pytest.approx(
        count * 3 + bubble(zero, 1, 2, 1, count)
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=named)
@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_the_first_stage_holds_as_many_microbatches_as_memory_counts(layout: Layout, rounds: int) -> None:
    """Activations are counted for microbatches whose forward pass is done and whose backward pass is not."""
    count = rounds * layout.pipeline
    held = most = 0
    for work in of(timeline(layout, step(), count), 0):
        held += {"forward": 1, "backward": -1, "weights": 0}[work.kind]
        most = max(most, held)
    assert most / layout.interleave == pytest.approx(_in_flight(layout, 0, count))


def test_zero_bubble_keeps_what_gradients_of_weights_need_alike_on_all_stages() -> None:
    """ZB-H1: at most p microbatches wait for their gradients of weights, on whichever stage."""
    works = timeline(Layout(pipeline=4, schedule="zero-bubble"), step(), 12)
    for stage in range(4):
        held = most = 0
        for work in of(works, stage):
            held += {"forward": 1, "backward": 0, "weights": -1}[work.kind]
            most = max(most, held)
        assert most == 4


def test_the_interleaved_order_is_megatron_s() -> None:
    """Of two stages in two pieces, the first runs four passes ahead and then alternates: p microbatches a piece, then the next."""
    layout = Layout(pipeline=2, interleave=2, schedule="interleaved")
    said = [f"{work.kind[0]}{work.microbatch}.{work.piece}" for work in of(timeline(layout, step(), 4), 0)]
    assert " ".join(said) == (
        "f0.0 f1.0 f0.1 f1.1 f2.0 b0.1 f3.0 b1.1 f2.1 b0.0 f3.1 b1.0 b2.1 b3.1 b2.0 b3.0"
    )


def test_microbatches_are_the_step_s_where_none_are_given() -> None:
    """A step knows how many it has."""
    assert {work.microbatch for work in timeline(Layout(pipeline=2), step(microbatches=6))} == set(range(6))


@pytest.mark.parametrize(
    ("layout", "count", "said"),
    [
        (Layout(pipeline=4), 0, "0 microbatches are no step"),
        (Layout(pipeline=4, interleave=2, schedule="interleaved"), 6, "6 microbatches are no multiple of the 4 stages"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_scheduled_is_refused(layout: Layout, count: int, said: str) -> None:
    """In one line that says why."""
    with pytest.raises(BadInputError, match=said):
        timeline(layout, step(), count)
