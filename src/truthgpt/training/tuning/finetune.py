"""Supervised fine-tuning: a model and lessons in, the model that has learned them out. Needs the extra `train`.

Any causal model in Hugging Face's layout may be the base, one's own as `language.hugging_face` writes it or another's. The
loss is the cross-entropy of what the assistant says (`encoding`), and nothing else of a conversation. With a `rank`, LoRA
adapters are trained and the base is not touched. `trl`'s trainer runs the steps; it never builds all logits at once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truthgpt.corpus.progress import Report, unheard
from truthgpt.errors import BadInputError
from truthgpt.training.lessons import lesson_file
from truthgpt.training.tuning import adapters, base_model, course
from truthgpt.training.tuning.encoding import Encoded, Encoder
from truthgpt.training.tuning.options import Tuning
from truthgpt.training.tuning.quiet import hush

ADAPTER = "adapter"
"""The folder in a merged model's that holds the adapter alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finetune(Tuning):
    """How to tune; all of it as in `Tuning`."""


@dataclass(frozen=True, slots=True)
class Finetuned:
    """What came of it: the `folder` of the model, `steps` done, `loss` of the last tenth of them and `first_loss` of the
    first, nats a token; `lessons` learned and how many were `left_out` as too long; `tokens` learned of in an epoch, and `read`
    in all; `seconds` of this process."""

    folder: Path
    steps: int
    loss: float
    first_loss: float
    lessons: int
    left_out: int
    tokens: int
    read: int
    seconds: float


def run(options: Finetune, report: Report = unheard) -> Finetuned:
    """Tune as `options` say, from where a run with the same options stopped.

    Raises `BadInputError` where the base is no model, the lessons are none or all too long, or `out` is there; `MissingError`
    where files are not there or the disk is full; `KeyboardInterrupt` once it is stopped and can be taken up again.
    """
    started = time.perf_counter()
    base_model.check(options.base)
    lessons = list(lesson_file.read(options.lessons))
    if not lessons:
        raise BadInputError(f"{options.lessons} is empty: there is nothing to learn")
    about = course.about(options, options.lessons) | {"base": base_model.digest(options.base)}
    if (done_before := course.finished(options.out, about)) is not None:
        return Finetuned(options.out, **done_before)
    with course.Workshop(options.out, about) as workshop:
        hush()
        import datasets  # type: ignore[import-untyped]

        tokenizer = base_model.open_tokenizer(options.base)
        encode = Encoder(tokenizer)
        model = base_model.open_model(options.base)
        length = min(options.length or base_model.context_of(model), base_model.context_of(model))
        rows = [encoded for lesson in lessons if len((encoded := encode(lesson)).input_ids) <= length]
        if not rows:
            raise BadInputError(
                f"all {len(lessons)} lessons in {options.lessons} are longer than {length} tokens"
            )
        data = datasets.Dataset.from_list([row._asdict() for row in rows])
        trainer = _trainer(model, tokenizer, data, options, workshop.checkpoints)
        seen = course.watch(trainer, "fine-tuning", report)
        done = course.train(trainer, seen, workshop.last())
        losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
        result = Finetuned(
            folder=options.out,
            steps=int(done.global_step),
            loss=mean(losses[-max(1, len(losses) // 10) :]),
            first_loss=losses[0],
            lessons=len(rows),
            left_out=len(lessons) - len(rows),
            tokens=_learned(rows),
            read=round(options.epochs * sum(len(row.input_ids) for row in rows)),
            seconds=round(time.perf_counter() - started, 3),
        )
        with course.writing(options.out):
            save(trainer.model, options, workshop.made)
            course.note(workshop.made, about, options.base, losses, result)
        workshop.finish()
    return result


def save(model: Any, options: Tuning, folder: Path) -> None:
    """Put the tuned `model` into `folder`: a model in Hugging Face's layout, or the adapter alone where none is merged."""
    if options.lora is None:
        base_model.write(model, options.base, folder)
    elif options.merge:
        model.save_pretrained(folder / ADAPTER)
        base_model.write(model.merge_and_unload(), options.base, folder)
    else:
        model.save_pretrained(folder)
        base_model.carry(options.base, folder)
        (
            folder / base_model.CONFIG
        ).unlink()  # the folder is an adapter's: a model's configuration would belie it


def _trainer(model: Any, tokenizer: Any, data: Any, options: Finetune, checkpoints: Path) -> Any:
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    class Quiet(course.Silent, SFTTrainer):
        pass

    arguments = course.arguments(options, checkpoints)
    # Lessons are tokens already, and those too long are left out.
    config = SFTConfig(**arguments, max_length=None, dataset_kwargs={"skip_prepare_dataset": True})
    return Quiet(
        model=model,
        args=config,
        train_dataset=data,
        processing_class=tokenizer,
        peft_config=adapters.config(options.lora) if options.lora else None,
    )


def _learned(rows: list[Encoded]) -> int:
    return sum(label >= 0 for row in rows for label in row.labels)


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
