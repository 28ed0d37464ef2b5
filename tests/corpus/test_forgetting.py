"""A forgotten post leaves every file, stays out, and what was interrupted is completed."""

from __future__ import annotations

import errno
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from consent_posts import DIMENSIONS, GONE, MARKER, embed, filled, holding, open_store, posts, vector_of

from truthgpt.corpus import clusters, durable, nearest
from truthgpt.corpus.consent import erasure, forgetting, optout, record
from truthgpt.corpus.consent.forgetting import Forgotten, finish, forget, forget_ids
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.key import key
from truthgpt.corpus.lance import wait
from truthgpt.corpus.nearest import folder
from truthgpt.corpus.nearest.segment import half_of
from truthgpt.corpus.provenance.content import COLUMNS, content_hash
from truthgpt.corpus.reading import long_read
from truthgpt.corpus.scan import scan
from truthgpt.corpus.store import Store
from truthgpt.errors import BusyError, MissingError, TruthGPTError

AUTHOR = Subject("author", GONE.author)
POST = Subject("post", GONE.id)


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_GRACE", 0.01)


def forgotten(store: Store, *subjects: Subject) -> Forgotten:
    return forget(store, subjects or (AUTHOR,), quarantine=store.path.parent / "quarantine")


def found(store: Store, word: str) -> list[str]:
    from lancedb.query import MatchQuery

    search = store.snapshot().query().nearest_to_text(MatchQuery(word, "text"))  # type: ignore[call-arg]
    ids: list[str] = wait(search.select(["id"]).to_arrow())["id"].to_pylist()
    return ids


@pytest.mark.parametrize("subject", [AUTHOR, POST, Subject("author", f"@{GONE.author.upper()}")])
def test_no_byte_of_a_forgotten_post_is_left_in_any_file(tmp_path: Path, subject: Subject) -> None:
    store = filled(tmp_path)
    sought = (MARKER.encode(), vector_of(GONE.text))
    assert found(store, MARKER) == [GONE.id]
    assert holding(tmp_path, sought[0])
    assert holding(tmp_path, sought[1])
    before = {path for path in (tmp_path / "corpus" / "posts.lance").rglob("*") if path.is_file()}
    done = forgotten(store, subject)
    assert (done.posts, store.count(), found(store, MARKER)) == (1, 60, [])
    assert holding(tmp_path, *sought) == []
    # Lance packs some columns, and the search above does not unpack them: so every file that could hold the post,
    # packed or not, must be another one. The second import's file of posts never held it.
    after = {path for path in (tmp_path / "corpus" / "posts.lance").rglob("*") if path.is_file()}
    assert {path.parent.name for path in before & after} <= {"data", "_versions"}
    rows = store.snapshot()
    for batch in scan(rows, store.path, wait(rows.schema()).names):
        assert MARKER not in str(batch.to_pylist())


def test_of_a_vector_neither_codes_nor_centres_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "FROM", 300)
    monkeypatch.setattr(folder, "_EACH", 20)
    store = filled(tmp_path, 600)
    vector = embed([GONE.text])[0]
    codes = np.rint(vector * (127 / np.abs(vector).max())).astype(np.int8)
    bits = np.pad(codes, (0, 2 * half_of(len(codes)) - len(codes))).view(np.uint8)
    upper, lower = ((half[::2] | half[1::2] << np.uint8(4)).tobytes() for half in (bits >> 4, bits & 15))
    (held,) = holding(store.path / "nearest", upper)
    assert holding(store.path / "nearest", lower) == [held]
    old = (store.path / "nearest" / "centres").read_bytes()
    forgotten(store)
    assert holding(store.path / "nearest", upper) == []
    assert holding(store.path / "nearest", lower) == []
    assert not held.exists()
    # They are made of the posts that are left, as if the other had never been there.
    dataset = store.view().dataset
    kept = nearest.centres(store.path, dataset)
    assert len(kept.vectors) > 1
    assert kept.identity == folder._made(dataset).identity
    assert (store.path / "nearest" / "centres").read_bytes() != old
    assert nearest.outside(store.path, dataset) == 0


def test_what_an_edit_replaced_goes_too_though_no_row_names_its_author(tmp_path: Path) -> None:
    store = filled(tmp_path)
    import_posts(store, [GONE._replace(text="[removed by its author]", author="")], embed=embed)
    assert holding(tmp_path, MARKER.encode())
    done = forgotten(store, AUTHOR)
    assert done.posts == 0
    assert holding(tmp_path, GONE.author.encode(), vector_of(GONE.text)) == []
    assert store.count() == 61


def test_rejected_rows_lose_what_they_held_and_keep_their_reason(tmp_path: Path) -> None:
    store = filled(tmp_path)
    rows = [
        {"file": "a.csv", "line": 1, "reason": "stray quote", "row": f'"x,{GONE.author},hello'},
        {"file": "a.csv", "line": 2, "reason": "no text", "row": f"{MARKER}id,,2020"},
        {"file": "a.csv", "line": 3, "reason": "no id", "row": f"A walk in {MARKER} woods, with bats"},
        {"file": "a.csv", "line": 4, "reason": "no id", "row": "another walk, in other woods"},
    ]
    path = tmp_path / "quarantine" / "20240101T000000Z-abc.jsonl"
    durable.append(path, rows)
    assert forgotten(store).blanked == 3
    left = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["row"] for row in left] == ["", "", "", "another walk, in other woods"]
    assert left[0]["reason"] == "stray quote; its text was forgotten"
    assert holding(tmp_path, MARKER.encode()) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_act_is_recorded_without_name_or_text(tmp_path: Path) -> None:
    store = filled(tmp_path)
    done = forgotten(store, AUTHOR, Subject("author", "nobody"))
    (first, second) = record.acts(store.path)
    assert (first.kind, first.wish, first.posts, first.reason) == (
        "author",
        "forget",
        1,
        forgetting.BY_COMMAND,
    )
    assert (first.version_before, first.version_after) == (done.version_before, store.version)
    assert first.hash != second.hash
    written = (store.path / "consent" / "consent.jsonl").read_text() + (
        store.path / "consent" / "optout.jsonl"
    ).read_text()
    assert MARKER.lower() not in written.lower()
    assert "nobody" not in written


def test_a_wish_about_nobody_stored_is_kept_and_costs_nothing_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path)
    assert forgotten(store, Subject("author", "nobody")).posts == 0
    monkeypatch.setattr(erasure, "reindex", pytest.fail)
    done = forgotten(store, Subject("author", "nobody"))
    assert done.version == done.version_before
    assert optout.load(store.path).reasons(["x"], ["Nobody"]) == [optout.BY_AUTHOR]


def test_clusters_of_copies_lose_it_and_stand_under_the_next(tmp_path: Path) -> None:
    store = filled(tmp_path)
    copies = [GONE._replace(id=f"reddit:c{n}", author=f"copyist{n}") for n in range(2)]
    import_posts(store, [post._replace(text=f"{post.text}!") for post in copies], embed=embed)
    keys = np.array([key(post.id.encode()) for post in (GONE, *copies)])
    assert len(set(clusters.load(store.path).leaders_of(keys))) == 1
    forgotten(store)
    found = clusters.load(store.path)
    assert keys[0] not in found.posts
    assert keys[0] not in found.leaders
    assert len(set(found.leaders_of(keys[1:]))) == 1


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("mark", False),
        *((step, True) for step in ("mark", "rewrite", "reindex", "prune", "append", "unlink")),
    ],
)
def test_killed_at_any_step_it_is_completed_by_the_next_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    store = filled(tmp_path, 20)

    class Killed(BaseException):
        pass

    home: object = {"add": optout, "append": record, "unlink": Path}.get(step, erasure)
    real = getattr(home, step)

    def killed(*arguments: object, **options: object) -> None:
        if step == "unlink" and "pending.json" not in str(arguments[0]):
            real(*arguments, **options)
            return
        if after:
            real(*arguments, **options)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(home, step, killed)
        with pytest.raises(Killed):
            forgotten(store)
    again = open_store(tmp_path)
    quarantine = tmp_path / "quarantine"
    assert finish(again, quarantine=quarantine) is (step != "unlink" or not after)
    assert finish(again, quarantine=quarantine) is False
    assert holding(tmp_path, MARKER.encode(), vector_of(GONE.text)) == []
    assert again.count() == 20
    (act,) = record.acts(again.path)
    assert act.posts == 1


def test_a_full_disk_is_one_line_and_nothing_that_looks_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path, 20)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(MissingError, match="No space left") as caught:
            forgotten(store)
    assert "\n" not in str(caught.value)
    assert list(record.acts(store.path)) == []
    assert store.count() == 21
    assert forgotten(store).posts == 1


def test_old_versions_stay_while_somebody_reads_for_long_and_go_later(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    held = store.snapshot()
    with long_read(store.path), pytest.raises(BusyError, match="older version"):
        forget(store, [AUTHOR], quarantine=tmp_path, timeout=0.1)
    assert store.get([GONE.id]) == []
    assert wait(held.query().where(f"id = '{GONE.id}'").to_list())[0]["text"] == GONE.text
    assert finish(store, quarantine=tmp_path)
    assert holding(tmp_path, MARKER.encode()) == []


def test_those_who_search_meanwhile_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_GRACE", 0.5)
    store = filled(tmp_path, 300)
    reader = Store.open(tmp_path / "corpus", DIMENSIONS, create=False)
    stop, errors, rounds = threading.Event(), list[TruthGPTError](), list[int]()

    def search() -> None:
        while not stop.is_set():
            try:
                found(reader, "garden")
                rounds.append(len(reader.get(["reddit:p1", GONE.id])))
            except TruthGPTError as error:
                errors.append(error)

    thread = threading.Thread(target=search)
    thread.start()
    forgotten(store)
    stop.set()
    thread.join()
    assert errors == []
    assert set(rounds) <= {1, 2}
    assert len(reader.get(["reddit:p1", GONE.id])) == 1


def test_an_author_who_wants_no_training_stays_citable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path, 20)
    monkeypatch.setattr(erasure, "reindex", pytest.fail)
    done = forget(store, [AUTHOR], quarantine=tmp_path, wish="no-training")
    (post,) = store.get([GONE.id])
    assert (done.posts, post.training, post.text) == (1, False, GONE.text)
    assert wait(store.snapshot().count_rows("training = false")) == 1
    # As if the wish had been there before the post.
    other = open_store(tmp_path / "other")
    import_posts(other, [*posts(20), GONE._replace(training=False)], embed=embed)
    hashes = [content_hash(scan(some.snapshot(), some.path, COLUMNS)) for some in (store, other)]
    assert hashes[0] == hashes[1]
    assert forget(store, [AUTHOR], quarantine=tmp_path, wish="no-training").posts == 0


def test_deletions_of_an_export_take_what_is_stored_and_keep_out_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path, 20)
    assert forget_ids(store, [], quarantine=tmp_path) is None
    with monkeypatch.context() as patched:
        patched.setattr(erasure, "reindex", pytest.fail)
        done = forget_ids(store, ["reddit:never"], quarantine=tmp_path)
    assert done is not None
    assert done.posts == 0
    done = forget_ids(store, ["reddit:never", GONE.id, GONE.id], quarantine=tmp_path)
    assert done is not None
    assert (done.wishes, done.posts) == (2, 1)
    listed = optout.load(store.path)
    assert listed.reasons(["reddit:never", GONE.id, "reddit:p1"], [""] * 3) == [
        optout.BY_POST,
        optout.BY_POST,
        "",
    ]
    assert [act.reason for act in record.acts(store.path)] == [forgetting.BY_PLATFORM]


def test_what_a_killed_import_left_on_its_way_goes_with_the_first_wish(tmp_path: Path) -> None:
    store = filled(tmp_path)
    forget(store, [Subject("author", "nobody1")], quarantine=tmp_path)
    left = store.path / ".copies" / "batches" / "half.arrow"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"the text of a post that was never stored")
    forget(store, [Subject("author", "nobody2")], quarantine=tmp_path)
    assert not left.exists()


def test_what_a_killed_import_had_written_halfway_goes_too(tmp_path: Path) -> None:
    """Lance writes rows to such a file until it commits them, and looks at none of another's."""
    store = filled(tmp_path)
    begun = store.path / "posts.lance" / "data" / ".tmpS4g0cF"
    begun.write_bytes(MARKER.encode())
    forgotten(store)
    assert holding(tmp_path, MARKER.encode()) == []
    begun.touch()
    with store.writing():
        assert not begun.exists()


def test_forgetting_says_how_far_it_is(tmp_path: Path) -> None:
    store = filled(tmp_path)
    told: list[tuple[str, int, int]] = []
    forget(store, [POST], quarantine=tmp_path, report=lambda *step: told.append(step[:3]))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["looking for posts", "writing anew", "finding copies", "making indexes"]
    assert ("looking for posts", 61, 61) in told
    assert told[-1] == ("making indexes", 5, 5)  # words, vectors, cards and two of keys
