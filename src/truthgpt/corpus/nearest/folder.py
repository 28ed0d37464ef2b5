"""The files of vectors beside the table, and the one of their centres.

    <posts>/nearest/centres
    <posts>/nearest/<data file>.<identity of the centres>

The centres' file is replaced when all others of its centres are there, so that whoever reads has a whole index at any moment.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from truthgpt.corpus import beside
from truthgpt.corpus.beside import Kind, only
from truthgpt.corpus.nearest import segment
from truthgpt.corpus.nearest.centres import Centres
from truthgpt.corpus.nearest.segment import Segment, vectors_of

if TYPE_CHECKING:
    from lance import LanceDataset

FOLDER = "nearest"
COLUMN = "vector"

FROM = 10_000
"""Posts from which there are several centres; a scan of fewer is as fast, and exact."""
_EACH = 512
"""Posts of a centre, at least in the mean."""
_GROWN = 4
"""Centres are made anew for more than so many times as many posts."""
_SAMPLED, _SAMPLE = 128, 131_072
"""Rows of a centre that it is made of, in the mean, and of all at most."""
_SEED = 7


def centres(posts: Path, dataset: LanceDataset) -> Centres:
    """Those of the folder of posts; a single one where there is no file of them."""
    dimensions = dataset.schema.field(COLUMN).type.list_size
    return Centres.open(_path(posts), dimensions) or Centres.one(dimensions)


def kind(centres: Centres) -> Kind[Segment]:
    """Files of rows by these centres."""
    return Kind(
        FOLDER,
        centres.identity,
        (COLUMN,),
        partial(Segment.open, centres=centres),
        lambda parts: Segment.of(only(parts), centres),
        lambda path, parts: segment.write(path, only(parts), centres),
    )


def outside(posts: Path, dataset: LanceDataset) -> int:
    """How many rows have no file; all where the centres are to be made anew."""
    kept = centres(posts, dataset)
    return beside.outside(posts, dataset, [kind(kept)]) if _fit(kept, rows := dataset.count_rows()) else rows


def update(posts: Path, dataset: LanceDataset, *, anew: bool = False) -> None:
    """Make the files that are missing of the version that `dataset` is at; all where its posts have outgrown the centres, or
    `anew`. For the holder of the write lock; raises `MissingError` where the disk is full."""
    kept = centres(posts, dataset)
    if anew or not _fit(kept, dataset.count_rows()):
        kept = _made(dataset)
        beside.update(posts, dataset, [kind(kept)])
        if kept.rows:
            kept.write(_path(posts))
        else:
            _path(posts).unlink(missing_ok=True)
    else:
        beside.update(posts, dataset, [kind(kept)])


def _fit(kept: Centres, rows: int) -> bool:
    return rows <= _GROWN * kept.rows if kept.rows else rows < FROM


def _made(dataset: LanceDataset) -> Centres:
    rows = dataset.count_rows()
    if rows < FROM:
        return Centres.one(dataset.schema.field(COLUMN).type.list_size)
    # Few posts of a centre cost many centres, with which each row is compared when its file is made.
    count = max(1, min(rows // _EACH, int(4 * rows**0.5 / 3)))
    chosen = np.random.default_rng(_SEED).choice(rows, min(rows, _SAMPLED * count, _SAMPLE), replace=False)
    sample = vectors_of(dataset.take(np.sort(chosen).tolist(), columns=[COLUMN])[COLUMN].combine_chunks())
    return Centres.made(sample, count, rows)


def _path(posts: Path) -> Path:
    return posts / FOLDER / "centres"
