"""Sides: what a question can be answered for or against, and that no side is favoured by how it is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from truthgpt.truth.proposition import LONGEST, mirrored, target
from truthgpt.truth.sides import Sides, take_sides
from truthgpt.truth.stance import Stance


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Is nuclear power safe?", "nuclear power safe"),
        ("Should the government ban guns?", "should the government ban guns"),
        ("Do vaccines cause autism?", "vaccines cause autism"),
        ("Do people think that zoos are cruel?", "zoos are cruel"),
        ("What do people think about the phone records programme?", "the phone records programme"),
        ("Thoughts on gun control?", "gun control"),
        ("What are the pros and cons of zoos?", "zoos"),
        ("O que acham da reforma tributária?", "reforma tributária"),
        ("A energia nuclear é segura?", "A energia nuclear é segura"),
        ("Será que os zoológicos são cruéis?", "os zoológicos são cruéis"),
        ("核电安全吗？", "核电安全"),
        ("应不应该禁止养狗？", "应该禁止养狗"),
        ("大家怎么看核电？", "核电"),
        ("Who won the cup?", None),
        ("How many people live in Porto?", None),
        ("Quando abre a ponte?", None),
        ("大桥什么时候开放？", None),
        ("Nuclear power", None),
        ("?", None),
        ("", None),
        ("Is " + "x" * LONGEST + "?", None),
    ],
)
def test_what_a_question_asks_a_stance_on(question: str, asked: str | None) -> None:
    assert target(question) == asked


@pytest.mark.parametrize(
    ("statement", "turned"),
    [
        ("cats better than dogs", "dogs better than cats"),
        ("nuclear power is safer than coal", "coal is safer than nuclear power"),
        ("gatos são melhores do que cães", None),
        ("gatos são melhores que cães", "cães são melhores que gatos"),
        ("猫比狗更聪明", "狗比猫更聪明"),
        ("zoos are cruel", None),
    ],
)
def test_a_comparison_turns_round(statement: str, turned: str | None) -> None:
    found = mirrored(statement)
    if turned is not None:
        assert found == turned
    if found is not None:
        assert mirrored(found) == statement


def told(pairs: Sequence[tuple[str, str]]) -> list[Stance]:
    """A reader with a leaning: it favours whatever a target names first, and reads "+" and "-" in a text."""
    found = []
    for goal, text in pairs:
        first = goal.split()[0]
        favor = min(0.95, 0.1 + 0.6 * (f"+{first}" in text) + 0.25)
        found.append(Stance("favor", {"favor": favor, "against": 0.95 - favor, "none": 0.05}))
    return found


def test_swapping_the_sides_of_a_question_swaps_the_answer_and_changes_nothing_else() -> None:
    texts = ["+cats -dogs", "+dogs -cats", "+dogs", "+cats", "nothing", "+cats +dogs"]
    one = take_sides("cats better than dogs", texts, told)
    other = take_sides("dogs better than cats", texts, told)
    assert one.favor == other.against
    assert one.against == other.favor
    assert one.favor


@pytest.mark.parametrize(
    ("favor", "against", "contested"),
    [((0, 1), (2, 3), True), ((0, 1, 2), (3,), False), ((), (), False), (tuple(range(20)), (20, 21), False)],
)
def test_one_post_is_no_side_and_a_handful_against_many_is_no_contest(
    favor: tuple[int, ...], against: tuple[int, ...], contested: bool
) -> None:
    assert Sides(favor, against).contested is contested
