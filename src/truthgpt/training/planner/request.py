"""What a person asks for, in few words, made into what a plan needs: a network by name or size, a batch, a budget."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Final, Literal

import pyarrow.compute as pc

from truthgpt.corpus.scan import scan
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.training import scaling
from truthgpt.training.planner.failures import Failures, for_run
from truthgpt.training.planner.layout import MODERN, Job, Software, shareable
from truthgpt.training.planner.machine import Machine
from truthgpt.training.planner.optimum import Optimum, flop_of, optimum
from truthgpt.training.planner.planned import Link, Planned, planned
from truthgpt.training.planner.search import ANY, MOST, Wanted
from truthgpt.training.planner.transformer import KNOWN, Transformer, by_size

AUTO: Final = "auto"
"""The model that gives the least loss for the accelerators and days at hand."""
MOST_BATCH: Final = 16 * 2**20
"""Tokens of a step at the most, where nobody says how many: as many as Llama 3 405B read (Grattafiori et al. 2024); the law of `scaling.batch_for`
was fitted far below."""
BYTES_A_TOKEN: Final = 4.0
"""UTF-8 bytes of a token, where no tokenizer was trained yet."""
LENGTH: Final = 8_192
"""Tokens of a sequence, where nobody says."""
LONGEST: Final = 2**24
"""Tokens of a sequence at the most."""
_GUESS: Final = 0.35
"""MFU with failures that a budget is first reckoned with; then with what the plan says."""
_ROUNDS: Final = 4


USUAL: Final = Failures()
"""Failures as Llama 3 had them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the planner. `transformer` None asks for the model whose loss is least for `days`; of `tokens` and `days` one may be
    given, else 20 tokens a parameter are read. `batch` is in tokens, `unique` the tokens that there are to read. Where `failures_scale`, what a checkpoint
    costs goes by the model and the accelerators (`failures.for_run`)."""

    transformer: Transformer | None
    ranks: int
    machine: Machine
    tokens: int | None = None
    days: float | None = None
    length: int = LENGTH
    batch: int | None = None
    precision: Literal["bfloat16", "fp8"] = "bfloat16"
    optimizer: Literal["adamw", "muon"] = "adamw"
    software: Software = MODERN
    wanted: Wanted = ANY
    unique: int | None = None
    link: Link | None = None
    failures: Failures = USUAL
    failures_scale: bool = True
    counts: tuple[int, ...] = ()
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.ranks <= MOST:
            raise BadInputError(f"{self.ranks:,} accelerators: a plan is for 1 to {MOST:,}")
        if not 1 <= self.length <= LONGEST:
            raise BadInputError(f"a sequence of {self.length:,} tokens: a plan is for 1 to {LONGEST:,}")
        if self.days is not None and not 0 < self.days <= 36_500:
            raise BadInputError(
                f"{self.days:g} days: a plan is for more than none and at most a hundred years"
            )
        if self.days is not None and self.tokens is not None:
            raise BadInputError(
                "give the tokens to read or the days at hand, not both: one follows from the other"
            )
        if self.transformer is None and self.days is None:
            raise BadInputError(f"{AUTO} needs the days at hand: the best model is the best for them")
        if self.precision == "fp8" and not self.machine.accelerator.fp8:
            raise BadInputError(f"{self.machine.name} has no products in eight bits; plan in bfloat16")


def answered(asked: Asked) -> Planned:
    """The plan. Raises `BadInputError` where nothing fits, which says why."""
    if asked.transformer is None:
        return _best_for(asked)
    tokens = asked.tokens or scaling.TOKENS_A_PARAMETER * asked.transformer.active_parameters
    if asked.days is None:
        made = _planned(asked, asked.transformer, tokens)
        return (
            made if asked.unique is None else dataclasses.replace(made, optimum=_stated(made, asked.unique))
        )
    # How much is read in these days depends on the batch, and the batch on how much is read.
    for last in (False, False, True):
        made = _planned(asked, asked.transformer, tokens, last=last)
        tokens = max(
            made.job.tokens, int(asked.days / made.wall * made.tokens) if made.wall < math.inf else 0
        )
    return dataclasses.replace(made, optimum=_stated(made, asked.unique))


def network(named: str) -> Transformer:
    """The network called `named` ("llama3-70b"), or one of that size ("70B"). Raises `BadInputError`."""
    known = KNOWN.get(named.lower())
    if known is not None:
        return known
    try:
        size = scaling.count(named, "the model")
    except BadInputError:
        raise BadInputError(
            f"no model is called {named!r}; there are {', '.join(KNOWN)}, or give a size (70B), a run's TOML file, or {AUTO}"
        ) from None
    return by_size(size)


def batch(tokens: int, transformer: Transformer, length: int, ranks: int) -> int:
    """Sequences of a step for a run of `tokens` tokens: near what `scaling.batch_for` says, and a number that `ranks` share well."""
    flop = float(tokens) * transformer.flop_per_token(length)
    rows = max(1, min(scaling.batch_for(flop), MOST_BATCH, tokens) // length)
    return shareable(rows, ranks)


def corpus_tokens(store: Store) -> int:
    """Tokens of the posts of the newest version that may be trained on, at `BYTES_A_TOKEN`. Raises `BadInputError` where there are none."""
    size = 0
    for read in scan(store.snapshot(), store.path, ("text", "training")):
        texts = pc.filter(read.column("text"), read.column("training"))
        size += pc.sum(pc.binary_length(texts)).as_py() or 0
    if not size:
        raise BadInputError("the corpus holds no posts that may be trained on; import some first")
    return max(1, round(size / BYTES_A_TOKEN))


def _best_for(asked: Asked) -> Planned:
    """The plan of the model whose loss is least. What the accelerators do in the days at hand depends on the model, and the model on
    that: reckoned in turns until the size stands."""
    assert asked.days is not None
    transformer: Transformer | None = None
    flop = asked.ranks * asked.days * 86_400 * asked.machine.accelerator.bfloat16 * _GUESS
    for _ in range(_ROUNDS):
        found = optimum(flop, asked.unique)
        before, transformer = transformer, by_size(found.parameters)
        if transformer == before:
            break
        made = _planned(asked, transformer, found.tokens, last=False)
        # What the laws count of the run that fills the days: six for each weight and token.
        flop *= asked.days / made.wall if made.wall < math.inf else 0.5
    made = answered(dataclasses.replace(asked, transformer=transformer))
    return dataclasses.replace(
        made, optimum=optimum(flop_of(made.job.transformer.active_parameters, made.tokens), asked.unique)
    )


def _planned(asked: Asked, transformer: Transformer, tokens: int, *, last: bool = True) -> Planned:
    """The plan for `tokens`; what stands around it only where it is the `last` one."""
    if asked.batch is None:
        rows = batch(tokens, transformer, asked.length, asked.ranks)
    else:
        rows = asked.batch // asked.length
        if not rows:
            raise BadInputError(
                f"a batch of {asked.batch:,} tokens is less than one sequence of {asked.length:,}"
            )
    job = Job(transformer, asked.length, rows, asked.precision, asked.optimizer, asked.software)
    return planned(
        job,
        asked.machine,
        asked.ranks,
        max(tokens, job.tokens),
        for_run(asked.failures, transformer.parameters, asked.ranks)
        if asked.failures_scale
        else asked.failures,
        wanted=asked.wanted,
        counts=asked.counts if last else (),
        link=asked.link,
        seed=asked.seed,
        around=last,
    )


def _stated(made: Planned, unique: int | None) -> Optimum:
    """What the law of loss says of a plan whose model is given."""
    parameters = made.job.transformer.active_parameters
    return optimum(flop_of(parameters, made.tokens), unique, parameters)
