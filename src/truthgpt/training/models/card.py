"""What is known of a model that was trained here; out, its card: `card.json` for programs, `README.md` for people.

What the loop knows goes in as a `Training`; FLOP and energy are reckoned from it. The sections follow "Model Cards for
Model Reporting" (Mitchell et al., 2019), the Markdown's head is the YAML that the Hugging Face hub reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from truthgpt import __version__
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.training.models.card_text import markdown
from truthgpt.training.pretraining.energy import Hardware, energy

if TYPE_CHECKING:  # brings torch, which reading a card does without
    from truthgpt.language.network import Shape

CARD: Final = "card.json"
README: Final = "README.md"

INTENDED_USE: Final = (
    "Drafting answers from numbered posts for TruthGPT, which checks every sentence against the posts and strikes what "
    "they do not carry. Not for advice on health, law or money, nor for decisions about people."
)
LIMITS: Final = (
    "It may write what is false, and repeats the views and errors of the posts that it learned from.",
    "It knows nothing after the newest of its posts, and of what is not in them little or nothing.",
)


@dataclass(frozen=True, slots=True)
class Data:
    """What a model learned from: a version of the corpus, and how much of it.

    `documents` and `tokens` are those of the training side, each counted once; `held_out` documents were kept for
    validation. `languages` and `communities` give tokens, `left_out` gives posts by the reason why they were not used.
    """

    version: int
    content_hash: str
    documents: int
    tokens: int
    held_out: int = 0
    languages: Mapping[str, int] = field(default_factory=dict)
    communities: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """One course of training: `pretrain`, `finetune` or `prefer`.

    `tokens` were read in sequences of `length`, a token that is read twice counts twice; `steps` updates, `seconds` of
    the clock on the hardware named; `loss` is the last of training in nats a token, None where there is none.
    """

    name: str
    tokens: int
    length: int
    steps: int
    seconds: float
    hardware: Hardware
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured of the model: `value` with its interval of 95%, where there is one, over `count` items.

    `what` says it in words ("bits per byte, English"), `unit` is "bits per byte" or "share", say.
    """

    what: str
    value: float
    unit: str
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of an inspection: `passed` or what failed, when, and the certificate's identity."""

    result: str
    when: str
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Training:
    """All that a card says. `when` is an ISO 8601 time; `base` names the model that training began from, empty where it
    began from nothing; `license` is an identifier of the hub's (`apache-2.0`), `unknown` where nobody said."""

    name: str
    shape: Shape
    data: Data
    stages: tuple[Stage, ...]
    when: str
    figures: tuple[Figure, ...] = ()
    inspection: Inspection | None = None
    base: str = ""
    license: str = "unknown"
    intended_use: str = INTENDED_USE
    limits: tuple[str, ...] = LIMITS
    tool: str = f"truthgpt {__version__}"

    @property
    def flop(self) -> float:
        """Floating-point operations of all stages, by `Shape.flop_per_token`: an upper bound where documents that share
        a sequence do not see each other, or where a part of the weights stood still."""
        return sum(stage.tokens * self.shape.flop_per_token(stage.length) for stage in self.stages)

    def as_dict(self) -> dict[str, Any]:
        """The card as `card.json` holds it, with what is reckoned from the rest."""
        stages = [
            asdict(stage)
            | {
                "flop": stage.tokens * self.shape.flop_per_token(stage.length),
                "energy": asdict(energy(stage.hardware, stage.seconds)),
            }
            for stage in self.stages
        ]
        return asdict(self) | {
            "parameters": self.shape.parameters,
            "flop": self.flop,
            "energy_kwh": sum(stage["energy"]["kwh"] for stage in stages),
            "seconds": sum(stage.seconds for stage in self.stages),
            "stages": stages,
        }


def write(folder: Path, facts: Training) -> None:
    """Put `card.json` and `README.md` into `folder`, each whole. Raises `MissingError` where the disk is full."""
    whole = orjson.dumps(facts.as_dict(), option=orjson.OPT_INDENT_2)
    durable.write(folder / CARD, whole)
    durable.write(folder / README, markdown(orjson.loads(whole)).encode())


def read(folder: Path) -> Training:
    """The facts of the card in `folder`; whoever trains on adds a stage, whoever measures adds figures.

    Raises `MissingError` where there is no card, `BadInputError` where it is damaged.
    """
    return of_dict(load(folder), str(folder / CARD))


def load(folder: Path) -> dict[str, Any]:
    """`card.json` of `folder` as it stands; raises as `read`."""
    path = folder / CARD
    try:
        return parsed(path.read_bytes(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError(f"no card in {folder}: {CARD} is not there") from None
    except OSError as error:
        raise durable.missing(path, error) from None


def parsed(content: bytes | str, where: str) -> dict[str, Any]:
    """The card in `content`. Raises `BadInputError`, which names `where`, on what no card is."""
    try:
        found = orjson.loads(content)
        markdown(found)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError(f"{where} is no model's card: {type(error).__name__} {error}") from None
    assert isinstance(found, dict)
    return found


def of_dict(found: Mapping[str, Any], where: str) -> Training:
    """The facts that `Training.as_dict` wrote. Raises `BadInputError`, which names `where`."""
    from truthgpt.language.network import Shape  # brings torch

    try:
        stages = tuple(
            Stage(
                **{name: stage[name] for name in ("name", "tokens", "length", "steps", "seconds", "loss")},
                hardware=Hardware(**stage["hardware"]),
            )
            for stage in found["stages"]
        )
        return Training(
            name=found["name"],
            shape=Shape(**found["shape"]),
            data=Data(**found["data"]),
            stages=stages,
            when=found["when"],
            figures=tuple(Figure(**figure) for figure in found["figures"]),
            inspection=Inspection(**found["inspection"]) if found["inspection"] else None,
            base=found["base"],
            license=found["license"],
            intended_use=found["intended_use"],
            limits=tuple(found["limits"]),
            tool=found["tool"],
        )
    except (KeyError, TypeError) as error:
        raise BadInputError(f"{where} is damaged: {type(error).__name__} {error}") from None
