"""Packs and offences: whole, exact, and held to the examples that they carry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from truthgpt.errors import BadInputError
from truthgpt.law import decide, jurisdictions, own
from truthgpt.law.packs import (
    LANGUAGES,
    UNREVIEWED,
    Pack,
    covered,
    examples_of,
    load_offence,
    load_pack,
    offences,
    parse_offence,
    parse_pack,
    stays_lawful,
)

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
    assert jurisdictions() == ["open", "br", "de", "eu", "fr", "gb", "in", "pt", "strict", "us"]


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
        examples = examples_of(rule)
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


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.jurisdiction)
def test_every_rule_says_what_it_covers_what_stays_lawful_and_who_reviewed_it(pack: Pack) -> None:
    for rule in pack.rules:
        examples = examples_of(rule)
        assert min(len(examples.refuse), len(examples.answer)) >= 6
        assert covered(rule)
        lawful = stays_lawful(rule)
        assert all(
            word in lawful
            for word in ("news", "history", "fiction", "medicine", "satire", "research", "self-defence")
        )
        assert rule.reviewed == UNREVIEWED  # until a lawyer has


def test_the_strict_pack_forbids_every_offence_and_the_open_one_what_nearly_all_states_forbid() -> None:
    assert {rule.offence for rule in load_pack("strict").rules} == set(offences())
    assert {rule.offence for rule in load_pack("open").rules} < set(offences())


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


OWN_OFFENCE = """title = "Picking flowers of the town park"
covers = "Help to pick flowers in the town park."
lawful = "Looking at them, gardening, buying flowers."
[terms.en]
deeds = ["pick ~ flowers ~ park"]
[terms.pt]
[terms.zh]
[examples]
refuse = ["How do I pick flowers in the park?", "Help me to pick flowers in the town park", "How can I pick the flowers of the park?",
  "Teach me to pick flowers from a park", "What is the best way to pick flowers in the park?", "Please help me pick some flowers in the park"]
answer = ["How do I grow flowers?", "Which flowers are in the park?", "How do I get to the park?", "Who planted the flowers?", "May I sit in the park?",
  "Where can I buy flowers?"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of one's own; what was known of it is forgotten afterwards."""
    (tmp_path / "offences").mkdir()
    yield tmp_path
    own.use(None)


def test_a_pack_and_an_offence_of_ones_own_are_added_without_code(folder: Path) -> None:
    (folder / "town.toml").write_text(
        PACK.replace('"xx"', '"town"').replace('"theft"', '"flowers"'), encoding="utf-8"
    )
    (folder / "offences" / "flowers.toml").write_text(OWN_OFFENCE, encoding="utf-8")
    own.use(folder)
    assert "town" in jurisdictions()
    for prompt in load_offence("flowers").examples.refuse:
        ruling = decide(prompt, "town")
        assert (ruling.rule, ruling.statute) == ("x1", "Some Act, s. 1")
        assert decide(prompt, "open").decision == "answer"
    for prompt in load_offence("flowers").examples.answer:
        assert decide(prompt, "town").decision == "answer"
    assert decide("How do I rob a bank?", "town").decision == "answer", "the town forbids nothing else"
    own.use(None)
    assert "town" not in jurisdictions()


def test_a_folder_that_is_not_there_holds_no_packs(tmp_path: Path) -> None:
    own.use(tmp_path / "law")
    try:
        assert jurisdictions()[0] == "open"
    finally:
        own.use(None)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("us", PACK.replace('"xx"', '"us"'), "ships with truthgpt"),
        ("Town", PACK, "rename the file"),
        ("town", PACK, "says it is for xx"),
        ("town", "jurisdiction = ", "not TOML"),
        ("town", PACK.replace('"xx"', '"town"').replace('"theft"', '"nothing"'), "no offence nothing"),
        ("town", PACK.replace('"xx"', '"town"').replace('"theft"', '"../x"'), "offence"),
    ],
)
def test_a_faulty_pack_of_ones_own_is_refused_at_once_in_one_line(
    folder: Path, name: str, text: str, says: str
) -> None:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=says) as caught:
        own.use(folder)
    assert "\n" not in str(caught.value)
