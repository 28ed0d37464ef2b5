"""Wishes in; out, a corpus that holds nothing of what they are about and takes none of it in again.

In this order, so that a process killed at any moment leaves no wish half kept that looks kept:

1. `pending.json` says which wishes are being kept, by their hashes.
2. They go on the opt-out list: from here on no import brings the posts in.
3. Quarantine files lose what rejected rows held of them.
4. The rows are marked as deleted: readers of the next version see them no more.
5. All fragments with marked rows, the clusters of copies and all indexes are written anew; older versions and stray
   files are taken away.
6. The acts are recorded and `pending.json` goes.

Whoever starts again after a crash, with the same wish or another, or by `finish`, goes through all of it: the list
itself says which posts are still to go. A full disk leaves the wish on the list and `pending.json` in place.

Readers need no lock and are not stopped. A search that began before the old files went is begun anew (`search.Searcher`);
`_GRACE` gives most of them time to end, and those who read for long hold `reading.long_read`, which is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa

from truthgpt.corpus import authors, clusters, durable
from truthgpt.corpus.consent import erasure, folder, optout, record, scrubbing
from truthgpt.corpus.consent.optout import OptOuts, Subject, Wish
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.progress import Report, counted, unheard
from truthgpt.corpus.provenance import sums
from truthgpt.corpus.reading import no_long_read
from truthgpt.corpus.scan import number, scan
from truthgpt.corpus.store import Store
from truthgpt.corpus.table import to_posts
from truthgpt.corpus.writer import Writer
from truthgpt.errors import BadInputError, MissingError

if TYPE_CHECKING:
    from lancedb.table import AsyncTable

BY_COMMAND, BY_PLATFORM = "asked for", "deleted by the platform's export"
"""Why a wish is kept."""

_GRACE = 1.0
"""Seconds that searches of an older version have to end before its files go."""

_READ = 4_096
"""Rows that are read at once by their numbers."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was done: posts removed (of a `no-training` wish: posts that are trained on no more), rows blanked."""

    wishes: int
    posts: int
    blanked: int
    version_before: int
    version: int


def forget(
    store: Store,
    subjects: Iterable[Subject],
    *,
    quarantine: Path,
    wish: Wish = "forget",
    reason: str = BY_COMMAND,
    timeout: float = 10.0,
    report: Report = unheard,
) -> Forgotten:
    """Keep the wish of each of `subjects`; that none of their posts is stored is no error.

    Raises `BadInputError` for a name that is none, `BusyError` where another process imports or reads an older version
    for longer than `timeout` seconds, `MissingError` where the disk is full; run it again then.
    """
    wanted = list(dict.fromkeys(subjects))
    optout.check(wanted)
    with store.alone(timeout) as table:
        # What an import that was killed left on its way, and what would tell that a post was there.
        clusters.clear_work(store.path)
        sums.drop(store.path)
        clean = _is_clean(table, store.path)
        task = _Task.begin(store, table, wanted, wish, reason)
        optout.add(store.path, (act.entry for act in task.acts))
        listed = optout.load(store.path)
        blanked = 0
        if task.erases:
            rows = _rows_to_forget(table, store.path, listed, task.posts, report)
            blanked = _scrub(table, store.path, rows, wanted, quarantine)
            if len(rows) or not clean:
                _erase(table, store.path, rows, timeout, report)
        changed = _stop_training(table, store.path, listed)
        with in_one_line(store.path):
            left = wait(table.count_rows())
        removed = task.posts - left
        after = number(table, store.path)
        task.end(store.path, removed + changed, after)
    return Forgotten(len(wanted), removed + changed, blanked, task.version, after)


def forget_ids(
    store: Store,
    ids: Iterable[str],
    *,
    quarantine: Path,
    reason: str = BY_PLATFORM,
    timeout: float = 10.0,
    report: Report = unheard,
) -> Forgotten | None:
    """Forget the posts with these ids, such as those that a later export of a platform calls deleted.

    Those that are not stored go on the list and nothing is written anew for them; None where no id is given.
    """
    subjects = [Subject("post", post_id) for post_id in dict.fromkeys(ids)]
    if not subjects:
        return None
    stored = {
        post.id
        for start in range(0, len(subjects), _READ)
        for post in store.get([subject.name for subject in subjects[start : start + _READ]])
    }
    known = [subject for subject in subjects if subject.name in stored]
    unknown = [subject for subject in subjects if subject.name not in stored]
    with store.alone(timeout):
        optout.add(store.path, optout.entries(store.path, unknown, "forget"))
    if not known:
        return Forgotten(len(subjects), 0, 0, store.version, store.version)
    done = forget(store, known, quarantine=quarantine, reason=reason, timeout=timeout, report=report)
    return replace(done, wishes=len(subjects))


def finish(store: Store, *, quarantine: Path, timeout: float = 10.0, report: Report = unheard) -> bool:
    """Complete what a crash, a full disk or a long reader interrupted; whether there was anything. For each import."""
    if _pending(store.path) is None:
        return False
    forget(store, (), quarantine=quarantine, timeout=timeout, report=report)
    return True


@dataclass(frozen=True, slots=True)
class _Task:
    """What `pending.json` holds: the wishes being kept, and the version and number of posts before any went."""

    acts: tuple[record.Act, ...]
    posts: int
    version: int

    @classmethod
    def begin(
        cls, store: Store, table: AsyncTable, subjects: Sequence[Subject], wish: Wish, reason: str
    ) -> _Task:
        """Write down what is about to be done, and what an interrupted one was about to do."""
        version = number(table, store.path)
        with in_one_line(store.path):
            posts = wait(table.count_rows())
        before = _pending(store.path)
        acts = [
            record.Act(record.now(), entry.wish, entry.kind, entry.hash, reason, 0, version, version)
            for entry in optout.entries(store.path, subjects, wish)
        ]
        if before is not None:
            acts = [*before.acts, *(act for act in acts if act.hash not in {old.hash for old in before.acts})]
            posts, version = before.posts, before.version
        task = cls(tuple(acts), posts, version)
        durable.write(_path(store.path), orjson.dumps(task), mode=0o600)
        return task

    @property
    def erases(self) -> bool:
        """Whether posts are to go, and not only the permission to train on them."""
        return any(act.wish == "forget" for act in self.acts)

    def end(self, corpus: Path, posts: int, after: int) -> None:
        """Record what was done; the task is no longer pending."""
        done = {(act.hash, act.wish, act.version_before) for act in record.acts(corpus)}
        record.append(
            corpus,
            (
                replace(act, posts=posts, version_before=self.version, version_after=after)
                for act in self.acts
                if (act.hash, act.wish, self.version) not in done
            ),
        )
        _path(corpus).unlink(missing_ok=True)


def _is_clean(table: AsyncTable, corpus: Path) -> bool:
    """Whether nothing was written since posts were last forgotten, so that no file can hold what no row holds."""
    version = number(table, corpus)
    return _pending(corpus) is None and any(
        act.wish == "forget" and act.version_after == version for act in record.acts(corpus)
    )


def _scrub(
    table: AsyncTable, path: Path, rows: erasure.Rows, subjects: Sequence[Subject], quarantine: Path
) -> int:
    traces = scrubbing.Traces()
    for subject in subjects:
        traces.add(subject)
    for some in _rows(table, path, rows, ("id", "text")):
        for post_id, text in zip(some["id"].to_pylist(), some["text"].to_pylist(), strict=True):
            traces.add(Subject("post", post_id))
            traces.add_text(text)
    return scrubbing.scrub(quarantine, traces)


def _erase(table: AsyncTable, path: Path, rows: erasure.Rows, timeout: float, report: Report) -> None:
    """Steps 4 and 5."""
    erasure.mark(table, path, rows)
    erasure.rewrite(table, path, report)
    clusters.refresh(
        table, path, report=report
    )  # its file names posts too, and the first of a cluster may be gone
    authors.refresh(table, path)
    erasure.reindex(table, path, report)
    erasure.join(table, path)
    with no_long_read(path, timeout):
        time.sleep(_GRACE)
        erasure.prune(table, path)


def _rows_to_forget(
    table: AsyncTable, path: Path, listed: OptOuts, posts: int, report: Report
) -> erasure.Rows:
    """The rows of posts that are on the list of those to forget."""
    found = [np.empty(0, np.uint64)]
    if listed.forgotten:
        for batch in counted(scan(table, path, ("id", "author")), "looking for posts", posts, report):
            reasons = listed.reasons(batch["id"].to_pylist(), batch["author"].to_pylist())
            found.append(batch["_rowid"].to_numpy()[np.array(list(map(bool, reasons)), dtype=bool)])
    return np.concatenate(found)


def _stop_training(table: AsyncTable, path: Path, listed: OptOuts) -> int:
    """Take the permission to train from the posts that are on the list: how many there were."""
    if not listed.untrained:
        return 0
    found = [np.empty(0, np.uint64)]
    for batch in scan(table, path, ("id", "author", "training")):
        may = np.array(listed.trainable(batch["id"].to_pylist(), batch["author"].to_pylist()), dtype=bool)
        found.append(batch["_rowid"].to_numpy()[~may & batch["training"].to_numpy(zero_copy_only=False)])
    rows = np.concatenate(found)
    if len(rows):
        writer = Writer(path, table)
        with in_one_line(path):
            names = wait(table.schema()).names
        for some in _rows(table, path, rows, names):
            writer.replace(_untrained(some.select(names)))
        writer.finish()
    return len(rows)


def _untrained(rows: pa.Table) -> pa.Table:
    """`rows` of the table, whole, without the permission to train: all that is reckoned of it is made anew."""
    # Here, and not above: Daft takes a second to load, and only this wish needs it.
    from daft import col
    from daft.expressions import ExpressionsProjection
    from daft.recordbatch import RecordBatch

    from truthgpt.corpus.pipeline import keys, raw

    posts = raw.table([post._replace(training=False) for post in to_posts(rows)])
    made = RecordBatch.from_arrow_table(posts).eval_expression_list(
        ExpressionsProjection(
            [
                col("training"),
                keys.rest(*map(col, keys.CITED)).alias("rest"),
                keys.content_key(*map(col, keys.CONTENT)).alias("content_key"),
            ]
        )
    )
    for name, column in zip(("training", "rest", "content_key"), made.to_arrow_table().columns, strict=True):
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(place), column.cast(rows.schema.field(place).type))
    return rows


def _rows(table: AsyncTable, path: Path, rows: erasure.Rows, columns: Sequence[str]) -> Iterator[pa.Table]:
    for start in range(0, len(rows), _READ):
        with in_one_line(path):
            chosen = rows[start : start + _READ].tolist()
            yield wait(table.take_row_ids(chosen).select(list(columns)).to_arrow())


def _path(corpus: Path) -> Path:
    return folder(corpus) / "pending.json"


def _pending(corpus: Path) -> _Task | None:
    """What was interrupted, None where nothing was."""
    try:
        row = orjson.loads(_path(corpus).read_bytes())
        return _Task(tuple(record.Act(**act) for act in row["acts"]), row["posts"], row["version"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MissingError(f"cannot read {_path(corpus)}: {error.strerror}; mend its permissions") from error
    except (ValueError, KeyError, TypeError):
        raise BadInputError(f"{_path(corpus)} is damaged; restore it from a backup") from None
