"""`truthgpt notes`: files in X's columns in, tables out; a status explained; worlds to try it with; one line for what is wrong."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from command_line import Run, one_line

from truthgpt.cli import main


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def made(*arguments: object) -> None:
    """Runs a command for what it writes."""
    with pytest.raises(SystemExit) as stop:
        main(["notes", *map(str, arguments)])
    assert stop.value.code == 0


def said(run: Run, *arguments: object) -> dict[str, object]:
    result = run("notes", *map(str, arguments), "--json")
    assert result.code == 0, result
    return result.json


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated world in X's columns."""
    out = tmp_path_factory.mktemp("world")
    made("simulate", "--raters", 600, "--notes", 700, "--ratings", 30_000, "--out", out)
    return out


@pytest.fixture(scope="module")
def scored(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a scoring of it wrote."""
    out = tmp_path_factory.mktemp("scored")
    made("score", "--ratings", world / "ratings.tsv", "--notes", world / "notes.tsv", "--out", out)
    return out


def test_a_scoring_writes_notes_raters_and_x_s_own_tables(scored: Path, run: Run) -> None:
    notes = table(scored / "notes.tsv")
    assert {"noteId", "intercept", "factor", "status", "rule", "margin"} <= set(notes[0])
    assert len(notes) == 700
    assert sum(one["status"] == "CURRENTLY_RATED_HELPFUL" for one in notes) > 20
    assert all(float(one["margin"]) >= 0 and one["rule"] and one["explanation"] for one in notes)
    raters = table(scored / "raters.tsv")
    assert {"raterParticipantId", "intercept", "factor", "trusted"} <= set(raters[0])
    public = {one["noteId"]: one for one in table(scored / "scoredNotes.tsv")}
    history = {one["noteId"]: one for one in table(scored / "noteStatusHistory.tsv")}
    for one in notes:
        assert (
            public[one["noteId"]]["finalRatingStatus"]
            == one["status"]
            == history[one["noteId"]]["currentStatus"]
        )
    shown = next(one for one in notes if one["rule"] == "GeneralCRH")
    assert "GeneralCRH (v1.0)" in public[shown["noteId"]]["coreActiveRules"]
    assert len(table(scored / "helpfulnessScores.tsv")) == len(raters)


def test_what_was_written_is_read_again_as_history(
    world: Path, scored: Path, tmp_path: Path, run: Run
) -> None:
    again = said(run,
        "score", "--ratings", world / "ratings.tsv", "--notes", world / "notes.tsv",
        "--status", scored / "noteStatusHistory.tsv", "--out", tmp_path,
    )  # fmt: skip
    before, after = (
        {one["noteId"]: one for one in table(folder / "noteStatusHistory.tsv")}
        for folder in (scored, tmp_path)
    )
    assert again["notes"] == 700
    for name, one in before.items():
        assert after[name]["timestampMillisOfFirstNonNMRStatus"] == one["timestampMillisOfFirstNonNMRStatus"]
        if one["lockedStatus"]:
            assert after[name]["currentStatus"] == one["lockedStatus"]


def test_ratings_alone_are_the_first_round(world: Path, tmp_path: Path, run: Run) -> None:
    packed = tmp_path / "ratings.tsv.gz"
    packed.write_bytes(gzip.compress((world / "ratings.tsv").read_bytes()))
    summary = said(run, "score", "--ratings", packed, "--out", tmp_path / "out")
    assert summary["acting_together"] == 0
    assert {one["rule"] for one in table(tmp_path / "out" / "notes.tsv")} <= {"InitialNMR", "GeneralCRH", "GeneralCRNH", "MetaInitialNMR"}  # fmt: skip
    assert not (tmp_path / "out" / "scoredNotes.tsv").exists()


def test_a_status_is_explained_and_drawn(world: Path, scored: Path, tmp_path: Path, run: Run) -> None:
    shown = next(one for one in table(scored / "notes.tsv") if one["status"] == "CURRENTLY_RATED_HELPFUL")
    done = run(
        "notes", "explain", shown["noteId"], "--out", str(scored), "--ratings", str(world / "ratings.tsv"),
        "--picture", str(tmp_path / "note.svg"),
    )  # fmt: skip
    assert done.code == 0
    assert " ".join(done.out.split()) == shown["explanation"]
    assert (tmp_path / "note.svg").read_text().count("<circle") > 5


def test_a_brigade_is_told(tmp_path: Path, run: Run) -> None:
    made(
        "simulate", "--raters", 600, "--notes", 700, "--ratings", 25_000, "--brigade", 0.05, "--out", tmp_path
    )
    ratings = tmp_path / "ratings.tsv"
    found = said(run, "score", "--ratings", ratings, "--out", tmp_path / "a")["acting_together"]
    assert found in (28, 29, 30)
    assert (
        said(run, "score", "--ratings", ratings, "--out", tmp_path / "b", "--no-guard")["acting_together"]
        is None
    )


def test_own_thresholds_decide(world: Path, scored: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "strict.toml").write_text("[rules]\nhelpful = 0.5\n")
    strict = said(run,
        "score", "--ratings", world / "ratings.tsv", "--notes", world / "notes.tsv",
        "--thresholds", tmp_path / "strict.toml", "--out", tmp_path / "out",
    )  # fmt: skip
    shown = sum(one["status"] == "CURRENTLY_RATED_HELPFUL" for one in table(scored / "notes.tsv"))
    assert strict["helpful"] < shown


def test_the_data_folder_s_own_notes_are_scored(tmp_path: Path, run: Run) -> None:
    assert said(run, "score", "--data", tmp_path) == {"scored": False}


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ("", "no ratings"),
        ("noteId\traterParticipantId\thelpfulnessLevel\n", "no ratings"),
        ("noteId\traterParticipantId\n1\ta\n", "helpfulnessLevel"),
        ("noteId\traterParticipantId\thelpfulnessLevel\n1\ta\tVERY\n", "none could be used"),
    ],
)
def test_what_holds_no_rating_is_refused_in_one_line(
    ratings: str, reason: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "ratings.tsv").write_text(ratings)
    done = run("notes", "score", "--ratings", str(tmp_path / "ratings.tsv"), "--out", str(tmp_path / "out"))
    assert reason in one_line(done, 2)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("score", "--ratings", "nowhere.tsv", "--out", "out"), "nowhere.tsv"),
        (("score", "--ratings", "nowhere.tsv"), "--out"),
        (("score", "--notes", "notes.tsv"), "go with --ratings"),
        (("explain", "1", "--out", "nowhere"), "cannot read"),
        (("score", "--ratings", "nowhere.tsv", "--out", ""), "--out"),
        (("score", "--ratings", "nowhere.tsv", "--out", "w", "--now", "1700000000"), "milliseconds"),
        (("simulate", "--out", "w", "--raters", "1"), "raters"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: tuple[str, ...], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("notes", *arguments)
    assert reason in one_line(done, 2)


@pytest.mark.parametrize("harm", ["cut", "bytes", "row"])
def test_a_damaged_table_is_not_explained(scored: Path, tmp_path: Path, harm: str, run: Run) -> None:
    whole = (scored / "notes.tsv").read_bytes()
    note = table(scored / "notes.tsv")[0]["noteId"]
    damaged = {"cut": whole[: len(whole) // 2], "bytes": b"\xff" * 999 + whole, "row": whole + b"n1\tx\n"}[
        harm
    ]
    (tmp_path / "notes.tsv").write_bytes(damaged)
    assert "damaged" in one_line(run("notes", "explain", note, "--out", str(tmp_path)), 2)


def test_tables_of_an_earlier_scoring_do_not_stay_beside_a_later_one(
    world: Path, tmp_path: Path, run: Run
) -> None:
    both = ("--ratings", str(world / "ratings.tsv"), "--out", str(tmp_path))
    assert run("notes", "score", *both, "--notes", str(world / "notes.tsv")).code == 0
    assert (tmp_path / "scoredNotes.tsv").exists()
    assert run("notes", "score", *both).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.tsv", "raters.tsv"]


def test_out_must_be_a_folder(world: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    result = run("notes", "score", "--ratings", str(world / "ratings.tsv"), "--out", str(tmp_path / "file"))
    assert "is a file" in one_line(result, 2)
