"""A version of the corpus in; the rows that an export has, in its order, out. Takes about 30 bytes a post of memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.export.variants import Purpose, masked
from truthgpt.corpus.near import deduplicate
from truthgpt.corpus.scan import scan

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

FORBIDDEN, COPY = "may not be trained on", "near copies of an earlier post"
"""Why posts are left out of an export for training."""

_NO_IDS = pa.array([], pa.string())


@dataclass(frozen=True, slots=True)
class Choice:
    """`rows` by number in the order of a hash of their ids, and how many posts are left out for which reason."""

    rows: npt.NDArray[np.uint64]
    left_out: dict[str, int]


def choose(table: AsyncTable, path: Path, purpose: Purpose, listed: OptOuts, scratch: Path) -> Choice:
    """The posts of this version that an export for `purpose` has. Near copies are told with files in `scratch`."""
    training = purpose == "training"
    copies = _copies(table, path, listed, scratch) if training else _NO_IDS
    rows, keys, forbidden = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], 0
    left_out = 0
    for batch in scan(table, path, ("id", "author", "training", "id_key")):
        kept = allowed(batch, listed) if training else np.ones(batch.num_rows, dtype=bool)
        forbidden += int(batch.num_rows - kept.sum())
        if len(copies):
            kept &= ~pc.is_in(batch["id"], value_set=copies).to_numpy(zero_copy_only=False)
        left_out += int(batch.num_rows - kept.sum())
        rows.append(batch["_rowid"].to_numpy()[kept])
        keys.append(batch["id_key"].to_numpy()[kept])
    order = np.argsort(np.concatenate(keys), kind="stable")
    reasons = {FORBIDDEN: forbidden, COPY: left_out - forbidden} if training else {}
    return Choice(np.concatenate(rows)[order], reasons)


def _copies(table: AsyncTable, path: Path, listed: OptOuts, scratch: Path) -> pa.Array:
    """The ids of posts that another one stands for, of those that may be trained on."""
    members = deduplicate(_trainable(table, path, listed), scratch).members
    return members.filter(pc.not_equal(members["id"], members["representative"]))["id"].combine_chunks()


def _trainable(table: AsyncTable, path: Path, listed: OptOuts) -> Iterator[pa.RecordBatch]:
    for batch in scan(table, path, ("id", "author", "training", "created_at", "text", "personal")):
        kept = batch.filter(pa.array(allowed(batch, listed)))
        # As they are read: two posts may differ in what is masked alone.
        rows = pa.Table.from_batches([kept])
        text = rows.schema.get_field_index("text")
        rows = rows.set_column(text, "text", masked(rows["text"], rows["personal"]))
        yield from rows.select(["id", "created_at", "text"]).combine_chunks().to_batches()


def allowed(batch: pa.RecordBatch, listed: OptOuts) -> npt.NDArray[np.bool_]:
    """Which posts of `batch` (`id`, `author`, `training`) may be trained on: by what is stored of them, and by the list, whichever is newer."""
    listed_as = listed.trainable(batch["id"].to_pylist(), batch["author"].to_pylist())
    found: npt.NDArray[np.bool_] = np.array(listed_as, dtype=bool)
    found &= batch["training"].to_numpy(zero_copy_only=False)
    return found
