"""How far rumour posts and the replies to them can be read from their text alone; one JSON line.

    python benchmarks/rumours.py

Replies (COVID-19 rumours on Twitter): for the rumour, against it, or neither, by the stance model, which was never trained on
them, as it is and with its logits weighed anew on the training rumours; beside it TF-IDF of the reply with a logistic
regression trained on those. Rumours do not stand on both sides of the split. Posts: real or fake (CONSTRAINT 2021, its own
split), and rumours true, false or unverified, by the vectors of the search with a logistic regression, beside TF-IDF with
the same. Macro-F1 throughout. Needs scikit-learn.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import claim_sets
from machine import describe
from truthgpt.search.embedding import Embedding
from truthgpt.truth import stance
from truthgpt.truth.crossencoder import model

RUMOURS, POSTS = claim_sets.DATASETS / "covid_rumor" / "twitter", claim_sets.DATASETS / "covid_constraint"
TESTED = 0.3
SIDES = {"support": "favor", "deny": "against", "comment": "none", "query": "none"}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from csv.DictReader(line.replace("\0", "") for line in file)


def score(said: Sequence[str], right: Sequence[str]) -> float:
    return round(float(f1_score(right, said, average="macro")), 3)


def by_words(train: Sequence[str], labels: Sequence[str], test: Sequence[str]) -> list[str]:
    """What TF-IDF of words and pairs of words with a logistic regression says of `test`."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    made = make_pipeline(words, LogisticRegression(max_iter=2_000, class_weight="balanced"))
    return list(made.fit(train, labels).predict(test))


def by_numbers(train: npt.NDArray[Any], labels: Sequence[str], test: npt.NDArray[Any]) -> list[str]:
    made = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000, class_weight="balanced"))
    return list(made.fit(train, labels).predict(test))


def replies() -> dict[str, Any]:
    told = {row["source"]: row["content"] for row in rows(RUMOURS / "Twitter.csv") if row["content"]}
    found: list[tuple[str, str, str, bool]] = []
    for path in sorted(RUMOURS.glob("[0-9]*.csv")):
        rumour = told.get(path.stem)
        if rumour is None:
            continue
        tested = claim_sets.share(" ".join(sorted(claim_sets.words(rumour)))) < TESTED
        for row in rows(path):
            side, text = SIDES.get(row.get("stance") or ""), (row.get("comment") or "").strip()
            if side and text:
                found.append((rumour, text, side, tested))
    began = time.perf_counter()
    logits = model.shipped().stances([row[:2] for row in found])
    seconds = time.perf_counter() - began
    test = np.array([row[3] for row in found])
    right = [row[2] for row in found if row[3]]
    labels = [row[2] for row in found if not row[3]]
    said = [stance.SIDES[int(place)] for place in stance.probabilities(logits[test]).argmax(axis=1)]
    words = by_words([row[1] for row in found if not row[3]], labels, [row[1] for row in found if row[3]])
    return {
        "train": len(labels),
        "test": len(right),
        "stance": score(said, right),
        "stance_weighed": score(by_numbers(logits[~test], labels, logits[test]), right),
        "words": score(words, right),
        "always_none": score(["none"] * len(right), right),
        "replies_per_second": round(len(found) / seconds, 1),
    }


def labelled(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> dict[str, Any]:
    """Texts and labels: macro-F1 of both classifiers on `test`."""
    embedding = Embedding.load()
    known, labels = zip(*train, strict=True)
    asked, right = zip(*test, strict=True)
    return {
        "train": len(known),
        "test": len(asked),
        "vectors": score(by_numbers(embedding.encode(list(known)), labels, embedding.encode(list(asked))), right),
        "words": score(by_words(known, labels, asked), right),
    }  # fmt: skip


def rumours() -> dict[str, Any]:
    kept = [(row["content"].strip(), row["label"]) for row in rows(RUMOURS / "Twitter.csv")]
    kept = [row for row in kept if row[0] and row[1] in ("T", "F", "U")]
    tested = [claim_sets.share(" ".join(sorted(claim_sets.words(text)))) < TESTED for text, _ in kept]
    test = [row for row, out in zip(kept, tested, strict=True) if out]
    near = claim_sets.NearCopies([text for text, _ in test])
    return labelled([row for row, out in zip(kept, tested, strict=True) if not out and row[0] not in near], test)  # fmt: skip


def posts() -> dict[str, Any]:
    train, test = (
        [(row["tweet"], row["label"]) for row in rows(POSTS / name)]
        for name in ("Constraint_Train.csv", "english_test_with_labels.csv")
    )
    return labelled(train, test)


def main() -> None:
    row = {"benchmark": "rumours", "replies": replies(), "rumours": rumours(), "posts": posts()}
    print(json.dumps(row | {"machine": describe()}))


if __name__ == "__main__":
    main()
