"""The trace over posts: which have a span, what an import, forgetting or a damaged file changes, and the command."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import typer

from truthgpt.cli import tracing
from truthgpt.corpus import beside, demo, indexes
from truthgpt.corpus.consent import erasure, forgetting
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.lance import wait
from truthgpt.corpus.lock import WriteLock
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, BusyError
from truthgpt.truth.trace import Trace, Tracer, discard, find, folder, tracer
from truthgpt.truth.trace.build import build
from truthgpt.truth.trace.segment import Segment

MOON = "The moon was full over the old harbour, and nobody in the town slept."


def embed(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.ones((len(texts), 8), dtype=np.float32)


AGAIN = f"Again: {MOON}"


def called(text: str) -> str:
    """The id of the post with this text."""
    return f"x:{text[:6]}{text[-6:]}"


def bring(path: Path, *texts: str) -> Store:
    store = Store.open(path / "corpus", 8)
    posts = [Post(called(text), text, community="sea", author="Ana") for text in texts]
    import_posts(store, posts, embed=embed)
    return store


def ids(found: Trace) -> list[str]:
    return [post.id for span in found.spans for post in span.posts]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_GRACE", 0.01)


def test_the_posts_that_have_a_span_and_where(tmp_path: Path) -> None:
    store = bring(tmp_path, MOON, f"He wrote: “{MOON.upper()}” I doubt it.", "The sun rose.")
    found = Tracer(store).trace("They say the moon WAS full, over the old harbour: and all slept.")
    (span,) = found.spans
    assert span.text == "the moon WAS full, over the old harbour: and"
    assert span.count == 2
    assert {post.text[post.start : post.end] for post in span.posts} == {
        "The moon was full over the old harbour, and",
        "THE MOON WAS FULL OVER THE OLD HARBOUR, AND",
    }
    assert {post.community for post in span.posts} == {"sea"}
    assert (found.version, found.tokens) == (store.version, 36)
    assert len(Tracer(store).trace("The moon was full over the old", posts=1).spans[0].posts) == 1


def test_offsets_are_of_the_text_that_is_given_back(tmp_path: Path) -> None:
    store = bring(tmp_path, "A vacinação começou ontem em São Paulo.")
    text = unicodedata.normalize("NFD", "Não: a vacinação começou ontem")
    found = Tracer(store).trace(text, least=4)
    assert found.text == unicodedata.normalize("NFC", text)
    assert found.text[found.spans[0].start : found.spans[0].end] == "a vacinação começou ontem"


def test_only_posts_that_came_since_are_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "_SMALL", 1)  # files are left as they are
    store = bring(tmp_path, MOON, AGAIN, "The sun rose.")
    traced = Tracer(store)
    told: list[tuple[str, int, int]] = []
    assert traced.prepare(lambda stage, done, total, unit="posts": told.append((stage, done, total))) == 3
    assert told == [(folder.STAGE, 3, 3)]
    assert traced.prepare() == 0
    sun = "The sun rose over the old harbour and nobody in the town saw it."
    bring(tmp_path, sun)
    assert Tracer(store).prepare() == 1
    assert traced.prepare() == 0
    assert ids(traced.trace("the sun rose over the old harbour")) == [called(sun)]
    assert traced.trace(MOON).spans[0].count == 2


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_file_that_is_damaged_is_made_again(tmp_path: Path, left: int) -> None:
    store = bring(tmp_path, MOON)
    assert Tracer(store).prepare() == 1
    (file,) = (store.path / folder.FOLDER).glob("*.trace")
    file.write_bytes(file.read_bytes()[:left])
    assert ids(Tracer(store).trace(MOON)) == [called(MOON)]
    discard(store.path)
    assert not list((store.path / folder.FOLDER).glob("*.trace*"))
    assert Tracer(store).prepare() == 1


def test_a_file_that_does_not_say_what_posts_say_shows_none(tmp_path: Path) -> None:
    store = bring(tmp_path, MOON)
    assert Tracer(store).prepare() == 1
    (file,) = (store.path / folder.FOLDER).glob("*.trace")
    build([["Another text that was never posted by anybody"]]).write(file)
    assert Tracer(store).trace("another text that was never posted by anybody").spans == ()


@pytest.mark.usefixtures("quick")
def test_a_forgotten_post_is_not_shown_and_leaves_the_files(tmp_path: Path) -> None:
    store = bring(tmp_path, MOON, AGAIN)
    traced = Tracer(store)
    assert len(ids(traced.trace(MOON))) == 2
    old = set((store.path / folder.FOLDER).glob("*.trace"))
    forgetting.forget(store, [Subject("post", called(MOON))], quarantine=tmp_path / "quarantine")
    assert not old & set((store.path / folder.FOLDER).glob("*.trace"))
    for tracing_now in (traced, Tracer(store)):
        found = tracing_now.trace(MOON)
        assert ids(found) == [called(AGAIN)]
        assert found.spans[0].count == 1


def test_a_post_that_goes_while_it_is_traced_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = bring(tmp_path, MOON, AGAIN)
    look = tracer.places

    def slow(segments: Sequence[Segment], span: find.Span, limit: int) -> list[find.Place]:
        table = store.apart()
        wait(table.delete(f"id != '{called(AGAIN)}'"))
        return look(segments, span, limit)

    monkeypatch.setattr(tracer, "places", slow)
    assert ids(Tracer(store).trace(MOON)) == [called(AGAIN)]


def test_a_version_whose_files_go_while_it_is_traced_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = bring(tmp_path, MOON, AGAIN)
    look, calls = tracer.segments, []

    def slow(posts: Path, dataset: object, report: object) -> object:
        calls.append(dataset)
        if len(calls) == 1:
            table = store.apart()
            erasure.mark(table, store.path, np.array([0], np.uint64))
            erasure.rewrite(table, store.path, tracer.unheard)
            erasure.prune(table, store.path)
        return look(posts, dataset, report)  # type: ignore[arg-type]

    monkeypatch.setattr(tracer, "segments", slow)
    assert ids(Tracer(store).trace(MOON)) == [called(AGAIN)]
    assert len(calls) == 2


def test_one_process_makes_the_files_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = bring(tmp_path, MOON)
    monkeypatch.setattr(folder, "_WAIT", 0.1)
    (store.path / folder.FOLDER).mkdir()
    with WriteLock(store.path / folder.FOLDER), pytest.raises(BusyError):
        Tracer(store).prepare()
    assert Tracer(store).prepare() == 1


def test_a_file_that_is_being_written_is_left_alone_and_one_that_was_left_is_not(tmp_path: Path) -> None:
    """An import ends, or posts are forgotten, while another process writes the trace."""
    store = bring(tmp_path, MOON)
    half = store.path / folder.FOLDER / ".abc.trace.part"
    half.parent.mkdir()
    half.touch()
    data = store.path / "posts.lance" / "data"
    with WriteLock(half.parent):
        beside.tidy(store.path, data, ())
        assert half.exists()
    beside.tidy(store.path, data, ())
    assert not half.exists()


def test_a_text_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracer, "LONGEST_TEXT", 100)
    with pytest.raises(BadInputError, match="more than 100 characters"):
        Tracer(bring(tmp_path, MOON)).trace("a" * 101)


# The command


def run(data: Path, *arguments: str) -> None:
    app = typer.Typer()
    app.command()(tracing.trace)
    app([*arguments, "--data", str(data)], standalone_mode=False)


def test_the_command_prints_the_spans(demo_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    post = next(demo.load())
    quoted = " ".join(post.text.split()[:9])
    run(demo_data, "They", "say:", quoted, "--json", "--limit", "1")
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert set(found) == {"text", "spans", "tokens", "version", "seconds"}
    (span,) = found["spans"]
    assert set(span) == {"start", "end", "text", "count", "posts"}
    assert found["text"][span["start"] : span["end"]] == span["text"]
    assert post.id in {carrier["id"] for carrier in span["posts"]}
    assert {"id", "start", "end", "community"} <= set(span["posts"][0])
    assert err == "" or "indexed for the trace" in err
    run(demo_data, quoted, "--least", "5")
    out, err = capfd.readouterr()
    assert post.id in out
    assert err == ""
    run(demo_data, "zzz", "yyy")
    assert "no span was found" in capfd.readouterr().out
