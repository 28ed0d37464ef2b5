"""The language of queries: what is typed is read as people know it, says itself back, and is refused at a character."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from truthgpt.search.syntax import QuerySyntaxError, parse
from truthgpt.search.syntax.fields import FIELDS
from truthgpt.search.syntax.nodes import QUOTES, And, Field, Node, Not, Or, Phrase, Word, written

VALUES = {
    "from": ["bob", "Alice B", "-x", "a:b"],
    "in": ["news", "机器学习"],
    "lang": ["en", "pt", "zh"],
    "since": ["2024", "2024-05", "2024-05-31", "2024-05-31T12:00Z", "2024-05-31 12:00"],
    "until": ["1999-01-01"],
    "min_likes": ["0", "-5", "100"],
    "has": ["link", "mention", "hashtag"],
    "filter": ["replies", "quotes", "reposts", "links"],
}


def is_word(text: str) -> bool:
    """Whether `text` is one word wherever it stands; told without the parser."""
    name = text.partition(":")[0].lower()
    named = name in {*FIELDS, "author", "community", "language", "min_faves", "min_score"} and ":" in text
    minus = text.startswith("-") and text[1:2] != "-"
    return not named and text not in ("OR", "AND", "NOT", "|") and not minus


SIGNS = st.text("ab1éñ机学:.,'-_|#@OR!", min_size=1, max_size=8)
WORDS = SIGNS.filter(is_word).map(Word)
PHRASES = st.lists(SIGNS, min_size=1, max_size=3).map(" ".join).map(Phrase)
ANY_FIELD = st.sampled_from([Field(name, value) for name, values in VALUES.items() for value in values])
NODES: st.SearchStrategy[Node] = st.recursive(
    WORDS | PHRASES | ANY_FIELD,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=4).map(tuple).map(And)
        | st.lists(inner, min_size=2, max_size=4).map(tuple).map(Or)
    ),
    max_leaves=12,
)


def test_every_field_has_values_here() -> None:
    assert VALUES.keys() == FIELDS.keys()


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("", And(())),
        ("moon", Word("moon")),
        ("green moon", And((Word("green"), Word("moon")))),
        ("green AND moon", And((Word("green"), Word("moon")))),
        ('"green moon"', Phrase("green moon")),
        ("“green\n moon”", Phrase("green moon")),
        ("「绿色 月亮」", Phrase("绿色 月亮")),
        ("green OR red moon", And((Or((Word("green"), Word("red"))), Word("moon")))),
        ("green | red", Or((Word("green"), Word("red")))),
        ("green (red moon)", And((Word("green"), And((Word("red"), Word("moon")))))),
        ("-moon", Not(Word("moon"))),
        ("NOT moon", Not(Word("moon"))),
        ('-"green moon"', Not(Phrase("green moon"))),
        (
            "a -- b --- -x- --y",
            And((Word("a"), Word("--"), Word("b"), Word("---"), Not(Word("x-")), Word("--y"))),
        ),
        ("-(-a)", Not(Not(Word("a")))),
        ("-(a OR b)", Not(Or((Word("a"), Word("b"))))),
        ("covid-19 - a", And((Word("covid-19"), Word("-"), Word("a")))),
        ("from:@bob", Field("from", "bob")),
        ("author:u/bob", Field("from", "bob")),
        ('from:"Alice B"', Field("from", "Alice B")),
        ("FROM:bob", Field("from", "bob")),
        ("in:r/news", Field("in", "news")),
        ("lang:pt-BR", Field("lang", "pt")),
        ("min_faves:10", Field("min_likes", "10")),
        ("has:links", Field("has", "link")),
        ("-filter:replies", Not(Field("filter", "replies"))),
        ("http://example.org re:moon or and not", None),
        ("a|b", Word("a|b")),
    ],
)
def test_what_is_typed_is_read_as_people_know_it(query: str, node: Node | None) -> None:
    assert parse(query) == (node or And(tuple(map(Word, query.split()))))


@given(NODES)
def test_a_query_says_itself_back(node: Node) -> None:
    found, error = read(written(node))
    assume(error is None or error.kind not in ("many", "words"))  # drawn larger than a query may be
    assert error is None
    assert found == node


@given(st.text('ab"“(-) :|ORANDTfrom:since:2024', max_size=30))
def test_whatever_is_typed_is_read_or_refused_at_one_of_its_characters(query: str) -> None:
    node, error = read(query)
    if error is None:
        assert node is not None
        assert parse(written(node)) == node
    else:
        assert 0 <= error.position <= len(query)
        assert f"character {error.position + 1} of the query" in str(error)
        assert "\n" not in str(error)


def read(query: str) -> tuple[Node | None, QuerySyntaxError | None]:
    try:
        return parse(query), None
    except QuerySyntaxError as error:
        return None, error


@pytest.mark.parametrize(
    ("query", "pointed_at"),
    [
        ('the "moon', '"moon'),
        ("a (b", "(b"),
        ("a (b)) c", ") c"),
        ("a () c", "() c"),
        ('a "" c', '"" c'),
        ("a OR", "OR"),
        ("OR a", "OR a"),
        ("a OR OR b", "OR b"),
        ("(a OR) b", "OR) b"),
        ("a AND", "AND"),
        ("a NOT", "NOT"),
        ("a -OR b", "OR b"),
        ("from: bob", " bob"),
        ("a since:yesterday", "yesterday"),
        ("a until:2024-02-30 b", "2024-02-30 b"),
        ("min_likes:many", "many"),
        ("min_likes:99999999999999999999", "99999999999999999999"),
        ("has:pictures", "pictures"),
        ("lang:portuguese", "portuguese"),
        ("a from:@", "@"),
        ("since:0001-01-01T00:00+23:00", "0001-01-01T00:00+23:00"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(query: str, pointed_at: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    assert query[caught.value.position :] == pointed_at


def test_a_hostile_query_is_refused_and_takes_no_time() -> None:
    for query, at in (
        ("(" * 1_000_000, 10_000),
        ("(" * 9_000, 32),
        ("-(" * 4_500, 32),
        ('"' + "a " * 33 + '"', 0),
        ('moon "a b" OR ' + '"' + "\u6708" * 31 + '"', 14),
        ('-"' + "a" * 401 + '"', 1),
        ("a OR " * 2_000, 9_997),
        ("moon " * 10_000, 10_000),
        ('"a" ' * 33, 128),
        ("(" * 30 + "a" + " OR b)" * 30 + '"c" ' * 65, None),
        ("from:a " * 1_000, 64 * 7),
        ('"' + "a" * 9_000, 0),
    ):
        with pytest.raises(QuerySyntaxError) as caught:
            parse(query)
        assert at is None or caught.value.position == at


def test_many_plain_words_are_no_demands() -> None:
    node = parse("moon " * 2_000)
    assert isinstance(node, And)
    assert len(node.parts) == 2_000


def test_quotation_marks_of_all_keyboards_pair_with_each_other() -> None:
    for mark in QUOTES:
        assert parse(f'{mark}a b"') == Phrase("a b")
