"""Rows of tokens in, a trained network out: the loop, its checkpoints and what it tells.

A step reads `plan.rows` sequences, each rank its share of them, some at a time; adds up the gradients of the sum of all
losses, divided by all tokens; clips; and steps. What a step reads hangs on its number alone, and all else that a step
hangs on stands in the checkpoint, so that a run that was stopped goes on as if it had not been.

A step whose gradient is no number, or many times longer than usual, is skipped: one bad batch must not undo the rest.
"""

from __future__ import annotations

import math
import signal
import statistics
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.distributed.tensor import DTensor

from truthgpt.corpus.progress import Report, unheard
from truthgpt.errors import BadInputError
from truthgpt.language.network import Network
from truthgpt.training.options import Pretrain
from truthgpt.training.pretraining import machine, optimizer, schedule
from truthgpt.training.pretraining.checkpoint import CHECKPOINTS, Checkpoints, Progress
from truthgpt.training.pretraining.energy import Hardware
from truthgpt.training.pretraining.journal import Journal
from truthgpt.training.pretraining.parallel import Objective, parallelise
from truthgpt.training.pretraining.plan import Plan
from truthgpt.training.pretraining.world import World

_USUAL: Final = 128
"""Steps whose losses and gradients' norms say what is usual."""
_ENOUGH: Final = 32
"""Of which there must be so many before a step is called unusual."""
_JUMP: Final = 8.0
"""Usual distances from the median of the last losses from which a step's loss is called a spike."""
_LEAST: Final = 0.01
"""The least distance that is usual, nats a token: a run that stands still has no spikes."""
LOOK_ROWS: Final = 256
"""Sequences of the validation split that are read at a look."""


class Rows(Protocol):
    """What training reads: `batch` gives rows `start` to `stop` of step `step`, the same for the same arguments, always;
    `ahead` those of one step after the other, made while another is used."""

    def batch(self, step: int, start: int = 0, stop: int | None = None) -> Any: ...
    def ahead(
        self, first_step: int, start: int = 0, stop: int | None = None
    ) -> Generator[Any, None, None]: ...


@dataclass
class Period:
    """Steps that a run made on the same hardware, and the seconds that they took."""

    hardware: Hardware
    steps: int = 0
    seconds: float = 0.0


@dataclass
class _Memory:
    """What a run remembers from step to step."""

    norms: list[float] = field(default_factory=list)
    skipped: int = 0
    in_a_row: int = 0
    periods: list[Period] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    loss: float | None = None
    validation: float | None = None
    bits_per_byte: float | None = None

    @classmethod
    def of_dict(cls, found: dict[str, Any]) -> _Memory:
        """The memory that `asdict` wrote. Raises `TypeError`, `KeyError` where it did not."""
        periods = [
            Period(Hardware(**row["hardware"]), row["steps"], row["seconds"]) for row in found["periods"]
        ]
        return cls(**(found | {"periods": periods}))

    def spiked(self, loss: float) -> bool:
        """Whether `loss` stands far above the last ones; it is one of them from now on."""
        last, self.losses = self.losses, [*self.losses[-_USUAL + 1 :], loss]
        if len(last) < _ENOUGH:
            return False
        usual = statistics.median(last)
        spread = statistics.median(abs(one - usual) for one in last)
        return loss > usual + _JUMP * max(spread, _LEAST)

    def took(self, hardware: Hardware, seconds: float) -> None:
        """A step took `seconds` on `hardware`."""
        if not self.periods or self.periods[-1].hardware != hardware:
            self.periods.append(Period(hardware))
        self.periods[-1].steps += 1
        self.periods[-1].seconds += seconds

    def unusual(self, norm: float, times: float, clip: float) -> bool:
        """Whether a step of this gradient is to be skipped, and, if not, remembers it. What is not clipped does no harm."""
        known = times > 0 and len(self.norms) >= _ENOUGH
        many = known and norm > max(clip, times * statistics.median(self.norms))
        if many or not math.isfinite(norm):
            self.skipped += 1
            self.in_a_row += 1
            return True
        self.in_a_row = 0
        self.norms = [*self.norms[-_USUAL + 1 :], norm]
        return False


@dataclass(frozen=True, slots=True)
class Trained:
    """How a run went: whether it is `done` or was stopped at `step`; last losses, nats a token, that on the validation split
    also as bits per byte; the periods that it ran on different hardware, which ranks that join or leave make."""

    done: bool
    step: int
    tokens: int
    loss: float | None
    validation: float | None
    bits_per_byte: float | None
    skipped: int
    periods: tuple[Period, ...]

    @property
    def seconds(self) -> float:
        """Seconds of all steps, one after the other."""
        return sum(period.seconds for period in self.periods)


class Trainer:
    """One rank of a run. `rows` and `held_out` give batches; all that the run writes lies in `folder`.

    `byte_lengths` (vocabulary,) are the bytes that each token stands for: with them a loss is told as bits per byte too. `reads` says of
    what `rows` are made, as JSON: a run goes on only with the same.
    """

    def __init__(
        self,
        plan: Plan,
        options: Pretrain,
        world: World,
        folder: Path,
        rows: Rows,
        held_out: Rows | None = None,
        byte_lengths: npt.NDArray[np.int64] | None = None,
        reads: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.plan, self.options, self.world, self.folder = plan, options, world, folder
        self._reads = dict(reads)
        self._rows, self._held_out, self._bytes = rows, held_out, byte_lengths
        torch.manual_seed(options.seed)
        network = Network(plan.shape)
        network.initialise(options.seed)
        self._objective = Objective(network)
        self._dtype = _dtype(options.precision, world.device)
        compiled = world.device.type == "cuda" if options.compile is None else options.compile
        self._learned = parallelise(
            self._objective, world, dtype=self._dtype, recompute=options.recompute, compile=compiled,
            fp8=options.precision == "fp8",
        )  # fmt: skip
        self._optimizer = optimizer.Optimizer(
            self._learned.named.items(),
            muon=options.optimizer == "muon",
            decay=options.decay,
            betas=(options.beta1, options.beta2),
            momentum=options.momentum,
            dtype=self._dtype,
        )
        self._checkpoints = Checkpoints(folder / CHECKPOINTS, self._identity(), world.rank, options.keep)
        self._saved_step = -1
        self._memory = _Memory()
        self._peak = machine.peak(
            world.device, torch.bfloat16 if self._dtype == torch.bfloat16 else torch.float32
        )

    @property
    def network(self) -> Network:
        return self._objective.network

    def run(self, report: Report = unheard) -> Trained:
        """Train from where the run stopped to its end, or until a signal asks to stop; then a checkpoint is written first.

        Raises `BadInputError` where the loss is past mending or the checkpoint is of another run, `MissingError` where
        the disk is full.
        """
        step = self._resume()
        journal = Journal(self.folder, step) if self.world.rank == 0 else None
        try:
            step = self._train(step, journal, report)
            self._save(step, wait=True)
        finally:
            self._checkpoints.abandon()
            if journal:
                journal.close()
        done, memory = step >= self.plan.steps, self._memory
        if done and not all(bool(torch.isfinite(weight).all()) for weight in self._weights()):
            raise BadInputError("weights are no numbers any more; lower [pretrain] rate and begin anew")
        return Trained(
            done=done,
            step=step,
            tokens=step * self.plan.rows * self.plan.length,
            loss=memory.loss,
            validation=memory.validation,
            bits_per_byte=memory.bits_per_byte,
            skipped=memory.skipped,
            periods=tuple(memory.periods),
        )

    def _resume(self) -> int:
        """The step to go on from, all that hangs on the steps before it read from the newest checkpoint."""
        found = self._checkpoints.load(self._state())
        if found is None:
            return 0
        try:
            self._memory = _Memory.of_dict(found.memory)
        except (TypeError, KeyError):
            raise BadInputError(
                f"{self._checkpoints.latest()} is damaged; remove it to go on from the one before"
            ) from None
        steady = (1 - self.options.cooldown) * min(found.steps, self.plan.steps)
        if found.steps != self.plan.steps and found.step > steady:
            raise BadInputError(
                f"the run was planned for {found.steps:,} steps and its rate has begun to fall: it cannot have {self.plan.steps:,} "
                "now; put [pretrain] tokens back, or name another folder with out"
            )
        self._learned.written()
        self._saved_step = found.step
        return found.step

    def _train(self, step: int, journal: Journal | None, report: Report) -> int:
        """The steps from `step` on, to the end or until a signal; the step after the last of them."""
        saved, memory, world = time.perf_counter(), self._memory, self.world
        hardware = machine.hardware(world.size)
        first, last = self._share(world.reader)
        # A reader without rows of its own reads one that does not count: all compute as often as each other.
        batches = self._rows.ahead(
            step, min(first, self.plan.rows - 1), max(last, min(first, self.plan.rows - 1) + 1)
        )
        with _asked_to_stop() as asked, closing(batches):
            while step < self.plan.steps:
                row = self._step(step, next(batches))
                step += 1
                memory.took(hardware, row["seconds"])
                if row["loss"] is not None:
                    memory.loss = row["loss"]
                if step % self.plan.validate == 0 or step == self.plan.steps:
                    row |= self._look()
                    memory.validation = row.get("validation")
                    memory.bits_per_byte = row.get("bits_per_byte")
                stop, due = self._agreed(asked.signal is not None, step, saved)
                if journal:
                    journal.write(row)
                report("training", step, self.plan.steps, "steps")
                self._checkpoints.poll()
                if stop:
                    break
                if due:
                    self._save(step)
                    saved = time.perf_counter()
        return step

    def whole_weights(self) -> dict[str, Tensor]:
        """All weights by name, whole and on the CPU; every rank calls this, and rank 0 gets them, the others none."""
        weights = {}
        for name, weight in self._learned.named.items():
            whole = weight.full_tensor() if isinstance(weight, DTensor) else weight
            if self.world.rank == 0:
                weights[name] = whole.detach().cpu()
        return weights

    def _share(self, reader: int) -> tuple[int, int]:
        """The rows of a step that `reader` reads: from the first, to before the last."""
        rows, readers = self.plan.rows, self.world.readers
        return rows * reader // readers, rows * (reader + 1) // readers

    def _parts(self, rows: int) -> Iterator[tuple[int, int, float]]:
        """How a rank that has `rows` rows computes them, some at a time, as often as every other rank, which FSDP wants: from
        row, to row, and what their loss counts, 0 for a row that is there for that alone."""
        most = max(last - first for first, last in map(self._share, range(self.world.readers)))
        for start in range(0, most, self.plan.micro):
            stop = min(start + self.plan.micro, rows)
            yield (start, stop, 1.0) if stop > start else (0, 1, 0.0)

    def _step(self, step: int, batch: Any) -> dict[str, Any]:
        begun = time.perf_counter()
        plan, world = self.plan, self.world
        first, last = self._share(world.reader)
        loss = torch.zeros((), device=world.device)
        for start, stop, counts in self._parts(last - first):
            part = self._objective(*_tensors(batch, start, stop, world.device))
            # FSDP takes the mean of gradients over ranks; wanted is the sum of all losses over all tokens.
            (part * (counts * world.readers / (plan.rows * plan.length))).backward()
            loss += part.detach() * counts
        rate = plan.rate * schedule.share(
            step, plan.steps, self.options.warmup, self.options.cooldown, self.options.floor
        )
        norm = optimizer.gradient_norm(self._weights())
        total = world.total(loss)[0] / (plan.rows * plan.length)
        # One rank's word: in the last digit they may differ, and then one would skip what the others wait for it to do.
        length = world.told(norm)
        skip = self._memory.unusual(
            length if math.isfinite(total) else math.nan, self.options.spike, self.options.clip
        )
        if not skip:
            if length > self.options.clip:
                optimizer.scale_gradients(self._weights(), torch.tensor(self.options.clip / length))
            self._optimizer.step(rate)
            self._learned.written()
        self._optimizer.clear()
        if self._memory.in_a_row >= self.options.patience:
            raise BadInputError(
                f"{self.options.patience} steps up to {step + 1} had gradients that are no use (loss {total:.3g}, norm {length:.3g}); "
                "lower [pretrain] rate and begin anew"
            )
        taken = time.perf_counter() - begun
        tokens = plan.rows * plan.length
        return {
            "step": step + 1,
            "tokens": (step + 1) * tokens,
            "loss": total if math.isfinite(total) else None,
            "norm": length if math.isfinite(length) else None,
            "rate": rate,
            "skipped": skip,
            "spike": math.isfinite(total) and self._memory.spiked(total),
            "seconds": taken,
            "tokens_per_second": tokens / taken,
            "mfu": tokens * plan.shape.flop_per_token(plan.length) / taken / (self._peak * world.size),
        }

    @torch.no_grad()
    def _look(self) -> dict[str, float]:
        """The loss on the validation split: always on the same rows."""
        if self._held_out is None:
            return {}
        world = self.world
        batch = self._held_out.batch(0)
        rows = min(LOOK_ROWS, len(batch.tokens))
        # Every rank of FSDP must compute as often as every other: rows in turn, and none twice.
        total = torch.zeros((), device=world.device)
        for start in range(0, rows, self.plan.micro * world.readers):
            first = min(start + world.reader * self.plan.micro, rows)
            last = min(first + self.plan.micro, rows)
            part = self._objective(
                *_tensors(batch, first if last > first else 0, last if last > first else 1, world.device)
            )
            total += part if last > first else 0.0
        together = world.total(total)[0]
        told = {"validation": together / (rows * self.plan.length)}
        if self._bytes is not None:
            told["bits_per_byte"] = together / math.log(2) / int(self._bytes[batch.tokens[:rows, 1:]].sum())
        return told

    def _agreed(self, asked: bool, step: int, saved: float) -> tuple[bool, bool]:
        """Whether any rank was asked to stop, and whether a checkpoint is due, by the clock of rank 0: all write together."""
        late = self.world.rank == 0 and time.perf_counter() - saved > self.options.checkpoint
        if every := self.options.checkpoint_steps:
            late = step % every == 0
        stop, due = self.world.total(torch.tensor(float(asked)), torch.tensor(float(late)))
        return stop > 0, due > 0

    def _save(self, step: int, *, wait: bool = False) -> None:
        if step != self._saved_step:
            progress = Progress(step, self.plan.steps, self.plan.rate, asdict(self._memory))
            self._checkpoints.save(self._state(), progress)
            self._saved_step = step
        if wait:
            self._checkpoints.settle()

    def _identity(self) -> dict[str, Any]:
        """What a checkpoint must have in common with the run that goes on from it: what a step's number stands for."""
        plan = self.plan
        return {
            "shape": asdict(plan.shape),
            "rows": plan.rows,
            "length": plan.length,
            "seed": self.options.seed,
            "optimizer": self.options.optimizer,
            **self._reads,
        }

    def _state(self) -> dict[str, Any]:
        return {"weights": dict(self._learned.named), "optimizer": self._optimizer.state()}

    def _weights(self) -> list[torch.nn.Parameter]:
        return list(self._learned.named.values())


def _dtype(precision: str, device: torch.device) -> torch.dtype:
    if precision == "float32":
        return torch.float32
    if precision == "auto":
        return torch.bfloat16 if machine.computes_bfloat16(device) else torch.float32
    return torch.bfloat16


def _tensors(batch: Any, start: int, stop: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of a batch as inputs, targets and documents, on `device`."""
    tokens = _moved(batch.tokens[start:stop], device)
    return (
        tokens[:, :-1].contiguous(),
        tokens[:, 1:].contiguous(),
        _moved(batch.documents[start:stop], device),
    )


def _moved(values: npt.NDArray[Any], device: torch.device) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


@dataclass
class _Asked:
    signal: int | None = None


@contextmanager
def _asked_to_stop() -> Iterator[_Asked]:
    """Ctrl-C, and what Slurm or `kill` sends, end the run after the step at hand; a second one ends it at once."""
    asked = _Asked()
    before: dict[signal.Signals, Any] = {}

    def handle(number: int, _frame: FrameType | None) -> None:
        asked.signal = number
        for kind, handler in before.items():
            signal.signal(kind, handler)

    try:
        for kind in (signal.SIGINT, signal.SIGTERM):
            before[kind] = signal.signal(kind, handle)
    except ValueError:  # not the main thread, which alone hears of signals
        before.clear()
    try:
        yield asked
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
