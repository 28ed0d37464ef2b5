"""How long an answer takes, and where the time goes, over the demo posts and over Reddit.

For each corpus: the first verified sentence, the whole answer, everything but the language model, the checking of sentences
alone (all in seconds, the median and the 90th percentile over the questions), and the process's resident memory. The Reddit corpus is read from
`TRUTHGPT_DATASETS`; without it only the demo posts are measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

import public_sets
from machine import describe
from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.schema import AnswerEvent, VerdictEvent
from truthgpt.language.engine import Engine, Message, Sampling
from truthgpt.law import warm
from truthgpt.truth.rules import RuleVerifier
from truthgpt.truth.verifier import Judgement

QUESTIONS = Path(__file__).parents[1] / "tests" / "answer" / "questions.jsonl"
REDDIT = (
    "Should the government be allowed to collect phone records?",
    "Is nuclear power safe?",
    "Should drugs be legal?",
    "What should I do about back pain at a desk job?",
    "Is it worth learning Python as a first language?",
    "How do I lose weight without going to the gym?",
    "What happened at the Boston Marathon?",
    "Who is Edward Snowden?",
    "Is climate change caused by humans?",
    "How should I prepare for a job interview?",
    "What is the best way to save for retirement?",
    "Does gun control reduce crime?",
    "What do people think of circumcision?",
    "How much does it cost to travel in Asia?",
    "Why did Ron Paul lose the nomination?",
    "Is organic food healthier?",
    "How do I stop procrastinating?",
    "Are vaccines dangerous?",
    "What is it like to work in tech support?",
    "Should Israel stop building settlements?",
)


class Timed:
    """An engine that adds up the seconds in which its caller waits for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = engine.name
        self.context = engine.context
        self.seconds = 0.0

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        pieces = self._engine.stream(messages, sampling)
        try:
            while True:
                started = time.perf_counter()
                piece = next(pieces, None)
                self.seconds += time.perf_counter() - started
                if piece is None:
                    return
                yield piece
        finally:
            started = time.perf_counter()
            pieces.close()  # type: ignore[attr-defined]
            self.seconds += time.perf_counter() - started

    def count_tokens(self, text: str) -> int:
        return self._engine.count_tokens(text)


class TimedVerifier:
    """The verifier of answers, which adds up the seconds that it takes."""

    def __init__(self) -> None:
        self._verifier = RuleVerifier()
        self.seconds = 0.0

    def judge(self, claim: str, evidence: Sequence[str]) -> Judgement:
        started = time.perf_counter()
        try:
            return self._verifier.judge(claim, evidence)
        finally:
            self.seconds += time.perf_counter() - started


def measure(data: Path, model: str, questions: Sequence[str], paths: Sequence[Path]) -> dict[str, object]:
    """Seconds and bytes over one corpus, made from `paths` (the demo posts when there are none)."""
    checking = TimedVerifier()
    with Assistant.open(settings.load(data, model), create=True, verifier=checking) as assistant:
        if assistant.count() == 0:
            assistant.import_paths(paths) if paths else assistant.import_demo()
        engine = assistant.engine
        if engine is None:
            raise SystemExit(f"the model {model} is needed: truthgpt model pull --data {data}")
        timed = Timed(engine)
        assistant.__dict__["engine"] = timed
        warm()  # as a server does when it starts: what is loaded once is not an answer's time
        list(assistant.ask(questions[0]))
        first, whole, rest, checks, drafted = [], [], [], [], 0
        for question in questions:
            timed.seconds = checking.seconds = 0.0
            started = time.perf_counter()
            shown: float | None = None
            for event in assistant.ask(question):
                if shown is None and isinstance(event, VerdictEvent) and event.shown:
                    shown = time.perf_counter() - started
                if isinstance(event, AnswerEvent):
                    whole.append(time.perf_counter() - started)
                    drafted += timed.seconds > 0
            if shown is not None:
                first.append(shown)
            rest.append(whole[-1] - timed.seconds)
            if checking.seconds:
                checks.append(checking.seconds)
        return {
            "posts": assistant.count(),
            "questions": len(questions),
            "drafted": drafted,
            "first_sentence_s": _summary(first),
            "answer_s": _summary(whole),
            "without_model_s": _summary(rest),
            "checking_s": _summary(checks),
            "resident_mb": psutil.Process().memory_info().rss // 2**20,
        }


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": round(statistics.median(ordered), 4),
        "p90": round(ordered[int(0.9 * (len(ordered) - 1))], 4),
        "max": round(ordered[-1], 4),
    }


def questions_of(corpus: str) -> list[str]:
    """The questions asked of a corpus: those written for the demo posts, or `REDDIT`."""
    if corpus == "reddit":
        return list(REDDIT)
    return [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--models", type=Path, default=settings.load().models, help="folder with the pulled model"
    )
    parser.add_argument("--model", default=settings.DEFAULT_MODEL)
    parser.add_argument(
        "--corpus", choices=["demo", "reddit"], help="measure one corpus only, in this process"
    )
    options = parser.parse_args()
    reddit = sorted(public_sets.folder().glob("reddit/*.csv.gz"))
    if options.corpus:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "models").symlink_to(options.models.absolute())
            paths = reddit if options.corpus == "reddit" else []
            print(json.dumps(measure(Path(folder), options.model, questions_of(options.corpus), paths)))
        return
    result: dict[str, object] = {"benchmark": "answer", "model": options.model, "machine": describe()}
    for corpus in ["demo", "reddit"] if reddit else ["demo"]:
        # A process each, so that the memory of one is not counted with the other's.
        command = [
            sys.executable,
            __file__,
            "--corpus",
            corpus,
            "--model",
            options.model,
            "--models",
            str(options.models),
        ]
        result[corpus] = json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
