"""Everything that a plan says, put together: layout, time, cost, losses to failures, and how it goes with fewer accelerators."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from truthgpt.errors import BadInputError
from truthgpt.training.planner.failures import Failures
from truthgpt.training.planner.goodput import Goodput, goodput
from truthgpt.training.planner.layout import Job, shareable
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.optimum import Optimum, line
from truthgpt.training.planner.search import ANY, Option, Wanted, front, options
from truthgpt.training.planner.sites import Sites, between_sites
from truthgpt.training.planner.step import Stepper

_ROUND = (16, 64, 256, 1_024)
"""Numbers whose multiples below that of the accelerators are looked at: they have more divisors."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A point of the scaling curve: the fastest layout over `ranks` accelerators, its MFU, days and dollars of the run."""

    ranks: int
    option: Option
    utilisation: float
    days: float
    dollars: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "gpus": self.ranks,
            "layout": dataclasses.asdict(self.option.layout),
            "mfu": self.utilisation,
            "days": self.days,
            "dollars": self.dollars,
        }


@dataclass(frozen=True, slots=True)
class Link:
    """What joins `sites` data centres, each with its share of the accelerators and of a step's sequences: `bandwidth` bytes/s in each
    direction for all of a site together, `latency` seconds; `inner` steps between two meetings of local-update training."""

    sites: int
    bandwidth: float
    latency: float
    inner: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan of `tokens` tokens of `job` on `ranks` of `machine`.

    best         the fastest layout that fits, of one site where there are several
    front        those that hold less, each the fastest of its size; `fitting` how many fit
    utilisation  share of the peak (bfloat16) that model FLOP take, attention counted in full
    seconds      of a step, with what several sites say to each other in the way that is chosen
    days         of useful time; `wall` with what failures take
    dollars      rented, for `wall` days; `bought` what the accelerators cost to buy; `kwh` at their limit of power
    flop         of the whole run, compared with the line of the EU AI Act in `as_dict`
    scaling      the same run on other numbers of accelerators
    fewer        fewer accelerators that do it sooner, since more layouts divide their number; None where there are none
    """

    job: Job
    machine: Machine
    ranks: int
    tokens: int
    best: Option
    front: list[Option]
    fitting: int
    utilisation: float
    seconds: float
    days: float
    wall: float
    dollars: float
    bought: float
    kwh: float
    flop: float
    goodput: Goodput
    scaling: list[Scale]
    fewer: Scale | None = None
    optimum: Optimum | None = None
    sites: Sites | None = None

    @property
    def tokens_a_second(self) -> float:
        """Tokens a second of all accelerators, while nothing fails."""
        return self.job.tokens / self.seconds

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, seconds, bytes, dollars and days."""
        network = self.job.transformer
        return {
            "model": {
                "parameters": network.parameters,
                "active_parameters": network.active_parameters,
                **dataclasses.asdict(network),
            },
            "machine": self.machine.name,
            "gpus": self.ranks,
            "batch": self.job.batch,
            "length": self.job.length,
            "tokens": self.tokens,
            "layout": dataclasses.asdict(self.best.layout),
            "step": {
                "seconds": self.seconds,
                "site_seconds": self.best.step.seconds,
                "terms": self.best.step.terms,
                "microbatches": self.best.step.microbatches,
            },
            "memory": {**self.best.memory, "total": self.best.held, "of": self.machine.accelerator.memory},
            "mfu": self.utilisation,
            "tokens_per_second": self.tokens_a_second,
            "days": self.days,
            "days_with_failures": self.wall,
            "cost": {
                "dollars": self.dollars,
                "dollars_to_buy": self.bought,
                "kwh": self.kwh,
                "dollars_per_gpu_hour": self.machine.cost.hour,
                "date": self.machine.cost.date,
                "source": self.machine.cost.source,
            },
            "flop": {"total": self.flop, "eu_ai_act": dataclasses.asdict(line(self.flop))},
            "goodput": self.goodput.as_dict(),
            "front": [
                {
                    "layout": dataclasses.asdict(option.layout),
                    "seconds": option.step.seconds,
                    "bytes": option.held,
                    "dollars": self.dollars * option.step.seconds / self.best.step.seconds,
                }
                for option in self.front
            ],
            "fitting": self.fitting,
            "scaling": [point.as_dict() for point in self.scaling],
            "fewer": self.fewer.as_dict() if self.fewer else None,
            "optimum": self.optimum.as_dict() if self.optimum else None,
            "sites": self.sites.as_dict() if self.sites else None,
        }


def planned(
    job: Job,
    machine: Machine,
    ranks: int,
    tokens: int,
    failures: Failures,
    *,
    wanted: Wanted = ANY,
    counts: Sequence[int] = (),
    link: Link | None = None,
    seed: int = 1,
    around: bool = True,
) -> Planned:
    """The plan of a run of `tokens` tokens; `wanted` narrows the layouts, `counts` are other numbers of accelerators for the scaling curve, and
    `around` looks for fewer that are faster.

    Raises `BadInputError` where nothing fits.
    """
    if tokens < job.tokens:
        raise BadInputError(f"a run of {tokens:,} tokens is shorter than one step of {job.tokens:,}")
    found, seconds, sites = _laid_out(job, machine, ranks, wanted, link)
    days = tokens / job.tokens * seconds / 86_400
    lost = goodput(ranks, machine.node.size, max(days, 1 / 24), failures, seed=seed)
    wall = days / lost.goodput if lost.goodput else math.inf
    return Planned(
        job=job,
        machine=machine,
        ranks=ranks,
        tokens=tokens,
        best=found[0],
        front=front(found),
        fitting=len(found),
        utilisation=_utilisation(job, machine, seconds, ranks),
        seconds=seconds,
        days=days,
        wall=wall,
        dollars=ranks * wall * 24 * machine.cost.hour,
        bought=ranks * machine.cost.bought,
        kwh=ranks * wall * 24 * machine.watts / 1_000,
        flop=tokens * job.transformer.flop_per_token(job.length),
        goodput=lost,
        scaling=_scaling(job, machine, tokens, counts, wanted),
        fewer=None if link or not around else _fewer(job, machine, ranks, tokens, days, wanted),
        sites=sites,
    )


def _laid_out(
    job: Job, machine: Machine, ranks: int, wanted: Wanted, link: Link | None
) -> tuple[list[Option], float, Sites | None]:
    """Layouts that fit, of a site where there are several; seconds of a step; how the sites are joined."""
    if link is None:
        found = options(job, machine, ranks, wanted)
        return found, found[0].step.seconds, None
    if ranks % link.sites or job.batch % link.sites:
        raise BadInputError(
            f"{ranks:,} accelerators and {job.batch:,} sequences a step cannot be shared by {link.sites} sites"
        )
    share = dataclasses.replace(job, batch=job.batch // link.sites)
    found = options(share, machine, ranks // link.sites, wanted)
    step = found[0].step
    sites = between_sites(
        step=step.seconds,
        backward=min(1.0, step.microbatches * step.backward / step.seconds),
        parameters=job.transformer.parameters,
        width=job.software.gradients,
        link=link.bandwidth,
        latency=link.latency,
        inner=link.inner,
        sites=link.sites,
    )
    return found, sites.way(sites.choice).seconds, sites


def _fewer(job: Job, machine: Machine, ranks: int, tokens: int, days: float, wanted: Wanted) -> Scale | None:
    """The fastest of some rounder numbers below `ranks` that takes fewer than `days`."""
    rounder = {ranks // one * one for one in _ROUND} | {1 << (ranks.bit_length() - 1)}
    points = _scaling(job, machine, tokens, sorted(rounder - {0, ranks}), wanted)
    best = min(points, key=lambda point: point.days, default=None)
    return best if best is not None and best.days < days else None


def _scaling(job: Job, machine: Machine, tokens: int, counts: Sequence[int], wanted: Wanted) -> list[Scale]:
    """Of those `counts` on which the job fits at all; a step has about as many sequences, in a number that they share."""
    points = []
    for ranks in counts:
        shared = dataclasses.replace(job, batch=shareable(job.batch, ranks))
        try:
            best = options(shared, machine, ranks, wanted)[0]
        except BadInputError:
            continue
        days = tokens / shared.tokens * best.step.seconds / 86_400
        points.append(
            Scale(
                ranks,
                best,
                _utilisation(shared, machine, best.step.seconds, ranks),
                days,
                ranks * days * 24 * machine.cost.hour,
            )
        )
    return points


def _utilisation(job: Job, machine: Machine, seconds: float, ranks: int) -> float:
    counted = job.transformer.flop_per_token(job.length)
    return Stepper(job, machine).utilisation(seconds, ranks, counted)
