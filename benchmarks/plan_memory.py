"""Memory that the planner predicts beside what a real step holds, and beside what others have published; one JSON line.

    python benchmarks/plan_memory.py

Counted is every tensor of the real network under FSDP2, on 1, 2 and 4 processes of this machine: each storage once, from its
making to its end, through microbatches forward and backward and the optimiser's step. The peak of their sum is to a CPU what
`torch.cuda.max_memory_allocated` is to a GPU, so that it is compared without what a driver takes and an allocator loses, and with
what a CPU alone keeps (`memory.Own`). Not counted is what a kernel or a collective takes and gives back within itself.

Published figures are of the allocator: what it loses is in them, what a driver takes is not.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.distributed._tools.fsdp2_mem_tracker import FSDPMemTracker
from torch.distributed.tensor import DTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from machine import describe
from published import ROWS
from truthgpt.language.network import Network, Shape
from truthgpt.training import scaling
from truthgpt.training.limits import SCORES
from truthgpt.training.options import Parallel
from truthgpt.training.planner import memory
from truthgpt.training.planner.layout import Job, Layout, Recompute, Software
from truthgpt.training.planner.memory import Own
from truthgpt.training.planner.transformer import Transformer
from truthgpt.training.pretraining import optimizer, world
from truthgpt.training.pretraining.parallel import Objective, parallelise

GIB = 2**30
_PLACES = (
    ("truthgpt/training/loss.py", "logits"),
    ("truthgpt/training/optimizer.py", "update"),
    ("torch/distributed/fsdp/", "gathered"),
    ("truthgpt/training/weights.py", "gathered"),
)
"""What a tensor is for, by the file that it is made in; made in no such it is an activation, or a gradient on its way."""
_WITHIN = "torch/distributed/distributed_c10d.py"
"""Who tells ranks' tensors to each other: a CPU's collectives copy what they are given, which a GPU's do not."""


@dataclass(frozen=True)
class Case:
    """A step to count: `depth` is the dial's, on `ranks` ranks of which `tensor` share matrices; `parts` microbatches."""

    ranks: int
    depth: int
    micro: int
    length: int
    recompute: Recompute = "none"
    half: bool = True
    muon: bool = False
    tensor: int = 1
    replicate: int = 1
    vocabulary: int = 4_096
    parts: int = 2

    @property
    def shape(self) -> Shape:
        return scaling.by_depth(self.depth, self.vocabulary, self.length)


CASES = [
    Case(1, 4, 1, 512),
    Case(1, 4, 4, 512, "selective"),
    Case(1, 8, 2, 512, "full", muon=True),
    Case(1, 8, 1, 1_024, half=False),
    Case(1, 12, 1, 1_024, "selective", muon=True, vocabulary=16_384),
    Case(2, 4, 2, 512, half=False),
    Case(2, 4, 1, 2_048, "full"),
    Case(2, 6, 4, 512, "selective", half=False, muon=True),
    Case(2, 8, 1, 512, muon=True),
    Case(2, 8, 2, 1_024, "selective", vocabulary=16_384),
    Case(2, 12, 1, 1_024, vocabulary=32_768),
    Case(2, 12, 1, 512, "full", muon=True, parts=1),
    Case(2, 6, 2, 1_024, tensor=2),
    Case(2, 6, 2, 512, "selective", half=False, tensor=2),
    Case(4, 4, 2, 512),
    Case(4, 6, 1, 2_048, "full", half=False),
    Case(4, 8, 1, 1_024, "selective", muon=True),
    Case(4, 8, 1, 512, "full", vocabulary=32_768),
    Case(4, 12, 1, 512, "none", muon=True, parts=1),
    Case(4, 6, 2, 512, tensor=2, muon=True),
    Case(4, 8, 2, 512, "selective", tensor=2),
    Case(4, 6, 1, 1_024, half=False, replicate=2),
]


def drawn(count: int, seed: int = 8) -> list[Case]:
    """`count` cases by dice, so that none is chosen to come out well."""
    dice, cases = random.Random(seed), []
    while len(cases) < count:
        ranks, depth = dice.choice((1, 2, 2, 4)), dice.choice((4, 5, 6, 8, 10))
        # Of these depths two have heads of keys that can be shared.
        tensor = dice.choice((1, 2)) if ranks > 1 and depth in (6, 8) else 1
        replicate = dice.choice((1, 2)) if ranks == 4 and tensor == 1 else 1
        recomputes: tuple[Recompute, ...] = ("none", "selective", "full")
        case = Case(
            ranks, depth, dice.choice((1, 2, 3)), dice.choice((128, 256, 512, 1_024)), dice.choice(recomputes),
            dice.random() < 0.5, dice.random() < 0.5, tensor, replicate, dice.choice((1_024, 4_096, 16_384)), dice.choice((1, 2, 3)),
        )  # fmt: skip
        cases.append(case)
    return cases


PEERS = [
    Case(2, 6, 2, 512, parts=1),
    Case(2, 6, 2, 512, "selective", parts=1),
    Case(4, 4, 1, 512, "full", parts=1),
]
"""Counted by PyTorch's own tracker too, which follows one microbatch."""


def predicted(case: Case) -> dict[str, float]:
    """Bytes of the fullest rank by what they hold, as the planner says: of tensors alone, on a CPU."""
    shape, size = case.shape, 2 if case.half else 4
    network = Transformer(
        shape.layers, shape.width, shape.heads, shape.vocabulary, shape.hidden, shape.kv_heads, shape.head_width, tied=shape.tied
    )  # fmt: skip
    data = case.ranks // case.tensor
    job = Job(
        network, case.length, case.micro * case.parts * data,
        optimizer="muon" if case.muon else "adamw", software=Software(kernels="eager"),
    )  # fmt: skip
    layout = Layout(
        case.tensor, data=data, sharding="none" if case.ranks == 1 else "full", replicate=case.replicate,
        micro=case.micro, recompute=case.recompute,
    )  # fmt: skip
    return memory.tensors(job, layout, Own(SCORES["cpu"], size, cpu=True))


class Living(TorchDispatchMode):
    """Follows each storage from its making to its end; `peak` is the fullest moment. What was there before is told by `knows`."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[int, tuple[weakref.ref[Any], int]] = {}  # by address: the storage, its number
        self._kinds: list[str] = []  # by number
        self._log: list[tuple[int, int]] = []  # number and bytes from then on, in the order of time
        self._resize: Callable[..., Any] = torch.UntypedStorage.resize_

    def knows(self, tensors: Iterable[Tensor], kind: str) -> None:
        """`tensors` live now and are of `kind`."""
        for tensor in tensors:
            self._follow(tensor, kind)

    @property
    def peak(self) -> dict[str, int]:
        """Bytes at the fullest moment by kind."""
        held: dict[int, int] = {}
        total = most = at = 0
        for moment, (number, size) in enumerate(self._log):
            total += size - held.get(number, 0)
            held[number] = size
            if total > most:
                most, at = total, moment
        held = dict(self._log[: at + 1])
        kinds = collections.Counter[str]()
        for number, size in held.items():
            kinds[self._kinds[number]] += size
        assert sum(kinds.values()) == most
        return dict(kinds)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if DTensor in types:
            return NotImplemented  # it comes again with what this rank has of it
        made = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if type(tensor) is Tensor and tensor.device.type != "meta":
                self._follow(tensor)
        return made

    def __enter__(self) -> Living:
        def resized(storage: torch.UntypedStorage, size: int) -> Any:
            # FSDP keeps tensors whose storage it takes away and gives back.
            given = self._resize(storage, size)
            if storage._cdata in self._known:
                self._log.append((self._known[storage._cdata][1], storage.nbytes()))
            return given

        torch.UntypedStorage.resize_ = resized  # type: ignore[method-assign]
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        torch.UntypedStorage.resize_ = self._resize  # type: ignore[method-assign]
        super().__exit__(kind, error, at)

    def _follow(self, tensor: Tensor, kind: str | None = None) -> None:
        storage = (tensor.to_local() if isinstance(tensor, DTensor) else tensor).untyped_storage()
        address = storage._cdata
        if address in self._known:
            if kind:
                self._kinds[self._known[address][1]] = kind
            return
        kind = kind or _place()
        if kind is None:
            return
        number = len(self._kinds)
        self._kinds.append(kind)
        self._known[address] = (weakref.ref(storage, partial(self._ended, address, number)), number)
        self._log.append((number, storage.nbytes()))

    def _ended(self, address: int, number: int, _storage: Any) -> None:
        if self._known.get(address, (None, -1))[1] == number:
            del self._known[address]
        self._log.append((number, 0))


def _place() -> str | None:
    """What a tensor that is made now is for, by whose work is under way; None: it does not count."""
    frame = sys._getframe(1)
    while frame.f_back:
        frame = frame.f_back
        if _WITHIN in frame.f_code.co_filename:
            return None
        for name, kind in _PLACES:
            if name in frame.f_code.co_filename:
                return kind
    return "activations"


def counted(case: Case, ranks: world.World) -> dict[str, int]:
    """Bytes of this rank at the fullest moment of a step, by what they are for."""
    network = Network(case.shape)
    network.initialise(0)
    objective = Objective(network)
    dtype = torch.bfloat16 if case.half else torch.float32
    learned = parallelise(objective, ranks, dtype=dtype, recompute=case.recompute, compile=False)
    stepped = optimizer.Optimizer(learned.named.items(), muon=case.muon, decay=0.1, dtype=dtype)
    living = Living()
    with torch.no_grad():
        living.knows(objective.parameters(), "weights")
        living.knows(learned.named.values(), "weights")
        living.knows(stepped.state().values(), "optimizer")
    with living:
        for _ in range(case.parts):
            tokens = torch.zeros((case.micro, case.length), dtype=torch.long)
            documents = torch.zeros((case.micro, case.length), dtype=torch.int32)
            part = objective(tokens, tokens.clone(), documents)
            (part / tokens.numel()).backward()
            del part
            with torch.no_grad():
                living.knows([weight.grad for weight in learned.named.values()], "gradients")
        norm = optimizer.gradient_norm(learned.named.values())
        optimizer.scale_gradients(learned.named.values(), 1 / (1 + norm))
        stepped.step(1e-3)
        learned.written()
    return living.peak


def peer(case: Case, ranks: world.World) -> dict[str, int]:
    """As `counted`, of one microbatch and AdamW, by PyTorch's own `FSDPMemTracker`: the sum alone, its kinds are others."""
    network = Network(case.shape)
    network.initialise(0)
    objective = Objective(network)
    dtype = torch.bfloat16 if case.half else torch.float32
    learned = parallelise(objective, ranks, dtype=dtype, recompute=case.recompute, compile=False)
    stepped = optimizer.Optimizer(learned.named.items(), muon=False, decay=0.1, dtype=dtype)
    tokens = torch.zeros((case.micro, case.length), dtype=torch.long)
    documents = torch.zeros((case.micro, case.length), dtype=torch.int32)
    with FSDPMemTracker(objective, stepped._adam) as tracker:
        objective(tokens, tokens.clone(), documents).backward()
        stepped._adam.step()
    return {"all": tracker.get_tracker_snapshot("peak")[torch.device("cpu")]["Total"]}


def run(cases: list[Case], how: str) -> list[dict[str, int]]:
    """What each of `cases` holds, on the processes that it asks for, as `how` tells: rank 0's, than which none holds more."""
    found: dict[int, dict[str, int]] = {}
    for ranks in sorted({case.ranks for case in cases}):
        mine = {number: case for number, case in enumerate(cases) if case.ranks == ranks}
        with tempfile.TemporaryDirectory() as name:
            jobs, out = Path(name) / "jobs.json", Path(name) / "out.json"
            jobs.write_text(json.dumps([dataclasses.asdict(case) for case in mine.values()]))
            launch = ("torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}")
            done = subprocess.run(
                [sys.executable, "-m", *launch, __file__, "--rank", how, str(jobs), str(out)],
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise SystemExit(done.stderr)
            found |= dict(zip(mine, json.loads(out.read_text()), strict=True))
    return [found[number] for number in range(len(cases))]


def as_rank(how: str, jobs: Path, out: Path) -> None:
    """One of the processes that `run` starts."""
    torch.set_num_threads(1)
    peaks = []
    for given in json.loads(jobs.read_text()):
        case = Case(**given)
        with world.joined(Parallel(tensor=case.tensor, replicate=case.replicate)) as ranks:
            peaks.append((peer if how == "peer" else counted)(case, ranks))
    if int(os.environ["RANK"]) == 0:
        out.write_text(json.dumps(peaks))


TITAN = "pytorch/torchtitan, benchmarks/llama3_h100_202412_torchtitan.md: reserved by the allocator, the most of all GPUs, GiB"
TITAN_ROWS = {
    "8B, 8 GPUs, eager": 82.4,
    "8B, 8 GPUs": 77.0,
    "8B, 8 GPUs, FP8": 76.8,
    "8B, 128 GPUs, eager": 67.0,
    "8B, 128 GPUs": 62.0,
    "8B, 128 GPUs, FP8": 61.8,
    "70B, 256 GPUs, FP8": 71.9,
    "70B, 256 GPUs, FP8, async TP": 67.6,
    "405B, 512 GPUs, FP8, 1F1B": 82.5,
    "405B, 512 GPUs, FP8, interleaved": 72.7,
}
"""By name of the row in `published.ROWS`."""
TITAN_LONG = ((8, 1, 32_768, 83.9), (4, 2, 65_536, 84.2), (2, 4, 131_072, 84.0), (1, 8, 262_144, 84.5))
"""Its table 2: 8B in eight bits, all made anew, one sequence at once: ranks of data and of context, length, GiB."""
FIGURE_1 = "Korthikanti et al. 2022 (arXiv:2205.05198), figure 1, as read in calculon, calculon/llm/validation.py, GiB"
FIGURE_1_ROWS = {
    "22B": (45.5625, 59.25, 9.5625),
    "175B": (45.5625, 66.84375, 12.3515625),
    "530B": (31.640625, 114.0234375, 23.076171875),
    "1T": (32.958984375, 131.25, 26.5625),
}
"""Weights, gradients and optimiser, of 18 bytes a weight of the blocks; activations with nothing made anew, without
sequence parallelism; and with it and selective recomputation."""


def published() -> dict[str, Any]:
    """Figures of others beside predictions, and whether Llama 3's largest run, which made nothing anew, fits."""
    rows = {row.name: row for row in ROWS}
    runs = [
        (name, rows[f"torchtitan {name}"].job, rows[f"torchtitan {name}"].layout, value)
        for name, value in TITAN_ROWS.items()
    ]
    short = rows["torchtitan 8B, 8 GPUs, FP8"]
    for data, context, length, value in TITAN_LONG:
        job = dataclasses.replace(short.job, length=length, batch=data)
        layout = dataclasses.replace(short.layout, data=data, context=context, micro=1, recompute="full")
        runs.append((f"8B, {length:,} tokens", job, layout, value))
    reserved = []
    for name, job, layout, value in runs:
        held = memory.memory(job, layout)
        reserved.append(beside(name, value, (sum(held.values()) - held["context"]) / GIB))
    figure = []
    for name, (state, none, selective) in FIGURE_1_ROWS.items():
        row = rows[f"A100 {name}, selective"]
        software = dataclasses.replace(row.job.software, gradients=4)
        # They leave the embedding out.
        job = dataclasses.replace(
            row.job, software=software, transformer=dataclasses.replace(row.job.transformer, vocabulary=1)
        )
        held = memory.tensors(job, row.layout)
        told = sum(held[term] for term in ("weights", "gradients", "optimizer"))
        figure.append(beside(f"{name}, weights and optimizer", state, told / GIB))
        plain = dataclasses.replace(row.layout, sequence=False, recompute="none")
        for kind, layout, value in (("none", plain, none), ("selective, sequence", row.layout, selective)):
            figure.append(beside(f"{name}, {kind}", value, memory.kept(job, layout) / GIB))
    largest = rows["Llama 3 405B, 16384 GPUs, 8192 tokens"]
    held = memory.memory(largest.job, largest.layout)
    return {
        "reserved": {"source": TITAN, "rows": reserved},
        "figure_1": {"source": FIGURE_1, "rows": figure},
        "llama3_405b_bytes_of_80e9": round(sum(held.values())),
    }


def beside(name: str, value: float, told: float) -> dict[str, Any]:
    """A row of a table."""
    return {
        "run": name,
        "published": value,
        "predicted": round(told, 2),
        "error_percent": round(100 * (told / value - 1), 1),
    }


def main() -> None:
    machine = describe()
    rows = []
    cases = CASES + drawn(24)
    for case, held in zip(cases, run(cases, "counted"), strict=True):
        told = predicted(case)
        rows.append(
            {
                "case": {
                    field.name: getattr(case, field.name)
                    for field in dataclasses.fields(case)
                    if field.default != getattr(case, field.name)
                },
                "counted": {name: held.get(name, 0) for name in told},
                "predicted": {name: round(size) for name, size in told.items()},
                "error_percent": round(100 * (sum(told.values()) / sum(held.values()) - 1), 2),
            }
        )
    errors = [abs(row["error_percent"]) for row in rows]
    ours, theirs = run(PEERS, "counted"), run(PEERS, "peer")
    line = {
        "benchmark": "plan_memory",
        "mean_error_percent": round(sum(errors) / len(errors), 2),
        "max_error_percent": max(errors),
        "cases": rows,
        "fsdp_mem_tracker": [
            {"counted": sum(mine.values()), "tracker": other["all"]}
            for mine, other in zip(ours, theirs, strict=True)
        ],
        "published": published(),
        "machine": machine,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rank"]:
        as_rank(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
