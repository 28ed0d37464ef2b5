"""A layout and its step in; when each stage works on which microbatch out.

Each stage does its work in a fixed order, each pass as soon as the stage is free and what it needs is there: a forward pass what
the stage before gives, a backward pass what the stage behind gives. Sends between stages take no time here (a step has them as
a term of their own), and all stages are as slow as the slowest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from truthgpt.errors import BadInputError
from truthgpt.training.planner.layout import Layout
from truthgpt.training.planner.step import Step

Kind = Literal["forward", "backward", "weights"]


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage does from second `start` to second `end` of a step: a pass of a microbatch through one of its pieces.

    With zero-bubble a `backward` pass gives gradients of what came in, `weights` those of weights; else one gives both.
    """

    stage: int
    microbatch: int
    piece: int
    kind: Kind
    start: float
    end: float


class _Pass(NamedTuple):
    kind: Kind
    microbatch: int
    piece: int


def timeline(layout: Layout, step: Step, microbatches: int | None = None) -> list[Work]:
    """The passes of a step of `microbatches` (None: those of `step`), stage by stage, each stage's in the order of its work.

    From m >= p microbatches on the last ends when `step.bubble` says: after m (F + B) and what a stage waits. With fewer, zero-bubble
    takes (p - m) W more than its closed form has: there is not enough to do while the first microbatch goes there and back.

    Raises `BadInputError` where there is no microbatch, or no multiple of the stages where interleaving needs one.
    """
    count = step.microbatches if microbatches is None else microbatches
    if count < 1:
        raise BadInputError(f"{count} microbatches are no step; it has at least 1")
    if layout.schedule == "interleaved" and count % layout.pipeline:
        raise BadInputError(
            f"{count} microbatches are no multiple of the {layout.pipeline} stages, as interleaving needs"
        )
    orders = [list(_order(layout, stage, count)) for stage in range(layout.pipeline)]
    return _run(orders, layout.interleave, _seconds(layout, step))


def _seconds(layout: Layout, step: Step) -> dict[Kind, float]:
    """Of each kind of pass through a piece of a stage."""
    apart = step.weights if layout.schedule == "zero-bubble" else 0.0
    spent: dict[Kind, float] = {"forward": step.forward, "backward": step.backward - apart, "weights": apart}
    return {kind: seconds / layout.interleave for kind, seconds in spent.items()}


def _order(layout: Layout, stage: int, count: int) -> Iterator[_Pass]:
    """The passes of a stage in their order: so many forward ahead, then one forward, one backward, then those backward that are left.

    Of p stages, stage s runs p - 1 - s forward passes ahead (Narayanan et al. 2019). Interleaved in v pieces, p microbatches pass
    the first piece, then the second ...; 2 (p - 1 - s) + (v - 1) p run ahead (Narayanan et al. 2021, as Megatron-LM does it).
    With zero-bubble, gradients of weights lag s microbatches behind, so that all stages hold p (Qi et al. 2023, ZB-H1).
    """
    stages, pieces = layout.pipeline, layout.interleave
    ahead = stages - 1 - stage
    if layout.schedule == "interleaved":
        ahead = 2 * ahead + (pieces - 1) * stages
    total = count * pieces
    for number in range(total + ahead):
        if number < total:
            yield _Pass("forward", *_numbered(number, stages, pieces))
        if number >= ahead:
            microbatch, piece = _numbered(number - ahead, stages, pieces)
            yield _Pass("backward", microbatch, pieces - 1 - piece)
            if layout.schedule == "zero-bubble" and microbatch >= stage:
                yield _Pass("weights", microbatch - stage, piece)
    if layout.schedule == "zero-bubble":
        for microbatch in range(max(0, count - stage), count):
            yield _Pass("weights", microbatch, 0)


def _numbered(number: int, stages: int, pieces: int) -> tuple[int, int]:
    """Microbatch and piece of a stage's pass `number`: groups of `stages` microbatches pass piece after piece."""
    if pieces == 1:
        return number, 0
    group, inside = divmod(number, stages * pieces)
    return group * stages + inside % stages, inside // stages


def _run(orders: list[list[_Pass]], pieces: int, seconds: dict[Kind, float]) -> list[Work]:
    """Each stage as far as what it needs is there, then the next, until all is done."""
    done: list[list[Work]] = [[] for _ in orders]
    ends: dict[tuple[int, _Pass], float] = {}
    while any(len(works) < len(order) for works, order in zip(done, orders, strict=True)):
        for stage, order in enumerate(orders):
            works = done[stage]
            while len(works) < len(order):
                now = order[len(works)]
                needed = _needs(stage, now, len(orders), pieces)
                if needed is not None and needed not in ends:
                    break
                start = max(works[-1].end if works else 0.0, ends[needed] if needed else 0.0)
                ends[stage, now] = end = start + seconds[now.kind]
                works.append(Work(stage, now.microbatch, now.piece, now.kind, start, end))
    return [work for works in done for work in works]


def _needs(stage: int, now: _Pass, stages: int, pieces: int) -> tuple[int, _Pass] | None:
    """The pass, and its stage, that gives what `now` starts from, pieces following each other over all stages in turn; None: none."""
    if now.kind == "weights":
        return stage, now._replace(kind="backward")
    if now.kind == "forward":
        if stage:
            return stage - 1, now
        return (stages - 1, now._replace(piece=now.piece - 1)) if now.piece else None
    if stage < stages - 1:
        return stage + 1, now
    if now.piece < pieces - 1:
        return 0, now._replace(piece=now.piece + 1)
    return stage, now._replace(kind="forward")
