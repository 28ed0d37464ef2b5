"""Everything that a plan says, put together: layout, time, cost, losses to failures, and how it goes with fewer accelerators."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from truthgpt.errors import BadInputError
from truthgpt.training.planner.failures import Failures, best_interval, expected
from truthgpt.training.planner.goodput import FINISHES, Goodput, goodput
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
    """The same run on another number of accelerators: the fastest layout, its MFU, `days` of useful time, `wall` with failures (in closed
    form, spares never wanting), and dollars for these."""

    ranks: int
    option: Option
    utilisation: float
    days: float
    wall: float
    dollars: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "gpus": self.ranks,
            "layout": dataclasses.asdict(self.option.layout),
            "mfu": self.utilisation,
            "days": self.days,
            "days_with_failures": self.wall,
            "bytes": self.option.held,
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
    flop         of the whole run, attention counted as the mask leaves it, compared with the line of the EU AI Act in `as_dict`
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

    def undominated(self) -> list[Scale]:
        """Of the layouts of `front` and of the scaling curve's numbers those than which none is as fast, as small and as cheap."""
        here = [
            Scale(
                self.ranks,
                option,
                self.utilisation * self.best.step.seconds / option.step.seconds,
                self.days * option.step.seconds / self.best.step.seconds,
                self.wall * option.step.seconds / self.best.step.seconds,
                self.dollars * option.step.seconds / self.best.step.seconds,
            )
            for option in self.front
        ]
        points = here + [point for point in self.scaling if point.ranks != self.ranks]
        worth = [(point.wall, point.option.held, point.dollars) for point in points]
        return [
            point
            for point, mine in zip(points, worth, strict=True)
            if not any(
                other != mine and all(one <= two for one, two in zip(other, mine, strict=True))
                for other in worth
            )
        ]

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
            "front": [point.as_dict() for point in self.undominated()],
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
    run = _Run(job, machine, tokens, failures, wanted, link)
    found, seconds, sites = run.laid_out(job, ranks)
    days = run.days(job, seconds, sites)
    lost = goodput(ranks, machine.node.size, max(days, 1 / 24), failures, seed=seed)
    wall = days / lost.goodput if lost.finishes else math.inf
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
        dollars=run.dollars(ranks, wall),
        bought=ranks * machine.cost.bought,
        kwh=ranks * wall * 24 * machine.watts / 1_000,
        flop=tokens * job.transformer.flop_per_token(job.length, "causal"),
        goodput=lost,
        scaling=run.on(counts),
        fewer=run.fewer(ranks, wall) if around else None,
        sites=sites,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """A run whose number of accelerators is open."""

    job: Job
    machine: Machine
    tokens: int
    failures: Failures
    wanted: Wanted
    link: Link | None

    def laid_out(self, job: Job, ranks: int) -> tuple[list[Option], float, Sites | None]:
        """Layouts that fit, of a site where there are several; seconds of a step; how the sites are joined."""
        link = self.link
        if link is None:
            found = options(job, self.machine, ranks, self.wanted)
            return found, found[0].step.seconds, None
        if ranks % link.sites or job.batch % link.sites:
            raise BadInputError(
                f"{ranks:,} accelerators and {job.batch:,} sequences a step cannot be shared by {link.sites} sites"
            )
        share = dataclasses.replace(job, batch=job.batch // link.sites)
        found = options(share, self.machine, ranks // link.sites, self.wanted)
        step = found[0].step
        sites = between_sites(
            step=step.seconds,
            backward=step.backward / step.seconds,  # of the last microbatch, in which gradients become final
            parameters=job.transformer.parameters,
            width=job.software.gradients,
            link=link.bandwidth,
            latency=link.latency,
            inner=link.inner,
            sites=link.sites,
        )
        return found, sites.way(sites.choice).seconds, sites

    def days(self, job: Job, seconds: float, sites: Sites | None) -> float:
        """Days of useful time; local updates pay for the loss that they were measured to cost."""
        charge = 1.0 if sites is None or sites.way(sites.choice).missed is None else sites.quality.compute
        return self.tokens / job.tokens * seconds * max(1.0, charge) / 86_400

    def dollars(self, ranks: int, wall: float) -> float:
        """Rent of the accelerators and of the nodes that stand by."""
        spares = (self.failures.spares or 0) * self.machine.node.size
        return (ranks + spares) * wall * 24 * self.machine.cost.hour

    def on(self, counts: Iterable[int]) -> list[Scale]:
        """Of those `counts` on which the job fits at all; a step has about as many sequences, in a number that they share."""
        points = []
        sites = self.link.sites if self.link else 1
        for ranks in counts:
            rows = sites * shareable(max(1, self.job.batch // sites), max(1, ranks // sites))
            shared = dataclasses.replace(self.job, batch=rows)
            try:
                found, seconds, joined = self.laid_out(shared, ranks)
            except BadInputError:
                continue
            days = self.days(shared, seconds, joined)
            node = self.machine.node.size
            interval = best_interval(ranks, node, max(days, 1 / 24), self.failures)
            kept = expected(ranks, node, self.failures, self.failures.interval or interval)
            wall = days / kept if kept > FINISHES else math.inf
            used = _utilisation(shared, self.machine, seconds, ranks)
            points.append(Scale(ranks, found[0], used, days, wall, self.dollars(ranks, wall)))
        return points

    def fewer(self, ranks: int, wall: float) -> Scale | None:
        """The fastest of some rounder numbers below `ranks` that takes fewer than `wall` days by a hundredth at least."""
        rounder = {ranks // one * one for one in _ROUND} | {1 << (ranks.bit_length() - 1)}
        points = self.on(sorted(rounder - {0, ranks}))
        best = min(points, key=lambda point: point.wall, default=None)
        return best if best is not None and best.wall < 0.99 * wall else None


def _utilisation(job: Job, machine: Machine, seconds: float, ranks: int) -> float:
    counted = job.transformer.flop_per_token(job.length)
    return Stepper(job, machine).utilisation(seconds, ranks, counted)
