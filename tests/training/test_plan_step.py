"""The performance model: what must hold of any step, whatever its constants."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plans import H100, SMALL, job, layouts, with_part

from truthgpt.training.planner import collectives
from truthgpt.training.planner.collectives import Group
from truthgpt.training.planner.kernels import Kernels
from truthgpt.training.planner.layout import Layout, Software, stage_blocks
from truthgpt.training.planner.step import Stepper
from truthgpt.training.planner.transformer import KNOWN, by_size, gpt

PARTS = [
    ("accelerator", "bandwidth"),
    ("accelerator", "bfloat16"),
    ("node", "bandwidth"),
    ("network", "bandwidth"),
]


@settings(max_examples=60, deadline=None)
@given(layout=layouts(), part=st.sampled_from(PARTS), more=st.floats(1.0, 8.0))
def test_more_bandwidth_or_arithmetic_never_slows_a_step(
    layout: Layout, part: tuple[str, str], more: float
) -> None:
    assume(layout.refusal(job()) is None)
    title, name = part
    better = with_part(H100, title, **{name: getattr(getattr(H100, title), name) * more})
    before, after = Stepper(job(), H100).step(layout), Stepper(job(), better).step(layout)
    assert after.seconds <= before.seconds * (1 + 1e-9)


@settings(max_examples=60, deadline=None)
@given(layout=layouts(), precision=st.sampled_from(("bfloat16", "fp8")))
def test_time_by_accelerators_is_never_below_the_floor_of_its_flop(layout: Layout, precision: str) -> None:
    asked = job(precision=precision)
    assume(layout.refusal(asked) is None)
    peak = H100.accelerator.fp8 if precision == "fp8" else H100.accelerator.bfloat16
    flop = asked.tokens * SMALL.flop_per_token(asked.length, "causal")
    assert Stepper(asked, H100).step(layout).seconds * layout.ranks * peak >= flop


@settings(max_examples=60, deadline=None)
@given(layout=layouts())
def test_the_terms_of_a_step_are_its_seconds_and_none_is_negative(layout: Layout) -> None:
    assume(layout.refusal(job()) is None)
    step = Stepper(job(), H100).step(layout)
    assert step.seconds == pytest.approx(sum(step.terms.values()))
    assert min(step.terms.values()) >= 0


@settings(max_examples=60, deadline=None)
@given(layout=layouts(), part=st.sampled_from([*PARTS, ("reached", "edge")]))
def test_a_step_is_continuous_in_the_numbers_of_the_machine(layout: Layout, part: tuple[str, str]) -> None:
    assume(layout.refusal(job()) is None)
    title, name = part
    near = with_part(H100, title, **{name: getattr(getattr(H100, title), name) * (1 + 1e-6)})
    before, after = Stepper(job(), H100).step(layout).seconds, Stepper(job(), near).step(layout).seconds
    assert after == pytest.approx(before, rel=1e-5)


def test_recomputation_costs_time() -> None:
    layout = Layout(8, True)
    seconds = [
        Stepper(job(), H100).step(dataclasses.replace(layout, recompute=policy)).seconds
        for policy in ("none", "selective", "full")
    ]
    assert seconds == sorted(seconds)
    assert seconds[0] < seconds[2]


def test_a_bubble_is_that_of_its_schedule() -> None:
    layout = Layout(pipeline=4, data=1)
    stepper = Stepper(job(), H100)
    plain = stepper.step(layout)
    pieces = stepper.step(dataclasses.replace(layout, interleave=4, schedule="interleaved"))
    zero = stepper.step(dataclasses.replace(layout, schedule="zero-bubble"))
    assert pieces.terms["bubble"] == pytest.approx(plain.terms["bubble"] / 4)
    assert 0 < zero.terms["bubble"] < 0.6 * plain.terms["bubble"]


@pytest.mark.parametrize("overlap", ["none", "backward", "all"])
def test_what_overlaps_never_costs_more(overlap: str) -> None:
    layout = Layout(8, True, data=4)
    software = Software(overlap_tensor=overlap, overlap_data=False)  # type: ignore[arg-type]
    bare = Software(overlap_tensor="none", overlap_data=False)
    assert (
        Stepper(job(software=dataclasses.replace(software, overlap_data=True)), H100).step(layout).seconds
        <= Stepper(job(software=bare), H100).step(layout).seconds
    )


def test_products_in_eight_bits_pay_where_matrices_are_large() -> None:
    large, small = 8_192.0, 64.0
    halves, eighths = Kernels(job(), H100), Kernels(job(precision="fp8"), H100)
    assert eighths.product(large, large, large, blocks=True) < halves.product(large, large, large)
    assert eighths.product(large, small, small, blocks=True) > halves.product(large, small, small)


def test_a_group_that_shares_a_node_shares_its_lines() -> None:
    alone, together = Group(16, 8, 8), Group(16, 1, 8)
    assert alone.inside == 1
    assert together.inside == 8
    size = 1e9
    assert collectives.scattered(H100, together, size) < collectives.scattered(H100, alone, size)
    assert collectives.reduced(H100, alone, size) == 2 * collectives.scattered(H100, alone, size)


def test_blocks_left_over_go_to_stages_without_ends() -> None:
    assert stage_blocks(126, 16) == [7, *[8] * 14, 7]
    assert stage_blocks(96, 8) == [12] * 8
    for layers in range(1, 40):
        for stages in range(1, layers + 1):
            cut = stage_blocks(layers, stages)
            assert sum(cut) == layers
            assert max(cut) - min(cut) <= 1


def test_parameters_and_flop_are_those_that_makers_give() -> None:
    published = {"gpt3-175b": 175e9, "llama3-8b": 8.03e9, "llama3-70b": 70.6e9, "llama3-405b": 405.9e9}
    for name, parameters in published.items():
        assert KNOWN[name].parameters == pytest.approx(parameters, rel=0.005)
    assert KNOWN["mixtral-8x7b"].parameters == pytest.approx(46.7e9, rel=0.005)
    assert KNOWN["mixtral-8x7b"].active_parameters == pytest.approx(12.9e9, rel=0.005)
    # Narayanan et al. 2021: 96 l h² (1 + s/6h + V/16lh) a token with recomputation, of which blocks without it take 3/4.
    layers, width, vocabulary, length = 24, 2_304, 51_200, 2_048
    blocks = 72 * layers * width**2 * (1 + length / (6 * width))
    network = gpt(layers, width, 24, vocabulary)
    assert network.flop_per_token(length) == pytest.approx(blocks + 6 * vocabulary * width)


@pytest.mark.parametrize("size", [124e6, 1.3e9, 8e9, 70e9, 405e9, 1e12, 4e12])
def test_a_size_gives_a_network_near_it_whose_heads_many_can_share(size: float) -> None:
    network = by_size(int(size))
    assert network.parameters == pytest.approx(size, rel=0.06)
    assert network.heads % network.kv_heads == 0
    assert size < 4e9 or network.heads % 8 == 0


def test_experts_are_cut_over_ranks_and_tokens_sent_to_them() -> None:
    network = KNOWN["mixtral-8x7b"]
    asked = job(transformer=network)
    base = Layout(data=8)
    apart = Stepper(asked, H100).step(dataclasses.replace(base, expert=8))
    assert apart.terms["expert"] > 0
    assert Stepper(asked, H100).step(base).terms["expert"] == 0
