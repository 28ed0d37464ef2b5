"""Two pictures of how far probabilities can be relied on, as one SVG."""

from __future__ import annotations

import numpy as np

from truthgpt.truth.calibration import Floats, reliability, risk_coverage

_SIDE, _EDGE = 280, 56
"""Length of a picture's axes, and the room around them."""
_INK, _FAINT, _LINE = "#1f2328", "#d0d7de", "#0969da"
_POINTS = 200


def calibration(confidences: Floats, hits: Floats, title: str) -> str:
    """A reliability diagram, a dot a bin whose area is its share of the pairs, beside the curve of risk over coverage.

    `confidences` are those of what was said, in [0, 1]; `hits` 1.0 where it was right. Guo et al. 2017; Geifman and
    El-Yaniv 2017.
    """
    bins = reliability(confidences, hits)
    dots = [(one.confidence, one.right, one.count / len(hits)) for one in bins]
    coverages, risks = risk_coverage(confidences, hits)
    chosen = np.unique(np.linspace(len(risks) * 0.02, len(risks) - 1, _POINTS).astype(int))
    most = max(0.05, float(np.ceil(risks[chosen].max() * 20) / 20))
    left = "".join(
        f'<circle cx="{_x(x, 0)}" cy="{_y(y)}" r="{max(2.0, 26 * share**0.5):.1f}" fill="{_LINE}" fill-opacity="0.55"/>'
        for x, y, share in dots
    )
    left += f'<path d="M{_x(0, 0)} {_y(0)}L{_x(1, 0)} {_y(1)}" stroke="{_INK}" stroke-dasharray="4 4"/>'
    line = "L".join(f"{_x(float(coverages[n]), 1)} {_y(float(risks[n]) / most)}" for n in chosen)
    right = f'<path d="M{line}" fill="none" stroke="{_LINE}" stroke-width="2"/>'
    width, height = 2 * (_SIDE + 2 * _EDGE), _SIDE + 2 * _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="{_INK}">'
        f'<title>{title}</title><rect width="{width}" height="{height}" fill="#fff"/>'
        f"{_axes(0, 'Confidence', 'Share that is right', 1.0)}{left}"
        f"{_axes(1, 'Share of pairs that are judged, surest first', 'Share of them that is wrong', most)}{right}</svg>\n"
    )


def _x(value: float, panel: int) -> str:
    return f"{panel * (_SIDE + 2 * _EDGE) + _EDGE + value * _SIDE:.1f}"


def _y(value: float) -> str:
    return f"{_EDGE + (1 - value) * _SIDE:.1f}"


def _axes(panel: int, below: str, beside: str, most: float) -> str:
    parts = []
    for tick in range(6):
        at = tick / 5
        parts.append(f'<path d="M{_x(0, panel)} {_y(at)}H{_x(1, panel)}" stroke="{_FAINT}"/>')
        parts.append(f'<text x="{_x(-0.03, panel)}" y="{float(_y(at)) + 4:.1f}" text-anchor="end">{at * most:.2f}</text>')  # fmt: skip
        parts.append(f'<text x="{_x(at, panel)}" y="{float(_y(0)) + 18:.1f}" text-anchor="middle">{at:.1f}</text>')  # fmt: skip
    middle = f'x="{_x(0.5, panel)}" text-anchor="middle"'
    parts.append(f'<text {middle} y="{float(_y(0)) + 38:.1f}">{below}</text>')
    parts.append(f'<text {middle} y="{float(_y(1)) - 14:.1f}" font-weight="bold">{beside}</text>')
    return "".join(parts)
