"""How long the quick battery takes, of the default model and of quotations alone, from nothing to the report; one JSON line.

    python benchmarks/inspection.py [--models DIR] [--only none,smollm2-135m]

Seconds of the clock and of the processor (all threads), and what was found: how many measures are within their limit, beyond
it, without one, or not made. BBQ is read from `TRUTHGPT_DATASETS`; without it its measures are not made.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

from machine import describe
from truthgpt import settings
from truthgpt.oversight.inspection.run import inspect, recompute


def measure(model: str, models: Path) -> dict[str, object]:
    """The quick battery of `model`, in a folder of its own; and whether its numbers are computed again as they are."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "models").symlink_to(models.absolute())
        clock, processor = time.perf_counter(), time.process_time()
        found, at = inspect(settings.load(data, model))
        row: dict[str, object] = {
            "seconds": round(time.perf_counter() - clock, 1),
            "processor_s": round(time.process_time() - processor, 1),
            "replies_s": found.seconds,
            "outcomes": dict(Counter(one.outcome for one in found.results)),
            "missed": {one.id: round(one.value or 0.0, 3) for one in found.missed},
        }
        again, differences = recompute(at)
        return row | {"recomputed": again == found and not differences}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--models", type=Path, default=settings.load().models, help="folder with the pulled model"
    )
    parser.add_argument("--only", default=f"{settings.QUOTES_ONLY},{settings.DEFAULT_MODEL}")
    options = parser.parse_args()
    result: dict[str, object] = {"benchmark": "inspection", "machine": describe()}
    for model in options.only.split(","):
        result[model] = measure(model, options.models)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
