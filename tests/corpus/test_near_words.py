"""Words of a text as numbers: those that plain Python tells, whatever bytes a text is made of."""

from __future__ import annotations

import plain_words
import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus import demo
from truthgpt.corpus.near.words import BYTES, IS_ALONE, IS_CLAIM, IS_NEGATION, words
from truthgpt.corpus.unspaced import UNSPACED

_PARTS = regex.compile(f"[{UNSPACED}]|[^ {UNSPACED}]+")


def of(text: str) -> list[int]:
    found = words([text])
    return [int(word) for word in found.flat]


def test_words_are_those_that_copies_are_told_by() -> None:
    texts = [post.text for post in demo.load()]
    found = words(texts)
    numbers: dict[str, int] = {}
    for at, text in enumerate(texts):
        expected = _PARTS.findall(plain_words.words(text).decode())
        got = found.flat[found.offsets[at] : found.offsets[at + 1]].tolist()
        assert len(got) == len(expected), text
        for word, number in zip(expected, got, strict=True):
            # A "t" negates behind an apostrophe only, so that one is two numbers.
            assert word == "t" or numbers.setdefault(word, number) == number
    assert len(set(numbers.values())) == len(numbers) > 2_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RT @ana: The Bridge, closed!", "the bridge closed"),
        ("rt @ana rt @bob@example.org: THE bridge “closed”", "the bridge closed"),
        ("@ana the bridge closed https://t.example/x?y=z#w www.example.org", "the bridge closed"),
        ("the bridge http://t.example/@someone/words closed", "the bridge closed"),
        ("Ｔｈｅ ﬁrst STRASSE", "the first strasse"),
        ("love ❤️ this 🙏🏽 so 👩‍🚀 much 1️⃣", "love this so much 1"),
        ("Ação não", "AÇÃO NÃO"),
        ("地铁，涨价了！", "地铁 涨价 了"),
    ],
)
def test_what_copies_differ_in_is_no_word(one: str, other: str) -> None:
    assert of(one) == of(other)


def test_marks_tell_claims_and_characters_that_stand_alone() -> None:
    assert [word & IS_CLAIM for word in of("14 covid19 people isn't two nunca people")] == [
        2,
        2,
        0,
        0,
        2,
        2,
        2,
        0,
    ]
    assert [word & IS_NEGATION for word in of("not two don't")] == [4, 0, 0, 4]
    assert of("in t")[1] & IS_CLAIM == 0  # cut short, not a negation
    assert [word & IS_ALONE for word in of("a 地铁 ก b")] == [0, 1, 1, 1, 0]
    assert [bool(word & IS_NEGATION) for word in of("不是")] == [True, False]


def test_a_text_without_words_is_one_word_and_a_blank_one_is_none() -> None:
    assert len(of(" 🙂🙃 ")) == 1
    assert of(" 🙂🙃 ") == of("🙂🙃") != of("🙂")
    assert of(" \n\t") == of("") == []


def test_a_long_text_is_read_to_its_limit_and_at_a_whole_character() -> None:
    text = "é" * (BYTES // 2 - 1) + " " + "字" * BYTES
    assert len(of(text)) == 1
    assert of("a" * 10 + " word" * BYTES) == of("a" * 10 + " word" * BYTES + " beyond")


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=6), st.integers(0, 3))
def test_any_texts_and_any_slice_of_them(texts: list[str], start: int) -> None:
    whole = words(texts)
    assert len(whole) == len(texts)
    assert whole.offsets[-1] == len(whole.flat)
    part = words(pa.array(texts, pa.string()).slice(start))
    for at in range(len(part)):
        one = part.flat[part.offsets[at] : part.offsets[at + 1]].tolist()
        assert one == of(texts[start + at])


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_bytes_that_are_no_utf8_are_read_within_bounds(raw: bytes) -> None:
    array = pa.Array.from_buffers(
        pa.large_string(), 1, [None, pa.array([0, len(raw)], pa.int64()).buffers()[1], pa.py_buffer(raw)]
    )
    assert len(words(array).flat) <= len(raw)
