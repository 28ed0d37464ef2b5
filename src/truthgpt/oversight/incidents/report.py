"""A report as values: nine fields, a kind, and the entries of its history; what is given is checked here, each fault a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from truthgpt.errors import BadInputError

FIELDS: Final = {
    "dates": "the start and end of the incident, or the best approximation",
    "harm": "the resulting harm, and its victims or the group affected",
    "chain_of_events": "the events that led to it, directly or indirectly",
    "model": "the model involved",
    "evidence": "the material that shows the model's involvement",
    "response": "what has been done, or is intended, in response",
    "recommendation": "what the authorities are recommended to do in response",
    "root_cause": "why it happened: outputs, inputs, failures and circumventions of safeguards",
    "near_misses": "patterns seen in monitoring that may be connected, such as near misses",
}
"""The nine fields of Measure 9.2, in its order, each with what it asks for."""

KINDS: Final = {
    "infrastructure": (2, "serious and irreversible disruption of critical infrastructure"),
    "security": (5, "serious cybersecurity breach, such as weights taken"),
    "death": (10, "death of a person"),
    "harm": (15, "serious harm to health, fundamental rights, property or the environment"),
}
"""The kinds of Measure 9.3: days until the first report, and what they are."""

LONGEST: Final = 100_000
"""Characters that a field may have."""
_EXPORTED: Final = frozenset({"id", "status", "opened", "resolved", "history", "deadlines", "kept_until"})
"""What an export has beside what a report is opened with; it is not taken from there."""

Act = Literal["open", "update", "resolve"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a report is opened with: `aware` is when the involvement of the model became known, with the offset of its place."""

    kind: str
    aware: datetime
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a history: who did what, when it was written (UTC), which fields it changed, in a note's words.

    `sent` is when the report as it then stood was sent to the authorities, None where it was not. `happened` is when the incident was resolved.
    """

    act: Act
    by: str
    at: datetime
    fields: Mapping[str, str]
    note: str = ""
    sent: datetime | None = None
    happened: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """A report as it stands: `fields` are the latest of its `history`, whose first entry opened it."""

    id: str
    kind: str
    aware: datetime
    history: tuple[Entry, ...]

    @property
    def fields(self) -> dict[str, str]:
        latest = {name: text for entry in self.history for name, text in entry.fields.items()}
        return {name: latest[name] for name in FIELDS}

    @property
    def opened(self) -> datetime:
        return self.history[0].at

    @property
    def resolved(self) -> datetime | None:
        return next((entry.happened for entry in self.history if entry.act == "resolve"), None)

    @property
    def sent(self) -> list[datetime]:
        """When it was sent to the authorities, the earliest first."""
        return sorted(entry.sent for entry in self.history if entry.sent is not None)


def faults(given: Mapping[str, Any], *, whole: bool = True) -> list[str]:
    """What keeps `given` from being a report, or with `whole` false a change of one: a line each, none where it is one."""
    found = []
    for name, asks in FIELDS.items():
        if name not in given:
            if whole:
                found.append(f"{name!r} is missing: {asks}; where it is not known yet, say so")
        elif fault := _fault(given[name]):
            found.append(f"{name!r} {fault}: {asks}")
    known = {*FIELDS, *(_EXPORTED | {"kind", "aware"} if whole else ())}
    found += [
        f"{name!r} is no field of a report; these are: {', '.join(FIELDS)}"
        for name in given
        if name not in known
    ]
    if whole:
        if given.get("kind") not in KINDS:
            kinds = ", ".join(f"{kind} ({days} days: {what})" for kind, (days, what) in KINDS.items())
            found.append(f"'kind' has to be one of {kinds}")
        try:
            moment(given.get("aware"), "aware")
        except BadInputError as error:
            found.append(str(error))
    elif not given:
        found.append(f"nothing is changed; give one of {', '.join(FIELDS)}")
    return found


def _fault(text: object) -> str:
    if not isinstance(text, str):
        return "is not text"
    if not text.strip():
        return "is empty"
    if len(text) > LONGEST:
        return f"has {len(text):,} characters, and {LONGEST:,} are kept"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds a lone surrogate, which is not text"
    return ""


def opening(given: Mapping[str, Any]) -> Opening:
    """The report in `given`. Raises `BadInputError` with its first fault."""
    if found := faults(given):
        raise BadInputError(found[0])
    return Opening(given["kind"], moment(given["aware"], "aware"), {name: given[name] for name in FIELDS})


def moment(given: object, what: str) -> datetime:
    """A time in ISO 8601 with its offset, kept as given; `now` is this moment in UTC.

    Raises `BadInputError`, which names `what`: also where there is no offset, for a deadline must not hang on where a program runs.
    """
    if given == "now":
        return datetime.now(UTC)
    try:
        if not isinstance(given, str):
            raise ValueError
        found = datetime.fromisoformat(given)
        offset = found.utcoffset()
        found.astimezone(UTC)  # beyond the years that there are
    except (ValueError, OverflowError):
        raise BadInputError(
            f"{what!r} has to be a time in ISO 8601 with its offset, 2026-11-29T17:30:00+01:00 say"
        ) from None
    if offset is None:
        raise BadInputError(f"{what!r} has no offset from UTC: add +01:00, say, or Z")
    return found
