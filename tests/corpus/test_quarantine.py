"""Rejected rows are written whole or not at all, and only if there are any."""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path

import pytest

from truthgpt.corpus.quarantine import Quarantine
from truthgpt.corpus.readers import Rejected
from truthgpt.errors import MissingError

ROW = Rejected("posts.csv", 7, "not UTF-8", "7,café")


def test_without_rejected_rows_there_is_no_file(tmp_path: Path) -> None:
    with Quarantine(tmp_path / "quarantine") as quarantine:
        pass
    assert quarantine.path is None
    assert quarantine.count == 0
    assert not (tmp_path / "quarantine").exists()


def test_rows_are_there_once_the_context_ends(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine"
    with Quarantine(folder) as quarantine:
        quarantine.add(ROW)
        quarantine.add(Rejected("b\udcff.csv", 1, "empty text", ""))
        assert not list(folder.glob("*.jsonl"))
    assert quarantine.path is not None
    assert quarantine.count == 2
    assert list(folder.iterdir()) == [quarantine.path]
    first, second = map(json.loads, quarantine.path.read_text(encoding="utf-8").splitlines())
    assert first == {"file": "posts.csv", "line": 7, "reason": "not UTF-8", "row": "7,café"}
    assert second["file"] == "b?.csv"
    assert stat.S_IMODE(quarantine.path.stat().st_mode) == 0o600


def test_an_import_that_fails_keeps_what_was_rejected(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path)

    def fail() -> None:
        with quarantine:
            quarantine.add(ROW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert quarantine.path is not None
    assert quarantine.path.exists()


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    with Quarantine(tmp_path) as first, Quarantine(tmp_path) as second:
        first.add(ROW)
        second.add(ROW)
    assert first.path != second.path
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_a_folder_that_cannot_be_made_is_one_line_of_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(MissingError, match="cannot be written") as caught,
        Quarantine(tmp_path / "file") as quarantine,
    ):
        quarantine.add(ROW)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_line_of_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MissingError, match="No space left"), Quarantine(tmp_path) as quarantine:
        quarantine.add(ROW)
    assert not list(tmp_path.glob("*.jsonl"))
