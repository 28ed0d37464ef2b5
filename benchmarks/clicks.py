"""What a ranker taught by clicks finds, of simulated readers whose wishes are known; one JSON line.

    python benchmarks/clicks.py [--impressions 4000] [--communities 40]

Over posts of Reddit, some words of posts' titles are looked for. A simulated reader looks at a place the less the lower it stands
(1 / place ** 0.9), and wants a post by what no trees that ship know: mostly the post that the words are of, and of others rather those that
their readers valued and that are recent. What is wanted and looked at is clicked. Of queries that taught nothing, the table has nDCG@10 by what
was wanted, of the order by the trees that ship; by clicks as they are, as if all places were looked at; by clicks with the
place taken out; and by what readers want itself, which no log tells. `seen` is how often each of the first ten places was looked at, as reckoned and as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from machine import describe
from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.search import click_model, learning
from truthgpt.search.click_model import Shown
from truthgpt.search.clicks import Impression
from truthgpt.search.rerank import EVERY, ranker

DATASETS = Path(os.environ.get("TRUTHGPT_DATASETS", Path(__file__).parents[2] / "shared" / "data"))
STEEP = 0.9
RIGHT, OTHERS = 0.85, 0.5
PLACES = 10


def wishes(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How likely each post (n,) of `rows` is wanted: the `right` one, and of others what is valued and recent."""
    valued = np.nan_to_num(rows[:, EVERY.index("engagement_of_best")])
    old = np.nan_to_num(rows[:, EVERY.index("age")], nan=9.0)
    met = np.nan_to_num(rows[:, EVERY.index("share_met")])
    return np.where(right, RIGHT, OTHERS * met * valued * np.exp(-old / 6))


def ndcg(known: Shown, wanted: np.ndarray, scores: np.ndarray) -> float:
    """nDCG@10 of the order by `scores`, by what is `wanted`."""
    told = replace(known, places=np.zeros_like(known.places), clicked=wanted)
    return float(learning.ndcg(told, scores, np.ones(1)).mean())


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--impressions", type=int, default=4000)
    options.add_argument("--communities", type=int, default=40)
    chosen = options.parse_args()
    draw, chance = random.Random(0), np.random.default_rng(0)
    paths = sorted(DATASETS.glob("reddit/*.csv.gz"))
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(settings.Settings(Path(folder), settings.QUOTES_ONLY), create=True) as assistant,
    ):
        assistant.import_paths(paths[:: max(1, len(paths) // chosen.communities)])
        searcher = assistant.searcher
        view = assistant.store.view()
        ids = view.select(["id", "text"])
        texts = dict(zip(ids["id"].to_pylist(), ids["text"].to_pylist(), strict=True))
        asked = draw.sample(sorted(texts), chosen.impressions)
        impressions, of = [], []
        for post in asked:
            words = texts[post].split("\n", 1)[0].split()[:40]
            kept = (
                sorted(draw.sample(range(len(words)), min(len(words), draw.randint(2, 4)))) if words else []
            )
            query = " ".join("".join(filter(str.isalnum, words[place])) for place in kept).lower().strip()
            hits = searcher.find(query, PLACES, collapse=False) if query else []
            if not hits:
                continue
            impressions.append(Impression(query, tuple(hit.post.id for hit in hits), frozenset()))
            of.append(post)
        began = time.perf_counter()
        known = learning.looked_up(searcher, impressions)
        seconds_a_query = (time.perf_counter() - began) / len(impressions)
    shown = np.array(
        [
            impressions[number].shown[place] == of[number]
            for number, place in zip(known.impressions.tolist(), known.places.tolist(), strict=True)
        ]
    )
    likely = wishes(known.rows, shown)
    wanted = chance.random(len(likely)) < likely
    looked = 1.0 / (known.places + 1.0) ** STEEP
    known = replace(known, clicked=wanted & (chance.random(len(likely)) < looked))
    apart = np.array(
        [learning.is_held_back(impressions[number].query) for number in known.impressions.tolist()]
    )
    teaching, measured = known.of(~apart), known.of(apart)
    began = time.perf_counter()
    by_clicks, seen = click_model.taught(teaching)
    seconds = time.perf_counter() - began
    as_they_are, _ = click_model.taught(replace(teaching, places=np.zeros_like(teaching.places)))
    by_wishes, _ = click_model.taught(
        replace(teaching, places=np.zeros_like(teaching.places), clicked=wanted[~apart])
    )
    line = {
        "benchmark": "clicks",
        "machine": describe(),
        "impressions": {
            "taught": len(np.unique(teaching.impressions)),
            "measured": len(np.unique(measured.impressions)),
        },
        "clicks": int(teaching.clicked.sum()),
        "ndcg_at_10": {
            name: round(ndcg(measured, wanted[apart], trees.scores(measured.rows, measured.fused)), 4)
            for name, trees in (
                ("shipped", ranker()),
                ("clicks_as_they_are", as_they_are),
                ("taught", by_clicks),
                ("wishes", by_wishes),
            )
        },
        "seen": {
            "reckoned": [round(float(share), 3) for share in seen[:PLACES]],
            "true": [round((place + 1) ** -STEEP, 3) for place in range(PLACES)],
        },
        "seconds": {"a_query_looked_up": round(seconds_a_query, 4), "taught": round(seconds, 1)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
