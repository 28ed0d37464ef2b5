"""What is logged: events with fields of one meaning, as canonical JSON (RFC 8785) with hashes where there were texts.

    {"answer":"9f2c…","certificate":"","corpus_version":12,"decision":"answer",…,"kind":"answer","time":"2026-05-04T10:00:00.000Z","version":1}

A field that is a `Text` stands in the entry as its salted hash, and in the store of texts as itself (see `texts`). An entry
is never rewritten: a later version of this code reads what earlier ones wrote, without the fields that came later, and passes
over fields that it does not know. Nothing else of a person may be in an event: names, questions and reasons are texts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, get_args

import rfc8785

from truthgpt.errors import BadInputError, TruthGPTError
from truthgpt.oversight.log.store import Appended, Log
from truthgpt.oversight.log.texts import Text, Texts

VERSION = 1
"""The version of the entries' form."""

DecisionName = Literal["answer", "care", "refuse"]

Form = Literal["whole", "part", "raw"]
"""What the hash of an answer is of: `whole`, the canonical JSON (RFC 8785) of the `Answer`, as every client has it; `part`, that of the
list of the sentences which were shown before the answer ended early; `raw`, the text of the model alone, unchecked, where
the question is the canonical JSON of the messages."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question was answered, or refused under `rule` and `statute` of `jurisdiction`.

    `model` is the model's name, `digest` the SHA-256 of its file where it has one here; `certificate` the id of the one it was
    served under, empty where it was uninspected. `jurisdiction` is empty where no law was asked; `corpus_version` is 0 where no
    posts were, or an early end came first.
    """

    kind: ClassVar = "answer"
    question: Text
    answer: Text
    decision: DecisionName
    jurisdiction: str
    model: str
    corpus_version: int
    rule: str = ""
    statute: str = ""
    certificate: str = ""
    digest: str = ""
    form: Form = "whole"


@dataclass(frozen=True, slots=True)
class Decided:
    """The law was asked of a prompt alone, without an answer; `probability` is in [0, 1]."""

    kind: ClassVar = "decision"
    prompt: Text
    decision: DecisionName
    jurisdiction: str
    probability: float
    rule: str = ""
    statute: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """Posts came in; `read` = `kept` + `copies` + `rejected`, and `content_hash` is of the corpus after it."""

    kind: ClassVar = "import"
    corpus_version: int
    content_hash: str
    read: int
    kept: int
    copies: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A wish was kept: `posts` left the corpus and `texts` the store behind this log. Of whom is not said."""

    kind: ClassVar = "forgetting"
    posts: int
    texts: int
    version_before: int
    version_after: int


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """Another model answers from here on; `digest` is the SHA-256 of its weights, `certificate` the id of its certificate or empty."""

    kind: ClassVar = "model"
    before: str
    after: str
    digest: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Paused:
    """Answers were stopped, for `reason`, by whom `by` says."""

    kind: ClassVar = "pause"
    reason: Text
    by: Text


@dataclass(frozen=True, slots=True)
class ResumptionAsked:
    """The first of two persons, whom `by` names, wants answers to go on; they do once the second agrees."""

    kind: ClassVar = "resumption-request"
    reason: Text
    by: Text


@dataclass(frozen=True, slots=True)
class Resumed:
    """Answers go on, as those wanted whom `by` names."""

    kind: ClassVar = "resumption"
    reason: Text
    by: Text


@dataclass(frozen=True, slots=True)
class IncidentReported:
    """A report of incident `incident` was made or went on: `step` says which, `report` holds it; `harm` is the kind of harm."""

    kind: ClassVar = "incident"
    incident: str
    step: str
    harm: str
    report: Text


Event = (
    Answered
    | Decided
    | Imported
    | Forgotten
    | ModelChanged
    | Paused
    | ResumptionAsked
    | Resumed
    | IncidentReported
)

_KINDS: dict[str, type[Event]] = {each.kind: each for each in get_args(Event)}


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the log holds it: its `kind`, its `time`, its `values` by field, and the hashes of its `texts` by field."""

    kind: str
    time: datetime
    values: dict[str, Any]
    texts: dict[str, str]


def record(log: Log, texts: Texts, event: Event, time: datetime | None = None) -> Appended:
    """Log that `event` happened, at `time` (now when None); returns once its texts and its entry are on the disk.

    Raises as `Log.append` and `Texts.put`; the event is then not in the log.
    """
    return record_all(log, texts, [event], time)[0]


def record_all(
    log: Log, texts: Texts, events: Sequence[Event], time: datetime | None = None
) -> list[Appended]:
    """As `record`, of several that happened at once: all are logged, or none."""
    when = datetime.now(UTC) if time is None else time
    return record_each(log, texts, [(when, event) for event in events])


def record_each(log: Log, texts: Texts, happened: Sequence[tuple[datetime, Event]]) -> list[Appended]:
    """As `record_all`, of events that happened each at its time."""
    apart = [text for _, event in happened for text in _texts_of(event)]
    put = texts.put(apart) if apart else []
    hashes = iter(put)
    try:
        places = log.append_all(
            [_entry(event, when, [next(hashes) for _ in _texts_of(event)]) for when, event in happened]
        )
    except BaseException:
        with suppress(TruthGPTError):
            texts.erase(hashes=put)  # no entry has these hashes, and no wish would find what lies under them
        raise
    return [Appended(place, places.stop) for place in places]


def read(entry: bytes) -> Entry:
    """The event in an entry. Raises `BadInputError` when it holds none of a kind and version that are known."""
    try:
        row = json.loads(entry)
        kind, version, time = row.pop("kind"), row.pop("version"), datetime.fromisoformat(row.pop("time"))
        known = _KINDS[kind]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInputError("the entry holds no event that is known") from None
    if (
        version != VERSION
        or not {each.name for each in fields(known) if each.default is MISSING} <= row.keys()
    ):
        raise BadInputError(f"the entry holds a {kind} of a form that is not known")
    apart = _TEXTS[known]
    return Entry(
        kind,
        time,
        {name: value for name, value in row.items() if name not in apart},
        {name: row[name] for name in apart if isinstance(row.get(name), str)},
    )


def _entry(event: Event, time: datetime, hashes: Sequence[str]) -> bytes:
    remaining = iter(hashes)
    row: dict[str, Any] = {
        name: next(remaining) if isinstance(value, Text) else value for name, value in _values(event)
    }
    stamp = time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return rfc8785.dumps({"kind": event.kind, "time": stamp, "version": VERSION, **row})


def _values(event: Event) -> list[tuple[str, Any]]:
    return [(each.name, getattr(event, each.name)) for each in fields(event)]


def _texts_of(event: Event) -> list[Text]:
    return [value for _, value in _values(event) if isinstance(value, Text)]


_TEXTS: dict[type[Event], frozenset[str]] = {
    each: frozenset(field.name for field in fields(each) if field.type == "Text") for each in _KINDS.values()
}
