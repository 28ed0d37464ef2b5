"""The terms that a text must have for a phrase to be in it: whoever reads no other text misses none."""

from __future__ import annotations

import random
import unicodedata
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.postings import All, Having, Some, Terms
from truthgpt.corpus.store import Store
from truthgpt.corpus.terms import terms
from truthgpt.corpus.unspaced import grams
from truthgpt.corpus.view import View
from truthgpt.search.syntax import looked_for, parse

WORDS = [
    "vacinação",
    "Ångström",
    "naïve",
    "CAFÉ",
    "señor",
    "dark",
    "matter's",
    "covid-19",
    "the",
    "running",
    "暗物质",
    "图书馆",
    "x",
]


def having(query: str) -> Having | None:
    return looked_for(parse(query)).having


def has(text: str, wanted: Having) -> bool:
    if isinstance(wanted, Terms):
        of = terms(text).split() if wanted.column == "terms" else grams(text)
        return set(wanted.terms) <= set(of)
    return (all if isinstance(wanted, All) else any)(has(text, part) for part in wanted.parts)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.data())
def test_a_phrase_in_any_spelling_has_its_terms(words: list[str], data: st.DataObject) -> None:
    phrase = " ".join(words)
    spelled = data.draw(st.sampled_from([str.upper, str.lower, str.title, bare, apart]))(phrase)
    between = data.draw(st.sampled_from([" ", ", ", "… ", " - "]))
    text = f"Before it, {spelled.replace(' ', between)}; after it."
    wanted = having(f'"{phrase}"')
    assert wanted is None or has(text, wanted)


def key(wanted: Having) -> str:
    return repr(wanted).replace("'", "")


def bare(text: str) -> str:
    return "".join(sign for sign in apart(text) if not unicodedata.combining(sign))


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ('"dark matter"', All((Terms("terms", ("dark", "matter")),))),
        ('"暗物 x"', All((Terms("grams", ("暗", "物")),))),
        ("moon", None),  # ranks, and is no demand
        ('-"dark matter"', None),  # who has it not has other terms
        ('"dark" -moon from:ana', All((Terms("terms", ("dark",)),))),
        ("moon OR from:ana", None),
        ("moon OR mars", All((Some((Terms("terms", ("moon",)), Terms("terms", ("mar",)))),))),
        ('"the"', None),
        ('"слово"', None),  # folded otherwise than terms are
        ('"!!!"', None),
        ('"\u0903abc"', None),  # whether the mark belongs to the word is told in two ways
    ],
)
def test_what_can_be_told_of_a_query(query: str, wanted: Having | None) -> None:
    assert having(query) == wanted


COUNT = 300
TERM = st.sampled_from(["w0", "w1", "w2", "w3", "absent"])
TERMS = st.lists(TERM, min_size=1, max_size=3).map(lambda of: Terms("terms", tuple(of)))
ANY: st.SearchStrategy[Having] = st.recursive(
    TERMS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda of: All(tuple(of)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda of: Some(tuple(of)))
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    draw = random.Random(1)
    store = Store.open(tmp_path_factory.mktemp("having") / "corpus", 8)
    texts = (" ".join(draw.choices(["w0", "w1", "w2", "w3", "w4"], k=3)) for _ in range(COUNT))
    posts = [Post(str(number), text) for number, text in enumerate(texts)]
    import_posts(store, posts, embed=lambda some: np.ones((len(some), 8), np.float32))
    return store.view()


@given(ANY)
def test_rows_that_have_terms_are_those_of_a_plain_scan(view: View, wanted: Having) -> None:
    rows = view.select(["text"])
    texts = zip(rows["_rowid"].to_pylist(), rows["text"].to_pylist(), strict=True)
    plain = {row for row, text in texts if has(text, wanted)}
    with patch("truthgpt.corpus.view._DEARER", 1):
        narrowed = view.narrowed(f"text <> '{key(wanted)}'", wanted)
    assert set(view.select([], narrowed)["_rowid"].to_pylist()) == plain
    assert narrowed.startswith("_rowid") or not plain


def test_where_many_have_the_terms_all_texts_are_read_in_a_row(view: View) -> None:
    assert view.narrowed("text <> 'a'", Terms("terms", ("w0",))) == "text <> 'a'"


def test_a_condition_names_no_more_rows_than_it_may(view: View) -> None:
    with patch("truthgpt.corpus.view._NAMED", 2), patch("truthgpt.corpus.view._DEARER", 1):
        assert view.narrowed("text <> 'b'", Terms("terms", ("w0",))) == "text <> 'b'"
