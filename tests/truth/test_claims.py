"""Claims stand alone, are held to their source, and come out as written by hand for the sentences of `claims.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from truthgpt.corpus.fold import unaccent
from truthgpt.truth.claims import Claim, extract
from truthgpt.truth.claims.english import past_of as past_of_english
from truthgpt.truth.claims.portuguese import past_of as past_of_portuguese
from truthgpt.truth.lexicon import words


class Example(NamedTuple):
    language: str
    half: int
    source: str
    context: str
    claims: list[tuple[str, str]]


def _examples() -> list[Example]:
    lines = (Path(__file__).parent / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Example(
            row["language"],
            row["half"],
            row["source"],
            row.get("context", ""),
            [(claim["text"], claim["kind"]) for claim in row["claims"]],
        )
        for row in map(json.loads, lines)
    ]


EXAMPLES = _examples()
COPULAS = words(
    "is are was were has have will be been the o a os as é e são sao foi foram era da do das dos de s"
)
"""Words that a claim may add: forms of "be", what a contraction stands for, and the article of what is known."""
NEGATIONS = words(
    "not n't never no nobody none neither nor cannot não nao nunca ninguém nem nenhum 不 没 无 未"
)
_WORD = regex.compile(r"\p{Han}|n['’]t\b|(?:(?!n['’]t\b)(?!\p{Han})[\p{L}\p{M}])+|\d+(?:[.,]\d+)*")
# What decides where sentences are taken apart, to be put together at random.
PIECES = [
    "Ana Reis", "the mayor", "The company", "it", "She", "he", "they", "and", "but", ", which", ", who", "was arrested",
    "sold the car", "moved to Porto", "said that", "not", "never", "if", "or", ",", ";", ":", "—", "(", ")", "“", "”", '"', "3.5%",
    "2019", "killing two people", "So did Hull.", "O governo", "cortou", "e", "que", "não", "Em Lisboa também.", "foi", "ela", "ele",
    "dela", "vendeu a casa", "destruindo três", "市长", "表示，", "他", "没有", "，", "；", "李娜", "搬到上海", "也是。", "该公司", "2010年",
    ".", "?", "!", "。", "\n", "\n\n", "- ", "1. ", "[1]", "*", "'s", "m²", "①", "10^6", "won't", "\x00", "\u200b", "😀", "\ud800",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from([example.source for example in EXAMPLES]), max_size=4).map(" ".join),
)


def _words(text: str) -> list[str]:
    return [unaccent(found.upper().casefold().replace("’", "'")) for found in _WORD.findall(text)]


def measure(examples: Sequence[Example]) -> tuple[float, float]:
    """Precision and recall of what `extract` gives against the claims written by hand, text and kind."""
    right = given_ = wanted = 0
    for item in examples:
        found = {(claim.text, claim.kind) for claim in extract(item.source, item.context)}
        right += len(found & set(item.claims))
        given_ += len(found)
        wanted += len(set(item.claims))
    return right / given_, right / wanted


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: item.source[:40])
def test_claims_as_written_by_hand(item: Example) -> None:
    assert [(claim.text, claim.kind) for claim in extract(item.source, item.context)] == item.claims


@pytest.mark.parametrize("language", ["en", "pt", "zh"])
def test_precision_and_recall(language: str) -> None:
    precision, recall = measure([item for item in EXAMPLES if item.language == language])
    assert precision >= 0.98
    assert recall >= 0.98
    assert sum(item.language == language for item in EXAMPLES) >= 80


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: item.source[:40])
def test_a_claim_is_atomic(item: Example) -> None:
    """What was made a claim is, read by itself, one claim and the same."""
    for claim in extract(item.source, item.context):
        assert [again.text for again in extract(claim.text)] == [claim.text]


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: item.source[:40])
def test_the_source_holds_the_predicate(item: Example) -> None:
    for claim in extract(item.source, item.context):
        part = item.source[claim.start : claim.end]
        assert part
        assert part == part.strip()
        if item.language == "zh" or not claim.resolved:
            assert _words(part)[-1] == _words(claim.text)[-1] or claim.resolved


def _check(text: str, context: str = "") -> list[Claim]:
    claims = extract(text, context)
    for claim in claims:
        assert 0 <= claim.start < claim.end <= len(text)
        assert 0 <= claim.worth <= 1
        assert claim.kind in ("claim", "opinion", "question", "command", "talk")
        assert claim.text == claim.text.strip()
    for one, other in pairwise(claims):
        assert one.end <= other.start
        assert one.sentence <= other.sentence
    return claims


@given(texts, st.one_of(st.just(""), texts))
@settings(max_examples=300, deadline=None)
@example("a" * 5_000, "")
@example("\ud800" * 9, "\x00")
def test_never_raises_and_offsets_ascend(text: str, context: str) -> None:
    _check(text, context)


@given(texts, st.one_of(st.just(""), texts))
@settings(max_examples=300, deadline=None)
def test_no_word_comes_from_elsewhere(text: str, context: str) -> None:
    known = set(_words(text)) | set(_words(context)) | {unaccent(word) for word in COPULAS}
    known |= {past_of_english(word) for word in set(known)}
    known |= {past_of_portuguese(word, plural=plural) for word in set(known) for plural in (False, True)}
    # Invisible characters are left out, so that words may close up.
    joined = "".join(_words(text)) + " " + "".join(_words(context))
    for claim in extract(text, context):
        assert all(word in known or word in joined for word in _words(claim.text)), claim


@given(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_numbers_and_negations_are_kept(items: list[Example]) -> None:
    """Every number and every negation of the text stands in a claim, and none in more claims than it may."""
    text = "\n\n".join(item.source for item in items)
    claims = extract(text)
    said = {word for claim in claims for word in _words(claim.text)}
    # "Neither did Hull." is said of Hull with the "not" of the sentence before.
    filled = {word for claim in claims if claim.resolved for word in _words(claim.text)} & NEGATIONS
    for word in _words(text):
        if word[0].isdigit() or word in NEGATIONS:
            assert word in said or (word == "neither" and filled)
    negative = [claim for claim in claims if set(_words(claim.text)) & NEGATIONS]
    source = [set(_words(text[claim.start : claim.end])) & NEGATIONS for claim in negative]
    assert all(found or claim.resolved for found, claim in zip(source, negative, strict=True))


@given(texts, st.sampled_from([" ", "\n", "\n\n", " \t\n", "\u3000"]))
@settings(max_examples=200, deadline=None)
def test_trailing_white_space_changes_nothing(text: str, space: str) -> None:
    assert extract(text + space) == extract(text) or text != text.rstrip()


@pytest.mark.parametrize(
    "piece",
    ["x", "the man, who ", "(", "“", "and he sold ", "a,", "他说，", "李娜搬到上海，", "\x00", "e que ", "...", "1.", "Ana e ", "Ana met Rui. ",
     "x.[1]", "[1]", "'a "],
)  # fmt: skip
def test_a_long_run_of_anything_ends(piece: str) -> None:
    """The time limit of a test is what fails here where time grows with the square of the length."""
    _check(piece * (50_000 // len(piece)))


def test_a_megabyte_ends() -> None:
    _check("Ana met Rui in the park, who sold the car and (he said) left; and " * (1_000_000 // 66))


def test_what_is_not_resolved_is_told() -> None:
    (claim,) = extract("He sold it to them in May.")
    assert claim.unresolved == ("He", "it", "them")
    assert claim.resolved == ()


def test_replacements_are_told() -> None:
    _, claim = extract("Anna Berg joined the club in 2018. She left it in 2020.")
    assert claim.resolved == (("She", "Anna Berg"),)
    assert claim.unresolved == ("it",)


def test_two_that_fit_leave_a_pronoun() -> None:
    claims = extract("Tom Hill and Mark Reed own the farm. He sold the barn in 2020.")
    assert claims[-1].text == "He sold the barn in 2020."
    assert claims[-1].unresolved == ("He",)


def test_worth_follows_what_can_be_checked() -> None:
    figures, plain, hedged, own, opinion, question = (
        extract(text)[0].worth
        for text in (
            "Maria Silva said the hospital hired 200 nurses in 2019.",
            "The bakery sells bread.",
            "Perhaps the bakery sells bread.",
            "My bakery sells bread.",
            "I think the bakery sells awful bread.",
            "Does the bakery sell bread?",
        )
    )
    assert figures > plain > hedged
    assert plain > own
    assert plain > opinion > question == 0


@pytest.mark.parametrize(
    "text",
    [
        "Prices fall or wages rise and strikes end.",
        "The union and the company both signed the deal.",
        "Only the mayor read the report and signed it.",
        "“She sold the house and he bought a boat,” the neighbour said.",
        "When the bell rings, the doors open and the pupils leave.",
        "The town lies between the river and the hill.",
        "The minister denied that the bank failed and the fund closed.",
        "The minister denied the bank failed and the fund closed.",
        "The mayor has claimed the bank failed and the fund closed.",
        "There is no proof the mayor lied and the police left.",
        "'She sold the house and he bought a boat,' the neighbour said.",
        "王明说桥塌了，学校停课了。",
        "警方称司机逃逸，三人死亡。",
        "‘邻居卖了房子，他买了船，’邻居说。",
        "Só o prefeito leu o relatório e assinou o acordo.",
        "Quando o sino toca, as portas abrem e os alunos saem.",
        "要是下雨，球队就休息，球迷就回家。",
        "他不是去上海，而是去北京。",
        "“我卖了房子，他买了船，”邻居说。",
    ],
)
def test_what_belongs_together_stays_whole(text: str) -> None:
    assert [claim.text for claim in extract(text)] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The file has 10^6 rows.",
        "2*3 is 6.",
        "~50 bytes were lost in Hull.",
        "-5 degrees was recorded in Hull.",
        ">50 people died in Hull.",
        "The user_name field was dropped.",
    ],
)
def test_marks_of_numbers_and_names_stay(text: str) -> None:
    assert [claim.text for claim in extract(text)] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks to the vaccine, deaths fell by 40% in 2021.",
        "The first post office opened in 1840.",
        "Hi-tech exports rose 5% in 2020.",
        "Oi demitiu 300 pessoas em 2020.",
        "Support for the mayor fell to 30% in 2021.",
        'When asked "why?", the mayor resigned in 2020.',
        "祝融号登陆火星。",
        "你好公司成立于2010年。",
        "别克公司宣布裁员。",
        "点击量上涨了三成。",
        "市长没有说什么。",
    ],
)
def test_what_only_looks_like_talk_or_a_command_is_a_claim(text: str) -> None:
    assert [claim.kind for claim in extract(text)] == ["claim"]


def test_it_that_was_sold_is_no_weather() -> None:
    claim = extract("The Hull bank failed in 2019. It was sold to Ana Reis for 3 million.")[1]
    assert claim.unresolved == ("It",)


def test_a_chinese_pronoun_means_a_subject_nearby_that_fits() -> None:
    assert extract("李娜是律师。她辞职了。")[1].text == "李娜辞职了。"
    assert extract("李娜是律师。他辞职了。")[1].unresolved == ("他",)
    assert extract("李娜搬到上海。下雨了。停电了。她辞职了。")[-1].unresolved == ("她",)


def test_a_contraction_that_may_be_has_is_left() -> None:
    claims = extract("Rui Costa joined the club in 2018. He's won two races since.")
    assert claims[1].text == "Rui Costa's won two races since."


def test_a_label_alone_claims_nothing() -> None:
    assert extract("快讯：。") == []
