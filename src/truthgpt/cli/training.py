"""`truthgpt train`: a model of one's own from one's own posts, by one file of options. Needs the extra `train`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.cli.progress import bars
from truthgpt.corpus.progress import Report

if TYPE_CHECKING:
    from truthgpt.corpus.store import Store
    from truthgpt.training.options import Run
    from truthgpt.training.pretraining.plan import Plan

app = typer.Typer(help="Train a model of your own on your posts (a TOML file says how).")

Config = Annotated[Path, typer.Argument(help="The run's TOML file.", metavar="CONFIG")]


@app.command()
def tokenizer(
    config: Config,
    data: Data = None,
    json: Json = False,
    once: Annotated[
        bool, typer.Option("--once", help="Do nothing where the run has a tokenizer already.")
    ] = False,
) -> None:
    """Train the tokenizer, and say how well it packs posts that it was not trained on."""
    with _opened(config, data, json) as (run, store, report):
        from truthgpt.training import stages

        if once and (path := run.out / "tokenizer.json").is_file():
            if json:
                print_json({"path": str(path)})
            else:
                console().print(f"The tokenizer is there already: {printable(str(path))}")
            return
        made = stages.tokenizer(run, store, report)
    if json:
        print_json({"path": str(run.out / "tokenizer.json"), **made.as_dict()})
        return
    table = Table("vocabulary", "language", "bytes per token", box=None, pad_edge=False)
    for size in made.sizes:
        named = f"{size.size:,}" + (f" (of {size.asked:,})" if size.asked != size.size else "")
        table.add_row(named, "all", f"{size.whole.bytes_per_token:.2f}")
        for language, packed in size.languages.items():
            table.add_row("", language or "unknown", f"{packed.bytes_per_token:.2f}")
    console().print(table)
    console().print(f"The tokenizer is at {printable(str(run.out / 'tokenizer.json'))}")


@app.command()
def pretrain(
    config: Config,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take: parameters, memory, tokens, time.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> int:
    """Train a network from nothing; run again, it goes on where it stopped. Start many ranks with `torchrun -m truthgpt`."""
    if dry_run:
        return _dry_run(config, json)
    speaks = os.environ.get("RANK", "0") == "0"
    with _opened(config, data, json or not speaks) as (run, store, report):
        from truthgpt.training import stages

        made = stages.pretrain(run, store, report)
    folder = run.out / stages.PRETRAINED
    if json and speaks:
        print_json({"path": str(folder), **asdict(made), "seconds": made.seconds})
    elif speaks:
        held = (
            f", held out {made.validation:.3f} ({made.bits_per_byte:.3f} bits per byte)"
            if made.bits_per_byte
            else ""
        )
        console().print(
            f"{made.tokens:,} tokens in {made.step:,} steps, {made.seconds:,.0f} s: loss {_number(made.loss)}{held}"
            f" · {printable(str(folder))}"
        )
    return 0


@app.command()
def finetune(config: Config, data: Data = None, json: Json = False) -> None:
    """Teach the pretrained model to answer from numbered posts, by lessons made of the corpus."""
    with _opened(config, data, json) as (run, store, report):
        from truthgpt.training import stages

        made = stages.finetuned(run, store, report)
    if json:
        print_json({**asdict(made), "folder": str(made.folder)})
        return
    console().print(
        f"{made.lessons:,} lessons in {made.steps:,} steps, {made.seconds:,.0f} s: loss {made.first_loss:.3f} → {made.loss:.3f}"
        f" · {printable(str(made.folder))}"
    )


@app.command()
def prefer(config: Config, data: Data = None, json: Json = False) -> None:
    """Tune the model towards those of its drafts that the posts carry, as the verifier judges."""
    with _opened(config, data, json) as (run, store, report):
        from truthgpt.training import stages

        made = stages.preferred(run, store, report)
    if json:
        print_json({**asdict(made), "folder": str(made.folder)})
        return
    console().print(
        f"{made.pairs:,} pairs of {made.questions:,} questions (mean score of drafts {made.score:.2f}), {made.seconds:,.0f} s:"
        f" margin {made.first_margin:.3f} → {made.margin:.3f} · {printable(str(made.folder))}"
    )


@contextmanager
def _opened(config: Path, data: Path | None, quiet: bool) -> Iterator[tuple[Run, Store, Report]]:
    from truthgpt.training import extra, options

    extra.require("torch", "safetensors", "transformers", "trl", "peft", "matplotlib", "tensorboard")
    run = options.read(config)
    from truthgpt.answer.assistant import Assistant

    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant, bars(quiet=quiet) as report:
        yield run, assistant.store, report


def _dry_run(config: Path, json: bool) -> int:
    from truthgpt.training import extra, options

    extra.require("torch")
    run = options.read(config)
    import torch

    from truthgpt.training import stages

    stages.check(run)
    from truthgpt.training.pretraining import machine
    from truthgpt.training.pretraining import plan as planning

    pretrain, parallel = run.section("pretrain", options.Pretrain), run.section("parallel", options.Parallel)
    ranks = max(1, parallel.shard) * parallel.replicate * parallel.tensor
    gpu = torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    half = pretrain.precision in ("bfloat16", "fp8") or (
        pretrain.precision == "auto" and machine.computes_bfloat16(device)
    )
    made = stages.plan(run, ranks=ranks, gpu=gpu)
    memory = planning.memory(made, pretrain, parallel, ranks, half=half, gpu=gpu)
    peak = machine.peak(device, torch.bfloat16 if half else torch.float32)
    _show_plan(made, memory, planning.seconds(made, peak, ranks), machine.device_name(device), ranks, json)
    return 0


def _show_plan(
    made: Plan, memory: dict[str, float], seconds: float, device: str, ranks: int, json: bool
) -> None:
    facts: dict[str, Any] = {
        "shape": asdict(made.shape),
        "parameters": made.shape.parameters,
        "tokens": made.tokens,
        "steps": made.steps,
        "batch_tokens": made.rows * made.length,
        "length": made.length,
        "rate": made.rate,
        "flop": made.flop,
        "memory": {**memory, "total": sum(memory.values())},
        "ranks": ranks,
        "device": device,
        "seconds": seconds,
    }
    if json:
        print_json(facts)
        return
    shape = made.shape
    table = Table(box=None, pad_edge=False, show_header=False)
    rows = (
        (
            "network",
            f"{shape.layers} layers of {shape.width}, {shape.heads} heads ({shape.kv_heads} of keys), hidden {shape.hidden}",
        ),
        ("parameters", f"{shape.parameters:,}"),
        ("tokens", f"{made.tokens:,} in {made.steps:,} steps of {made.rows} × {made.length}"),
        ("learning rate", f"{made.rate:.2e}"),
        ("FLOP", f"{made.flop:.2e}"),
        (
            "memory a rank",
            f"{sum(memory.values()) / 1e9:,.2f} GB: "
            + ", ".join(f"{name} {size / 1e9:,.2f}" for name, size in memory.items()),
        ),
        ("time", f"about {_spoken(seconds)} on {ranks} × {device}, at 40% of its peak"),
    )
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _number(loss: float | None) -> str:
    return "unknown" if loss is None else f"{loss:.3f}"


def _spoken(seconds: float) -> str:
    """A time in the unit that fits it."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.0f} seconds"
