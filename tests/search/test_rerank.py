"""The ranker: its numbers of a post and a query, how trees are walked, and that ranking again loses and invents nothing."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoders import Bags, made
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.post import Post
from truthgpt.corpus.terms import terms
from truthgpt.errors import BadInputError, MissingError
from truthgpt.search import rerank
from truthgpt.search.candidates import Candidate, reranked
from truthgpt.search.query import analyse
from truthgpt.search.rerank import FEATURES, Asked, Scored, Trees, features, ranker
from truthgpt.search.rerank import trees as module


def named(text: str, *posts: Scored) -> list[dict[str, float]]:
    return [dict(zip(FEATURES, row, strict=True)) for row in features(Asked(analyse(text)), posts).tolist()]


def test_what_the_terms_meet_is_counted() -> None:
    text = "the council closed the old bridge"
    first, second = named(
        text,
        Scored(8.0, 1, 0.5, 2, terms("Old bridge closed: the council says so. " + "Weather. " * 30)),
        Scored(4.0, 2, None, None, terms("weather " * 30 + "bridge")),
    )
    assert (first["query_terms"], first["terms_met"], first["share_met"]) == (4, 4, 1)
    assert (second["terms_met"], second["met_in_20"], second["met_in_60"]) == (1, 0, 0.25)
    assert first["met_in_20"] == 1
    # Of "council closed", "closed old", "old bridge" the last alone stands together.
    assert (first["pairs_met"], second["pairs_met"]) == (1, 0)
    assert first["share_of_pairs"] == pytest.approx(1 / 3)
    assert (first["bm25_of_best"], second["bm25_of_best"]) == (1, 0.5)
    assert np.isnan(second["cosine"])
    assert second["vector_rank"] == 61


def test_scripts_without_spaces_are_met_by_pairs() -> None:
    (post,) = named("桥梁何时重新开放", Scored(2.0, 1, None, None, "桥 梁 桥梁 重 新 重新 开 放 开放"))
    assert post["terms_met"] >= 3
    assert 0 < post["share_met"] <= 1


SCORED = st.builds(
    Scored,
    st.floats(0, 50),
    st.none() | st.integers(1, 5000),
    st.none() | st.floats(-1, 1),
    st.none() | st.integers(1, 5000),
    st.text(max_size=80) | st.lists(st.sampled_from(["moon", "old", "bridg"]), max_size=500).map(" ".join),
)


@given(st.text(max_size=300) | st.just("moon old bridge " * 500), st.lists(SCORED, max_size=6))
def test_features_are_bounded_whatever_comes(text: str, posts: list[Scored]) -> None:
    rows = features(Asked(analyse(text)), posts)
    assert rows.shape == (len(posts), len(FEATURES))
    assert np.isfinite(rows).sum() >= rows.size - len(posts)  # the cosine alone may be unknown
    for name in ("share_met", "density", "share_of_pairs", "met_in_20", "met_in_60", "bm25_of_best"):
        column = rows[:, FEATURES.index(name)]
        assert ((column >= 0) & (column <= 1)).all(), name
    scores = ranker().scores(rows, np.zeros(len(posts)))
    assert np.isfinite(scores).all()


def split(
    feature: int, threshold: float, left: Any, right: Any, default_left: bool = False
) -> dict[str, Any]:
    return {
        "split_feature": feature,
        "threshold": threshold,
        "default_left": default_left,
        "left_child": left,
        "right_child": right,
    }


def test_trees_are_walked_as_they_were_grown() -> None:
    leaf = {name: {"leaf_value": value} for name, value in (("a", 1.0), ("b", 2.0), ("c", 4.0), ("d", 8.0))}
    roots = [
        {"tree_structure": split(2, 0.1, leaf["a"], split(0, 5.0, leaf["b"], leaf["c"]), default_left=True)},
        {"tree_structure": leaf["d"]},
    ]
    trees = Trees.read(json.loads(json.dumps(Trees.grown(roots, 10.0).as_dict())))
    rows = np.zeros((5, len(FEATURES)), np.float32)
    rows[:, 2] = 0.1, 0.2, 0.2, np.nan, np.nextafter(np.float32(0.1), np.float32(1))
    rows[:, 0] = 0, 5, 6, 9, 0
    # 0.1 in 32 bits is above 0.1 in 64, by which the tree was grown.
    assert trees.scores(rows, np.zeros(5)).tolist() == [10.0, 10.0, 12.0, 9.0, 10.0]
    assert trees.scores(rows[:1], np.array([0.5])).tolist() == [15.0]


def test_trees_of_other_features_and_damaged_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = ranker().as_dict()
    with pytest.raises(BadInputError, match="train_ranker"):
        Trees.read({**stored, "names": ["other"]})
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(MissingError, match="missing"):
        ranker.__wrapped__()
    looping = {**stored, "right": [0] * len(stored["right"])}
    for damaged in ("", "[]", "{}", json.dumps({**stored, "roots": "x"}), json.dumps(looping)):
        (tmp_path / module.FILE).write_text(damaged)
        with pytest.raises(BadInputError):
            ranker.__wrapped__()


def test_the_trees_that_ship_are_whole() -> None:
    trees = ranker()
    size = len(trees.features)
    assert 0 <= trees.features.min() <= trees.features.max() < len(FEATURES)
    places = np.arange(size)
    inner = trees.left != places
    # Children come after their parents, so that every walk ends.
    assert (trees.left[inner] > places[inner]).all()
    assert (trees.right[inner] > places[inner]).all()
    assert max(trees.left.max(), trees.right.max(), trees.roots.max()) < size
    assert (rerank.FOLDER / module.FILE).stat().st_size < 1 << 20


def test_ranking_again_keeps_the_posts_and_the_scores() -> None:
    texts = [
        "the bridge, the bridge, the bridge and other weather",
        "old bridge closed",
        "the bridge",
        "garden",
    ]
    found = [
        Candidate(
            row,
            1 / (row + 1),
            Scored(3.0 - row / 10, row + 1, 0.3, row + 1, terms(text)),
            row,
            Post(str(row), text),
        )
        for row, text in enumerate(texts)
    ]
    again = reranked([Asked(analyse("old bridge closed"))], found)
    assert {candidate.row for candidate in again} == {0, 1, 2, 3}
    assert [candidate.score for candidate in again] == [candidate.score for candidate in found]
    assert [candidate.row for candidate in again].index(1) < 2
    alike = [
        replace(found[1], row=row, scored=replace(found[1].scored, terms=said))
        for row, said in enumerate(("bridg", terms("old bridge closed")))
    ]
    assert reranked([Asked(analyse("old bridge closed"))], alike)[0].row == 1
    assert reranked([Asked(analyse("old bridge"))], []) == []


def test_what_has_all_the_words_beside_each_other_comes_before_what_repeats_one(tmp_path: Path) -> None:
    filler = ["weather", "garden", "music", "kitchen", "river", "winter"]
    posts = [Post(f"f{n}", " ".join(part), "c") for n, part in enumerate(itertools.permutations(filler, 3))]
    posts += [
        Post("bridge", "bridge bridge bridge bridge bridge bridge " * 3, "c"),
        Post("wanted", "They say that the old council bridge was closed on Monday, for good this time", "c"),
    ]
    assert made(tmp_path, posts, Bags()).search("old council bridge closed", 1)[0].post.id == "wanted"
