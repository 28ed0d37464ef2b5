"""Goodput held against Llama 3, Young, Daly and arithmetic; a plan's losses add up, and nothing that fails more is better."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError
from truthgpt.training.planner.failures import DAY, HOUR, Failures, best_interval, expected, rates, young_daly
from truthgpt.training.planner.goodput import CAUSES, Goodput, goodput

LLAMA_3 = Failures()
GPUS = 16_384
NOTHING = Failures(rate=0, planned=0)


def alone(mtbf: float, stall: float, restart: float = 600.0) -> Failures:
    """Failures of one accelerator every `mtbf` seconds and synchronous checkpoints, as Daly assumes."""
    return Failures(rate=HOUR / mtbf, planned=0, drain=0, detection=0, restart=restart, stall=stall, write=0)


def daly(interval: float, stall: float, mtbf: float, restart: float) -> float:
    """Goodput from the time that Daly 2006 expects."""
    return interval / (mtbf * math.exp(restart / mtbf) * math.expm1((interval + stall) / mtbf))


@st.composite
def troubles(draw: st.DrawFn) -> Failures:
    """Any failures under which a run of 16,384 accelerators may still get somewhere."""
    share = st.floats(0, 1)
    return Failures(
        rate=draw(st.floats(0, 1e-4)), planned=draw(st.floats(0, 0.5)), drain=draw(share), repair=draw(st.floats(0.1, 48)),
        spares=draw(st.none() | st.integers(0, 40)), cuts=draw(share), cut=draw(st.floats(0, 900)), timeout=draw(st.floats(0, 900)),
        stragglers=draw(st.floats(0, 1e-3)), slowdown=draw(st.floats(0, 3)), noticed=draw(st.floats(0, 7_200)),
        detection=draw(st.floats(0, 900)), restart=draw(st.floats(0, 900)), interval=draw(st.none() | st.floats(60, 7_200)),
        stall=draw(st.floats(0, 60)), write=draw(st.floats(0, 60)),
    )  # fmt: skip


@pytest.mark.parametrize("detection", [300.0, 600.0])
def test_llama_3_kept_more_than_nine_tenths_of_its_time(detection: float) -> None:
    """Its paper, section 3.3.4: above 90% with 466 interruptions in 54 days; with the ten minutes that MegaScale gives at most to
    detection, too."""
    found = goodput(GPUS, 8, 54, replace(LLAMA_3, detection=detection))
    assert 0.90 < found.goodput < 0.95
    assert found.interruptions == pytest.approx(466 / 54, rel=0.03)
    assert 1 / rates(GPUS, 8, LLAMA_3).failure == pytest.approx(54 * DAY / 419)
    assert 1 / LLAMA_3.rate == pytest.approx(50_700, rel=0.001)


@pytest.mark.parametrize(("hours", "minutes"), [(24, 117), (6, 57), (0.25, 9.1)])
def test_the_best_interval_of_daly_is_as_he_gives_it(hours: float, minutes: float) -> None:
    """Daly 2006, figures 3 to 5: stall of 5 minutes."""
    assert young_daly(300, hours * HOUR)[1] / 60 == pytest.approx(minutes, abs=0.5 if minutes > 10 else 0.05)


def test_where_a_checkpoint_costs_more_than_two_failures_apart_dalys_interval_is_the_time_between_failures() -> (
    None
):
    assert young_daly(700, 300)[1] == 300


@pytest.mark.parametrize("mtbf", [3 * HOUR, 30 * HOUR])
@pytest.mark.parametrize("stall", [1.0, 5.0])
def test_the_best_interval_is_that_of_young_and_daly_where_they_apply(mtbf: float, stall: float) -> None:
    found = best_interval(1, 1, 365, alone(mtbf, stall))
    young, higher = young_daly(stall, mtbf)
    assert found == pytest.approx(higher, rel=0.001)
    assert found == pytest.approx(young, rel=0.02)


@pytest.mark.parametrize(
    ("mtbf", "stall", "restart"), [(3 * HOUR, 5.0, 60.0), (3 * HOUR, 60.0, 600.0), (HOUR, 30.0, 1_800.0)]
)
@pytest.mark.parametrize("factor", [0.5, 3])
def test_what_is_lost_is_what_daly_expects(mtbf: float, stall: float, restart: float, factor: float) -> None:
    """To 2% of the loss itself, at the best interval and far from it."""
    failures = alone(mtbf, stall, restart)
    interval = best_interval(1, 1, 60, failures) * factor
    wanted = daly(interval, stall, mtbf, restart)
    found = goodput(1, 1, 10, replace(failures, interval=interval), runs=600)
    assert found.expected == pytest.approx(wanted, rel=1e-9)
    assert 1 / found.goodput - 1 == pytest.approx(1 / wanted - 1, rel=0.02)


def test_the_overhead_is_youngs_where_stalls_are_short() -> None:
    """First order: √(2 δ / M) for checkpoints and work redone, R / M for restarts."""
    stall, mtbf = 1.0, 100 * HOUR
    found = goodput(1, 1, 365, alone(mtbf, stall))
    assert found.lost["checkpoints"] + found.lost["redone"] == pytest.approx(
        math.sqrt(2 * stall / mtbf), rel=0.02
    )
    assert found.lost["restarts"] == pytest.approx(600 / mtbf, rel=0.02)


@pytest.mark.parametrize("failures", [LLAMA_3, replace(LLAMA_3, stall=30, stragglers=1e-4, spares=8)])
def test_no_interval_is_better_in_the_simulation_than_the_best_in_closed_form(failures: Failures) -> None:
    best = goodput(GPUS, 8, 10, failures, runs=400)
    for factor in (0.6, 1.6):
        other = goodput(GPUS, 8, 10, replace(failures, interval=best.interval * factor), runs=400)
        assert other.goodput < best.goodput + 0.002


def test_what_is_written_late_is_lost_longer() -> None:
    """A failure goes back to the last durable checkpoint: the time until it is durable is redone on top."""
    late = replace(alone(5 * HOUR, 5.0), interval=900)
    sooner, later = (goodput(1, 1, 30, replace(late, write=write), runs=600) for write in (0.0, 800.0))
    assert later.lost["redone"] - sooner.lost["redone"] == pytest.approx(800 / (5 * HOUR), rel=0.1)
    assert later.goodput == pytest.approx(later.expected, rel=0.002)


def test_without_failures_only_checkpoints_take_time() -> None:
    found = goodput(GPUS, 8, 60, replace(NOTHING, interval=600, stall=6))
    checkpoints = 60 * DAY / 600 - 1
    assert found.goodput == pytest.approx(600 / (600 + 6), rel=1e-3)
    assert found.days * DAY == pytest.approx(60 * DAY + 6 * checkpoints)
    assert [found.lost[cause] for cause in CAUSES if cause != "checkpoints"] == [0] * 5
    assert goodput(GPUS, 8, 60, NOTHING).goodput == 1


def test_a_wait_for_a_node_takes_its_repair() -> None:
    """With no spare and failures alone, each takes a node: M up, then the mean repair down."""
    failures = replace(
        NOTHING, rate=0.1, drain=1, repair=5, spares=0, detection=0, restart=0, interval=60, stall=0, write=0
    )
    assert goodput(1, 1, 90, failures, runs=600).lost["spares"] == pytest.approx(5 / (10 + 5), rel=0.02)


def test_spares_shorten_the_wait_until_there_are_enough() -> None:
    found = [goodput(GPUS, 8, 10, replace(LLAMA_3, spares=spares)).goodput for spares in (0, 3, 32)]
    assert found == sorted(found)
    assert found[-1] == pytest.approx(goodput(GPUS, 8, 10, LLAMA_3).goodput, abs=0.002)


def test_slow_nodes_slow_the_run_until_they_are_found() -> None:
    """One an hour, a step takes half as long again until it is found half an hour of training later."""
    failures = replace(NOTHING, stragglers=1, slowdown=0.5, noticed=1_800, restart=0, stall=0, write=0)
    found = goodput(8, 8, 20, failures, runs=400)
    assert found.lost["stragglers"] == pytest.approx(1_800 / (1_800 + 3_600) / 3, rel=0.02)
    assert found.interruptions == pytest.approx(24 / 1.5, rel=0.02)


def test_a_cut_holds_the_run_up_and_a_long_one_ends_it() -> None:
    """A quarter of the cuts outlasts the timeout, here; those throw the run back, all hold it up."""
    failures = replace(
        NOTHING, cuts=0.5, cut=600, timeout=600 * math.log(4), restart=300, interval=600, stall=0, write=0
    )
    found = goodput(8, 8, 60, failures)
    training = found.goodput + found.lost["redone"]
    assert found.lost["network"] / training == pytest.approx(600 / 7_200, rel=0.02)
    assert found.lost["restarts"] / training == pytest.approx(300 / 28_800, rel=0.03)
    assert found.lost["redone"] / training == pytest.approx(300 / 28_800, rel=0.05)


@given(failures=troubles(), seed=st.integers(0, 1_000))
@settings(max_examples=15, deadline=None)
def test_time_adds_up_and_the_same_seed_gives_the_same(failures: Failures, seed: int) -> None:
    found = goodput(GPUS, 8, 1, failures, runs=20, seed=seed)
    assert found.goodput + sum(found.lost.values()) == pytest.approx(1, abs=1e-9)
    assert all(-1e-12 <= share <= 1 for share in found.lost.values())
    assert 0 <= found.low <= found.median <= found.high <= 1
    assert found.goodput == pytest.approx(sum(found.samples) / 20)
    assert found == goodput(GPUS, 8, 1, failures, runs=20, seed=seed)


@given(failures=troubles())
@settings(max_examples=6, deadline=None)
def test_the_simulation_agrees_with_the_closed_form(failures: Failures) -> None:
    """Where spares never want, to noise and what the ends of a run of 10 days make."""
    failures = replace(failures, spares=None, interval=600.0)
    found = goodput(GPUS, 8, 10, failures, runs=160)
    assert found.goodput == pytest.approx(found.expected, abs=0.008)


WORSE = st.sampled_from(
    ["rate", "planned", "cuts", "stragglers", "slowdown", "detection", "restart", "write"]
)


@given(failures=troubles(), name=WORSE, by=st.floats(1, 3))
@settings(max_examples=10, deadline=None)
def test_what_fails_more_or_takes_longer_is_never_better(failures: Failures, name: str, by: float) -> None:
    """At the best interval of each, with the same random numbers, beyond the noise of those that they do not share."""
    failures = replace(failures, interval=None)
    worse = replace(failures, **{name: getattr(failures, name) * by})
    before, after = (goodput(GPUS, 8, 4, each, runs=40) for each in (failures, worse))
    assert after.goodput <= before.goodput + 0.02


@given(failures=troubles(), name=WORSE.filter(lambda name: name != "planned"), by=st.floats(1, 3))
@settings(max_examples=60, deadline=None)
def test_what_fails_more_or_takes_longer_is_never_expected_to_be_better(
    failures: Failures, name: str, by: float
) -> None:
    """Maintenance is left out: the checkpoint before it may save more than it costs."""
    failures = replace(failures, interval=None)
    worse = replace(failures, **{name: getattr(failures, name) * by})
    before, after = (expected(GPUS, 8, each, best_interval(GPUS, 8, 30, each)) for each in (failures, worse))
    assert after <= before + 1e-6


@pytest.mark.parametrize("rate", [1e-320, 1e-30])
def test_what_hardly_ever_happens_is_as_nothing(rate: float) -> None:
    found = goodput(GPUS, 8, 60, replace(NOTHING, rate=rate, cuts=rate, stragglers=rate))
    assert found.goodput == 1
    assert found.expected == pytest.approx(1)


def test_a_long_run_varies_less_by_the_root_of_its_length() -> None:
    """A hundred times the days is more events than are simulated; the spread is a tenth all the same."""
    short, long = (goodput(GPUS, 8, days, LLAMA_3) for days in (60, 6_000))
    assert long.goodput == pytest.approx(short.goodput, abs=0.001)
    assert (short.high - short.low) / (long.high - long.low) == pytest.approx(10, rel=0.25)
    assert long.days == pytest.approx(100 * short.days, rel=0.001)


def test_a_run_that_gets_nowhere_ends_and_says_so() -> None:
    """Ten million accelerators fail every 18 seconds: no restart of ten minutes is ever done."""
    found = goodput(10_000_000, 8, 60, LLAMA_3, runs=20)
    assert not found.finishes
    assert found.goodput == pytest.approx(0, abs=1e-4)
    assert found.days == math.inf
    assert found.lost["restarts"] == pytest.approx(1, abs=0.001)


def test_one_accelerator_seldom_fails() -> None:
    found = goodput(1, 8, 60, replace(LLAMA_3, planned=0))
    assert found.goodput > 0.999
    assert rates(9, 8, Failures(stragglers=1)).straggler == 2 / HOUR


def test_what_was_found_is_plain_json() -> None:
    for gpus in (GPUS, 10_000_000):
        found: Goodput = goodput(gpus, 8, 1, LLAMA_3, runs=5)
        plain: dict[str, Any] = json.loads(json.dumps(found.as_dict(), allow_nan=False))
        assert plain == found.as_dict()
        assert set(plain["lost"]) == set(CAUSES)
        assert len(plain["samples"]) == 5


@pytest.mark.parametrize(
    "given",
    [
        {"rate": -1e-5},
        {"rate": math.nan},
        {"cut": math.inf},
        {"drain": 1.5},
        {"repair": 0},
        {"spares": -1},
        {"interval": 0},
        {"interval": 30.0},
    ],
)
def test_failures_that_cannot_be_are_refused_in_one_line(given: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as caught:
        Failures(**given)
    assert next(iter(given)) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gpus", 0),
        ("gpus", 10**10),
        ("node", 0),
        ("days", 0),
        ("days", math.nan),
        ("days", math.inf),
        ("runs", 0),
        ("seed", -1),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_one_line(name: str, value: float) -> None:
    given: dict[str, Any] = {"gpus": 8, "node": 8, "days": 1, "runs": 2, "seed": 1, name: value}
    with pytest.raises(BadInputError) as caught:
        goodput(given["gpus"], given["node"], given["days"], LLAMA_3, runs=given["runs"], seed=given["seed"])
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("stall", "mtbf"), [(0, 100), (5, 0), (5, math.inf), (math.nan, 5)])
def test_no_best_interval_is_made_up(stall: float, mtbf: float) -> None:
    with pytest.raises(BadInputError):
        young_daly(stall, mtbf)
