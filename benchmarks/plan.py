"""The planner beside published runs: every row, what is predicted of it, and how far off that is; and how long a search takes.

    python benchmarks/plan.py            # the table on standard error, one JSON line on standard output

Constants were fitted by `plan_fit.py` to the rows marked F; figures of the others count. Calculon (Isaev et al. 2023), whose
errors on the four steps with selective recomputation are given beside ours, says of itself 3.65% on average, 8.87% at most,
over the eight steps of Korthikanti et al.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from itertools import combinations
from typing import Any

from machine import describe
from predicted import predicted
from published import ROWS, Row
from truthgpt.training.planner.failures import Failures, best_interval, young_daly
from truthgpt.training.planner.goodput import goodput
from truthgpt.training.planner.layout import Job
from truthgpt.training.planner.machine import machine
from truthgpt.training.planner.request import network
from truthgpt.training.planner.search import options

CALCULON = {"mean": 3.65, "max": 8.87}
"""Percent, by its authors (calculon/llm/validation.py)."""


def rows() -> list[tuple[Row, float, float]]:
    """Each row, what is predicted, and how far off that is in percent of the published value."""
    told = []
    for row in ROWS:
        value, layout, _ = predicted(row, machine(row.machine))
        off = 100 * (value / row.value - 1)
        told.append((row, value, off))
        chosen = ", ".join(f"{name} {getattr(layout, name)}" for name in row.open)
        print(
            f"{'F' if row.fitted else ' '} {row.name:42s} {row.value:9.2f} {value:9.2f} {row.unit:8s} {off:+6.1f}%  {chosen}",
            file=sys.stderr,
        )
    return told


def errors(told: list[tuple[Row, float, float]]) -> dict[str, Any]:
    """Mean and greatest error in percent of the rows that were not used for fitting, in all and by machine."""
    apart = [(row, abs(off)) for row, _, off in told if not row.fitted]
    found: dict[str, Any] = {"all": _summed([off for _, off in apart])}
    for kind in sorted({row.machine for row, _ in apart}):
        found[kind] = _summed([off for row, off in apart if row.machine == kind])
    found["A100, selective recomputation"] = _summed(
        [off for row, off in apart if row.name.endswith("selective")]
    )
    found["rows used for fitting"] = _summed([abs(off) for row, _, off in told if row.fitted])
    return found


def _summed(offs: list[float]) -> dict[str, float]:
    return {"rows": len(offs), "mean": round(statistics.mean(offs), 2), "max": round(max(offs), 2)}


def orders(told: list[tuple[Row, float, float]]) -> dict[str, Any]:
    """Of all pairs of layouts of one model, and of all pairs of one model that differ in software or precision alone, how many
    are predicted in the order in which they were measured. A pair of rows that were both fitted to does not count."""
    pairs = [
        (one, two)
        for one, two in combinations(told, 2)
        if one[0].group and one[0].group == two[0].group and not (one[0].fitted and two[0].fitted)
    ]
    found = {}
    for name, same in (("layouts", False), ("software or precision", True)):
        some = [(one, two) for one, two in pairs if (one[0].layout == two[0].layout) == same]
        kept = [
            (_speed(one[0], one[1]) > _speed(two[0], two[1]))
            == (_speed(one[0], one[0].value) > _speed(two[0], two[0].value))
            for one, two in some
        ]
        found[name] = {"pairs": len(some), "kept": sum(kept)}
    return found


def _speed(row: Row, value: float) -> float:
    """Comparable between rows of a group whose units differ."""
    peak = machine(row.machine).accelerator.bfloat16 / 1e12
    return {"seconds": -value, "MFU %": value / 100 * peak}.get(row.unit, value)


def search_seconds(times: int = 5) -> float:
    """Median seconds to look at all layouts of a trillion parameters on 16,384 accelerators."""
    job, kind, told = Job(network("1T"), 8_192, 2_048), machine("h100-sxm"), []
    for _ in range(times):
        begun = time.perf_counter()
        options(job, kind, 16_384)
        told.append(time.perf_counter() - begun)
    return statistics.median(told)


def failing() -> dict[str, float]:
    """Goodput at Llama 3's rate of failures, and how far the best interval is from Young's and Daly's where they hold."""
    llama = goodput(16_384, 8, 54.0, Failures())
    plain = Failures(planned=0.0, drain=0.0, stall=30.0, write=0.0, detection=0.0, restart=0.0)
    mtbf = 3_600 / (plain.rate * 1_024)
    ours, theirs = best_interval(1_024, 8, 60.0, plain), young_daly(plain.stall, mtbf)
    return {
        "llama 3, mean": round(llama.goodput, 4),
        "llama 3, 5% quantile": round(llama.low, 4),
        "interruptions a day": round(llama.interruptions, 2),
        "best interval beside Daly's, %": round(100 * (ours / theirs[1] - 1), 3),
    }


def main() -> None:
    told = rows()
    print(
        json.dumps(
            {
                "benchmark": "plan",
                "errors_percent": errors(told),
                "calculon_percent": CALCULON,
                "orders": orders(told),
                "search_seconds_1t_16384": round(search_seconds(), 3),
                "goodput": failing(),
                "rows": [
                    {
                        "name": row.name,
                        "fitted": row.fitted,
                        "unit": row.unit,
                        "published": row.value,
                        "predicted": round(value, 3),
                        "off_percent": round(off, 2),
                    }
                    for row, value, off in told
                ],
                "machine": describe(),
            }
        )
    )


if __name__ == "__main__":
    main()
