"""Imports: what is kept, copied and rejected adds up; again changes nothing; killed or on a full disk loses nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import numpy as np
import numpy.typing as npt
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus import clusters
from truthgpt.corpus import writer as writer_module
from truthgpt.corpus.importer import ImportResult, import_paths, import_posts
from truthgpt.corpus.key import key
from truthgpt.corpus.pipeline import known as known_module
from truthgpt.corpus.pipeline.known import Known
from truthgpt.corpus.post import Post
from truthgpt.corpus.provenance.versions import Version, newest
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, BusyError, MissingError

DIMENSIONS = 8


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), DIMENSIONS), dtype=np.float32)


def jsonl(path: Path, posts: Sequence[object]) -> Path:
    lines = [post if isinstance(post, str) else orjson.dumps(post).decode() for post in posts]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "corpus", DIMENSIONS)


def run(store: Store, *paths: Path) -> ImportResult:
    return import_paths(store, paths, embed=embed, quarantine=store.path.parent / "quarantine")


def adds_up(result: ImportResult) -> bool:
    return result.read == result.kept + result.copies + result.rejected


def test_rows_are_kept_copied_or_rejected_and_the_rejected_are_in_the_quarantine(
    store: Store, tmp_path: Path
) -> None:
    rows = [
        {"id": "1", "text": "the first post"},
        "{not json",
        {"id": "2", "text": "the second post"},
        {"id": "1", "text": "the first post"},
        {"id": "3", "text": ""},
    ]
    result = run(store, jsonl(tmp_path / "a.jsonl", rows))
    assert (result.read, result.kept, result.copies, result.rejected) == (5, 2, 1, 2)
    assert store.count() == 2
    assert result.version == store.version
    assert result.quarantine is not None
    lines = [orjson.loads(line) for line in result.quarantine.read_bytes().splitlines()]
    assert [line["line"] for line in lines] == [2, 5]


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"id": str(i), "text": f"post number {i}"} for i in range(300)])
    first = run(store, path)
    again = run(store, path)
    assert (first.kept, again.kept, again.copies) == (300, 0, 300)
    assert again.version == first.version
    assert store.count() == 300


def test_importing_again_an_export_that_changes_its_mind_changes_nothing(
    store: Store, tmp_path: Path
) -> None:
    versions = [{"id": str(i % 50), "text": f"post number {i}"} for i in range(100)]
    path = jsonl(tmp_path / "a.jsonl", versions)
    first = run(store, path)
    again = run(store, path)
    assert (again.version, store.count()) == (first.version, 50)
    assert store.get(["7"])[0].text == "post number 57"


def test_a_post_that_changed_takes_the_place_of_the_stored_one(store: Store, tmp_path: Path) -> None:
    run(
        store,
        jsonl(tmp_path / "a.jsonl", [{"id": str(i), "text": f"post {i}", "score": 1} for i in range(5)]),
    )
    changed = [{"id": "3", "text": "post 3, edited", "score": 1}, {"id": "4", "text": "post 4", "score": 9}]
    result = run(store, jsonl(tmp_path / "b.jsonl", [*changed, {"id": "0", "text": "post 0", "score": 1}]))
    assert (result.kept, result.copies) == (2, 1)
    assert store.count() == 5
    three, four = store.get(["3", "4"])
    assert three.text == "post 3, edited"
    assert four.score == 9


def test_distinct_posts_with_one_text_are_copies_and_all_stored(store: Store, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"id": str(i), "text": "the same rumour"} for i in range(9)])
    result = run(store, path)
    assert (result.kept, result.copies, store.count()) == (1, 8, 9)
    found = clusters.load(store.path)
    assert set(found.leaders.tolist()) == {key(b"0")}  # of one time, the smallest id
    assert len(found.posts) == 9


def test_near_copies_of_what_is_stored_are_copies(store: Store, tmp_path: Path) -> None:
    said = "The ferry to the island will not sail on Sunday because of the storm, the harbour office says"
    run(store, jsonl(tmp_path / "a.jsonl", [{"id": "old", "text": said, "created_at": "2024-01-01"}]))
    new = [
        {"id": "late", "text": f"RT @ann: {said}!!", "created_at": "2024-02-01"},
        {"id": "other", "text": said.replace("will not sail", "will sail"), "created_at": "2024-02-01"},
    ]
    result = run(store, jsonl(tmp_path / "b.jsonl", new))
    assert (result.kept, result.copies) == (1, 1)
    found = clusters.load(store.path)
    assert found.leaders_of(np.array([key(b"late"), key(b"other")])).tolist() == [key(b"old"), key(b"other")]


def test_the_same_posts_under_another_file_name_are_copies(store: Store, tmp_path: Path) -> None:
    rows = [{"id": "1", "text": "one text"}]
    run(store, jsonl(tmp_path / "a.jsonl", rows))
    assert run(store, jsonl(tmp_path / "b.jsonl", rows)).copies == 1


versions = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), max_size=30)


@given(versions, st.integers(1, 7), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_known_tells_what_a_dictionary_would(posts: list[tuple[int, str]], size: int, folded: int) -> None:
    keys = np.array([(number - 3, ord(content)) for number, content in posts], dtype=np.int64).reshape(-1, 2)
    known = Known(np.empty((0, 2), dtype=np.int64))
    state: list[int] = []
    with mock.patch.object(known_module, "_FOLDED", folded):
        for start in range(0, len(keys), size):
            state += known.add(keys[start : start + size]).tolist()
    seen: dict[int, str] = {}
    for (number, content), told in zip(posts, state, strict=True):
        before = seen.get(number)
        assert told == (Known.NEW if before is None else Known.SAME if before == content else Known.CHANGED)
        seen[number] = content


@given(versions)
@settings(max_examples=12, deadline=None)
def test_the_last_version_of_each_post_is_what_is_stored(
    tmp_path_factory: pytest.TempPathFactory, posts: list[tuple[int, str]]
) -> None:
    store = Store.open(tmp_path_factory.mktemp("versions"), DIMENSIONS)
    made = [Post(str(number), f"text {content}", language="en") for number, content in posts]
    half = len(made) // 2
    results = [import_posts(store, part, embed=embed) for part in (made[:half], made[half:])]
    last = {post.id: post for post in made}
    assert all(map(adds_up, results))
    assert store.count() == len(last)
    assert store.get(list(last)) == list(last.values())


def test_a_path_that_is_no_file_stops_the_import_before_it_begins(store: Store, tmp_path: Path) -> None:
    good = jsonl(tmp_path / "a.jsonl", [{"id": "1", "text": "x y z"}])
    for bad, said in ((tmp_path / "absent.csv", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(BadInputError, match=said):
            run(store, good, bad)
        assert store.count() == 0


@pytest.mark.parametrize("where", [0, 1, 2])
def test_a_file_that_nothing_can_be_read_of_is_one_rejected_row(
    store: Store, tmp_path: Path, where: int
) -> None:
    names = ("a.jsonl", "b.jsonl")
    paths = [
        jsonl(tmp_path / name, [{"id": name + str(i), "text": f"post {i} of {name}"} for i in range(20)])
        for name in names
    ]
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    result = run(store, *paths[:where], empty, *paths[where:])
    assert (result.read, result.kept, result.rejected, store.count()) == (41, 40, 1, 40)
    assert result.quarantine is not None
    (line,) = (orjson.loads(line) for line in result.quarantine.read_bytes().splitlines())
    assert line == {"file": str(empty), "line": 0, "reason": "is empty: there are no posts in it", "row": ""}


def test_files_that_nothing_can_be_read_of_at_all_are_an_error(store: Store, tmp_path: Path) -> None:
    empty, damaged = tmp_path / "empty.csv", tmp_path / "cut.parquet"
    empty.write_bytes(b"")
    damaged.write_bytes(b"PAR1 and no more")
    with pytest.raises(BadInputError, match=r"empty\.csv is empty"):
        run(store, empty, damaged)
    assert store.count() == 0


def test_the_language_is_told_where_the_export_does_not(store: Store) -> None:
    posts = [
        Post("1", "O governo não pode recolher os registros de telefone de todas as pessoas"),
        Post("2", "政府不应该收集电话记录"),
        Post("3", "The government should not collect the phone records of everybody", language="fr"),
    ]
    import_posts(store, posts, embed=embed)
    assert [post.language for post in store.get(["1", "2", "3"])] == ["pt", "zh", "fr"]


def test_an_error_of_the_embedding_leaves_no_thread_and_no_lock(store: Store) -> None:
    def broken(texts: Sequence[str]) -> npt.NDArray[np.float32]:
        raise MissingError("no token vectors")

    before = threading.active_count()
    with pytest.raises(MissingError, match="no token vectors"):
        import_posts(store, (Post(str(i), f"post {i}") for i in range(50_000)), embed=broken)
    assert threading.active_count() <= before
    with store.writing(timeout=0):
        pass


def test_a_second_import_is_told_that_the_store_is_busy(store: Store) -> None:
    with store.writing(), pytest.raises(BusyError, match="is writing to"), store.writing(timeout=0):
        pass


def test_an_import_of_several_commits_is_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_ROWS", 1000)
    posts = [Post(str(i), f"the post number {i}", language="en") for i in range(12_000)]
    posts += [post._replace(text=post.text + " edited") for post in posts[:500]]
    result = import_posts(store, posts, embed=embed)
    assert (result.kept, store.count()) == (12_500, 12_000)
    with store.writing() as writer:
        assert len(writer.keys()) == 12_000


IMPORTER = """
import sys
from pathlib import Path
import numpy as np
from truthgpt.corpus import importer, writer
from truthgpt.corpus.importer import import_paths
from truthgpt.corpus.store import Store

writer._ROWS = 1500
importer._LARGE = int(sys.argv[3])
store = Store.open(Path(sys.argv[1]), 8)
print("begun", flush=True)
import_paths(
    store, [Path(sys.argv[2])], embed=lambda texts: np.ones((len(texts), 8), dtype=np.float32),
    quarantine=Path(sys.argv[1]), report=lambda *step: print(step, flush=True),
)
print("done", flush=True)
"""


KILLS = int(os.environ.get("TRUTHGPT_KILLS", "4"))


def test_an_import_killed_at_any_moment_is_completed_by_another(tmp_path: Path) -> None:
    """`TRUTHGPT_KILLS=20` tries more moments; each takes some seconds."""
    rows = [{"id": f"p{i}", "text": f"post number {i // 2} of many, and what it says"} for i in range(20_000)]
    path = jsonl(tmp_path / "many.jsonl", rows)
    started = time.monotonic()
    import_in_a_process(tmp_path / "undisturbed", path, killed_after=None)
    seconds = time.monotonic() - started
    undisturbed = Store.open(tmp_path / "undisturbed", DIMENSIONS)
    corpus = tmp_path / "corpus"
    chance = random.Random(7)
    stored = 0
    for kill in range(KILLS):
        # Every other time the posts are prepared by processes, which end with the one that is killed.
        large = 0 if kill % 2 else 1 << 40
        import_in_a_process(corpus, path, killed_after=chance.uniform(0.0, seconds), large=large)
        count = Store.open(corpus, DIMENSIONS, create=False).count()
        assert count >= stored
        stored = count
    store = Store.open(corpus, DIMENSIONS)
    result = run(store, path)
    assert (result.read, result.kept + result.copies, store.count()) == (20_000, 20_000, 20_000)
    assert record(store).content_hash == record(undisturbed).content_hash
    assert np.array_equal(clusters.load(corpus).leaders, clusters.load(undisturbed.path).leaders)


def record(store: Store) -> Version:
    found = newest(store.path, store.version)
    assert found is not None
    return found


def import_in_a_process(corpus: Path, path: Path, killed_after: float | None, large: int = 1 << 40) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IMPORTER, str(corpus), str(path), str(large)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        if killed_after is not None:
            time.sleep(killed_after)
            process.send_signal(signal.SIGKILL)
        process.communicate()


def test_a_server_sees_what_another_process_imported(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"id": "new", "text": "fresh news"}])
    store = Store.open(tmp_path / "corpus", DIMENSIONS)
    assert store.get(["new"]) == []
    subprocess.run(
        [sys.executable, "-c", IMPORTER, str(store.path), str(path), "1"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    while not store.get(["new"]):
        time.sleep(0.01)


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.errors import MissingError

store = Store.open(Path(sys.argv[1]), 8)
if sys.argv[2] == "limit":
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
rng = np.random.default_rng(0)
posts = (Post(str(i), rng.bytes(400).hex(), language="en") for i in range(16_000))
try:
    import_posts(store, posts, embed=lambda texts: np.ones((len(texts), 8), dtype=np.float32))
except MissingError as error:
    print(error)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 12 MB, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only a superuser can mount a small disk")
    return folder


def full(corpus: Path, how: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(corpus), how],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return ran.stdout


def test_a_full_disk_is_said_in_one_line_and_the_posts_before_stay(small_disk: Path) -> None:
    try:
        corpus = small_disk / "corpus"
        store = Store.open(corpus, DIMENSIONS)
        import_posts(store, [Post("before", "what was there before", language="en")], embed=embed)
        said = full(corpus, "disk")
        assert said.count("\n") == 1
        assert said.startswith("no space left")
        assert "import again" in said
        assert Store.open(corpus, DIMENSIONS, create=False).get(["before"])
        del store
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=False)


def test_a_limit_on_the_size_of_files_is_said_like_a_full_disk(store: Store) -> None:
    import_posts(store, [Post("before", "what was there before", language="en")], embed=embed)
    said = full(store.path, "limit")
    assert said.startswith("no space left")
    assert store.get(["before"])
