"""Sentences keep exact offsets, lose nothing, and come out of a stream the same however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from truthgpt.truth.sentences import MAX_SENTENCE, SentenceStream, split

# Made of what decides: stops, quotes, marks, abbreviations and both kinds of script.
STOPS = [
    ".",
    "...",
    "…",
    "?",
    "!",
    "?!",
    "。",
    "！",
    "？",
    "；",
    '"',
    "“",
    "”",
    "’",
    "(",
    ")",
    "「",
    "」",
    "*",
]
SPACES = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\u3000",
    "\u200b",
    "- ",
    "1. ",
    "a. ",
    "[1]",
    " [2, 3]",
    "[x",
    "]",
]
WORDS = [
    "Dr",
    "U.S",
    "etc",
    "No",
    "p.m",
    "J",
    "the",
    "The",
    "O",
    "rain fell",
    "3.5",
    "2,5",
    "https://x.org/a?b=c.d",
]
WORDS_BESIDE = ["下雨了", "他说", "三百万", "é falso", "Yahoo", "@a", "😀", "e.g", "i"]
FRAGMENTS = st.sampled_from([*STOPS, *SPACES, *WORDS, *WORDS_BESIDE])
TEXTS = st.lists(FRAGMENTS, max_size=40).map("".join) | st.text(max_size=200)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_spans_are_ordered_exact_and_lose_no_visible_character(text: str) -> None:
    spans = split(text)
    covered = [False] * len(text)
    for span in spans:
        assert text[span.start : span.end] == span.text == span.text.strip()
        assert span.text
        covered[span.start : span.end] = [True] * (span.end - span.start)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(covered[i] or char.isspace() for i, char in enumerate(text))


@given(TEXTS, st.data())
@settings(max_examples=500, deadline=None)
def test_a_stream_gives_the_same_sentences_however_it_is_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
    assert _streamed(pieces) == [span.text for span in split(text)]


@given(TEXTS)
@example("He met Dr. Wu at 3.5 p.m. The end... [1] “Why?” she asked.\r\n\r\n1. No. 他来了。")
@settings(max_examples=300, deadline=None)
def test_a_stream_of_single_characters_gives_the_same_sentences(text: str) -> None:
    assert _streamed(list(text)) == [span.text for span in split(text)]


def test_every_two_piece_cut_of_a_real_paragraph() -> None:
    text = (
        'The U.S. Senate met at 5 p.m. on Jan. 3. "Is it over?" asked Sen. Lee. It was $2.5 m... or so! [1]\n'
        "- First\n- second\n\nO Sr. Costa disse que não. 他说：“不是真的。”没有人相信！ See https://a.org/x?y=1."
    )
    whole = [span.text for span in split(text)]
    for cut in range(len(text) + 1):
        assert _streamed([text[:cut], text[cut:]]) == whole, f"cut at {cut}"


def _streamed(pieces: list[str]) -> list[str]:
    stream = SentenceStream()
    return [sentence for piece in pieces for sentence in stream.feed(piece)] + stream.flush()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith met Mr. Lee. They spoke.", ["Dr. Smith met Mr. Lee.", "They spoke."]),
        ("It grew 2.5 percent. Then 3.1.", ["It grew 2.5 percent.", "Then 3.1."]),
        ("See https://a.org/b.html?c=d. Then go.", ["See https://a.org/b.html?c=d.", "Then go."]),
        ("“It is false.” He left.", ["“It is false.”", "He left."]),
        ("“Is it?” she asked. No.", ["“Is it?” she asked.", "No."]),
        ("Well... maybe. Or… No.", ["Well... maybe.", "Or…", "No."]),
        ("She lives in the U.S. The law differs.", ["She lives in the U.S.", "The law differs."]),
        ("The U.S. Senate voted.", ["The U.S. Senate voted."]),
        ("George W. Bush won. J. K. Rowling wrote.", ["George W. Bush won.", "J. K. Rowling wrote."]),
        ("They sold Yahoo! last year.", ["They sold Yahoo! last year."]),
        ("it is red. it is big", ["it is red.", "it is big"]),
        ("1. Wash it. 2. Dry it.", ["1. Wash it.", "2. Dry it."]),
        ("Buy:\n- milk\n- two eggs", ["Buy:", "- milk", "- two eggs"]),
        ("A title\n\nthe body goes\non here.", ["A title", "the body goes\non here."]),
        (
            "The sky is blue. [1] It is high.[2][3] Yes.",
            ["The sky is blue. [1]", "It is high.[2][3]", "Yes."],
        ),
        ("O Sr. Costa pagou R$ 2,50. A Dra. Lima não.", ["O Sr. Costa pagou R$ 2,50.", "A Dra. Lima não."]),
        ("Fica na Av. Paulista, p.ex. no centro.", ["Fica na Av. Paulista, p.ex. no centro."]),
        ("天气很好。我们走吧！你呢？", ["天气很好。", "我们走吧！", "你呢？"]),
        ("他说：“这不是真的。”没人相信。", ["他说：“这不是真的。”", "没人相信。"]),
        ("增长3.5%.价格下降.", ["增长3.5%.", "价格下降."]),
        ("No. It is No. 5.", ["No.", "It is No. 5."]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_sentences_of_posts(text: str, sentences: list[str]) -> None:
    assert [span.text for span in split(text)] == sentences


def test_a_sentence_without_an_end_is_cut_and_a_large_text_takes_bounded_time() -> None:
    for text in [
        "to " * 60_000,
        "." * 200_000,
        "x" * 200_000,
        "[" * 200_000,
        "\n" * 200_000,
        "。" * 50_000,
    ]:
        spans = split(text)
        assert max((len(span.text) for span in spans), default=0) <= MAX_SENTENCE + 64
        assert sum(not char.isspace() for span in spans for char in span.text) == sum(
            not char.isspace() for char in text
        )


def test_a_stream_can_be_used_again_after_flush() -> None:
    stream = SentenceStream()
    assert stream.feed("One. Two") + stream.flush() == ["One.", "Two"]
    assert stream.feed("Three. Four") + stream.flush() == ["Three.", "Four"]
