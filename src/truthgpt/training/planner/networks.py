"""A network between nodes, by name or from TOML: what may stand in for the one that a machine comes with.

Those of the package lie in `networks.toml`, a section each; anybody's own lies in a file of the same form with one section.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from truthgpt.errors import BadInputError, MissingError
from truthgpt.training import options
from truthgpt.training.planner.machine import Network


def known_networks() -> list[str]:
    """Names of the networks that come with the package."""
    return sorted(_of_package())


def network(named: str) -> Network:
    """The network of the package called `named`, or the only one of the TOML file there.

    Raises `MissingError` where there is neither, `BadInputError` where the file is no network, or several.
    """
    name = named.lower().replace(" ", "-")
    if name in _of_package():
        return _of_package()[name]
    if not named.endswith(".toml"):
        raise MissingError(
            f"no network is called {named!r}; there are {', '.join(known_networks())}, or give a TOML file"
        )
    try:
        text = Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingError(f"{named} cannot be read: {' '.join(str(error).split())}") from None
    found = parsed(text, named)
    if len(found) != 1:
        raise BadInputError(f"{named}: it has {len(found)} sections; a file has one, of one network")
    return next(iter(found.values()))


@cache
def _of_package() -> dict[str, Network]:
    file = files("truthgpt.training.planner") / "networks.toml"
    return parsed(file.read_text(encoding="utf-8"), file.name)


def parsed(text: str, where: str) -> dict[str, Network]:
    """The networks that the TOML `text` describes, by name. Raises `BadInputError`, in which `where` names it."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{where} cannot be read as TOML: {error}") from None
    networks = {}
    needed = [field.name for field in dataclasses.fields(Network) if field.default is dataclasses.MISSING]
    for name, values in found.items():
        if not isinstance(values, dict):
            raise BadInputError(
                f"{where}: {name} stands outside a section; a network is a section, [its-name]"
            )
        if absent := [key for key in needed if key not in values]:
            raise BadInputError(f"{where}: [{name}] {absent[0]} is missing; it needs {' and '.join(needed)}")
        try:
            made = options.section(values, Network, name, Path())
        except BadInputError as error:
            raise BadInputError(f"{where}: {error}") from None
        if not 0 < made.bandwidth < math.inf:
            raise BadInputError(f"{where}: [{name}] bandwidth is {made.bandwidth}; it must be above 0")
        if not 0 <= made.latency < math.inf:
            raise BadInputError(
                f"{where}: [{name}] latency is {made.latency}; it is a number of seconds from 0 on"
            )
        networks[name] = made
    return networks
