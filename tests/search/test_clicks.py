"""Clicks: what a log may hold, that a broken line loses nothing, and that what they teach is what readers want and not where posts stood."""

from __future__ import annotations

import json
import os
import random
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from encoders import Bags
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError
from truthgpt.search import Searcher, clicks, learning
from truthgpt.search.click_model import Shown, taught
from truthgpt.search.clicks import ClickLog, Impression
from truthgpt.search.learning import learn, ndcg
from truthgpt.search.own import OwnRanker
from truthgpt.search.rerank import EVERY, FEATURES, SIGNALS, Standing, Trees, ranker, signals

GOOD = {"query": "moon", "shown": ["a", "b"], "clicked": ["b"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": " "}, "query"),
        ({"query": 3}, "query"),
        ({"query": "m" * 10_001}, "query"),
        ({"shown": []}, "shown"),
        ({"shown": "ab"}, "shown"),
        ({"shown": ["a", "a"]}, "twice"),
        ({"shown": ["b", 3]}, "shown"),
        ({"shown": [str(n) for n in range(101)] + ["b"]}, "shown"),
        ({"clicked": ["c"]}, "not shown"),
        ({"clicked": None}, "clicked"),
    ],
)
def test_what_is_no_impression_is_refused_by_its_field(change: dict[str, object], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        Impression.of({**GOOD, **change})


def test_a_log_is_read_past_its_broken_lines(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    lines = [
        json.dumps(GOOD),
        "{",
        "",
        json.dumps({**GOOD, "clicked": ["c"]}),
        "x" * 300_000,
        "[]",
        json.dumps(GOOD),
    ]
    path.write_text("\n".join(lines))
    found = clicks.read([path])
    assert found.impressions == [Impression.of(GOOD)] * 2
    assert found.bad == 4
    assert found.first.startswith(f"{path}, line 2")
    with pytest.raises(MissingError, match="other"):
        clicks.read([tmp_path / "other"])


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    assert clicks.read([path]).bad >= 0


def test_what_is_clicked_is_written_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    log = ClickLog(tmp_path / "ranker")
    said = [Impression.of(GOOD), Impression.of({**GOOD, "query": "月球\n火星"})]
    for one in said:
        log.add(one)
    assert clicks.read([log.path]).impressions == said
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert set(json.loads(log.path.read_bytes().splitlines()[0])) == {"query", "shown", "clicked"}


def test_a_log_that_is_full_takes_no_more_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ClickLog(tmp_path)
    log.add(Impression.of(GOOD))
    monkeypatch.setattr(clicks, "MOST_BYTES", log.path.stat().st_size + 1)
    with pytest.raises(MissingError, match="full"):
        log.add(Impression.of(GOOD))
    assert len(clicks.read([log.path]).impressions) == 1


def test_what_would_not_be_read_is_not_written(tmp_path: Path) -> None:
    log = ClickLog(tmp_path)
    long = tuple(f"{number:03}" + "語" * 990 for number in range(100))
    with pytest.raises(BadInputError, match="bytes"):
        log.add(Impression("moon", long, frozenset()))
    assert not log.path.exists()


def test_a_disk_that_is_full_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ClickLog(tmp_path)
    log.add(Impression.of(GOOD))
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:5]))
    with pytest.raises(MissingError, match="clicks"):
        log.add(Impression.of(GOOD))
    monkeypatch.undo()
    with log.path.open("ab") as file:
        file.write(b'{"query": "mo')  # of a machine that stopped
    log.add(Impression.of(GOOD))
    found = clicks.read([log.path])
    assert found == clicks.Read([Impression.of(GOOD)] * 2, 1, found.first)


NOW = datetime(2024, 5, 1, tzinfo=UTC)


def test_a_post_that_claims_to_be_of_the_future_makes_no_other_old() -> None:
    posts = [
        Standing(NOW, 0),
        Standing(NOW - timedelta(days=365), 0),
        Standing(datetime(9999, 1, 1, tzinfo=UTC), 0),
    ]
    ages = signals(posts)[:, SIGNALS.index("age")]
    assert ages[2] == 0
    assert ages[1] - ages[0] > 0.1


def test_signals_tell_age_engagement_copies_and_the_authors_record() -> None:
    rows = signals(
        [
            Standing(NOW, 99, copies=1, posts_of_author=3, engagement_of_author=float(np.log(100) + 2.0)),
            Standing(NOW - timedelta(days=9), -5, copies=8, posts_of_author=1, engagement_of_author=0.0),
            Standing(None, 0),
        ]
    )
    first, second, third = (dict(zip(SIGNALS, row, strict=True)) for row in rows.tolist())
    assert first["age"] == 0
    assert second["age"] == pytest.approx(np.log(10))
    assert first["engagement"] == pytest.approx(np.log(100))
    assert second["engagement"] == 0  # votes against it are no engagement
    assert first["engagement_of_best"] == 1
    assert second["copies"] == pytest.approx(np.log(8))
    assert first["posts_of_author"] == pytest.approx(np.log(3))
    assert first["engagement_of_author"] == pytest.approx(1.0)  # of the other two
    assert np.isnan(second["engagement_of_author"])  # who wrote nothing else
    assert [name for name in SIGNALS if np.isnan(third[name])] == [
        "age",
        "copies",
        "posts_of_author",
        "engagement_of_author",
    ]
    assert signals([]).shape == (0, len(SIGNALS))


def simulated(seed: int, impressions: int) -> tuple[Shown, np.ndarray]:
    """Readers who want what is valued, and look at a place the less the lower it stands; and what they want."""
    chance = np.random.default_rng(seed)
    count = impressions * 10
    rows = np.full((count, len(EVERY)), np.nan, np.float32)
    rows[:, : len(FEATURES)] = chance.random((count, len(FEATURES)))
    valued = chance.random(count)
    rows[:, EVERY.index("engagement_of_best")] = valued
    fused = chance.random(count)
    numbers = np.repeat(np.arange(impressions), 10)
    # As another ranker shows them, which goes by what nobody cares for.
    order = -3 * rows[:, FEATURES.index("density")] + chance.normal(size=count)
    shown = np.argsort(np.lexsort((order, numbers))) % 10
    wanted = chance.random(count) < 0.9 * valued**2
    looked = chance.random(count) < 1 / (1 + shown)
    return Shown(rows, fused, shown, wanted & looked, numbers, numbers % 2), wanted


def test_what_is_wanted_is_learned_and_not_where_it_stood() -> None:
    known, _ = simulated(1, 700)
    trees, seen = taught(known)
    naive, _ = taught(replace(known, places=np.zeros_like(known.places)))
    assert seen[0] == 1
    assert seen[:4] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4], abs=0.12)
    fresh, wanted = simulated(2, 200)
    truth = replace(fresh, places=np.zeros_like(fresh.places), clicked=wanted)

    def found(by: Trees) -> float:
        return float(ndcg(truth, by.scores(fresh.rows, fresh.fused), np.ones(1)).mean())

    shipped = ranker()
    assert found(trees) > found(naive) + 0.01 > found(shipped) + 0.1


def test_taught_trees_are_those_that_ship_and_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    known, _ = simulated(3, 150)
    trees, _ = taught(known)
    assert trees.wants_signals
    assert len(trees.roots) > len(ranker().roots)
    own = OwnRanker(tmp_path)
    assert own.trees() is ranker()
    own.keep(trees)
    scores = own.trees().scores(known.rows, known.fused)
    assert scores == pytest.approx(trees.scores(known.rows, known.fused), abs=1e-4)
    assert own.taught
    assert trees.identity != ranker().identity
    whole = json.loads(own.path.read_bytes())
    short = {**whole, "unknown_left": whole["unknown_left"][:-1]}
    for turn, damaged in enumerate(
        (b"{", b"[]", json.dumps({**whole, "left": [1 << 40]}).encode(), json.dumps(short).encode())
    ):
        own.path.write_bytes(damaged)
        os.utime(own.path, ns=(turn, turn))
        assert own.trees() is ranker()  # searches go on
        assert not own.taught
    assert "truthgpt ranker learn" in caplog.text
    assert own.drop()
    assert not own.drop()
    assert own.trees() is ranker()


WORDS = [
    a + b for a in ("sol", "mar", "ven", "lun", "tor") for b in ("ado", "ino", "uba", "eca", "ilo", "ante")
]
TOPICS = ["moon", "harbour", "bridge", "garden", "library", "market"]


def valued(path: Path) -> Searcher:
    """Posts that say the same of each topic, of which the even ones are valued."""
    posts = [
        Post(
            f"{topic}{n}",
            f"{topic} news number {n}: {' '.join(random.Random(n).sample(WORDS, 8))}",
            f"c{n}",
            f"writer{n}",
            NOW,
            "en",
            score=500 if n % 2 == 0 else 0,
        )
        for topic in TOPICS
        for n in range(12)
    ]
    store = Store.open(path / "corpus", Bags.dimensions)
    import_posts(store, posts, embed=Bags().encode)
    return Searcher(store, Bags(), OwnRanker(path / "ranker").trees)


def test_a_searcher_ranks_by_what_its_readers_taught_and_answers_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "LEAST", 20)
    monkeypatch.setattr(learning, "LEAST_HELD_BACK", 2)
    searcher = valued(tmp_path)
    queries = [f"{topic} {word}" for topic in TOPICS for word in ("news", "number", "news number", "")]
    impressions = []
    for turn in range(8):
        for query in queries:
            shown = [hit.post.id for hit in searcher.find(query, 10)]
            shown = shown[turn % 5 :] + shown[: turn % 5]
            even = [post for post in shown if int(post.lstrip("abcdefghijklmnopqrstuvwxyz")) % 2 == 0]
            impressions.append(Impression(query, tuple(shown), frozenset(even[:3])))
    before = [hit.post.id for hit in searcher.find("moon news", 10)]
    asked = [hit.post.id for hit in searcher.search("moon news", 10)]
    found = learn(searcher, impressions)
    assert found.better
    OwnRanker(tmp_path / "ranker").keep(found.trees)
    after = [hit.post.id for hit in searcher.find("moon news", 10)]
    assert after != before
    assert sum(int(post[4:]) % 2 == 0 for post in after[:5]) >= 4
    assert [hit.post.id for hit in searcher.search("moon news", 10)] == asked


def test_too_few_clicks_teach_nothing(tmp_path: Path) -> None:
    searcher = valued(tmp_path)
    shown = tuple(hit.post.id for hit in searcher.find("moon", 5))
    unread = [
        Impression("moon (", shown, frozenset(shown)),
        Impression("moon", ("gone",), frozenset(["gone"])),
    ]
    with pytest.raises(BadInputError, match="100 and 20 at the least"):
        learn(searcher, [*unread, *[Impression("moon", shown, frozenset(shown[:1]))] * 300])
    with pytest.raises(BadInputError, match="0 impressions"):
        learn(searcher, [])


def test_clicks_of_one_query_alone_teach_nothing() -> None:
    known, _ = simulated(5, 120)
    with pytest.raises(BadInputError, match="different queries"):
        taught(replace(known, halves=np.zeros_like(known.halves)))


def test_clicks_at_random_leave_the_order_nearly_as_it_was() -> None:
    known, _ = simulated(6, 150)
    chance = np.random.default_rng(6)
    trees, _ = taught(replace(known, clicked=chance.random(len(known.clicked)) < 0.2))
    before, after = (by.scores(known.rows, known.fused) for by in (ranker(), trees))
    assert np.corrcoef(before, after)[0, 1] > 0.8


def test_a_text_that_many_posts_carry_was_shown_and_clicked_once(tmp_path: Path) -> None:
    posts = [
        Post(f"v{n}", "the bridge over the river closes on monday for good", f"c{n}", created_at=NOW)
        for n in range(6)
    ]
    posts.append(Post("w", "a bridge of stone stands in the park near the old mill", "d", created_at=NOW))
    store = Store.open(tmp_path / "corpus", Bags.dimensions)
    import_posts(store, posts, embed=Bags().encode)
    searcher = Searcher(store, Bags())
    one = Impression("bridge", ("w", "v3", "v1"), frozenset(["v1"]))
    known = learning.looked_up(searcher, [one, one])
    assert known.places.tolist() == [0, 1, 0, 1]
    assert known.clicked.tolist() == [False, True, False, True]
    assert known.impressions.tolist() == [0, 0, 1, 1]
    copies = known.rows[:, EVERY.index("copies")]
    assert copies.tolist() == pytest.approx([0, np.log(6)] * 2)
