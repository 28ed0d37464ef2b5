"""When a report is due, by the Code of Practice, Measures 9.3 and 9.4.

Days and weeks are counted as spans of 24 hours from the very moment, in UTC. Where calendar days are counted instead (Regulation 1182/71,
article 3) a period ends at the end of its last day: later, never earlier. A change of the clocks moves no deadline.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from truthgpt.oversight.incidents.report import KINDS, Incident

UPDATE_EVERY: Final = timedelta(weeks=4)
FINAL_AFTER: Final = timedelta(days=60)
KEPT_YEARS: Final = 5

What = Literal["first report", "update", "final report"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is due and when (UTC); `met` is when it was sent, None where it was not yet."""

    what: What
    due: datetime
    met: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it was missed, or sent too late."""
        return (self.met or now) > self.due


def deadlines(incident: Incident) -> list[Deadline]:
    """All deadlines so far and the next one, in their order.

    The first report is due by its kind after `aware`; while the incident lasts, an update four weeks after each report; the final report 60 days
    after the end. A first report that was not sent before the end stays due.
    """
    sent, resolved = incident.sent, _utc(incident.resolved)
    days, _ = KINDS[incident.kind]
    first = _after(incident.aware, timedelta(days=days))
    if not sent:
        due = [Deadline("first report", first)]
        return due if resolved is None else [*due, Deadline("final report", _after(resolved, FINAL_AFTER))]
    found = [Deadline("first report", first, _utc(sent[0]))]
    open_ = [one for one in sent if resolved is None or one < resolved]
    after = [one for one in sent[1:] if resolved is not None and one >= resolved]
    for before, met in pairwise(open_):
        found.append(Deadline("update", _after(before, UPDATE_EVERY), _utc(met)))
    if resolved is None:
        return [*found, Deadline("update", _after(sent[-1], UPDATE_EVERY))]
    if open_ and (missed := _after(open_[-1], UPDATE_EVERY)) < resolved:
        # An update that fell due while it lasted and never came: what was sent next met it, late.
        found.append(Deadline("update", missed, _utc(after[0]) if after else None))
    return [
        *found,
        Deadline("final report", _after(resolved, FINAL_AFTER), _utc(after[-1]) if after else None),
    ]


def kept_until(incident: Incident) -> datetime:
    """Five years after the report was last written to or the incident became known or ended, whichever is latest (UTC)."""
    moments = [incident.aware, *(entry.at for entry in incident.history), *incident.sent]
    if incident.resolved is not None:
        moments.append(incident.resolved)
    latest = max(moments).astimezone(UTC)
    try:
        return latest.replace(year=min(latest.year + KEPT_YEARS, 9999))
    except ValueError:  # 29 February
        return latest.replace(year=latest.year + KEPT_YEARS, month=3, day=1)


def _utc(when: datetime | None) -> datetime | None:
    return None if when is None else when.astimezone(UTC)


def _after(when: datetime, span: timedelta) -> datetime:
    try:
        return when.astimezone(UTC) + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
