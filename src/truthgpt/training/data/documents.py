"""A version of the corpus in, what a model reads of it out: a document a conversation, by what may be trained on.

The posts are those of an export for training: no opt-outs, of near copies the earliest, spans of personal data as
placeholders. A conversation is its first post and then the replies, depth first, each with `REPLY` before it; posts that
are left out leave the rest together, as their replies know what they answer. A document is left out that is, whole, a near
copy of an earlier one. So no two documents share a text, on whichever side of the validation split they fall.

In memory: 150 bytes a post while conversations are found, 70 afterwards, and the texts of 8,192 posts (64 MiB) or of one
conversation. `near` needs 1 KB a post on the disk for the time of its work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.corpus.consent import optout
from truthgpt.corpus.export.choice import allowed, choose
from truthgpt.corpus.export.variants import masked
from truthgpt.corpus.key import Keys, key, looked_up
from truthgpt.corpus.near import deduplicate
from truthgpt.corpus.near.posts import UNKNOWN, microseconds
from truthgpt.corpus.progress import Report, counted, unheard
from truthgpt.corpus.provenance import versions
from truthgpt.corpus.reading import long_read
from truthgpt.corpus.scan import number, scan, taken
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.training.data.conversations import Marks, Places, conversations

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

REPLY: Final = "↳ "
"""Stands before a post that answers another."""
BETWEEN: Final = "\n\n"

COPY: Final = "in a near copy of an earlier conversation"
"""Why posts are left out, besides the reasons of an export."""

_READ: Final = 8_192
_BYTES: Final = 64 << 20
"""Posts, and bytes of their texts, that are read at once."""
_COMPARED: Final = 1_024
"""Conversations that are given to `near` at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A conversation as it is trained on: its text, community and language of its first post, and keys: its own, which is
    that of the post that began it, and those of its posts (n,)."""

    text: str
    key: int
    community: str
    language: str
    posts: Keys


@dataclass(frozen=True, slots=True, eq=False)
class Documents:
    """The documents of one version of the corpus, in the order of their keys; the texts are read when they are asked for.

    keys         (n,) of the conversations, rising
    communities  (n,) places in `community_names`, which are sorted; `languages` likewise
    sizes        (n,) bytes of their posts, UTF-8, as stored; masked they are about as long
    left_out     posts by the reason why they are in no document
    """

    version: int
    content_hash: str
    keys: Keys
    communities: npt.NDArray[np.int32]
    languages: npt.NDArray[np.int32]
    sizes: Places
    community_names: tuple[str, ...]
    language_names: tuple[str, ...]
    left_out: dict[str, int]
    _table: AsyncTable
    _path: Path
    _posts: _Posts
    _bounds: Places

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def posts(self) -> int:
        """How many posts they have."""
        return int((self._bounds[:, 1] - self._bounds[:, 0]).sum())

    def read(self, numbers: Places) -> Iterator[Document]:
        """The documents with these `numbers` (m,), in this order."""
        bounds = self._bounds[numbers]
        texts = self._texts(_ranges(bounds))
        for document, (first, end) in zip(numbers.tolist(), bounds.tolist(), strict=True):
            replies = self._posts.replies[first:end].tolist()
            yield Document(
                BETWEEN.join(f"{REPLY}{next(texts)}" if reply else next(texts) for reply in replies),
                int(self.keys[document]),
                self.community_names[self.communities[document]],
                self.language_names[self.languages[document]],
                self._posts.keys[first:end],
            )

    def _texts(self, places: Places) -> Iterator[str]:
        # A part ends where so many posts, or bytes, are together.
        bytes_before = np.cumsum(self._posts.sizes[places], dtype=np.int64) // _BYTES
        parts = np.stack([np.arange(len(places)) // _READ, bytes_before])
        cuts = np.flatnonzero((parts[:, 1:] != parts[:, :-1]).any(axis=0)) + 1
        for part in np.split(places, cuts):
            if len(part):
                rows = taken(self._table, self._path, self._posts.rows[part], ("text", "personal"))
                yield from masked(rows["text"], rows["personal"]).to_pylist()

    def _without_copies(self, scratch: Path, report: Report) -> Documents:
        def batches() -> Iterator[pa.RecordBatch]:
            everything = self.read(np.arange(len(self)))
            for start in range(0, len(self), _COMPARED):
                some = range(start, min(start + _COMPARED, len(self)))
                times = self._posts.times[self._bounds[some.start : some.stop, 0]]
                moments = pa.array(times, pa.timestamp("us", "UTC"), mask=times == UNKNOWN)
                texts = [next(everything).text for _ in some]
                ids = [f"{number:016x}" for number in some]
                yield pa.RecordBatch.from_pydict({"id": ids, "created_at": moments, "text": texts})
                report("comparing conversations", some.stop, len(self), "conversations")

        members = deduplicate(batches(), scratch, named=False).members
        rows, leaders = members["row"].to_numpy(), members["representative_row"].to_numpy()
        kept = np.ones(len(self), np.bool_)
        kept[rows[rows != leaders]] = False
        left = replace(
            self,
            keys=self.keys[kept],
            communities=self.communities[kept],
            languages=self.languages[kept],
            sizes=self.sizes[kept],
            _bounds=self._bounds[kept],
        )
        return replace(left, left_out={**self.left_out, COPY: self.posts - left.posts})


@dataclass(frozen=True, slots=True, eq=False)
class _Posts:
    """Posts in the order in which they are read: numbers of their rows, id keys, times, whether they are replies, bytes."""

    rows: npt.NDArray[np.uint64]
    keys: Keys
    times: Places
    replies: Marks
    sizes: npt.NDArray[np.int32]


@contextmanager
def documents(store: Store, scratch: Path, report: Report = unheard) -> Iterator[Documents]:
    """The documents of the newest version of `store`, whose files stay while this is held.

    Files of `near` are in the folder `scratch`, which is made, while copies are looked for. Raises `BadInputError` where
    there is no post that may be trained on, `BusyError` while posts are being forgotten, `MissingError` where the disk is full.
    """
    with long_read(store.path):
        found = _conversations(store, scratch, report)
        # Posts by themselves are no copies of each other: that is told already.
        if found.posts > len(found):
            found = found._without_copies(scratch, report)
        yield found


def trainable(store: Store) -> Keys:
    """The id keys, rising, of the posts that may be trained on now, near copies among them."""
    table, listed = store.snapshot(), optout.load(store.path)
    keys = [
        batch["id_key"].to_numpy()[allowed(batch, listed)]
        for batch in scan(table, store.path, ("id", "author", "training", "id_key"))
    ]
    return np.sort(np.concatenate([np.empty(0, np.int64), *keys]))


def forgotten(store: Store, posts: Keys) -> int:
    """How many of `posts`, id keys, `store` has no more, or may not be trained on any more. Reads four columns of all its posts."""
    now = trainable(store)
    return len(posts) - int(looked_up(now, np.ones(len(now), np.int64), posts, 0).sum())


def _conversations(store: Store, scratch: Path, report: Report) -> Documents:
    table, path = store.snapshot(), store.path
    choice = choose(table, path, "training", optout.load(path), scratch)
    if not len(choice.rows):
        raise BadInputError(f"no post in {path} may be trained on; `truthgpt import PATH` brings some in")
    columns = _Columns()
    for batch in counted(scan(table, path, _Columns.READ), "finding conversations", store.count(), report):
        columns.add(batch)
    rows, keys, times = columns.joined("rows"), columns.joined("keys"), columns.joined("times")
    chosen = np.sort(choice.rows)
    kept = chosen[np.minimum(np.searchsorted(chosen, rows), len(chosen) - 1)] == rows
    found = conversations(keys, times, columns.joined("answers"), columns.joined("answered"), kept)
    sizes = columns.joined("sizes")[found.posts]
    firsts = found.posts[found.starts[:-1]]
    communities, community_names = columns.communities.of(columns.joined("community")[firsts])
    languages, language_names = columns.languages.of(columns.joined("language")[firsts])
    return Documents(
        version=number(table, path),
        content_hash=_content_hash(table, path),
        keys=found.keys,
        communities=communities,
        languages=languages,
        sizes=np.add.reduceat(sizes, found.starts[:-1], dtype=np.int64),
        community_names=community_names,
        language_names=language_names,
        left_out=choice.left_out,
        _table=table,
        _path=path,
        _posts=_Posts(rows[found.posts], keys[found.posts], times[found.posts], found.replies, sizes),
        _bounds=np.column_stack([found.starts[:-1], found.starts[1:]]),
    )


def _content_hash(table: AsyncTable, path: Path) -> str:
    version = number(table, path)
    recorded = versions.newest(path, version)
    if recorded is not None and recorded.version == version:
        return recorded.content_hash
    return versions.hashed(table, path).hexdigest()


class _Names:
    """Names as they come, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def add(self, column: pa.Array) -> npt.NDArray[np.int32]:
        """The numbers of the names in `column`."""
        coded = column.dictionary_encode()
        numbers = [
            self._numbers.setdefault(name, len(self._numbers)) for name in coded.dictionary.to_pylist()
        ]
        found: npt.NDArray[np.int32] = np.array(numbers, np.int32)[coded.indices.to_numpy()]
        return found

    def of(self, numbers: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
        """The names of these `numbers`, sorted, and for each of the numbers the place of its name there."""
        names = list(self._numbers)
        used, places = np.unique(numbers, return_inverse=True)
        order = sorted(range(len(used)), key=lambda place: names[used[place]])
        ranks = np.empty(len(used), np.int32)
        ranks[order] = np.arange(len(used), dtype=np.int32)
        return ranks[places], tuple(names[used[place]] for place in order)


class _Columns:
    """What conversations are told by, of all posts: 45 bytes each."""

    READ = ("id_key", "created_at", "reply_to", "community", "language", "text")

    def __init__(self) -> None:
        self.communities, self.languages = _Names(), _Names()
        self._parts: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)

    def add(self, batch: pa.RecordBatch) -> None:
        answered = batch["reply_to"].to_pylist()
        lengths = pc.binary_length(batch["text"])
        for name, values in (
            ("rows", batch["_rowid"].to_numpy()),
            ("keys", batch["id_key"].to_numpy()),
            ("times", microseconds(batch["created_at"])),
            ("answers", np.array([bool(post_id) for post_id in answered])),
            ("answered", np.array([key(post_id.encode()) if post_id else 0 for post_id in answered])),
            ("community", self.communities.add(batch["community"])),
            ("language", self.languages.add(batch["language"])),
            ("sizes", lengths.to_numpy().astype(np.int32)),
        ):
            self._parts[name].append(values)

    def joined(self, name: str) -> npt.NDArray[Any]:
        """The values of all posts."""
        return np.concatenate(self._parts[name])


def _ranges(bounds: Places) -> Places:
    """The numbers from the first to before the second of each of `bounds` (n, 2), in a row."""
    lengths = bounds[:, 1] - bounds[:, 0]
    ends = np.cumsum(lengths)
    found: Places = np.arange(lengths.sum()) + np.repeat(bounds[:, 0] - (ends - lengths), lengths)
    return found
