"""A run's TOML file in; typed options out, each with its default. What is not known is refused by name.

out = "runs/mine"          # relative to the file
[model]
depth = 12                 # or params = "124M": the one dial; each part of the shape may be set beside it
[pretrain]
rate = 0.002
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from truthgpt.errors import BadInputError, MissingError

T = TypeVar("T")

SECTIONS = ("tokenizer", "data", "model", "pretrain", "parallel", "lessons", "finetune", "prefer")


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A run: the folder `out` that holds all it makes, and the sections of its file, not yet looked into. Paths in the file
    are relative to `folder`, where it lies."""

    folder: Path
    out: Path
    sections: Mapping[str, Mapping[str, Any]]

    def section(self, name: str, kind: type[T], defaults: Mapping[str, Any] | None = None) -> T:
        """The section `name` as a `kind`, a frozen dataclass, with `defaults` where it says nothing.

        Raises `BadInputError` on what the dataclass has not, or a wrong type.
        """
        values = {**(defaults or {}), **self.sections.get(name, {})}
        return section(values, kind, name, self.folder)


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """The dial, `depth` or `params`, and parts of the shape that are to be otherwise."""

    depth: int | None = None
    params: int | float | str | None = None
    context: int = 2_048
    width: int | None = None
    layers: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    hidden: int | None = None
    rope_base: float | None = None
    tied: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Pretrain:
    """How to train. What is None follows from the dial (`scaling`).

    tokens, batch   to read in all and in a step
    length          tokens of a sequence; None: the model's context
    micro           sequences a rank computes at once; None: about 4,096 tokens on a CPU, 32,768 on a GPU
    optimizer       `muon` (matrices; the rest by AdamW) or `adamw`
    rate, floor     highest learning rate; the share of it that is left at the end
    warmup, cooldown shares of the steps in which the rate rises and falls; between them it is steady
    beta1, beta2    what AdamW keeps of its means of gradients and of their squares from step to step; `momentum`, what Muon keeps
    decay, clip     weight decay a step at rate 1; the gradient's largest norm
    spike           a step whose gradient is this many times the usual norm is skipped; 0: none is
    patience        steps skipped one after the other from which the run ends
    precision       `float32`, `bfloat16`, `fp8` (matrices; Hopper and newer); `auto`: bfloat16 where the machine computes it fast
    compile         torch.compile of each block, and on a GPU of the loss; None: on a GPU
    recompute       activations made anew in the backward pass: `none`, `selective` (all but matrix products), `full`
    validate        steps between two looks at the validation split; None: twenty in a run
    checkpoint      seconds between two checkpoints; `checkpoint_steps`, where given, counts steps instead
    keep            checkpoints that are kept
    """

    tokens: int | float | str | None = None
    batch: int | float | str | None = None
    length: int | None = None
    micro: int | None = None
    optimizer: Literal["muon", "adamw"] = "muon"
    rate: float | None = None
    floor: float = 0.0
    warmup: float = 0.02
    cooldown: float = 0.4
    beta1: float = 0.9
    beta2: float = 0.95
    momentum: float = 0.95
    decay: float = 0.1
    clip: float = 1.0
    spike: float = 10.0
    patience: int = 25
    seed: int = 1
    precision: Literal["auto", "float32", "bfloat16", "fp8"] = "auto"
    compile: bool | None = None
    recompute: Literal["none", "selective", "full"] = "none"
    validate: int | None = None
    checkpoint: float = 600.0
    checkpoint_steps: int | None = None
    keep: int = 2

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not 0 <= value < math.inf:
                raise BadInputError(f"[pretrain] {field.name} is {value}; it is a number from 0 on")
        for name in ("length", "micro", "validate", "checkpoint_steps", "keep", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise BadInputError(f"[pretrain] {name} is {value}; it is at least 1")
        for name in ("beta1", "beta2", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise BadInputError(f"[pretrain] {name} is {getattr(self, name)}; it is from 0 to below 1")
        shares = {"warmup": self.warmup, "cooldown": self.cooldown, "floor": self.floor}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise BadInputError(f"[pretrain] {name} is {share}; it is a share, from 0 to 1")
        if self.warmup + self.cooldown > 1:
            raise BadInputError("[pretrain] warmup and cooldown are shares of the steps: together at most 1")
        if not self.clip or self.rate == 0:
            raise BadInputError("[pretrain] rate and clip must be above 0")


@dataclasses.dataclass(frozen=True, slots=True)
class Parallel:
    """How ranks share the work: ranks = replicate · shard · tensor.

    shard       ranks over which weights, gradients and optimiser are cut (FSDP2); 0: all that are left
    replicate   such groups, each with the whole (HSDP)
    tensor      ranks that share each matrix (within a node)
    """

    shard: int = 0
    replicate: int = 1
    tensor: int = 1

    def __post_init__(self) -> None:
        if self.shard < 0 or self.replicate < 1 or self.tensor < 1:
            raise BadInputError("[parallel] replicate and tensor are at least 1, shard at least 0")


def read(path: Path) -> Run:
    """The run in the TOML file `path`. Raises `MissingError` where there is none, `BadInputError` where it is no run."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingError(f"{path}: no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInputError(f"{path} cannot be read as TOML: {' '.join(str(error).split())}") from None
    out = found.pop("out", "run")
    if not isinstance(out, str):
        raise BadInputError(f"{path}: out is {out!r}; it is the path of a folder")
    for name, value in found.items():
        if name not in SECTIONS or not isinstance(value, dict):
            raise BadInputError(
                f"{path}: {name!r} is not known; there are out and the sections {', '.join(SECTIONS)}"
            )
    folder = path.absolute().parent
    return Run(folder, folder / Path(out).expanduser(), found)


def section(values: Mapping[str, Any], kind: type[T], name: str, folder: Path) -> T:
    """`values` as a `kind`, its paths below `folder` where they are not absolute.

    Raises `BadInputError` on a name that it has not, or a value of another type.
    """
    assert dataclasses.is_dataclass(kind)
    hints = get_type_hints(kind)
    known = {field.name for field in dataclasses.fields(kind)}
    made: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise BadInputError(f"[{name}] {key} is not known; there are {', '.join(sorted(known))}")
        typed = _typed(value, hints[key], f"[{name}] {key}")
        made[key] = folder / typed.expanduser() if isinstance(typed, Path) else typed
    return kind(**made)


def _typed(value: Any, hint: Any, where: str) -> Any:
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if isinstance(value, int) and not isinstance(value, bool) and float in options and int not in options:
        return float(value)
    for option in options:
        if _fits(value, option):
            return option(value) if option is Path else tuple(value) if isinstance(value, list) else value
    names = ", ".join(_name(option) for option in options if option is not type(None))
    raise BadInputError(f"{where} is {value!r}; it must be {names}")


def _fits(value: Any, option: Any) -> bool:
    origin = get_origin(option) or option
    if origin is Literal:
        return value in get_args(option)
    if origin is Path:
        return isinstance(value, str)
    if origin is tuple:
        return isinstance(value, list)
    if origin in (dict, Mapping):
        return isinstance(value, dict)
    # True is an int to Python, and to nobody else.
    return isinstance(value, origin) and isinstance(value, bool) == (origin is bool)


def _name(option: Any) -> str:
    if get_origin(option) is Literal:
        return " or ".join(repr(value) for value in get_args(option))
    known = {int: "a whole number", float: "a number", str: "text", bool: "true or false", Path: "a path"}
    return known.get(option, "a list" if get_origin(option) is tuple else "a table")
