"""A plan in, a page out: one HTML file that needs nothing else, reads on a phone, in light, dark and print, and runs no script.

What comes from a machine's file or from anybody's words is escaped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final

from truthgpt.corpus import durable
from truthgpt.training.planner import pictures
from truthgpt.training.planner.optimum import Optimum, line
from truthgpt.training.planner.planned import Planned
from truthgpt.training.planner.sites import Sites
from truthgpt.training.planner.wording import (
    CAUSES,
    big,
    digits,
    duration,
    energy,
    gigabytes,
    layout_rows,
    money,
    network_name,
    percent,
    power,
    short,
)  # fmt: skip

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_POWER: Final = re.compile(r"\b10\^(\d+)\b")
_ONE: Final = re.compile(r"\b1e\+?0*(\d+)\b")
_FLOAT: Final = re.compile(r"\b(\d+(?:\.\d+)?)e\+?0*(\d+)\b")

Cells = Sequence[str]


def write(planned: Planned, path: Path) -> None:
    """Makes `path` hold the page, whole or not at all. Raises `MissingError` where it cannot be written."""
    durable.write(path, page(planned).encode())


def page(planned: Planned) -> str:
    """The page of a plan."""
    headline = _headline(planned)
    style = files("truthgpt.training.planner").joinpath("page.css").read_text(encoding="utf-8")
    body = "".join(
        [
            _top(planned, headline),
            _layout(planned),
            _step(planned),
            _cost(planned),
            _failures(planned),
            _others(planned),
            _act(planned),
            _optimum(planned.optimum) if planned.optimum else "",
            _sites(planned.sites) if planned.sites else "",
            _trust(planned),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(headline)}</title>\n<style>\n{style}</style>\n</head>\n'
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _headline(planned: Planned) -> str:
    name, size = network_name(planned.job.transformer), planned.job.transformer.parameters
    # A trillion is not the same number in all languages.
    whole = f"{big(size)} parameters" if size < 1e12 else f"{size / 1e9:,.0f} billion parameters"
    if planned.job.transformer.experts:
        whole += f" of which a token meets {big(planned.job.transformer.active_parameters)}"
    said = (
        f"{name}, {whole}, on {_machines(planned)}: {duration(planned.seconds)} a step, "
        f"{percent(planned.utilisation, 0)} MFU"
    )
    if not _ends(planned):
        return f"{said}; but so much fails that it never finishes."
    paid = f", {money(planned.dollars)}" if planned.machine.cost.hour else ""
    return f"{said}, {_wall(planned)}{paid}."


def _machines(planned: Planned) -> str:
    return f"{planned.ranks:,} {planned.machine.name}" if planned.ranks > 1 else f"one {planned.machine.name}"


def _ends(planned: Planned) -> bool:
    return planned.goodput.finishes and math.isfinite(planned.wall)


def _wall(planned: Planned) -> str:
    """How long the run takes with all that fails."""
    return duration(planned.wall * 86_400) if _ends(planned) else "never"


def _top(planned: Planned, headline: str) -> str:
    tiles = [
        (duration(planned.seconds), f"a step of {big(planned.job.tokens)} tokens"),
        (percent(planned.utilisation, 0), "of the peak in bfloat16 (MFU)"),
        (big(planned.tokens_a_second), "tokens a second"),
        (_wall(planned), f"for {big(planned.tokens)} tokens, failures included"),
        (percent(planned.goodput.goodput), "of that time is useful (goodput)"),
    ]
    if planned.machine.cost.hour and _ends(planned):
        tiles.append((money(planned.dollars), f"rented, at prices of {planned.machine.cost.date}"))
    shown = "".join(f"<div><dt>{escape(said)}</dt><dd>{escape(value)}</dd></div>" for value, said in tiles)
    return (
        f'<header><p class="kind">TruthGPT · plan of a training run</p><h1>{escape(headline)}</h1></header>\n'
        f'<dl class="tiles">{shown}</dl>\n'
    )


def _layout(planned: Planned) -> str:
    network, layout = planned.job.transformer, planned.best.layout
    place = f"each of {planned.sites.sites} sites" if planned.sites else _machines(planned)
    best = f"Of {planned.fitting:,} layouts that fit on {place}, this is the fastest."
    lede = (
        f"The network has {network.layers} blocks of width {network.width:,}; a step reads {planned.job.batch:,} sequences of "
        f"{planned.job.length:,} tokens. {best if planned.fitting > 1 else f'One layout fits on {place}.'}"
    )
    degrees = [each for each in (layout.tensor, layout.context, layout.pipeline, layout.data) if each > 1]
    if len(degrees) > 1:
        lede += f" {' × '.join(map(str, degrees))} = {layout.ranks:,} accelerators."
    return _section("How the work is laid out", _p(lede) + _table((), layout_rows(planned), "layout"))


def _step(planned: Planned) -> str:
    parts = ""
    if planned.best.layout.pipeline > 1:
        parts = _figure(pictures.schedule(planned), pictures.schedule_said(planned), wide=True)
    free = planned.machine.accelerator.memory - planned.best.held
    notes = []
    if planned.ranks > 1:
        notes.append("Of exchange between accelerators, only what does not run beside other work.")
    if planned.sites:
        notes.append(f"This is a site's own step; with the link it takes {duration(planned.seconds)}.")
    parts += _pair(
        _figure(pictures.seconds(planned), " ".join(notes), title="Where the time of a step goes"),
        _figure(
            pictures.memory(planned),
            f"{gigabytes(free)} stay free.",
            title="What the fullest accelerator holds",
        ),
    )
    return _section("A step, in time and memory", parts)


def _cost(planned: Planned) -> str:
    cost, rows = planned.machine.cost, []
    if cost.hour and _ends(planned):
        hours = big(planned.ranks * planned.wall * 24)
        rows.append(("Rented", money(planned.dollars), f"{hours} accelerator-hours at ${cost.hour:,.2f}"))
    if cost.bought:
        what = f"{planned.ranks:,} at {money(cost.bought)}, power and building not included"
        rows.append(("Bought instead", money(planned.bought), what))
    if _ends(planned):
        what = f"{planned.machine.watts:,.0f} W for each accelerator, with all around it and the building"
        rows.append(("Energy, at the most", energy(planned.kwh), what))
    rows.append(("Training alone", duration(planned.days * 86_400), "while nothing fails"))
    useful = f"{percent(planned.goodput.goodput)} of it useful"
    rows.append(("Training with failures", _wall(planned), useful))
    note = f"Prices as of {cost.date}. {cost.source}" if cost.source else f"Prices as of {cost.date}."
    return _section("Time and cost", _table((), rows, "sums") + _p(note, "source"))


def _failures(planned: Planned) -> str:
    found = planned.goodput
    if not found.finishes:
        lede = "So much fails that the run never finishes: less than a hundredth of its time is useful, or in some runs none."
    else:
        lede = (
            f"Of {len(found.samples):,} simulated runs, half spend more than {percent(found.median, 2)} of their time usefully and one in "
            f"twenty less than {percent(found.low, 2)}. A run stops {digits(found.interruptions)} times a day and takes a checkpoint every "
            f"{duration(found.interval)} of training."
        )
    lost = [
        (CAUSES.get(cause, cause), percent(share, 2), duration(share * planned.wall * 86_400))
        for cause, share in sorted(found.lost.items(), key=lambda each: -each[1])
        if share > 0
    ]
    table = (
        _table(("Time is lost to", "Share", "In all"), lost, "numbers") if lost else _p("Nothing is lost.")
    )
    picture = _figure(pictures.goodput(planned), "", title="Useful time of simulated runs")
    return _section("What failures take", _p(lede) + _pair(f"<div>{table}</div>", picture))


def _others(planned: Planned) -> str:
    """Other layouts, and other numbers of accelerators."""
    figures, table = [], ""
    if planned.scaling:
        figures.append(
            _figure(
                pictures.scaling(planned),
                "The same run with about the same batch, each number in its fastest layout; the curve while nothing fails, the table with failures.",
                title="More or fewer accelerators",
            )
        )
        rows = [
            (f"{each.ranks:,}", percent(each.utilisation, 0), duration(each.wall * 86_400), money(each.dollars), short(each.option.layout))
            for each in planned.scaling
        ]  # fmt: skip
        table = _table(("Accelerators", "MFU", "Time", "Rented", "Fastest layout"), rows, "numbers")
    if len(planned.front) > 1:
        said = "Those that hold less than the fastest: none is both faster and smaller than one of these."
        figures.append(_figure(pictures.front(planned), said, title="Other layouts"))
    if planned.fewer is not None:
        sooner = duration(planned.fewer.wall * 86_400)
        table = (
            _p(
                f"With {planned.fewer.ranks:,} of them it would be done sooner, in {sooner} with failures: more layouts divide that number."
            )
            + table
        )
    return _section("What else could be done", _pair(*figures) + table) if figures or table else ""


def _act(planned: Planned) -> str:
    found = line(planned.flop)
    where = (
        f"Above the EU AI Act's line of 10^25 FLOP: {digits(found.times)} times as much"
        if found.above
        else f"Not above the EU AI Act's line of 10^25 FLOP: {digits(1 / found.times)} times less"
    )
    lede = f"{found.statement[0].upper()}{found.statement[1:]}."
    return _section(where, _p(lede), "act")


def _optimum(found: Optimum) -> str:
    low, high = found.loss_interval
    size = f"{big(found.parameters_interval[0])} to {big(found.parameters_interval[1])}"
    read = f"{big(found.tokens_interval[0])} to {big(found.tokens_interval[1])}"
    rows = [
        ("Parameters" + (" (given)" if found.given else ""), big(found.parameters), size),
        ("Tokens to read", big(found.tokens), read),
        ("Loss to expect", f"{found.loss:.3f}", f"{low:.3f} to {high:.3f}"),
    ]
    if found.unique is not None and found.epochs is not None:
        what = f"read {digits(found.epochs)} times, worth {big(found.effective)} new ones"
        rows.append(("Tokens of the corpus", big(found.unique), what))
    opinions = [
        (f"{one.name} ({one.source})", big(one.parameters), big(one.tokens), "–" if one.loss is None else f"{one.loss:.3f}")
        for one in found.opinions
    ]  # fmt: skip
    title = f"What this compute {'gives at this size' if found.given else 'is best spent on'}"
    return _section(
        title,
        _p(f"For {power(found.flop)} FLOP; {found.on}.")
        + _table(("", "Choice", "Fits and their errors allow"), rows, "sums")
        + _table(("Fit", "Parameters", "Tokens", "Loss"), opinions, "numbers")
        + _list(found.notes),
    )


def _sites(found: Sites) -> str:
    rows = [
        (
            way.name + (" ← taken" if way.name == found.choice else ""),
            duration(way.seconds),
            percent(way.slower),
            "no link is fast enough" if way.needed is None else _bits(way.needed),
            duration(way.idle),
        )
        for way in found.ways
    ]
    joined = "without bounds" if found.link is None else f"of {_bits(found.link)}"
    quality = found.quality
    better = "above" if quality.percent >= 0 else "below"
    said = (
        f"{found.sites} sites share the accelerators and the sequences of a step, joined by a link {joined} and {duration(found.latency)} "
        f"a message; the plan takes the way that is marked. Local "
        f"updates meet every {found.inner:,} steps; their loss was measured {digits(abs(quality.percent))}% {better} that of one site, at "
        f"{big(quality.parameters)} parameters with {quality.replicas} replicas ({quality.source})."
    )
    heads = (
        "Way",
        "A step",
        "Slower by",
        "Link needed for 5%",
        f"A cut of {duration(found.cut)} stops it for",
    )
    notes = (*quality.notes, *found.assumed)
    return _section("Sites joined by a link", _p(said) + _table(heads, rows, "numbers") + _list(notes))


def _trust(planned: Planned) -> str:
    said = (
        "All figures are predicted by formulas from the shape of the network, the data sheet of the machine and a few constants for each kind of "
        "machine, which say how much of the data sheet is reached. How far predictions were off on published runs that the constants were "
        "not fitted to, run by run, is said in docs/plan.md; expect errors of that size here, and larger ones for networks, layouts or "
        "machines unlike those."
    )
    kind = planned.machine
    facts = (
        ("Constants of this machine", kind.reached.fitted or "where they are from is not said"),
        ("Data sheet", kind.accelerator.source),
        ("Network", kind.network.source),
    )
    return _section(
        "How far to trust this", _p(said) + _table((), [fact for fact in facts if fact[1]], "facts")
    )


def _bits(rate: float) -> str:
    """Bytes a second as links are sold."""
    return f"{digits(rate * 8 / 1e12)} Tb/s" if rate * 8 >= 1e12 else f"{digits(rate * 8 / 1e9)} Gb/s"


def _section(title: str, body: str, kind: str = "") -> str:
    look = f' class="{kind}"' if kind else ""
    return f"<section{look}><h2>{_html(title)}</h2>{body}</section>\n"


def _html(said: str) -> str:
    """The text, escaped, with powers of ten raised."""
    powers = _POWER.sub(r"10<sup>\1</sup>", escape(said))
    return _FLOAT.sub(r"\1 × 10<sup>\2</sup>", _ONE.sub(r"10<sup>\1</sup>", powers))


def _p(said: str, kind: str = "") -> str:
    look = f' class="{kind}"' if kind else ""
    return f"<p{look}>{_html(' '.join(said.split()))}</p>"


def _list(said: Sequence[str]) -> str:
    return f'<ul class="source">{"".join(f"<li>{_html(each)}</li>" for each in said)}</ul>' if said else ""


def _table(heads: Cells, rows: Sequence[Cells], kind: str) -> str:
    """Rows under `heads` (none where there are none); the first cell of a row is its own head."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    head = f"<thead><tr>{top}</tr></thead>" if heads else ""
    return f'<div class="scroll"><table class="{kind}">{head}<tbody>{lines}</tbody></table></div>'


def _pair(*parts: str) -> str:
    """Side by side where there is room."""
    return f'<div class="pair">{"".join(parts)}</div>'


def _figure(picture: str, said: str, *, title: str = "", wide: bool = False) -> str:
    head = f"<h3>{escape(title)}</h3>" if title else ""
    below = f"<figcaption>{escape(said)}</figcaption>" if said else ""
    look = ' class="wide"' if wide else ""
    return f'<figure{look}>{head}<div class="scroll">{picture}</div>{below}</figure>'
