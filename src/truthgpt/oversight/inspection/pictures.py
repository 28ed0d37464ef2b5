"""An inspection in two pictures: its measures with intervals and limits, and the reliability diagram of its confidences.

Drawn with what the plan's pictures are drawn with (`training.planner.drawing`): no script, light and dark, and no colour that
is not said in words beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from truthgpt.oversight.inspection.result import Result
from truthgpt.oversight.inspection.wording import OUTCOMES, number
from truthgpt.training.planner.drawing import COLOURS, Axis, box, curve, line, svg, text

UNIT: Final = frozenset({"share", "error", "difference", "score"})
"""Units whose values lie between 0 and 1, so that they share an axis."""

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 800.0, 275.0, 620.0, 26.0, 30.0
_SIDE, _MARGIN = 300.0, 46.0


def drawn(results: Sequence[Result]) -> list[Result]:
    """The results that the forest plot holds."""
    return [one for one in results if one.value is not None and one.unit in UNIT]


def forest(results: Sequence[Result]) -> str:
    """The measures between 0 and 1 below each other: value, interval of 95%, limit, and the side of it that is too far."""
    shown = drawn(results)
    axis = Axis(0.0, 1.0, _LEFT, _RIGHT)
    bottom = _TOP + _ROW * len(shown)
    parts = []
    for tick in axis.ticks():
        parts += [
            line(axis.at(tick), _TOP - 4, axis.at(tick), bottom),
            text(axis.at(tick), _TOP - 10, f"{tick:g}", "soft small", "middle"),
        ]
    for row, result in enumerate(shown):
        parts += _measure(result, axis, _TOP + _ROW * row + _ROW / 2)
    said = "; ".join(f"{one.title}: {number(one.value)}, {OUTCOMES[one.outcome]}" for one in shown)
    return svg("forest", "Measures and their limits", said, _WIDTH, bottom + 8, parts)


def reliability(rows: Sequence[tuple[int, float, float]]) -> str:
    """The share of right sentences over their confidence; on the line the two are equal. A dot's area goes with its cases."""
    across = Axis(0.0, 1.0, _MARGIN, _MARGIN + _SIDE)
    up = Axis(0.0, 1.0, 12 + _SIDE, 12)
    parts = [box(_MARGIN, 12, _SIDE, _SIDE, kind="empty")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [
            text(across.at(tick), 12 + _SIDE + 18, f"{tick:g}", "soft small", "middle"),
            text(_MARGIN - 8, up.at(tick) + 4, f"{tick:g}", "soft small", "end"),
        ]
    parts.append(line(across.at(0), up.at(0), across.at(1), up.at(1), "mark dash"))
    most = max(count for count, _, _ in rows)
    parts.append(curve([(across.at(sure), up.at(right)) for _, sure, right in rows], "curve"))
    for count, sure, right in rows:
        parts.append(
            f'<circle cx="{across.at(sure):.1f}" cy="{up.at(right):.1f}" r="{3 + 7 * (count / most) ** 0.5:.1f}" class="main"/>'
        )
    parts.append(text(_MARGIN + _SIDE / 2, 12 + _SIDE + 38, "confidence", "soft", "middle"))
    parts.append(text(_MARGIN + 8, 30, "share that is right", "soft"))
    said = "; ".join(
        f"of {count} with confidence {sure:.2f}, {right:.2f} right" for count, sure, right in rows
    )
    return svg("reliability", "Reliability of confidences", said, _MARGIN + _SIDE + 14, _SIDE + 62, parts)


def _measure(result: Result, axis: Axis, y: float) -> list[str]:
    assert result.value is not None
    parts = [text(0, y + 4, result.title)]
    if result.limit is not None:
        at = axis.at(min(max(result.limit, 0.0), 1.0))
        start, end = (_LEFT, at) if result.direction == "at least" else (at, _RIGHT)
        parts += [
            box(start, y - 9, end - start, 18, kind="empty"),
            line(at, y - 10, at, y + 10, "mark"),
        ]
    colour = COLOURS["vermilion"][0] if result.outcome == "missed" else "var(--main)"
    if result.low is not None and result.high is not None:
        low, high = (axis.at(min(max(end, 0.0), 1.0)) for end in (result.low, result.high))
        parts.append(
            f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" style="stroke:{colour};stroke-width:2"/>'
        )
    x = axis.at(min(max(result.value, 0.0), 1.0))
    if result.outcome == "missed":
        corners = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
        parts.append(f'<polygon points="{corners}" style="fill:{colour}"/>')
    else:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" style="fill:{colour}"/>')
    parts.append(text(_RIGHT + 16, y + 4, number(result.value), "bold"))
    parts.append(
        text(_WIDTH, y + 4, OUTCOMES[result.outcome], "bold" if result.outcome == "missed" else "soft", "end")
    )
    return parts
