"""A query and a post meet in their terms: one text and a column of texts have the same ones, whatever stands in them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.terms import LONGEST, column, terms
from truthgpt.corpus.terms.column import Terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Running RUNS run", "run run run"),
        ("A vacinação e as VACINAÇÕES", "vacinacao e vacinaco"),
        ("naïve Straße Ærø İstanbul ﬁrst", "naiv strass aero istanbul first"),
        ("the iPhone手机 is 5G", "iphon 5g"),
        ("U.S. covid-19 don't", "u s covid 19 don t"),
        ("Ёлка και ΆΛΦΑ", "елка και αλφα"),
        ("हिन्दी", "हिन्दी"),
        ("🙂 — …", ""),
        ("x" * (LONGEST + 1) + " kept", "kept"),
    ],
)
def test_terms_have_no_case_accents_or_endings(text: str, expected: str) -> None:
    assert terms(text) == expected
    assert Terms()(pa.array([text], pa.large_string())).to_pylist() == [expected or None]


WORDS = st.text(st.sampled_from("aAbBsS tT hHeE iInNgG éÉçß手機09'-_\u0301🙂\n"), max_size=60)


@settings(deadline=None)  # the first example compiles
@given(texts=st.lists(WORDS | st.text(max_size=30), max_size=12))
def test_a_column_has_the_terms_that_each_of_its_texts_has(texts: list[str]) -> None:
    sound = [text.encode(errors="ignore").decode() for text in texts]
    array = pa.array(["before", *sound, None, "after"], pa.large_string())
    expected = [terms(text) or None for text in sound]
    assert Terms()(array.slice(1, len(sound))).to_pylist() == expected
    assert Terms()(array.slice(1)).to_pylist() == [*expected, None, terms("after")]
    assert Terms()(array).to_pylist() == [terms("before"), *expected, None, terms("after")]


def test_words_that_are_forgotten_are_learnt_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column, "_REMEMBERED", 50)
    monkeypatch.setattr(column, "_AT_ONCE", 200)
    texts = [f"word{n} word{n % 7} jumping" for n in range(300)]
    made = Terms()
    for _ in range(2):
        assert made(pa.array(texts, pa.large_string())).to_pylist() == [terms(text) for text in texts]
    assert made._known < 100
