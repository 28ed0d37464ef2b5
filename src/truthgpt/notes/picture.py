"""A picture of who finds a note helpful: its raters from one side to the other, and what each said. SVG, no library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_WIDTH, _HEIGHT, _EDGE = 640, 260, 56
_ROWS = (("helpful", 1.0, "#1b6e53"), ("somewhat", 0.5, "#8a6d1d"), ("not helpful", 0.0, "#9c2f2f"))
_LAYERS = 12
"""Dots that stand above each other before they overlap."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One rating: the rater's factor and the value given, 0, 0.5 or 1."""

    factor: float
    value: float


def picture(title: str, sentence: str, dots: Sequence[Dot]) -> str:
    """An SVG document with a row for each level; `sentence` is its text alternative. Raters of unknown side are left out."""
    known = [dot for dot in dots if np.isfinite(dot.factor)]
    widest = max((abs(dot.factor) for dot in known), default=1.0) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(sentence)}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<line x1="{_place(0, widest)}" x2="{_place(0, widest)}" y1="20" y2="{_HEIGHT - 40}" stroke="#999" stroke-dasharray="3 4"/>',
    ]
    for number, (name, value, colour) in enumerate(_ROWS):
        base = 74 + number * 66
        mine = sorted(dot.factor for dot in known if dot.value == value)
        parts.append(f'<line x1="{_EDGE}" x2="{_WIDTH - 12}" y1="{base + 6}" y2="{base + 6}" stroke="#ddd"/>')
        parts.append(f'<text x="8" y="{base - 8}" fill="{colour}">{name}</text>')
        parts.append(f'<text x="8" y="{base + 6}" fill="#555">{len(mine)}</text>')
        parts += [
            f'<circle cx="{_place(factor, widest):.1f}" cy="{base - 4 * layer:.1f}" r="3.2" fill="{colour}" fill-opacity="0.75"/>'
            for factor, layer in _stacked(mine, widest)
        ]
    parts += [
        f'<text x="{_EDGE}" y="{_HEIGHT - 14}" fill="#555">← one side</text>',
        f'<text x="{_WIDTH - 12}" y="{_HEIGHT - 14}" fill="#555" text-anchor="end">the other side →</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(factor: float, widest: float) -> float:
    return _EDGE + 10 + (factor / widest + 1) / 2 * (_WIDTH - _EDGE - 32)


def _stacked(factors: Sequence[float], widest: float) -> list[tuple[float, int]]:
    """Each factor with how many stand at its place already."""
    taken: dict[int, int] = {}
    found = []
    for factor in factors:
        column = round(_place(factor, widest) / 7)
        layer = taken.get(column, 0)
        taken[column] = layer + 1
        found.append((factor, layer % _LAYERS))
    return found
