"""`truthgpt notes`: scores notes from X's files or the data folder's own, explains a status, simulates raters."""

from __future__ import annotations

import csv
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.notes.files import Reading
    from truthgpt.notes.scoring import Scoring
    from truthgpt.notes.table import NoteTable

app = typer.Typer(
    help="Notes: what people who usually disagree agree on.", no_args_is_help=True, rich_markup_mode=None
)

_Files = list[Path]
_FIRST_MOMENT, _LAST_MOMENT = 10**12, 10**14
"""From 2001 to 5138: what is less is seconds, not milliseconds."""
_LEVELS = {1.0: "HELPFUL", 0.5: "SOMEWHAT_HELPFUL", 0.0: "NOT_HELPFUL"}


@app.command("score")
def score(
    ratings: Annotated[
        _Files | None,
        typer.Option(
            "--ratings",
            help="X's ratings: files, folders or archives. Without it, the notes of the data folder.",
            metavar="F",
        ),
    ] = None,
    notes: Annotated[
        _Files | None,
        typer.Option("--notes", help="X's notes; without them, the first round alone.", metavar="F"),
    ] = None,
    status: Annotated[
        _Files | None, typer.Option("--status", help="X's noteStatusHistory.", metavar="F")
    ] = None,
    enrollment: Annotated[
        _Files | None,
        typer.Option("--enrollment", help="X's userEnrollment: raters' modelling groups.", metavar="F"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where notes.tsv, raters.tsv and X's own tables go.", metavar="DIR"),
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option("--thresholds", help="Numbers in place of the published ones (TOML).", metavar="F"),
    ] = None,
    guard: Annotated[
        bool, typer.Option("--guard/--no-guard", help="Whether raters who act together have one vote.")
    ] = True,
    now: Annotated[
        int | None,
        typer.Option(
            "--now", help="Milliseconds since 1970 at which to score (else the clock).", metavar="MS"
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Score notes: each gets a status, the rule that gave it, and by what margin."""
    at = now if now is not None else time.time_ns() // 1_000_000
    if not _FIRST_MOMENT <= at <= _LAST_MOMENT:
        raise BadInputError(f"--now {at} is no moment in milliseconds since 1970, such as {_FIRST_MOMENT}")
    if ratings is None:
        if notes or status or enrollment or out or thresholds:
            raise BadInputError("--notes, --status, --enrollment, --out and --thresholds go with --ratings")
        _score_own(data, at, json=json)
        return
    if out is None or not out.name:
        raise BadInputError("where to? give --out DIR")
    _score_files(ratings, notes, status, enrollment, out, thresholds, at, guard=guard, json=json)


@app.command("explain")
def explain(
    note: Annotated[str, typer.Argument(help="The note's id.", metavar="NOTE")],
    scored: Annotated[
        Path, typer.Option("--out", help="The folder that `truthgpt notes score` wrote.", metavar="DIR")
    ],
    ratings: Annotated[
        _Files | None,
        typer.Option("--ratings", help="The ratings that were scored, for --picture.", metavar="F"),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Where to draw who finds it helpful (SVG).", metavar="FILE"),
    ] = None,
    json: Json = False,
) -> None:
    """Say why a note has its status, and draw who finds it helpful."""
    row = _row(scored / "notes.tsv", "noteId", note)
    if picture is not None:
        if not picture.parent.is_dir():
            raise BadInputError(f"there is no folder {picture.parent} for the picture")
        if not ratings:
            raise BadInputError("a picture needs the ratings that were scored: give --ratings F")
        _draw(picture, row, scored, ratings)
    if json:
        print_json(
            {name: _value(value) for name, value in row.items()}
            | {"picture": str(picture) if picture else None}
        )
    else:
        console().print(printable(row.get("explanation", "")))


@app.command("simulate")
def simulate(
    out: Annotated[
        Path, typer.Option("--out", help="Where ratings.tsv, notes.tsv and truth.tsv go.", metavar="DIR")
    ],
    raters: Annotated[int, typer.Option("--raters", min=2, max=10_000_000)] = 2_000,
    notes: Annotated[int, typer.Option("--notes", min=1, max=10_000_000)] = 3_000,
    count: Annotated[
        int, typer.Option("--ratings", min=1, max=100_000_000, help="Drawn; pairs that repeat are dropped.")
    ] = 100_000,
    brigade: Annotated[
        float, typer.Option("--brigade", min=0, max=0.9, help="Share of raters who act together.")
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    json: Json = False,
) -> None:
    """Make raters and notes whose truth is known, in X's columns, to teach and to test with."""
    import numpy as np

    from truthgpt.notes import simulator
    from truthgpt.notes.files import write_tsv

    world = simulator.World(raters=raters, notes=notes, ratings=count, brigade=brigade)
    made = simulator.simulate(world, seed)
    of = made.ratings
    ids, names = np.array(of.note_ids), np.array(of.rater_ids)
    write_tsv(out / "ratings.tsv", {
        "noteId": ids[of.notes], "raterParticipantId": names[of.raters], "createdAtMillis": of.times,
        "helpfulnessLevel": [_LEVELS[value] for value in of.values.tolist()],
    })  # fmt: skip
    write_tsv(out / "notes.tsv", {
        "noteId": ids, "noteAuthorParticipantId": ["author"] * len(ids), "createdAtMillis": made.written,
        "classification": ["MISINFORMED_OR_POTENTIALLY_MISLEADING"] * len(ids),
    })  # fmt: skip
    write_tsv(out / "truth.tsv", {
        "noteId": ids, "quality": made.quality, "polarity": made.polarity, "targeted": made.targeted,
    })  # fmt: skip
    write_tsv(out / "raters.tsv", {
        "raterParticipantId": names, "ideology": made.ideology, "leniency": made.leniency, "colluding": made.colluding,
    })  # fmt: skip
    said = {"ratings": len(of), "notes": len(ids), "raters": len(names), "out": str(out)}
    if json:
        print_json(said)
    else:
        console().print(f"{len(of):,} ratings of {len(ids):,} notes by {len(names):,} raters in {out}")


def _score_own(data: Path | None, now: int, *, json: bool) -> None:
    from truthgpt.database import open_database
    from truthgpt.notes.job import score_once
    from truthgpt.notes.store import NoteStore

    store = NoteStore(open_database(settings.load(data).database))
    done = score_once(store, f"command {uuid.uuid4().hex}", now)
    if json:
        print_json({"scored": done})
    else:
        console().print(
            "All notes are scored."
            if done
            else "Nothing has changed since the last scoring, or another is at it."
        )


def _score_files(
    ratings: _Files, notes: _Files | None, status: _Files | None, enrollment: _Files | None, out: Path,
    thresholds: Path | None, now: int, *, guard: bool, json: bool,
) -> None:  # fmt: skip
    from truthgpt.notes import output
    from truthgpt.notes.files import read_enrollment, read_histories, read_notes, read_ratings
    from truthgpt.notes.scoring import score_all
    from truthgpt.notes.thresholds import load, published

    started = time.perf_counter()
    numbers = load(thresholds) if thresholds else published()
    rated, found = read_ratings(ratings, now=now)
    readings: dict[str, Reading] = {"ratings": found}
    table: NoteTable | None = None
    histories, groups = None, None
    if notes:
        table, readings["notes"] = read_notes(notes)
    if status:
        histories, readings["status"] = read_histories(status)
        table = _joined(table, histories.notes) if table is not None else None
    if enrollment:
        groups, readings["enrollment"] = read_enrollment(enrollment)
    if not len(rated):
        raise BadInputError(f"no ratings in {', '.join(map(str, ratings))}{_why(found)}")
    scored = score_all(rated, table, histories, now=now, groups=groups, thresholds=numbers, guarding=guard)
    output.write(out, scored, numbers, table)
    said = _summary(scored, readings, out, time.perf_counter() - started)
    if json:
        print_json(said)
        return
    _tell(said, readings)


def _joined(table: NoteTable, others: NoteTable) -> NoteTable:
    """The notes of both; what the notes' own file says comes first."""
    import numpy as np

    from truthgpt.notes.table import NoteTable

    return NoteTable.of(
        [*others.ids, *table.ids],
        [*others.authors, *table.authors],
        np.concatenate([others.created_at, table.created_at]),
        np.concatenate([others.misleading, table.misleading]),
    )


def _summary(scored: Scoring, readings: dict[str, Reading], out: Path, seconds: float) -> dict[str, Any]:
    statuses = [one.status for one in scored.decided]
    first = readings["ratings"]
    return {
        "read": first.read,
        "kept": first.kept,
        "repeated": scored.ratings.repeated,
        "rejected": {name: sum(one.rejected.values()) for name, one in readings.items()},
        "notes": len(statuses),
        "raters": len(scored.ratings.rater_ids),
        "helpful": statuses.count("CURRENTLY_RATED_HELPFUL"),
        "not_helpful": statuses.count("CURRENTLY_RATED_NOT_HELPFUL"),
        "needs_more": statuses.count("NEEDS_MORE_RATINGS"),
        "models": {one.scope.name: one.model.loss_ for one in scored.models},
        "acting_together": int((scored.guarded.group >= 0).sum()) if scored.guarded is not None else None,
        "out": str(out),
        "seconds": round(seconds, 3),
    }


def _tell(said: dict[str, Any], readings: dict[str, Reading]) -> None:
    out = console()
    out.print(
        f"{said['kept']:,} ratings of {said['notes']:,} notes by {said['raters']:,} raters, in {said['seconds']:.1f} s: "
        f"{said['helpful']:,} helpful, {said['not_helpful']:,} not helpful, {said['needs_more']:,} need more ratings."
    )
    if said["acting_together"]:
        out.print(f"{said['acting_together']:,} raters act together and have one vote where they do.")
    if said["repeated"]:
        out.print(
            f"Of these {said['repeated']:,} were replaced by a later rating of the same note by the same rater."
        )
    out.print(f"The tables are in {said['out']}.")
    warned = console(stderr=True)
    for name, reading in readings.items():
        for reason, count in reading.rejected.most_common():
            warned.print(f"{name}: {count:,} rows rejected: {printable(reason)}")
        for line in (*reading.examples, *reading.notices):
            warned.print(f"  {printable(line)}")


def _why(reading: Reading) -> str:
    if not reading.read:
        return ": there is no row"
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in reading.rejected.most_common(3))
    return f": of {reading.read:,} rows none could be used ({reasons})"


def _row(path: Path, key: str, wanted: str) -> dict[str, str]:
    for row in _rows(path):
        if row.get(key) == wanted:
            return row
    raise BadInputError(f"{path} has no note {wanted[:80]!r}")


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    try:
        text = path.read_bytes().decode("utf-8")
        rows = list(csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
        if not text.endswith("\n") or any(None in row or None in row.values() for row in rows):
            raise BadInputError(f"{path} is damaged; write it anew with `truthgpt notes score`")
        return rows
    except (UnicodeDecodeError, csv.Error):
        raise BadInputError(f"{path} is damaged; write it anew with `truthgpt notes score`") from None
    except OSError as error:
        raise BadInputError(
            f"cannot read {path}: {error.strerror}; `truthgpt notes score --out` writes it"
        ) from error


def _draw(target: Path, row: dict[str, str], scored: Path, ratings: _Files) -> None:
    import numpy as np

    from truthgpt.notes.files import read_ratings
    from truthgpt.notes.picture import Dot, picture

    factors = {
        one["raterParticipantId"]: float(one["factor"] or "nan") for one in _rows(scored / "raters.tsv")
    }
    rated, _ = read_ratings(ratings, now=time.time_ns() // 1_000_000)
    if row["noteId"] not in rated.note_ids:
        raise BadInputError(
            f"those ratings have none of the note {row['noteId']}; give the ones that were scored"
        )
    mine = np.flatnonzero(rated.notes == rated.note_ids.index(row["noteId"]))
    dots = [
        Dot(factors.get(rated.rater_ids[rated.raters[one]], float("nan")), float(rated.values[one]))
        for one in mine
    ]
    durable.write(target, picture(f"Note {row['noteId']}", row.get("explanation", ""), dots).encode())


def _value(text: str) -> str | float | None:
    if text == "":
        return None
    try:
        return float(text) if not text.isdigit() or len(text) < 16 else text
    except ValueError:
        return text
