"""Pauses and incidents are in the log, without the names, reasons and reports, which lie apart."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from truthgpt.oversight.incidents import FIELDS, Incidents, opening
from truthgpt.oversight.log import Log
from truthgpt.oversight.log.events import read
from truthgpt.oversight.log.texts import FILE, Texts
from truthgpt.oversight.pause import Pause
from truthgpt.oversight.recording import recorder, was_paused

REPORT = {"kind": "harm", "aware": "2026-03-01T10:00:00+01:00", **dict.fromkeys(FIELDS, "Zoë was harmed")}


def entries(data: Path) -> list[bytes]:
    return [entry for _, entry in Log.open(data / "oversight" / "log").view().entries()]


def test_every_change_of_a_pause_is_an_event_whose_texts_can_be_erased(tmp_path: Path) -> None:
    pause = Pause.open(tmp_path, persons=2, record=recorder(tmp_path))
    pause.set_up(lambda: was_paused(tmp_path))
    pause.pause("Zoë leaked", "Ana Lee")
    pause.resume("Bo Ray", "Zoë is safe")
    pause.resume("Cy Orr", "Zoë is safe")
    logged = entries(tmp_path)
    told = [read(entry) for entry in logged]
    assert [one.kind for one in told] == ["resumption", "pause", "resumption-request", "resumption"]
    assert not any(word in entry for entry in logged for word in (b"Zo", b"Ana", b"Bo Ray"))
    texts = Texts(tmp_path / "oversight" / FILE)
    said = [texts.get(one.texts[name]) for one in told[1:] for name in ("by", "reason")]
    assert [one and one.text for one in said] == [
        *("Ana Lee", "Zoë leaked"),
        *("Bo Ray", "Zoë is safe"),
        *("Bo Ray and Cy Orr", "Zoë is safe"),
    ]


def test_a_folder_whose_pause_is_gone_is_known_by_its_log(tmp_path: Path) -> None:
    """Also where the log cannot be read; but not where it tells of other things alone."""
    assert not was_paused(tmp_path)
    Incidents(tmp_path, recorder(tmp_path)).open(opening(REPORT), "Ana")
    assert not was_paused(tmp_path)
    pause = Pause.open(tmp_path, record=recorder(tmp_path))
    assert pause.set_up(lambda: was_paused(tmp_path))
    shutil.rmtree(pause.folder)
    pause.seal_file.unlink()
    assert not pause.set_up(lambda: was_paused(tmp_path))
    assert pause.paused()
    (tmp_path / "oversight" / "log" / "checkpoint").write_bytes(b"nothing of the kind")
    assert was_paused(tmp_path)


def test_every_step_of_an_incident_is_an_event(tmp_path: Path) -> None:
    store = Incidents(tmp_path, recorder(tmp_path))
    made = store.open(opening(REPORT), "Ana")
    store.update(made.id, {}, "Bo", note="seen")
    store.resolve(made.id, "Cy", "patched", at=datetime.now(UTC))
    told = [read(entry) for entry in entries(tmp_path)]
    assert [(one.kind, one.values["step"]) for one in told] == [
        ("incident", "open"), ("incident", "update"), ("incident", "resolve"),
    ]  # fmt: skip
    assert {one.values["incident"] for one in told} == {made.id}
    assert not any("Zoë".encode() in entry for entry in entries(tmp_path))
