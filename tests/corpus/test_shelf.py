"""A table handed over as a file is the same table, leaves no file behind, and says where there is no room."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from truthgpt.corpus.pipeline.shelf import shelve
from truthgpt.errors import MissingError

TABLE = pa.table(
    {"text": ["one", "two", None], "spans": [[1, 2], [], None], "vector": pa.array([1, 2, 3], pa.uint64())}
)


def test_what_is_taken_is_what_was_given(tmp_path: Path) -> None:
    shelved = shelve(TABLE, tmp_path)
    taken = shelved.take()
    assert taken.equals(TABLE)
    assert not list(tmp_path.iterdir())
    assert taken.to_pylist() == TABLE.to_pylist()  # its pages outlast its name
    with pytest.raises(MissingError, match="cannot be written or read"):
        shelved.take()


def test_a_table_without_rows_needs_no_file(tmp_path: Path) -> None:
    shelved = shelve(TABLE.slice(0, 0), tmp_path)
    assert not list(tmp_path.iterdir())
    assert shelved.take().equals(TABLE.slice(0, 0))


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="cannot be written or read") as raised:
        shelve(TABLE, tmp_path / "none")
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = pa.OSFile
    monkeypatch.setattr(pa, "OSFile", lambda *_: real("/dev/full", "wb"))
    with pytest.raises(MissingError, match=r"\(No space left on device\)"):
        shelve(TABLE, tmp_path)
    assert not list(tmp_path.iterdir())
