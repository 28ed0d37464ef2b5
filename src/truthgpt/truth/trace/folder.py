"""The files of the trace beside a folder of posts: a segment a fragment of their table, named like the file of its data.

    <posts>/trace/<data file>.trace

A fragment never changes, but rows of it may be marked as deleted, which its segment counts. So a file holds for every version
that has the fragment with as many marks; what is missing is made by whoever traces, one process at a time, and only of posts
that came since. Files whose data are gone are taken away with the next one that is made, or by `discard`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from truthgpt.corpus import beside
from truthgpt.corpus.lance import in_one_line
from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.memory import give_back
from truthgpt.corpus.progress import Report
from truthgpt.corpus.reading import long_read
from truthgpt.corpus.store import TABLE
from truthgpt.errors import MissingError
from truthgpt.truth.trace.build import build
from truthgpt.truth.trace.segment import Segment

if TYPE_CHECKING:
    from lance import LanceDataset, LanceFragment

FOLDER = "trace"
_SUFFIX = ".trace"
_WAIT = 600.0
"""Seconds for which is waited while another process makes the files."""
STAGE = "indexing for the trace"


def segments(posts: Path, dataset: LanceDataset, report: Report) -> tuple[list[Segment], int]:
    """Those of the fragments of the version that `dataset` is at, in their order, and how many posts were indexed for them.

    Raises `BusyError` while posts are being forgotten, `MissingError` where the disk is full or the folder cannot be written to,
    `BadInputError` where files of the version are damaged or gone.
    """
    fragments = dataset.get_fragments()
    found = [_open(posts, fragment) for fragment in fragments]
    made = 0
    if any(segment is None for segment in found):
        with in_one_line(posts), WriteLock(_folder(posts), _WAIT, "trace"):
            total = sum(
                fragment.count_rows()
                for fragment, segment in zip(fragments, found, strict=True)
                if segment is None
            )
            for at, fragment in enumerate(fragments):
                if found[at] is None and (there := _open(posts, fragment)) is not None:
                    found[at], total = there, total - fragment.count_rows()  # another process was faster
                elif found[at] is None:
                    # Who forgets posts waits for this, between two fragments, and finds whatever file is made here.
                    with long_read(posts):
                        found[at] = _make(posts, dataset, fragment, report, made, total)
                    made += fragment.count_rows()
            _tidy(posts)
        give_back()
    return [segment for segment in found if segment is not None], made


def discard(posts: Path) -> None:
    """Take away all files of the trace of the posts in this folder; what is traced next makes them anew.

    Raises `BusyError` while another process makes them.
    """
    if (posts / FOLDER).is_dir():
        with WriteLock(_folder(posts)):
            for file in (posts / FOLDER).glob(f"*{_SUFFIX}*"):
                file.unlink(missing_ok=True)


def _folder(posts: Path) -> Path:
    folder = posts / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise MissingError(f"cannot write to {posts}: {error.strerror}; mend its permissions") from error
    return folder


def _open(posts: Path, fragment: LanceFragment) -> Segment | None:
    """The segment of `fragment`, with as many documents as it has rows; None where there is none."""
    segment = Segment.open(posts / FOLDER / f"{beside.name_of(fragment)}{_SUFFIX}")
    if segment is None or segment.key != fragment.num_deletions:
        return None
    return segment if len(segment.starts) == fragment.physical_rows + 1 else None


def _make(
    posts: Path, dataset: LanceDataset, fragment: LanceFragment, report: Report, done: int, total: int
) -> Segment:
    texts = _texts(dataset, fragment, report, done, total)
    path = posts / FOLDER / f"{beside.name_of(fragment)}{_SUFFIX}"
    made = build(texts, fragment.num_deletions)
    made.write(path)
    # The mapped file, so that what was made does not stay in memory.
    return Segment.open(path) or made


def _texts(
    dataset: LanceDataset, fragment: LanceFragment, report: Report, done: int, total: int
) -> Iterator[Sequence[str]]:
    """The texts of all rows, by their places; empty ones of rows that are marked as deleted."""
    first = 0
    for places, batch in beside.read(dataset, fragment, ["text"]):
        if not len(places):
            continue
        texts = [""] * (int(places[-1]) + 1 - first)
        for place, text in zip((places - first).tolist(), batch["text"].to_pylist(), strict=True):
            texts[place] = text
        yield texts
        first += len(texts)
        done += batch.num_rows
        report(STAGE, done, total)
    yield [""] * (fragment.physical_rows - first)


def _tidy(posts: Path) -> None:
    """Take away files of data that no version has any more, and what was left half-written."""
    there = {file.stem for file in (posts / f"{TABLE}.lance" / "data").glob("*.lance")}
    for file in (posts / FOLDER).glob(f"*{_SUFFIX}*"):
        if file.stem not in there:
            with suppress(FileNotFoundError):
                file.unlink()
