"""Trains the trees that order the best posts of a search: `src/truthgpt/search/rerank/trees.json`. Needs the extra `weights`.

    python scripts/train_ranker.py --data ../shared/data

Queries that are judged: Reddit's titles, whose posts' bodies are wanted among all bodies; bodies, whose titles are; some words
of a title, as people search. Of posts that the vectors never saw, an eighth, half trains and half measures; the measures of
`benchmarks/quality.py` are of that other half. FEVER's claims and their evidence are a set that nothing here was made from.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt

from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.search import stages
from truthgpt.search.candidates import read
from truthgpt.search.embedding import Embedding
from truthgpt.search.gather import RERANKED, WEIGHTS
from truthgpt.search.query import MAX_CHARACTERS, analyse
from truthgpt.search.rank import fuse
from truthgpt.search.rerank import FOLDER, Asked, Trees, features
from truthgpt.search.rerank.trees import FILE
from vectors_texts import Pair, fever, judged_for_ranking, reddit_pairs

SETTINGS = {
    "objective": "lambdarank",
    "num_leaves": 15,
    "max_depth": 5,
    "learning_rate": 0.05,
    "min_data_in_leaf": 50,
    "lambdarank_truncation_level": 15,
    "verbose": -1,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
}
TREES = 120
FUSIONS = (0.0, 1.0, 3.0, 10.0, 30.0)
KEPT = 3.0
"""What a score by fusion may count beside the trees, and what it does."""
DEPTH = 10


@dataclass(frozen=True)
class Judged:
    """Candidates of queries: `rows` of features, `fused` scores, whether each is what was wanted, and how many a query has."""

    rows: npt.NDArray[np.float32]
    fused: npt.NDArray[np.float64]
    wanted: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Iterable[Judged]) -> Judged:
        several = list(parts)
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in several])
                for name in ("rows", "fused", "wanted", "counts")
            )
        )

    def recall(self, scores: npt.NDArray[np.float64]) -> float:
        """The share of queries with what was wanted among the first `DEPTH`."""
        ends = np.cumsum(self.counts)
        found = [
            self.wanted[end - count : end][
                np.argsort(-scores[end - count : end], kind="stable")[:DEPTH]
            ].any()
            for end, count in zip(ends, self.counts, strict=True)
        ]
        return float(np.mean(found))


def candidates(texts: Sequence[str], queries: Sequence[tuple[str, str]], embedding: Embedding) -> Judged:
    """What is found for queries, each with the text that is wanted; a copy is as good."""
    rows, fused, wanted, counts = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "corpus", embedding.dimensions)
        import_posts(
            store, (Post(str(number), text) for number, text in enumerate(texts)), embed=embedding.encode
        )
        view = store.view()
        for query, answer in queries:
            vector = embedding.encode([query[:MAX_CHARACTERS]])[0]
            found = stages.best(view, stages.Wanted(analyse(query), vector, near=embedding.near), "", 0)
            ranking = fuse([list(found.words), list(found.near)], WEIGHTS)[:RERANKED]
            if not ranking:
                continue
            taken = read(view, ranking, found.words, found.near, terms=("terms", "grams"))
            rows.append(features(Asked(analyse(query)), [each.scored for each in taken]))
            fused.append([score for _, score in ranking])
            wanted.append([texts[int(each.post.id)] == answer for each in taken])
            counts.append(len(taken))
    return Judged(
        np.concatenate(rows),
        np.concatenate(fused),
        np.concatenate(wanted).astype(np.int64),
        np.array(counts),
    )


def some_words(title: str, draw: random.Random) -> str:
    """A few words of `title`, in their order, as people search."""
    words = title.split()
    kept = sorted(draw.sample(range(len(words)), min(len(words), draw.randint(2, 5))))
    return " ".join(words[place] for place in kept)


def sets(data: Path, training: bool, count: int) -> dict[str, tuple[list[str], list[tuple[str, str]]]]:
    """The texts and the queries of each set."""
    draw = random.Random(1)
    everything = [*reddit_pairs(data, measured=False), *reddit_pairs(data, measured=True)]
    mine = [pair for pair in reddit_pairs(data, measured=True) if judged_for_ranking(pair.text) == training]
    drawn: list[Pair] = draw.sample(mine, min(count, len(mine)))
    titles, bodies = [pair.query for pair in everything], [pair.text for pair in everything]
    found = {
        "title_to_body": (bodies, [(pair.query, pair.text) for pair in drawn]),
        "words_to_body": (
            bodies,
            [(some_words(pair.query, draw), pair.text) for pair in drawn[: count // 2]],
        ),
        "body_to_title": (titles, [(pair.text, pair.query) for pair in drawn]),
    }
    if not training:
        claims = draw.sample(fever(data), count)
        evidence = list(dict.fromkeys(pair.text for pair in fever(data)))
        found["claim_to_evidence"] = (evidence, [(pair.query, pair.text) for pair in claims])
    return found


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--queries", type=int, default=4000, help="of each set, at most")
    options.add_argument("--out", type=Path, default=FOLDER)
    chosen = options.parse_args()
    embedding = Embedding.load()
    trained_on, measured = (
        {
            name: candidates(texts, queries, embedding)
            for name, (texts, queries) in sets(chosen.data, training, count).items()
        }
        for training, count in ((True, chosen.queries), (False, chosen.queries // 2))
    )
    all_ = Judged.joined(trained_on.values())
    grown = lightgbm.train(SETTINGS, lightgbm.Dataset(all_.rows, all_.wanted, group=all_.counts), TREES)
    roots = grown.dump_model()["tree_info"]
    for fusion in FUSIONS:
        trees = Trees.grown(roots, fusion)
        said = {name: round(of.recall(trees.scores(of.rows, of.fused)), 4) for name, of in measured.items()}
        print(json.dumps({"fusion": fusion, **said}))
    print(json.dumps({"before": {name: round(of.recall(of.fused), 4) for name, of in measured.items()}}))
    kept = Trees.grown(roots, KEPT)
    theirs = np.asarray(grown.predict(all_.rows))
    assert np.allclose(kept.scores(all_.rows, np.zeros(len(all_.rows))), theirs, atol=1e-4)
    (chosen.out / FILE).write_text(json.dumps(kept.as_dict(), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
