"""What pictures of a plan are made of: SVG that stands alone or in a page, reads in light and dark, and needs no colours to be read.

Colours are those of Okabe and Ito ("Color Universal Design", 2008), which people of all kinds of colour vision tell apart, and shades
of grey; what they mean is said beside them in words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple

COLOURS: Final = {
    "blue": ("#0072b2", "#fff"),
    "sky": ("#56b4e9", "#000"),
    "green": ("#009e73", "#000"),
    "vermilion": ("#d55e00", "#000"),
    "orange": ("#e69f00", "#000"),
    "yellow": ("#f0e442", "#000"),
    "purple": ("#cc79a7", "#000"),
    "grey": ("#9a9a9a", "#000"),
    "dark": ("#6b6b6b", "#fff"),
    "pale": ("#cfcfcf", "#000"),
}
"""Of each colour what is written on it in."""

_STYLE: Final = (
    ".plan{--ink:#1c1b18;--soft:#5d5a52;--rule:#dedad0;--empty:#f1eee6;--main:#0072b2;display:block;width:100%;height:auto;"
    "font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "@media screen and (prefers-color-scheme:dark){.plan{--ink:#e8e5dd;--soft:#a8a398;--rule:#3b3d36;--empty:#22241f;--main:#56b4e9}}"
    ".plan text{fill:var(--ink)}.plan .soft{fill:var(--soft)}.plan .small{font-size:11px}.plan .tiny{font-size:9px}.plan .bold{font-weight:600}"
    ".plan .rule{stroke:var(--rule)}.plan .mark{stroke:var(--ink);stroke-width:1.6;fill:none}.plan .dash{stroke-dasharray:5 4}"
    ".plan .empty{fill:var(--empty)}.plan .main{fill:var(--main)}.plan .curve{fill:none;stroke:var(--main);stroke-width:2}"
    ".plan .soft-line{stroke:var(--soft);fill:none}.plan .hollow{fill:var(--empty);stroke:var(--main);stroke-width:2}"
)


def svg(name: str, title: str, said: str, width: float, height: float, parts: Iterable[str]) -> str:
    """A picture called `title` whose text alternative is `said`; `name` keeps its ids apart from those of others on a page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plan" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{name}-title {name}-said"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-said">{escape(said)}</desc><style>{_STYLE}</style>{"".join(parts)}</svg>'
    )


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "", fill: str = "") -> str:
    """`said` at its baseline; `anchor` is start, middle or end."""
    more = f' class="{kind}"' if kind else ""
    more += f' text-anchor="{anchor}"' if anchor else ""
    more += f' style="fill:{fill}"' if fill else ""
    return f'<text x="{x:.4g}" y="{y:.4g}"{more}>{escape(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "rule") -> str:
    return f'<line x1="{x1:.4g}" y1="{y1:.4g}" x2="{x2:.4g}" y2="{y2:.4g}" class="{kind}"/>'


def box(x: float, y: float, width: float, height: float, *, kind: str = "", fill: str = "") -> str:
    look = f'class="{kind}"' if kind else f'fill="{fill}"'
    return f'<rect x="{x:.4g}" y="{y:.4g}" width="{max(width, 0):.4g}" height="{height:.4g}" {look}/>'


def curve(points: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" class="{kind}"/>'


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` on pixels from `start` to `end`, evenly or, where `log`, by their logarithms."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of `value`."""
        low, high, value = (math.log(one) if self.log else one for one in (self.low, self.high, value))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values on the axis, about `about`: powers of ten alone where it spans many."""
        if self.log and self.high / self.low > 10 ** (about / 2):
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1)]
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            factors = (1, 2, 5) if self.high / self.low > 10 else (1, 1.5, 2, 3, 5, 7)
            values = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
            return [value for value in values if self.low * 0.999 <= value <= self.high * 1.001]
        rough = (self.high - self.low) / about
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough * 0.7)
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


class Part(NamedTuple):
    """A part of a bar: its size, its colour, its name, and its size in words."""

    size: float
    colour: str
    name: str
    value: str
    share: str


ROW: Final = 23
"""Pixels from one line of a legend to the next."""


def stacked(parts: Sequence[Part], axis: Axis, y: float, height: float) -> list[str]:
    """The parts in one row, each with its letter where there is room."""
    drawn, at = [], 0.0
    for number, part in enumerate(parts):
        left, right = axis.at(at), axis.at(at + part.size)
        at += part.size
        fill, ink = COLOURS[part.colour]
        drawn.append(box(left, y, max(right - left - 1, 0.5), height, fill=fill))
        if right - left >= 16:
            drawn.append(
                text((left + right) / 2, y + height / 2 + 4.5, letter(number), "bold", "middle", ink)
            )
    return drawn


def legend(parts: Sequence[Part], y: float, width: float) -> list[str]:
    """The parts below each other: letter, name, size, share."""
    drawn = []
    for number, part in enumerate(parts):
        base = y + number * ROW
        fill, ink = COLOURS[part.colour]
        drawn += [
            box(0, base - 13, 17, 17, fill=fill),
            text(8.5, base, letter(number), "bold small", "middle", ink),
            text(26, base, part.name),
            text(width - 62, base, part.value, anchor="end"),
            text(width, base, part.share, "soft", "end"),
        ]
    return drawn


def letter(number: int) -> str:
    return chr(ord("A") + number)
