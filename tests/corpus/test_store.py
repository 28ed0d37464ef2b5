"""The store: posts come back as they went in, versions hold still, one writer at a time, damage in one line."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from truthgpt.corpus import indexes
from truthgpt.corpus import store as store_module
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.lance import in_one_line, wait
from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store, quoted
from truthgpt.errors import BadInputError, BusyError, MissingError

DIMENSIONS = 8


def embed(texts: object) -> npt.NDArray[np.float32]:
    vectors = np.ones((len(list(texts)), DIMENSIONS), dtype=np.float32)  # type: ignore[call-overload]
    return vectors / np.float32(np.sqrt(DIMENSIONS))


def open_store(path: Path) -> Store:
    return Store.open(path / "corpus", DIMENSIONS)


HARD = [
    Post("a'b\"c;--", 'it\'s "quoted" \\ % _ text'),
    Post("猫:1", "政府应该收集电话记录吗", community="中文", author="作者", language="zh"),
    Post(
        "reddit:1",
        "Title\n\nbody",
        community="c",
        author="a",
        created_at=datetime(2013, 6, 6, 1, 2, 3, 456789, tzinfo=UTC),
        language="en",
        url="https://example.org/1",
        score=-12,
        over_18=True,
        source="s",
    ),
    Post("old", "before 1970", created_at=datetime(1, 1, 1, tzinfo=UTC), language="en"),
    Post("late", "far on", created_at=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), language="en"),
]


def test_posts_come_back_as_they_went_in_and_in_the_order_asked_for(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_posts(store, HARD, embed=embed)
    ids = [post.id for post in reversed(HARD)]
    got = Store.open(tmp_path / "corpus", DIMENSIONS, create=False).get(["absent", *ids, "x' OR '1'='1"])
    expected = [post if post.language else None for post in reversed(HARD)]
    assert [post if post.id != HARD[0].id else None for post in got] == expected
    assert got[-1].text == HARD[0].text


def test_a_time_of_another_zone_is_kept_as_the_same_moment_in_utc(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    moment = datetime(2020, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5)))
    import_posts(store, [Post("z", "some text", created_at=moment)], embed=embed)
    (post,) = store.get(["z"])
    assert post.created_at == moment
    assert post.created_at is not None
    assert post.created_at.tzinfo is UTC


def test_an_empty_store_answers_and_counts_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert (store.count(), store.get(["a"]), store.get([]), store.count_source("demo")) == (0, [], [], 0)


def test_a_version_that_a_reader_holds_does_not_change_and_refresh_sees_the_next(tmp_path: Path) -> None:
    writer, reader = open_store(tmp_path), open_store(tmp_path)
    held = reader.snapshot()
    before = reader.version
    import_posts(writer, HARD, embed=embed)
    assert wait(held.count_rows()) == 0
    assert reader.count() == len(HARD)
    assert reader.version > before
    assert reader.version == writer.version


def test_refresh_opens_nothing_while_nobody_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path)
    import_posts(store, HARD, embed=embed)
    time.sleep(store_module._RACY + 0.05)
    held = store.snapshot()
    assert store.snapshot() is held


def test_a_source_is_removed_whole_and_the_rest_stays(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_posts(
        store, [*HARD, Post("d1", "one", source="it's"), Post("d2", "two", source="it's")], embed=embed
    )
    assert store.count_source("it's") == 2
    with store.writing() as writer:
        assert writer.remove("source = " + quoted("it's")) == 2
    assert store.count() == len(HARD)
    assert store.get(["d1", "late"]) == [HARD[-1]]


def test_a_folder_with_any_name_can_be_a_store(tmp_path: Path) -> None:
    folder = tmp_path / "db a%20b#c?d é 猫"
    import_posts(Store.open(folder, DIMENSIONS), HARD, embed=embed)
    assert Store.open(folder, DIMENSIONS, create=False).count() == len(HARD)


def test_a_relative_path_is_a_folder_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Store.open(Path("db1"), DIMENSIONS)
    assert (tmp_path / "db1" / "posts.lance").is_dir()


def test_nothing_is_made_where_nothing_is_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="truthgpt import"):
        Store.open(tmp_path / "none", DIMENSIONS, create=False)
    assert not (tmp_path / "none").exists()


def one_line(error: BaseException) -> bool:
    return "\n" not in str(error) and len(str(error)) < 600


def test_a_file_in_the_place_of_the_folder_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInputError, match="not a folder") as caught:
        Store.open(tmp_path / "file", DIMENSIONS)
    assert one_line(caught.value)


def test_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    open_store(tmp_path)
    with pytest.raises(BadInputError, match="vectors of 8 numbers and this truthgpt makes 9"):
        Store.open(tmp_path / "corpus", DIMENSIONS + 1)


@pytest.mark.parametrize(
    "damage", ["manifest emptied", "manifest of noise", "versions gone", "data gone", "data cut"]
)
def test_a_damaged_folder_is_told_in_one_line(tmp_path: Path, damage: str) -> None:
    import_posts(open_store(tmp_path), HARD, embed=embed)
    table = tmp_path / "corpus" / "posts.lance"
    manifests = list((table / "_versions").glob("*.manifest"))
    data = list((table / "data").glob("*.lance"))
    assert manifests
    assert data
    for manifest in manifests:
        if damage == "manifest emptied":
            manifest.write_bytes(b"")
        elif damage == "manifest of noise":
            manifest.write_bytes(os.urandom(4096))
    for file in data:
        if damage == "data gone":
            file.unlink()
        elif damage == "data cut":
            file.write_bytes(file.read_bytes()[:100])
    if damage == "versions gone":
        shutil.rmtree(table / "_versions")
        (table / "_versions").mkdir()
    with pytest.raises(BadInputError, match="damaged") as caught:
        Store.open(tmp_path / "corpus", DIMENSIONS, create=False).get(["late"])
    assert one_line(caught.value)


def test_a_full_disk_and_a_closed_folder_are_not_called_damage(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no space left"), in_one_line(tmp_path):
        raise OSError(28, "No space left on device")
    with pytest.raises(MissingError, match="no space left"), in_one_line(tmp_path):
        raise RuntimeError(
            "lance error: LanceError(IO): Generic LocalFileSystem error: No space left on device (os error 28)"
        )
    with pytest.raises(MissingError, match="permissions"), in_one_line(tmp_path):
        raise OSError(13, "Permission denied")


def test_a_second_writer_waits_then_is_told_who_writes_where(tmp_path: Path) -> None:
    with WriteLock(tmp_path), pytest.raises(BusyError) as caught, WriteLock(tmp_path, timeout=0.1):
        pass
    assert f"process {os.getpid()} is writing to {tmp_path}" in str(caught.value)
    assert "wait until its import has ended" in str(caught.value)
    with WriteLock(tmp_path, timeout=0):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from truthgpt.corpus.lock import WriteLock
with WriteLock(Path({str(tmp_path)!r})):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"process {holder.pid} "), WriteLock(tmp_path, timeout=0.1):
            pass
        holder.kill()
    with WriteLock(tmp_path, timeout=1):
        pass


def _opened(path: Path, results: multiprocessing.queues.Queue[int]) -> None:
    results.put(open_store(path).count())


def test_processes_that_make_one_store_at_once_all_get_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.queues.Queue[int] = context.Queue()
    processes = [context.Process(target=_opened, args=(tmp_path, results)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [results.get(timeout=60) for _ in processes] == [0, 0, 0]
    for process in processes:
        process.join()


def test_a_store_holds_vectors_of_one_table(tmp_path: Path) -> None:
    Store.open(tmp_path, 4, vectors="one")
    Store.open(tmp_path, 4, vectors="two")  # nothing is in it yet
    store = Store.open(tmp_path, 4, vectors="two")
    import_posts(store, [Post("a", "text")], embed=lambda texts: np.zeros((len(texts), 4), np.float32))
    Store.open(tmp_path, 4, vectors="two", create=False)
    Store.open(tmp_path, 4, create=False)
    with pytest.raises(BadInputError, match="import them again"):
        Store.open(tmp_path, 4, vectors="three", create=False)
    (tmp_path / "vectors").unlink()  # as of a store from before this was told
    with pytest.raises(BadInputError, match="import them again"):
        Store.open(tmp_path, 4, vectors="two", create=False)


def test_the_size_of_indexes_is_told_while_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert indexes.size(tmp_path) == 0
    for name, content in (("one/a", "123"), ("two/b", "12345")):
        path = tmp_path / "_indices" / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    assert indexes.size(tmp_path) == 8
    walk = os.walk

    def slow_walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for found in walk(folder):
            shutil.rmtree(tmp_path / "_indices" / "one", ignore_errors=True)
            yield found

    monkeypatch.setattr(os, "walk", slow_walk)
    assert indexes.size(tmp_path) == 5


def test_a_view_that_could_not_be_opened_is_opened_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path)
    import_posts(store, [Post("a", "some text")], embed=embed)
    before = store.view()
    import_posts(store, [Post("b", "another text")], embed=embed)

    def failing(*given: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(store_module.View, "open", failing)
        with pytest.raises(BadInputError, match="Too many open files"):
            store.view()
    assert store.view().version > before.version
    assert store.view().posts == 2


def test_a_version_is_viewed_once_and_no_more_when_it_is_gone(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    import_posts(store, [Post(f"{n}", f"text {n}") for n in range(3)], embed=embed)
    first = store.view()
    assert store.view(first.version) is first
    import_posts(store, [Post("b", "another text")], embed=embed)
    assert store.view(first.version).posts == 3
    assert store.view(first.version) is store.view(first.version)
    with store.alone() as table:
        indexes.prune(table, store.path, timedelta(0))
    with pytest.raises(MissingError, match="no longer there"):
        store.view(first.version)
    shutil.rmtree(store.path / "posts.lance")
    with pytest.raises(BadInputError):
        store.view()
