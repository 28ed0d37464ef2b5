"""A run's options in; out, every number it will go by, and what it takes in memory and time: `--dry-run` prints it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from truthgpt.errors import BadInputError
from truthgpt.language.network import Shape
from truthgpt.training import scaling
from truthgpt.training.limits import SCORES
from truthgpt.training.options import Model, Parallel, Pretrain
from truthgpt.training.planner.layout import Job, Layout, Software
from truthgpt.training.planner.memory import Own, kept, tensors
from truthgpt.training.planner.transformer import Transformer
from truthgpt.training.pretraining import fp8
from truthgpt.training.pretraining.checkpoint import Begun

_LOOKS = 20
"""Looks at the validation split in a run."""
_ASSUMED_MFU = 0.4
"""Share of the peak that an estimate of time takes for granted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run in numbers: `steps` of `rows` sequences of `length` tokens, of which a rank computes `micro` at once, at the
    highest rate `rate`; a look at the validation split each `validate` steps."""

    shape: Shape
    steps: int
    rows: int
    length: int
    micro: int
    rate: float
    validate: int

    @property
    def tokens(self) -> int:
        """Tokens that are read."""
        return self.steps * self.rows * self.length

    @property
    def flop(self) -> float:
        return self.tokens * self.shape.flop_per_token(self.length)


def depth_of(model: Model) -> int:
    """The dial's depth, as far as it can be told without a vocabulary: what `scaling.vocabulary_for` goes by."""
    if model.depth is not None:
        return model.depth
    if model.params is not None:
        return scaling.by_parameters(
            scaling.count(model.params, "[model] params"), 32_768, model.context
        ).layers
    return model.layers or 12


def shape_for(model: Model, vocabulary: int) -> Shape:
    """The shape that `model` asks for. Raises `BadInputError` where its parts do not fit together."""
    if model.depth is not None and model.params is not None:
        raise BadInputError("[model] depth and params are one dial; give one of them")
    # Rows in round numbers make faster products; the last of them stand for no token.
    padded = -(-vocabulary // 64) * 64
    if model.params is not None:
        base = scaling.by_parameters(scaling.count(model.params, "[model] params"), padded, model.context)
    else:
        base = scaling.by_depth(depth_of(model), padded, model.context)
    fields = ("width", "layers", "heads", "kv_heads", "hidden", "rope_base", "tied")
    given: dict[str, Any] = {
        name: getattr(model, name) for name in fields if getattr(model, name) is not None
    }
    if "width" in given and "heads" not in given:
        given["heads"] = max(1, given["width"] // scaling.HEAD_WIDTH)
    if "heads" in given and "kv_heads" not in given:
        given["kv_heads"] = scaling.kv_heads_for(given["heads"])
    return dataclasses.replace(base, **given)


def plan(
    model: Model,
    pretrain: Pretrain,
    parallel: Parallel,
    vocabulary: int,
    *,
    ranks: int,
    gpu: bool,
    begun: Begun | None = None,
) -> Plan:
    """The run that these options ask for with `vocabulary` tokens on `ranks` ranks.

    A run of this shape and length that has `begun` keeps its rows a step and its highest rate where the options do not say them: they follow from the tokens to
    read, and more of these must not make another run of it. Raises `BadInputError` where they do not fit together.
    """
    shape = shape_for(model, vocabulary)
    shared = (shape.heads, shape.kv_heads, shape.hidden)
    if any(count % parallel.tensor for count in shared):
        raise BadInputError(
            f"[parallel] {parallel.tensor} ranks cannot share {shape.heads} heads ({shape.kv_heads} of keys) and {shape.hidden} hidden units"
        )
    length = pretrain.length or shape.context
    if not 1 <= length <= shape.context:
        raise BadInputError(
            f"[pretrain] length is {length}; the model reads at most {shape.context} (context in [model])"
        )
    if pretrain.precision == "fp8":
        fp8.require(shape, length, parallel.tensor)
    tokens = (
        scaling.tokens_for(shape)
        if pretrain.tokens is None
        else scaling.count(pretrain.tokens, "[pretrain] tokens")
    )
    flop = tokens * shape.flop_per_token(length)
    batch = (
        scaling.batch_for(flop)
        if pretrain.batch is None
        else scaling.count(pretrain.batch, "[pretrain] batch")
    )
    # Whole rows, the same for any number of ranks; at least ten steps, however little there is to read.
    rows = max(1, min(round(batch / length), tokens // (10 * length)))
    rate = pretrain.rate if pretrain.rate is not None else scaling.rate_for(flop)
    if begun and (begun.shape, begun.length) == (dataclasses.asdict(shape), length):
        rows = begun.rows if pretrain.batch is None else rows
        rate = begun.rate if pretrain.rate is None else rate
    share = -(-rows * parallel.tensor // ranks)
    steps = max(1, round(tokens / (rows * length)))
    micro = pretrain.micro or max(1, (32_768 if gpu else 4_096) // length)
    validate = pretrain.validate or max(1, steps // _LOOKS)
    return Plan(shape, steps, rows, length, min(micro, share), rate, validate)


def memory(
    made: Plan, pretrain: Pretrain, parallel: Parallel, ranks: int, *, half: bool, gpu: bool
) -> dict[str, float]:
    """Bytes of a rank's tensors, by what for; `half` says that it computes in 16 bits, `gpu` on what.

    As `planner.memory` counts them, at the fullest moment of a step; of activations apart what stays from the forward to the
    backward pass, and `backward`, what comes and goes beside it.
    """
    shape, data = made.shape, ranks // parallel.tensor
    network = Transformer(
        shape.layers, shape.width, shape.heads, shape.vocabulary, shape.hidden, shape.kv_heads, shape.head_width,
        tied=shape.tied,
    )  # fmt: skip
    parts = -(-made.rows // (data * made.micro))
    compiled = gpu if pretrain.compile is None else pretrain.compile
    job = Job(
        network,
        made.length,
        parts * data * made.micro,
        optimizer=pretrain.optimizer,
        software=Software(kernels="compiled" if compiled else "eager"),
    )
    layout = Layout(
        parallel.tensor,
        data=data,
        sharding="none" if ranks == 1 else "full",
        replicate=parallel.replicate,
        micro=made.micro,
        recompute=pretrain.recompute,
    )
    own = Own(SCORES["cuda" if gpu else "cpu"], 2 if half else 4, cpu=not gpu)
    held = tensors(job, layout, own)
    stays = min(kept(job, layout, own), held["activations"])
    return {
        "weights": held["weights"],
        "gradients": held["gradients"],
        "optimiser": held["optimizer"],
        "activations": stays,
        "backward": held["activations"] - stays,
        "loss": held["logits"],
        "gathered": held["gathered"],
        "update": held["update"],
    }


def seconds(made: Plan, peak: float, ranks: int) -> float:
    """How long the run takes at four tenths of `peak` FLOP/s a rank."""
    return made.flop / (_ASSUMED_MFU * peak * ranks)
