"""Packs and offences: whole, exact, and held to the examples that they carry."""

from __future__ import annotations

from datetime import date

import pytest

from truthgpt.errors import BadInputError
from truthgpt.law import decide, jurisdictions
from truthgpt.law.packs import LANGUAGES, Pack, load_offence, load_pack, parse_offence, parse_pack

PACKS = [load_pack(name) for name in jurisdictions()]
OFFENCES = sorted({rule.offence for pack in PACKS for rule in pack.rules})

RULE = """
[[rules]]
id = "x1"
offence = "theft"
statute = "Some Act, s. 1"
link = "https://example.org/act"
since = 2000-01-01
"""
PACK = 'jurisdiction = "xx"\ntitle = "Somewhere"\n' + RULE


def test_the_default_comes_first_and_all_are_named() -> None:
    assert jurisdictions() == ["open", "br", "de", "eu", "gb", "pt", "us"]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.jurisdiction)
def test_every_rule_names_a_statute_its_text_and_its_day(pack: Pack) -> None:
    assert len(pack.rules) >= 4
    for rule in pack.rules:
        assert rule.link.scheme == "https"
        assert date(1800, 1, 1) < rule.since < date(2026, 1, 1)
        assert any(letter.isdigit() for letter in rule.statute), "a statute is named with its article"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.jurisdiction)
def test_every_rule_refuses_its_examples_and_answers_the_others(pack: Pack) -> None:
    statutes = {rule.statute for rule in pack.rules}
    wrong = []
    for rule in pack.rules:
        examples = load_offence(rule.offence).examples
        for prompt in examples.refuse:
            ruling = decide(prompt, pack.jurisdiction)
            if ruling.decision != "refuse" or ruling.statute not in statutes:
                wrong.append(f"{rule.id} answers {prompt}")
        wrong += [
            f"{rule.id} refuses {prompt}"
            for prompt in examples.answer
            if decide(prompt, pack.jurisdiction).decision == "refuse"
        ]
    assert not wrong


@pytest.mark.parametrize("name", OFFENCES)
def test_each_offence_is_known_in_three_languages_and_is_named_for_its_own_examples(name: str) -> None:
    offence = load_offence(name)
    assert set(offence.terms) == set(LANGUAGES)
    pack = next(pack for pack in PACKS if any(rule.offence == name for rule in pack.rules))
    own = {rule.id for rule in pack.rules if rule.offence == name}
    named = [decide(prompt, pack.jurisdiction).rule in own for prompt in offence.examples.refuse]
    assert sum(named) == len(named)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.jurisdiction)
def test_a_pack_knows_nothing_of_offences_that_it_does_not_forbid(pack: Pack) -> None:
    forbidden = {rule.offence for rule in pack.rules}
    for name in {"holocaust-denial", "hatred", "suicide"} - forbidden:
        for prompt in load_offence(name).examples.refuse:
            assert decide(prompt, pack.jurisdiction).decision == "answer", prompt


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("jurisdiction = ", "not TOML"),
        ('jurisdiction = "xx"\ntitle = "Somewhere"\nrules = []', "rules"),
        (PACK.replace('"xx"', '"yy"'), "says it is for yy"),
        (PACK + RULE, "two rules with the id x1"),
        (PACK.replace("https://example.org/act", "no link"), "link"),
        (PACK.replace("2000-01-01", '"long ago"'), "since"),
        (PACK + "more = 1\n", "more"),
        (PACK.replace('statute = "Some Act, s. 1"\n', ""), "statute"),
    ],
)
def test_a_faulty_pack_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as caught:
        parse_pack(text, "xx")
    assert "\n" not in str(caught.value)


def test_a_whole_pack_is_read() -> None:
    assert parse_pack(PACK, "xx").rules[0].statute == "Some Act, s. 1"


def test_an_offence_needs_six_examples_on_each_side() -> None:
    short = 'title = "abc"\ncovers = "abc"\nlawful = "abc"\n[terms.en]\n[examples]\nrefuse = ["one prompt"]\nanswer = ["another"]'
    with pytest.raises(BadInputError, match="at least 6"):
        parse_offence(short, "x1")
