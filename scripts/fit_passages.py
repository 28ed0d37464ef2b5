"""Fit the weights by which passages are judged to answer a question, and print them for `truthgpt/answer/passages.py`.

    python scripts/fit_passages.py

Every passage that is its post's best, for every question written for the demo posts, is one row; it is positive where
its post is named as answering. Logistic regression with an L2 penalty, by Newton's method (iteratively reweighted least
squares). What is printed beside the weights is five-fold cross-validation by question, so no row is judged by weights
that saw its question.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt import settings
from truthgpt.answer import evidence, passages, question
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.injection import addresses_assistant

QUESTIONS = sorted((Path(__file__).parents[1] / "tests" / "answer").glob("questions*.jsonl"))
PENALTY = 1.0
FOLDS = 5
FIRST = 5

Floats = npt.NDArray[np.float64]


def fit(x: Floats, y: Floats) -> Floats:
    """Weights and, last, the bias that minimise the penalised log loss; the bias is not penalised."""
    design = np.hstack([x, np.ones((len(x), 1))])
    ridge = np.diag([PENALTY] * x.shape[1] + [0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (p - y) + ridge @ weights
        step = np.linalg.solve((design.T * (p * (1 - p))) @ design + ridge, gradient)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def main() -> None:
    asked = [json.loads(line) for path in QUESTIONS for line in path.read_text(encoding="utf-8").splitlines()]
    rows, right, group, posts = [], [], [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(settings.Settings(Path(folder), settings.QUOTES_ONLY), create=True) as assistant,
    ):
        assistant.import_demo()
        for number, item in enumerate(asked):
            hits = [
                hit
                for hit in assistant.searcher.search(item["question"], evidence.FOUND)
                if not addresses_assistant(hit.post.text)
            ]
            read = question.read(item["question"], item["language"])
            for hit, found in zip(hits, passages.likely(read, hits, assistant.embedding), strict=True):
                if found:
                    rows.append(passages.in_order(found)[0].features)
                    right.append(hit.post.id in item["posts"])
                    group.append(number)
                    posts.append(hit.post.id)
    x, y, groups = np.array(rows), np.array(right, dtype=float), np.array(group)
    fold = np.random.default_rng(0).permutation(len(asked)) % FOLDS
    scores = np.zeros(len(y))
    for held in range(FOLDS):
        test = fold[groups] == held
        weights = fit(x[~test], y[~test])
        scores[test] = 1 / (1 + np.exp(-(x[test] @ weights[:-1] + weights[-1])))
    hits_first = total = 0
    for number, item in enumerate(asked):
        if item["posts"]:
            total += 1
            mine = np.flatnonzero(groups == number)
            first = mine[np.argsort(-scores[mine])][:FIRST]
            hits_first += any(posts[index] in item["posts"] for index in first)
    weights = fit(x, y)
    print(f"WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in weights[:-1])})\nBIAS = {weights[-1]:.2f}")
    print(f"# cross-validated: right evidence in the first {FIRST} for {hits_first} of {total} questions")


if __name__ == "__main__":
    main()
