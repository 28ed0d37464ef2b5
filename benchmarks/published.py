"""Training runs that others have published, each as the planner takes it: a job, a machine, a layout, and what was measured.

What a source leaves open (pieces of an interleaved pipeline, sequences at once) the planner chooses, as its authors tuned it:
`open` lists what it may choose from. Constants are fitted (`fitted`) to every other row of a machine's tables, from the first; but
of the A100's steps in seconds to those with full recomputation, so that all with selective recomputation are left to test
on, of Llama 3's to the second and of nanochat's to the first alone. Rows of one `group` are one model whose order
must be kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from truthgpt.training.planner.layout import Job, Layout, Software
from truthgpt.training.planner.transformer import KNOWN, Counted, Transformer, gpt

Unit = Literal["TFLOP/s", "seconds", "tokens/s", "MFU %"]
"""What was measured: per accelerator TFLOP/s of model FLOP or tokens a second; seconds of a step; share of the peak."""


@dataclass(frozen=True)
class Row:
    """A published run: `value` in `unit`. FLOP are counted as its source does: attention `counted`, and blocks once more where `again`."""

    name: str
    source: str
    machine: str
    job: Job
    layout: Layout
    unit: Unit
    value: float
    fitted: bool
    counted: Counted = "full"
    again: bool = False
    open: dict[str, Sequence[Any]] = field(default_factory=dict)
    group: str = ""


PIECES = {"interleave": (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23)}

SELENE = Software(
    fused_attention=False,
    kernels="fused",
    overlap_tensor="none",
    overlap_data=False,
    overlap_pipeline=False,
    gradients=2,
)
"""Megatron-LM of April 2021, in float16: nothing overlaps, gradients are added up in two bytes."""
KORTHIKANTI = dataclasses.replace(SELENE, overlap_tensor="backward")
"""Megatron-LM of May 2022: collectives of the backward pass run beside gradients of weights."""
CORE = Software(kernels="fused")
"""Megatron-LM with Transformer Engine: fused attention, all overlaps."""


def _megatron_h100() -> list[Row]:
    source = "NVIDIA/Megatron-LM, README, images/model_table.png"
    table = [
        ("1.7B", 2048, 24, 16, 1, 1, 192, 408.8),
        ("7.1B", 4096, 30, 32, 2, 1, 192, 465.9),
        ("16B", 6144, 32, 48, 4, 1, 192, 489.1),
        ("32B", 7168, 48, 56, 8, 1, 192, 459.6),
        ("70B", 8192, 84, 64, 8, 2, 384, 419.7),
        ("119B", 10240, 92, 80, 8, 4, 768, 420.5),
        ("177B", 12288, 96, 96, 8, 6, 1152, 432.8),
        ("314B", 16384, 96, 128, 8, 8, 1536, 474.4),
        ("462B", 18432, 112, 144, 8, 16, 3072, 459.9),
    ]
    rows = []
    for number, (size, width, layers, heads, tensor, pipeline, batch, value) in enumerate(table):
        job = Job(gpt(layers, width, heads, 131_072, tied=False), 4_096, batch, software=CORE)
        layout = Layout(tensor, tensor > 1, pipeline=pipeline, data=48)
        rows.append(
            Row(f"Megatron H100 {size}", source, "h100-sxm", job, layout, "TFLOP/s", value, number % 2 == 0,
                open={"micro": (1, 2, 4), **(PIECES if pipeline > 1 else {})}, group="177B" if size == "177B" else "")
        )  # fmt: skip
    large = rows[6]
    for data, value, fitted in ((2, 47.0, True), (96, 42.0, False)):
        rows.append(
            dataclasses.replace(
                large,
                name=f"Megatron H100 177B, {48 * data} GPUs",
                layout=dataclasses.replace(large.layout, data=data),
                unit="MFU %",
                value=value,
                fitted=fitted,
            )
        )
    return rows


def _megatron_a100() -> list[Row]:
    source = "NVIDIA/Megatron-LM at 01ad96e51b, README; Narayanan et al. 2021, table 1"
    table = [
        ("1.7B", 2304, 24, 24, 1, 1, 32, 512, 137),
        ("3.6B", 3072, 30, 32, 2, 1, 64, 512, 138),
        ("7.5B", 4096, 36, 32, 4, 1, 128, 512, 142),
        ("18B", 6144, 40, 48, 8, 1, 256, 1024, 135),
        ("39B", 8192, 48, 64, 8, 2, 512, 1536, 138),
        ("76B", 10240, 60, 80, 8, 4, 1024, 1792, 140),
        ("145B", 12288, 80, 96, 8, 8, 1536, 2304, 148),
        ("310B", 16384, 96, 128, 8, 16, 1920, 2160, 155),
        ("530B", 20480, 105, 128, 8, 35, 2520, 2520, 163),
        ("1T", 25600, 128, 160, 8, 64, 3072, 3072, 163),
    ]
    rows = []
    for number, (size, width, layers, heads, tensor, pipeline, gpus, batch, value) in enumerate(table):
        job = Job(gpt(layers, width, heads, 51_200), 2_048, batch, software=SELENE)
        data = gpus // (tensor * pipeline)
        layout = Layout(tensor, pipeline=pipeline, data=data, sharding="none", recompute="full")
        rows.append(
            Row(f"Megatron A100 {size}", source, "a100-80gb", job, layout, "TFLOP/s", value, number % 2 == 0, again=True,
                open={"micro": (1, 2, 4, 8, 16), **(PIECES if pipeline > 1 else {})})
        )  # fmt: skip
    return rows


def _recomputation() -> list[Row]:
    source = "Korthikanti et al. 2022, table 5"
    table = [
        ("22B", 6144, 48, 64, 1, 1, 4, 4, 1.42, 1.10),
        ("175B", 12288, 96, 96, 8, 3, 64, 1, 18.13, 13.75),
        ("530B", 20480, 105, 128, 35, 3, 280, 1, 49.05, 37.83),
        ("1T", 25600, 128, 160, 64, 1, 512, 1, 94.42, 71.49),
    ]
    rows = []
    for size, width, layers, heads, pipeline, pieces, batch, micro, full, selective in table:
        job = Job(gpt(layers, width, heads, 51_200), 2_048, batch, software=KORTHIKANTI)
        layout = Layout(
            8,
            pipeline=pipeline,
            interleave=pieces,
            schedule="interleaved" if pieces > 1 else "1f1b",
            sharding="none",
            micro=micro,
            recompute="full",
        )
        rows.append(
            Row(
                f"A100 {size}, full",
                source,
                "a100-80gb",
                job,
                layout,
                "seconds",
                full,
                True,
                group=f"A100 {size}",
            )
        )
        lighter = dataclasses.replace(layout, sequence=True, recompute="selective")
        rows.append(
            Row(f"A100 {size}, selective", source, "a100-80gb", job, lighter, "seconds", selective, False, group=f"A100 {size}")
        )  # fmt: skip
    return rows


def _llama() -> list[Row]:
    source = "Grattafiori et al. 2024 (arXiv:2407.21783), table 4"
    network = KNOWN["llama3-405b"]
    rows = []
    for ranks, context, data, length, batch, value, fitted in (
        (8_192, 1, 64, 8_192, 2_048, 430, False),
        (16_384, 1, 128, 8_192, 2_048, 400, True),
        (16_384, 16, 8, 131_072, 128, 380, False),
    ):
        job = Job(network, length, batch, software=dataclasses.replace(CORE, kernels="compiled"))
        layout = Layout(8, True, context, 16, data=data)
        rows.append(
            Row(f"Llama 3 405B, {ranks} GPUs, {length} tokens", source, "h100-sxm", job, layout, "TFLOP/s", value, fitted,
                counted="causal",
                open=PIECES, group="Llama 3 405B")
        )  # fmt: skip
    return rows


def _megascale() -> list[Row]:
    source = "Jiang et al. 2024 (arXiv:2402.15627), table 2"
    # MegaScale joins the two parts of a block and slides a window over attention; neither is in the model.
    sides = (
        ("MegaScale", 55.2, dataclasses.replace(CORE, gradients=4)),
        ("Megatron", 41.2, dataclasses.replace(KORTHIKANTI, gradients=4)),
    )
    layout = Layout(
        8, True, pipeline=8, interleave=6, schedule="interleaved", data=192, recompute="selective"
    )
    return [
        Row(f"{name} 175B, 12,288 A100", source, "a100-80gb", Job(gpt(96, 12_288, 128, 64_000), 2_048, 6_144, software=software),
            layout, "MFU %", value, False, group="175B, 12,288 A100")
        for name, value, software in sides
    ]  # fmt: skip


def _titan() -> list[Row]:
    source = "pytorch/torchtitan, benchmarks/llama3_h100_202412_torchtitan.md"
    trainy = "pytorch/torchtitan, benchmarks/llama3-8b_h200_202506_trainy-whitefiber.md"
    later = "pytorch/torchtitan, benchmarks/asyncTP_llama3_h100_2025-06_torchtitan.md"
    small, middle, large = (KNOWN[f"llama3-{size}"] for size in ("8b", "70b", "405b"))
    eager = Software(kernels="eager", overlap_tensor="none", selective_products=0.37)
    compiled = dataclasses.replace(eager, kernels="compiled")
    tensor = dataclasses.replace(compiled, overlap_tensor="all")
    sharded = Layout(data=8, sharding="full", micro=2, recompute="selective")
    wide = dataclasses.replace(sharded, data=128)
    two = Layout(8, True, data=32, sharding="full", micro=16, recompute="full")
    both = Layout(8, True, data=8, sharding="full", micro=12, recompute="selective")
    three = Layout(8, True, pipeline=8, data=8, recompute="full", micro=4)

    def row(name: str, network: Transformer, layout: Layout, batch: int, value: float, software: Software, fitted: bool,
            precision: Literal["bfloat16", "fp8"] = "bfloat16", group: str = "", from_: str = source, machine: str = "h100-500w",
            **chosen: Any) -> Row:  # fmt: skip
        job = Job(network, 8_192, batch, precision, software=software)
        return Row(
            f"torchtitan {name}",
            from_,
            machine,
            job,
            layout,
            "tokens/s",
            value,
            fitted,
            open=chosen,
            group=group,
        )

    return [
        row("8B, 8 GPUs, eager", small, sharded, 16, 5_762, eager, True),
        row("8B, 8 GPUs", small, sharded, 16, 6_667, compiled, False),
        row("8B, 8 GPUs, FP8", small, sharded, 16, 8_532, compiled, True, "fp8"),
        row("8B, 128 GPUs, eager", small, wide, 256, 5_605, eager, False),
        row("8B, 128 GPUs", small, wide, 256, 6_514, compiled, True),
        row("8B, 128 GPUs, FP8", small, wide, 256, 8_380, compiled, False, "fp8"),
        row("70B, 256 GPUs", middle, two, 512, 597.3, compiled, True, group="70B", from_=later),
        row("70B, 256 GPUs, async TP", middle, two, 512, 652.4, tensor, False, group="70B", from_=later),
        row("70B, 256 GPUs, FP8", middle, two, 512, 829, compiled, True, "fp8", "70B FP8"),
        row("70B, 256 GPUs, FP8, async TP", middle, two, 512, 876, tensor, False, "fp8", "70B FP8"),
        row("405B, 512 GPUs, FP8, 1F1B", large, three, 256, 100, tensor, True, "fp8", "405B"),
        row("405B, 512 GPUs, FP8, interleaved", large,
            dataclasses.replace(three, interleave=2, schedule="interleaved"), 256, 128, tensor, False, "fp8", "405B"),
        row("70B, 256 GPUs, FP8, 2025, async TP", middle, two, 512, 942.4, tensor, True, "fp8", "70B FP8", later),
        row("8B, 64 GPUs, TP 8", small, both, 96, 4_378, compiled, False, group="8B TP", from_=later),
        row("8B, 64 GPUs, TP 8, async TP", small, both, 96, 4_809.4, tensor, True, group="8B TP", from_=later),
        row("8B, 64 GPUs, TP 8, FP8", small, both, 96, 5_078.1, compiled, False, "fp8", "8B TP FP8", later),
        row("8B, 64 GPUs, TP 8, FP8, async TP", small, both, 96, 5_570.1, tensor, True, "fp8", "8B TP FP8", later),
        # A machine of which no run was fitted.
        row("8B, 32 H200, FP8", small, dataclasses.replace(sharded, data=32), 64, 10_938, compiled, False, "fp8", "", trainy, "h200"),
        row("8B, 64 H200, FP8", small, dataclasses.replace(sharded, data=64), 128, 10_753, compiled, False, "fp8", "", trainy, "h200"),
    ]  # fmt: skip


def _nanochat() -> list[Row]:
    source = "karpathy/nanochat, dev/LOG.md (FP8 training) and dev/LEADERBOARD.md"

    def network(depth: int) -> Transformer:
        return gpt(depth, 64 * depth, depth // 2, 32_768, tied=False)

    layout = Layout(data=8, sharding="optimizer", micro=16)
    job = Job(network(26), 2_048, 256, optimizer="muon", software=Software(attention=1.75), attended=0.8125)
    return [
        Row("nanochat d26", source, "h100-sxm", job, layout, "tokens/s", 630_000 / 8, True, group="d26"),
        Row("nanochat d26, FP8", source, "h100-sxm", dataclasses.replace(job, precision="fp8"), layout, "tokens/s",
            740_000 / 8, False, group="d26"),
        Row("nanochat d24", source, "h100-sxm", dataclasses.replace(job, transformer=network(24)), layout, "tokens/s",
            16_704 * 524_288 / (3.04 * 3_600) / 8, False),
    ]  # fmt: skip


def _palm() -> list[Row]:
    source = "Chowdhery et al. 2022 (arXiv:2204.02311), table 3"
    network = Transformer(118, 18_432, 48, 256_000, 73_728, 1, 256, gated=True, tied=True)
    # Hardware FLOP utilisation was 57.8%: three quarters of the forward pass were computed again.
    software = Software(selective_products=0.75)
    job = Job(network, 2_048, 2_048, software=software)
    layout = Layout(12, data=512, sharding="full", micro=4, recompute="selective")
    # The one run of this machine: it told whose constants the machine takes, and tests nothing.
    return [Row("PaLM 540B, 6,144 TPU v4", source, "tpu-v4", job, layout, "MFU %", 46.2, True)]


ROWS = [
    *_megatron_a100(),
    *_recomputation(),
    *_megascale(),
    *_megatron_h100(),
    *_llama(),
    *_nanochat(),
    *_titan(),
    *_palm(),
]
