"""The words of a plan: terms, layouts and numbers as a person reads them who has never laid out a network."""

from __future__ import annotations

import math
from typing import Final

from truthgpt.training.planner.layout import Layout
from truthgpt.training.planner.planned import Planned
from truthgpt.training.planner.transformer import KNOWN, Transformer

SECONDS: Final = {
    "products": "products of matrices",
    "attention": "attention",
    "elementwise": "norms, activations, softmax",
    "tensor": "exchange between tensor ranks",
    "context": "exchange between context ranks",
    "expert": "tokens to experts and back",
    "bubble": "stages waiting for each other",
    "uneven": "stages waiting for the slowest",
    "sends": "sends from stage to stage",
    "data": "summing gradients over copies",
    "optimizer": "updating weights",
}
"""What a step's seconds are spent on."""

BYTES: Final = {
    "weights": "weights",
    "gradients": "gradients",
    "gathered": "weights gathered for now",
    "optimizer": "state of the optimizer",
    "activations": "activations kept for backward",
    "logits": "scores of the vocabulary",
    "update": "products of the update",
    "fragments": "lost between blocks",
    "context": "driver, libraries, buffers",
}
"""What memory holds."""

CAUSES: Final = {
    "redone": "Work done again since the last checkpoint",
    "checkpoints": "Standing still for checkpoints",
    "restarts": "Finding a failure and restarting",
    "spares": "Waiting for a node",
    "stragglers": "Slow nodes",
    "network": "Cuts of the network",
}
"""What time is lost to."""

_SCHEDULES: Final = {
    "1f1b": "one forward, one backward pass in turn (1F1B)",
    "interleaved": "one forward, one backward pass in turn (interleaved 1F1B)",
    "zero-bubble": "gradients of weights last, to fill the waits (zero-bubble, ZB-H1)",
}
_SHARDINGS: Final = {
    "none": ("DDP", "each copy holds all weights, gradients and the state of the optimizer"),
    "optimizer": ("ZeRO-1", "the copies share out the state of the optimizer; each holds all weights and gradients"),
    "full": ("FSDP", "the copies share out weights, gradients and the state of the optimizer, and gather weights as they need them"),
}  # fmt: skip
_RECOMPUTES: Final = {
    "none": "all results that the backward pass needs are kept",
    "selective": "results that are large and quick to make are made anew in the backward pass",
    "full": "of each block only what goes in is kept; the rest is made anew in the backward pass",
}
_OPTIMIZERS: Final = {"adamw": "AdamW", "muon": "Muon"}


def layout_rows(planned: Planned) -> list[tuple[str, str]]:
    """The layout from the smallest group of accelerators to the largest: what the field calls each part of it, and what that is."""
    layout, job, count = planned.best.layout, planned.job, planned.best.step.microbatches
    rows = []
    if layout.tensor > 1:
        more = ", and what lies between products, by tokens (SP)" if layout.sequence else ""
        rows.append(
            (f"TP {layout.tensor}", f"{layout.tensor} accelerators share each product of matrices{more}")
        )
    if layout.context > 1:
        who = "groups of these" if layout.tensor > 1 else "accelerators"
        rows.append((f"CP {layout.context}", f"{layout.context} {who} share each sequence of text"))
    if layout.pipeline > 1:
        pieces = (
            f", each in {layout.interleave} pieces far apart in the network," if layout.interleave > 1 else ""
        )
        rows.append(
            (
                f"PP {layout.pipeline}" + (f" × {layout.interleave}" if pieces else ""),
                f"{layout.pipeline} stages{pieces} work like an assembly line: {_SCHEDULES[layout.schedule]}",
            )
        )
    if layout.data > 1:
        rows.append((f"DP {layout.data}", f"{layout.data} copies of the network read different text"))
    if layout.expert > 1:
        rows.append((f"EP {layout.expert}", f"{layout.expert} of the copies share the experts of each block"))
    if layout.data * layout.context > 1:
        name, said = _SHARDINGS[layout.sharding]
        if layout.replicate > 1:
            name, said = (
                f"HSDP {layout.replicate}",
                f"in each of {layout.replicate} groups {said.removeprefix('the copies ')}",
            )
        rows.append((name, said))
    one = "1 sequence is" if layout.micro == 1 else f"{layout.micro} sequences are"
    rows.append(
        (f"micro-batch {layout.micro}", f"{one} computed at once, {count:,} times one after the other a step")
    )
    rows.append(
        ("no recompute" if layout.recompute == "none" else f"{layout.recompute} recompute", _RECOMPUTES[layout.recompute])
    )  # fmt: skip
    rows.append(
        (
            f"{job.precision}, {_OPTIMIZERS[job.optimizer]}",
            "the numbers that products are computed in, and how weights are updated",
        )
    )
    return rows


def short(layout: Layout) -> str:
    """The layout by the field's short names, degrees of one left out: TP8 SP PP16x8 DP32 ZeRO-1 micro 1."""
    stages = f"PP{layout.pipeline}" + (f"x{layout.interleave}" if layout.interleave > 1 else "")
    sharding = {
        "none": "",
        "optimizer": "ZeRO-1",
        "full": "FSDP" if layout.replicate == 1 else f"HSDP in {layout.replicate}",
    }
    parts = [
        f"TP{layout.tensor}" if layout.tensor > 1 else "",
        "SP" if layout.sequence else "",
        f"CP{layout.context}" if layout.context > 1 else "",
        stages if layout.pipeline > 1 else "",
        "ZB" if layout.schedule == "zero-bubble" else "",
        f"EP{layout.expert}" if layout.expert > 1 else "",
        f"DP{layout.data}",
        sharding[layout.sharding] if layout.data * layout.context > 1 else "",
        f"micro {layout.micro}",
        f"{layout.recompute} recompute" if layout.recompute != "none" else "",
    ]
    return " ".join(part for part in parts if part)


def network_name(network: Transformer) -> str:
    """What a network is called, or is like."""
    for name, known in KNOWN.items():
        if known == network:
            return name
    if network.experts:
        return f"A mixture of {network.experts} experts"
    return "A network like Llama's" if network.gated else "A network like GPT's"


def big(number: float) -> str:
    """Three digits and a word: 1,010 billion is 1.01 trillion."""
    return _scaled(number, (" trillion", " billion", " million", " thousand"))


def compact(number: float) -> str:
    """Three digits and a letter, for the axis of a picture."""
    return _scaled(number, ("T", "B", "M", "k"))


def _scaled(number: float, names: tuple[str, str, str, str]) -> str:
    for size, name in zip((1e12, 1e9, 1e6, 1e3), names, strict=True):
        if number >= size * 0.9995:
            return f"{digits(number / size)}{name}"
    return digits(number)


def digits(number: float) -> str:
    """Three digits, no exponent, no zeros at the end behind the point."""
    if not math.isfinite(number):
        return "∞"
    if number == 0:
        return "0"
    number = float(f"{number:.3g}")
    said = f"{number:,.{max(0, 2 - math.floor(math.log10(abs(number))))}f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def power(number: float) -> str:
    """Three digits and a power of ten, as print has it."""
    factor, exponent = f"{number:.2e}".split("e")
    return f"{factor} × 10^{int(exponent)}"


def duration(seconds: float) -> str:
    """Three digits in the unit that fits."""
    if not math.isfinite(seconds):
        return "for ever"
    for size, word in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{digits(seconds / size)} {word}"
    if seconds >= 1 or seconds == 0:
        return f"{digits(seconds)} s"
    return f"{digits(seconds * 1e3)} ms" if seconds >= 1e-3 else f"{digits(seconds * 1e6)} µs"


def money(dollars: float) -> str:
    """Dollars, three digits."""
    return f"${big(dollars)}" if dollars >= 1e6 or not math.isfinite(dollars) else f"${dollars:,.0f}"


def percent(share: float, places: int = 1) -> str:
    """A share of one in hundredths; one that is there is not written as nothing."""
    least = 10.0**-places
    return f"{100 * share:.{places}f}%" if not 0 < 100 * share < least / 2 else f"<{least:.{places}f}%"


def gigabytes(size: float) -> str:
    """10^9 bytes, or 10^6 where that is less than one."""
    return f"{digits(size / 1e9)} GB" if size >= 1e9 else f"{digits(size / 1e6)} MB"


def energy(kwh: float) -> str:
    """Kilowatt-hours in the unit that fits."""
    for size, name in ((1e6, "GWh"), (1e3, "MWh")):
        if kwh >= size:
            return f"{digits(kwh / size)} {name}"
    return f"{digits(kwh)} kWh"
