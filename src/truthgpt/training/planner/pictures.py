"""A plan in, its pictures out: SVG for a page or a file of their own, no scripts and nothing from elsewhere."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Final

from truthgpt.training.planner.drawing import (
    COLOURS,
    ROW,
    Axis,
    Part,
    box,
    curve,
    legend,
    line,
    stacked,
    svg,
    text,
)  # fmt: skip
from truthgpt.training.planner.layout import Layout
from truthgpt.training.planner.planned import Planned
from truthgpt.training.planner.search import Option
from truthgpt.training.planner.timeline import Work, timeline
from truthgpt.training.planner.wording import (
    BYTES,
    SECONDS,
    big,
    compact,
    digits,
    duration,
    gigabytes,
    percent,
    short,
)  # fmt: skip

_WIDTH: Final = 440
_WIDE: Final = 920
_STAGES, _MICROBATCHES = 16, 24
"""What is drawn of a pipeline at the most."""
_INTERLEAVED: Final = (8, 16, 2)
"""What is drawn at the most where stages are in pieces: stages, microbatches and pieces."""
_OPTIONS: Final = 8
"""Points of the front that are named beside it."""
_BINS: Final = 24

_SECONDS: Final = {
    "products": "blue", "attention": "sky", "elementwise": "green", "tensor": "vermilion", "context": "orange",
    "expert": "yellow", "bubble": "pale", "sends": "dark", "data": "purple", "optimizer": "grey",
}  # fmt: skip
_BYTES: Final = {
    "weights": "blue", "gradients": "sky", "gathered": "green", "optimizer": "purple", "activations": "orange",
    "logits": "vermilion", "update": "yellow", "fragments": "pale", "context": "dark",
}  # fmt: skip
_KINDS: Final = (("forward", "sky"), ("backward", "blue"), ("weights", "orange"))
_LATER: Final = (
    '<pattern id="later" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V5" stroke="#fff" stroke-opacity="0.4" stroke-width="2.5"/></pattern>'
)


def schedule(planned: Planned) -> str:
    """The passes of each stage in time, where the pipeline is large those of a smaller one of the same schedule; without stages, the
    seconds of the step."""
    if planned.best.layout.pipeline == 1:
        return seconds(planned)
    small, count = _small(planned)
    works = timeline(small, planned.best.step, count)
    left, top, high = 62, 34, 20 if small.pipeline > 8 else 26
    axis = Axis(0, max(work.end for work in works), left, _WIDE)
    parts = [_LATER if small.interleave > 1 else "", *_kinds(left, small)]
    for stage in range(small.pipeline):
        y = top + stage * (high + 3)
        parts += [
            text(0, y + high / 2 + 4.5, f"stage {stage + 1}", "soft"),
            box(left, y, _WIDE - left, high, kind="empty"),
        ]
    parts += _passes(works, axis, top, high)
    bottom = top + small.pipeline * (high + 3) + 15
    parts += [text(left, bottom, "start", "soft"), text(_WIDE, bottom, "time →", "soft", "end")]
    title = "The pipeline of a step, stage by stage"
    return svg("schedule", title, schedule_said(planned), _WIDE, bottom + 8, parts)


def schedule_said(planned: Planned) -> str:
    """What the picture of the schedule shows, in words: how long stages wait, and how much smaller it is than the pipeline."""
    layout, step = planned.best.layout, planned.best.step
    if layout.pipeline == 1:
        return "There is one stage: nothing waits for another."
    lost = step.terms["bubble"]
    said = (
        f"Of a step's {duration(step.seconds)} a stage waits {duration(lost)} for others, {percent(lost / step.seconds)}, "
        f"while the pipeline fills and drains."
    )
    small, count = _small(planned)
    parts = [
        (small.pipeline, layout.pipeline, "stages"),
        (count, step.microbatches, "microbatches"),
        (small.interleave, layout.interleave, "pieces a stage"),
    ]
    fewer = [f"{some} of {all_:,} {what}" for some, all_, what in parts if some < all_]
    if not fewer:
        return said
    return f"{said} Drawn is a smaller pipeline of the same schedule, with {', '.join(fewer)}: how much it waits is not to scale."


def _small(planned: Planned) -> tuple[Layout, int]:
    """The pipeline that is drawn, and its microbatches."""
    layout, count = planned.best.layout, planned.best.step.microbatches
    if layout.schedule != "interleaved":
        return dataclasses.replace(layout, pipeline=min(layout.pipeline, _STAGES)), min(count, _MICROBATCHES)
    stages, most, pieces = _INTERLEAVED
    stages = min(layout.pipeline, stages)
    small = dataclasses.replace(layout, pipeline=stages, interleave=min(layout.interleave, pieces))
    return small, min(count, most) // stages * stages


def _kinds(left: float, layout: Layout) -> list[str]:
    """What the colours of a schedule mean."""
    zero = layout.schedule == "zero-bubble"
    names = (
        ["forward", "backward, of what came in", "backward, of weights"] if zero else ["forward", "backward"]
    )
    boxes = [
        (name, box(0, 0, 17, 17, fill=COLOURS[colour][0]))
        for name, (_, colour) in zip(names, _KINDS, strict=False)
    ]
    if layout.interleave > 1:
        boxes.append(
            ("later piece", box(0, 0, 17, 17, fill=COLOURS["sky"][0]) + box(0, 0, 17, 17, fill="url(#later)"))
        )
    boxes.append(("waiting", box(0, 0, 17, 17, kind="empty")))
    parts, x = [], left
    for name, drawn in boxes:
        parts.append(f'<g transform="translate({x:g} 4)">{drawn}{text(24, 13, name)}</g>')
        x += 48 + 6.6 * len(name)
    parts.append(text(_WIDE, 17, "numbers: microbatches", "soft", "end"))
    return parts


def _passes(works: Sequence[Work], axis: Axis, top: float, high: float) -> list[str]:
    """One path for all passes of a kind, one more over those of later pieces, and numbers where there is room."""
    paths: dict[str, list[str]] = {kind: [] for kind, _ in _KINDS}
    later, numbers = [], []
    inks = {kind: COLOURS[colour][1] for kind, colour in _KINDS}
    for work in works:
        if work.end <= work.start:
            continue
        x, wide, y = (
            axis.at(work.start),
            axis.at(work.end) - axis.at(work.start),
            top + work.stage * (high + 3),
        )
        gap = min(0.8, wide / 4)
        outline = f"M{x:.1f} {y:g}h{wide - gap:.1f}v{high}h{gap - wide:.1f}z"
        paths[work.kind].append(outline)
        if work.piece:
            later.append(outline)
        number = str(work.microbatch + 1)
        if wide >= 5 + 4.5 * len(number):
            look = "small" if len(number) == 1 else "tiny"
            numbers.append(
                text(x + (wide - gap) / 2, y + high / 2 + 4, number, look, "middle", inks[work.kind])
            )
    parts = [
        f'<path fill="{COLOURS[colour][0]}" d="{"".join(paths[kind])}"/>'
        for kind, colour in _KINDS
        if paths[kind]
    ]
    if later:
        parts.append(f'<path fill="url(#later)" d="{"".join(later)}"/>')
    return parts + numbers


def seconds(planned: Planned) -> str:
    """The seconds of a step by what they are spent on."""
    step = planned.best.step
    parts = [
        Part(spent, _SECONDS.get(name, "grey"), SECONDS.get(name, name), duration(spent), percent(spent / step.seconds))
        for name, spent in step.terms.items()
        if spent > 0
    ]  # fmt: skip
    axis = Axis(0, step.seconds, 0, _WIDTH)
    drawn = [*stacked(parts, axis, 0, 34), *legend(parts, 66, _WIDTH)]
    said = f"Of {duration(step.seconds)}: {_listed(parts)}."
    return svg("seconds", "Where a step's time goes", said, _WIDTH, 66 + ROW * len(parts), drawn)


def memory(planned: Planned) -> str:
    """The memory of the fullest accelerator by what it holds, beside what there is."""
    best, limit = planned.best, planned.machine.accelerator.memory
    parts = [
        Part(held, _BYTES.get(name, "grey"), BYTES.get(name, name), gigabytes(held), percent(held / limit))
        for name, held in best.memory.items()
        if held > 0
    ]
    axis = Axis(0, max(limit, best.held), 0, _WIDTH - 2)
    end = axis.at(limit)
    drawn = [
        text(0, 13, f"{gigabytes(best.held)} held", "bold"),
        text(end, 13, f"limit: {gigabytes(limit)} ▾", "bold", "end"),
        box(0, 24, end, 34, kind="empty"),
        *stacked(parts, axis, 24, 34),
        line(end, 18, end, 64, "mark"),
        *legend(parts, 90, _WIDTH),
    ]
    said = (
        f"Of {gigabytes(limit)} each, the fullest accelerator holds {gigabytes(best.held)}: {_listed(parts)}."
    )
    title = "What the fullest accelerator holds"
    return svg("memory", title, said, _WIDTH, 90 + ROW * len(parts), drawn)


def _listed(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.name} {part.value}" for part in parts)


def front(planned: Planned) -> str:
    """Layouts than which none is both as fast and as small: seconds of a step and bytes, numbered."""
    shown = spread(planned.front)
    limit = planned.machine.accelerator.memory
    least, most = shown[0].step.seconds, shown[-1].step.seconds
    room = (most - least) * 0.08 or least * 0.1
    log = most > 4 * least
    x = Axis(least * 0.92 if log else least - room, most * 1.09 if log else most + room, 40, _WIDTH, log)
    y = Axis(0, limit * 1.1, 236, 24)
    parts = [
        *_across(x, y, [(tick, digits(tick / 1e9)) for tick in y.ticks(5)]),
        *_below(x, [(tick, f"{tick:g}") for tick in x.ticks(5)], 254),
        text(_WIDTH / 2, 274, "seconds a step", "soft", "middle"),
        text(40, 14, f"GB; dashed: the limit of {gigabytes(limit)}", "soft"),
        line(40, y.at(limit), _WIDTH, y.at(limit), "mark dash"),
        curve([(x.at(one.step.seconds), y.at(one.held)) for one in shown], "soft-line"),
    ]
    for number, option in enumerate(shown, 1):
        at, level, best = x.at(option.step.seconds), y.at(option.held), number == 1
        parts.append(_dot(at, level, best))
        # Over and under the line in turn, since neighbours may be near.
        aside = (10, 4, "start") if best else (8, -7, "start") if number % 2 else (-7, 16, "end")
        parts.append(text(at + aside[0], level + aside[1], str(number), "bold" if best else "", aside[2]))
    said = []
    for number, option in enumerate(shown, 1):
        base, look = 280 + ROW * number, "bold" if number == 1 else ""
        words = duration(option.step.seconds), gigabytes(option.held), short(option.layout)
        parts += [
            text(0, base, str(number), look),
            text(76, base, words[0], look, "end"),
            text(142, base, words[1], look, "end"),
            text(154, base, words[2] + (", the best" if number == 1 else ""), f"small {look}".strip()),
        ]
        said.append(f"{words[2]}: {words[0]}, {words[1]}")
    title = "Faster or smaller: layouts that none beats in both"
    return svg("front", title, "; ".join(said) + ".", _WIDTH, 290 + ROW * len(shown), parts)


def spread(options: Sequence[Option]) -> Sequence[Option]:
    """At most `_OPTIONS` of them, the first and the last among them."""
    if len(options) <= _OPTIONS:
        return options
    return [options[round(number * (len(options) - 1) / (_OPTIONS - 1))] for number in range(_OPTIONS)]


def goodput(planned: Planned) -> str:
    """How the useful share of time is spread over simulated runs, with the quantiles of 5, 50 and 95%."""
    found = planned.goodput
    least, most = min(found.samples), max(found.samples)
    room = max(most - least, 0.002)
    low, high = max(0.0, least - room * 0.05), min(1.0, most + room * 0.05)
    width = (high - low) / _BINS
    counts = [0] * _BINS
    for sample in found.samples:
        counts[min(_BINS - 1, int((sample - low) / width))] += 1
    x, y = Axis(low, high, 26, _WIDTH - 26), Axis(0, max(counts), 216, 56)
    places = 2 if high - low < 0.02 else 1
    bars = [
        box(x.at(low + number * width), y.at(count), x.at(low + width) - x.at(low) - 1, 216 - y.at(count), kind="main")
        for number, count in enumerate(counts)
        if count
    ]  # fmt: skip
    parts = [
        *bars,
        line(0, 216, _WIDTH, 216, "soft-line"),
        *_below(x, [(tick, percent(tick, places)) for tick in x.ticks(4)], 234),
        text(_WIDTH / 2, 254, "useful time as a share of all time", "soft", "middle"),
    ]
    marks = (
        ("5%", found.low, 46, "start"),
        ("median", found.median, _WIDTH / 2, ""),
        ("95%", found.high, _WIDTH - 46, "end"),
    )
    for name, value, label, anchor in marks:
        at, median = x.at(min(max(value, low), high)), name == "median"
        place = {"start": 0, "end": _WIDTH}.get(anchor, label)
        parts += [
            text(place, 13, f"{name}: {percent(value, 2)}", "bold" if median else "", anchor or "middle"),
            curve([(label, 19), (at, 46), (at, 216)], "mark" if median else "mark dash"),
        ]
    said = (
        f"Of {len(found.samples)} simulated runs the median spends {percent(found.median, 2)} of its time usefully, "
        f"one in twenty less than {percent(found.low, 2)}, one in twenty more than {percent(found.high, 2)}."
    )
    return svg("goodput", "Useful time of simulated runs", said, _WIDTH, 260, parts)


def scaling(planned: Planned) -> str:
    """Tokens a second over accelerators, by logarithms, each with its MFU; dashed, what they would read at the best point's MFU."""
    days = 86_400
    speeds = {each.ranks: (planned.tokens / (each.days * days), each.utilisation) for each in planned.scaling}
    speeds[planned.ranks] = planned.tokens_a_second, planned.utilisation
    points = sorted(speeds.items())
    first, last = points[0][0], points[-1][0]
    best = max(speed / count for count, (speed, _) in points)
    x = Axis(first / 1.25, last * 1.25, 52, _WIDTH - 14, log=True)
    y = Axis(min(speed for _, (speed, _) in points) / 2.5, best * last * 1.5, 246, 30, log=True)
    parts = [
        *_across(x, y, [(tick, compact(tick)) for tick in y.ticks(4)]),
        *_below(x, [(count, f"{count:,}") for count in (each for each, _ in points)], 264),
        text(_WIDTH / 2, 284, "accelerators", "soft", "middle"),
        text(0, 14, "tokens a second; at each point its MFU; dashed: the best MFU kept", "soft"),
        curve([(x.at(count), y.at(best * count)) for count in (first, last)], "soft-line dash"),
        curve([(x.at(count), y.at(speed)) for count, (speed, _) in points], "curve"),
    ]
    for count, (speed, used) in points:
        at, level, mine = x.at(count), y.at(speed), count == planned.ranks
        parts += [
            _dot(at, level, mine),
            text(at, level + 20, percent(used, 0), "small bold" if mine else "small", "middle"),
        ]
    said = "; ".join(
        f"{count:,} accelerators: {big(speed)} tokens a second, MFU {percent(used, 0)}"
        for count, (speed, used) in points
    )
    return svg("scaling", "How speed grows with accelerators", said + ".", _WIDTH, 290, parts)


def _dot(x: float, y: float, best: bool) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if best else 4}" class="{"main" if best else "hollow"}"/>'
    )


def _across(x: Axis, y: Axis, ticks: Sequence[tuple[float, str]]) -> list[str]:
    """Lines across at `ticks` of `y`, named on the left."""
    lines = [line(x.start, y.at(tick), x.end, y.at(tick)) for tick, _ in ticks]
    return lines + [text(x.start - 6, y.at(tick) + 4, said, "soft", "end") for tick, said in ticks]


def _below(x: Axis, ticks: Sequence[tuple[float, str]], base: float) -> list[str]:
    """Names of `ticks` along `x`, the last first; those that would run into another are left out."""
    parts, left = [], math.inf
    for tick, said in reversed(ticks):
        half = 4 * len(said)
        if x.at(tick) + half <= left:
            parts.append(text(x.at(tick), base, said, "soft", "middle"))
            left = x.at(tick) - half
    return parts
