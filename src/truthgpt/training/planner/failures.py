"""What goes wrong in a long run and what it costs, as numbers; the best checkpoint interval and the expected goodput, in closed form.

Failures, cuts, stragglers and maintenance come as Poisson processes. A failure throws the run back to the last checkpoint that is
durable; after it the run needs an undisturbed stretch of `detection + restart`, else that begins anew. These are the assumptions of
Daly 2006 (J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps"); `expected` extends his
expected time to checkpoints that become durable while the run has gone on, to maintenance, cuts and stragglers.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from truthgpt.errors import BadInputError

HOUR = 3_600.0
DAY = 24 * HOUR
SPAN_HOURS = 54 * 24
"""Hours in which Llama 3 counted its interruptions."""
NEVER = 1e-12
"""What happens less often an hour, once in a hundred million years, is taken never to happen."""
MOST_ACCELERATORS = 10**9


@dataclass(frozen=True, slots=True)
class Failures:
    """What stops or slows a synchronous run, and what it does about it. Raises `BadInputError` where a number cannot be.

    rate        failures per accelerator-hour. Llama 3 (arXiv:2407.21783, section 3.3.4): 419 in 54 days on 16,384 H100, one in
                50,700 accelerator-hours; whatever stops the run is in it: hardware, software, network
    planned     interruptions for maintenance per hour of the run, with a checkpoint before; ibid.: 47 in 54 days
    drain       share of the failures that take a node out; ibid., table 5: 321 of 419 are of a GPU, a host, or its maintenance,
                98 of software, network, or unknown
    repair      hours until such a node is back, exponential. An assumption without a source
    spares      nodes that stand by; where none is left the run waits for a repair. None: there is always one
    cuts        cuts of the network of the whole cluster, or of the link between two, per hour of the run, beside those in `rate`
    cut         seconds that a cut lasts, exponential; an assumption without a source
    timeout     seconds of a cut after which the run gives up and restarts; PyTorch's process groups of NCCL wait 600
    stragglers  nodes that become slow, per node-hour. 0 for want of a source
    slowdown    time that a step then takes longer, as a share, of all the run; slow hosts took 10% more time in MegaScale
                (arXiv:2402.15627, section 6.3)
    noticed     seconds of slow training until the slow nodes are found; they are replaced after a checkpoint. An assumption
                without a source
    detection   seconds from a failure to its diagnosis
    restart     seconds to reschedule, to load the checkpoint and to warm up. Ten minutes for both, halved between them: failing over
                at 10,000 GPUs often takes more (ByteRobust, arXiv:2509.16293), 5 to 20 on Meta's research clusters
                (arXiv:2410.21680); MegaScale detects and diagnoses in less than ten, on the average
    interval    seconds of training between two checkpoints; None: the best
    stall       seconds that the run stands still for a checkpoint
    write       seconds from then until it is durable; a failure before goes back to the one before it. ByteCheckpoint
                (arXiv:2407.20143, table 8), a transformer of 405B on 8,960 GPUs: 0.59 s of stall, 51.06 s in all. PyTorch's
                asynchronous checkpoints of a 7B model stall for 6.3 s ("Reducing Model Checkpointing Times by Over 10x", 2024)
    """

    rate: float = 419 / (16_384 * SPAN_HOURS)
    planned: float = 47 / SPAN_HOURS
    drain: float = 321 / 419
    repair: float = 24.0
    spares: int | None = None
    cuts: float = 0.0
    cut: float = 60.0
    timeout: float = 600.0
    stragglers: float = 0.0
    slowdown: float = 0.1
    noticed: float = 3_600.0
    detection: float = 300.0
    restart: float = 300.0
    interval: float | None = None
    stall: float = 0.59
    write: float = 50.47

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None and not 0 <= value < math.inf:
                raise BadInputError(f"{field.name} is {value}; it must be a number of at least 0")
        if self.drain > 1:
            raise BadInputError(f"drain is {self.drain}; it is a share of the failures, at most 1")
        if not self.repair:
            raise BadInputError(
                "repair is 0 hours; give the hours that a node is out, or drain = 0 where none ever is"
            )
        if self.interval is not None and not max(self.write, 1e-3) <= self.interval:
            raise BadInputError(
                f"interval is {self.interval:g} s; a checkpoint must be durable, after {self.write:g} s, before the next begins"
            )

    @property
    def long_cuts(self) -> float:
        """Share of the cuts that outlast `timeout`."""
        return math.exp(-self.timeout / self.cut) if self.cut else 0.0


def for_run(failures: Failures, parameters: float, gpus: int) -> Failures:
    """`failures` with what a checkpoint costs, and how often a run is stopped on purpose, in proportion: `stall` and `write` to the weights that an
    accelerator has its share of, as measured with 405 billion on 8,960 (ByteCheckpoint, table 8), planned stops to the accelerators."""
    share = (parameters / gpus) / (405e9 / 8_960)
    return dataclasses.replace(
        failures,
        stall=failures.stall * share,
        write=failures.write * share,
        planned=failures.planned * gpus / 16_384,
    )


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a second something happens to a run: any of its nodes fails, maintenance, a cut, any node becomes slow."""

    failure: float
    planned: float
    cut: float
    straggler: float


def rates(gpus: int, node: int, failures: Failures) -> Rates:
    """How often what of `failures` happens on `gpus` accelerators, `node` a node; a part of a node fails as a part of one, and is
    replaced as a whole. Raises `BadInputError` where there is none of either."""
    for name, count in (("gpus", gpus), ("node", node)):
        if not 1 <= count <= MOST_ACCELERATORS:
            raise BadInputError(f"{name} is {count}; it is 1 to {MOST_ACCELERATORS:,}")
    nodes = -(-gpus // node)
    hourly = (gpus * failures.rate, failures.planned, failures.cuts, nodes * failures.stragglers)
    return Rates(*(each / HOUR if each > NEVER else 0.0 for each in hourly))


def young_daly(stall: float, mtbf: float) -> tuple[float, float]:
    """The best seconds of training between two checkpoints that each stop the run for `stall` seconds, at `mtbf` seconds between
    failures, by Young 1974 ("A first order approximation to the optimum checkpoint interval": √(2 δ M)) and by Daly 2006
    (equation 37, √(2 δ M) [1 + √(δ/2M)/3 + (δ/2M)/9] − δ; M where δ ≥ 2 M).

    Raises `BadInputError` where either is not above 0.
    """
    if not (0 < stall < math.inf and 0 < mtbf < math.inf):
        raise BadInputError(f"a stall of {stall} s and {mtbf} s between failures: both must be above 0")
    young = math.sqrt(2 * stall * mtbf)
    part = stall / (2 * mtbf)
    return young, mtbf if part >= 1 else young * (1 + math.sqrt(part) / 3 + part / 9) - stall


def best_interval(gpus: int, node: int, days: float, failures: Failures) -> float:
    """Seconds of training between two checkpoints at which a run of `days` useful days is expected to be done first: the whole run
    where nothing can fail.

    The expected time between two restarts does not depend on the interval, nor does waiting for spares; what is kept of it does,
    and is looked at on a grid that is refined once, to 1 part in 10,000. Raises `BadInputError` as `rates` does.
    """
    often = rates(gpus, node, failures)
    low = max(failures.write, 1.0)
    high = max(days * DAY, low)
    if not _lost(often, failures):
        return high
    for _ in range(2):
        grid = np.geomspace(low, high, 1_000)
        best = int(np.argmax(_kept(grid, often, failures)))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return float(grid[best])


def expected(gpus: int, node: int, failures: Failures, interval: float) -> float:
    """Expected useful time as a share of the time of a long run with `interval` seconds of training between checkpoints, spares
    never wanting.

    By renewal: what is kept of the training between two restarts, by the time from one to the next. With failures alone and
    `write` 0 that is Daly's τ / (M e^{R/M} (e^{(τ+δ)/M} − 1)). Raises `BadInputError` as `rates` does.
    """
    often = rates(gpus, node, failures)
    stops = _lost(often, failures) + _planned(often, failures)
    if not stops:
        return interval / (interval + failures.stall) / (1 + often.cut * failures.cut)
    planned = _planned(often, failures)
    again = _planned_restart(often, failures)
    down = often.failure * _undisturbed(failures.detection + failures.restart, often.failure)
    down += often.cut * (failures.cut + failures.long_cuts * again)
    down += planned * (failures.stall + failures.write + again)
    kept = float(_kept(np.array([interval]), often, failures)[0])
    return kept * _speed(often, failures) * stops / (1 + down)


def _undisturbed(seconds: float, failure: float) -> float:
    """Expected seconds until `seconds` in a row have passed without a failure."""
    return math.expm1(min(seconds * failure, 700)) / failure if failure else seconds


def _planned_restart(often: Rates, failures: Failures) -> float:
    """Expected seconds of a restart that nothing need be detected for, unless something fails in it."""
    if not often.failure:
        return failures.restart
    fails = -math.expm1(-often.failure * failures.restart)
    return fails / often.failure + fails * _undisturbed(failures.detection + failures.restart, often.failure)


def _lost(often: Rates, failures: Failures) -> float:
    """Stops a second of training that lose work."""
    return often.failure + often.cut * failures.long_cuts


def _slow(often: Rates, failures: Failures) -> tuple[float, float]:
    """Share of the training that is slow, and how often a second slow nodes are found."""
    if not often.straggler:
        return 0.0, 0.0
    cycle = 1 / often.straggler + failures.noticed
    return failures.noticed / cycle, 1 / cycle


def _planned(often: Rates, failures: Failures) -> float:
    """Stops a second of training that lose no work."""
    return often.planned + _slow(often, failures)[1]


def _speed(often: Rates, failures: Failures) -> float:
    """Mean speed of training, as a share of that without slow nodes."""
    return 1 - _slow(often, failures)[0] * failures.slowdown / (1 + failures.slowdown)


def _kept(interval: NDArray[np.float64], often: Rates, failures: Failures) -> NDArray[np.float64]:
    """Expected seconds of training between two restarts that are kept, at each `interval`: those up to the last durable checkpoint
    where a failure ends it, all where maintenance does."""
    lost, planned = _lost(often, failures), _planned(often, failures)
    stops = lost + planned
    cycle = interval + failures.stall
    repeated = -1 / np.expm1(-stops * cycle)
    durable = interval * np.exp(-stops * (failures.write + cycle)) * repeated
    trained = -np.expm1(-stops * interval) / stops * repeated
    return np.asarray((lost * durable + planned * trained) / stops)
