"""The pattern language of the offences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError
from truthgpt.law.packs import LANGUAGES, jurisdictions, load_pack
from truthgpt.law.requests import matcher
from truthgpt.law.terms import compile_patterns, gerund

SETS = {"make": ["make", "put together"], "bomb": ["bomb", "pipe bomb"]}
DEEDS = compile_patterns(["{make} ~ {bomb}"], SETS, "en", verb_first=True)


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("make", "making"),
        ("build", "building"),
        ("plan", "planning"),
        ("get", "getting"),
        ("die", "dying"),
        ("buy", "buying"),
        ("see", "seeing"),
        ("fix", "fixing"),
    ],
)
def test_gerunds(verb: str, form: str) -> None:
    assert gerund(verb) == form


@pytest.mark.parametrize(
    ("sentence", "matches"),
    [
        ("make a bomb", True),
        ("making two small pipe bombs", True),
        ("put together bombs", True),
        ("make one two three four five bomb", True),
        ("make one two three four five six bomb", False),
        ("make a bombshell", False),
        ("make a cake about a bomb", False),
    ],
)
def test_a_deed_is_a_verb_a_bounded_gap_and_a_noun(sentence: str, matches: bool) -> None:
    deeds = compile_patterns(["{make} ~ {bomb}"], SETS, "en", verb_first=True, stops="(?!about(?![^ ]))")
    assert deeds.begins(sentence, 0, sentence.split()[0]) is matches


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("~ bomb", "gap"),
        ("make ~", "gap"),
        ("make ~99 bomb", "gap"),
        ("make {nothing}", "set"),
        ("make (a+)+", "words"),
        ("bomb* now", "cut short"),
        ("", "cannot be read"),
        ("make ~ {Bomb", "cannot be read"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        compile_patterns([pattern], SETS, "en")


def test_no_patterns_match_nothing() -> None:
    assert compile_patterns([], SETS, "en").pattern.search("anything at all") is None


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["make", "making", "put", "together", "a", "pipe", "bomb", "bombs", "makes"]),
        min_size=1,
        max_size=8,
    )
)
def test_the_first_words_miss_no_match(words: list[str]) -> None:
    sentence = " ".join(words)
    assert DEEDS.begins(sentence, 0, words[0]) == (DEEDS.pattern.match(sentence) is not None)


def test_every_term_of_every_pack_compiles() -> None:
    for name in jurisdictions():
        for rule in load_pack(name).rules:
            assert all(matcher(rule.offence, language) for language in LANGUAGES)
