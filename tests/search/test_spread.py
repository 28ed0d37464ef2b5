"""Nobody takes a page: of one author and one community there are only so many where others are there."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from truthgpt.search.rank import OF_AUTHOR, OF_COMMUNITY, PAGE, spread

POSTS = st.lists(
    st.tuples(st.sampled_from(["", "ann", "bob", "cy"]), st.sampled_from(["", "news"])), max_size=25
)


def test_the_third_post_of_an_author_comes_after_others() -> None:
    ranked = [("ann", "news")] * 4 + [("bob", "news"), ("cy", "news")]
    assert spread(ranked) == [0, 1, 4, 5, 2, 3]


def test_on_the_next_page_an_author_is_there_again() -> None:
    ranked = [("ann", "")] * 3 + [("", "")] * 8
    assert spread(ranked) == [0, 1, *range(3, 11), 2]


def test_a_community_has_seven_of_ten() -> None:
    ranked = [("", "news")] * 9 + [("", "art")] * 3
    assert spread(ranked) == [*range(7), 9, 10, 11, 7, 8]


def test_where_all_are_of_one_author_they_stay_as_they_are() -> None:
    assert spread([("ann", "news")] * 12) == list(range(12))


@given(POSTS)
def test_everybody_is_there_once_and_bounds_hold_where_they_can(ranked: list[tuple[str, str]]) -> None:
    places = spread(ranked)
    assert sorted(places) == list(range(len(ranked)))
    for start in range(0, len(places), PAGE):
        page = places[start : start + PAGE]
        for column, most in ((0, OF_AUTHOR), (1, OF_COMMUNITY)):
            count = Counter(ranked[place][column] for place in page if ranked[place][column])
            if count and max(count.values()) > most:
                # Everybody left had enough by then, of one kind or the other.
                left = [ranked[place] for place in places[start + PAGE :]]
                authors = Counter(author for place in page for author in [ranked[place][0]] if author)
                communities = Counter(ranked[place][1] for place in page if ranked[place][1])
                assert all(authors[a] >= OF_AUTHOR or communities[c] >= OF_COMMUNITY for a, c in left)
