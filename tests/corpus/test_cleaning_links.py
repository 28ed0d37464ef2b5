"""One page, one address; a sign that only looks like a link, a mention or a hashtag is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest
from daft import Expression, col
from daft.expressions import ExpressionsProjection
from daft.recordbatch import RecordBatch
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.cleaning.links import canonical, links
from truthgpt.corpus.cleaning.marks import hashtags, mentions
from truthgpt.corpus.cleaning.rows import strings


def found(made: Callable[[Expression], Expression], texts: Sequence[str]) -> list[list[str]]:
    batch = RecordBatch.from_arrow_table(pa.table({"text": strings(texts)}))
    values: list[list[str]] = (
        batch.eval_expression_list(ExpressionsProjection([made(col("text")).alias("found")]))
        .to_arrow_table()["found"]
        .to_pylist()
    )
    return values


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("HTTPS://Example.COM:443/A?b=1&utm_source=x&a=2#part", "https://example.com/A?b=1&a=2"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com:8080/#!/a/b", "http://example.com:8080/#!/a/b"),
        ("http://user:secret@example.com/", "http://example.com/"),
        ("https://例子.中国/路径", "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF%E5%BE%84"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("https://example.com/?q=a+b%20c&fbclid=1&gclid=2&igshid=3", "https://example.com/?q=a+b%20c"),
        ("https://youtu.be/abc?si=xyz&t=3", "https://www.youtube.com/watch?v=abc&t=3"),
        ("http://m.youtube.com/watch?v=abc&feature=share", "https://www.youtube.com/watch?v=abc"),
        ("https://mobile.twitter.com/a/status/1?s=20&t=q&ref_src=z", "https://x.com/a/status/1"),
        ("https://old.reddit.com/r/a/?utm_medium=b", "https://www.reddit.com/r/a/"),
        ("https://pt.m.wikipedia.org/wiki/Mar", "https://pt.wikipedia.org/wiki/Mar"),
        ("https://www.google.com/amp/s/news.example/a", "https://news.example/a"),
        ("https://news-example.cdn.ampproject.org/c/s/news.example/a", "https://news.example/a"),
        ("https://example.com/?s=20&t=q&si=1", "https://example.com/?s=20&t=q&si=1"),
        ("https://amp.example.com/m/", "https://amp.example.com/m/"),
        ("https://localhost/", ""),
        ("https://example..com/", ""),
        ("http://example.com:99999/", ""),
        ("http://", ""),
        ("ftp://example.com/", ""),
    ],
)
def test_an_address_has_one_form(address: str, expected: str) -> None:
    assert canonical(address) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "(see https://en.wikipedia.org/wiki/Foo_(bar)), or not",
            ["https://en.wikipedia.org/wiki/Foo_(bar)"],
        ),
        (
            "go to https://a.example/x. Or https://a.example/y?!",
            ["https://a.example/x", "https://a.example/y"],
        ),
        (
            "[a](https://a.example/x_(y))[b](http://b.example/)z",
            ["https://a.example/x_(y)", "http://b.example/"],
        ),
        (
            '**https://a.example/** <https://b.example/> "https://c.example/"',
            ["https://a.example/", "https://b.example/", "https://c.example/"],
        ),
        (
            "看https://t.example/A6xyz很好，https://zh.wikipedia.org/wiki/北京。",
            ["https://t.example/A6xyz", "https://zh.wikipedia.org/wiki/%E5%8C%97%E4%BA%AC"],
        ),
        (
            "www.example.com/a and http://www.example.com/a",
            ["https://www.example.com/a", "http://www.example.com/a"],
        ),
        ("https://a.example/ https://A.example", ["https://a.example/"]),
        ("no link: example.com, http:// and C://", []),
    ],
)
def test_links_end_where_the_sentence_goes_on(text: str, expected: list[str]) -> None:
    assert found(links, [text]) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Bob and (@ana), .@cy: hi", ["bob", "ana", "cy"]),
        ("cc @Alice@Mastodon.Social.", ["alice@mastodon.social"]),
        ("@ana.bsky.social's post", ["ana.bsky.social"]),
        ("/u/Some_One u/other-1", ["some_one", "other-1"]),
        ("你好@张三 再见@bob很好", ["张三", "bob"]),
        ("@bob @Bob", ["bob"]),
        ("mail a@b.example, https://m.example/@no reddit.com/u/no ?to=@no", []),
        ("@5pm for 10 @ 3, you/me, thou/u/no", []),
    ],
)
def test_mentions(text: str, expected: list[str]) -> None:
    assert found(mentions, [text]) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#One #two_2, #1st! #ção", ["one", "two_2", "1st", "ção"]),
        ("#STRASSE #straße", ["strasse"]),
        ("今天#好天气#真好 #五一 去哪儿# #日本語、", ["好天气", "五一 去哪儿", "日本語"]),
        ("#ไทยแลนด์ #हिन्दी #می‌شود", ["ไทยแลนด์", "हिन्दी", "می‌شود"]),
        ("#北京 #上海 are two", ["北京", "上海"]),
        ("#1 #123 a#b C# &#39; https://a.example/x#part /#/route ##title #ff8000", []),
    ],
)
def test_hashtags(text: str, expected: list[str]) -> None:
    assert found(hashtags, [text]) == [expected]


def test_every_row_keeps_its_own() -> None:
    texts = ["", "https://a.example/ #x @y", "plain", "#z"]
    assert found(links, texts) == [[], ["https://a.example/"], [], []]
    assert found(hashtags, texts) == [[], ["x"], [], ["z"]]
    assert found(mentions, texts) == [[], ["y"], [], []]


@settings(deadline=None)
@given(st.text(st.sampled_from("htps:/w.@#?&=()[]<>u_-%a1é很\u200d ")))
def test_any_text_gives_canonical_links(text: str) -> None:
    for address in found(links, [text, f"https://{text}", f"[a](http://a.example/{text})"]):
        for one in address:
            assert canonical(one) == one
            assert one.isascii()
    found(mentions, [text])
    found(hashtags, [text])
