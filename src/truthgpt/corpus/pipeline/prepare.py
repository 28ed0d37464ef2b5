"""Rows of exports in, batches out that want nothing but vectors to be written: cleaned, told apart from what is stored,
described.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.consent.admission import admitted
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.pipeline import columns, raw
from truthgpt.corpus.pipeline.ahead import ahead
from truthgpt.corpus.pipeline.known import Keys, Known
from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.readers.rejected import Rejected

EMPTY = "empty text"

Rows = TypeVar("Rows")
Others = TypeVar("Others")

Describe: TypeAlias = Callable[[pa.Table], Rows]
"""`columns.describe`, here or elsewhere, its table as it is or handed over in another way."""


@dataclass(frozen=True, slots=True)
class Prepared(Generic[Rows]):
    """One batch: `new` posts, and `changed` ones that take the place of those with their ids, as rows without vectors:
    tables, or what stands for them on their way from process to process.

    `read` = `kept` + `copies` + the rejected; of several versions of one post only the last is among `changed`.
    `deleted` are posts that the export says are gone; they are not among the rows read. `share` is how much
    of all exports is read, from 0 to 1.
    """

    read: int
    kept: int
    copies: int
    rejected: tuple[Rejected, ...]
    new: Rows
    changed: Rows
    deleted: tuple[Deleted, ...] = ()
    share: float = 1.0

    def having(self, new: Others, changed: Others) -> Prepared[Others]:
        """The same batch with its rows in another form."""
        return Prepared(
            self.read, self.kept, self.copies, self.rejected, new, changed, self.deleted, self.share
        )


def prepare(
    rows: Iterable[Post | Rejected | Deleted],
    stored: Keys,
    listed: OptOuts,
    share: Callable[[], float] | None = None,
) -> Generator[Prepared[pa.Table], None, None]:
    """Batches of `rows`, where `stored` (n, 2) are the id and content keys of what is stored.

    Posts that are `listed` as opted out are among the rejected rows. `share` says how far `rows` are read.
    """
    return prepare_with((columns.describe,), rows, Known(stored), listed, share)


def prepare_with(
    describers: Sequence[Describe[Rows]],
    rows: Iterable[Post | Rejected | Deleted],
    known: Known,
    listed: OptOuts,
    share: Callable[[], float] | None,
) -> Generator[Prepared[Rows], None, None]:
    """`prepare`, the batches described by all of `describers`, each of which one thread at a time calls; posts become `known`."""
    idle: SimpleQueue[Describe[Rows]] = SimpleQueue()
    for describe in describers:
        idle.put(describe)
    at_once = len(describers)
    waiting: deque[Future[Prepared[Rows]]] = deque()
    # Reading is Python; the columns are Rust and machine code for the most part, and leave it the interpreter's lock.
    with closing(ahead(raw.batches(rows, share))) as batches, ThreadPoolExecutor(at_once) as pool:
        try:
            for batch in batches:
                posts, refused = clean(batch.posts, listed)
                new, changed, kept = told_apart(posts, known)
                counted = batch.posts.num_rows + len(batch.rejected), kept, posts.num_rows - kept
                rejected = (*batch.rejected, *refused)
                waiting.append(pool.submit(_described, idle, counted, rejected, new, changed, batch))
                if len(waiting) > at_once:
                    yield waiting.popleft().result()
        except Exception:
            # What came before an error of the rows stands.
            while waiting:
                yield waiting.popleft().result()
            raise
        while waiting:
            yield waiting.popleft().result()


def _described(
    idle: SimpleQueue[Describe[Rows]],
    counted: tuple[int, int, int],
    rejected: tuple[Rejected, ...],
    new: pa.Table,
    changed: pa.Table,
    batch: raw.Batch,
) -> Prepared[Rows]:
    describe = idle.get()
    try:
        described = describe(new), describe(changed)
    finally:
        idle.put(describe)
    return Prepared(*counted, rejected, *described, batch.deleted, batch.share)


def clean(posts: pa.Table, listed: OptOuts) -> tuple[pa.Table, list[Rejected]]:
    """`posts` (`raw.SCHEMA`), cleaned, and rejected rows in the place of those that opted out or have no text left."""
    posts, refused = admitted(posts, listed)
    cleaned = columns.clean(posts)
    filled = pc.greater(pc.binary_length(cleaned["text"]), 0)
    if pc.all(filled).as_py() is not False:
        return cleaned, refused
    left = cleaned.filter(pc.invert(filled))
    named = zip(left["source"].to_pylist(), left["id"].to_pylist(), strict=True)
    return cleaned.filter(filled), [
        *refused,
        *(Rejected(source, 0, EMPTY, post_id) for source, post_id in named),
    ]


def told_apart(posts: pa.Table, known: Known) -> tuple[pa.Table, pa.Table, int]:
    """The new ones of `posts`, the changed ones, and how many both are; of one changed post the last version alone."""
    keys = np.column_stack([posts["id_key"].to_numpy(), posts["content_key"].to_numpy()])
    state = known.add(keys)
    new = np.flatnonzero(state == Known.NEW)
    changed = np.flatnonzero(state == Known.CHANGED)
    last = {int(keys[place, 0]): place for place in changed.tolist()}
    return _taken(posts, new), _taken(posts, np.array(list(last.values()), np.intp)), new.size + changed.size


def _taken(posts: pa.Table, places: npt.NDArray[np.intp]) -> pa.Table:
    return posts if places.size == posts.num_rows else posts.take(places)
