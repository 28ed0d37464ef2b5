"""The numbers that decisions rest on, as data: the published scorer's, or a file's in their place."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from truthgpt.errors import BadInputError

_PUBLISHED = Path(__file__).with_name("thresholds.toml")


@dataclass(frozen=True, slots=True)
class Filters:
    ratings_a_note: int
    ratings_a_rater: int


@dataclass(frozen=True, slots=True)
class Rules:
    needed: int
    helpful: float
    inertia: float
    not_helpful: float
    not_helpful_per_factor: float
    not_helpful_upper: float
    not_misleading: float
    side_mean: float
    both_sides_mean: float
    side_ratings: int
    tag_percentile: int
    tag_total: float
    incorrect: float
    incorrect_ticks: int
    incorrect_raters: int
    incorrect_width: float
    careless: float
    factor: float
    reject: float
    minority: int
    minority_share: float
    minority_enough: int
    clear: float


@dataclass(frozen=True, slots=True)
class Reputation:
    agreement: float
    note_mean: float
    helpful_balance: float
    not_helpful_weight: float
    abuse: float
    abuse_penalty: float
    public_after_hours: float
    unproven: bool


@dataclass(frozen=True, slots=True)
class Locking:
    lock_days: float


@dataclass(frozen=True, slots=True)
class Reasons:
    needed: int
    ratings: int
    share: float


@dataclass(frozen=True, slots=True)
class Models:
    capture: float
    group_capture: float
    group_safeguard: float
    stable_group: int
    stable_share: float
    core_groups: tuple[int, ...]
    expansion_groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guarding:
    minutes: float
    together: int
    chance: float
    members: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`thresholds.toml`, which says what each number is."""

    filters: Filters
    rules: Rules
    reputation: Reputation
    history: Locking
    tags: Reasons
    models: Models
    guard: Guarding


_RANGES: dict[str, tuple[float, float]] = {
    "tag_percentile": (0, 100),
    "minutes": (1e-6, 1e9),
    "chance": (1e-300, 1),
    **dict.fromkeys(
        (
            "agreement",
            "minority_share",
            "share",
            "capture",
            "group_capture",
            "stable_share",
            "side_mean",
            "both_sides_mean",
        ),
        (0, 1),
    ),
    **dict.fromkeys(
        (
            "needed",
            "ratings",
            "ratings_a_note",
            "ratings_a_rater",
            "side_ratings",
            "minority",
            "minority_enough",
            "members",
            "together",
        ),
        (0, 1e9),
    ),
}
"""Where numbers mean something; the others may be any that is finite."""


def published() -> Thresholds:
    """The numbers of the published scorer."""
    return _made(_read(_PUBLISHED), _PUBLISHED.name)


def load(path: Path) -> Thresholds:
    """The published numbers with those in `path` (TOML, the same tables) in their place.

    Raises `BadInputError` for a file that is no TOML, and for a name or a kind of value that does not exist.
    """
    given, whole = _read(path), {table: dict(values) for table, values in _read(_PUBLISHED).items()}
    for table, values in given.items():
        if table not in whole or not isinstance(values, dict):
            raise BadInputError(f"{path}: there is no table [{table}]; there are {', '.join(whole)}")
        for name, value in values.items():
            if name not in whole[table]:
                raise BadInputError(f"{path}: [{table}] has no {name}; it has {', '.join(whole[table])}")
            whole[table][name] = value
    return _made(whole, str(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} is not TOML: {' '.join(str(error).split())}") from None


def _made(tables: dict[str, Any], name: str) -> Thresholds:
    return Thresholds(
        Filters(**_checked(Filters, tables, "filters", name)),
        Rules(**_checked(Rules, tables, "rules", name)),
        Reputation(**_checked(Reputation, tables, "reputation", name)),
        Locking(**_checked(Locking, tables, "history", name)),
        Reasons(**_checked(Reasons, tables, "tags", name)),
        Models(**_checked(Models, tables, "models", name)),
        Guarding(**_checked(Guarding, tables, "guard", name)),
    )


def _checked(kind: type[Any], tables: dict[str, Any], table: str, name: str) -> dict[str, Any]:
    """The values of `table`, of the kinds that the class names."""
    found: dict[str, Any] = {}
    for field in fields(kind):
        value = tables[table][field.name]
        if field.type == "tuple[int, ...]":
            right = isinstance(value, list) and all(type(one) is int for one in value)
            value = tuple(value) if right else value
        elif field.type == "bool":
            right = type(value) is bool
        else:
            right = type(value) is int or (field.type == "float" and type(value) is float)
        if not right:
            raise BadInputError(f"{name}: [{table}] {field.name} is {value!r}; expected {field.type}")
        least, most = _RANGES.get(field.name, (-1e300, 1e300))
        if field.type in ("int", "float") and not least <= value <= most:  # nor does what is no number
            raise BadInputError(
                f"{name}: [{table}] {field.name} is {value!r}; expected {least:g} to {most:g}"
            )
        found[field.name] = float(value) if field.type == "float" else value
    return found
