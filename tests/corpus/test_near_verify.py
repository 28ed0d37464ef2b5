"""What counts as a near copy, pair by pair: words may differ, what is claimed may not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.near.verify import are_near
from truthgpt.corpus.near.words import words

LONG = (
    "The city council said on Monday that the old bridge over the river will close for repairs until next spring, "
    "because engineers found cracks in its pillars and asked for 14 weeks to mend them"
)
MORE = (
    "Buses take another way meanwhile, the ferry runs longer, and cyclists may use the railway bridge, the mayor told "
    "the local paper on Tuesday; shops nearby are to get help from a fund that the region has set up for this"
)
CHINESE = "市政府昨天宣布地铁票价将会从下个月开始上涨请大家注意安排好出行时间"


def near(one: str, other: str) -> bool:
    found = are_near(words([one, other]), np.array([[0, 1], [1, 0]]))
    assert found[0] == found[1]
    return bool(found[0])


@pytest.mark.parametrize(
    "other",
    [
        LONG.upper() + "!!!",
        LONG + " wow",
        LONG.replace("Monday", "Friday"),
        LONG.replace("old ", ""),
        "😡 " + LONG.replace(",", " 🙏🏽,"),
        LONG + " https://t.example/a",
        f"RT @ana: {LONG}",
        f"> {LONG}\n\nThis is so true, read it",
        f"Look what I found: “{LONG}”",
        f"{LONG}. {MORE}",
        f"{MORE}. {LONG}",
        LONG[:100] + "…",
        LONG[:100] + "… https://t.example/b",
    ],
)
def test_edits_leave_a_copy(other: str) -> None:
    assert near(LONG, other)


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("14", "15"),
        LONG.replace("14", "fourteen"),
        LONG.replace("will close", "will not close"),
        LONG + ". That is false.",
        f"No! “{LONG}”",
        f"> {LONG}\n\nThis never happened",
        LONG[:40],
        MORE,
        "",
    ],
)
def test_another_claim_is_another_post(other: str) -> None:
    assert not near(LONG, other)


def test_short_texts() -> None:
    assert near("yes", "Yes!")
    assert not near("yes", "indeed")
    assert near("these are the scandals you are looking for", "these are the scandals you were looking for")
    assert not near("these are the scandals", "these were the scandals")


def test_scripts_without_spaces() -> None:
    assert near(CHINESE, CHINESE.replace("大家", ""))
    assert near(CHINESE, CHINESE.replace("昨天", "今天"))
    assert near(CHINESE, CHINESE[:24] + "…")
    assert not near(CHINESE, CHINESE.replace("将会", "不会"))
    assert not near(CHINESE, CHINESE.replace("地铁", "公交").replace("昨天", "今天").replace("上涨", "下降"))


def test_other_content_under_one_header_is_another_post() -> None:
    header = f"{LONG} {MORE} "
    one = header + "my garden has grown so much since april and the tomatoes are finally getting red"
    other = header + "has anybody here tried to read an old camera card on a new phone without luck"
    assert not near(one, other)
    assert near(one, header)  # of which each is a longer form


def test_numbers_that_changed_places_are_another_claim() -> None:
    assert not near(
        "the reds won 14 games and the blues won 15 games", "the reds won 15 games and the blues won 14 games"
    )


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["a", "b", "c", "d", "no", "7", "字", "e", "f"]), max_size=40), st.data())
def test_symmetric_and_reflexive(chosen: list[str], data: st.DataObject) -> None:
    one = " ".join(chosen)
    other = " ".join(data.draw(st.permutations(chosen))[: data.draw(st.integers(0, 40))])
    near(one, other)
    assert near(one, one) or not one
