"""Whether a model trained here ends at or below the loss of the same network trained by `transformers`, seed by seed.

    python benchmarks/convergence.py [PATH…] [--tokens 20000000] [--depth 2] [--seeds 3] [--workers 1] [--shards DIR]

Both read the same rows of the same shards in the same order, once, all of a row by all of it (documents are not kept apart), and are
measured in float32 on the same held-out rows; both compute in bfloat16 where the machine does so fast. Here
the learning rate is the dial's own. The baseline is `LlamaForCausalLM` under the
Trainer, compiled: AdamW (0.9, 0.95), decay 0.1, clipping at 1, cosine after 2% of warm-up; its rate is the one of `RATES` on the first
seed whose neighbours are both worse. PATHs are exports (default: Reddit's files of the public sets). With `--shards` they are made once
in DIR and read again, and each run's loss is kept there in `runs.jsonl`: the same command goes on after an interruption. `--workers` runs
go on at once, each with its part of the processors. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import statistics
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import public_sets
from machine import describe
from truthgpt.corpus.importer import import_paths
from truthgpt.corpus.store import Store
from truthgpt.language import vocabulary
from truthgpt.language.hugging_face import config
from truthgpt.language.network import Network
from truthgpt.training.data.documents import documents
from truthgpt.training.data.loader import Batch, Loader
from truthgpt.training.data.mixture import Data
from truthgpt.training.data.shard_writing import write
from truthgpt.training.data.shards import ShardSet
from truthgpt.training.data.splits import TRAIN, VALIDATION
from truthgpt.training.data.tokenizing import TokenizerOptions, train
from truthgpt.training.options import Model, Parallel, Pretrain
from truthgpt.training.pretraining import loop, machine, world
from truthgpt.training.pretraining.plan import Plan, plan

os.environ["HF_HUB_OFFLINE"] = "1"
RATES = (5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2)
ROWS, MICRO = 32, 16
"""Rows of a step, and how many of them are computed at once."""
HELD_OUT = 256
"""Rows that are measured on, at the most."""


def shards(paths: list[Path], folder: Path, size: int) -> ShardSet:
    """The shards of `paths` in `folder`, made where they are not there."""
    if not (folder / "shards" / "manifest.json").is_file():
        store = Store.open(folder / "corpus", 8)
        import_paths(
            store,
            paths,
            embed=lambda texts: np.zeros((len(texts), 8), np.float32),
            quarantine=folder / "quarantine",
        )
        with documents(store, folder / "near") as found:
            tokenizer, _ = train(found, TokenizerOptions(size, 16 << 20, compared=()))
        vocabulary.save(tokenizer, folder)
        write(store, folder / "shards", tokenizer, Data(validation=0.02))
    return ShardSet.open(folder / "shards")


def ours(made: Plan, pretrain: Pretrain, found: ShardSet) -> float:
    """The held-out loss, nats a token, of a run of this project."""
    with tempfile.TemporaryDirectory() as folder, world.joined(Parallel()) as alone:
        rows = Whole(Loader(found, TRAIN, made.length, made.rows, pretrain.seed))
        trainer = loop.Trainer(made, pretrain, alone, Path(folder), rows)
        trainer.run()
        network = Network(made.shape)
        network.load_state_dict(trainer.whole_weights(), strict=not made.shape.tied)
    return measured(network.logits, found, made.length)


class Whole:
    """Rows of a loader, each as one document."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def batch(self, step: int, start: int = 0, stop: int | None = None) -> Batch:
        batch = self._loader.batch(step, start, stop)
        return Batch(batch.tokens, np.zeros_like(batch.documents))

    def ahead(self, first_step: int, start: int = 0, stop: int | None = None) -> Generator[Batch, None, None]:
        for batch in self._loader.ahead(first_step, start, stop):
            yield Batch(batch.tokens, np.zeros_like(batch.documents))


@torch.no_grad()
def measured(logits: Callable[[torch.Tensor], torch.Tensor], found: ShardSet, length: int) -> float:
    """Nats a token on the held-out rows."""
    held, total = held_out(found, length).batch(0).tokens, 0.0
    for row in held:
        tokens = torch.from_numpy(row[None])
        scores = logits(tokens[:, :-1]).float()
        total += float(torch.nn.functional.cross_entropy(scores[0], tokens[0, 1:], reduction="sum"))
    return total / held[:, 1:].size


def held_out(found: ShardSet, length: int) -> Loader:
    """The rows that both are measured on."""
    rows = min(HELD_OUT, found.manifest.splits[VALIDATION].amount.tokens // (length + 1))
    return Loader(found, VALIDATION, length, rows, 0)


def theirs(made: Plan, seed: int, rate: float, found: ShardSet) -> float:
    """The held-out loss of `transformers`' network and loop."""
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        PrinterCallback,
        Trainer,
        TrainingArguments,
        set_seed,
    )

    set_seed(seed)
    loader = Loader(found, TRAIN, made.length, made.rows, seed)

    class Rows(torch.utils.data.Dataset[dict[str, Any]]):
        def __len__(self) -> int:
            return made.steps * made.rows

        def __getitem__(self, place: int) -> dict[str, Any]:
            step, row = divmod(place, made.rows)
            tokens = torch.from_numpy(loader.batch(step, row, row + 1).tokens[0])
            # The network shifts labels itself: the last token is there to be foretold alone.
            return {"input_ids": tokens, "labels": tokens}

    class InOrder(Trainer):  # type: ignore[misc]
        def _get_train_sampler(self, *_: Any, **__: Any) -> Any:
            return torch.utils.data.SequentialSampler(Rows())

    half = machine.computes_bfloat16(torch.device("cpu"))
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config(made.shape)))
    with tempfile.TemporaryDirectory() as folder:
        options = TrainingArguments(
            folder,
            per_device_train_batch_size=made.micro,
            gradient_accumulation_steps=made.rows // made.micro,
            max_steps=made.steps,
            learning_rate=rate,
            lr_scheduler_type="cosine",
            warmup_steps=math.ceil(0.02 * made.steps),
            weight_decay=0.1,
            adam_beta2=0.95,
            max_grad_norm=1.0,
            bf16=half,
            optim="adamw_torch_fused",
            logging_strategy="no",
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            torch_compile=True,
            disable_tqdm=True,
            seed=seed,
        )
        trainer = InOrder(model, options, train_dataset=Rows())
        trainer.remove_callback(PrinterCallback)  # one line is printed here, and it is another
        trainer.train()
    model.eval()
    return measured(lambda tokens: model(tokens).logits, found, made.length)


@dataclass(frozen=True)
class Run:
    """One training: by this project where `rate` is none, else by the baseline at that rate."""

    seed: int
    rate: float | None
    tokens: int
    depth: int
    length: int
    shards: str
    """What tells the shards from others: of the manifest, the tokenizer and the files of the training split."""

    def plan(self, found: ShardSet) -> tuple[Plan, Pretrain]:
        pretrain = Pretrain(
            tokens=self.tokens,
            seed=self.seed,
            batch=ROWS * self.length,
            micro=MICRO,
            checkpoint_steps=10**9,
            validate=10**9,
        )
        model = Model(depth=self.depth, context=self.length)
        return plan(model, pretrain, Parallel(), found.manifest.vocabulary, ranks=1, gpu=False), pretrain

    def loss(self, folder: Path, threads: int) -> float:
        torch.set_num_threads(threads)
        found = ShardSet.open(folder / "shards")
        made, pretrain = self.plan(found)
        if self.rate is None:
            return ours(made, pretrain, found)
        return theirs(made, self.seed, self.rate, found)


class Runs:
    """Losses of runs over the shards in `folder`; what was run before is read from its `runs.jsonl`."""

    def __init__(self, folder: Path, pool: Executor, threads: int) -> None:
        self._folder, self._pool, self._threads = folder, pool, threads
        self._file = folder / "runs.jsonl"
        written = self._file.read_bytes() if self._file.is_file() else b""
        whole = written[: written.rfind(b"\n") + 1]
        if whole != written:  # an interruption left a line half-written
            self._file.write_bytes(whole)
        rows = [json.loads(line) for line in whole.splitlines()]
        self.known = {Run(**row["run"]): float(row["loss"]) for row in rows}

    def losses(self, wanted: list[Run]) -> list[float]:
        missing = [run for run in wanted if run not in self.known]
        under_way = {self._pool.submit(run.loss, self._folder, self._threads): run for run in missing}
        for future in as_completed(under_way):
            run = under_way[future]
            self.known[run] = future.result()
            with self._file.open("a") as file:
                file.write(json.dumps({"run": asdict(run), "loss": self.known[run]}) + "\n")
        return [self.known[run] for run in wanted]


def tuned(runs: Runs, first: Run) -> dict[float, float]:
    """Rate -> loss of `first` at the middle of `RATES`, and on from there until the best has worse neighbours."""
    middle = len(RATES) // 2
    tried: dict[float, float] = {}
    wanted = RATES[middle - 1 : middle + 2]
    while wanted:
        new = runs.losses([replace(first, rate=rate) for rate in wanted])
        tried |= {
            rate: loss if math.isfinite(loss) else math.inf for rate, loss in zip(wanted, new, strict=True)
        }
        best = RATES.index(min(tried, key=tried.__getitem__))
        wanted = tuple(rate for rate in RATES[max(best - 1, 0) : best + 2] if rate not in tried)
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path)
    for name, default in (
        ("tokens", 20_000_000),
        ("depth", 2),
        ("seeds", 3),
        ("vocabulary", 4_096),
        ("length", 256),
        ("workers", 1),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--shards", type=Path)
    given = parser.parse_args()
    paths = given.paths or sorted(public_sets.folder().glob("reddit/*.csv.gz"))
    with tempfile.TemporaryDirectory() as temporary, _workers(given.workers) as pool:
        folder = given.shards or Path(temporary)
        found = shards(paths, folder, given.vocabulary)
        runs = Runs(folder, pool, max((os.cpu_count() or 1) // given.workers, 1))
        data = "-".join(
            (found.manifest.tokenizer, *(file.blake3 for file in found.manifest.splits[TRAIN].files))
        )
        first = Run(1, None, given.tokens, given.depth, given.length, data)
        rates = tuned(runs, first)
        best = min(rates, key=rates.__getitem__)
        seeds = [replace(first, seed=seed) for seed in range(1, given.seeds + 1)]
        both = runs.losses([*(replace(run, rate=best) for run in seeds), *seeds])
        there, here = both[: given.seeds], both[given.seeds :]
        made, _ = first.plan(found)
    line = {
        "benchmark": "convergence",
        "parameters": made.shape.parameters,
        "tokens": made.tokens,
        "steps": made.steps,
        "rate": round(made.rate, 5),
        "truthgpt": [round(loss, 4) for loss in here],
        "transformers": [round(loss, 4) for loss in there],
        "transformers_rates": {f"{rate:g}": round(loss, 4) for rate, loss in rates.items()},
        "mean_difference": round(statistics.mean(here) - statistics.mean(there), 4),
        "machine": describe(),
    }
    print(json.dumps(line))


def _workers(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))


if __name__ == "__main__":
    main()
