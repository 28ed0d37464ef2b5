"""Preference tuning: a model learns to prefer the drafts of its own that its evidence carries. Needs the extra `train`.

For each question of the lessons the model writes several drafts; the verifier of `truth` scores them (`drafts.score`). The best
is chosen, the worst rejected, where they are a margin apart, and direct preference optimisation (Rafailov et al. 2023) raises

    log sigmoid(beta · [log p(chosen) - log p(rejected) - the same of the model before])

so that no model of rewards is trained, and what the verifier cannot tell apart changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from truthgpt.answer.prompt import ANSWER_TOKENS
from truthgpt.corpus import durable
from truthgpt.corpus.progress import Report, unheard
from truthgpt.errors import BadInputError
from truthgpt.language.engine import Engine, Message
from truthgpt.training.lessons import lesson_file
from truthgpt.training.lessons.lesson_file import Lesson
from truthgpt.training.lessons.making import CITED, NOT_SAID
from truthgpt.training.tuning import adapters, base_model, course
from truthgpt.training.tuning.drafts import (
    Draft,
    Drafter,
    EngineDrafter,
    ModelDrafter,
    Sampled,
    score,
    seed_of,
)
from truthgpt.training.tuning.encoding import IGNORED, Encoder
from truthgpt.training.tuning.finetune import mean, save
from truthgpt.training.tuning.options import Tuning
from truthgpt.training.tuning.quiet import hush
from truthgpt.truth.rules import RuleVerifier
from truthgpt.truth.trained import TrainedVerifier
from truthgpt.truth.verifier import Verifier

_AT_ONCE = 16
"""Questions whose drafts are written to disk together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefer(Tuning):
    """How to tune; what is not named here as in `Tuning`.

    questions    lessons that are drafted for, at the most; those with passages alone
    drafts       drafts of each, of `tokens` at the most, drawn with `temperature` and `top_p`
    with_answer  whether the lesson's own answer is one more draft: without it a model that never says that the posts do not
                 say does not learn to
    margin       how far apart the best and the worst score must be, from 0 to 1
    verifier     `rules` as answers are checked, or `trained`, which reads more and takes longer
    beta         how dearly the model pays for leaving what it was
    """

    questions: int = 1_000
    drafts: int = 4
    tokens: int = ANSWER_TOKENS
    temperature: float = 0.8
    top_p: float = 0.95
    with_answer: bool = True
    margin: float = 0.3
    verifier: Literal["rules", "trained"] = "rules"
    beta: float = 0.1
    epochs: float = 1.0
    rate: float = 2e-5
    warmup: float = 0.1

    def __post_init__(self) -> None:
        # Not `super()`: a class with slots is another than the one that this was written in.
        Tuning.__post_init__(self)
        if self.drafts + self.with_answer < 2 or self.drafts < 1 or self.questions < 1 or self.tokens < 1:
            raise BadInputError("preferences: two drafts are needed, of one token or more, and a question")
        if self.temperature <= 0 or not 0 < self.top_p <= 1 or not 0 < self.margin <= 1 or self.beta <= 0:
            raise BadInputError(
                "preferences: temperature and beta must be above 0, top_p and margin above 0 and at most 1"
            )


@dataclass(frozen=True, slots=True)
class Preferred:
    """What came of it: the `folder` of the model; `questions` drafted for and `pairs` learned from; the mean `score` of the
    drafts before; `loss`, and `margin`, by how much more likely the chosen became than the rejected, in nats times beta, both
    of the last tenth of the `steps`, and `first_margin` of the first; tokens `read` in all; `seconds` of this process."""

    folder: Path
    questions: int
    pairs: int
    score: float
    steps: int
    loss: float
    margin: float
    first_margin: float
    read: int
    seconds: float


class Pair(NamedTuple):
    """Two drafts of one answer, the better one first."""

    lesson: Lesson
    chosen: str
    rejected: str


def run(options: Prefer, report: Report = unheard, *, engine: Engine | None = None) -> Preferred:
    """Tune as `options` say, from where a run with the same options stopped; `engine` writes the drafts where one is given.

    Raises `BadInputError` where the base is no model, the lessons hold no question, or the drafts of none are far enough
    apart; otherwise as `finetune.run`.
    """
    started = time.perf_counter()
    base_model.check(options.base)
    lessons = list(islice(_asked(options.lessons), options.questions))
    if not lessons:
        raise BadInputError(
            f"{options.lessons} holds no question with passages: there is nothing to draft for"
        )
    about = course.about(options, options.lessons) | {"base": base_model.digest(options.base)}
    if (done_before := course.finished(options.out, about)) is not None:
        return Preferred(options.out, **done_before)
    with course.Workshop(options.out, about) as workshop:
        hush()
        encoder = Encoder(base_model.open_tokenizer(options.base))
        model = base_model.open_model(options.base)
        drafter = EngineDrafter(engine) if engine else ModelDrafter(_placed(model), encoder)
        found = list(_drafted(lessons, drafter, options, workshop.drafts, report))
        verifier: Verifier = RuleVerifier() if options.verifier == "rules" else TrainedVerifier()
        pairs, scores = paired(lessons, found, verifier, options, report)
        length = min(options.length or base_model.context_of(model), base_model.context_of(model))
        rows = [
            row
            for pair in pairs
            if len((row := _row(pair, encoder))["chosen_ids"]) and _longest(row) <= length
        ]
        if not rows:
            raise BadInputError(
                f"no question has two drafts that are {options.margin} apart and fit {length} tokens: draw more drafts"
            )
        trainer = _trainer(model, encoder.tokenizer, rows, options, workshop.checkpoints)
        seen = course.watch(trainer, "preferring", report)
        done = course.train(trainer, seen, workshop.last())
        logs = [entry for entry in trainer.state.log_history if "loss" in entry]
        last = logs[-max(1, len(logs) // 10) :]
        result = Preferred(
            folder=options.out,
            questions=len(lessons),
            pairs=len(rows),
            score=mean(scores),
            steps=int(done.global_step),
            loss=mean([entry["loss"] for entry in last]),
            margin=mean([entry["rewards/margins"] for entry in last]),
            first_margin=logs[0]["rewards/margins"],
            read=round(options.epochs * sum(map(_tokens, rows))),
            seconds=round(time.perf_counter() - started, 3),
        )
        with course.writing(options.out):
            save(trainer.model, options, workshop.made)
            course.note(workshop.made, about, options.base, [entry["loss"] for entry in logs], result)
        workshop.finish()
    return result


def paired(
    lessons: list[Lesson],
    found: list[list[Draft]],
    verifier: Verifier,
    options: Prefer,
    report: Report = unheard,
) -> tuple[list[Pair], list[float]]:
    """The pairs that are far enough apart, and the mean score of each question's own drafts."""
    pairs, scores = [], []
    for number, (lesson, drafts) in enumerate(zip(lessons, found, strict=True), start=1):
        asked, answered = lesson.messages[lesson.given - 1], lesson.kind == CITED
        own = [score(draft, asked, verifier, answered=answered) for draft in drafts]
        scores.append(mean(own))
        ranked = [(value, draft.text) for value, draft in zip(own, drafts, strict=True) if draft.text]
        if options.with_answer:
            answer = Draft(lesson.messages[-1].content)
            ranked.append((score(answer, asked, verifier, answered=answered), answer.text))
        if ranked:
            best, worst = max(ranked, key=_by_score), min(ranked, key=_by_score)
            if best[0] - worst[0] >= options.margin:
                pairs.append(Pair(lesson, best[1], worst[1]))
        report("scoring drafts", number, len(lessons), "questions")
    return pairs, scores


def _by_score(ranked: tuple[float, str]) -> float:
    return ranked[0]


def _asked(path: Path) -> Iterator[Lesson]:
    for lesson in lesson_file.read(path):
        if lesson.kind in (CITED, NOT_SAID) and lesson.given == len(lesson.messages) - 1:
            yield lesson


def _placed(model: Any) -> Any:
    import torch

    return model.to("cuda") if torch.cuda.is_available() else model


def _drafted(
    lessons: list[Lesson], drafter: Drafter, options: Prefer, kept: Path, report: Report
) -> Iterator[list[Draft]]:
    """The drafts for each lesson; those of a run before this one are read, not drawn again."""
    known = [[Draft(text, ended) for text, ended in row["drafts"]] for row in durable.lines(kept)]
    yield from known[: len(lessons)]
    how = Sampled(options.drafts, options.tokens, options.temperature, options.top_p)
    for start in range(len(known), len(lessons), _AT_ONCE):
        made = []
        for lesson in lessons[start : start + _AT_ONCE]:
            asked = lesson.messages[: lesson.given]
            made.append(drafter.drafts(asked, how, seed_of(options.seed, asked)))
            report("drafting", start + len(made), len(lessons), "questions")
        durable.append(kept, [{"drafts": [[one.text, one.ended] for one in drafts]} for drafts in made])
        yield from made


def _row(pair: Pair, encoder: Encoder) -> dict[str, list[int]]:
    asked = pair.lesson.messages[: pair.lesson.given]
    row: dict[str, list[int]] = {}
    for name, text in (("chosen", pair.chosen), ("rejected", pair.rejected)):
        encoded = encoder(Lesson((*asked, Message("assistant", text)), pair.lesson.kind, len(asked)))
        said = [place for place, label in enumerate(encoded.labels) if label != IGNORED]
        row["prompt_ids"] = encoded.input_ids[: said[0]] if said else encoded.input_ids
        row[f"{name}_ids"] = [encoded.input_ids[place] for place in said]
    return row


def _longest(row: dict[str, list[int]]) -> int:
    return len(row["prompt_ids"]) + max(len(row["chosen_ids"]), len(row["rejected_ids"]))


def _tokens(row: dict[str, list[int]]) -> int:
    """Tokens of both answers, each behind the prompt."""
    return 2 * len(row["prompt_ids"]) + len(row["chosen_ids"]) + len(row["rejected_ids"])


def _trainer(
    model: Any, tokenizer: Any, rows: list[dict[str, list[int]]], options: Prefer, checkpoints: Path
) -> Any:
    import datasets  # type: ignore[import-untyped]
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    class Quiet(course.Silent, DPOTrainer):
        def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
            return dataset  # it is tokens already

    config = DPOConfig(**course.arguments(options, checkpoints), max_length=None, beta=options.beta)
    return Quiet(
        model=model,
        args=config,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=adapters.config(options.lora) if options.lora else None,
    )
