"""X's public files in, ratings, notes, histories and modelling groups out, with what was found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truthgpt.notes.decision import NEEDS_MORE, STATUSES, History, Status
from truthgpt.notes.files import tsv
from truthgpt.notes.files.columns import TAGS
from truthgpt.notes.files.forms import ENROLLMENT, HISTORY, NOTES, RATINGS
from truthgpt.notes.files.reading import Reading, Tally
from truthgpt.notes.files.sources import Paths, tables
from truthgpt.notes.files.tsv import Rows
from truthgpt.notes.files.values import Flags, Ids, Whole, are_ids, whole_numbers
from truthgpt.notes.ratings import LEVELS, UNKNOWN_TIME, Ratings, Values
from truthgpt.notes.table import NoteTable

_DAY = 86_400_000
_MISLEADING = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
_CLASSIFICATIONS = pa.array(["NOT_MISLEADING", _MISLEADING])
_MEANT: tuple[Status | None, ...] = (*STATUSES, NEEDS_MORE, None)
_STATUSES = pa.array([*STATUSES, "NEEDS_YOUR_HELP", ""])
_MOMENTS = {
    "firstNonNMRStatus": "timestampMillisOfFirstNonNMRStatus",
    "mostRecentNonNMRStatus": "timestampMillisOfLatestNonNMRStatus",
    "lockedStatus": "timestampMillisOfStatusLock",
}
"""The statuses of a history and the columns that say when, in the order of `History`."""
_DECIDED = ("firstNonNMRStatus", "mostRecentNonNMRStatus")
_LEVELS = pa.array([*LEVELS, ""])
_WORTH = np.array([*LEVELS.values(), np.nan], np.float32)


@dataclass(frozen=True, eq=False)
class NoteRows(NoteTable):
    """The notes of a file; `summaries` are their texts (n,), where they were asked for."""

    summaries: tuple[str, ...] | None = None


class Histories(dict[str, History]):
    """What notes were before, by their ids; `notes` has who wrote each and when, also of those deleted since."""

    def __init__(self, histories: Mapping[str, History], notes: NoteTable) -> None:
        super().__init__(histories)
        self.notes = notes


@dataclass(frozen=True, eq=False)
class _Rated:
    notes: pa.DictionaryArray
    raters: pa.DictionaryArray
    values: Values
    times: Whole
    tags: dict[str, pa.Array]
    unclear: dict[str, int]


def read_ratings(paths: Paths, *, now: int) -> tuple[Ratings, Reading]:
    """The ratings at `paths`: files, folders or archives, in several parts or one. `now` is in milliseconds since 1970.

    A rating without a known level is rejected; those of version 1, which have two boxes instead, are worth what the
    published scorer makes of them. A time that is missing, negative, no number, or more than a day after `now` is
    unknown. Of several ratings of one rater on one note the last counts. Ten million with all tags take
    less than 3 GB. Raises `BadInputError` where a file lacks a column or is none of ratings.
    """
    tally = Tally()
    notes, raters = Ids(), Ids()
    parts: list[_Rated] = []
    for table in tables(paths, RATINGS, tally):
        for part in tsv.results(table, RATINGS.read, partial(_rated, now=now), tally):
            notes.add(part.notes)
            raters.add(part.raters)
            tally.kept += len(part.values)
            tally.unclear.update(part.unclear)
            if len(part.values):
                parts.append(replace(part, notes=None, raters=None))
    ratings = Ratings.of(
        notes.all(),
        raters.all(),
        np.concatenate([part.values for part in parts]) if parts else [],
        times=np.concatenate([part.times for part in parts]) if parts else [],
        tags={tag: _ticked(parts, tag) for tag in TAGS if any(tag in part.tags for part in parts)},
    )
    return ratings, tally.reading(ratings.repeated)


def _rated(rows: Rows, now: int) -> _Rated:
    for name in RATINGS.ids:
        rows = _with_ids(rows, name)
    values, given = _worth(rows)
    kept = ~np.isnan(values)
    rows.rejections.add_all(rows.lines[~kept & given], "unknown helpfulness level")
    rows.rejections.add_all(rows.lines[~kept & ~given], "no helpfulness level")
    rows, values = rows.only(kept), values[kept]
    times, unclear = _times(rows, "ratings", now)
    ticked = {tag: rows.columns[tag] for tag in TAGS if tag in rows.columns}
    tags = {tag: column.fill_null(False) for tag, column in ticked.items() if column.true_count}
    notes, raters = (rows.columns[name].dictionary_encode() for name in RATINGS.ids)
    return _Rated(notes, raters, values, times, tags, unclear)


def _worth(rows: Rows) -> tuple[Values, Flags]:
    """What each rating is worth, no number where that is not known, and whether its level was given at all (n,)."""
    count = len(rows.lines)
    values, given = np.full(count, np.nan, np.float32), np.zeros(count, np.bool_)
    if "helpfulnessLevel" in rows.columns:
        places = _places(rows.columns["helpfulnessLevel"], _LEVELS)
        values, given = _WORTH[places], places != len(LEVELS)
    if not given.all() and "helpful" in rows.columns and "notHelpful" in rows.columns:
        for name, value in (("helpful", 1.0), ("notHelpful", 0.0)):  # the published scorer has the second win
            ticked, known = whole_numbers(rows.columns[name])
            values[~given & known & (ticked == 1)] = value
    return values, given


def _ticked(parts: list[_Rated], tag: str) -> Flags:
    """Which of all ratings have `tag`; its columns in `parts` are given up, so that they are not held twice."""
    ticked = np.zeros(sum(len(part.values) for part in parts), np.bool_)
    start = 0
    for part in parts:
        end = start + len(part.values)
        column = part.tags.pop(tag, None)
        if column is not None:
            ticked[start:end] = column.to_numpy(zero_copy_only=False)
        start = end
    return ticked


@dataclass(frozen=True, eq=False)
class _Noted:
    """n notes: what all files with notes have."""

    ids: list[str]
    authors: list[str]
    times: Whole
    unclear: dict[str, int]


def read_notes(paths: Paths, *, summaries: bool = False) -> tuple[NoteRows, Reading]:
    """The notes at `paths`, as `read_ratings` takes them; of one that stands there twice the last row counts.

    A note of no known classification is rejected; an author or a time that is none is unknown. `summaries` asks for the
    texts, too, which are held in memory. Raises `BadInputError` as `read_ratings` does.
    """
    tally = Tally()
    notes = _Notes()
    misleading: list[Flags] = []
    texts: list[str] = []
    columns = (*NOTES.read, NOTES.text) if summaries else NOTES.read
    for table in tables(paths, NOTES, tally):
        for rows, noted in tsv.results(table, columns, _classified, tally):
            notes.add(noted, tally)
            misleading.append(
                pc.equal(rows.columns["classification"], _MISLEADING).to_numpy(zero_copy_only=False)
            )
            if summaries:
                texts += _texts(rows, NOTES.text)
    known = notes.table(np.concatenate([np.zeros(0, np.bool_), *misleading]))
    found = NoteRows(
        *(known.ids, known.authors, known.created_at, known.misleading),
        tuple(texts[row] for row in notes.last.values()) if summaries else None,
    )
    return found, tally.reading(repeated=tally.kept - len(found))


def _classified(rows: Rows) -> tuple[Rows, _Noted]:
    rows = _with_ids(rows, "noteId")
    known = pc.is_in(rows.columns["classification"], _CLASSIFICATIONS).to_numpy(zero_copy_only=False)
    rows.rejections.add_all(rows.lines[~known], "unknown classification")
    rows = rows.only(known)
    return rows, _noted(rows)


def read_histories(paths: Paths) -> tuple[Histories, Reading]:
    """What became of each note until now, from X's status history at `paths`; of several rows of a note the last counts.

    A row with an unknown status is rejected. X's "needs your help" is one of needing more ratings. Raises
    `BadInputError` as `read_ratings` does.
    """
    tally = Tally()
    notes = _Notes()
    histories: list[History] = []
    for table in tables(paths, HISTORY, tally):
        for noted, told in tsv.results(table, HISTORY.read, _told, tally):
            notes.add(noted, tally)
            histories += told
    # Of a deleted note nobody knows what it said: the published scorer goes on as if it had said "misleading".
    known = notes.table(np.ones(tally.kept, np.bool_))
    found = Histories({one: histories[row] for one, row in notes.last.items()}, known)
    return found, tally.reading(repeated=tally.kept - len(found))


def _told(rows: Rows) -> tuple[_Noted, list[History]]:
    rows = _with_ids(rows, "noteId")
    known = np.ones(len(rows.lines), np.bool_)
    for name in ("currentStatus", *_MOMENTS):
        if name in rows.columns:
            known &= _places(rows.columns[name], _STATUSES) >= 0
    rows.rejections.add_all(rows.lines[~known], "unknown status")
    rows = rows.only(known)
    nothing = [None] * len(rows.lines)
    columns: list[list[Any]] = [_statuses(rows, "currentStatus")]
    for name, at in _MOMENTS.items():
        statuses = _statuses(rows, name)
        if at in rows.columns:
            times, valid = whole_numbers(rows.columns[at])
            happened = valid & (times > 0) & np.array([status is not None for status in statuses], np.bool_)
            columns += [
                statuses,
                [time if is_known else None for time, is_known in zip(times.tolist(), happened, strict=True)],
            ]
        else:
            columns += [statuses, nothing]
    return _noted(rows), [History(*row) for row in zip(*columns, strict=True)]


def _statuses(rows: Rows, name: str) -> list[Status | None]:
    if name not in rows.columns:
        return [None] * len(rows.lines)
    found = [_MEANT[place] for place in _places(rows.columns[name], _STATUSES)]
    # What comes first and latest is never "needs more ratings"; a note may be locked at it.
    return [None if one == NEEDS_MORE else one for one in found] if name in _DECIDED else found


def read_enrollment(paths: Paths) -> tuple[dict[str, int | None], Reading]:
    """Each participant's modelling group, None where there is none, from X's user enrollment at `paths`; of several rows
    of one participant the last counts. Raises `BadInputError` as `read_ratings` does."""
    tally = Tally()
    groups: dict[str, int | None] = {}
    for table in tables(paths, ENROLLMENT, tally):
        for ids, found, unclear in tsv.results(table, ENROLLMENT.read, _grouped, tally):
            groups.update(zip(ids, found, strict=True))
            tally.kept += len(ids)
            tally.unclear.update(unclear)
    return groups, tally.reading(repeated=tally.kept - len(groups))


def _grouped(rows: Rows) -> tuple[list[str], list[int | None], dict[str, int]]:
    rows = _with_ids(rows, "participantId")
    ids: list[str] = rows.columns["participantId"].to_pylist()
    column = rows.columns.get("modelingGroup")
    if column is None:
        return ids, [None] * len(ids), {}
    numbers, valid = whole_numbers(column)
    given = pc.not_equal(column, "").to_numpy(zero_copy_only=False)
    groups = [
        number if has else None for number, has in zip(numbers.tolist(), valid & (numbers >= 0), strict=True)
    ]
    return (
        ids,
        groups,
        {"modelling groups are no numbers and were taken for none": int((given & ~valid).sum())},
    )


class _Notes:
    """Notes as they come in; `last` is the last row of each, by its id."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}
        self._authors: list[str] = []
        self._times: list[Whole] = [np.zeros(0, np.int64)]

    def add(self, noted: _Noted, tally: Tally) -> None:
        self.last.update(zip(noted.ids, range(tally.kept, tally.kept + len(noted.ids)), strict=True))
        self._authors += noted.authors
        self._times.append(noted.times)
        tally.kept += len(noted.ids)
        tally.unclear.update(noted.unclear)

    def table(self, misleading: Flags) -> NoteTable:
        """All of them, each once; `misleading` (rows,) says which do."""
        order = np.fromiter(self.last.values(), np.int64, len(self.last))
        authors = tuple(self._authors[row] for row in order)
        return NoteTable(tuple(self.last), authors, np.concatenate(self._times)[order], misleading[order])


def _noted(rows: Rows) -> _Noted:
    times, unclear = _times(rows, "notes", None)
    authors = _texts(rows, "noteAuthorParticipantId")
    if "noteAuthorParticipantId" in rows.columns:
        known = are_ids(rows.columns["noteAuthorParticipantId"])
        authors = [author if is_known else "" for author, is_known in zip(authors, known, strict=True)]
        unclear["notes have no author"] = len(known) - int(known.sum())
    return _Noted(rows.columns["noteId"].to_pylist(), authors, times, unclear)


def _texts(rows: Rows, name: str) -> list[str]:
    column = rows.columns.get(name)
    return [""] * len(rows.lines) if column is None else column.to_pylist()


def _with_ids(rows: Rows, name: str) -> Rows:
    """The rows that have an id in the column `name`; the others are rejected."""
    good = are_ids(rows.columns[name])
    rows.rejections.add_all(rows.lines[~good], f"{name} is empty or no id")
    return rows.only(good)


def _times(rows: Rows, what: str, now: int | None) -> tuple[Whole, dict[str, int]]:
    """When each row was made, in milliseconds since 1970, and how many of `what` have no time that can be believed."""
    if "createdAtMillis" not in rows.columns:
        return np.full(len(rows.lines), UNKNOWN_TIME, np.int64), {}
    times, valid = whole_numbers(rows.columns["createdAtMillis"])
    given = pc.not_equal(rows.columns["createdAtMillis"], "").to_numpy(zero_copy_only=False)
    impossible = given & (~valid | (times < 0))
    later = np.zeros(len(times), np.bool_) if now is None else times > now + _DAY
    unclear = {
        f"{what} have no time": len(given) - int(given.sum()),
        f"{what} have a time that is none, which was taken for unknown": int(impossible.sum()),
        f"{what} have a time in the future, which was taken for unknown": int(later.sum()),
    }
    return np.where(impossible | later | ~valid, UNKNOWN_TIME, times), unclear


def _places(column: pa.Array, among: pa.Array) -> npt.NDArray[np.int64]:
    """The place of each cell (n,) in `among`, -1 where it is not there."""
    found: npt.NDArray[np.int64] = pc.index_in(column, among).fill_null(-1).to_numpy().astype(np.int64)
    return found
