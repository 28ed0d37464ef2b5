"""What an inspection found, as data: the measures with their numbers and limits, and the files that they came from.

>>> from truthgpt.oversight.inspection.result import load
>>> found = load(Path("inspections/smollm2-135m-quick"))     # doctest: +SKIP
>>> found.passed, [result.id for result in found.missed]     # doctest: +SKIP
(False, ['bias.ambiguous'])
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError

REPORT: Final = "report.json"
"""The report's name in the folder of an inspection."""
FORMAT: Final = 1
"""The form of `report.json`; a later form has a higher number, and earlier ones stay readable."""

Outcome = Literal["passed", "missed", "not measured", "reported"]
"""`reported`: measured, but no limit was set for it."""
Direction = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Result:
    """One measure: what it is, what was found, and whether that is within its limit.

    `value` is in `unit` over the `n` items that count, of `asked` items whose SHA-256 is `digest`; `low` and `high` bound it with 95% over other items of the
    kind, by bootstrap seeded with `seed`, None where no spread can be told. `limit` was set before the run, for the reason
    in `reason`; None where there is none. `why` says what kept a measure from being made. `log` is the file that the value is
    computed from.
    """

    id: str
    group: str
    title: str
    definition: str
    scoring: str
    unit: str
    outcome: Outcome
    seed: int
    n: int = 0
    asked: int = 0
    digest: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    direction: Direction | None = None
    limit: float | None = None
    reason: str = ""
    why: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the inspection's folder by name, with its SHA-256 (64 hexadecimal digits) and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """An inspection of `model` with a battery.

    `weights` is the SHA-256 of the model's file, empty where it has none (an address, or quotations alone). `corpus` is the
    content hash of the posts that it answered from (empty where nothing was asked of them), `limits` the SHA-256 of the file of limits, `code` the version
    of TruthGPT. `training_flop` is None where no card says. Times are ISO 8601, UTC; `seconds` is the time in
    which replies were waited for, in all runs together.
    `reliability` holds rows (cases, mean confidence, share right) of the reliability diagram.
    """

    model: str
    battery: str
    seed: int
    started: str
    finished: str
    seconds: float
    weights: str
    corpus: str
    limits: str
    code: str
    training_flop: float | None
    results: tuple[Result, ...]
    files: tuple[File, ...]
    reliability: tuple[tuple[int, float, float], ...] = ()

    @property
    def missed(self) -> tuple[Result, ...]:
        """The measures beyond their limit."""
        return tuple(result for result in self.results if result.outcome == "missed")

    @property
    def unmeasured(self) -> tuple[Result, ...]:
        """The measures that could not be made; each says why."""
        return tuple(result for result in self.results if result.outcome == "not measured")

    @property
    def passed(self) -> bool:
        """Whether no measure is beyond its limit. What was not measured is not passed either: see `unmeasured`."""
        return not self.missed

    def as_dict(self) -> dict[str, Any]:
        """The report as `report.json` holds it: JSON types alone."""
        found: dict[str, Any] = orjson.loads(orjson.dumps(asdict(self)))
        return {"format": FORMAT, "passed": self.passed, **found}


def of_dict(found: object, where: str) -> Inspection:
    """The inspection that `as_dict` wrote. Raises `BadInputError`, which names `where`, on what none is."""
    try:
        if not isinstance(found, dict):
            raise TypeError("not a JSON object")
        fields = {name: value for name, value in found.items() if name not in ("format", "passed")}
        if found["format"] != FORMAT:
            raise ValueError(f"its format is {found['format']!r}, this version reads {FORMAT}")
        results = tuple(Result(**row) for row in fields.pop("results"))
        for result in results:
            if result.outcome not in get_args(Outcome):
                raise ValueError(f"the outcome of {result.id} is {result.outcome!r}")
        files = tuple(File(**row) for row in fields.pop("files"))
        rows = tuple((int(n), float(p), float(r)) for n, p, r in fields.pop("reliability"))
        return Inspection(**fields, results=results, files=files, reliability=rows)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"{where} is no inspection's report ({type(error).__name__}: {error}); inspect the model again"
        ) from None


def load(path: Path) -> Inspection:
    """The inspection in the folder `path`, or in the `report.json` that it names.

    Raises `MissingError` where there is none, `BadInputError` where it is damaged. The files are not looked at: `changed`.
    """
    file = path / REPORT if path.is_dir() else path
    try:
        return of_dict(orjson.loads(file.read_bytes()), str(file))
    except FileNotFoundError:
        raise MissingError(
            f"no {REPORT} at {path}; `truthgpt inspect MODEL` makes one, or goes on where it stopped"
        ) from None
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"{file} is not JSON ({error}); inspect the model again") from None
    except OSError as error:
        raise durable.missing(file, error) from None


def digest_of(path: Path) -> File:
    """`path` by its name, digest and size. Raises `MissingError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return File(path.name, digest, file.tell())
    except OSError as error:
        raise durable.missing(path, error) from None


def changed(found: Inspection, folder: Path) -> list[str]:
    """The names of the report's files that are not in `folder`, or not as the report names them."""
    return [
        file.name
        for file in found.files
        if not (folder / file.name).is_file() or digest_of(folder / file.name).sha256 != file.sha256
    ]
