"""Reading says how far it is, whatever is read and whatever becomes of the files meanwhile."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truthgpt.corpus.importer import import_paths
from truthgpt.corpus.pipeline import raw
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.corpus.post import Post
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.store import Store


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), 8), dtype=np.float32)


def jsonl(path: Path, posts: Sequence[object]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(post) + b"\n" for post in posts))
    return path


def test_progress_counts_up_to_what_was_read(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "db", 8)
    told: list[tuple[str, int, int]] = []
    path = jsonl(
        tmp_path / "a.jsonl", [{"id": str(i % 4000), "text": f"post {i % 4000}"} for i in range(9000)]
    )
    result = import_paths(
        store, [path], embed=embed, quarantine=tmp_path, report=lambda *step: told.append(step[:3])
    )
    read = [(done, total) for stage, done, total in told if stage == "reading"]
    assert read == sorted(read)
    assert read[-1] == (9000, 9000)
    assert [step for step in told if step[0] == "finding copies"][-1][1:] == (4000, 4000)
    assert (result.read, result.kept) == (9000, 4000)


@pytest.mark.parametrize("kind", ["zip", "parquet"])
def test_progress_moves_within_a_file_that_is_not_read_from_front_to_back(tmp_path: Path, kind: str) -> None:
    # Bytes that nothing packs well, so that much of the file is still to come after the first batch.
    chance = random.Random(3)
    rows = [{"id": str(i), "text": chance.randbytes(200).hex()} for i in range(30_000)]
    path = tmp_path / f"posts.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(jsonl(tmp_path / "posts.jsonl", rows), "posts.jsonl")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    sources = Sources((path,))
    shares = [batch.share for batch in raw.batches(sources.rows(), sources.share)]
    assert shares == sorted(shares)
    assert 0.1 < shares[0] < 0.6
    assert shares[-1] == 1.0


def test_a_file_that_goes_while_others_are_read_is_one_rejected_row(tmp_path: Path) -> None:
    paths = [jsonl(tmp_path / f"{name}.jsonl", [{"id": name, "text": f"post {name}"}] * 3) for name in "abc"]
    sources = Sources(tuple(paths))
    rows = sources.rows()
    first = next(rows)
    paths[0].unlink()  # being read
    paths[1].unlink()  # still to come
    rest = list(rows)
    assert isinstance(first, Post)
    assert [row.id for row in rest if isinstance(row, Post)] == ["a", "a", "c", "c", "c"]
    (gone,) = (row for row in rest if isinstance(row, Rejected))
    assert gone.file == str(paths[1])
    assert "does not exist" in gone.reason
    assert sources.share() == 1.0
