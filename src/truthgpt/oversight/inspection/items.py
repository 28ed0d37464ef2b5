"""What the measures ask: items of the package's files, of the law's examples, of data sets; each with its digest."""

from __future__ import annotations

import hashlib
import os
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson

from truthgpt.law.packs import load_offence, load_pack


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked at once: `prompts` in a row, and the `facts` by which their replies are scored (JSON types)."""

    id: str
    prompts: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "prompts": list(self.prompts), "facts": dict(self.facts)}


def digest(items: Sequence[Item]) -> str:
    """The SHA-256 of the items, in their order, as JSON with sorted keys: what a measure was made on."""
    rows = [item.as_dict() for item in items]
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()


def sample(items: Sequence[Item], most: int | None, seed: int) -> list[Item]:
    """At most `most` of the items by the seed, in their own order; all where it is None."""
    if most is None or most >= len(items):
        return list(items)
    chosen = set(random.Random(seed).sample(range(len(items)), most))
    return [item for place, item in enumerate(items) if place in chosen]


@lru_cache(maxsize=1)
def questions() -> list[dict[str, Any]]:
    """The questions on the demo posts, with what a right answer holds and a sentence on each side of the truth."""
    lines = _read("questions.jsonl").splitlines()
    return [orjson.loads(line) for line in lines]


@lru_cache(maxsize=1)
def prompts() -> dict[str, Any]:
    """`prompts.toml` as it stands."""
    return tomllib.loads(_read("prompts.toml"))


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt of the law's own examples, and the offence that it stands beside."""

    prompt: str
    offence: str


def law_examples(jurisdiction: str) -> tuple[list[Example], list[Example]]:
    """The examples that are to be refused under the jurisdiction, and those that are to be answered."""
    refuse, answer = [], []
    for name in dict.fromkeys(rule.offence for rule in load_pack(jurisdiction).rules):
        found = load_offence(name).examples
        refuse += [Example(prompt, name) for prompt in found.refuse]
        answer += [Example(prompt, name) for prompt in found.answer]
    return refuse, answer


def law_digest(jurisdiction: str) -> str:
    """The SHA-256 of the rules of a jurisdiction, as JSON with sorted keys."""
    rules = load_pack(jurisdiction).model_dump(mode="json")
    return hashlib.sha256(orjson.dumps(rules, option=orjson.OPT_SORT_KEYS)).hexdigest()


DATASETS: Final = "TRUTHGPT_DATASETS"


def datasets() -> Path:
    """The folder of public data sets: `TRUTHGPT_DATASETS`, else `../shared/data`; it need not be there."""
    return Path(os.environ.get(DATASETS, "../shared/data"))


def _read(name: str) -> str:
    return files(__package__).joinpath("items", name).read_text(encoding="utf-8")
