"""JSON objects in, posts and rejected rows out: their keys name the fields, as columns do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers.columns import no_text
from truthgpt.corpus.readers.objects import Found, Item
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.rows import Builder

Prepare = Callable[[Sequence[str]], Builder | None]
"""Keys of an object to what makes a post of its values, `None` if no key holds text."""

_NO_TEXT = "no key is known to hold text"
_PATIENCE = 1000
"""Objects without text at the beginning of a file after which there is no hope of any."""
_CACHED = 64
_CACHED_ROW = 1 << 16


def read(path: Path, items: Iterable[Found], prepare: Prepare) -> Iterator[Post | Rejected]:
    """The posts of a file's objects. `BadInputError` if there are objects and none of them has a text."""
    rows = _Rows(path, prepare)
    for item in items:
        yield from rows.take(item) if isinstance(item, Item) else rows.reject(item)
    yield from rows.end()


class _Rows:
    """Makes posts of objects; holds those without a text back until the first that has one."""

    def __init__(self, path: Path, prepare: Prepare) -> None:
        self._path = path
        self._prepare = prepare
        self._builders: dict[tuple[str, ...], Builder | None] = {}
        self._held: list[Rejected] | None = []
        self._names: dict[str, None] = {}

    def take(self, item: Item) -> Iterator[Post | Rejected]:
        value = item.value
        build = self._builder(tuple(value), len(item.raw))
        if build is None:
            yield from self._textless(value, item.rejected(_NO_TEXT))
            return
        if self._held is not None:
            yield from self._held
            self._held = None
        post = build(list(value.values()))
        yield post if isinstance(post, Post) else item.rejected(post)

    def reject(self, rejected: Rejected) -> Iterator[Rejected]:
        if self._held:
            self._held.append(rejected)  # in the order of the file
        else:
            yield rejected

    def end(self) -> Iterator[Rejected]:
        """`BadInputError` if there were objects and none of them had a text."""
        if self._held and self._names:
            raise no_text(self._path, list(self._names))
        yield from self._held or ()

    def _textless(self, value: Mapping[str, object], rejected: Rejected) -> Iterator[Rejected]:
        if self._held is None:
            yield rejected
            return
        self._held.append(rejected)
        for name in list(value)[:_CACHED]:
            if len(self._names) < _PATIENCE:
                self._names[name[:_CACHED]] = None
        if len(self._held) >= _PATIENCE:
            raise no_text(self._path, list(self._names))

    def _builder(self, keys: tuple[str, ...], size: int) -> Builder | None:
        try:
            return self._builders[keys]
        except KeyError:
            build = self._prepare(keys)
        if size <= _CACHED_ROW:
            if len(self._builders) >= _CACHED:
                self._builders.clear()
            self._builders[keys] = build
        return build
