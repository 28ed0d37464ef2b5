"""An inspection and digests in, an in-toto Statement v1 out, as the bytes that are signed: JSON in canonical form (RFC 8785).

The predicate, of the type `urn:truthgpt:inspection:v1`:

| field | what it is |
|---|---|
| `inspector` | who answers for the result, as they call themselves; the key says who it is |
| `issued`, `expires` | from when until before when it holds, UTC, to the second |
| `passed` | whether no measure is beyond its limit |
| `model`, `battery`, `seed`, `started`, `finished`, `seconds`, `code` | what was inspected, how, when, by which version of TruthGPT |
| `log` | verifier key (C2SP signed-note) of the log that holds this statement's entry |
| `trainingFlop` | floating-point operations of the training by the model's card; null where none says |
| `limits` | SHA-256 of the file of limits, set before the run |
| `results` | a row for each measure, below |
| `files` | the inspection's files (report, logs) by `name`, `sha256` and `size` in bytes |

A row has `id`, `group`, `title`, `unit`, `outcome`, `value` with `low` and `high` (95%), `n` items with the SHA-256 `digest`,
`seed`, and its threshold as `direction` ("at least", "at most") and `limit`; null where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

from truthgpt.errors import BadInputError
from truthgpt.oversight.certificate.digests import Subject
from truthgpt.oversight.certificate.offline import PREDICATE_TYPE, STATEMENT_TYPE
from truthgpt.oversight.inspection.result import File, Inspection, Result

_OF_A_RESULT: Final = (
    "id", "group", "title", "unit", "outcome", "value", "low", "high", "n", "digest", "seed", "direction", "limit",
)  # fmt: skip
LONGEST_NAME: Final = 200
"""Characters that an inspector's name may have."""


@dataclass(frozen=True, slots=True)
class Term:
    """From when (`issued`) until before when (`expires`) a certificate holds: aware times to the second."""

    issued: datetime
    expires: datetime


def statement(
    found: Inspection,
    subjects: Sequence[Subject],
    files: Sequence[File],
    inspector: str,
    term: Term,
    log: str,
) -> bytes:
    """The statement that `inspector` found `found` of `subjects`, whose record is `files`; `log` is the log's verifier key.

    Raises `BadInputError` where the name cannot be printed or a number of the report is no number of JSON.
    """
    if not inspector.strip() or len(inspector) > LONGEST_NAME or not inspector.isprintable():
        raise BadInputError(
            f"an inspector's name is 1 to {LONGEST_NAME} characters on one line; give --inspector NAME"
        )
    try:
        return rfc8785.dumps(
            {
                "_type": STATEMENT_TYPE,
                "subject": [subject.as_dict() for subject in subjects],
                "predicateType": PREDICATE_TYPE,
                "predicate": _predicate(found, files, inspector, term, log),
            }
        )
    except rfc8785.CanonicalizationError as error:
        raise BadInputError(
            f"the inspection's report cannot be signed: {error}; inspect the model again"
        ) from None


def _predicate(
    found: Inspection, files: Sequence[File], inspector: str, term: Term, log: str
) -> dict[str, Any]:
    return {
        "inspector": inspector,
        "issued": written(term.issued),
        "expires": written(term.expires),
        "log": log,
        "passed": found.passed,
        "model": found.model,
        "battery": found.battery,
        "seed": found.seed,
        "started": found.started,
        "finished": found.finished,
        "seconds": found.seconds,
        "code": found.code,
        "trainingFlop": found.training_flop,
        "limits": found.limits,
        "results": [_result(result) for result in found.results],
        "files": [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in files],
    }


def _result(result: Result) -> dict[str, Any]:
    return {name: getattr(result, name) for name in _OF_A_RESULT}


def written(time: datetime) -> str:
    """`time` as RFC 3339 has it, in UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
