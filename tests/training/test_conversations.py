"""Replies become conversations in the order of reading; no post is lost, whatever exports claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.training.data.conversations import Conversations, conversations


def threaded(answered: dict[int, int], count: int, kept: list[bool] | None = None) -> Conversations:
    """Posts 1 to `count`, written in this order; `answered` says which answer which."""
    keys = np.arange(1, count + 1)
    return conversations(
        keys,
        keys * 10,
        np.array([key in answered for key in range(1, count + 1)], np.bool_),
        np.array([answered.get(key, 0) for key in range(1, count + 1)], np.int64),
        np.array(kept if kept is not None else [True] * count, np.bool_),
    )


def listed(found: Conversations) -> dict[int, list[int]]:
    bounds = zip(found.starts[:-1].tolist(), found.starts[1:].tolist(), strict=True)
    return {
        key: (found.posts[first:end] + 1).tolist()
        for key, (first, end) in zip(found.keys.tolist(), bounds, strict=True)
    }


def test_replies_follow_what_they_answer_depth_first_and_by_time() -> None:
    found = threaded({3: 1, 4: 2, 5: 3, 6: 1, 7: 3}, 7)
    assert listed(found) == {1: [1, 3, 5, 7, 6], 2: [2, 4]}
    assert found.replies.tolist() == [False, True, True, True, True, False, True]


def test_who_answers_a_post_that_is_gone_stays_with_the_others_who_do() -> None:
    found = threaded({1: 99, 3: 99, 4: 3}, 4)
    assert listed(found) == {2: [2], 99: [1, 3, 4]}
    assert found.replies.tolist() == [False, True, True, True]


def test_posts_that_are_left_out_keep_their_conversation_together() -> None:
    assert listed(threaded({2: 1, 3: 2, 4: 1}, 4, [False, False, True, True])) == {1: [3, 4]}
    assert listed(threaded({2: 1}, 3, [False, False, True])) == {3: [3]}


@pytest.mark.parametrize(
    ("answered", "wanted"),
    [
        ({1: 1}, {1: [1], 2: [2], 3: [3]}),
        ({1: 2, 2: 1}, {1: [1, 2], 3: [3]}),
        ({1: 3, 2: 1, 3: 2}, {1: [1, 2, 3]}),
        ({1: 2, 2: 3, 3: 2}, {2: [2, 1, 3]}),
    ],
)
def test_a_circle_begins_with_its_earliest_post(
    answered: dict[int, int], wanted: dict[int, list[int]]
) -> None:
    assert listed(threaded(answered, 3)) == wanted


@given(st.dictionaries(st.integers(1, 12), st.integers(1, 15)))
def test_no_post_is_lost_or_doubled_whatever_answers_what(answered: dict[int, int]) -> None:
    found = listed(threaded(answered, 12))
    assert sorted(number for posts in found.values() for number in posts) == list(range(1, 13))
    home = {number: key for key, posts in found.items() for number in posts}
    for post, other in answered.items():
        assert home[post] == home.get(other, other)


@given(st.permutations(range(12)), st.dictionaries(st.integers(1, 12), st.integers(1, 15)))
def test_the_order_in_which_posts_are_stored_does_not_show(
    order: list[int], answered: dict[int, int]
) -> None:
    keys = np.array(order) + 1
    answers = np.array([key in answered for key in keys.tolist()], np.bool_)
    to = np.array([answered.get(key, 0) for key in keys.tolist()], np.int64)
    found = conversations(keys, keys * 10, answers, to, np.ones(12, np.bool_))
    plain = threaded(answered, 12)
    assert keys[found.posts].tolist() == (plain.posts + 1).tolist()
    assert found.starts.tolist() == plain.starts.tolist()


def test_a_long_chain_takes_no_stack() -> None:
    found = threaded({key: key - 1 for key in range(2, 200_001)}, 200_000)
    assert listed(found)[1] == list(range(1, 200_001))
