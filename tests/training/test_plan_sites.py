"""Two data centres and a slow link: the ways to join them, held against their limits, a simulation and published bandwidths."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError
from truthgpt.training.planner.sites import LOCAL, OVERLAPPED, STREAMING, SYNCHRONOUS, Sites, between_sites

RUN: dict[str, Any] = {
    "step": 10.0,
    "backward": 0.6,
    "parameters": 70 * 10**9,
    "width": 2.0,
    "link": 50e9,
    "latency": 0.02,
    "inner": 100,
}
GIGABIT = 1e9 / 8

runs = st.fixed_dictionaries(
    {
        "step": st.floats(0.1, 100),
        "backward": st.floats(0, 1),
        "parameters": st.integers(10**8, 10**12),
        "width": st.sampled_from([1.0, 2.0, 4.0]),
        "link": st.floats(1e7, 1e13),
        "latency": st.floats(0, 0.2),
        "inner": st.integers(1, 1000),
        "sites": st.integers(2, 8),
        "fragments": st.integers(1, 40),
        "overlap": st.integers(0, 5),
        "cut": st.floats(0, 1e5),
        "late": st.integers(0, 2),
    }
)
some = settings(max_examples=60, derandomize=True, deadline=None)


def seconds(run: Sites) -> dict[str, float]:
    return {way.name: way.seconds for way in run.ways}


def test_over_an_infinite_link_every_way_takes_as_long_as_one_site() -> None:
    found = between_sites(**RUN | {"link": math.inf, "latency": 0.0})
    assert set(seconds(found).values()) == {10.0}
    assert {way.utilisation for way in found.ways} == {0.0}
    assert found.choice == OVERLAPPED  # nothing to gain by another way of training
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["link"] is None


def test_without_overlap_a_step_takes_what_its_bytes_take() -> None:
    """70B in two bytes over 50 GB/s are 2.8 s between two sites, to and fro at once; of four each sends half as much again."""
    assert between_sites(**RUN).way(SYNCHRONOUS).seconds == pytest.approx(10 + 2.8 + 0.02)
    four = between_sites(**RUN | {"sites": 4}).way(SYNCHRONOUS)
    assert four.seconds == pytest.approx(10 + 4.2 + 6 * 0.02)
    assert four.bytes == pytest.approx(1.5 * 140e9)
    assert four.utilisation == pytest.approx(4.2 / four.seconds)


def test_what_fits_behind_the_backward_pass_costs_its_last_bucket() -> None:
    assert between_sites(**RUN).way(OVERLAPPED).seconds == pytest.approx(10 + 2.8 / 32 + 0.02)
    slow = between_sites(**RUN | {"link": 5e9}).way(OVERLAPPED)
    assert slow.seconds == pytest.approx(10 + 28 - 6 * 31 / 32 + 0.02)


def test_local_updates_pay_for_a_meeting_once_in_h_steps() -> None:
    found = between_sites(**RUN)
    assert found.way(LOCAL).slower == pytest.approx(2.82 / 100 / 10)
    assert found.way(LOCAL).bytes == pytest.approx(140e9 / 100)
    assert found.way(STREAMING).bytes == pytest.approx(35e9 / 100)  # half a byte a weight


def test_streaming_is_free_until_a_part_takes_longer_than_it_may() -> None:
    """A sixteenth of 70B in half a byte, 2.19 GB, must come back within a step of 10 s."""
    assert between_sites(**RUN | {"link": 0.22e9}).way(STREAMING).slower == 0
    late = between_sites(**RUN | {"link": 0.2e9}).way(STREAMING)
    assert late.seconds == pytest.approx(10 + 16 * (70e9 / 32 / 0.2e9 + 0.02 - 10) / 100)


@some
@given(runs)
def test_local_updates_cost_nothing_as_meetings_become_rare(run: dict[str, Any]) -> None:
    rare = between_sites(**run | {"inner": 10**15})
    assert rare.way(LOCAL).slower == pytest.approx(0, abs=1e-6)
    assert rare.way(STREAMING).slower == pytest.approx(0, abs=1e-6)


@some
@given(runs, st.floats(1, 1e4))
def test_more_bandwidth_never_slows_a_step_nor_less_latency(run: dict[str, Any], factor: float) -> None:
    slow = seconds(between_sites(**run))
    for better in (
        {"link": run["link"] * factor},
        {"latency": run["latency"] / factor},
        {"inner": run["inner"] * 2},
    ):
        fast = seconds(between_sites(**run | better))
        for name, took in slow.items():
            assert fast[name] <= took * (1 + 1e-12)


@some
@given(runs)
def test_every_way_keeps_the_order_and_the_bounds_that_it_must(run: dict[str, Any]) -> None:
    found = between_sites(**run)
    took = seconds(found)
    assert run["step"] <= min(took.values())
    assert took[OVERLAPPED] <= took[SYNCHRONOUS] * (1 + 1e-12)
    assert took[LOCAL] <= took[SYNCHRONOUS] * (1 + 1e-12)
    assert found.way(found.fastest).seconds == min(took.values())
    for way in found.ways:
        assert 0 <= way.utilisation <= 1 + 1e-9
        assert 0 <= way.idle <= way.idle_most * (1 + 1e-12) <= run["cut"] * (1 + 1e-12)


@some
@given(runs)
def test_at_the_link_that_is_needed_a_way_costs_five_percent(run: dict[str, Any]) -> None:
    """Half a percent less bandwidth costs more than that."""
    for way in between_sites(**run).ways:
        if way.needed is None:
            assert between_sites(**run | {"link": math.inf}).way(way.name).slower >= 0.05
            continue
        enough = between_sites(**run | {"link": way.needed * (1 + 1e-9)}).way(way.name)
        less = between_sites(**run | {"link": way.needed / 1.005}).way(way.name)
        assert enough.slower <= 0.05 * (1 + 1e-6)
        assert less.slower > enough.slower


@pytest.mark.parametrize(
    ("size", "step", "fragments", "published"),
    [
        (10e9, 0.8, 16, {OVERLAPPED: 268.3, LOCAL: 33.9, STREAMING: 1.4}),
        (100e9, 4.9, 36, {OVERLAPPED: 390.7, LOCAL: 49.4, STREAMING: 1.1}),
    ],
)
def test_no_less_bandwidth_is_asked_for_than_published_and_no_more_than_twice(
    size: float, step: float, fragments: int, published: dict[str, float]
) -> None:
    """Gigabits/s for 95% of the time in computation, H = 100, as Douillard et al. 2025 simulated it (table 4, steps of a grid a
    fifth apart): their simulation also hides local updates' meeting behind a backward pass."""
    found = between_sites(
        step=step,
        backward=2 / 3,
        parameters=int(size),
        width=2,
        link=1e9,
        latency=0,
        inner=100,
        fragments=fragments,
    )
    for name, wanted in published.items():
        needed = found.way(name).needed
        assert needed is not None
        assert wanted <= needed / GIGABIT <= 2 * wanted


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("cut", [60.0, 900.0, 2_500.0])
def test_a_cut_of_the_link_idles_local_updates_as_a_simulation_says(cut: float, late: int) -> None:
    """The cut falls anywhere in a round; training stops once a meeting is due, or late as allowed, and the link still down."""
    found = between_sites(**RUN | {"link": 1e9, "cut": cut, "late": late})
    meeting, train = 140.02, 1_000.0
    lost = []
    for start in (index * (meeting + train) / 20_000 for index in range(20_000)):
        needed = max(start, train) if start < train else start  # when the link is next wanted
        lost.append(max(0.0, start + cut - needed - late * train))
    assert found.way(LOCAL).idle == pytest.approx(sum(lost) / len(lost), rel=1e-3, abs=1e-3)
    assert found.way(LOCAL).idle_most == pytest.approx(max(lost), rel=1e-3, abs=1e-3)


def test_a_cut_stops_a_synchronous_run_and_not_at_once_local_updates() -> None:
    """Ten minutes are less than H steps of ten seconds: with a meeting late, nothing stops; with none late, a part of them."""
    found = between_sites(**RUN | {"cut": 600.0})
    for name in (SYNCHRONOUS, OVERLAPPED):
        way = found.way(name)
        assert (way.idle, way.idle_most, way.endures, way.missed) == (600, 600, 0, None)
    assert (found.way(LOCAL).idle, found.way(LOCAL).missed) == (0, 1)
    assert found.way(LOCAL).endures == pytest.approx(2_000)
    assert found.way(STREAMING).idle == 0
    strict = between_sites(**RUN | {"cut": 600.0, "late": 0})
    assert 0 < strict.way(LOCAL).idle < 600
    assert strict.way(STREAMING).idle > strict.way(LOCAL).idle  # it says something more often
    none = between_sites(**RUN | {"cut": 0.0})
    assert {way.idle_most for way in none.ways} == {0.0}
    assert none.way(LOCAL).missed == 0


def test_the_choice_is_synchronous_where_that_is_nearly_as_fast() -> None:
    assert between_sites(**RUN).fastest == STREAMING
    assert between_sites(**RUN).choice == OVERLAPPED
    assert between_sites(**RUN | {"link": 5e9}).choice == STREAMING


@pytest.mark.parametrize(
    ("parameters", "sites", "percent"),
    [(10**10, 2, -0.19), (10**10, 3, 0.29), (35 * 10**6, 8, 3.9), (3 * 10**9, 8, 1.1)],
)
def test_the_loss_of_local_updates_is_one_that_was_measured(
    parameters: int, sites: int, percent: float
) -> None:
    """Charles et al. 2025, tables 4 and 5; more sites than were measured are not taken for fewer."""
    assert between_sites(**RUN | {"parameters": parameters, "sites": sites}).quality.percent == percent


def test_the_loss_says_what_it_was_not_measured_on() -> None:
    far = between_sites(**RUN | {"parameters": 10**12, "sites": 16}).quality
    assert any("1e+12" in note for note in far.notes)
    assert any("these are 16" in note for note in far.notes)
    assert any("here H is 100" in note for note in far.notes)
    near = between_sites(**RUN | {"parameters": 10**10, "inner": 30}).quality
    assert len(near.notes) < len(far.notes)
    assert near.compute < 1 < far.compute


def test_a_cost_in_loss_that_was_measured_is_charged_to_local_updates() -> None:
    """Eight sites of a small network: 3.9% of loss are worth more than double the compute, and a link that costs half a step
    is the lesser evil."""
    run = RUN | {"parameters": 35 * 10**6, "sites": 8, "step": 1.0, "link": 0.12e9, "latency": 0.0}
    found = between_sites(**run)
    assert found.quality.compute == pytest.approx(1.039 ** (2 / 0.0953))
    assert found.way(OVERLAPPED).slower > 0.05
    assert (found.fastest, found.choice) == (STREAMING, OVERLAPPED)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"step": 0.0}, "step is 0.0; it must be above 0"),
        ({"step": math.nan}, "step is nan; it must be above 0"),
        ({"backward": 1.5}, "backward is 1.5; it is a share of the step"),
        ({"parameters": -1}, "parameters is -1; it must be above 0"),
        ({"parameters": 10**400}, "it must be above 0, and at most"),
        ({"width": math.inf}, "width is inf; it must be above 0"),
        ({"link": 0.0}, "link is 0.0; it must be above 0 bytes/s"),
        ({"link": math.nan}, "link is nan; it must be above 0 bytes/s"),
        ({"latency": -0.1}, "latency is -0.1; it must be at least 0"),
        ({"inner": 0}, "inner is 0; it must be at least 1"),
        ({"sites": 1}, "sites is 1; it must be at least 2"),
        ({"fragments": 0}, "fragments is 0; it must be at least 1"),
        ({"cut": math.inf}, "cut is inf; it must be at least 0"),
        ({"late": -1}, "late is -1; it must be at least 0"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(wrong: dict[str, Any], line: str) -> None:
    with pytest.raises(BadInputError) as refused:
        between_sites(**RUN | wrong)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_comparison_goes_into_json_and_back() -> None:
    found = between_sites(**RUN)
    back = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert back["link"] == 50e9
    assert [way["name"] for way in back["ways"]] == [SYNCHRONOUS, OVERLAPPED, LOCAL, STREAMING]
    assert back["ways"][0] == dataclasses.asdict(found.ways[0])
    assert all("\n" not in line for line in back["assumed"])
