"""A kind of machine, read from TOML: what its maker says, what it costs, and how much of what its maker says is reached.

Machines lie in the folder `machines`, one a file, and anybody's own may lie anywhere. Bytes, FLOP, seconds, dollars and
watts throughout; a bandwidth is of one accelerator in one direction.
"""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from truthgpt.errors import BadInputError, MissingError
from truthgpt.training import options


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One accelerator by its maker's data sheet: `memory` bytes at `bandwidth`, dense `bfloat16` FLOP/s, `fp8` where it has
    such (0: none), `watts` at the most."""

    memory: float
    bandwidth: float
    bfloat16: float
    watts: float
    fp8: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """`size` accelerators joined by links of `bandwidth` bytes/s, `latency` seconds a message."""

    size: int
    bandwidth: float
    latency: float


@dataclass(frozen=True, slots=True)
class Network:
    """What joins nodes: `bandwidth` bytes/s an accelerator, `latency` seconds a message."""

    bandwidth: float
    latency: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """How much of the data sheet is reached: constants of a kind of machine, fitted to published runs (`fitted` names them).

    matrix      share of the peak that the largest products reach
    edge        a product of m x n x k reaches `matrix / (1 + edge (1/m + 1/n + 1/k))`: edges of tiles and of waves, and the
                filling and draining of pipelines, count with the surface
    attention   share of the peak that a fused attention kernel comes to on long sequences, FlashAttention-2 (Dao 2023)
    memory      share of the memory's bandwidth that element-wise kernels reach
    link, network share of their bandwidths that collectives reach
    hidden      share of a collective's time that running it in pieces beside a product saves, as far as there is a product: both
                take the same memory's bandwidth and cores
    """

    matrix: float
    edge: float
    attention: float
    memory: float
    link: float
    network: float
    hidden: float
    fitted: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an accelerator costs with its share of the machine around it: `hour` dollars rented, `bought` dollars, `host` watts
    beside its own; the building takes `overhead` times the power of what stands in it. Of which `date`, from which `source`."""

    hour: float
    bought: float
    host: float
    overhead: float
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine. Raises `BadInputError` where one of its numbers cannot be."""

    name: str
    accelerator: Accelerator
    node: Node
    network: Network
    reached: Reached
    cost: Cost

    def __post_init__(self) -> None:
        for title in ("accelerator", "node", "network", "reached", "cost"):
            for name, value in dataclasses.asdict(getattr(self, title)).items():
                zero = name in ("fp8", "edge", "hour", "bought", "host", "latency")
                if not isinstance(value, str) and not (0 <= value < math.inf and (value or zero)):
                    raise BadInputError(f"{self.name}: {name} in [{title}] is {value}; it must be above 0")
        for share in ("matrix", "attention", "memory", "link", "network", "hidden"):
            if getattr(self.reached, share) > 1:
                raise BadInputError(f"{self.name}: {share} in [reached] is a share, at most 1")

    @property
    def watts(self) -> float:
        """Watts that an accelerator takes with all around it, at the most."""
        return (self.accelerator.watts + self.cost.host) * self.cost.overhead


def known() -> list[str]:
    """Names of the machines that come with the package."""
    return sorted(
        file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml")
    )


def machine(named: str) -> Machine:
    """The machine of the package called `named`, or that of the TOML file there.

    Raises `MissingError` where there is neither, `BadInputError` where the file is no machine.
    """
    name = named.lower().replace(" ", "-")
    if name in known():
        return _of_package(name)
    path = Path(named)
    if not named.endswith(".toml"):
        raise MissingError(
            f"no machine is called {named!r}; there are {', '.join(known())}, or give a TOML file"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    return parsed(text, str(path))


@cache
def _of_package(name: str) -> Machine:
    return parsed((_folder() / f"{name}.toml").read_text(encoding="utf-8"), name)


def _folder() -> Traversable:
    return files("truthgpt.training.planner") / "machines"


def parsed(text: str, where: str) -> Machine:
    """The machine that the TOML `text` describes. Raises `BadInputError`, in which `where` names it."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{where} cannot be read as TOML: {error}") from None
    kinds: Mapping[str, Any] = {
        "accelerator": Accelerator, "node": Node, "network": Network, "reached": Reached, "cost": Cost,
    }  # fmt: skip
    if odd := set(found) - {"name", *kinds}:
        raise BadInputError(
            f"{where}: {sorted(odd)[0]!r} is not known; there are name and {', '.join(kinds)}"
        )
    if not isinstance(found.get("name"), str):
        raise BadInputError(f"{where}: it needs a name")
    parts: dict[str, Any] = {}
    for title, kind in kinds.items():
        values = found.get(title)
        if not isinstance(values, dict):
            raise BadInputError(f"{where}: the section [{title}] is missing")
        if title == "reached" and "like" in values:
            if len(values) > 1 or values["like"] not in known():
                raise BadInputError(
                    f"{where}: [reached] like stands alone and is one of {', '.join(known())}, not {values['like']!r}"
                )
            other = _of_package(values["like"])
            parts[title] = dataclasses.replace(other.reached, fitted=f"not fitted: as {other.name}")
            continue
        try:
            parts[title] = options.section(values, kind, title, Path())
        except BadInputError as error:
            raise BadInputError(f"{where}: {error}") from None
        except TypeError as error:  # fields without a default are missing, which it names
            missing = ", ".join(re.findall(r"'(\w+)'", str(error)))
            raise BadInputError(f"{where}: [{title}] lacks {missing}") from None
    return Machine(found["name"], **parts)
