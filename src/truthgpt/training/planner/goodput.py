"""How much of a long run's time is useful: the run simulated event by event, many times over.

A run trains until the first of: a failure, maintenance, a cut of the network, a node that becomes slow or is found slow, a repaired
node, its end. Then it stands still, restarts, waits for a node, or goes on. All runs take one step from event to event at once, each
in its own time, as rows of arrays; what happens next is drawn anew at each step, which exponential times allow. Step k of run i
takes the same random numbers whatever the inputs, so that two plans compared with one seed differ by little but their inputs.

While a run waits for a node nothing else fails, and while the network is cut nothing fails or is repaired. A failure while the run
restarts begins the restart anew. The slow nodes of a run are found together.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truthgpt.errors import BadInputError
from truthgpt.training.planner.failures import DAY, HOUR, Failures, Rates, best_interval, expected, rates

CAUSES = ("redone", "checkpoints", "restarts", "spares", "stragglers", "network")
"""What time is lost to: work done again after a failure; standing still for checkpoints; detection and restart; waiting for a node;
slow nodes; cuts of the network."""
STEPS = 4_000
"""Events of a run that are simulated at the most; a run of more is known from these."""
FINISHES = 0.01
"""A run of less goodput is said never to finish."""
MOST_RUNS = 10_000

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Goodput:
    """What `goodput` found.

    goodput         useful time as a share of wall time, the mean of the runs
    low, median, high   its 5, 50 and 95% quantiles
    lost            share of wall time that each of `CAUSES` took, the mean of the runs; with `goodput` they sum to 1
    interruptions   stops a day of wall time, planned ones with them
    days            mean days of wall time for the days of useful time; infinite where it never finishes
    finishes        whether the goodput is `FINISHES` at least
    interval        seconds of training between two checkpoints
    expected        goodput in closed form, spares never wanting (`failures.expected`)
    samples         goodput of each run
    """

    goodput: float
    low: float
    median: float
    high: float
    lost: dict[str, float]
    interruptions: float
    days: float
    finishes: bool
    interval: float
    expected: float
    samples: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; `days` is None where infinite."""
        plain = dataclasses.asdict(self)
        return {**plain, "days": self.days if self.days < math.inf else None, "samples": list(self.samples)}


def goodput(gpus: int, node: int, days: float, failures: Failures, runs: int = 200, seed: int = 1) -> Goodput:
    """Useful time as a share of the time of `runs` runs of `days` useful days on `gpus` accelerators, `node` a node.

    A run of more than `STEPS` events is simulated for so many, and the spread of the runs then shrunk with the square root of the
    share of their work that they did, as that of a mean does. The same `seed` gives the same result.
    Raises `BadInputError` where a number cannot be.
    """
    often = rates(gpus, node, failures)
    if not 0 < days < math.inf:
        raise BadInputError(f"days is {days}; a run takes a number of days above 0")
    if not 1 <= runs <= MOST_RUNS:
        raise BadInputError(f"runs is {runs}; it is 1 to {MOST_RUNS:,}")
    if seed < 0:
        raise BadInputError(f"seed is {seed}; it is at least 0")
    interval = best_interval(gpus, node, days, failures) if failures.interval is None else failures.interval
    done = _simulated(_Plan(days * DAY, interval, failures, often), runs, np.random.default_rng(seed))
    wall = done.useful + done.lost.sum(axis=0)
    shares = done.useful / wall
    mean = float(shares.mean())
    part = min(float(done.useful.mean()) / (days * DAY), 1.0)
    samples = mean + (shares - mean) * math.sqrt(part)
    finishes = mean >= FINISHES and float(samples.min()) > 0
    low, median, high = (float(each) for each in np.quantile(samples, (0.05, 0.5, 0.95)))
    return Goodput(
        goodput=mean,
        low=low,
        median=median,
        high=high,
        lost={
            cause: float(share) for cause, share in zip(CAUSES, (done.lost / wall).mean(axis=1), strict=True)
        },
        interruptions=float(done.stops.mean() / wall.mean() * DAY),
        days=float((days / samples).mean()) if finishes else math.inf,
        finishes=finishes,
        interval=interval,
        expected=expected(gpus, node, failures, interval),
        samples=tuple(samples.tolist()),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """`work` useful seconds to do, `interval` seconds of training between checkpoints."""

    work: float
    interval: float
    failures: Failures
    often: Rates

    @property
    def spares(self) -> float:
        """Nodes that may be out before the run waits."""
        return math.inf if self.failures.spares is None else self.failures.spares

    @property
    def repairs(self) -> float:
        """How often a second a node that is out comes back; 0 where that does not matter."""
        return 0.0 if self.failures.spares is None else 1 / (self.failures.repair * HOUR)

    @property
    def cycle(self) -> float:
        """Seconds from checkpoint to checkpoint."""
        return self.interval + self.failures.stall

    def trained(self, at: Floats) -> Floats:
        """Seconds of training in the first `at` seconds after a restart; the others went to checkpoints."""
        cycles = np.floor(at / self.cycle)
        return cycles * self.interval + np.minimum(at - cycles * self.cycle, self.interval)

    def durable(self, at: Floats) -> Floats:
        """Seconds of training that the last durable checkpoint holds, `at` seconds after a restart."""
        cycles: Floats = np.floor((at - self.failures.write) / self.cycle)
        return np.maximum(cycles, 0) * self.interval

    def useful(self, trained: Floats, slow: Floats) -> Floats:
        """Useful seconds in `trained` seconds of training, slow from second `slow` on."""
        return trained - np.maximum(trained - slow, 0) * self.failures.slowdown / (1 + self.failures.slowdown)

    def to_train(self, useful: Floats, slow: Floats) -> Floats:
        """Seconds of training that do `useful` seconds of work: the inverse of `useful`."""
        return useful + np.maximum(useful - slow, 0) * self.failures.slowdown

    def end(self, to_train: Floats) -> Floats:
        """Seconds after a restart when `to_train` seconds of training are done; no checkpoint is taken at the end."""
        checkpoints: Floats = np.ceil(to_train / self.interval) - 1
        return to_train + np.maximum(checkpoints, 0) * self.failures.stall


class _Runs:
    """The state of all runs; each array has one number a run, `lost` one a cause and run."""

    def __init__(self, runs: int) -> None:
        self.at = np.zeros(runs)  # seconds since training was last taken up
        self.slow = np.full(runs, np.inf)  # seconds of them that were trained when a node became slow
        self.found = np.full(runs, np.inf)  # seconds of training until it is found
        self.down = np.zeros(runs)  # seconds left of a restart
        self.out = np.zeros(runs)  # nodes in repair
        self.over = np.zeros(runs, dtype=np.bool_)
        self.stops = np.zeros(runs)
        self.useful = np.zeros(runs)  # seconds, and so is `lost`
        self.lost = np.zeros((len(CAUSES), runs))

    def book(self, cause: str, seconds: Floats | float, where: Flags) -> None:
        """Counts `seconds` as lost to `cause` in the runs `where`."""
        self.lost[CAUSES.index(cause)] += np.where(where, seconds, 0.0)


def _simulated(plan: _Plan, runs: int, dice: np.random.Generator) -> _Runs:
    state = _Runs(runs)
    for _ in range(STEPS):
        _step(plan, state, dice.random((3, runs)))
        if state.over.all():
            return state
    _stop(plan, state, ~state.over, plan.trained(state.at), plan.durable(state.at))
    return state


def _step(plan: _Plan, state: _Runs, chances: Floats) -> None:
    """Takes each run to its next event, and through it."""
    failures, often = plan.failures, plan.often
    going = ~state.over
    waiting = going & (state.out > plan.spares)
    restarting = going & ~waiting & (state.down > 0)
    training = going & ~waiting & ~restarting
    # How often a second each kind of event happens to each run, as sums: the row in which a chance of the last falls is the event.
    kinds = np.empty((5, len(going)))
    kinds[0] = often.failure * (training | restarting)
    kinds[1] = often.planned * training
    kinds[2] = often.cut * training
    kinds[3] = often.straggler * (training & np.isinf(state.found))
    kinds[4] = plan.repairs * state.out
    np.cumsum(kinds, axis=0, out=kinds)
    to_train = plan.to_train(plan.work - state.useful, state.slow)
    until_end = plan.end(to_train) - state.at
    until = np.where(training, np.minimum(until_end, state.found), np.where(restarting, state.down, np.inf))
    with np.errstate(divide="ignore"):
        wait = -np.log1p(-chances[0]) / kinds[4]
    happens = going & (wait < until)
    passed = np.where(going, np.minimum(wait, until), 0.0)
    state.book("restarts", passed, restarting)
    state.book("spares", passed, waiting)
    state.at += passed * training
    state.found -= passed * training
    state.down -= passed * restarting

    failed, planned, cut, slowed, repaired = happens & _row(kinds, chances[1])
    ended = training & ~happens & (until_end <= state.found)
    found = training & ~happens & ~ended
    lasts = -failures.cut * np.log1p(-chances[2])
    broken = cut & (lasts > failures.timeout)
    # Maintenance, and slow nodes that were found, leave time for a checkpoint.
    saved = planned | found
    trained = np.where(ended, to_train, plan.trained(state.at))
    kept = np.where(ended | saved, trained, plan.durable(state.at))
    state.slow[slowed] = trained[slowed]
    state.found[slowed] = failures.noticed
    _stop(plan, state, ended | saved | broken | (failed & training), trained, kept)
    state.book("checkpoints", failures.stall + failures.write, saved)
    state.book("network", lasts, cut)
    state.slow[found] = np.inf
    state.found[found] = np.inf
    state.over |= ended
    state.stops += failed | saved | broken
    state.down[saved | broken] = failures.restart
    state.down[failed] = failures.detection + failures.restart
    state.out += found | (failed & (chances[2] < failures.drain))
    state.out -= repaired


def _row(sums: Floats, chances: Floats) -> Flags:
    """The one row in which each column's chance of its last sum falls, shape of `sums`."""
    below: Flags = chances * sums[-1] < sums
    below[1:] &= ~below[:-1]
    return below


def _stop(plan: _Plan, state: _Runs, where: Flags, trained: Floats, kept: Floats) -> None:
    """Ends the training of the runs `where`, of whose `trained` seconds `kept` are kept, and counts what became of their time. A
    node that is slow stays so."""
    useful = plan.useful(kept, state.slow)
    state.useful += np.where(where, useful, 0.0)
    state.book("stragglers", kept - useful, where)
    state.book("redone", trained - kept, where)
    state.book("checkpoints", state.at - trained, where)
    state.at[where] = 0.0
    state.slow[where & np.isfinite(state.slow)] = 0.0
