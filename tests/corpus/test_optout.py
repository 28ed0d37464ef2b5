"""The opt-out list: it knows whom it is about, holds no names, and is never silently lost."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from truthgpt.corpus import durable
from truthgpt.corpus.consent import optout
from truthgpt.corpus.consent.admission import admitted
from truthgpt.corpus.consent.optout import BY_AUTHOR, BY_POST, OptOuts, Subject
from truthgpt.errors import BadInputError, MissingError


def listed(corpus: Path, *subjects: Subject, wish: optout.Wish = "forget") -> OptOuts:
    optout.check(subjects)
    optout.add(corpus, optout.entries(corpus, subjects, wish))
    return optout.load(corpus)


def test_where_nobody_opted_out_nothing_is_written_and_all_may_come_in(tmp_path: Path) -> None:
    empty = optout.load(tmp_path)
    assert not empty
    assert empty.reasons(["a"], ["b"]) == [""]
    assert empty.trainable(["a"], ["b"]) == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_handle_is_known_in_any_spelling_and_others_are_not(tmp_path: Path) -> None:
    found = listed(tmp_path, Subject("author", "@Ana_María"))
    spellings = ["ana_maría", "ANA_MARI\u0301A", "u/Ana_María", "/u/ana_maría", " @Ana_María"]
    assert found.reasons(["x"] * 5, spellings) == [BY_AUTHOR] * 5
    assert found.reasons(["x"] * 4, ["ana_maria", "ana", "", "ana_maría2"]) == [""] * 4


def test_an_author_is_one_person_on_one_platform(tmp_path: Path) -> None:
    found = listed(tmp_path, Subject("author", "alice", "Reddit"))
    assert found.reasons(["reddit:1", "mastodon:1", "1"], ["alice"] * 3) == [BY_AUTHOR, "", ""]


def test_a_post_is_known_by_its_id_alone(tmp_path: Path) -> None:
    found = listed(tmp_path, Subject("post", "reddit:7"))
    assert found.reasons(["reddit:7", "reddit:77", "Reddit:7"], ["a"] * 3) == [BY_POST, "", ""]
    assert found.reasons(["reddit:8"], ["reddit:7"]) == [""]


def test_whoever_wants_no_training_is_let_in(tmp_path: Path) -> None:
    found = listed(tmp_path, Subject("author", "bo"), wish="no-training")
    assert found.reasons(["1"], ["bo"]) == [""]
    assert found.trainable(["1", "2"], ["bo", "cy"]) == [False, True]


def test_the_list_holds_no_names_and_another_corpus_has_other_hashes(tmp_path: Path) -> None:
    subjects = [Subject("author", "dana"), Subject("post", "reddit:dana1")]
    for corpus in (tmp_path / "one", tmp_path / "two"):
        listed(corpus, *subjects)
    one, two = ((tmp_path / name / "consent" / "optout.jsonl").read_text() for name in ("one", "two"))
    assert "dana" not in one
    assert not {row["hash"] for row in durable.lines(tmp_path / "one" / "consent" / "optout.jsonl")} & {
        row["hash"] for row in durable.lines(tmp_path / "two" / "consent" / "optout.jsonl")
    }
    assert one.count("\n") == two.count("\n") == 2
    for name in ("key", "optout.jsonl"):
        assert (tmp_path / "one" / "consent" / name).stat().st_mode & 0o777 == 0o600


def test_a_wish_told_twice_is_listed_once(tmp_path: Path) -> None:
    listed(tmp_path, Subject("author", "eve"))
    found = listed(tmp_path, Subject("author", "EVE"), Subject("author", "fay"))
    assert len(found.forgotten) == 2
    assert (tmp_path / "consent" / "optout.jsonl").read_text().count("\n") == 2


@pytest.mark.parametrize(
    "subject", [Subject("author", "@"), Subject("post", "  "), Subject("author", "x" * 501)]
)
def test_a_name_that_is_none_is_refused(tmp_path: Path, subject: Subject) -> None:
    with pytest.raises(BadInputError, match="1 to 500 characters"):
        listed(tmp_path, subject)


def test_a_lost_or_damaged_key_or_line_stops_an_import(tmp_path: Path) -> None:
    listed(tmp_path, Subject("author", "gil"))
    key, lines = tmp_path / "consent" / "key", tmp_path / "consent" / "optout.jsonl"
    saved = key.read_bytes()
    for damage in (key.unlink, lambda: key.write_bytes(saved[:5])):
        damage()
        with pytest.raises(BadInputError, match="restore it from a backup"):
            optout.load(tmp_path)
        with pytest.raises(BadInputError, match="restore it from a backup"):
            optout.entries(tmp_path, [Subject("author", "hal")], "forget")
    key.write_bytes(saved)
    lines.write_bytes(b'{"hash": "00", "wish": "keep"}\n' + lines.read_bytes())
    with pytest.raises(BadInputError, match=r"optout\.jsonl, line 1: damaged"):
        optout.load(tmp_path)


def test_a_line_that_a_crash_cut_short_is_no_line_and_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    durable.append(path, [{"n": 1}])
    with path.open("ab") as file:
        file.write(b'{"n": 2')
    assert list(durable.lines(path)) == [{"n": 1}]
    durable.append(path, [{"n": 3}])
    assert list(durable.lines(path)) == [{"n": 1}, {"n": 3}]


def test_a_full_disk_leaves_the_lines_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.jsonl"
    durable.append(path, [{"n": 1}])

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(MissingError, match="No space left"):
            durable.append(path, [{"n": 2}])
        with pytest.raises(MissingError, match="No space left"):
            durable.write(path, b"other")
    assert list(durable.lines(path)) == [{"n": 1}]


def test_an_import_leaves_out_who_opted_out_and_says_why_without_saying_what(tmp_path: Path) -> None:
    listed(tmp_path, Subject("author", "ivy"), Subject("post", "m:2"))
    found = listed(tmp_path, Subject("author", "jo"), wish="no-training")
    posts = pa.table(
        {
            "id": ["m:1", "m:2", "m:3", "m:4"],
            "author": ["Ivy", "kim", "jo", "kim"],
            "text": ["one", "two", "three", "four"],
            "source": ["a.csv"] * 4,
            "training": [True, True, True, False],
        }
    )
    kept, rejected = admitted(posts, found)
    assert kept["id"].to_pylist() == ["m:3", "m:4"]
    assert kept["training"].to_pylist() == [False, False]
    assert [(row.reason, row.row, row.file) for row in rejected] == [
        (BY_AUTHOR, "", "a.csv"),
        (BY_POST, "", "a.csv"),
    ]
    assert admitted(posts, OptOuts())[0] is posts
