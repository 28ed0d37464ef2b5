"""Where the public data sets lie that benchmarks read; none of them is part of the project."""

from __future__ import annotations

import os
from pathlib import Path


def folder() -> Path:
    """The folder named by `TRUTHGPT_DATASETS`, else `shared/data` beside the repository."""
    return Path(os.environ.get("TRUTHGPT_DATASETS", Path(__file__).parents[2] / "shared" / "data"))
