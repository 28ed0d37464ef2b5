"""Appending: what is acknowledged stays, whoever dies, however many write, whether or not the disk has room."""

from __future__ import annotations

import errno
import os
import random
import signal
import threading
import time
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from log_files import KEY, ORIGIN, at_change, checked, entry, opened

from full_disk import no_file_beyond
from truthgpt.errors import BadInputError, BusyError, MissingError
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import Log, View, locking, merkle, tiles

_FORK = get_context("fork")


def test_entries_come_back_with_their_proofs(tmp_path: Path) -> None:
    """Across the border of a bundle, one by one and many at once: each entry is where it was said to be, and proven."""
    with opened(tmp_path / "log") as log:
        assert (log.size, checked(log).intact) == (0, True)
        for number in range(3):
            assert log.append(entry(number)).index == number
        before = log.checkpoint()
        assert log.append_all([entry(number) for number in range(3, 600)]) == range(3, 600)
        assert log.append(b"").index == 600
        assert log.append_all([]) == range(0)
        view = log.view()
        assert [held for _, held in view.entries()] == [*map(entry, range(600)), b""]
        assert list(view.entries(254, 258)) == [(number, entry(number)) for number in range(254, 258)]
        for index in (0, 255, 256, 511, 512, 599):
            assert log.inclusion(index).check(entry(index), [log.verifier]).size == 601
            assert view.entry(index) == entry(index)
        old, new = View.open(log.folder, [log.verifier]).root(3), view.checkpoint.root
        merkle.check_consistency(3, old, 601, new, log.consistency(3))
        merkle.check_consistency(256, view.root(256), 512, view.root(512), log.consistency(256, 512))
        assert checked(log, before).intact
    again = opened(tmp_path / "log")
    assert again.append(b"more").index == 601
    assert checked(again).intact


def test_the_files_are_those_of_tlog_tiles(tmp_path: Path) -> None:
    """The specification's example: 70,000 entries are 273 full tiles of level 0, one of 112, then 1 and 17, then 1."""
    log = opened(tmp_path / "log")
    log.append_all([b""] * 65_536)
    log.append_all([b""] * 4_464)
    for level, full, partial in ((0, 273, 112), (1, 1, 17), (2, 0, 1)):
        assert tiles.shape(70_000, level) == (full, partial)
        folder = log.folder / tiles.tile_folder(level)
        assert sum(len(path.read_bytes()) == 8192 for path in folder.glob("[0-9]*") if path.is_file()) == full
        assert (
            log.folder / tiles.path(tiles.tile_folder(level), full, partial)
        ).stat().st_size == 32 * partial
    assert list(tiles.levels(70_000)) == [0, 1, 2]
    assert tiles.path(tiles.ENTRIES, 1_234_067) == "tile/entries/x001/x234/067"
    assert tiles.parsed("tile/entries/x001/x234/067") == (0, 1_234_067, 256)
    assert tiles.parsed("tile/1/000.p/17") == (1, 0, 17)
    for path in ("tile/1/000.p/256", "tile/01/000", "tile/1/000.p/017", "tile/1/x000/001", "tile/1/1"):
        assert tiles.parsed(path) is None


def test_what_cannot_be_logged_is_refused(tmp_path: Path) -> None:
    """An entry longer than its length can say, too many at once, an index that is not there: a line each, and no change."""
    log = opened(tmp_path / "log")
    log.append(b"x" * tiles.LARGEST_ENTRY)
    with pytest.raises(BadInputError, match="65,535"):
        log.append(b"x" * (tiles.LARGEST_ENTRY + 1))
    with pytest.raises(BadInputError, match="65,536"):
        log.append_all([b""] * 65_537)
    for index in (-1, 1):
        with pytest.raises(BadInputError, match="no entry"):
            log.inclusion(index)
        with pytest.raises(BadInputError, match="no entry"):
            log.view().entry(index)
    with pytest.raises(BadInputError, match="no proof"):
        log.consistency(2)
    assert log.size == 1


def test_a_log_of_another_key_or_name_is_not_written_to(tmp_path: Path) -> None:
    """Two installations never sign one log, and a log whose checkpoint is gone is not begun anew."""
    log = opened(tmp_path / "log")
    log.append(b"entry")
    with pytest.raises(BadInputError):
        Log.open(log.folder, origin=ORIGIN, key=SigningKey.from_seed(bytes(32)))
    with pytest.raises(BadInputError):
        Log.open(log.folder, origin="log.example/other", key=KEY)
    (log.folder / "checkpoint").unlink()
    with pytest.raises(BadInputError, match="restore"):
        opened(log.folder)
    with pytest.raises(MissingError, match="no log"):
        View.open(log.folder, [log.verifier])


def test_an_installation_names_its_log_by_its_key(tmp_path: Path) -> None:
    """With nothing given, the key beside the log signs, and no two installations have logs of one name."""
    names = set()
    for name in ("one", "two"):
        log = Log.open(tmp_path / name / "log")
        log.append(b"entry")
        assert Log.open(tmp_path / name / "log").origin == log.origin
        names.add(log.origin)
    assert len(names) == 2


def test_threads_share_commits(tmp_path: Path) -> None:
    """Entries of threads that append at once are all there, each where its thread was told, and in its order."""
    log = opened(tmp_path / "log")
    told: dict[bytes, int] = {}

    def work(thread: int) -> None:
        for number in range(12):
            content = b"%d %d" % (thread, number)
            told[content] = log.append(content).index

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {held: index for index, held in log.view().entries()} == told
    for thread_ in range(16):
        places = [told[b"%d %d" % (thread_, number)] for number in range(12)]
        assert places == sorted(places)
    assert checked(log).intact
    # fewer commits than entries: the checkpoints' sizes are those of the partial tiles that were written
    assert len(list((log.folder / "tile/0/000.p").iterdir())) < len(told)


def test_a_thread_that_is_stopped_while_it_waits_keeps_nobody(tmp_path: Path) -> None:
    """Ctrl-C in an append that waits for another's commit: what others append goes on."""
    log = opened(tmp_path / "log")
    wait = threading.Event.wait

    def interrupted(event: threading.Event, timeout: float | None = None) -> bool:
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        return wait(event, timeout)

    with locking.held(log.folder):  # the first commit does not end yet
        others = [threading.Thread(target=log.append, args=(b"%d" % number,)) for number in range(3)]
        for other in others:
            other.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threading.Event, "wait", interrupted)
            with pytest.raises(KeyboardInterrupt):
                log.append(b"stopped")
    for other in others:
        other.join(60)
        assert not other.is_alive()
    assert sorted(held for _, held in log.view().entries()) == [b"0", b"1", b"2"]
    assert log.append(b"after").index == 3


def test_processes_take_turns(tmp_path: Path) -> None:
    """A server and command lines append to one log beside each other; nobody is kept out."""
    folder = tmp_path / "log"
    opened(folder)
    with _FORK.Pool(3) as pool:
        told = pool.starmap(_append, [(folder, process, 15) for process in range(3)])
    log = opened(folder)
    assert {held: index for index, held in log.view().entries()} == {
        content: index for each in told for content, index in each.items()
    }
    assert checked(log).intact


@pytest.mark.parametrize("survivor", [True, False])
def test_a_process_that_dies_at_any_change_leaves_a_valid_log(tmp_path: Path, survivor: bool) -> None:
    """Wherever in a commit a process is killed, the log is valid at once, has all that was acknowledged, and goes on
    without a trace of it, in a process that was there before as in one that comes after (every other change for each)."""
    for number in range(survivor, 10_000, 2):
        folder = tmp_path / str(number)
        log = opened(folder)
        log.append_all([entry(each) for each in range(253)])
        log.append(entry(253))
        child = os.fork()
        if child == 0:
            with at_change(number, lambda: os._exit(9)) as _:
                log.append_all([entry(each) for each in range(254, 260)])
            os._exit(0)
        survived = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        found = checked(log)
        assert found.intact, (number, found)
        assert found.size in ((260,) if survived else (254, 260))
        again = log if survivor else opened(folder)
        again.append(b"after")
        found = checked(again)
        assert (found.intact, found.unfinished) == (True, 0), (number, found)
        assert [held for _, held in again.view().entries()][:254] == [entry(each) for each in range(254)]
        if survived:
            assert number > 20
            return


def test_a_disk_that_fails_at_any_change_costs_nothing_acknowledged(tmp_path: Path) -> None:
    """Full, read-only or broken, at whichever change: one clear error or an acknowledgement, and a log that goes on."""
    for number in range(10_000):
        log = opened(tmp_path / str(number))
        log.append_all([entry(each) for each in range(254)])
        code = (errno.ENOSPC, errno.EROFS, errno.EIO)[number % 3]
        acknowledged = 254

        def fail(code: int = code) -> None:
            raise OSError(code, os.strerror(code))

        with at_change(number, fail) as count, suppress(MissingError):
            log.append_all([entry(each) for each in range(254, 260)])
            acknowledged = 260
        assert log.size >= acknowledged
        log.append(b"after")
        found = checked(log)
        assert (found.intact, found.unfinished) == (True, 0), (number, found)
        if count[0] <= number:
            return


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    """What does not fit is not acknowledged; once there is room again, the log goes on."""
    log = opened(tmp_path / "log")
    log.append(b"fits")
    with no_file_beyond(10_000), pytest.raises(MissingError, match="free some space"):
        log.append(b"x" * 20_000)
    assert log.size == 1
    assert log.append(b"fits too").index == 1
    assert (checked(log).intact, checked(log).unfinished) == (True, 0)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    """Where the log's folder cannot be, nothing is appended and one line says why."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MissingError):
        opened(tmp_path / "file" / "log")


def test_a_writer_that_hangs_is_told_of(tmp_path: Path) -> None:
    """Who waits for the lock does not wait for ever."""
    log = opened(tmp_path / "log")
    with locking.held(log.folder), pytest.raises(BusyError), locking.held(log.folder, timeout=0.05):
        pass
    log.append(b"free again")


def test_sigkill_at_random_moments_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Processes of several threads are killed while they append; all that they were told of is there, where they were told."""
    _kill(tmp_path / "log", kills=3, seed=1)


@pytest.mark.slow
def test_a_hundred_kills(tmp_path: Path) -> None:
    """The same, a hundred times in one log."""
    _kill(tmp_path / "log", kills=100, seed=2)


def _kill(folder: Path, kills: int, seed: int) -> None:
    random_ = random.Random(seed)
    log = opened(folder)
    told: dict[bytes, int] = {}
    for number in range(kills):
        ours, theirs = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_append_until_killed, args=(theirs, folder, number), daemon=True)
        process.start()
        theirs.close()
        told.update([ours.recv()])
        time.sleep(random_.uniform(0, 0.1))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        try:
            while True:
                told.update([ours.recv()])
        except (EOFError, OSError):
            ours.close()
        process.join()
        content = b"between %d" % number
        told[content] = log.append(content).index
        found = checked(log)
        assert (found.intact, found.unfinished) == (True, 0), found
    held = dict(log.view().entries())
    assert {held[index]: index for index in told.values()} == told


def _append_until_killed(pipe: Connection, folder: Path, process: int) -> None:
    log = opened(folder)
    sending = threading.Lock()

    def work(thread: int) -> None:
        number = 0
        while True:
            content = b"%d %d %d" % (process, thread, number)
            index = log.append(content).index
            with sending:
                pipe.send((content, index))
            number += 1

    for thread in range(4):
        threading.Thread(target=work, args=(thread,), daemon=True).start()
    signal.pause()


def _append(folder: Path, process: int, entries: int) -> dict[bytes, int]:
    log = opened(folder)
    contents = [b"%d %d" % (process, number) for number in range(entries)]
    return {content: log.append(content).index for content in contents}
