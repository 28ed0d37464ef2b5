"""Pauses and incidents as events of the log: what the switch and the reports tell, in the log's own terms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from truthgpt.errors import TruthGPTError
from truthgpt.oversight.log import Log, events
from truthgpt.oversight.log.texts import FILE, Text, Texts

_OF_A_PAUSE = (b'"kind":"pause"', b'"kind":"resumption"')

Record = Callable[[str, dict[str, Any]], None]
"""Takes a kind of event and what happened; raises where it cannot be kept."""


def recorder(data: Path) -> Record:
    """Records in the log of the data folder `data`, which is made on first use. Names, reasons and reports stay out of it, as hashes."""
    oversight = data / "oversight"

    def record(kind: str, event: dict[str, Any]) -> None:
        happened = _pause(event) if kind == "pause" else _incident(event)
        with Log.open(oversight / "log") as log:
            events.record(log, Texts(oversight / FILE), happened)

    return record


def was_paused(data: Path) -> bool:
    """Whether the log tells of a pause, or of an end of one: this data folder had a state. One that cannot be read counts as yes.

    Reads the whole log; to be asked only where there is no state.
    """
    folder = data / "oversight" / "log"
    try:
        view = Log.open(folder).view() if folder.exists() else None
        return view is not None and any(kind in entry for _, entry in view.entries() for kind in _OF_A_PAUSE)
    except TruthGPTError:
        return True


def _pause(event: dict[str, Any]) -> events.Event:
    if event["act"] == "set up":
        return events.Resumed(Text("the data folder was set up"), Text("TruthGPT"))
    if event["act"] == "pause":
        return events.Paused(Text(event["reason"]), Text(event["by"]))
    reason = Text(f"the model {event['model']}: {event['reason']}" if event["model"] else event["reason"])
    if event["act"] == "ask to resume":
        return events.ResumptionAsked(reason, Text(event["by"]))
    return events.Resumed(reason, Text(" and ".join(filter(None, (event["first"], event["by"])))))


def _incident(event: dict[str, Any]) -> events.Event:
    return events.IncidentReported(event["incident"], event["act"], event["harm"], Text(event["report"]))
