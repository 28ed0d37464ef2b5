"""Whether a log's files are what its checkpoint says: every byte of them is looked at.

Each entry is hashed and held against its hash, each hash against those below it, the top against the signed root; each
partial tile that is still there against the tile that it is the beginning of; and the log against the checkpoint that
witnesses cosigned, and those that were seen earlier. What is wrong is told, a line each; nothing is mended.

What files alone cannot show: that all of them were put back to a state in which they once were, or that the keeper of
the key signed another history. A checkpoint kept elsewhere shows either; give it as `seen`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from truthgpt.corpus.durable import missing
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.log import checkpoint as checkpoints
from truthgpt.oversight.log import locking, tiles, witness
from truthgpt.oversight.log.checkpoint import Checkpoint
from truthgpt.oversight.log.growth import Edge
from truthgpt.oversight.log.merkle import HASH, complete_hash, leaf_hash
from truthgpt.oversight.log.note import Verifier
from truthgpt.oversight.log.reading import View, read_checkpoint

_MOST = 100
"""Findings that are told; a damaged disk may have very many."""

_BESIDE = frozenset((tiles.CHECKPOINT, witness.COSIGNED, witness.WITNESSES))
_LOCKS = frozenset((locking.WRITE, locking.TURN))

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: `path` in the log's folder, and `what`."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: the log's `origin`, `size` and `root`, as its checkpoint gives them, and the `findings`.

    `more` counts findings beyond those told. `unfinished` counts files beyond the checkpoint, of a commit that is under
    way or was cut off: they are no part of the log. `witnesses` are those whose cosignatures hold.
    """

    origin: str = ""
    size: int = 0
    root: bytes = b""
    findings: tuple[Finding, ...] = ()
    more: int = 0
    unfinished: int = 0
    witnesses: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(slots=True)
class _Report:
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    unfinished: int = 0

    def add(self, path: str, what: str) -> None:
        if len(self.findings) < _MOST:
            self.findings.append(Finding(path, what))
        else:
            self.more += 1


def verify(
    folder: Path,
    verifiers: Iterable[Verifier],
    *,
    seen: Sequence[bytes] = (),
    witnesses: Sequence[Verifier] = (),
    progress: Progress = lambda _done, _all: None,
) -> Verified:
    """Look at the log in `folder`, whose checkpoint one of `verifiers` signed; it may grow meanwhile.

    `seen` are its signed checkpoints from elsewhere, which must be of the same history; `witnesses` are known beside those
    whose keys lie with the log. `progress` is told the entries looked at, and all. Raises `MissingError` where there is no
    log or it cannot be read, `BadInputError` when one of `seen` is no checkpoint of this log.
    """
    known = list(verifiers)
    content = read_checkpoint(folder)
    try:
        current = checkpoints.opened(content, known)
    except BadInputError as error:
        return Verified(findings=(Finding(tiles.CHECKPOINT, str(error)),))
    given = [(each, checkpoints.opened(each, known)) for each in seen]
    report = _Report()
    _tree(folder, current, report, progress)
    view = View.at(folder, current, content)
    for _, earlier in given:
        _history("the checkpoint given", earlier, view, report)
    names = _cosigned(view, known, witnesses, report)
    _others(folder, current.size, report)
    return Verified(
        current.origin,
        current.size,
        current.root,
        tuple(report.findings),
        report.more,
        report.unfinished,
        names,
    )


def _tree(folder: Path, current: Checkpoint, report: _Report, progress: Progress) -> None:
    """From the entries up to the root."""
    above, row = _entries(folder, current.size, report, progress)
    rows = [tuple(row)]
    while above:
        above, row = _hashes(folder, current.size, len(rows), above, report)
        rows.append(tuple(row))
    if Edge(current.size, rows=tuple(rows)).root() != current.root:
        report.add(tiles.CHECKPOINT, f"its root is not that of the {current.size:,} entries")


def _entries(folder: Path, size: int, report: _Report, progress: Progress) -> tuple[list[bytes], list[bytes]]:
    """Every bundle, and its hashes against their tile. The hashes of the full bundles, and those in the partial one."""
    above: list[bytes] = []
    row: list[bytes] = []
    for index, width in tiles.layout(size, 0):
        path, content = _read(folder, tiles.ENTRIES, index, width, report)
        entries = _unbundled(content, width, path)
        if entries is None:
            report.add(path, f"it does not hold {width} entries")
            entries = []
        row = [leaf_hash(entry) for entry in entries]
        row += [bytes(HASH)] * (width - len(row))
        _tile(folder, 0, index, row, report)
        if entries:
            _partials(folder, tiles.ENTRIES, index, width, partial(_beginning, entries), report)
        if width == tiles.WIDTH:
            above.append(complete_hash(row))
            row = []
        progress(min((index + 1) * tiles.WIDTH, size), size)
    return above, row


def _hashes(
    folder: Path, size: int, level: int, below: list[bytes], report: _Report
) -> tuple[list[bytes], list[bytes]]:
    """Every tile at `level` against the hashes `below`. The hashes of the full tiles, and those in the partial one."""
    above: list[bytes] = []
    row: list[bytes] = []
    for index, width in tiles.layout(size, level):
        row = below[index * tiles.WIDTH : index * tiles.WIDTH + width]
        _tile(folder, level, index, row, report)
        if width == tiles.WIDTH:
            above.append(complete_hash(row))
            row = []
    return above, row


def _tile(folder: Path, level: int, index: int, row: list[bytes], report: _Report) -> None:
    """The tile against its hashes as they should be, and so the partial ones that came before it."""
    kind, width = tiles.tile_folder(level), len(row)
    wanted = b"".join(row)
    path, content = _read(folder, kind, index, width, report)
    if path == tiles.path(kind, index) and width < tiles.WIDTH:
        content = content[: len(wanted)]
    if content == wanted:
        _partials(folder, kind, index, width, lambda wide: wanted[: wide * HASH], report)
        return
    first = next((at for at in range(width) if content[at * HASH : (at + 1) * HASH] != row[at]), width)
    if first == width:
        report.add(path, f"it does not hold {width} hashes")
    elif level == 0:
        report.add(path, f"entry {index * tiles.WIDTH + first} and its hash differ")
    else:
        report.add(path, f"hash {first} is not that of the tile below it")


def _beginning(entries: list[bytes], width: int) -> bytes:
    return tiles.bundle(entries[:width])


def _unbundled(content: bytes, width: int, path: str) -> list[bytes] | None:
    """The `width` entries of the bundle at `path`; None when there are not as many, or more that are none."""
    try:
        entries = tiles.unbundled(content)
    except ValueError:
        return None
    if width < tiles.WIDTH and not path.endswith(f".p/{width}"):
        entries = entries[:width]  # the full bundle has taken the place of the partial one
    return entries if len(entries) == width else None


def _partials(
    folder: Path, kind: str, index: int, width: int, wanted: Callable[[int], bytes], report: _Report
) -> None:
    """The partial tiles of earlier sizes that are still there; `wanted` gives what one of a width holds."""
    path = f"{tiles.path(kind, index)}.p"
    for name in _names(folder / path):
        wide = int(name) if name.isascii() and name.isdecimal() else 0
        if 0 < wide < width and name == str(wide):
            try:
                content = (folder / path / name).read_bytes()
            except FileNotFoundError:
                continue  # the log grew, and the full tile took its place
            except OSError as error:
                raise missing(folder / path / name, error) from error
            if content != wanted(wide):
                report.add(f"{path}/{name}", "it is not the beginning of the tile that followed it")


def _history(what: str, earlier: Checkpoint, view: View, report: _Report) -> bool:
    """Whether the log begins with the tree of a checkpoint that was seen."""
    if earlier.origin != view.checkpoint.origin:
        report.add(tiles.CHECKPOINT, f"{what} is of {earlier.origin}, this log of {view.checkpoint.origin}")
        return False
    if earlier.size > view.size:
        report.add(
            tiles.CHECKPOINT,
            f"{what} has {earlier.size:,} entries, this log {view.size:,}: some were taken away",
        )
        return False
    try:
        same = view.root(earlier.size) == earlier.root
    except (BadInputError, MissingError):
        same = False  # what is damaged was told
    if not same:
        report.add(
            tiles.CHECKPOINT,
            f"{what} has another root for the first {earlier.size:,} entries: the log was forked",
        )
    return same


def _cosigned(
    view: View, verifiers: list[Verifier], given: Sequence[Verifier], report: _Report
) -> tuple[str, ...]:
    """What each witness cosigned last: it must be there, hold, and be of this history."""
    try:
        witnesses = dict.fromkeys((*witness.known_witnesses(view.folder), *given))
    except BadInputError as error:
        report.add(witness.WITNESSES, str(error))
        witnesses = dict.fromkeys(given)
    names = []
    for each in witnesses:
        path = witness.kept_at(each)
        try:
            note = witness.kept(view.folder, each)
            if note is None:
                report.add(path, f"what {each.name} cosigned is missing")
                continue
            earlier = checkpoints.opened_note(note, verifiers)
            if len(note.signatures) != 2 or not witness.cosignatures(note, [each]):
                raise BadInputError(f"it is not cosigned by {each.name} and nobody else")
        except BadInputError as error:
            report.add(path, str(error))
            continue
        if _history(f"what {each.name} cosigned", earlier, view, report):
            names.append(each.name)
    known = {witness.kept_at(each) for each in witnesses}
    for name in _names(view.folder / witness.COSIGNED):
        path = f"{witness.COSIGNED}/{name}"
        if path not in known and not name.endswith(".part"):
            report.add(path, "it is of no witness that is known")
    return tuple(names)


def _others(folder: Path, size: int, report: _Report) -> None:
    """Files that no log has, and those beyond the checkpoint."""
    for name in _names(folder):
        path = folder / name
        if name in _LOCKS:
            report.unfinished += bool(path.stat().st_size)
        elif name.endswith(".part"):
            report.unfinished += 1
        elif name not in _BESIDE and name != tiles.ROOT:
            report.add(name, "no log has such a file")
    for name in _walk(folder / tiles.ROOT):
        path_ = f"{tiles.ROOT}/{name}"
        where = tiles.parsed(path_)
        if where is None:
            report.add(path_, "no log has such a file")
            continue
        level, index, wide = where
        full, width = tiles.shape(size, level)
        if index > full or (index == full and wide > width):
            report.unfinished += 1


def _walk(folder: Path) -> Iterator[str]:
    for at, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(at, name), folder)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise missing(folder, error) from error


def _read(folder: Path, kind: str, index: int, width: int, report: _Report) -> tuple[str, bytes]:
    """A tile's path and bytes: of the partial file, or of the full one where it has taken its place; none where it is missing."""
    wanted = tiles.path(kind, index, width)
    for path in (wanted, tiles.path(kind, index)):
        try:
            return path, (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise missing(folder / path, error) from error
    report.add(wanted, "it is missing")
    return wanted, b""
