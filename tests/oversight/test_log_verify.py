"""Verification: whatever is done to a log's files is found. Nothing else may be: a log that grows meanwhile is intact."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from log_files import KEY, ORIGIN, checked, entry, files, opened

from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.keys import SigningKey
from truthgpt.oversight.log import Log, Verifier, tiles, verify, witness
from truthgpt.oversight.log.note import COSIGNATURE
from truthgpt.oversight.log.witness import RefusedError, Witness

OTHER = SigningKey.from_seed(bytes(range(1, 33)))


@pytest.fixture
def small(tmp_path: Path) -> Log:
    """A log of three entries, appended one by one, with the partial tiles of every size, cosigned by a witness."""
    log = opened(tmp_path / "log")
    for number in range(3):
        log.append(entry(number))
    _cosign(log, tmp_path)
    assert checked(log).intact
    assert checked(log).witnesses == ("witness.example/w",)
    return log


def test_every_flip_of_a_byte_is_found(small: Log) -> None:
    """Each byte of each file, a bit of it."""
    assert {path.name for path in files(small.folder)} >= {"checkpoint", "witnesses", "1", "3"}
    _flip_each(small, lambda at: [1 << at % 8])


@pytest.mark.slow
def test_every_flip_of_a_bit_is_found(small: Log) -> None:
    """Each bit of each file."""
    _flip_each(small, lambda _: [1 << bit for bit in range(8)])


def _flip_each(log: Log, bits: Callable[[int], list[int]]) -> None:
    for path, content in files(log.folder).items():
        for at in range(len(content)):
            for bit in bits(at):
                path.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])
                assert _found(log), (path, at, bit)
        path.write_bytes(content)
    assert checked(log).intact


def test_every_truncation_and_addition_is_found(small: Log) -> None:
    """Each file cut at each place, or with something after its end; and each but the tiles of earlier sizes gone."""
    for path, content in files(small.folder).items():
        for end in range(len(content)):
            path.write_bytes(content[:end])
            assert _found(small), (path, end)
        for more in (b"\0", b"\n", content):
            path.write_bytes(content + more)
            assert _found(small), (path, more)
        if ".p" not in path.parent.name or path.name == "3":
            path.unlink()
            assert path.name == "witnesses" or _found(small), path
        path.write_bytes(content)
    assert checked(small).intact


def test_every_reordering_is_found(tmp_path: Path) -> None:
    """Any two entries, any two hashes, any two files exchanged, together or apart."""
    log = opened(tmp_path / "log")
    log.append_all([entry(number) for number in range(258)])
    for path in ("tile/entries/000", "tile/0/000", "tile/entries/001.p/2", "tile/0/001.p/2"):
        content = (log.folder / path).read_bytes()
        entries = "entries" in path
        parts = tiles.unbundled(content) if entries else tiles.hashes_of(content)
        for one, two in (*combinations(range(min(len(parts), 6)), 2), (0, len(parts) - 1)):
            changed = list(parts)
            changed[one], changed[two] = changed[two], changed[one]
            (log.folder / path).write_bytes(tiles.bundle(changed) if entries else b"".join(changed))
            assert _found(log), (path, one, two)
        (log.folder / path).write_bytes(content)
    whole = files(log.folder)
    for one_, two_ in combinations(whole, 2):
        one_.write_bytes(whole[two_])
        two_.write_bytes(whole[one_])
        assert _found(log), (one_, two_)
        one_.write_bytes(whole[one_])
        two_.write_bytes(whole[two_])
    # entries and their hashes exchanged alike
    _swap_first(log.folder)
    assert _found(log)


def test_flips_in_full_tiles_are_found(tmp_path: Path) -> None:
    """In a log with full tiles on two levels: every hash of them, and every entry, is looked at."""
    log = opened(tmp_path / "log")
    log.append_all([entry(number) for number in range(259)])
    for path, content in files(log.folder).items():
        for at in range(0, len(content), max(1, len(content) // 60)):
            path.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
            assert _found(log), (path, at)
        path.write_bytes(content)


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    """A finding names the file, and what in it; a heap of them is counted, not told."""
    log = opened(tmp_path / "log")
    log.append_all([entry(number) for number in range(70_000 // 512)])
    _flip(log.folder / "tile/0/000.p/136", 32 * 7)
    (finding,) = checked(log).findings
    assert str(finding) == "tile/0/000.p/136: entry 7 and its hash differ"
    many = opened(tmp_path / "many")
    many.append_all([b""] * 256 * 60)
    shutil.rmtree(many.folder / "tile")
    found = checked(many)
    assert (len(found.findings), found.more > 0) == (100, True)


def test_a_fork_is_found_by_what_was_seen(tmp_path: Path) -> None:
    """A history that the keeper of the key wrote anew is consistent in itself; a checkpoint kept elsewhere shows it."""
    log = opened(tmp_path / "log")
    log.append_all([entry(number) for number in range(5)])
    seen = log.checkpoint()
    log.append(entry(5))
    assert checked(log, seen).intact
    shutil.rmtree(log.folder)
    forked = opened(log.folder)
    forked.append_all([*(entry(number) for number in range(4)), b"another", entry(5)])
    assert checked(forked).intact
    assert "forked" in str(checked(forked, seen).findings[0])


def test_a_log_that_was_put_back_is_found_by_what_was_seen(tmp_path: Path) -> None:
    """Entries taken off the end together with their checkpoint: the one kept elsewhere has more."""
    log = opened(tmp_path / "log")
    log.append(entry(0))
    shutil.copytree(log.folder, tmp_path / "before")
    log.append(entry(1))
    seen = log.checkpoint()
    shutil.rmtree(log.folder)
    shutil.copytree(tmp_path / "before", log.folder)
    assert checked(log).intact
    assert "taken away" in str(checked(log, seen).findings[0])


def test_a_log_signed_by_another_key_is_found(tmp_path: Path) -> None:
    """Files of a whole other log in its place, under the same name, are refused by their signature."""
    log = opened(tmp_path / "log")
    log.append(entry(0))
    forged = Log.open(tmp_path / "forged", origin=ORIGIN, key=OTHER)
    forged.append(entry(0))
    found = verify(forged.folder, [log.verifier])
    assert not found.intact
    with pytest.raises(BadInputError):
        verify(log.folder, [log.verifier], seen=[forged.checkpoint()])


def test_a_fork_is_found_by_what_witnesses_cosigned(small: Log, tmp_path: Path) -> None:
    """The cosigned checkpoint that lies beside the log is held against it as well."""
    for name in ("cosigned", "witnesses"):
        (small.folder / name).rename(tmp_path / name)
    shutil.rmtree(small.folder)
    forked = opened(small.folder)
    forked.append_all([entry(number) for number in range(2)])
    for name in ("cosigned", "witnesses"):
        (tmp_path / name).rename(small.folder / name)
    assert "taken away" in str(checked(forked).findings[0])
    forked.append_all([b"another", entry(5)])
    assert "forked" in str(checked(forked).findings[0])


def test_a_witness_cosigns_one_history_alone(tmp_path: Path) -> None:
    """It answers as C2SP tlog-witness says: what is unknown, unsigned, stale, smaller or forked gets no cosignature."""
    log = opened(tmp_path / "log")
    log.append_all([entry(number) for number in range(3)])
    by = Witness(tmp_path / "witness", "witness.example/w", OTHER, (log.verifier,))
    line = by.add_checkpoint(witness.request(log.view(), 0), 1_700_000_000)
    witness.keep(log.folder, log.checkpoint(), line, log.verifier, by.verifier)
    log.append(entry(3))
    with pytest.raises(RefusedError) as stale:
        by.add_checkpoint(witness.request(log.view(), 0), 1)
    assert (stale.value.status, stale.value.body) == (409, "3\n")
    assert by.add_checkpoint(witness.request(log.view(), 3), 1)
    assert by.add_checkpoint(witness.request(log.view(), 4), 2)  # the same again

    forked = opened(tmp_path / "forked")
    forked.append_all([b"another"] * 6)
    stranger = Log.open(tmp_path / "stranger", origin="log.example/stranger", key=OTHER)
    unsigned = Log.open(tmp_path / "unsigned", origin=ORIGIN, key=OTHER)
    unsigned.append_all([b""] * 6)
    for body, status in (
        (witness.request(forked.view(), 4), 422),
        (witness.request(stranger.view(), 0), 404),
        (witness.request(unsigned.view(), 4), 403),
        (witness.request(log.view(), 4).replace(b"old 4", b"old 5"), 400),
        (b"old 4\n\nnothing", 400),
        (b"", 400),
        (b"old 04\n\n" + log.checkpoint(), 400),
        (b"old 4\nAAAA\n\n" + log.checkpoint(), 400),
    ):
        with pytest.raises(RefusedError) as refused:
            by.add_checkpoint(body, 3)
        assert refused.value.status == status, body
    with pytest.raises(BadInputError, match="no cosignature of x"):
        witness.keep(log.folder, log.checkpoint(), line, log.verifier, Verifier("x", KEY.public, COSIGNATURE))
    with pytest.raises(BadInputError, match="is wrong"):
        witness.keep(log.folder, log.checkpoint(), line, log.verifier, by.verifier)
    with pytest.raises(BadInputError):
        witness.keep(log.folder, log.checkpoint(), b"nothing", log.verifier, by.verifier)


def test_cosignatures_of_several_witnesses_come_together(tmp_path: Path) -> None:
    """Each brings its line; those of the same checkpoint are kept, each its last; an older one replaces nothing."""
    log = opened(tmp_path / "log")
    log.append(entry(0))
    old = log.view()
    first, second = (
        Witness(tmp_path / name, f"witness.example/{name}", SigningKey.from_seed(seed * 32), (log.verifier,))
        for name, seed in (("a", b"a"), ("b", b"b"))
    )
    log.append(entry(1))
    new = log.view()
    for by in (first, second):
        line = by.add_checkpoint(witness.request(new, 0), 5)
        witness.keep(log.folder, new.note, line, log.verifier, by.verifier)
    assert checked(log).witnesses == ("witness.example/a", "witness.example/b")
    third = Witness(tmp_path / "c", "witness.example/c", SigningKey.from_seed(b"c" * 32), (log.verifier,))
    line = third.add_checkpoint(witness.request(old, 0), 5)
    witness.keep(log.folder, old.note, line, log.verifier, third.verifier)
    line = witness.cosign(old.checkpoint.text(), first.name, first.key, 6).line().encode()
    witness.keep(log.folder, old.note, line, log.verifier, first.verifier)  # changes nothing
    assert checked(log).witnesses == ("witness.example/a", "witness.example/b", "witness.example/c")
    note = witness.kept(log.folder, first.verifier)
    assert note is not None
    assert note.text == new.checkpoint.text()
    log.append(entry(2))
    assert checked(log).intact


def test_a_log_that_grows_meanwhile_is_intact(tmp_path: Path) -> None:
    """Verification needs no lock: bundles that fill while it looks are no finding."""
    log = opened(tmp_path / "log")
    log.append_all([entry(number) for number in range(250)])
    stop = threading.Event()

    def grow() -> None:
        while not stop.is_set():
            log.append_all([b"more"] * 5)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        found = [checked(log) for _ in range(60)]
    finally:
        stop.set()
        thread.join()
    assert [each.findings for each in found] == [()] * 60


def test_files_of_no_log_are_told(small: Log) -> None:
    """A stranger's file in the folder is a finding; what a crash left is counted, and is none."""
    for path in ("tile/0/001", "tile/0/000.p/9", ".checkpoint.part"):
        (small.folder / path).write_bytes(b"x")
        assert (checked(small).intact, checked(small).unfinished) == (True, 1), path
        (small.folder / path).unlink()
    for path in ("tile/0/1", "tile/0/000.p/05", "tile/0/000.p/x", "notes.txt", "tile/entries/0000"):
        (small.folder / path).write_bytes(b"x")
        assert not checked(small).intact, path
        (small.folder / path).unlink()
    with pytest.raises(MissingError):
        verify(small.folder / "nowhere", [small.verifier])


def _found(log: Log) -> bool:
    try:
        return not checked(log).intact
    except (MissingError, BadInputError):
        return True


def _cosign(log: Log, folder: Path) -> None:
    by = Witness(folder / "witness", "witness.example/w", OTHER, (log.verifier,))
    line = by.add_checkpoint(witness.request(log.view(), 0), 1_700_000_000)
    witness.keep(log.folder, log.checkpoint(), line, log.verifier, by.verifier)


def _flip(path: Path, at: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


def _swap_first(folder: Path) -> None:
    def swapped(parts: list[bytes]) -> Iterator[bytes]:
        yield from (parts[1], parts[0], *parts[2:])

    entries = folder / "tile/entries/000"
    entries.write_bytes(tiles.bundle(swapped(tiles.unbundled(entries.read_bytes()))))
    hashes = folder / "tile/0/000"
    hashes.write_bytes(b"".join(swapped(tiles.hashes_of(hashes.read_bytes()))))
