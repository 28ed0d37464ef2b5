"""What the planner says of memory: its terms add up, agree with published closed forms and with every tensor of a real step counted."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.training.options import Model, Parallel, Pretrain
from truthgpt.training.planner.layout import Job, Layout, Recompute, Sharding, Software
from truthgpt.training.planner.machine import machine
from truthgpt.training.planner.memory import CONTEXT, Own, fits, kept, memory, tensors
from truthgpt.training.planner.transformer import KNOWN, gpt
from truthgpt.training.planner.wording import BYTES
from truthgpt.training.pretraining import world
from truthgpt.training.pretraining.plan import memory as dry_run
from truthgpt.training.pretraining.plan import plan

SMALL, LARGE = KNOWN["llama3-8b"], KNOWN["llama3-405b"]
MEGATRON = Software(fused_attention=False, kernels="fused")


def held(job: Job, layout: Layout) -> float:
    assert layout.refusal(job) is None, layout.refusal(job)
    return sum(tensors(job, layout).values())


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark that counts tensors."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import plan_memory

    return plan_memory


def test_what_is_needed_is_the_tensors_what_the_allocator_loses_and_what_the_driver_takes() -> None:
    for layout in (Layout(data=8, sharding="full"), Layout(8, True, pipeline=2, data=4), Layout()):
        job = Job(SMALL, 8_192, 64)
        needed, counted = memory(job, layout), tensors(job, layout)
        assert needed.keys() - counted.keys() == {"fragments", "context"}
        assert {name: needed[name] for name in counted} == counted
        assert needed["context"] == CONTEXT
        assert needed["fragments"] >= 0.05 * sum(counted.values())
        assert min(needed.values()) >= 0
        assert needed.keys() <= BYTES.keys()  # all have words


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(1, 1), (2, 1), (1, 4), (8, 2)]),
    st.sampled_from(["none", "optimizer", "full"]),
    st.sampled_from(["none", "selective", "full"]),
    st.sampled_from(["adamw", "muon"]),
    st.sampled_from(["eager", "fused", "compiled"]),
)
def test_more_ranks_never_hold_more(
    grid: tuple[int, int], sharding: Sharding, recompute: Recompute, optimizer: Any, kernels: Any
) -> None:
    """Ranks of data share the state, tensor ranks matrices, stages blocks: whoever adds some has to hold no more."""
    tensor, pipeline = grid
    if pipeline > 1 and sharding == "full":
        sharding = "optimizer"
    job = Job(SMALL, 4_096, 512, optimizer=optimizer, software=Software(kernels=kernels))
    one = Layout(tensor, tensor > 1, pipeline=pipeline, data=2, sharding=sharding, recompute=recompute)
    first = held(job, one)
    assert held(job, dataclasses.replace(one, data=8)) <= first
    assert held(job, dataclasses.replace(one, tensor=8, sequence=True)) <= first
    assert held(job, dataclasses.replace(one, context=2, data=1)) <= first
    assert held(job, dataclasses.replace(one, micro=2)) > first


@pytest.mark.parametrize("kernels", ["eager", "fused"])
@pytest.mark.parametrize("layers", [1, 32])
def test_the_more_is_made_anew_the_less_is_held(kernels: Any, layers: int) -> None:
    job = Job(dataclasses.replace(SMALL, layers=layers), 8_192, 64, software=Software(kernels=kernels))
    recomputes: tuple[Recompute, ...] = ("full", "selective", "none")
    held_by = [held(job, Layout(data=8, sharding="full", micro=2, recompute=how)) for how in recomputes]
    assert held_by == sorted(held_by)
    assert layers == 1 or held_by[0] < held_by[1] < held_by[2]


def test_a_compiler_keeps_what_selective_recomputation_keeps() -> None:
    """It makes anew what is no product, whether it is asked to or not; products that are made anew are a number each."""
    job, layout = Job(SMALL, 8_192, 64), Layout(data=8, sharding="full")
    selective = dataclasses.replace(layout, recompute="selective")
    assert kept(job, layout) == kept(job, selective)
    every_second = dataclasses.replace(job, software=Software(selective_products=19_456 / 53_248))
    # Keys, attention's output and one of the two products into hidden units.
    assert kept(job, selective) - kept(every_second, selective) == pytest.approx(
        2 * 8_192 * 32 * (1_024 + 4_096 + 14_336)
    )


@pytest.mark.parametrize(
    ("sequence", "recompute", "bytes_"),
    [
        (False, "none", lambda s, h, a, t: 10 + 24 / t + 5 * a * s / (h * t)),
        (True, "none", lambda s, h, a, t: (34 + 5 * a * s / h) / t),
        (False, "selective", lambda s, h, a, t: 10 + 24 / t),
        (True, "selective", lambda s, h, a, t: 34 / t),
        (False, "full", lambda s, h, a, t: 2),
    ],
)
def test_activations_are_those_of_the_closed_forms(sequence: bool, recompute: Recompute, bytes_: Any) -> None:
    """Korthikanti et al. 2022, table 2: bytes of a block, in units of sequence x batch x width; in a pipeline of as many
    microbatches as there are stages, interleaved of (p - 1) / v more."""
    s, h, a, t = 2_048, 12_288, 96, 8
    unit = s * h * bytes_(s, h, a, t)
    job = Job(gpt(96, h, a, 51_200), s, 64, software=MEGATRON)
    layout = Layout(t, sequence, pipeline=8, sharding="none", recompute=recompute)
    assert kept(job, layout) == pytest.approx(96 * unit)
    pieces = dataclasses.replace(layout, interleave=3, schedule="interleaved")
    assert kept(job, pieces) == pytest.approx((96 + 96 * 7 / 24) * unit)
    more = Job(gpt(104, h, a, 51_200), s, 64, software=MEGATRON)
    assert tensors(more, layout)["activations"] - tensors(job, layout)["activations"] == pytest.approx(
        8 * unit
    )


def test_a_weight_takes_eighteen_bytes_and_ranks_of_data_share_sixteen_or_twelve_of_them() -> None:
    """Mixed precision with AdamW: 2 computed with, 4 summed, 4 learned, 8 of moments; where all is cut none is held twice."""
    network = dataclasses.replace(gpt(24, 2_048, 16, 51_200), vocabulary=1)
    for sharding, each in (("none", 18.0), ("optimizer", 6 + 12 / 8), ("full", 16 / 8)):
        made = tensors(Job(network, 1_024, 64), Layout(data=8, sharding=sharding))
        state = made["weights"] + made["gradients"] + made["optimizer"]
        assert state == pytest.approx(each * network.parameters, rel=0.001)
    muon = tensors(Job(network, 1_024, 64, optimizer="muon"), Layout(data=8))
    assert muon["optimizer"] == pytest.approx(4 / 8 * network.parameters, rel=0.001)
    assert muon["update"] == 0  # more is held at another moment


def test_the_fullest_stage_is_found_wherever_it_is() -> None:
    """126 blocks over 16 stages: the second has one more than the first; the last has scores, of many sequences the most."""
    job = Job(LARGE, 8_192, 2_048)
    layout = Layout(8, True, pipeline=16, data=128)
    block = kept(job, layout) / (16 * 7)
    assert tensors(job, layout)["activations"] >= 15 * 8 * block
    scores = dataclasses.replace(LARGE, vocabulary=4_000_000)
    assert tensors(job, layout)["logits"] == 0
    assert tensors(dataclasses.replace(job, transformer=scores), layout)["logits"] > 0


def test_llama_3_405b_fits_where_it_was_trained() -> None:
    """16,384 H100 of 80 GB, nothing made anew (Grattafiori et al. 2024): it fits, and would not over half the stages."""
    h100, job = machine("h100-sxm"), Job(LARGE, 8_192, 2_048)
    assert fits(h100, memory(job, Layout(8, True, pipeline=16, data=128)))
    assert not fits(h100, memory(job, Layout(8, True, pipeline=8, data=256)))


@pytest.mark.parametrize("recompute", ["none", "selective", "full"])
@pytest.mark.parametrize(("half", "muon"), [(True, False), (False, True)])
def test_every_tensor_of_a_real_step_counted_is_what_was_said(
    counting: Any, recompute: Recompute, half: bool, muon: bool
) -> None:
    case = counting.Case(1, 2, 4, 256, recompute, half, muon, vocabulary=1_024)
    with world.joined(Parallel()) as ranks:
        found = counting.counted(case, ranks)
    told = counting.predicted(case)
    assert sum(told.values()) == pytest.approx(sum(found.values()), rel=0.08)
    for name in ("weights", "optimizer"):
        assert told[name] == pytest.approx(found[name], rel=0.01)


@pytest.mark.xdist_group("ranks")
def test_two_ranks_hold_what_was_said(counting: Any) -> None:
    """Weights cut over both (FSDP2), and matrices shared by both."""
    cases = [
        counting.Case(2, 2, 2, 256, vocabulary=1_024),
        counting.Case(2, 6, 2, 128, "selective", tensor=2, vocabulary=1_024),
    ]
    for case, found in zip(cases, counting.run(cases, "counted"), strict=True):
        assert sum(counting.predicted(case).values()) == pytest.approx(sum(found.values()), rel=0.08)


@pytest.mark.parametrize(("ranks", "parallel"), [(1, Parallel()), (8, Parallel(tensor=2, replicate=2))])
def test_the_dry_run_says_what_the_planner_says(ranks: int, parallel: Parallel) -> None:
    """One model of memory: options of a run as they are laid out, on a GPU in 16 bits."""
    pretrain = Pretrain(tokens="1B", batch="64k", length=512, micro=4, recompute="selective")
    made = plan(Model(depth=12, context=512), pretrain, parallel, 32_768, ranks=ranks, gpu=True)
    said = dry_run(made, pretrain, parallel, ranks, half=True, gpu=True)
    shape, data = made.shape, ranks // parallel.tensor
    network = dataclasses.replace(
        KNOWN["llama3-8b"], layers=shape.layers, width=shape.width, heads=shape.heads, kv_heads=shape.kv_heads,
        head_width=shape.head_width, hidden=shape.hidden, vocabulary=shape.vocabulary, tied=shape.tied,
    )  # fmt: skip
    job = Job(network, 512, 128, optimizer="muon")
    layout = Layout(
        parallel.tensor, data=data, sharding="none" if ranks == 1 else "full", replicate=parallel.replicate,
        micro=4, recompute="selective",
    )  # fmt: skip
    assert sum(said.values()) == pytest.approx(sum(tensors(job, layout, Own(1 << 27)).values()))
    assert said["activations"] == pytest.approx(kept(job, layout, Own(1 << 27)))
