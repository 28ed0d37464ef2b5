"""A query and a post meet in their terms: one text and a column of texts have the same ones, whatever stands in them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.pipeline import columns, raw
from truthgpt.corpus.post import Post
from truthgpt.corpus.terms import LONGEST, native, terms
from truthgpt.corpus.terms.column import Terms
from truthgpt.corpus.terms.native import STEMMERS


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


def test_words_that_are_forgotten_are_learnt_again() -> None:
    texts = [f"word{n} word{n % 7} jumping" for n in range(300)]
    made = Terms(remembered=50)
    for _ in range(2):
        assert made(pa.array(texts, pa.large_string())).to_pylist() == [terms(text) for text in texts]
    assert made._known < 100


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("pt", "a vacinação obrigatória", "vacinas obrigatórias"),
        ("es", "las elecciones nacionales", "elección nacional"),
        ("de", "die Wohnungen der Mieter", "Wohnung des Mieters"),
        ("fr", "les décisions municipales", "la décision municipale"),
        ("ru", "новые законы", "новый закон"),
    ],
)
def test_forms_of_a_word_meet_in_their_own_language(language: str, one: str, other: str) -> None:
    forms = [set(native(text, language).split()) | set(terms(text).split()) for text in (one, other)]
    assert len(forms[0] & forms[1]) >= 2


def test_a_language_without_a_stemmer_and_english_have_no_terms_of_their_own() -> None:
    assert "en" not in STEMMERS
    assert native("running vaccines", "en") == native("vaccines", "xx") == native("vaccines", "") == ""


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.sampled_from(["pt", "en", "de", "xx"])), max_size=8))
def test_posts_have_the_terms_of_english_and_then_those_of_their_language(
    posts: list[tuple[str, str]],
) -> None:
    rows = raw.table([Post(str(n), text, language=code) for n, (text, code) in enumerate(posts)])
    found = columns.describe(columns.clean(rows))
    for text, code, got in zip(
        found["text"].to_pylist(), found["language"].to_pylist(), found["terms"].to_pylist(), strict=True
    ):
        heading, gap, _ = text.partition("\n\n")
        text = f"{heading} {text}" if gap and heading and "\n" not in heading else text
        expected = [part for part in (terms(text), native(text, code)) if part]
        assert (got or "") == " ".join(expected)


def test_words_of_a_heading_stand_twice() -> None:
    texts = ["The moon\n\nIt is full.", "The moon\nIt is full.", "moon\n\n", f"{'long ' * 70}\n\nend"]
    found = columns.describe(columns.clean(raw.table([Post(str(n), text) for n, text in enumerate(texts)])))
    counts = [
        (got or "").split().count(word)
        for got, word in zip(found["terms"].to_pylist(), ["moon"] * 3 + ["long"], strict=True)
    ]
    assert counts == [2, 1, 1, 70]


def test_of_a_long_text_the_beginning_alone_has_terms_of_its_language() -> None:
    text = "vacinas " * 2000 + " ".join(f"palavra{n}" for n in range(60_000))
    rows = raw.table([Post("1", text, language="pt")])
    (found,) = columns.describe(columns.clean(rows))["terms"].to_pylist()
    assert found == f"{terms(text)} {native(text, 'pt')}"
    assert found.count("~pt") == 1250
