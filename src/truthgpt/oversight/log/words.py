"""An entry in words, for a person who reads the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from truthgpt.errors import BadInputError
from truthgpt.oversight.log.events import read

OTHER = "other"
"""The kind of an entry that holds no event which is known here."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says: its `kind`, its `time` in ISO 8601 (empty where it has none), what happened in one line of `words`,
    its `values` by field, and the hashes of its `texts` by field."""

    kind: str
    time: str
    words: str
    values: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def told(entry: bytes) -> Told:
    """What any entry says, also one that holds no event which is known: nothing in a log is an error to look at."""
    try:
        event = read(entry)
        words = _SAID[event.kind](event.values)
    except (BadInputError, ValueError, TypeError, KeyError):
        return _other(entry)
    return Told(event.kind, event.time.isoformat(), words, event.values, event.texts)


def _other(entry: bytes) -> Told:
    """A certificate, which its own room logs, or what this version does not know."""
    try:
        row = json.loads(entry)
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict) and row.get("kind") == "certificate":
        values = {name: value for name, value in row.items() if name not in ("kind", "time", "version")}
        words = (
            f"certificate {str(row.get('statement'))[:16]} was issued; it holds until {row.get('expires')}"
        )
        return Told("certificate", str(row.get("time", "")), words, values)
    return Told(OTHER, "", f"{len(entry):,} bytes that hold no event which is known")


def _decision(values: dict[str, Any]) -> str:
    law = f"under the law of {values['jurisdiction']}" if values["jurisdiction"] else "by the model alone"
    if values["decision"] == "refuse":
        return f"refused {law}: {values['rule']} ({values['statute']})"
    return f"answered with help {law}" if values["decision"] == "care" else f"answered {law}"


def _answer(values: dict[str, Any]) -> str:
    served = f"certificate {values['certificate'][:16]}" if values["certificate"] else "uninspected"
    return f"a question was {_decision(values)}; model {values['model']}, {served}, corpus version {values['corpus_version']}"


def _decided(values: dict[str, Any]) -> str:
    return f"of a prompt alone: to be {_decision(values)}, probability {values['probability']:.2f}"


def _import(values: dict[str, Any]) -> str:
    return (
        f"{values['read']:,} posts read, {values['kept']:,} kept, {values['copies']:,} copies, {values['rejected']:,} rejected; "
        f"corpus version {values['corpus_version']}"
    )


def _forgetting(values: dict[str, Any]) -> str:
    return f"{values['posts']:,} posts and {values['texts']:,} logged texts were forgotten; corpus version {values['version_after']}"


def _model(values: dict[str, Any]) -> str:
    if not values["before"]:
        return f"the first model that is served: {values['after']}"
    return f"model {values['after']} in place of {values['before']}"


def _incident(values: dict[str, Any]) -> str:
    return f"incident {values['incident']}: {values['step']}, {values['harm']}"


_SAID: dict[str, Callable[[dict[str, Any]], str]] = {
    "answer": _answer,
    "decision": _decided,
    "import": _import,
    "forgetting": _forgetting,
    "model": _model,
    "pause": lambda _: "answers were paused",
    "resumption-request": lambda _: "one of two persons asked for answers to be resumed",
    "resumption": lambda _: "answers were resumed",
    "incident": _incident,
}
