"""Training: tokens a second of this loop beside others on the same network, batch and machine; MFU, memory, and the floor.

    python benchmarks/train.py [--depth 4] [--vocabulary 8192] [--length 256] [--rows 32] [--steps 6]
    python benchmarks/train.py --gpu            # one GPU: about 124M, 350M and 1.3B parameters at length 2,048, bf16 and fp8
    python benchmarks/train.py --gpu --check    # whether all of that runs, in small, on a CPU: its figures tell nothing

On a CPU the peers are `transformers`' Trainer, as it is and with bf16, and the loop that small training scripts have in
common (autocast, AdamW, the scores of all tokens at once). Each runs in a process of its own, in turns; what is told is the
median step of all turns, the first step of each left out. The floor is the FLOP of matrix products over the rate of the fastest such
product here.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np

from machine import describe

SIZES = ("124M", "350M", "1.3B")
TURNS = 3


class Random:
    """Rows of random tokens, each one document."""

    def __init__(self, vocabulary: int, length: int, rows: int) -> None:
        self.vocabulary, self.length, self.rows = vocabulary, length, rows

    def batch(self, step: int, start: int = 0, stop: int | None = None) -> Any:
        from truthgpt.training.data.loader import Batch

        tokens = np.random.default_rng(step).integers(0, self.vocabulary, (self.rows, self.length + 1))
        part = slice(start, stop)
        return Batch(tokens[part], np.zeros((self.rows, self.length), np.int32)[part])

    def ahead(self, first_step: int, start: int = 0, stop: int | None = None) -> Generator[Any, None, None]:
        for step in itertools.count(first_step):
            yield self.batch(step, start, stop)


def ours(given: argparse.Namespace, precision: str = "auto", **more: Any) -> dict[str, Any]:
    """Seconds of each step of this project's loop."""
    import torch

    from truthgpt.training.options import Model, Parallel, Pretrain
    from truthgpt.training.pretraining import loop, world
    from truthgpt.training.pretraining.plan import plan

    model = (
        Model(depth=given.depth, context=given.length)
        if given.depth
        else Model(params=given.params, context=given.length)
    )
    tokens = given.rows * given.length
    pretrain = Pretrain(
        tokens=tokens * 10**6,
        batch=tokens,
        length=given.length,
        rate=1e-3,
        precision=precision,
        micro=given.micro,
        **more,  # type: ignore[arg-type]
    )
    with tempfile.TemporaryDirectory() as folder, world.joined(Parallel()) as alone:
        gpu = alone.device.type == "cuda"
        made = plan(model, pretrain, Parallel(), given.vocabulary, ranks=1, gpu=gpu)
        rows = Random(given.vocabulary, given.length, made.rows)
        trainer = loop.Trainer(made, pretrain, alone, Path(folder), rows)
        seconds = [trainer._step(step, rows.batch(step))["seconds"] for step in range(given.steps + 1)][1:]
    return {
        "seconds": seconds,
        "parameters": made.shape.parameters,
        "flop": made.shape.flop_per_token(given.length) * tokens,
        "matrix_flop": 6.0 * (made.shape.matrices + made.shape.vocabulary * made.shape.width) * tokens,
        "gpu_bytes": torch.cuda.max_memory_allocated() if gpu else None,
    }


def _llama(given: argparse.Namespace) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    from truthgpt.language.hugging_face import config
    from truthgpt.training.options import Model
    from truthgpt.training.pretraining.plan import shape_for

    about = config(shape_for(Model(depth=given.depth, context=given.length), given.vocabulary))
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(**about))


def trainer(given: argparse.Namespace, bf16: bool) -> dict[str, Any]:
    """Seconds of each step of `transformers`' Trainer."""
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    rows = Random(given.vocabulary, given.length, given.rows)
    data = [
        {"input_ids": torch.from_numpy(row[:-1]), "labels": torch.from_numpy(row[:-1])}
        for step in range(given.steps + 1)
        for row in rows.batch(step).tokens
    ]
    moments: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            moments.append(time.perf_counter())

        def on_step_end(self, *_: Any, **__: Any) -> None:
            moments[-1] = time.perf_counter() - moments[-1]

    with tempfile.TemporaryDirectory() as folder:
        options = TrainingArguments(
            folder,
            per_device_train_batch_size=given.micro,
            gradient_accumulation_steps=given.rows // given.micro,
            max_steps=given.steps + 1,
            bf16=bf16,
            optim="adamw_torch_fused",
            logging_strategy="no",
            save_strategy="no",
            report_to=[],
            use_cpu=not torch.cuda.is_available(),
            disable_tqdm=True,
        )
        Trainer(_llama(given), options, train_dataset=data, callbacks=[Clock()]).train()
    return {"seconds": moments[1:]}


def plain(given: argparse.Namespace) -> dict[str, Any]:
    """Seconds of each step of a loop as small scripts have it, on this project's network."""
    import torch
    from torch.nn import functional

    from truthgpt.language.network import Network
    from truthgpt.training.options import Model
    from truthgpt.training.pretraining.plan import shape_for

    network = Network(shape_for(Model(depth=given.depth, context=given.length), given.vocabulary))
    network.initialise(0)
    adam = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    rows, seconds = Random(given.vocabulary, given.length, given.rows), []
    for step in range(given.steps + 1):
        begun = time.perf_counter()
        tokens = torch.from_numpy(rows.batch(step).tokens)
        for part in tokens.split(given.micro):
            with torch.autocast("cpu", torch.bfloat16):
                scores = network.logits(part[:, :-1])
            loss = functional.cross_entropy(scores.float().flatten(0, 1), part[:, 1:].flatten())
            (loss * len(part) / given.rows).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        adam.zero_grad()
        seconds.append(time.perf_counter() - begun)
    return {"seconds": seconds[1:]}


CONTENDERS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "truthgpt": ours,
    "truthgpt, adamw": lambda given: ours(given, optimizer="adamw"),
    "truthgpt, float32": lambda given: ours(given, "float32"),
    "transformers": lambda given: trainer(given, False),
    "transformers, bf16": lambda given: trainer(given, True),
    "plain loop, bf16": plain,
}


def loss_seconds(given: argparse.Namespace, times: int = 7) -> dict[str, float]:
    """Seconds that the loss and its gradients take for the rows computed at once: some scores at a time, and all of them."""
    import torch

    from truthgpt.training.pretraining import loss

    tokens, width = given.micro * given.length, 64 * given.depth
    dice = torch.Generator().manual_seed(0)
    hidden = torch.randn(tokens, width, generator=dice).bfloat16().requires_grad_()
    weight = torch.randn(given.vocabulary, width, generator=dice).mul(width**-0.5).bfloat16().requires_grad_()
    targets = torch.randint(0, given.vocabulary, (tokens,), generator=dice)
    told = {}
    for name, scores in (("in parts", None), ("at once", tokens * given.vocabulary)):
        seconds = []
        for _ in range(times):
            begun = time.perf_counter()
            loss.summed(hidden, weight, targets, scores).backward()
            seconds.append(time.perf_counter() - begun)
        told[name] = round(statistics.median(seconds), 4)
    return told


def cpu(given: argparse.Namespace) -> dict[str, Any]:
    """All contenders in turns."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for _ in range(TURNS):
        for name in CONTENDERS:
            command = [sys.executable, __file__, *sys.argv[1:], "--contender", name]
            done = subprocess.run(
                command, capture_output=True, text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"}
            )
            if done.returncode:
                raise SystemExit(f"{name} failed: {done.stderr[-1000:]}")
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
    import torch

    from truthgpt.training.pretraining import machine as processor

    rate = max(
        processor.measured(torch.device("cpu"), torch.bfloat16, size=1_024, times=20) for _ in range(3)
    )
    tokens = given.rows * given.length
    told: dict[str, Any] = {}
    flop = runs["truthgpt"][0]["flop"]
    for name, made in runs.items():
        step = statistics.median(second for one in made for second in one["seconds"])
        told[name] = {
            "tokens_per_second": round(tokens / step),
            "seconds_per_step": round(step, 4),
            "mfu": round(flop / step / rate, 3),
            "peak_mb": round(max(one["rss"] for one in made) / 1e6),
        }
    best = max(value["tokens_per_second"] for name, value in told.items() if name.startswith("transformers"))
    return {
        "parameters": runs["truthgpt"][0]["parameters"],
        "tokens_per_step": tokens,
        "matrix_rate_gflops": round(rate / 1e9),
        "floor_seconds_per_step": round(runs["truthgpt"][0]["matrix_flop"] / rate, 4),
        "loss_seconds": loss_seconds(given),
        "contenders": told,
        "times_the_best_of_transformers": round(told["truthgpt"]["tokens_per_second"] / best, 2),
    }


def gpu(given: argparse.Namespace) -> dict[str, Any]:
    """MFU by size and precision on one GPU, each in a process of its own: compiled code and memory of one must not weigh on the next."""
    told: dict[str, Any] = {}
    for size in SIZES:
        for precision in ("bfloat16", "fp8"):
            asked = ["--gpu", "--size", size, "--precision", precision, "--steps", str(given.steps)]
            asked += ["--check"] * given.check
            done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr)
            told[f"{size}, {precision}"] = json.loads(done.stdout.splitlines()[-1])
    return told


def on_gpu(given: argparse.Namespace) -> dict[str, Any]:
    """The figures of one size and precision."""
    import torch

    from truthgpt.training.pretraining import machine as processor

    device = torch.device("cpu" if given.check else "cuda")
    rate = processor.measured(device, torch.bfloat16, times=20)
    given.depth, given.length, given.vocabulary, given.rows = None, 2_048, 32_768, 64
    given.params, given.micro = given.size, 16 if given.size != "1.3B" else 8
    if given.check:
        given.params, given.length, given.vocabulary, given.rows, given.micro = "1M", 64, 1_024, 4, 2
    made = ours(given, given.precision, recompute="selective" if given.size == "1.3B" else "none")
    step = statistics.median(made["seconds"])
    return {
        "matrix_rate_tflops": round(rate / 1e12),
        "parameters": made["parameters"],
        "tokens_per_second": round(given.rows * given.length / step),
        "mfu": round(made["flop"] / step / processor.peak(device, torch.bfloat16), 3),
        "floor_seconds_per_step": round(made["matrix_flop"] / rate, 4),
        "seconds_per_step": round(step, 4),
        "peak_gb": round((made["gpu_bytes"] or 0) / 1e9, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (
        ("depth", 4),
        ("vocabulary", 8_192),
        ("length", 256),
        ("rows", 32),
        ("micro", 16),
        ("steps", 6),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--size", choices=SIZES, help="with --gpu: this one alone")
    parser.add_argument("--precision", choices=("bfloat16", "fp8"), default="bfloat16")
    parser.add_argument("--check", action="store_true", help="with --gpu: in small, on a CPU")
    parser.add_argument("--contender", choices=CONTENDERS)
    given = parser.parse_args()
    if given.contender:
        made = CONTENDERS[given.contender](given)
        print(json.dumps(made | {"rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
        return
    if (given.size or given.check) and not given.gpu:
        parser.error("--size and --check are for --gpu")
    if given.size:
        print(json.dumps(on_gpu(given)))
        return
    figures = gpu(given) if given.gpu else cpu(given)
    print(json.dumps({"benchmark": "train", **figures, "machine": describe()}))


if __name__ == "__main__":
    main()
