"""Data centres joined by a slow link: seconds of a step trained as one, or apart with a meeting now and then.

Each of S sites trains its own batch in `step` seconds, all that its accelerators say to each other included. Four ways to
join them, which all read S batches a step:

synchronous             gradients, already summed within a site, are summed between sites and go back, each step
synchronous, overlapped the same, in buckets, sent as the backward pass makes them; the last waits for its end
local updates           DiLoCo (Douillard et al. 2023, arXiv:2311.08105): each site takes H steps of AdamW alone; then sites stop,
                        sum how far each went, and Nesterov's momentum takes that as a gradient
streaming               Streaming DiLoCo (Douillard et al. 2025, arXiv:2501.18512): the same for one part of the network at a time, in
                        4 bits, while training goes on; what comes back is merged `overlap` steps later

A sum of V bytes over S sites sends at least 2 V (S - 1) / S from each (Patarasuk and Yuan 2009); parts in 4 bits go from each site
to all others, (S - 1) V, for sums do not fit into 4 bits. Two sites say one message to each other, S pass 2 (S - 1) around
a ring. Outer optimisers, stragglers between sites and other users of the link are not counted.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Final

from truthgpt.errors import BadInputError

WORTH: Final = 0.05
"""Share of a step below which what a link costs is not worth another way of training."""

SOURCE: Final = (
    "Charles et al. 2025, arXiv:2503.09799, tables 4 and 5: C4, 20 tokens a parameter, H = 30, tuned for each"
)
MEASURED: Final[tuple[tuple[float, dict[int, float]], ...]] = (
    (35e6, {2: 0.7, 4: 2.0, 8: 3.9}),
    (90e6, {2: 0.5, 4: 1.5, 8: 3.1}),
    (180e6, {2: 0.3, 4: 1.1, 8: 2.3}),
    (335e6, {2: 0.1, 4: 0.9, 8: 2.0}),
    (550e6, {2: 0.2, 4: 0.7, 8: 1.7}),
    (1.3e9, {2: 0.2, 4: 0.5, 8: 1.3}),
    (2.4e9, {2: -0.1, 4: 0.3, 8: 1.1}),
    (4e9, {2: -0.18, 4: 0.18}),
    (10e9, {2: -0.19, 4: 0.29}),
)
"""Parameters; percent by which DiLoCo's evaluation loss lies above that of data-parallel training, by the number of replicas."""
POWER: Final = 0.0953
"""Loss of data-parallel training falls with N^-0.0953 at 20 tokens a parameter (Charles et al. 2025, table 7)."""

_MOST: Final = 1e18

SYNCHRONOUS: Final = "synchronous"
OVERLAPPED: Final = "synchronous, overlapped"
LOCAL: Final = "local updates"
STREAMING: Final = "streaming"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to join the sites.

    seconds    of a step, and `slower`, the share by which that is more than `step`
    bytes      that a site sends a step; `utilisation` is the share of the link's bandwidth that they take
    needed     bytes/s of the smallest link at which `slower` is at most 5% (None: the latency alone costs more)
    endures    the longest cut of the link, in seconds, that costs nothing if it comes at the best moment
    idle       seconds that a cut of the length asked for stops training, on average over when it comes, and `idle_most`
    missed     meetings that sites miss at most if they do not stop but train on alone (None: they cannot)
    """

    name: str
    seconds: float
    slower: float
    bytes: float
    utilisation: float
    needed: float | None
    endures: float
    idle: float
    idle_most: float
    missed: int | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What local updates were measured to cost: `percent` of loss at `parameters` with `replicas`, the nearest that `source` has.

    `compute` is how many times the compute local updates take to come to the loss of data-parallel training, by the power law of
    the same paper (below 1: less). Nobody has measured this network; `notes` say how far it lies from those that were.
    """

    percent: float
    compute: float
    parameters: float
    replicas: int
    source: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sites:
    """The ways to join `sites` sites by a link of `link` bytes/s. `fastest` counts seconds alone; `choice` is the synchronous way
    while it is within 5% of the others, which pay for the loss that was measured by as much more compute and gain nothing where
    it was lower."""

    sites: int
    step: float
    link: float | None
    latency: float
    inner: int
    cut: float
    ways: tuple[Way, ...]
    fastest: str
    choice: str
    quality: Quality
    assumed: tuple[str, ...]

    def way(self, name: str) -> Way:
        """The way called `name`."""
        return next(way for way in self.ways if way.name == name)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON has it; a `link` without bounds is None."""
        return dataclasses.asdict(self)


def between_sites(
    *,
    step: float,
    backward: float,
    parameters: int,
    width: float,
    link: float,
    latency: float,
    inner: int,
    sites: int = 2,
    fragments: int = 16,
    overlap: int = 1,
    bits: float = 4,
    buckets: int = 32,
    cut: float = 600.0,
    late: int = 1,
) -> Sites:
    """Compares the ways to train over `sites` sites.

    step, backward      seconds of a step of one site alone, and the share of it in which final gradients arise: the backward pass
                        where the batch is read at once, that of the last microbatch where gradients are accumulated
    parameters, width   weights, and bytes of a gradient element on the link (streaming: `bits` bits)
    link, latency       bytes/s that a whole site sends, and at once receives, and seconds a message; `link` may be infinite
    inner               H, steps between two meetings
    fragments, overlap  parts of the network that stream, at most one a step, and steps until a part must have come back
    cut, late           seconds that the link is cut, and meetings that may be late before a site stops and waits

    Raises `BadInputError` where one of them cannot be.
    """
    run = _Run(
        step, backward, parameters, width, link, latency, inner, sites, fragments, overlap, bits, buckets, cut, late
    )  # fmt: skip
    ways = (_synchronous(run), _overlapped(run), _local(run), _streaming(run))
    quality = _quality(parameters, sites, inner)
    charge = max(1.0, quality.compute)
    costs = {way.name: way.seconds * (1.0 if way.missed is None else charge) for way in ways}
    best = min(costs, key=lambda name: costs[name])
    return Sites(
        sites=sites,
        step=step,
        link=None if math.isinf(link) else link,
        latency=latency,
        inner=inner,
        cut=cut,
        ways=ways,
        fastest=min(ways, key=lambda way: way.seconds).name,
        choice=OVERLAPPED if costs[OVERLAPPED] <= (1 + WORTH) * costs[best] else best,
        quality=quality,
        assumed=_assumed(run),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """What `between_sites` is given."""

    step: float
    backward: float
    parameters: int
    width: float
    link: float
    latency: float
    inner: int
    sites: int
    fragments: int
    overlap: int
    bits: float
    buckets: int
    cut: float
    late: int

    def __post_init__(self) -> None:
        for name in ("step", "parameters", "width", "bits"):
            if not 0 < (value := getattr(self, name)) <= _MOST:
                raise BadInputError(f"sites: {name} is {value}; it must be above 0, and at most {_MOST:g}")
        least = {
            "latency": 0,
            "overlap": 0,
            "cut": 0,
            "late": 0,
            "inner": 1,
            "fragments": 1,
            "buckets": 1,
            "sites": 2,
        }
        for name, bound in least.items():
            if not bound <= (value := getattr(self, name)) <= _MOST:
                raise BadInputError(
                    f"sites: {name} is {value}; it must be at least {bound}, and at most {_MOST:g}"
                )
        if not 0 <= self.backward <= 1:
            raise BadInputError(f"sites: backward is {self.backward}; it is a share of the step, from 0 to 1")
        if not self.link > 0:
            raise BadInputError(f"sites: link is {self.link}; it must be above 0 bytes/s")

    @property
    def size(self) -> float:
        """Bytes that a site sends for a sum over all."""
        return 2 * (self.sites - 1) / self.sites * self.parameters * self.width

    @property
    def messages(self) -> float:
        """Seconds of a sum that no bandwidth saves."""
        return self.latency * (1 if self.sites == 2 else 2 * (self.sites - 1))

    @property
    def meeting(self) -> float:
        """Seconds of a sum over all sites."""
        return self.size / self.link + self.messages

    @property
    def train(self) -> float:
        """Seconds of training between two meetings."""
        return self.inner * self.step

    @property
    def spare(self) -> float:
        """Seconds a step that bytes may take while the link costs no more than is worth it."""
        return WORTH * self.step - self.messages


def _synchronous(run: _Run) -> Way:
    return _way(run, SYNCHRONOUS, run.meeting, run.size, _link(run.size, run.spare))


def _overlapped(run: _Run) -> Way:
    hidden = run.backward * run.step * (1 - 1 / run.buckets)
    carried = run.size / run.link
    exposed = max(carried - hidden, carried / run.buckets) + run.messages
    needed = _link(run.size, min(hidden + run.spare, run.buckets * run.spare))
    return _way(run, OVERLAPPED, exposed, run.size, needed)


def _local(run: _Run) -> Way:
    needed = _link(run.size, WORTH * run.train - run.messages)
    window = run.late * run.train, run.meeting, run.train
    return _way(run, LOCAL, run.meeting / run.inner, run.size / run.inner, needed, window)


def _streaming(run: _Run) -> Way:
    parts = min(run.fragments, run.inner)
    size = (run.sites - 1) * run.parameters * run.bits / 8 / parts
    seconds, until, apart = size / run.link + run.latency, run.overlap * run.step, run.train / parts
    # A part is waited for past its time; and parts cannot be sent faster than the link carries them.
    exposed = parts * max(0.0, seconds - until, seconds - apart) / run.inner
    needed = _link(size, min(until, apart) + WORTH * apart - run.latency)
    busy = min(seconds, apart)
    window = run.late * run.train + max(0.0, until - seconds), busy, apart - busy
    return _way(run, STREAMING, exposed, parts * size / run.inner, needed, window)


def _way(
    run: _Run,
    name: str,
    exposed: float,
    sent: float,
    needed: float | None,
    window: tuple[float, float, float] | None = None,
) -> Way:
    """The way that adds `exposed` seconds to a step and sends `sent` bytes in it; `window` is what `_idle` asks for, None where a
    run stops with its link."""
    seconds = run.step + exposed
    slack, carries, free = window or (0.0, seconds, 0.0)
    idle, most = _idle(run.cut, slack, carries, free)
    return Way(
        name=name,
        seconds=seconds,
        slower=exposed / run.step,
        bytes=sent,
        utilisation=sent / (run.link * seconds),
        needed=needed,
        endures=slack + free,
        idle=idle,
        idle_most=most,
        missed=None if window is None else math.ceil(run.cut / (run.inner * seconds)),
    )


def _link(size: float, seconds: float) -> float | None:
    """Bytes/s that carry `size` bytes in `seconds`; None where there are none left."""
    return size / seconds if seconds > 0 else None


def _idle(cut: float, slack: float, carries: float, free: float) -> tuple[float, float]:
    """Seconds that a cut stops training, on average and at most.

    The link carries something for `carries` seconds, then rests for `free`, again and again; what it carries may come `slack` seconds
    late. A cut that begins while the link carries is felt in full, one that begins v seconds before it next does is felt less v.
    """
    felt = max(0.0, cut - slack)
    within = min(felt, free)
    return (carries * felt + within * (felt - within / 2)) / (carries + free), felt


def _quality(parameters: int, sites: int, inner: int) -> Quality:
    replicas = min((many for many in (2, 4, 8) if many >= sites), default=8)
    size, row = min(
        ((size, row) for size, row in MEASURED if replicas in row),
        key=lambda one: abs(math.log(one[0] / parameters)),
    )
    notes = [
        "a loss on C4; not certain of another network, corpus or optimiser",
        "streaming was measured to cost 0.4% at 4e9 parameters with H = 100, and nothing at 1e9 on 25 to 250 billion tokens "
        "(Douillard et al. 2025, tables 5 and 1)",
    ]
    if not 0.5 <= parameters / size <= 2:
        notes.append(f"the nearest network measured has {size:.2g} parameters, this one {parameters:.2g}")
    if sites > replicas:
        notes.append(f"at most {replicas} replicas were measured, these are {sites}")
    if inner > 30:
        notes.append(
            f"loss grows with H, less for larger networks (figure 9, H up to 300); here H is {inner}"
        )
    percent = row[replicas]
    return Quality(percent, (1 + percent / 100) ** (2 / POWER), size, replicas, SOURCE, tuple(notes))


def _assumed(run: _Run) -> tuple[str, ...]:
    return (
        "all sites are alike, read as much a step and hold the whole network; the link carries nothing else",
        "a synchronous run stops while the link is cut, and takes up the transfer where it broke off",
        f"with local updates a site trains on until it has missed {_many(run.late, 'meeting')}, and then waits; outer steps one meeting late "
        "were found competitive where a site applies its own part at once (Kale et al. 2025, arXiv:2502.12996), later ones unmeasured",
        "where a site trains on alone instead, nothing stops and meetings are missed: as with a larger H, and not measured here",
        f"streaming sends {run.bits:g} bits a weight and merges a part {_many(run.overlap, 'step')} after it left",
    )


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
