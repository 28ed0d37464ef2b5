"""Where the public data sets lie that benchmarks read, and Reddit's posts of them; none is part of the project."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator, Mapping
from pathlib import Path


def folder() -> Path:
    """The folder named by `TRUTHGPT_DATASETS`, else `shared/data` beside the repository."""
    return Path(os.environ.get("TRUTHGPT_DATASETS", Path(__file__).parents[2] / "shared" / "data"))


def reddit() -> Iterator[Mapping[str, str]]:
    """The rows of Reddit's posts, file by file: `id`, `title`, `selftext`, `created_utc` and others."""
    csv.field_size_limit(1 << 24)
    for path in sorted(folder().glob("reddit/*.csv.gz")):
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)
