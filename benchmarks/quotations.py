"""Of the sentences that answers about Reddit quote, how many speak to the question; one JSON line.

    python benchmarks/quotations.py [--unjudged FILE]

All of Reddit's export in `TRUTHGPT_DATASETS` is imported and the questions of `reddit_questions.txt` are asked, without a
language model. What each answer quotes is looked up in `reddit_judged.jsonl`, by question, post and the sentence's SHA-256:
whether a reader who asked that would take it for an answer, in whole or in part. `outright` are the answers of which a sentence is said to
answer more likely than not, beside those of which none is; `brier` and `ece` are of that probability. A quotation that is not judged there is counted as
such, and written to FILE for a reader to judge. `demo` counts what is quoted for the questions written for the demo posts: of how much
the post was named beforehand as answering. `read_one_by_one` counts the judgements in `tests/answer/judged*.jsonl`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import public_sets
from machine import describe
from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.schema import Answer, AnswerEvent
from truthgpt.truth import calibration

HERE = Path(__file__).parent
QUESTIONS, JUDGED = HERE / "reddit_questions.txt", HERE / "reddit_judged.jsonl"
WRITTEN = sorted((HERE.parent / "tests" / "answer").glob("questions*.jsonl"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def answers(questions: list[str], exports: list[Path]) -> Iterator[Answer]:
    """The answer to each question, from the posts of `exports` or, where there are none, from the demo posts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(settings.Settings(Path(folder), settings.QUOTES_ONLY), create=True) as assistant,
    ):
        if exports:
            assistant.import_paths(exports)
        else:
            assistant.import_demo()
        for question in questions:
            *_, last = assistant.ask(question)
            assert isinstance(last, AnswerEvent)
            yield last.answer


def demo() -> dict[str, int]:
    """What is quoted about the demo posts, and how much of it from a post that was named as answering."""
    asked = [json.loads(line) for path in WRITTEN for line in path.read_text(encoding="utf-8").splitlines()]
    quoted = [
        sentence.citations[0] in item["posts"]
        for item, answer in zip(asked, answers([item["question"] for item in asked], []), strict=True)
        for sentence in answer.sentences
        if sentence.citations
    ]
    return {"quoted": len(quoted), "from_a_named_post": sum(quoted)}


def read_one_by_one() -> dict[str, dict[str, int]]:
    """Of the sentences that were shown and read beside their posts, how many these say in their author's own word."""
    found = {}
    for path in sorted(WRITTEN[0].parent.glob("judged*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found[path.stem] = {
            "read": len(rows),
            "entailed": sum(row["entailed"] for row in rows),
            "answer": sum(row["answers"] for row in rows),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--unjudged", type=Path, help="a file for the quotations that nobody has judged")
    arguments = parser.parse_args()
    judged = {
        (row["question"], row["citation"], row["sha256"]): row["answers"]
        for row in map(json.loads, JUDGED.read_text(encoding="utf-8").splitlines())
    }
    questions = QUESTIONS.read_text(encoding="utf-8").splitlines()
    of = {
        True: [0, 0],
        False: [0, 0],
    }  # by whether it is outright: the answers that quote, and those to the point
    unjudged: list[dict[str, str]] = []
    found: list[bool] = []
    said: list[tuple[float, float]] = []
    seconds = []
    exports = sorted(public_sets.folder().glob("reddit/*.csv.gz"))
    for answer in answers(questions, exports):
        seconds.append(answer.seconds)
        told = []
        for sentence in answer.sentences:
            for citation in sentence.citations[:1]:
                row = {"question": answer.question, "citation": citation, "sha256": digest(sentence.text)}
                verdict = judged.get((row["question"], row["citation"], row["sha256"]))
                if verdict is None:
                    unjudged.append(row | {"text": sentence.text})
                else:
                    told.append(verdict)
                    if sentence.answers is not None:
                        said.append((sentence.answers, float(verdict)))
        found += told
        of[answer.outright][0] += any(sentence.citations for sentence in answer.sentences)
        of[answer.outright][1] += any(told)
    if arguments.unjudged:
        arguments.unjudged.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in unjudged), encoding="utf-8"
        )
    print(
        json.dumps(
            {
                "benchmark": "quotations",
                "questions": len(questions),
                "answered": of[True][0] + of[False][0],
                "answered_to_the_point": of[True][1] + of[False][1],
                "outright": of[True][0],
                "outright_to_the_point": of[True][1],
                "quoted": len(found) + len(unjudged),
                "judged": len(found),
                "speak_to_the_question": sum(found),
                "share": round(sum(found) / len(found), 3) if found else None,
                "brier": round(calibration.brier(*np.array(said).T), 3) if said else None,
                "ece": round(calibration.expected_error(*np.array(said).T), 3) if said else None,
                "demo": demo(),
                "read_one_by_one": read_one_by_one(),
                "seconds": round(statistics.median(seconds), 3),
                "machine": describe(),
            }
        )
    )


if __name__ == "__main__":
    main()
