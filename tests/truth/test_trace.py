"""The trace finds what a comparison of all words with all words would, and shows nothing that no post holds now."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truthgpt.truth.trace import find
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
