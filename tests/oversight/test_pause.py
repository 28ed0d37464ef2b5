"""The switch: it lasts, it fails closed, and two persons are two."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, BusyError, MissingError
from truthgpt.language import gguf
from truthgpt.oversight.pause import FRESH_SECONDS, Pause, Paused, Request, Resumed
from truthgpt.oversight.pause import switch as switch_module
from truthgpt.oversight.pause.large import digest_of, halt_of
from truthgpt.oversight.pause.state import Fault, Seal, State, decode_seal, decode_state, encode
from truthgpt.settings import Settings


@pytest.fixture
def pause(tmp_path: Path) -> Pause:
    made = Pause.open(tmp_path)
    assert made.set_up()
    return made


def test_it_holds_from_the_call_until_it_is_resumed_in_every_process(pause: Pause, tmp_path: Path) -> None:
    other = Pause.open(tmp_path)
    assert other.paused() is None
    held = pause.pause("a leak", "Ana")
    assert Pause.open(tmp_path).paused() == held == pause.paused()
    time.sleep(FRESH_SECONDS)
    assert other.paused() == held, "one that asked before finds it once its answer is no longer fresh"
    assert isinstance(pause.resume("Bo", "mended"), Resumed)
    assert pause.paused() is None
    assert Pause.open(tmp_path).paused() is None


def test_a_second_pause_changes_nothing(pause: Pause) -> None:
    held = pause.pause("a leak", "Ana")
    assert pause.pause("another", "Bo") == held


@pytest.mark.parametrize(
    ("reason", "by"), [("", "Ana"), (" \n", "Ana"), ("a leak", ""), ("x" * 501, "Ana"), ("\ud800", "A")]
)
def test_reason_and_name_are_needed(pause: Pause, reason: str, by: str) -> None:
    with pytest.raises(BadInputError) as raised:
        pause.pause(reason, by)
    assert "\n" not in str(raised.value)
    assert pause.paused() is None
    pause.pause("a leak", "Ana")
    with pytest.raises(BadInputError):
        pause.resume(by, reason)
    assert pause.paused()


def test_what_is_not_paused_is_not_resumed(pause: Pause) -> None:
    with pytest.raises(BadInputError, match="nothing is paused"):
        pause.resume("Ana", "why not")


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _same_bytes_elsewhere(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"}", b"} ", 1))


FAULTS: dict[str, Callable[[Path], None]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-2]),
    "unreadable": _a_folder,
    "a space more": _same_bytes_elsewhere,
    "not JSON": lambda path: path.write_bytes(b"\xff" * 100),
    "huge": lambda path: path.write_bytes(b"[" * (2 << 20)),
}


@pytest.mark.parametrize("file", ["state_file", "seal_file"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_either_file_pauses_and_is_mended_by_resuming(
    pause: Pause, tmp_path: Path, file: str, fault: Callable[[Path], None]
) -> None:
    fault(getattr(pause, file))
    fresh = Pause.open(tmp_path)
    found = fresh.paused()
    assert found is not None
    assert found.fault
    assert not fresh.set_up(), "a folder that had a state is not set up again"
    path = getattr(pause, file)
    if path.is_dir():
        path.rmdir()
    fresh.resume("Ana", "restored")
    assert Pause.open(tmp_path).paused() is None


def test_every_flipped_byte_of_either_file_pauses(pause: Pause, tmp_path: Path) -> None:
    for path in (pause.state_file, pause.seal_file):
        whole = path.read_bytes()
        for place in range(len(whole)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            found = Pause.open(tmp_path).paused()
            assert found is not None, (path.name, place)
            assert found.fault
        path.write_bytes(whole)
    assert Pause.open(tmp_path).paused() is None


def test_a_state_that_is_put_back_pauses(pause: Pause, tmp_path: Path) -> None:
    """The file of a day on which nothing was paused must not undo a pause, nor the seal of that day with it alone."""
    before = pause.state_file.read_bytes()
    pause.pause("a leak", "Ana")
    pause.state_file.write_bytes(before)
    found = Pause.open(tmp_path).paused()
    assert found is not None
    assert "put back" in found.reason


def test_a_state_written_by_hand_pauses(pause: Pause, tmp_path: Path) -> None:
    pause.pause("a leak", "Ana")
    pause.state_file.write_bytes(encode(State(counter=99)))
    found = Pause.open(tmp_path).paused()
    assert found is not None
    assert "sealed" in found.reason


def test_a_folder_whose_files_are_all_gone_is_known_by_the_log(tmp_path: Path) -> None:
    kept: list[str] = []
    pause = Pause.open(tmp_path, record=lambda kind, _event: kept.append(kind))
    assert pause.set_up(lambda: bool(kept))
    assert kept == ["pause"]
    shutil.rmtree(pause.folder)
    pause.seal_file.unlink()
    fresh = Pause.open(tmp_path)
    assert fresh.paused()
    assert not fresh.set_up(lambda: bool(kept))
    assert fresh.paused()


def test_a_new_folder_is_paused_until_it_is_set_up(tmp_path: Path) -> None:
    pause = Pause.open(tmp_path / "new")
    assert pause.paused()
    assert not (tmp_path / "new").exists(), "asking makes nothing"
    (tmp_path / "new").mkdir()
    assert pause.set_up()
    assert not pause.set_up()
    assert Pause.open(tmp_path / "new").paused() is None


def test_a_full_disk_does_not_keep_anybody_from_pausing(
    pause: Pause, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object) -> None:
        raise MissingError(f"{path}: no space left")

    monkeypatch.setattr(durable, "write", full)
    assert pause.pause("a leak", "Ana").fault
    assert Pause.open(tmp_path).paused()


def test_a_resumption_that_hangs_does_not_keep_anybody_from_pausing_nor_undo_it(
    pause: Pause, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that does not answer holds the lock while it is told of a resumption."""
    monkeypatch.setattr(switch_module, "_PAUSE_LOCK_SECONDS", 0.05)
    pause.pause("a leak", "Ana")

    def meanwhile(_kind: str, _event: dict[str, Any]) -> None:
        assert Pause.open(tmp_path).pause("worse", "Bo").fault

    with pytest.raises(BusyError, match="changed meanwhile"):
        Pause.open(tmp_path, record=meanwhile).resume("Cy", "mended")
    assert Pause.open(tmp_path).paused()
    pause.resume("Cy", "mended")
    assert Pause.open(tmp_path).paused() is None


@pytest.mark.parametrize("kept", [True, False])
def test_a_brake_in_the_middle_of_a_resumption_holds(
    pause: Pause, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """At the last moment too: after the seal was written and before the state is."""
    pause.pause("a leak", "Ana")
    if not kept:
        pause.state_file.unlink()
    write = durable.write

    def braked(path: Path, content: bytes) -> None:
        if path == pause.state_file:
            Pause.open(tmp_path)._brake()
        write(path, content)

    monkeypatch.setattr(durable, "write", braked)
    with pytest.raises(MissingError):
        pause.resume("Cy", "mended")
    assert Pause.open(tmp_path).paused()


def test_a_pause_stands_though_the_log_cannot_take_it_and_a_resumption_does_not(tmp_path: Path) -> None:
    def broken(_kind: str, _event: dict[str, Any]) -> None:
        raise MissingError("the log is full")

    Pause.open(tmp_path).set_up()
    pause = Pause.open(tmp_path, record=broken)
    with pytest.raises(MissingError):
        pause.pause("a leak", "Ana")
    assert Pause.open(tmp_path).paused()
    with pytest.raises(MissingError):
        pause.resume("Bo", "mended")
    assert Pause.open(tmp_path).paused()


def test_every_change_is_recorded_with_who_and_why(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    pause = Pause.open(tmp_path, persons=2, record=lambda _kind, event: events.append(event))
    pause.set_up()
    pause.pause("a leak", "Ana")
    pause.resume("Bo", "mended")
    pause.resume("Cy", "seen it")
    assert [event["act"] for event in events] == ["set up", "pause", "ask to resume", "resume"]
    assert [(event.get("by"), event.get("reason")) for event in events[1:]] == [
        ("Ana", "a leak"), ("Bo", "mended"), ("Cy", "seen it"),
    ]  # fmt: skip
    assert events[-1]["first"] == "Bo"
    json.dumps(events)


def test_two_persons_are_needed_where_that_is_set(tmp_path: Path) -> None:
    pause = Pause.open(tmp_path, persons=2)
    pause.set_up()
    pause.pause("a leak", "Ana")
    assert isinstance(pause.resume("Bo", "mended"), Request)
    assert pause.paused()
    for same in ("Bo", " bo", "ＢＯ"):
        with pytest.raises(BadInputError, match="another person"):
            pause.resume(same, "really")
    assert isinstance(pause.resume("Cy", "seen it"), Resumed)
    assert pause.paused() is None


def test_who_resumes_cannot_do_with_one_person_what_was_paused_under_two(tmp_path: Path) -> None:
    Pause.open(tmp_path).set_up()
    Pause.open(tmp_path, persons=2).pause("a leak", "Ana")
    assert isinstance(Pause.open(tmp_path, persons=1).resume("Bo", "mended"), Request)


@pytest.mark.parametrize("fault", [False, True])
def test_a_request_expires_and_the_next_is_the_first_again(tmp_path: Path, fault: bool) -> None:
    pause = Pause.open(tmp_path, persons=2, expiry=timedelta(0))
    pause.set_up()
    pause.state_file.unlink() if fault else pause.pause("a leak", "Ana")
    assert isinstance(pause.resume("Bo", "mended"), Request)
    assert isinstance(pause.resume("Cy", "mended"), Request)
    assert pause.paused()
    late = Pause.open(tmp_path, persons=2)
    assert isinstance(late.resume("Bo", "mended"), Request)
    assert isinstance(late.resume("Cy", "mended"), Resumed)
    assert late.paused() is None


def test_a_request_from_the_future_is_none(pause: Pause) -> None:
    """A clock that was set back must not make an old request agree with anybody."""
    now = datetime.now(UTC)
    future = Request("Bo", "mended", now + timedelta(days=1), now + timedelta(days=2))
    assert not switch_module._agrees(future, Request("Cy", "mended", now, now + timedelta(hours=1)))
    assert not switch_module._agrees(future, replace(future, by="Cy", model="other"))


def test_a_new_pause_takes_the_request_to_end_the_last_one_back(tmp_path: Path) -> None:
    pause = Pause.open(tmp_path, persons=2)
    pause.set_up()
    pause.pause("a leak", "Ana")
    pause.resume("Bo", "mended")
    pause.resume("Cy", "mended")
    pause.pause("again", "Ana")
    assert isinstance(pause.resume("Cy", "mended"), Request)


times = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))
lines = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
pauses = st.builds(Paused, lines, lines, times, st.integers(1, 2), st.booleans(), st.booleans(), lines)
requests = st.builds(Request, lines, lines, times, times, lines)


@settings(max_examples=25)
@given(
    st.builds(
        State, st.integers(0, 2**53), st.none() | pauses, st.none() | requests, st.lists(lines).map(tuple)
    )
)
def test_what_is_written_is_read(state: State) -> None:
    assert decode_state(encode(state)) == state


@settings(max_examples=25)
@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_any_other_bytes_are_a_fault(content: bytes) -> None:
    for decode in (decode_state, decode_seal):
        with pytest.raises(Fault):
            decode(content)


def test_a_writer_beside_never_makes_readers_see_a_fault(pause: Pause, tmp_path: Path) -> None:
    """Between the two files there is a moment; nobody may be cut off by it."""
    done = threading.Event()
    faults: list[Paused] = []

    def read() -> None:
        mine = Pause.open(tmp_path)
        while not done.is_set():
            found, _ = mine.state()
            if found is not None and found.fault:
                faults.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(8):
        pause.resume("Ana", "let it run", model=f"{number:064x}")
    done.set()
    for reader in readers:
        reader.join()
    assert not faults


CHANGES = """
import itertools, sys
from pathlib import Path
from truthgpt.oversight.pause import Pause
pause = Pause.open(Path(sys.argv[1]))
print("ready", flush=True)
for number in itertools.count():
    pause.pause(f"leak {number}", "Ana")
    print("paused", flush=True)
    pause.resume("Bo", "mended")
    print("running", flush=True)
"""


def test_killed_at_any_moment_it_is_what_was_said_last_or_paused(pause: Pause, tmp_path: Path) -> None:
    """What was acknowledged holds; what was under way holds, or does not, but is never a state in between."""
    for wait in (0.0, 0.003, 0.007, 0.013, 0.02):
        with subprocess.Popen(
            [sys.executable, "-c", CHANGES, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            last = (process.stdout.read().splitlines() or ["running"])[-1]
        found = Pause.open(tmp_path).paused()
        assert found is None or not found.fault
        if found is None and last == "paused":
            continue  # killed after a resumption and before it was said
        if found is not None:
            Pause.open(tmp_path).resume("Cy", "next")


def test_writers_beside_each_other_lose_nothing(pause: Pause, tmp_path: Path) -> None:
    def allow(start: int) -> None:
        mine = Pause.open(tmp_path)
        for number in range(start, start + 5):
            mine.resume("Ana", "let it run", model=f"{number:064x}")

    threads = [threading.Thread(target=allow, args=(start,)) for start in (0, 5, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pause.state()[1].models) == 15
    assert all(pause.allows(f"{number:064x}") for number in range(15))


def test_the_number_of_a_state_only_grows(pause: Pause) -> None:
    counters = [decode_state(pause.state_file.read_bytes()).counter]
    for _ in range(2):
        pause.pause("a leak", "Ana")
        counters.append(decode_state(pause.state_file.read_bytes()).counter)
        pause.state_file.unlink()
        pause.resume("Bo", "mended")
        counters.append(decode_state(pause.state_file.read_bytes()).counter)
    assert all(before < after for before, after in itertools.pairwise(counters))
    assert decode_seal(pause.seal_file.read_bytes()) == Seal(
        counters[-1], decode_seal(pause.seal_file.read_bytes()).states
    )


def test_a_model_over_the_line_waits_for_a_person(
    pause: Pause, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is of FLOP, the leave of one digest: another file of that name waits again."""
    file = tmp_path / "big.gguf"
    file.write_bytes(b"weights")
    monkeypatch.setattr(gguf, "read", lambda _path: type("Header", (), {"text": lambda *_: "{}"}))
    monkeypatch.setattr("truthgpt.oversight.pause.large.card.parsed", lambda *_: {"flop": 3e25})
    chosen = Settings(tmp_path, str(file))
    halt = halt_of(pause, chosen)
    found = halt()
    assert found is not None
    assert "3e+25 FLOP" in found.reason
    assert halt_of(pause, replace(chosen, flop_line=4e25))() is None
    pause.resume("Ana", "inspected", model=digest_of(chosen))
    assert halt() is None
    assert pause.pause("a leak", "Ana") == halt(), "a pause of everything is above it"
    pause.resume("Ana", "mended")
    assert halt() is None
    file.write_bytes(b"other weights")
    assert halt_of(pause, chosen)() is not None


def test_a_model_elsewhere_is_over_the_line_where_its_operators_say_so(pause: Pause, tmp_path: Path) -> None:
    chosen = Settings(tmp_path, "http://localhost:1/v1", model_flop=5e25)
    assert halt_of(pause, chosen)() is not None
    assert halt_of(pause, replace(chosen, model_flop=0.0))() is None
    assert halt_of(pause, replace(chosen, model="none"))() is None
