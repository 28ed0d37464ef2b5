"""Reports of incidents: nothing is missing, nothing is lost, deadlines are the Code's, and any text can be exported."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.incidents import (
    FIELDS,
    KINDS,
    Entry,
    Incident,
    Incidents,
    deadlines,
    kept_until,
    opening,
)
from truthgpt.oversight.incidents.pdf import pdf
from truthgpt.oversight.incidents.report import faults, moment
from truthgpt.oversight.incidents.store import exported

AWARE = datetime(2026, 3, 1, 9, tzinfo=UTC)
REPORT: dict[str, Any] = {
    "kind": "security",
    "aware": "2026-03-01T10:00:00+01:00",
    **{name: f"{name}: não se sabe ainda, 尚不清楚" for name in FIELDS},
}


@pytest.fixture
def incidents(tmp_path: Path) -> Incidents:
    return Incidents(tmp_path)


def incident(
    kind: str = "security", sent: tuple[datetime, ...] = (), resolved: datetime | None = None
) -> Incident:
    history = [Entry("open", "Ana", AWARE, dict.fromkeys(FIELDS, "x"))]
    history += [Entry("update", "Ana", when, {}, sent=when) for when in sent]
    if resolved:
        history.append(Entry("resolve", "Ana", resolved, {}, "done", happened=resolved))
    return Incident("INC-2026-0001", kind, AWARE, tuple(history))


def test_the_nine_fields_are_the_code_s() -> None:
    assert list(FIELDS) == [
        "dates", "harm", "chain_of_events", "model", "evidence", "response", "recommendation", "root_cause", "near_misses",
    ]  # fmt: skip
    assert {kind: days for kind, (days, _) in KINDS.items()} == {
        "infrastructure": 2, "security": 5, "death": 10, "harm": 15,
    }  # fmt: skip


@pytest.mark.parametrize("name", [*FIELDS, "kind", "aware"])
@pytest.mark.parametrize("value", [None, "", "  \n", 7, "\ud800", "left out"])
def test_a_report_that_lacks_something_is_refused_in_one_line_that_names_it(name: str, value: object) -> None:
    given = {**REPORT, name: value}
    if value == "left out":
        del given[name]
    (fault,) = faults(given)
    assert repr(name) in fault
    assert "\n" not in fault
    with pytest.raises(BadInputError):
        opening(given)


def test_every_fault_is_told_and_a_field_that_is_none_is_one() -> None:
    assert len(faults({})) == 11
    assert faults({**REPORT, "near_mises": "x"})[0].startswith("'near_mises' is no field")
    assert faults({}, whole=False)
    assert not faults({"harm": "none"}, whole=False)


@pytest.mark.parametrize(
    "given", ["2026-03-01T10:00:00", "2026-03-01", "yesterday", "", None, 5, "0001-01-01T00:00:00+14:00"]
)
def test_a_time_without_its_offset_is_refused(given: object) -> None:
    with pytest.raises(BadInputError):
        moment(given, "aware")


@pytest.mark.parametrize(
    ("kind", "days"), [("infrastructure", 2), ("security", 5), ("death", 10), ("harm", 15)]
)
def test_the_first_report_is_due_by_the_kind_of_harm(kind: str, days: int) -> None:
    (first,) = deadlines(incident(kind))
    assert (first.what, first.due, first.met) == ("first report", AWARE + timedelta(days=days), None)
    assert not first.overdue(first.due)
    assert first.overdue(first.due + timedelta(seconds=1))


def test_updates_are_due_four_weeks_after_each_report_and_the_last_sixty_days_after_the_end() -> None:
    day = timedelta(days=1)
    one, two = AWARE + 3 * day, AWARE + 40 * day
    first, update, following = deadlines(incident(sent=(one, two)))
    assert (first.met, first.overdue(two)) == (one, False)
    assert (update.due, update.met, update.overdue(two)) == (one + 28 * day, two, True)
    assert (following.due, following.met) == (two + 28 * day, None)
    end = AWARE + 50 * day
    *_, final = deadlines(incident(sent=(one, two), resolved=end))
    assert (final.what, final.due, final.met) == ("final report", end + 60 * day, None)
    *_, final = deadlines(incident(sent=(one, two, end + day), resolved=end))
    assert final.met == end + day


def test_an_update_that_never_came_stays_late_after_the_end() -> None:
    day = timedelta(days=1)
    sent, end = AWARE + day, AWARE + 60 * day
    _, missed, final = deadlines(incident(sent=(sent,), resolved=end))
    assert (missed.due, missed.met, missed.overdue(end)) == (sent + 28 * day, None, True)
    assert final.what == "final report"


def test_an_incident_that_ended_before_its_first_report_still_needs_one() -> None:
    end = AWARE + timedelta(days=1)
    assert [one.what for one in deadlines(incident(resolved=end))] == ["first report", "final report"]
    first, final = deadlines(incident(sent=(end + timedelta(days=1),), resolved=end))
    assert first.met
    assert final.met is None, "one report is not the first and the last"


@pytest.mark.parametrize(
    "zone", ["Europe/Lisbon", "America/Sao_Paulo", "Asia/Shanghai", "Pacific/Kiritimati"]
)
@pytest.mark.parametrize("day", ["2026-03-28T23:30", "2026-10-24T23:30", "2026-12-31T23:59"])
def test_a_deadline_does_not_hang_on_zones_or_changes_of_the_clocks(zone: str, day: str) -> None:
    there = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    here = there.astimezone(UTC)
    due = [deadlines(replace(incident("infrastructure"), aware=aware))[0].due for aware in (there, here)]
    assert due[0] == due[1] == here + timedelta(hours=48)
    assert due[0].utcoffset() == timedelta(0)


def test_a_report_is_kept_five_years_after_the_last_of_it() -> None:
    assert kept_until(incident()) == datetime(2031, 3, 1, 9, tzinfo=UTC)
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert kept_until(incident(resolved=leap)) == datetime(2033, 3, 1, 12, tzinfo=UTC)


def test_a_history_is_only_added_to_and_read_again(incidents: Incidents, tmp_path: Path) -> None:
    events: list[tuple[str, dict[str, Any]]] = []
    store = Incidents(tmp_path, lambda kind, event: events.append((kind, event)))
    made = store.open(opening(REPORT), "Ana", sent=moment("now", "sent"))
    file = tmp_path / "oversight" / "incidents" / f"{made.id}.jsonl"
    before = file.read_bytes()
    store.update(made.id, {"harm": "ninguém"}, "Bo", note="seen")
    store.resolve(made.id, "Cy", "patched", at=moment("now", "at"))
    assert file.read_bytes().startswith(before)
    again = incidents.get(made.id)
    assert again.fields == {**made.fields, "harm": "ninguém"}
    assert [(entry.act, entry.by) for entry in again.history] == [
        ("open", "Ana"),
        ("update", "Bo"),
        ("resolve", "Cy"),
    ]
    assert again.aware.isoformat() == REPORT["aware"], "the offset that it was told in is kept"
    assert incidents.all() == [again]
    assert [event["act"] for _, event in events] == ["open", "update", "resolve"]
    assert all((kind, event["harm"]) == ("incident", "security") for kind, event in events)
    assert [json.loads(event["report"])["by"] for _, event in events] == ["Ana", "Bo", "Cy"]
    assert file.stat().st_mode & 0o077 == 0


def test_writers_beside_each_other_lose_nothing(tmp_path: Path) -> None:
    made = Incidents(tmp_path).open(opening(REPORT), "Ana")

    def write(name: str) -> None:
        mine = Incidents(tmp_path)
        mine.open(opening(REPORT), name)
        for number in range(5):
            mine.update(made.id, {}, name, note=str(number))

    threads = [threading.Thread(target=write, args=(f"P{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Incidents(tmp_path).all()
    assert len({one.id for one in found}) == 5
    assert len(found[0].history) == 21


def test_what_cannot_be_is_refused_in_one_line(incidents: Incidents, tmp_path: Path) -> None:
    made = incidents.open(opening(REPORT), "Ana")
    later = datetime.now(UTC) + timedelta(days=1)
    for refused in (
        lambda: incidents.update(made.id, {}, "Bo"),
        lambda: incidents.update(made.id, {"harms": "x"}, "Bo"),
        lambda: incidents.update(made.id, {"harm": "x"}, " "),
        lambda: incidents.update(made.id, {}, "Bo", sent=later),
        lambda: incidents.resolve(made.id, "Bo", " ", at=AWARE),
        lambda: incidents.resolve(made.id, "Bo", "done", at=later),
        lambda: incidents.open(replace(opening(REPORT), aware=later), "Ana"),
    ):
        with pytest.raises(BadInputError) as raised:
            refused()
        assert "\n" not in str(raised.value)
    for name in ("INC-2026-9999", "../../etc/passwd", "INC-2026-0001/../x", ""):
        with pytest.raises(MissingError):
            incidents.get(name)
    incidents.resolve(made.id, "Bo", "done", at=AWARE)
    with pytest.raises(BadInputError, match="already"):
        incidents.resolve(made.id, "Bo", "done", at=AWARE)
    assert len(incidents.get(made.id).history) == 2
    file = tmp_path / "oversight" / "incidents" / f"{made.id}.jsonl"
    file.write_bytes(b'{"act": "open"}\n')
    with pytest.raises(BadInputError, match="damaged"):
        incidents.get(made.id)


def test_an_export_opens_a_report_again(incidents: Incidents, tmp_path: Path) -> None:
    made = incidents.open(opening(REPORT), "Ana")
    out = exported(made, datetime.now(UTC))
    again = Incidents(tmp_path / "elsewhere").open(opening(json.loads(json.dumps(out))), "Bo")
    assert (again.fields, again.kind, again.aware) == (made.fields, made.kind, made.aware)
    assert [one["what"] for one in out["deadlines"]] == ["first report"]


@settings(max_examples=8)
@given(st.text(min_size=1))
@example(
    "não, ação, 模型被盗，繁體，ひらがな, 한국어, Ελληνικά, Кириллица, łódź, ȘȚ, 👩‍🚀, עברית, हिन्दी, a\x00b\u202ec\ufffe"
)
@example("<b>&amp;</font><para><img src='/etc/passwd'/>")
@example("x" * 30_000)
@example("\n\n\r\u2028")
def test_no_text_breaks_the_pdf(text: str) -> None:
    broken = incident()
    entry = replace(broken.history[0], fields=dict.fromkeys(FIELDS, text), note=text)
    whole = replace(broken, history=(entry,))
    content = pdf(whole, AWARE)
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")


def test_the_same_report_is_the_same_pdf() -> None:
    assert pdf(incident(), AWARE) == pdf(incident(), AWARE)
