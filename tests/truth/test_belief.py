"""Belief: what many posts say of a claim becomes one probability, and copies, crowds and corrections weigh as they should."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.truth.belief import HOLDS, Belief, Voice, believe, originality


def says(number: int, **changes: object) -> Voice:
    return Voice(0.95, 0.02, text=f"t{number}", source=f"s{number}", written=float(number), **changes)  # type: ignore[arg-type]


def denies(number: int, **changes: object) -> Voice:
    return Voice(0.02, 0.95, text=f"t{number}", source=f"s{number}", written=float(number), **changes)  # type: ignore[arg-type]


def test_nobody_speaks() -> None:
    assert believe([]) == Belief("not enough evidence", 0.5, 0.0, 0.0, 0)
    assert believe([Voice(0.05, 0.05)] * 9).verdict == "not enough evidence"


def test_one_clear_voice_is_worth_its_reliability() -> None:
    found = believe([Voice(1.0, 0.0, reliability=0.8)])
    assert found.probability == pytest.approx(0.8)
    assert believe([Voice(0.0, 1.0, reliability=0.8)]).probability == pytest.approx(0.2)


def test_independent_voices_add_up_and_copies_do_not() -> None:
    one, three = believe([says(1)]), believe([says(1), says(2), says(3)])
    assert three.supporting == pytest.approx(3 * one.supporting)
    copied = [says(1), *(Voice(0.95, 0.02, text="t1", source=f"c{n}", written=9.0) for n in range(50))]
    assert believe(copied) == one


def test_a_dispute_is_never_a_half() -> None:
    found = believe([says(1), says(2), denies(3), denies(4)])
    assert (found.verdict, found.voices) == ("disputed", 4)
    assert found.confidence == pytest.approx(1.0)
    assert believe([says(1), says(2), says(5), denies(3)]).confidence < 0.6


def test_a_faint_denial_makes_no_dispute() -> None:
    assert believe([says(1), says(2), Voice(0.3, 0.4, text="t3", source="s3")]).verdict == "supported"


def test_a_source_that_says_the_contrary_later_takes_back_what_it_said() -> None:
    first = says(1)
    later = Voice(0.02, 0.95, text="t9", source="s1", written=9.0)
    assert believe([first, later]).verdict == "refuted"
    assert believe([later, first]) == believe([first, later])


def test_a_later_correction_outweighs_what_was_said_before_it() -> None:
    plain = believe([says(1), denies(2)]).probability
    corrected = believe([says(1), denies(2, corrects=True)]).probability
    assert corrected < plain < 0.5 + 1e-9
    early = believe([denies(0, corrects=True), says(1)]).probability
    assert corrected < early


def test_a_source_that_repeats_another_counts_by_what_is_its_own() -> None:
    copier = [Voice(0.95, 0.02, text=f"t{n}", source="copier", written=99.0) for n in (1, 2, 3)]
    own = Voice(0.95, 0.02, text="own", source="copier", written=100.0)
    origin = [Voice(0.95, 0.02, text=f"t{n}", source="origin", written=float(n)) for n in (1, 2, 3)]
    assert originality([*origin, *copier, own]) == {"origin": 1.0, "copier": 0.25}
    apart = believe([origin[0], Voice(0.95, 0.02, text="own", source="another")])
    assert believe([*origin, *copier, own]).supporting < apart.supporting


def test_news_that_many_report_discounts_nobody_much() -> None:
    reports = [Voice(0.9, 0.0, text=f"t{n}", source="gazette", written=50.0 + n) for n in range(4)] + [
        Voice(0.9, 0.0, text=f"t{n}", source=f"first{n}", written=float(n)) for n in range(4)
    ]
    assert originality(reports)["gazette"] == 0.75


voice = st.builds(
    lambda s, r, t, w, c, q: Voice(s, (1 - s) * r, f"t{t}", f"s{w}", float(t * 7 % 5), c, q),
    st.floats(0, 1), st.floats(0, 1), st.integers(0, 6), st.integers(0, 6), st.booleans(), st.floats(0.5, 0.99),
)  # fmt: skip


@given(st.lists(voice, max_size=12), st.randoms(use_true_random=False))
def test_order_changes_nothing_and_the_figures_hold_together(voices: list[Voice], dice: object) -> None:
    found = believe(voices)
    shuffled = list(voices)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    again = believe(shuffled)
    assert again.verdict == found.verdict
    assert again.probability == pytest.approx(found.probability)
    assert 0.0 <= found.probability <= 1.0
    assert 0.0 <= found.confidence <= 1.0
    assert found.probability == pytest.approx(1 / (1 + math.exp(found.refuting - found.supporting)))
    if found.verdict == "supported":
        assert found.probability >= HOLDS


@given(st.lists(voice, max_size=8))
def test_swapping_the_sides_swaps_the_belief(voices: list[Voice]) -> None:
    apart = [
        replace(v, text=f"t{n}", source=f"s{n}", written=float(n))
        for n, v in enumerate(voices)
        if abs(v.supports - v.refutes) > 1e-6  # one exactly between is taken for support
    ]
    swapped = [replace(v, supports=v.refutes, refutes=v.supports) for v in apart]
    assert believe(swapped).probability == pytest.approx(1 - believe(apart).probability)


@pytest.mark.parametrize("reliability", [0.9, 1.0])
def test_a_thousand_voices_are_a_number(reliability: float) -> None:
    for side in (says, denies):
        found = believe([side(n, reliability=reliability) for n in range(1_000)])
        assert 0.0 <= found.probability <= 1.0


def test_one_against_many_is_no_dispute() -> None:
    assert believe([says(0), *(denies(n) for n in range(1, 3))]).verdict == "disputed"
    assert believe([says(0), *(denies(n) for n in range(1, 9))]).verdict == "refuted"
