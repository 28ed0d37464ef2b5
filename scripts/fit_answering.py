"""Fit how probable it is that a sentence answers, from what words and the network tell of it, for `truthgpt/answer/passages.py`.

    python scripts/fit_answering.py

Rows are sentences that can answer a question in English by their form: those of Reddit's posts that were judged
(`scripts/selection/asked.tsv`: by question, post, place and digest; 2 answers, 1 helps with what is asked, 0 does neither), and of each
demo post the one that the network finds nearest, which answers where its post was named as answering. One that helps counts as one that
answers. All of Reddit's export in `TRUTHGPT_DATASETS` is imported and searched, so that the features are those that an answer has. Logistic regression as in
`fit_passages.py`, which fits the regression that needs no network. Five-fold cross-validation by question is printed beside the weights,
of Reddit's rows alone: the area under the ROC curve, the expected calibration error, and the same of the network's nearness alone.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from claim_sets import DATASETS
from fit_passages import FOLDS, QUESTIONS, fit
from truthgpt import settings
from truthgpt.answer import evidence, passages, question, selection
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.injection import addresses_assistant
from truthgpt.truth.calibration import expected_error

JUDGED = Path(__file__).parent / "selection" / "asked.tsv"

Place = tuple[str, int, int]
"""A post's id, and [start, end) of a sentence of it."""


class Row(NamedTuple):
    """A sentence that was judged: the values of `passages.READ_FEATURES`, whether it answers, and its question."""

    features: tuple[float, ...]
    answers: bool
    asked: str


def judged() -> dict[str, dict[Place, tuple[str, bool]]]:
    """Question → sentence → how the SHA-256 of its text begins, and whether it answers or helps."""
    found: dict[str, dict[Place, tuple[str, bool]]] = {}
    with JUDGED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            place = row["post"], int(row["start"]), int(row["end"])
            found.setdefault(row["question"], {})[place] = row["sha256"], row["answers"] != "0"
    return found


def read(assistant: Assistant, asked: str) -> Iterator[tuple[Place, str, tuple[float, ...]]]:
    """The sentences that a search for `asked` finds and that can answer it by their form, with what is known of each."""
    hits = [
        hit
        for hit in assistant.searcher.search(asked, evidence.FOUND)
        if not addresses_assistant(hit.post.text)
    ]
    ranked = passages.likely(question.read(asked, selection.LANGUAGE), hits, assistant.embedding)
    rows = [
        (hit.post, passage)
        for hit, found in zip(hits, ranked, strict=True)
        for passage in found
        if passage.speaks
    ]
    near = passages.nearness(
        asked, [(passage.text, passages.title_of(post.text, passage.start)) for post, passage in rows]
    )
    for (post, passage), values in zip(rows, near, strict=True):
        yield (post.id, passage.start, passage.end), passage.text, (*passage.features, *values)


def reddit_rows() -> list[Row]:
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(settings.Settings(Path(folder), settings.QUOTES_ONLY), create=True) as assistant,
    ):
        assistant.import_paths(sorted(DATASETS.glob("reddit/*.csv.gz")))
        for asked, told in judged().items():
            rows += list(_told(assistant, asked, told))
    return rows


def _told(assistant: Assistant, asked: str, told: Mapping[Place, tuple[str, bool]]) -> Iterator[Row]:
    for place, text, features in read(assistant, asked):
        if place in told:
            sha256, answers = told[place]
            if not hashlib.sha256(text.encode()).hexdigest().startswith(sha256):
                raise SystemExit(f"{place[0]}: is not stored as it was when it was judged")
            yield Row(features, answers, asked)


def demo_rows() -> list[Row]:
    items = [json.loads(line) for path in QUESTIONS for line in path.read_text(encoding="utf-8").splitlines()]
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(settings.Settings(Path(folder), settings.QUOTES_ONLY), create=True) as assistant,
    ):
        assistant.import_demo()
        rows = []
        for item in items:
            if item["language"] == selection.LANGUAGE:
                nearest: dict[str, tuple[float, ...]] = {}
                for (post, _, _), _, features in read(assistant, item["question"]):
                    nearest[post] = max(nearest.get(post, features), features, key=lambda values: values[-2])
                rows += [
                    Row(features, post in item["posts"], item["question"])
                    for post, features in nearest.items()
                ]
        return rows


def main() -> None:
    reddit, demo = reddit_rows(), demo_rows()
    rows = reddit + demo
    x = np.array([row.features for row in rows])
    y = np.array([float(row.answers) for row in rows])
    fold = np.array([hashlib.sha256(row.asked.encode()).digest()[0] % FOLDS for row in rows])
    scores = np.zeros(len(rows))
    for held in range(FOLDS):
        test = fold == held
        weights = fit(x[~test], y[~test])
        scores[test] = 1 / (1 + np.exp(-(x[test] @ weights[:-1] + weights[-1])))
    weights = fit(x, y)
    print(f"READ_WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in weights[:-1])})")
    print(f"READ_BIAS = {weights[-1]:.2f}")
    part = slice(len(reddit))
    print(json.dumps({
        "judged": len(reddit), "questions": len({row.asked for row in reddit}), "answer": round(float(y[part].mean()), 3), "demo": len(demo),
        "area": round(roc_auc_score(y[part], scores[part]), 3), "area_of_nearness": round(roc_auc_score(y[part], x[part, -2]), 3),
        "ece": round(expected_error(scores[part], y[part]), 3),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
