"""The stages of a run, each from its folder to its folder, so that any may be run again or go on where it stopped.

OUT/tokenizer.json, compression.json      tokenizer
OUT/shards/                               token shards, made by the first stage that needs them
OUT/pretraining/                          checkpoints, journal, picture
OUT/pretrained/                           pretrain: a folder in Hugging Face's layout, with its card
OUT/lessons.jsonl, finetuned/             finetune
OUT/preferred/                            prefer
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import torch
import torch.distributed as dist

from truthgpt.corpus import durable
from truthgpt.corpus.progress import Report
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, MissingError, StoppedError, TruthGPTError
from truthgpt.language import hugging_face, vocabulary
from truthgpt.training import scaling
from truthgpt.training.data import manifest, shard_writing, tokenizing
from truthgpt.training.data.documents import documents
from truthgpt.training.data.loader import Loader
from truthgpt.training.data.mixture import Data, Mixture
from truthgpt.training.data.shards import ShardSet
from truthgpt.training.data.splits import TRAIN, VALIDATION
from truthgpt.training.data.tokenizing import TokenizerOptions
from truthgpt.training.lessons import making, origin
from truthgpt.training.models import card
from truthgpt.training.options import Model, Parallel, Pretrain, Run
from truthgpt.training.pretraining import loop, machine
from truthgpt.training.pretraining import plan as planning
from truthgpt.training.pretraining.checkpoint import CHECKPOINTS, begun, latest
from truthgpt.training.pretraining.world import World, joined
from truthgpt.training.tuning import course, finetune, preferences

COMPRESSION: Final = "compression.json"
SHARDS: Final = "shards"
PRETRAINING: Final = "pretraining"
PRETRAINED: Final = "pretrained"
LESSONS: Final = "lessons.jsonl"
COUNTS: Final = "lessons.json"
FINETUNED: Final = "finetuned"
PREFERRED: Final = "preferred"


def tokenizer(run: Run, store: Store, report: Report) -> tokenizing.Compression:
    """Train the run's tokenizer on `store`; how well it packs. Raises `BadInputError` where there is no text."""
    options = run.section("tokenizer", TokenizerOptions)
    if "size" not in run.sections.get("tokenizer", {}):
        options = replace(
            options, size=scaling.vocabulary_for(planning.depth_of(run.section("model", Model)))
        )
    with documents(store, run.out / ".near", report) as found:
        made, compression = tokenizing.train(found, options, run.section("data", Data))
    durable.write(run.out / COMPRESSION, orjson.dumps(compression.as_dict(), option=orjson.OPT_INDENT_2))
    vocabulary.save(made, run.out)
    return compression


def shards(run: Run, store: Store, report: Report) -> ShardSet:
    """The run's shards: those that are there, where they are of this tokenizer and split, and hold no forgotten post, else new ones.

    Raises `MissingError` where there is no tokenizer yet, `BadInputError` where they would have to be new ones under a run
    that has begun to read them.
    """
    tokens = vocabulary.load(run.out)
    folder, options = run.out / SHARDS, run.section("data", Data)
    if (folder / manifest.FILE).is_file():
        going_on = latest(run.out / PRETRAINING / CHECKPOINTS) is not None
        try:
            found = ShardSet.open(folder)
            found.require_tokenizer(tokens)
            found.require_current(store)
            found.require_split(options.validation, options.validation_documents)
            if going_on or found.manifest.corpus == store.version:
                return found
        except BadInputError as error:
            if going_on:
                raise BadInputError(
                    f"{error}: put the options back, or remove {folder}, and {run.out / PRETRAINING} too where it is to begin anew"
                ) from None
    shard_writing.write(store, folder, tokens, options, report)
    return ShardSet.open(folder)


def check(run: Run) -> None:
    """Read every section of the run's file. Raises `BadInputError` on what is not known or does not fit."""
    run.section("tokenizer", TokenizerOptions)
    run.section("data", Data)
    run.section("model", Model)
    run.section("pretrain", Pretrain)
    run.section("parallel", Parallel)
    run.section("lessons", making.Lessons)
    _finetune(run)
    _prefer(run)


def _finetune(run: Run) -> finetune.Finetune:
    base, lessons, out = (str(run.out / name) for name in (PRETRAINED, LESSONS, FINETUNED))
    return run.section("finetune", finetune.Finetune, {"base": base, "lessons": lessons, "out": out})


def _prefer(run: Run) -> preferences.Prefer:
    tuned, out = _finetune(run), str(run.out / PREFERRED)
    return run.section(
        "prefer", preferences.Prefer, {"base": str(tuned.out), "lessons": str(tuned.lessons), "out": out}
    )


def plan(run: Run, *, ranks: int, gpu: bool) -> planning.Plan:
    """The numbers that pretraining will go by: of the run's tokenizer, or of the one it would make."""
    model = run.section("model", Model)
    if (run.out / vocabulary.FILE).is_file():
        size = vocabulary.load(run.out).get_vocab_size()
    else:
        size = run.section("tokenizer", TokenizerOptions).size
        if "size" not in run.sections.get("tokenizer", {}):
            size = scaling.vocabulary_for(planning.depth_of(model))
    return planning.plan(
        model,
        run.section("pretrain", Pretrain),
        run.section("parallel", Parallel),
        size,
        ranks=ranks,
        gpu=gpu,
        begun=begun(run.out / PRETRAINING / CHECKPOINTS),
    )


def pretrain(run: Run, store: Store, report: Report) -> loop.Trained:
    """Train a network from nothing on the run's shards, from where it stopped. Every rank of the run calls this.

    Raises `BadInputError` where options, shards and checkpoints do not fit together, `MissingError` where there is no
    tokenizer, a rank stays away or the disk is full, `StoppedError` where a signal asked to stop.
    """
    options, parallel = run.section("pretrain", Pretrain), run.section("parallel", Parallel)
    with joined(parallel) as world:
        made = plan(run, ranks=world.size, gpu=world.device.type == "cuda")
        found = _shards_of_rank_0(run, store, report, world)
        data = run.section("data", Data)
        mixture = Mixture(data.communities, data.languages)
        rows = Loader(found, TRAIN, made.length, made.rows, options.seed, mixture)
        held = _held_out(found, made.length)
        lengths = tokenizing.byte_lengths(vocabulary.load(run.out))
        # Rows that stand for no token, since vocabularies are rounded up.
        lengths = np.pad(lengths, (0, made.shape.vocabulary - len(lengths)))
        trainer = loop.Trainer(
            made,
            options,
            world,
            run.out / PRETRAINING,
            rows,
            held,
            lengths,
            {
                "tokenizer": found.manifest.tokenizer,
                "validation": data.validation,
                "validation_documents": data.validation_documents,
                "weights_of_communities": dict(sorted(data.communities.items())),
                "weights_of_languages": dict(sorted(data.languages.items())),
            },
        )
        trained = trainer.run(report)
        if not trained.done:
            raise StoppedError(f"stopped at step {trained.step:,} of {made.steps:,}; run it again to go on")
        weights = trainer.whole_weights()
        if world.rank == 0:
            _write(run, made, found, trained, weights)
    return trained


def finetuned(run: Run, store: Store, report: Report) -> finetune.Finetuned:
    """Make lessons of `store`, where there are none yet or they hold what it has forgotten, and tune the pretrained model on them; or the
    base that the section names. Raises what `making.build` and `finetune.run` do."""
    options = _finetune(run)
    own = "lessons" not in run.sections.get("finetune", {})
    gone = origin.forgotten(store, options.lessons) if own and options.lessons.is_file() else None
    if gone and options.out.is_dir() and any(options.out.iterdir()):
        raise BadInputError(
            f"{options.out} learned from posts that are no longer in the corpus or may not be trained on; remove it to make it anew"
        )
    if own and (gone or not options.lessons.is_file()):
        data = run.section("data", Data)
        same = {"validation": data.validation, "validation_documents": data.validation_documents}
        given = {"tokenizer": str(run.out), **same}
        counts = making.build(
            store, options.lessons, run.section("lessons", making.Lessons, given), report=report
        )
        durable.write(run.out / COUNTS, orjson.dumps(counts.as_dict(), option=orjson.OPT_INDENT_2))
    made = finetune.run(options, report)
    _carded(options.base, options.out, "finetune", made.read, made.steps, made.seconds, made.loss)
    return made


def preferred(run: Run, store: Store, report: Report) -> preferences.Preferred:
    """Tune the fine-tuned model towards those of its drafts that the evidence carries.

    Raises `BadInputError` where the lessons hold a post that `store` has forgotten, or the model learned from others than these, and what
    `preferences.run` does.
    """
    options = _prefer(run)
    given = run.sections.get("prefer", {}).keys()
    own = "lessons" not in given | run.sections.get("finetune", {}).keys()
    if own and options.lessons.is_file() and origin.forgotten(store, options.lessons):
        raise BadInputError(
            f"{options.lessons} holds posts that are no longer in the corpus or may not be trained on; run finetune again"
        )
    if not {"lessons", "base"} & given and not course.learned_from(options.base, options.lessons):
        raise BadInputError(f"{options.base} learned from other lessons; remove it and run finetune again")
    made = preferences.run(options, report)
    # What the model that it is held against reads of the same, forward alone, is not counted: a third as much again.
    _carded(options.base, options.out, "prefer", made.read, made.steps, made.seconds, made.loss)
    return made


def _shards_of_rank_0(run: Run, store: Store, report: Report, world: World) -> ShardSet:
    """Rank 0 makes the shards, or says why not; the others wait, for days if need be, and open them."""
    if world.alone:
        return shards(run, store, report)
    waiting = dist.new_group(backend="gloo", timeout=timedelta(days=7))
    failure: list[TruthGPTError | None] = [None]
    if world.rank == 0:
        try:
            shards(run, store, report)
        except TruthGPTError as error:
            failure = [error]
    dist.broadcast_object_list(failure, src=0, group=waiting)
    if failure[0]:
        raise failure[0]
    return ShardSet.open(run.out / SHARDS)


def _held_out(found: ShardSet, length: int) -> Loader | None:
    """The validation split in rows, None where it does not fill one."""
    rows = _looked_at(found, length)
    return Loader(found, VALIDATION, length, rows, 0) if rows else None


def _looked_at(found: ShardSet, length: int) -> int:
    """Sequences of the validation split that a look reads."""
    return min(found.manifest.splits[VALIDATION].amount.tokens // (length + 1), loop.LOOK_ROWS)


def _write(
    run: Run,
    made: planning.Plan,
    found: ShardSet,
    trained: loop.Trained,
    weights: dict[str, torch.Tensor],
) -> None:
    """The trained network as a folder, with what is known of it."""
    folder = run.out / PRETRAINED
    split, held = found.manifest.splits[TRAIN], found.manifest.splits[VALIDATION]
    figures: tuple[card.Figure, ...] = ()
    if trained.bits_per_byte is not None:
        figures = (
            card.Figure(
                "bits per byte, sequences of held-out posts",
                trained.bits_per_byte,
                "bits per byte",
                _looked_at(found, made.length),
            ),
        )
    facts = card.Training(
        name=run.out.name,
        shape=made.shape,
        data=card.Data(
            version=found.manifest.corpus,
            content_hash=found.manifest.content_hash,
            documents=split.amount.documents,
            tokens=split.amount.tokens,
            held_out=held.amount.documents,
            languages={name: amount.tokens for name, amount in split.languages.items()},
            communities={name: amount.tokens for name, amount in split.communities.items()},
            left_out=dict(found.manifest.left_out),
        ),
        stages=tuple(
            card.Stage(
                "pretrain",
                period.steps * made.rows * made.length,
                made.length,
                period.steps,
                period.seconds,
                period.hardware,
                trained.loss if period is trained.periods[-1] else None,
            )
            for period in trained.periods
        ),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        figures=figures,
    )
    if _is_written(folder, facts):
        return
    from truthgpt.language.network import Network

    with torch.device("meta"):
        network = Network(made.shape)
    network.load_state_dict(weights, assign=True, strict=not made.shape.tied)
    if made.shape.tied:
        network.lm_head.weight = network.model.embed_tokens.weight
    hugging_face.write(network, folder)
    hugging_face.write_tokenizer(run.out, folder)
    card.write(folder, facts)


def _is_written(folder: Path, facts: card.Training) -> bool:
    """Whether the model of these `facts` is in `folder`. Then it stays: its card may tell what was measured since."""
    try:
        there = card.read(folder)
    except TruthGPTError:
        return False
    same = (there.stages, there.shape, there.data) == (facts.stages, facts.shape, facts.data)
    return same and any(folder.glob("*.safetensors"))


def _carded(
    base: Path, folder: Path, name: str, tokens: int, steps: int, seconds: float, loss: float
) -> None:
    """Give the model in `folder` the card of its base, with one stage more; a base that has none leaves none, and a card that
    is there stays: it may tell what was measured since."""
    if (folder / card.CARD).is_file():
        return
    try:
        facts = card.read(base)
    except MissingError:
        return
    stage = card.Stage(name, tokens, facts.shape.context, steps, seconds, machine.hardware(), loss)
    # What was measured of the base is not true of this one.
    card.write(
        folder,
        replace(
            facts,
            stages=(*facts.stages, stage),
            figures=(),
            inspection=None,
            when=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )
