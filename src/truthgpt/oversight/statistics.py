"""Decisions counted: a log comes in, answers and refusals by jurisdiction, and refusals by rule, go out.

Nothing small is hidden: an entry names no person and no question, and whoever may see these counts may read every entry.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from truthgpt.errors import BadInputError
from truthgpt.oversight.log import View
from truthgpt.oversight.log.events import Answered, Decided, read

_ASKED = f'"kind":"{Answered.kind}"'.encode()
_JUDGED = f'"kind":"{Decided.kind}"'.encode()


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Under one law: `questions` answered or refused, of these `care` with help and `refused`; and `prompts` judged alone."""

    jurisdiction: str
    questions: int
    care: int
    refused: int
    prompts: int
    prompts_refused: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """Under one rule of one law: refused `questions`, and refused `prompts` that were judged alone; when the `last` was (UTC)."""

    jurisdiction: str
    rule: str
    statute: str
    questions: int
    prompts: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the first `entries` entries of a log: its decisions from `first` to `last`, None where there are none.

    Rows are ordered by what they count, the most first.
    """

    entries: int
    first: datetime | None
    last: datetime | None
    jurisdictions: tuple[Jurisdiction, ...]
    refusals: tuple[Refusals, ...]


@dataclass(slots=True)
class _Sums:
    size: int = 0
    root: bytes = b""
    first: datetime | None = None
    last: datetime | None = None
    decisions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By kind, jurisdiction and decision."""
    refusals: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """By kind, jurisdiction, rule and statute."""
    refused_at: dict[tuple[str, str, str], datetime] = field(default_factory=dict)


class Counts:
    """Counts a log that grows: each entry is read once. One that is no longer what was counted is counted from the start."""

    def __init__(self) -> None:
        self._sums = _Sums()
        self._lock = threading.Lock()

    def of(self, view: View) -> Statistics:
        """The statistics of `view`, from any thread. Raises as `View.entries`."""
        with self._lock:
            sums = self._sums
            if sums.size > view.size or (sums.size and view.root(sums.size) != sums.root):
                sums = self._sums = _Sums()
            for index, entry in view.entries(sums.size):
                if _ASKED in entry or _JUDGED in entry:
                    _count(sums, entry)
                sums.size = index + 1
            sums.root = view.root(sums.size)
            return _statistics(sums)


def _count(sums: _Sums, entry: bytes) -> None:
    try:
        event = read(entry)
    except BadInputError:
        return
    if event.kind not in (Answered.kind, Decided.kind):
        return
    law, decision = str(event.values["jurisdiction"]), str(event.values["decision"])
    when = event.time if event.time.tzinfo else event.time.replace(tzinfo=UTC)
    sums.first = when if sums.first is None else min(sums.first, when)
    sums.last = when if sums.last is None else max(sums.last, when)
    sums.decisions[event.kind, law, decision] += 1
    if decision == "refuse":
        rule = law, str(event.values["rule"]), str(event.values["statute"])
        sums.refusals[event.kind, *rule] += 1
        sums.refused_at[rule] = max(when, sums.refused_at.get(rule, when))


def _statistics(sums: _Sums) -> Statistics:
    def decided(kind: str, law: str, *decisions: str) -> int:
        return sum(sums.decisions[kind, law, each] for each in decisions)

    every = {law for _, law, _ in sums.decisions}
    jurisdictions = [
        Jurisdiction(
            law,
            questions=decided(Answered.kind, law, "answer", "care", "refuse"),
            care=decided(Answered.kind, law, "care"),
            refused=decided(Answered.kind, law, "refuse"),
            prompts=decided(Decided.kind, law, "answer", "care", "refuse"),
            prompts_refused=decided(Decided.kind, law, "refuse"),
        )
        for law in every
    ]
    refusals = [
        Refusals(
            law,
            rule,
            statute,
            questions=sums.refusals[Answered.kind, law, rule, statute],
            prompts=sums.refusals[Decided.kind, law, rule, statute],
            last=last,
        )
        for (law, rule, statute), last in sums.refused_at.items()
    ]
    return Statistics(
        sums.size,
        sums.first,
        sums.last,
        tuple(sorted(jurisdictions, key=lambda one: (-one.questions - one.prompts, one.jurisdiction))),
        tuple(
            sorted(
                refusals,
                key=lambda one: (-one.questions - one.prompts, one.jurisdiction, one.rule, one.statute),
            )
        ),
    )
