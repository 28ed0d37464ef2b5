"""Exports in, posts in the store out: prepared, embedded, written, indexed.

Batches are prepared ahead, in a thread or for large exports in a process, while this thread embeds and writes. What
is committed stays: an import that was killed or that ran into an error is completed by running it again, which counts
what came in before as copies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truthgpt.corpus import authors, clusters
from truthgpt.corpus.consent import forgetting, optout
from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.lance import in_one_line
from truthgpt.corpus.memory import give_back
from truthgpt.corpus.near.brought import Brought, Index
from truthgpt.corpus.near.words import of_lists
from truthgpt.corpus.pipeline.ahead import ahead
from truthgpt.corpus.pipeline.cluster import prepare_on_cluster
from truthgpt.corpus.pipeline.known import Keys
from truthgpt.corpus.pipeline.prepare import Prepared, prepare
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.corpus.pipeline.worker import prepare_in_process
from truthgpt.corpus.post import Post
from truthgpt.corpus.progress import Report, unheard
from truthgpt.corpus.provenance import versions
from truthgpt.corpus.provenance.content import ContentHash
from truthgpt.corpus.quarantine import Quarantine
from truthgpt.corpus.store import Store, quoted
from truthgpt.corpus.table import finished
from truthgpt.corpus.writer import Writer
from truthgpt.errors import BadInputError

Embed: TypeAlias = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Texts to unit vectors (n, dimensions)."""

Runner: TypeAlias = Literal["embedded", "ray"]

_LARGE = 4 << 20
"""Bytes of exports from which another process prepares them; it takes half a second to start."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: `read` = `kept` + `copies` + `rejected`.

    `kept` brought something of their own: a new text, or another content for a stored id, whose place they take.
    `copies` did not: they were stored already, or came earlier in the same import, with the same id and content; or
    they are stored now and are near copies of a post that was earlier. `rejected` rows are in `quarantine`, with
    reasons. `deleted` posts were forgotten because an export says that they are gone.
    """

    read: int
    kept: int
    copies: int
    rejected: int
    deleted: int
    version: int
    seconds: float
    quarantine: Path | None = None


def import_paths(
    store: Store,
    paths: Sequence[Path],
    *,
    embed: Embed,
    quarantine: Path,
    format: str | None = None,  # noqa: A002 (the name of the command line's option)
    mapping: Mapping[str, str] | None = None,
    community: str | None = None,
    runner: Runner = "embedded",
    instead_of: str | None = None,
    report: Report = unheard,
) -> ImportResult:
    """Bring exports into the store; see `readers.read` for what is read, `pipeline.cluster` for the runner "ray".

    A file that nothing can be read of is one rejected row, and the files after it are read. Posts of the source
    `instead_of` go once others are kept. Raises `BadInputError` for a path that is no file before anything is read,
    and when nothing can be read of any file. `MissingError` when the disk is full, `BusyError` when another process
    imports.
    """
    for path in paths:
        if not path.exists():
            raise BadInputError(f"{path}: there is no such file; correct the path")
        if path.is_dir():
            raise BadInputError(f"{path} is a folder; name the files in it, such as {path}/*.csv.gz")
    sources = Sources(tuple(paths), format, mapping, community)
    large = sum(sources.sizes) >= _LARGE
    forgetting.finish(store, quarantine=quarantine, report=report)

    def batches(stored: Keys, listed: OptOuts, work: Path) -> Generator[Prepared[pa.Table], None, None]:
        if runner == "ray":
            return prepare_on_cluster(sources, stored, listed)
        if large:
            return prepare_in_process(sources, stored, listed, work / "batches")
        return prepare(sources.rows(), stored, listed, sources.share)

    started = time.monotonic()
    with Quarantine(quarantine) as rejected:
        counted = _run(store, batches, embed, rejected, instead_of, report, paths)
    forgotten = forgetting.forget_ids(store, counted.deleted, quarantine=quarantine, report=report)
    parameters = {"format": format, "mapping": dict(mapping or {}), "community": community}
    made = versions.record(
        store,
        "import",
        content=counted.content,
        of=counted.version,
        files=counted.files.result(),
        counts=counted.counts,
        parameters={name: value for name, value in parameters.items() if value},
    )
    return counted.result(made.version, time.monotonic() - started, forgotten, rejected.path)


def import_posts(
    store: Store, posts: Iterable[Post], *, embed: Embed, report: Report = unheard
) -> ImportResult:
    """Bring posts into the store, such as the demo's."""
    started = time.monotonic()
    counted = _run(store, lambda stored, listed, _: prepare(posts, stored, listed), embed, None, None, report)
    made = versions.record(
        store, "import", content=counted.content, of=counted.version, counts=counted.counts
    )
    return counted.result(made.version, time.monotonic() - started, None, None)


@dataclass(frozen=True, slots=True)
class _Counted:
    counts: versions.Counts
    content: ContentHash
    version: int
    """Of which `content` is the sum."""
    deleted: tuple[str, ...]
    files: Future[tuple[versions.SourceFile, ...]]
    """Done. Where an export could not be read again, what it says is deleted is forgotten all the same."""

    def result(
        self, version: int, seconds: float, forgotten: forgetting.Forgotten | None, quarantine: Path | None
    ) -> ImportResult:
        counts = self.counts
        deleted = 0 if forgotten is None else forgotten.posts
        return ImportResult(
            counts.read, counts.kept, counts.copies, counts.rejected, deleted, version, seconds, quarantine
        )


def _run(
    store: Store,
    batches: Callable[[Keys, OptOuts, Path], Generator[Prepared[pa.Table], None, None]],
    embed: Embed,
    quarantine: Quarantine | None,
    instead_of: str | None,
    report: Report,
    paths: Sequence[Path] = (),
) -> _Counted:
    read = kept = copies = rejected = 0
    deleted: list[str] = []
    with store.writing() as writer, _work(store) as (work, brought):
        number = writer.number()
        content = versions.known(store.path, *writer.stored())

        def rows(posts: pa.Table) -> pa.Table:
            with in_one_line(store.path):
                brought.add(posts["id_key"].to_numpy(), of_lists(posts["words"]))
            return finished(posts, number, embed(posts["text"].to_pylist()))

        report("reading", 0, 0)
        with closing(ahead(batches(writer.keys(), optout.load(store.path), work))) as prepared:
            for batch in prepared:
                if quarantine is not None:
                    for row in batch.rejected:
                        quarantine.add(row)
                if batch.new.num_rows:
                    added = rows(batch.new)
                    writer.add(added)
                    if content is not None:
                        content.add(added)
                if batch.changed.num_rows:
                    writer.replace(rows(batch.changed))
                    content = None  # of what they replace nobody knows the sum: all are hashed at the end
                read += batch.read
                kept += batch.kept
                copies += batch.copies
                rejected += len(batch.rejected)
                deleted += (post.id for post in batch.deleted)
                report("reading", read, round(read / batch.share) if batch.share else 0)
        if kept and instead_of is not None:
            content = None if writer.remove(f"source = {quoted(instead_of)}") else content
        with in_one_line(store.path):
            index = brought.finish()
        found, content, files = _finished(store, writer, index, content, paths, report)
        version = store.version
    repeated = int(np.count_nonzero(found.leaders_of(index.keys) != index.keys))
    counts = versions.Counts(read, kept - repeated, copies + repeated, rejected)
    return _Counted(counts, content, version, tuple(deleted), files)


@contextmanager
def _work(store: Store) -> Iterator[tuple[Path, Brought]]:
    """The folder for what an import needs while it runs, and the words of its posts, which lie there."""
    with in_one_line(store.path):
        folder = clusters.work_folder(store.path)
        brought = Brought(folder / "words")
    try:
        with brought:
            yield folder, brought
    finally:
        clusters.clear_work(store.path)


def _finished(
    store: Store,
    writer: Writer,
    brought: Index,
    content: ContentHash | None,
    paths: Sequence[Path],
    report: Report,
) -> tuple[clusters.Clusters, ContentHash, Future[tuple[versions.SourceFile, ...]]]:
    """Everything that was written in the indexes, its clusters reckoned anew, and hashed unless `content` is known.

    They run beside each other and the hashing of the exports, since none of them keeps all cores busy; what reads sees
    what stands now, because indexing may move rows.
    """
    writer.flush()
    give_back()
    table = store.snapshot()

    def summed() -> ContentHash:
        return versions.hashed(table, store.path) if content is None else content

    with ThreadPoolExecutor(2) as pool:
        indexed, whole, files = (
            pool.submit(writer.finish, report),
            pool.submit(summed),
            pool.submit(versions.source_files, paths),
        )
        found = clusters.refresh(table, store.path, brought, report)
        authors.refresh(table, store.path)
        indexed.result()
        return found, whole.result(), files
