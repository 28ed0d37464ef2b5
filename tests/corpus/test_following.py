"""Posts that come in as they are written: found at once, counted as an import counts them, none lost or half taken."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pytest

from truthgpt.corpus import clusters
from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.following import follow
from truthgpt.corpus.importer import ImportResult, import_paths
from truthgpt.corpus.live import Live, Schedule
from truthgpt.corpus.post import Deleted, Post
from truthgpt.corpus.provenance.versions import newest, versions
from truthgpt.corpus.readers import Rejected
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError

DIMENSIONS = 8
NEVER = Schedule(seconds=1e9, posts=10**9)
AT_ONCE = Schedule(seconds=0.0, posts=1, share=0)


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), DIMENSIONS), dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "corpus", DIMENSIONS)


def line(post_id: str, text: str = "") -> str:
    return orjson.dumps({"id": post_id, "text": text or f"what post {post_id} says"}).decode() + "\n"


def write(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


class Follower:
    """`follow` in a thread."""

    def __init__(self, store: Store, *paths: Path, schedule: Schedule) -> None:
        self.settled: list[ImportResult] = []
        self._stopped = threading.Event()
        self._result: list[ImportResult | BaseException] = []

        def run() -> None:
            try:
                self._result.append(
                    follow(
                        store,
                        paths,
                        self._stopped,
                        embed=embed,
                        quarantine=store.path.parent / "quarantine",
                        schedule=schedule,
                        settled=self.settled.append,
                    )
                )
            except BaseException as error:
                self._result.append(error)

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def wait_for(self, told: Callable[[], Any]) -> None:
        """Until `told`; a follower that has ended will not bring it about."""
        while not told():
            assert self._thread.is_alive(), self._result
            self._thread.join(0.02)

    def stop(self) -> ImportResult:
        self._stopped.set()
        self._thread.join()
        (result,) = self._result
        if isinstance(result, BaseException):
            raise result
        return result


@contextmanager
def following(store: Store, *paths: Path, schedule: Schedule = NEVER) -> Iterator[Follower]:
    follower = Follower(store, *paths, schedule=schedule)
    try:
        yield follower
    finally:
        follower._stopped.set()
        follower._thread.join()


def live(store: Store, schedule: Schedule = NEVER) -> Live:
    return Live(store, embed=embed, quarantine=store.path.parent / "quarantine", schedule=schedule)


def test_what_is_written_is_stored_while_the_file_is_followed(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    write(path, line("1") + line("2"))
    with following(store, path) as follower:
        follower.wait_for(lambda: store.count() == 2)
        write(path, line("3"))
        follower.wait_for(lambda: store.get(["3"]))
        result = follower.stop()
    assert (result.read, result.kept, result.copies, result.rejected) == (3, 3, 0, 0)
    assert result.version == store.version


def test_a_line_without_its_end_is_not_taken_until_it_has_one(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    whole = line("2", "a text in two halves, é")
    write(path, line("1") + whole[:25])
    with following(store, path) as follower:
        follower.wait_for(lambda: store.get(["1"]))
        write(path, whole[25:] + line("3")[:-1])
        follower.wait_for(lambda: store.get(["2"]))
        result = follower.stop()
    assert (result.read, result.rejected) == (2, 0)
    assert [post.text for post in store.get(["2"])] == ["a text in two halves, é"]


def test_it_comes_to_what_an_import_of_the_same_file_comes_to(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    text = "a longer text that many will copy word by word, and that somebody will cut a little"
    lines = [line(str(n)) for n in range(40)] + [
        line("a", text),
        line("b", f"{text}!"),
        line("a", text),
        "{no\n",
    ]
    path.touch()
    with following(store, path, schedule=AT_ONCE) as follower:
        for start in range(0, len(lines), 11):
            before = store.count()
            write(path, "".join(lines[start : start + 11]))
            follower.wait_for(lambda before=before: store.count() > before)
        result = follower.stop()
    other = Store.open(tmp_path / "other", DIMENSIONS)
    imported = import_paths(other, [path], embed=embed, quarantine=tmp_path / "quarantine")
    counted = [(each.read, each.kept, each.copies, each.rejected) for each in (result, imported)]
    assert counted[0] == counted[1] == (44, 41, 2, 1)
    recorded = [newest(each.path) for each in (store, other)]
    assert recorded[0] is not None
    assert recorded[1] is not None
    assert recorded[0].content_hash == recorded[1].content_hash
    assert np.array_equal(clusters.load(store.path).leaders, clusters.load(other.path).leaders)


def test_a_version_names_how_far_the_file_was_read(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    write(path, line("1"))
    with following(store, path, schedule=AT_ONCE) as follower:
        follower.wait_for(lambda: follower.settled)
        write(path, line("2") + line("3")[:-9])
        follower.wait_for(lambda: len(follower.settled) > 1)
        follower.stop()
    taken = (line("1") + line("2")).encode()
    recorded = list(versions(store.path))
    assert [file.bytes for version in recorded for file in version.files] == [len(line("1")), len(taken)]
    assert recorded[-1].files[0].sha256 == hashlib.sha256(taken).hexdigest()
    assert [version.counts.read for version in recorded] == [1, 1]
    # Alerts tell new posts by the number of their import.
    rows = {row["id"]: row["imported"] for row in imported(store)}
    assert rows["2"] > rows["1"]


def imported(store: Store) -> list[dict[str, Any]]:
    from truthgpt.corpus.lance import wait

    rows: list[dict[str, Any]] = wait(
        store.snapshot().query().select(["id", "imported"]).to_arrow()
    ).to_pylist()
    return rows


def test_rejected_rows_are_in_the_quarantine_with_their_lines(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    write(path, line("1") + "no json\n")
    with following(store, path) as follower:
        follower.wait_for(lambda: store.count() == 1)
        write(path, line("2") + '{"id": "3", "text": ""}\n')
        follower.wait_for(lambda: store.count() == 2)
        result = follower.stop()
    assert result.quarantine is not None
    rows = [orjson.loads(row) for row in result.quarantine.read_bytes().splitlines()]
    assert [(row["file"], row["line"]) for row in rows] == [(str(path), 2), (str(path), 4)]


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_was_replaced_or_cut_is_read_from_its_beginning(
    store: Store, tmp_path: Path, replaced: bool
) -> None:
    path = tmp_path / "posts.jsonl"
    write(path, line("1") + line("2") + "half a li")
    with following(store, path) as follower:
        follower.wait_for(lambda: store.count() == 2)
        if replaced:
            path.rename(tmp_path / "posts.1")
            write(path, line("3"))
        else:
            path.write_text(line("3"))
        follower.wait_for(lambda: store.get(["3"]))
        result = follower.stop()
    assert (result.read, result.kept, result.rejected) == (4, 3, 1)  # nobody ended the half line


def test_posts_are_taken_while_others_settle_and_edits_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, going_on = threading.Event(), threading.Event()
    refresh = clusters.refresh

    def slow(*given: Any) -> clusters.Clusters:
        begun.set()
        assert going_on.wait(60)
        return refresh(*given)

    with live(store, AT_ONCE) as taking:
        taking.take([Post("1", "the first")])
        monkeypatch.setattr(clusters, "refresh", slow)
        assert list(taking.tend()) == []
        assert begun.wait(60)
        taking.take([Post("2", "the second, while the first settles")])
        assert [post.id for post in store.get(["1", "2"])] == ["1", "2"]
        threading.Timer(0.2, going_on.set).start()
        taking.take([Post("1", "the first, edited")])
        assert going_on.is_set()
        results = list(taking.settle())
    assert [(each.read, each.kept, each.copies) for each in results] == [(1, 1, 0), (2, 2, 0)]
    assert [post.text for post in store.get(["1"])] == ["the first, edited"]
    import_nothing_new(store)


def import_nothing_new(store: Store) -> None:
    """The recorded hash is that of what is stored."""
    from truthgpt.corpus.provenance.versions import hashed

    recorded = newest(store.path)
    assert recorded is not None
    assert recorded.content_hash == hashed(store.snapshot(), store.path).hexdigest()


def test_who_forgets_is_heard_while_a_file_is_followed(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    write(path, line("1") + line("2"))
    with following(store, path) as follower:
        follower.wait_for(lambda: store.count() == 2)
        forget(store, [Subject("post", "1")], quarantine=tmp_path / "quarantine", timeout=60)
        write(path, line("1") + line("3"))
        follower.wait_for(lambda: store.get(["3"]))
        result = follower.stop()
    assert store.get(["1"]) == []
    assert (result.kept, result.rejected) == (3, 1)
    import_nothing_new(store)


def test_posts_that_the_platform_says_are_gone_go_when_posts_settle(store: Store) -> None:
    with live(store) as taking:
        taking.take([Post("1", "the first"), Post("2", "the second"), Rejected("a", 1, "why", "")])
        taking.take([Deleted("1")])
        (result,) = taking.settle()
    assert (result.read, result.kept, result.rejected, result.deleted) == (3, 2, 1, 1)
    assert [post.id for post in store.get(["1", "2"])] == ["2"]


def test_only_json_lines_are_followed_and_a_missing_file_is_one_line(store: Store, tmp_path: Path) -> None:
    table, missing = tmp_path / "a.csv", tmp_path / "none.jsonl"
    write(table, "id,text\n1,hello\n")
    for path, words in ((table, "only JSON Lines"), (missing, "No such file")):
        with following(store, path) as follower:
            follower._thread.join()
            with pytest.raises(BadInputError, match=words) as caught:
                follower.stop()
        assert "\n" not in str(caught.value)


KILLED = """
import sys, threading
from pathlib import Path
import numpy as np
from truthgpt.corpus.following import follow
from truthgpt.corpus.live import Schedule
from truthgpt.corpus.store import Store

store = Store.open(Path(sys.argv[1]), 8)
follow(
    store, [Path(sys.argv[2])], threading.Event(), embed=lambda texts: np.ones((len(texts), 8), dtype=np.float32),
    quarantine=Path(sys.argv[1]), schedule=Schedule(0.0, 50, 0), report=lambda *step: print(step[1], flush=True),
)
"""


def test_a_killed_follower_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    write(path, "".join(line(str(n)) for n in range(300)))
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "corpus"), str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        taken = next(int(said) for said in process.stdout if int(said))
        write(path, "".join(line(str(n)) for n in range(300, 600)))
        next(said for said in process.stdout if int(said) > taken)
        process.send_signal(signal.SIGKILL)
    store = Store.open(tmp_path / "corpus", DIMENSIONS)
    assert store.count() > taken
    result = import_paths(store, [path], embed=embed, quarantine=tmp_path / "quarantine")
    assert (result.read, store.count()) == (600, 600)
    import_nothing_new(store)
