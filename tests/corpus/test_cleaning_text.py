"""Cleaning a column says what cleaning a text says, and HTML becomes what a reader of the page saw."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from daft import col
from daft.expressions import ExpressionsProjection
from daft.recordbatch import RecordBatch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from truthgpt.corpus.clean import unescape
from truthgpt.corpus.cleaning.html import LONGEST, to_text
from truthgpt.corpus.cleaning.rows import strings
from truthgpt.corpus.cleaning.text import MAYBE_NOT_NFC, clean

C1 = "".join(map(chr, range(0x7F, 0xA0)))
AWKWARD = st.sampled_from("a\r\n\t\0\x07\x85\x9b\u202e\u2066 \u3000e\u0301\u1100\u1161\u200d&;<>")


def cleaned(texts: Sequence[str | None], markup: str | None = "") -> list[str | None]:
    column = pa.array([None if text is None else strings([text])[0].as_py() for text in texts], pa.string())
    table = pa.table({"text": column, "markup": pa.array([markup] * len(texts), pa.string())})
    made = ExpressionsProjection([clean(col("text"), col("markup"))])
    values: list[str | None] = (
        RecordBatch.from_arrow_table(table).eval_expression_list(made).to_arrow_table()["text"].to_pylist()
    )
    return values


def clean_one(text: str) -> str:
    """What cleaning does, letter by letter."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    unwanted = {*map(chr, range(32)), *C1, *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"} - {
        "\t",
        "\n",
    }
    kept = (letter for letter in text if letter not in unwanted and not "\ud800" <= letter <= "\udfff")
    return unicodedata.normalize("NFC", "".join(kept)).strip()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("as it was: <b>&amp;</b>\n\ttab", "as it was: <b>&amp;</b>\n\ttab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("  around \n", "around"),
        ("bell\x07 null\x00 escape\x1b[31m", "bell null escape[31m"),
        ("Cafe\u0301\x07", "Caf\u00e9"),
        ("photo\u202egnp.exe\u202c \u2066x\u2069", "photognp.exe x"),
        (
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("\x00\x01", ""),
    ],
)
def test_what_hides_or_reorders_is_taken_away(raw: str, expected: str) -> None:
    assert cleaned([raw]) == [expected]


@example(
    ["a\r\nb\rc\x85d", "Cafe\u0301 \u202egnp.exe\u202c", "lone \ud800 surrogate", "\x1b[31mred\x9b0m", ""]
)
@settings(deadline=None)
@given(st.lists(st.text(st.characters() | AWKWARD), max_size=8))
def test_a_column_is_cleaned_as_each_of_its_texts(texts: list[str]) -> None:
    made = cleaned(texts)
    assert made == [clean_one(text) for text in texts]
    assert cleaned(made) == made
    assert all(unicodedata.is_normalized("NFC", text or "") for text in made)


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("&ampltgtquo;#x39; <b>é")), max_size=8))
def test_entities_are_decoded_once(texts: list[str]) -> None:
    assert cleaned(texts, "entities") == [clean_one(unescape(text)) for text in texts]


def test_nothing_that_nfc_changes_is_overlooked() -> None:
    """A text not in NFC has a character that NFC replaces, or one that it joins to the letter before."""
    telling = {*map(chr, range(0x1161, 0x1176)), *map(chr, range(0x11A8, 0x11C3))}
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x110000)):
        letter = chr(code)
        if unicodedata.combining(letter) or not unicodedata.is_normalized("NFC", letter):
            telling.add(letter)
        parts = unicodedata.decomposition(letter).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            first, second = (chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", first + second) == letter:
                telling.add(second)
    looked_at = pc.match_substring_regex(pa.array(sorted(telling)), MAYBE_NOT_NFC)
    assert pc.all(looked_at).as_py()


def test_null_stays_null_and_an_unknown_markup_is_plain() -> None:
    assert cleaned([None, "a &amp; b"]) == [None, "a &amp; b"]
    assert cleaned(["<b> &amp;"], None) == ["<b> &amp;"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one<br>two<br />three</p><p>four</p>", "one\ntwo\nthree\n\nfour"),
        ("<p>a &lt;b&gt; &amp;amp; c</p>", "a <b> &amp; c"),
        ("<ul><li>one</li><li>two</li></ul>after", "- one\n- two\nafter"),
        (
            "<blockquote><p>one</p><p>two<br>three</p></blockquote><p>four</p>",
            "> one\n>\n> two\n> three\n\nfour",
        ),
        ("before<script>alert('<b>')</script><style>p {}</style> after", "before after"),
        ("<p>\n  spread \n over <i>lines</i>\n</p>\n<p>x</p>", "spread over lines\n\nx"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<img src="x" alt=":blobcat:"> hi', ":blobcat: hi"),
        ("5 < 6 & 7 > 4", "5 < 6 & 7 > 4"),
        ("no markup &eacute;", "no markup é"),
        ("<p>RTL &#x202e;evil</p>", "RTL evil"),
    ],
)
def test_html_becomes_text(markup: str, text: str) -> None:
    assert cleaned([markup], "html") == [text]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            '<a href="https://news.example/a/very/long/path"><span class="invisible">https://</span><span '
            'class="ellipsis">news.example/a/ver</span><span class="invisible">y/long/path</span></a>',
            "https://news.example/a/very/long/path",
        ),
        (
            '<a href="https://news.example/a-long-title">https://news.example/a-lo...</a>',
            "https://news.example/a-long-title",
        ),
        ('<a href="https://news.example/x">news.example/x</a>', "https://news.example/x"),
        ('<a href="https://news.example/x">read this</a>', "[read this](https://news.example/x)"),
        ('<a href="https://m.example/@ana" class="u-url mention">@<span>ana</span></a>', "@ana"),
        ('<a href="https://m.example/tags/Mar" rel="tag">#<span>Mar</span></a>', "#Mar"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<a>no address</a>", "no address"),
    ],
)
def test_links_of_html_keep_their_whole_address(markup: str, text: str) -> None:
    assert to_text(markup) == text


HOSTILE = {
    "nested": "<div>" * 200_000,
    "quotations": "<blockquote>" * 1_300 + "x<br>" * 100,
    "attributes": "<a " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
    "tags that never close": '<a "' * 250_000,
    "comments that never end": "<!--" * 250_000,
    "scripts that never end": "<script>" * 100_000,
    "blanks": "&#32;" * 100_000 + "<p>",
    "entities": "&" * 500_000 + "<",
}


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_html_is_read_in_linear_time(markup: str) -> None:
    """No clock is asked: of what is quadratic, 1 MiB would take minutes, and the run would not end."""
    assert len(to_text(markup)) <= len(markup)


def test_a_long_page_loses_its_tags_alone() -> None:
    page = "<p>one<br>two</p><!-- no --><script>no()</script>" * (LONGEST // 20)
    assert set(to_text(page).split()) == {"one", "two"}
    assert "one\ntwo" in to_text(page)


@settings(deadline=None)
@given(st.text(st.sampled_from("<>/abp\"'= \n&;!-script")))
def test_any_html_gives_text(markup: str) -> None:
    to_text(markup).encode()
    to_text(markup + " " * LONGEST).encode()
