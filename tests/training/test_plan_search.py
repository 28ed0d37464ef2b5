"""The search over layouts: that what it returns can be, and that what cannot be is said in one line."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from plans import H100, SMALL, job, with_part

from truthgpt.errors import BadInputError
from truthgpt.training.planner.layout import Job, Layout
from truthgpt.training.planner.machine import machine
from truthgpt.training.planner.request import network
from truthgpt.training.planner.search import Wanted, front, options
from truthgpt.training.planner.transformer import KNOWN, llama


@pytest.mark.parametrize("ranks", [1, 2, 6, 8, 24, 64, 256])
def test_a_layouts_ranks_multiply_to_the_number_given(ranks: int) -> None:
    for option in options(job(batch=192), H100, ranks):
        layout = option.layout
        assert layout.tensor * layout.context * layout.pipeline * layout.data == ranks
        assert layout.refusal(job(batch=192)) is None
        assert option.held <= H100.accelerator.memory


def test_the_fastest_stands_first_and_the_front_trades_time_for_room() -> None:
    found = options(job(), H100, 32)
    seconds = [option.step.seconds for option in found]
    assert seconds == sorted(seconds)
    best = front(found)
    assert best[0] is found[0]
    for faster, smaller in itertools.pairwise(best):
        assert faster.step.seconds <= smaller.step.seconds
        assert faster.held > smaller.held
    for option in found:
        assert any(one.step.seconds <= option.step.seconds and one.held * 0.99 <= option.held for one in best)


def test_what_is_given_is_kept() -> None:
    for option in options(job(), H100, 32, Wanted(tensor=4, pipeline=2, recompute="full", micro=2)):
        assert (option.layout.tensor, option.layout.pipeline) == (4, 2)
        assert (option.layout.recompute, option.layout.micro) == ("full", 2)


def test_more_memory_never_makes_the_best_slower() -> None:
    small = with_part(H100, "accelerator", memory=20e9)
    assert options(job(), H100, 16)[0].step.seconds <= options(job(), small, 16)[0].step.seconds


def test_a_trillion_parameters_find_a_layout_on_sixteen_thousand() -> None:
    trillion = Job(network("1T"), 8_192, 2_048)
    best = options(trillion, H100, 16_384)[0]
    assert best.layout.tensor * best.layout.pipeline >= 64


@pytest.mark.parametrize(
    ("asked", "ranks", "says"),
    [
        (Job(network("1T"), 4_096, 64), 8, "fits on no 8 H100 SXM"),
        (Job(KNOWN["llama3-8b"], 4_096, 64), 1, "of which optimizer takes"),
        (job(), 8_191, "8,191 accelerators cannot be laid out: a batch of 64 sequences"),
        (job(), 10_000_000, "10,000,000 accelerators cannot be laid out"),
        (job(), 10_000_001, "a plan is for 1 to 10,000,000"),
        (job(), 0, "a plan is for 1 to 10,000,000"),
    ],
)
def test_what_fits_nowhere_is_one_line_that_says_why(asked: Job, ranks: int, says: str) -> None:
    with pytest.raises(BadInputError, match=says.replace("(", r"\(")) as raised:
        options(asked, H100, ranks)
    assert "\n" not in str(raised.value)


def test_the_term_that_takes_the_room_is_named() -> None:
    tiny = with_part(H100, "accelerator", memory=3e9)
    with pytest.raises(BadInputError, match=r"of which \w+ takes [\d,]+ GB"):
        options(job(), tiny, 8)


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        (Layout(3), "16 heads cannot be shared by 3 tensor ranks"),
        (Layout(pipeline=32), "16 blocks are too few"),
        (Layout(pipeline=2, interleave=7, schedule="interleaved"), "even pieces"),
        (Layout(pipeline=2, interleave=2), "does not go with"),
        (Layout(data=3), "a batch of 64 sequences"),
        (Layout(expert=2, data=2), "0 experts"),
        (Layout(context=3), "a sequence of 4096 tokens"),
        (Layout(data=0), "at least 1"),
    ],
)
def test_a_layout_that_cannot_be_says_why(layout: Layout, says: str) -> None:
    assert says in (layout.refusal(job()) or "")


def test_heads_that_no_node_divides_are_laid_out_over_fewer_ranks() -> None:
    odd = llama(8, 1_280, 10, 5, 3_456, 32_000)
    for option in options(job(transformer=odd), H100, 8):
        assert 10 % option.layout.tensor == 0


def test_a_mixture_is_laid_out_with_its_experts_apart() -> None:
    mixture = dataclasses.replace(SMALL, experts=8, active=2)
    found = options(job(transformer=mixture), machine("h200"), 16)
    assert any(option.layout.expert > 1 for option in found)
