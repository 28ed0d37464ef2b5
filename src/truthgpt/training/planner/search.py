"""A job, a machine and a number of accelerators in; the layouts that fit out, fastest first, and those that none beats.

All layouts are looked at: degrees that multiply to the number given, sequences at once, recomputation, schedules. Those that
hold too much are left out before they are timed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from truthgpt.errors import BadInputError
from truthgpt.training.planner.layout import Job, Layout, Recompute, Schedule, Sharding, even
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.memory import Own, memory
from truthgpt.training.planner.step import Step, Stepper

MOST = 10**7
"""Accelerators that a plan is made for at the most."""
_PIECES = (2, 3, 4, 6, 8)
"""Pieces of a stage that are tried beside as many as it has blocks."""
_MICRO = 64
"""Sequences at once that are tried at the most."""
SHORTEST = 2_048
"""Tokens that a context rank has at the least."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Option:
    """A layout that fits, its step, and bytes of its fullest rank by what they hold."""

    layout: Layout
    step: Step
    memory: dict[str, float]

    @property
    def held(self) -> float:
        """Bytes of the fullest rank."""
        return sum(self.memory.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parts of a layout that are given; None leaves them to the search. `sequence` is whether tensor ranks cut what lies between
    matrices by tokens; `own` counts memory as this project's own training takes it."""

    tensor: int | None = None
    context: int | None = None
    pipeline: int | None = None
    interleave: int | None = None
    expert: int | None = None
    micro: int | None = None
    schedule: Schedule | None = None
    sharding: Sharding | None = None
    recompute: Recompute | None = None
    sequence: bool = True
    own: Own | None = None


ANY = Wanted()


def options(job: Job, machine: Machine, ranks: int, wanted: Wanted = ANY) -> list[Option]:
    """All layouts of `job` over `ranks` accelerators that are `wanted` and fit, fastest first.

    Raises `BadInputError` where there is none, which says why: nothing divides, or what takes the room.
    """
    if not 1 <= ranks <= MOST:
        raise BadInputError(f"{ranks:,} accelerators: a plan is for 1 to {MOST:,}")
    stepper, found = Stepper(job, machine), []
    least: tuple[float, Layout, dict[str, float]] | None = None
    refused = ""
    for layout in layouts(job, machine, ranks, wanted):
        if (reason := layout.refusal(job)) is not None:
            refused = refused or reason
            continue
        held = memory(job, layout, wanted.own)
        total = sum(held.values())
        if least is None or total < least[0]:
            least = total, layout, held
        if total <= machine.accelerator.memory:
            found.append(Option(layout, stepper.step(layout), held))
    if found:
        return sorted(found, key=lambda option: (option.step.seconds, option.held))
    if least is None:
        raise BadInputError(_undivided(job, ranks, refused))
    total, layout, held = least
    most = max(held, key=lambda name: held[name])
    raise BadInputError(
        f"the model fits on no {ranks:,} {machine.name}: at the least {total / 1e9:,.0f} GB of {machine.accelerator.memory / 1e9:,.0f} GB each, "
        f"of which {most} takes {held[most] / 1e9:,.0f} GB; take more accelerators, more memory or a smaller model"
    )


def front(found: Sequence[Option]) -> list[Option]:
    """Those of `found` (fastest first) than which none is both as fast and as small."""
    kept: list[Option] = []
    for option in found:
        if not kept or option.held < kept[-1].held * 0.99:
            kept.append(option)
    return kept


def layouts(job: Job, machine: Machine, ranks: int, wanted: Wanted = ANY) -> Iterator[Layout]:
    """Layouts worth a look: tensor ranks within a node, stages and groups of experts that divide what they share."""
    network = job.transformer
    for tensor in _given(wanted.tensor, divisors(ranks, machine.node.size)):
        for pipeline in _given(wanted.pipeline, divisors(ranks // tensor, network.layers)):
            for context in _given(
                wanted.context, _powers(ranks // (tensor * pipeline), job.length // SHORTEST)
            ):
                data = ranks // (tensor * pipeline * context)
                if tensor * pipeline * context * data != ranks:
                    continue
                base = Layout(tensor, wanted.sequence and tensor > 1, context, pipeline, data=data)
                if job.batch % data:
                    yield base  # refused by its numbers, so that whoever asked is told them
                    continue
                for expert in _given(wanted.expert, _experts(job, data * context)):
                    yield from _settings(job, machine, dataclasses.replace(base, expert=expert), wanted)


def _settings(job: Job, machine: Machine, base: Layout, wanted: Wanted) -> Iterator[Layout]:
    """`base` with each choice that does not change its grid of ranks."""
    share = job.batch // base.data
    recomputes: tuple[Recompute, ...] = ("none", "selective", "full")
    for micro in _given(wanted.micro, divisors(share, _MICRO)):
        for schedule, pieces in _schedules(job, base, share // micro):
            if wanted.schedule not in (None, schedule) or wanted.interleave not in (None, pieces):
                continue
            for recompute in _given(wanted.recompute, recomputes):
                for sharding, replicate in _shardings(base, machine, wanted.sharding):
                    yield Layout(
                        base.tensor, base.sequence, base.context, base.pipeline, pieces, schedule, base.expert, base.data,
                        sharding, replicate, micro, recompute,
                    )  # fmt: skip


def _schedules(job: Job, base: Layout, microbatches: int) -> list[tuple[Schedule, int]]:
    found: list[tuple[Schedule, int]] = [("1f1b", 1)]
    if base.pipeline == 1:
        return found
    found.append(("zero-bubble", 1))
    if microbatches % base.pipeline == 0:
        layers = job.transformer.layers
        most = -(-layers // base.pipeline)
        found += [
            ("interleaved", pieces)
            for pieces in sorted({*_PIECES, most})
            if 1 < pieces <= most and even(layers, base.pipeline, pieces)
        ]
    return found


def _shardings(base: Layout, machine: Machine, wanted: Sharding | None) -> list[tuple[Sharding, int]]:
    """What ranks of data share. Weights are cut where there are no stages, over all or over each node's."""
    ranks = base.data * base.context
    if ranks == 1:
        return [("none", 1)]
    found: list[tuple[Sharding, int]] = [("optimizer", 1)]
    if base.pipeline == 1:
        found.append(("full", 1))
        inside = max(1, machine.node.size // base.tensor)
        if base.expert == 1 and 1 < inside < ranks and ranks % inside == 0:
            found.append(("full", ranks // inside))
    if wanted == "none":
        return [("none", 1)]
    return [one for one in found if wanted in (None, one[0])]


def _given(one: T | None, choices: Iterable[T]) -> Iterable[T]:
    return choices if one is None else (one,)


def _experts(job: Job, ranks: int) -> Iterable[int]:
    return divisors(ranks, job.transformer.experts) if job.transformer.experts else (1,)


def divisors(number: int, most: int) -> list[int]:
    """Divisors of `number` up to `most`."""
    return [one for one in range(1, min(number, most) + 1) if number % one == 0]


def _powers(number: int, most: int) -> Iterator[int]:
    """1, 2, 4 ... up to `most` that divide `number`."""
    power = 1
    while power <= max(1, most) and number % power == 0:
        yield power
        power *= 2


def _undivided(job: Job, ranks: int, refused: str) -> str:
    why = refused or "what was asked for does not multiply to them"
    return f"{ranks:,} accelerators cannot be laid out: {why}; take another number of them, or another batch"
