"""Columns become ratings in one order, whatever the ids and the order they came in."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import BadInputError
from truthgpt.notes.ratings import Ratings, levels


def test_ids_of_any_type_are_told_apart_by_how_they_are_written() -> None:
    one = uuid.UUID(int=7)
    found = Ratings.of([1, "n", b"x", one], ["r", 2.5, "r", "r"], [1, 0, 0.5, 1])
    assert set(found.note_ids) == {"1", "n", "x", str(one)}
    assert found.rater_ids == ("2.5", "r")


def test_the_last_rating_of_a_rater_counts_and_the_others_are_counted() -> None:
    found = Ratings.of(["n"] * 4, ["r", "r", "r", "s"], [1, 0, 0.5, 1], times=[5, 9, 7, 1])
    assert found.values.tolist() == [0, 1]
    assert found.repeated == 2
    # Of one time, the one that stands last.
    assert Ratings.of(["n", "n"], ["r", "r"], [1, 0]).values.tolist() == [0]


@given(st.permutations(range(12)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    notes = np.array([f"n{i % 4}" for i in range(12)])
    raters = np.array([f"r{i % 5}" for i in range(12)])
    values, times = np.arange(12) % 3 / 2, np.arange(12) * 10
    one = Ratings.of(notes, raters, values, times=times, tags={"t": values == 1})
    other = Ratings.of(
        notes[order], raters[order], values[order], times=times[order], tags={"t": values[order] == 1}
    )
    for mine, theirs in ((one.notes, other.notes), (one.raters, other.raters), (one.values, other.values)):
        assert np.array_equal(mine, theirs)
    assert np.array_equal(one.ticked("t"), other.ticked("t"))


@pytest.mark.parametrize(
    ("notes", "raters", "values", "reason"),
    [
        (["n"], ["r", "s"], [1], "expected one for each"),
        (["n"], ["r"], [1.5], "from 0"),
        (["n"], ["r"], [float("nan")], "from 0"),
        ([None], ["r"], [1], "missing"),
        (["n"], ["r"], ["much"], "no numbers"),
        (["n"], ["r"], [[1, 2]], "no numbers|expected one"),
    ],
)
def test_columns_that_are_no_ratings_are_refused(
    notes: list, raters: list, values: list, reason: str
) -> None:
    with pytest.raises(BadInputError, match=reason):
        Ratings.of(notes, raters, values)


def test_ids_are_the_same_in_any_container() -> None:
    for ids in ([1.5, 2.0], np.array([1.5, 2.0]), np.array([1.5, 2.0], object)):
        assert Ratings.of(ids, ["r", "r"], [1, 1]).note_ids == ("1.5", "2.0")
    assert Ratings.of(np.array([b"\xff"]), ["\udc80"], [1]).rater_ids == ("\\udc80",)
    assert Ratings.of([True], np.array([7]), [1]).note_ids == ("True",)


@pytest.mark.parametrize("times", [[None], [float("nan")], [2**63], ["now"], [1.5]])
def test_times_that_are_none_are_refused(times: list) -> None:
    with pytest.raises(BadInputError):
        Ratings.of(["n"], ["r"], [1], times=times)


def test_weights_must_be_numbers_of_at_least_0() -> None:
    with pytest.raises(BadInputError, match="weights"):
        Ratings.of(["n"], ["r"], [1], weights=[-1])


def test_an_unknown_level_is_refused_by_its_name() -> None:
    with pytest.raises(BadInputError, match="VERY_HELPFUL"):
        levels(["HELPFUL", "VERY_HELPFUL"])


def test_notes_are_filtered_first_and_raters_after_once_each() -> None:
    # Rater b has two ratings, one of them on a note that falls: so b falls, and then n2 keeps one rating.
    found = Ratings.of(["n1", "n2", "n2", "n2", "n3", "n3"], ["b", "a", "b", "c", "a", "c"], [1] * 6)
    kept = found.enough(a_note=2, a_rater=2)
    assert [kept.note_ids[note] for note in kept.notes] == ["n2", "n2", "n3", "n3"]
    assert len(Ratings.none().enough(a_note=1, a_rater=1)) == 0
