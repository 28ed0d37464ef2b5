"""Clusters are a function of the set of posts: of no order, no batches, no history; and no chain drifts through them."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truthgpt.corpus.near import Clusters, deduplicate
from truthgpt.corpus.near.buckets import BUCKET
from truthgpt.corpus.near.documents import Documents
from truthgpt.corpus.near.signature import KEYS, keys, signatures
from truthgpt.corpus.near.words import words
from truthgpt.errors import BadInputError, MissingError

START = datetime(2024, 1, 1, tzinfo=UTC)
_FILLERS = (
    "garden window yellow harbour music river strange bright sudden weather street holiday kitchen paper morning camera "
    "winter green broken cheerful ticket lucky bridge council spring engineer pillar market station bread letter lamp"
)
FILLERS = _FILLERS.split()


@dataclass(frozen=True)
class Row:
    id: str
    text: str
    day: int | None


def batch(rows: Sequence[Row], *, stored: bool = False) -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {
        "id": pa.array([row.id for row in rows], pa.string()),
        "created_at": pa.array(
            [None if row.day is None else START + timedelta(days=row.day) for row in rows],
            pa.timestamp("us", "UTC"),
        ),
    }
    texts = pa.array([row.text for row in rows], pa.string())
    if stored:
        flat = pa.array(keys(signatures(words(texts))).reshape(-1))
        columns["keys"] = pa.FixedSizeListArray.from_arrays(flat, KEYS)
    else:
        columns["text"] = texts
    return pa.record_batch(columns)


def found(result: Clusters) -> tuple[dict[str, str], list[tuple[str, int, datetime | None]]]:
    members = dict(
        zip(result.members["id"].to_pylist(), result.members["representative"].to_pylist(), strict=True)
    )
    rows = result.clusters.to_pylist()
    return members, sorted((row["representative"], row["count"], row["first"]) for row in rows)


def posts(rng: random.Random, texts: int) -> list[Row]:
    """Some texts, each with up to five edits of itself or of an edit."""
    rows: list[Row] = []
    for number in range(texts):
        versions = [" ".join(rng.choices(FILLERS, k=rng.randint(1, 40)))]
        for _ in range(rng.randint(0, 5)):
            chosen = rng.choice(versions).split()
            edit: Callable[[], object] = rng.choice(
                [
                    lambda chosen=chosen: chosen.insert(
                        rng.randint(0, len(chosen)), rng.choice(["not", "7", *FILLERS])
                    ),
                    lambda chosen=chosen: chosen.pop() if len(chosen) > 1 else None,
                    lambda chosen=chosen: chosen.extend(rng.choices(FILLERS, k=rng.randint(1, 9))),
                    lambda: None,
                ]
            )
            edit()
            versions.append(" ".join(chosen))
        for version, text in enumerate(versions):
            day = rng.choice([None, 0, rng.randint(0, 9)])
            rows.append(Row(f"{rng.randint(0, 9)}-{number}-{version}", text, day))
    return rows


def run(batches: Iterable[pa.RecordBatch], folder: Path, rows: Sequence[Row] = ()) -> Clusters:
    return deduplicate(
        batches, folder, (lambda numbers: [rows[number].text for number in numbers]) if rows else None
    )


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32), st.integers(1, 7))
def test_order_batches_and_history_do_not_show(tmp_path: Path, seed: int, size: int) -> None:
    rng = random.Random(seed)
    rows = posts(rng, 12)
    once = found(run([batch(rows)], tmp_path))
    # Another order, other batches, and each batch as new texts or as stored keys: a corpus that grew in parts.
    rng.shuffle(rows)
    parts = [rows[start : start + size * 5] for start in range(0, len(rows), size * 5)]
    grown = run((batch(part, stored=rng.random() < 0.6) for part in parts), tmp_path, rows)
    assert found(grown) == once
    assert list(tmp_path.iterdir()) == []


def test_members_counts_and_the_earliest(tmp_path: Path) -> None:
    text = "the council will close the old bridge over the river until spring"
    rows = [
        Row("d", text + " wow", 3),
        Row("c", text.upper(), 1),
        Row("z", "something else entirely is said here", 0),
        Row("b", text, 1),
        Row("a", text, None),
        Row("y", "two of these", None),
        Row("x", "Two of these!", None),
    ]
    members, clusters = found(run([batch(rows)], tmp_path))
    assert members == {"d": "b", "c": "b", "b": "b", "a": "b", "y": "x", "x": "x"}
    assert clusters == [("b", 4, START + timedelta(days=1)), ("x", 2, None)]


def test_a_chain_of_small_changes_is_cut_where_it_leaves_its_first_text(tmp_path: Path) -> None:
    rng = random.Random(3)
    text = rng.sample(FILLERS, 20)
    rows = []
    for step in range(40):
        rows.append(Row(f"{step:02}", " ".join(text), step))
        text[step % 20] = f"{rng.choice(FILLERS)}{'abcdefghij'[step % 10]}"
    members, clusters = found(run([batch(rows)], tmp_path))
    assert members["01"] == "00"  # neighbours are copies
    assert members.get("25") != "00"  # no word of the first is left
    assert len(clusters) > 3


def test_a_copy_of_both_does_not_bring_two_claims_together(tmp_path: Path) -> None:
    start = "the council told us that the old bridge over the river will be closed for repairs to its pillars"
    rows = [
        Row("a", start + " for 14 weeks from the first of May on", 0),
        Row("b", start + " for 20 weeks from the first of May on", 1),
        Row("cut", start + "…", 2),
    ]
    members, _ = found(run([batch(rows)], tmp_path))
    assert members == {"a": "a", "cut": "a"}


def test_many_variants_are_one_cluster_and_many_posts_of_a_template_none(tmp_path: Path) -> None:
    rng = random.Random(4)
    spam = " ".join(rng.choices(FILLERS, k=30))
    header = " ".join(rng.choices(FILLERS, k=12))
    count = 20 * BUCKET
    rows = [
        Row(f"s{n}", f"{spam} {FILLERS[n % 9]}{n % 17 * 'x'} {spam} {n // 50 * 'y'}", n) for n in range(count)
    ]
    rows += [Row(f"t{n}", header + " " + " ".join(rng.choices(FILLERS, k=20)), n) for n in range(count)]
    members, clusters = found(run([batch(rows)], tmp_path))
    assert {member[0] for member in members} == {"s"}
    assert clusters == [("s0", count, START)]


def test_equal_keys_are_not_trusted(tmp_path: Path) -> None:
    # Whoever can choose texts can make keys meet; stored ones may be damaged.
    rows = [
        Row("a", "this is one text of which nobody has a copy", 0),
        Row("b", "and that is quite another one", 1),
    ]
    forged = batch([rows[0]] * 2, stored=True).set_column(0, "id", pa.array(["a", "b"]))
    assert found(run([forged], tmp_path, rows)) == ({}, [])


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    assert found(run([], tmp_path)) == ({}, [])
    assert found(run([batch([])], tmp_path)) == ({}, [])
    assert found(run([batch([Row("a", "", 0), Row("b", "", 1)])], tmp_path)) == ({}, [])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (pa.record_batch({"id": ["a"], "created_at": pa.nulls(1)}), "text or keys"),
        (pa.record_batch({"id": ["a"], "text": ["b"]}), "created_at"),
        (batch([Row("a", "b", 0)], stored=True), "nothing that gives their texts"),
        (pa.record_batch({"id": ["a"], "created_at": pa.nulls(1), "keys": [[1, 2]]}), f"lists of {KEYS}"),
    ],
)
def test_bad_batches_are_said_and_leave_no_files(tmp_path: Path, given: pa.RecordBatch, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        run([given], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Documents, "add", full)
    with pytest.raises(MissingError, match="no room"):
        run([batch([Row("a", "some words", 0)])], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_its_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    deduplicate([batch([Row("a", "b", 0)])], tmp_path, progress=lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


def test_the_example_of_the_documentation_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "near-copies.md").read_text()
    monkeypatch.chdir(tmp_path)
    exec(page.split("```python\n")[1].split("```")[0], {})


def test_rows_that_are_asked_for_rise_and_are_few(tmp_path: Path) -> None:
    rng = random.Random(5)
    rows = [Row(str(n), " ".join(rng.choices(FILLERS, k=25)), n) for n in range(400)]
    rows[300] = Row("300", rows[7].text + " wow", 300)
    asked: list[np.ndarray] = []

    def texts(numbers: np.ndarray) -> list[str]:
        asked.append(numbers)
        return [rows[number].text for number in numbers]

    result = deduplicate([batch(rows, stored=True)], tmp_path, texts)
    assert found(result)[0] == {"7": "7", "300": "7"}
    assert all((np.diff(numbers) > 0).all() for numbers in asked)
    assert set(np.concatenate(asked).tolist()) < set(range(400))
    assert len(np.unique(np.concatenate(asked))) < 40
