"""The trace finds what a comparison of all words with all words would, and shows nothing that no post holds now."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from truthgpt.cli import tracing
from truthgpt.corpus import demo, indexes, postings
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
from truthgpt.truth.trace.find import places, spans
from truthgpt.truth.trace.segment import Segment
from truthgpt.truth.trace.suffixes import suffix_array
from truthgpt.truth.trace.tokens import tokens

MOON = "The moon was full over the old harbour, and nobody in the town slept."
WORDS = st.sampled_from("abcd")
DOCUMENTS = st.lists(st.lists(st.lists(WORDS, max_size=9), max_size=5), max_size=3)
DRAW = np.random.default_rng(7)


def words(text: str) -> list[str]:
    """The words of `text`, as they stand in it."""
    found = tokens([text])
    return [text[start:end] for start, end in zip(found.begins, found.ends, strict=True)]


def alike(*texts: str) -> bool:
    """Whether all of them have the same words."""
    first, *others = (tokens([text]).hashes.tolist() for text in texts)
    return bool(first) and all(other == first for other in others)


def segment(*texts: str) -> Segment:
    return build([texts])


def best(segments: Sequence[Segment], text: str, least: int = 1) -> list[tuple[str, int]]:
    return [(text[span.start : span.end], span.count) for span in spans(segments, text, least, 100)]


# Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!  x2", ["Hello", "World", "x2"]),
        ("isn’t", ["isn", "t"]),
        ("não há vacinação", ["não", "há", "vacinação"]),
        ("北京 2024年!", ["北", "京", "2024", "年"]),
        ("ok❤️ok 🙂", ["ok", "ok"]),
        ("f\u200bree\u00ad\x00dom", ["f\u200bree\u00ad\x00dom"]),
        ("\ud800x", ["x"]),
        ("㍿", ["㍿"] * 4),
        ("", []),
        ("\x00\x1b\n…", []),
    ],
)
def test_words_and_where_they_stand(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "forms",
    [
        (
            "Free speech",
            "FREE, speech!",
            "f\u200bree spe\u00adech",
            "ｆｒｅｅ　ｓｐｅｅｃｈ",
            "“free” — (speech)",
        ),
        ("Oakton", "Oаkton", "ОАKTON"),
        ("São João", "SÃO JOÃO"),
        ("straße", "STRASSE"),
        ("москва", "МОСКВА"),
        ("株式会社", "㍿"),
        ("a\x00b", "ab"),
    ],
)
def test_what_looks_alike_is_alike(forms: tuple[str, ...]) -> None:
    assert alike(*forms)


@pytest.mark.parametrize(
    ("one", "other"), [("é", "e"), ("ре", "pe"), ("a b", "ab"), ("北京", "京北"), ("1", "2")]
)
def test_what_is_another_word_is_not(one: str, other: str) -> None:
    assert not alike(one, other)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_texts_together_have_the_words_that_they_have_alone(texts: list[str]) -> None:
    together = tokens(texts)
    assert len(together.offsets) == len(texts) + 1
    for number, text in enumerate(texts):
        part = slice(together.offsets[number], together.offsets[number + 1])
        alone = tokens([text])
        assert together.hashes[part].tolist() == alone.hashes.tolist()
        assert together.begins[part].tolist() == alone.begins.tolist()
        assert (alone.begins < alone.ends).all()
        assert (alone.ends <= len(text)).all()


# The order


@given(st.lists(st.integers(0, 3), max_size=60))
@example([0] * 50)
@example([0, 1] * 30)
def test_all_that_begins_at_each_place_is_in_order(text: list[int]) -> None:
    order = suffix_array(np.array(text, np.int32), 4)
    assert order.tolist() == sorted(range(len(text)), key=lambda place: text[place:])


def test_a_long_text_of_few_and_of_many_words_is_in_order() -> None:
    for values in (2, 40, 5_000):
        text = DRAW.integers(0, values, 4_000).astype(np.int32)
        text[1_000:2_000] = text[:1_000]
        order = suffix_array(text, values).tolist()
        plain = text.tolist()
        assert sorted(order) == list(range(4_000))
        assert all(plain[one:] < plain[other:] for one, other in pairwise(order))


# Spans


def brute(
    documents: Sequence[Sequence[Sequence[str]]], asked: list[str], least: int
) -> list[tuple[int, int, int]]:
    """Where each span begins, how many words it has and how often it is there: by looking at all of them."""
    texts = [text for part in documents for text in part]

    def count(some: list[str]) -> int:
        return sum(
            list(text[at : at + len(some)]) == some
            for text in texts
            for at in range(len(text) - len(some) + 1)
        )

    there = [
        (begin, end - begin, times)
        for begin in range(len(asked))
        for end in range(begin + 1, len(asked) + 1)
        if (times := count(asked[begin:end]))
    ]
    largest = [
        span
        for span in there
        if span[1] >= least
        and not any(
            other != span and other[0] <= span[0] and span[0] + span[1] <= other[0] + other[1]
            for other in there
        )
    ]
    return sorted(largest, key=lambda span: (-span[1], span[2], span[0]))


@given(DOCUMENTS, st.lists(st.sampled_from("abcdz"), max_size=12), st.integers(1, 3))
@example([[["a", "b"], ["c", "d"]]], ["a", "b", "c", "d"], 1)
@example([[["a"] * 9, ["a"] * 7]], ["a"] * 12, 2)
def test_spans_are_those_of_a_comparison_of_all(
    documents: list[list[list[str]]], asked: list[str], least: int
) -> None:
    segments = [build([[" ".join(text) for text in part]]) for part in documents]
    found = spans(segments, " ".join(asked), least, 1_000)
    assert [(span.word, span.words, span.count) for span in found] == brute(documents, asked, least)
    for span in found:
        wanted = asked[span.word : span.word + span.words]
        expected = [
            (number, document, min(at for at in range(len(text)) if text[at : at + span.words] == wanted))
            for number, part in enumerate(documents)
            for document, text in enumerate(part)
            if any(text[at : at + span.words] == wanted for at in range(len(text)))
        ]
        stands = [(place.segment, place.document, place.word) for place in places(segments, span, 1_000)]
        assert stands == expected
        assert places(segments, span, 1) == places(segments, span, 1_000)[:1]


def test_a_span_never_goes_from_one_document_into_the_next() -> None:
    held = [segment("one two", "", "🙂", "three four"), segment("five")]
    assert best(held, "one two three four five") == [("one two", 1), ("three four", 1), ("five", 1)]


def test_spans_are_ranked_by_length_then_by_how_rare_they_are() -> None:
    held = [segment("a b c", "a b", "c d", "c d"), segment("c d")]
    assert best(held, "x c d; a B, x a b c", 2) == [("a b c", 1), ("a B", 2), ("c d", 3)]
    assert best(held, "a b c", 4) == []
    assert [span.count for span in spans(held, "x c d x a b c", 2, 1)] == [1]


def test_portuguese_and_chinese() -> None:
    held = [segment("A vacinação começou ontem em São Paulo.", "北京昨天宣布地铁票价上涨，大家议论纷纷。")]
    assert best(held, "Dizem que a VACINAÇÃO começou ontem!", 3) == [("a VACINAÇÃO começou ontem", 1)]
    assert best(held, "他说：北京昨天宣布，地铁票价下降", 6) == [("北京昨天宣布，地铁票价", 1)]
    assert best(held, "a vacinacao comecou", 2) == []


def test_a_copy_is_followed_to_its_end_however_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "LONGEST", 8)
    long = " ".join(f"w{number}" for number in range(50))
    held = [segment(f"so {long} it goes", "w48 w49 w50 w51 w52 w53")]
    text = f"{long} w50 w51 w52 w53 then so w0 w1"
    assert best(held, text, 3) == [(long, 1), ("w48 w49 w50 w51 w52 w53", 1), ("so w0 w1", 1)]


@pytest.mark.parametrize(
    ("corpus", "text", "longest"),
    [
        ("a " * 5_000, "a " * 100_000, 5_000),
        ("a " * 257, "a " * 100_000, 257),
        ("a b " * 600, "b a " * 50_000, 1_200),
        ("a", "\x00\x1b[31m\u202e" * 100_000, 0),
        ("a" * 1_000_000, "a" * 1_000_000, 1),
        ("月" * 3_000, "月" * 100_000, 3_000),
        ("", "a b c", 0),
        ("a b c", "", 0),
    ],
)
def test_hostile_texts(corpus: str, text: str, longest: int) -> None:
    found = spans([segment(corpus)], text, 1, 10)
    assert max((span.words for span in found), default=0) == longest
    assert all(places([segment(corpus)], span, 5) for span in found[:1])


# Files


def test_a_file_gives_back_what_was_built_and_no_word(tmp_path: Path) -> None:
    made = build([["the moon is old", "", "the qzxvhk is new"], ["moon"]], key=3)
    made.write(tmp_path / "one.trace")
    opened = Segment.open(tmp_path / "one.trace")
    assert opened is not None
    assert (opened.key, opened.tokens, len(opened.starts)) == (3, 9, 5)
    assert opened.starts.tolist() == [0, 5, 5, 10, 12]
    for name in ("words", "firsts", "starts", "text", "suffixes"):
        assert getattr(opened, name).tolist() == getattr(made, name).tolist()
    assert best([opened], "the moon is new", 2) == [("the moon is", 1), ("is new", 1)]
    assert b"qzxvhk" not in (tmp_path / "one.trace").read_bytes()
    build([]).write(tmp_path / "none.trace")
    empty = Segment.open(tmp_path / "none.trace")
    assert empty is not None
    assert best([empty], "the moon") == []


def test_a_file_that_is_cut_short_is_none(tmp_path: Path) -> None:
    path = tmp_path / "one.trace"
    assert Segment.open(path) is None
    segment("the moon is old", "the moon is new").write(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert Segment.open(path) is None, size
    for at in range(len(whole) - 8 * 7, len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        opened = Segment.open(path)
        assert opened is None or opened.key != 0, at  # the key is whoever opens it to judge


def test_what_stands_in_the_arrays_is_never_followed_out_of_them(tmp_path: Path) -> None:
    path = tmp_path / "one.trace"
    segment(*(f"the moon is w{number} now" for number in range(50))).write(path)
    whole = path.read_bytes()
    for _ in range(300):
        damaged = bytearray(whole)
        for at in DRAW.integers(0, len(whole) - 8 * 7, 20):
            damaged[at] = DRAW.integers(256)
        path.write_bytes(bytes(damaged))
        opened = Segment.open(path)
        if opened is None:
            continue
        for span in spans([opened], "the moon is w7 now and the moon is old", 1, 10):
            assert all(0 <= place.document < 50 for place in places([opened], span, 10))


# Posts


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
    segment("Another text that was never posted by anybody").write(file)
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
        postings.tidy(store.path, data)
        assert half.exists()
    postings.tidy(store.path, data)
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
