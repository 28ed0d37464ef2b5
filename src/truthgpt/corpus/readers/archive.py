"""An archive in, its members out, read where they lie: zip, and tar plain or packed with gzip or zstd.

Nothing is unpacked to a disk, and nothing that a stranger packed is believed. Refused, each as a rejected row with its
reason, are members whose names lead out of the archive, links and other special files, encrypted members, archives
within the archive, and bombs: what unpacks to more than 64 GiB, or to over 64 MiB and more than 200 times its packed size. JSON
packs about ten times, a long run of one letter a thousand times. The rest of the archive is read.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, cast

from truthgpt.corpus.clean import label
from truthgpt.corpus.readers import source as sources
from truthgpt.corpus.readers.open import CHUNK, DamagedError, Meter, Read, chunks, is_packed, unpack
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.corpus.readers.source import Source
from truthgpt.errors import BadInputError

MAX_MEMBER = 64 << 30
"""Bytes that a member may unpack to."""
MAX_RATIO = 200
SMALL = 64 << 20
"""Bytes that a member and an archive may unpack to whatever their ratio."""
MAX_MEMBERS = 1_000_000

_MAX_DIRECTORY = 64 << 20
"""Bytes of a zip's directory: a million members."""
_MAX_HEADER = 1 << 20
"""Bytes of a header of a tar, which may hold a long name."""
_NAME = 300
_DRIVE = re.compile(r"[A-Za-z]:")
_ZIP = (b"PK\3\4", b"PK\5\6")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others cannot be unpacked a bounded piece at a time."""
_HERE = "the archive is damaged in this member"
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, OverflowError, ValueError),
    *(NotImplementedError, RecursionError, RuntimeError, LookupError, struct.error),
)
"""What the libraries raise on a damaged archive."""


def is_archive(head: bytes) -> bool:
    """Whether an unpacked file that begins so is a zip or a tar."""
    if head.startswith(_ZIP):
        return True
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")  # checks the header's sum
    except (tarfile.HeaderError, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member as it stands in the archive; `refused` says why it is not read, if it is not. `open` works while the
    archive is at this member, `again` always."""

    name: str
    refused: str
    open: Callable[[], Read]
    again: Callable[[], Read]


class _Form(Protocol):
    def entries(self) -> Iterator[_Entry]:
        """Its files in order. Raises `DamagedError` where the archive breaks off."""


class Archive:
    """An archive that may be read.

    `members` are the names of the files that are not refused, in order; `refused` are the others, and the damage where
    the archive breaks off. `name` is where posts say that they come from.
    """

    def __init__(self, path: Path, name: str, form: _Form) -> None:
        self.path = path
        self.name = name
        self._form = form
        members: list[str] = []
        refused: list[Rejected] = []
        try:
            for entry in self._entries():
                if entry.refused:
                    refused.append(self._rejected(entry.name, f"refused: {entry.refused}"))
                else:
                    members.append(entry.name)
        except DamagedError as error:
            refused.append(Rejected(str(path), 0, error.reason, ""))
        self.members = tuple(members)
        self.refused = tuple(refused)

    def walk(self, wanted: Callable[[str], bool]) -> Iterator[Source | Rejected]:
        """The members whose names are wanted, in the order of the archive. One that is empty, damaged from its first
        byte or an archive is a rejected row. A source can be read until the next is asked for."""
        entries = self._entries()
        while True:
            try:
                entry = next(entries, None)
            except DamagedError:
                return  # it stands among the refused
            if entry is None:
                return
            if not entry.refused and wanted(entry.name):
                yield self._source(entry)

    def _entries(self) -> Iterator[_Entry]:
        for number, entry in enumerate(self._form.entries()):
            if number == MAX_MEMBERS:
                raise DamagedError(f"refused from here on: it holds more than {MAX_MEMBERS:,} files")
            yield entry

    def _source(self, entry: _Entry) -> Source | Rejected:
        path = self._path(entry.name)
        member = _Member(entry)
        try:
            source = sources.look(path, self.name, member.begin)
        except BadInputError:
            return self._rejected(entry.name, "empty, or damaged from its first byte on")
        if is_archive(source.head):
            return self._rejected(entry.name, "refused: an archive inside an archive; import it by itself")
        return replace(source, chunks=member.chunks, is_member=True)

    def _path(self, name: str) -> Path:
        # Joined as text: a path that begins anew at the root would be another file's.
        return Path(f"{self.path}/{label(name[-_NAME:], _NAME)}")

    def _rejected(self, name: str, reason: str) -> Rejected:
        return Rejected(str(self.path), 0, reason, label(name, _NAME))


def look(source: Source) -> Archive:
    """The archive whose beginning was recognised. `BadInputError` if there is nothing in it that may be read."""
    form: _Form
    if source.head.startswith(_ZIP):
        if is_packed(source.path):
            raise BadInputError(f"{source.path} is a zip packed once more: unpack it once and import the zip")
        form = _Zip(source.path)
    else:
        form = _Tar(source.path)
    archive = Archive(source.path, source.name, form)
    if not archive.members:
        why = archive.refused[0].reason if archive.refused else "it is empty"
        raise BadInputError(f"{source.path}: nothing can be read of this archive ({why})")
    return archive


class _Member:
    """The bytes of a member, unpacked. What was read for a look at its beginning is gone on with by the first reading
    of all: for every other a tar is read from its first byte."""

    def __init__(self, entry: _Entry) -> None:
        self._entry = entry
        self._stream = _unpacked(entry.open())
        self._begun: list[bytes] | None = []

    def begin(self) -> Iterator[bytes]:
        begun: list[bytes] = []
        self._begun = None  # holds if the bytes break off here: then all are read, and the damage met, again
        for chunk in self._stream:
            begun.append(chunk)
            self._begun = begun
            yield chunk
            self._begun = None
        self._begun = begun

    def chunks(self) -> Iterator[bytes]:
        begun, self._begun = self._begun, None
        if begun is None:
            yield from _unpacked(self._entry.again())
        else:
            yield from begun
            yield from self._stream


def _unpacked(read: Read) -> Iterator[bytes]:
    return _bounded(unpack(read), MAX_MEMBER)


def _bounded(stream: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """`stream`, which breaks off once it has given `limit` bytes."""
    size = 0
    for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise DamagedError(f"refused from here on: it unpacks to more than {_in_words(limit)}")
        yield chunk


def _in_words(size: int) -> str:
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def _allowed(packed: int) -> int:
    """Bytes that so many packed ones may unpack to."""
    return max(SMALL, MAX_RATIO * packed)


def _dangerous(name: str, size: int) -> str:
    """Why a file of this name and unpacked size is not read, `""` if it may be."""
    seen = label(name, len(name)).replace("\\", "/")  # without what cannot be printed
    if seen.startswith("/") or _DRIVE.match(seen):
        return "an absolute name"
    if not seen:
        return "it has no name"
    if ".." in seen.split("/"):
        return "its name leads out of the archive"
    return f"it unpacks to more than {_in_words(MAX_MEMBER)}" if size > MAX_MEMBER else ""


class _Zip:
    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> Iterator[_Entry]:
        with _Directory(self._path, "rb") as file:
            try:
                opened = zipfile.ZipFile(cast(IO[bytes], file))
            except _DAMAGE:
                raise DamagedError("the zip is damaged or ends early; get it anew") from None
            left = _allowed(self._path.stat().st_size)
            for info in opened.infolist():
                if info.filename.endswith("/"):
                    continue
                refused = _refusal(info, left)
                left -= 0 if refused else info.file_size
                read = partial(_zipped, opened, info)
                yield _Entry(info.filename, refused, read, read)


class _Directory(io.FileIO):
    """A file that is never read by more than 64 MiB at once, as zipfile does with the directory of a zip."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"a directory over {_in_words(_MAX_DIRECTORY)}")
        data = super().read(-1 if size is None else size) or b""
        Meter.read += len(data)
        return data


def _refusal(info: zipfile.ZipInfo, left: int) -> str:
    if info.flag_bits & 1:
        return "encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link"
    if info.compress_type not in _METHODS:
        return "packed by another method than deflate"
    if danger := _dangerous(info.filename, info.file_size):
        return danger
    if info.file_size > min(left, _allowed(info.compress_size)):
        return f"it unpacks to more than {MAX_RATIO} times its size"
    return ""


def _zipped(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Read:
    """What gives the next bytes of a member; it is opened by the first call."""
    member: list[zipfile.ZipExtFile] = []

    def read() -> bytes:
        try:
            if not member:
                member.append(cast(zipfile.ZipExtFile, opened.open(info)))
            return member[0].read1(CHUNK)  # not more, or what came before the damage would be lost
        except _DAMAGE:
            raise DamagedError(_HERE) from None

    return read


class _Tar:
    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> Iterator[_Entry]:
        stream = chunks(self._path)
        if is_packed(self._path):
            stream = _bounded(stream, _allowed(self._path.stat().st_size))
        file = _Forward(stream)
        try:
            opened = tarfile.TarFile(fileobj=cast(IO[bytes], file))
            number = -1
            while (info := opened.next()) is not None:
                cast(Any, opened).members.clear()  # it would keep them all
                if info.isdir():
                    continue
                number += 1
                refused = _dangerous(info.name, info.size) or _special(info)
                read = partial(_tarred, file, info)
                yield _Entry(info.name, refused, read, partial(self._again, number))
        except _DAMAGE:
            raise DamagedError("the tar is damaged or ends early; what came before is read") from None
        if file.damage is not None:
            raise file.damage
        if any(file.last):
            # tarfile takes a header that makes no sense for the end.
            raise DamagedError("the tar is damaged: no header where one must be; what came before is read")

    def _again(self, number: int) -> Read:
        return next(islice(self.entries(), number, None)).open()


def _special(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "a link"
    return "" if info.isreg() and not info.issparse() else "no regular file"


def _tarred(file: _Forward, info: tarfile.TarInfo) -> Read:
    """What gives the next bytes of a member, which is where the tar has been read to."""

    def read() -> bytes:
        end = info.offset_data + info.size
        piece = file.read(min(CHUNK, end - file.tell()))
        if not piece and file.tell() < end:
            raise DamagedError(_HERE)
        return piece

    return read


class _Forward:
    """Chunks as a file that tarfile reads: forward only, and no header over 1 MiB. `last` is what the last reading
    gave, `damage` where the chunks broke off."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self.last = b""
        self.damage: DamagedError | None = None
        self._stream = stream
        self._held = b""
        self._used = 0
        self._at = 0

    def tell(self) -> int:
        return self._at

    def seek(self, place: int) -> int:
        if place < self._at:
            raise tarfile.ReadError("it leads backwards")
        while place > self._at and self._fill():
            step = min(place - self._at, len(self._held) - self._used)
            self._used += step
            self._at += step
        return self._at

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_HEADER:
            raise tarfile.ReadError("a header over 1 MiB")
        pieces: list[bytes] = []
        while size:
            try:
                if not self._fill():
                    break
            except DamagedError:
                if not pieces:
                    raise
                break  # what came before the damage stands
            piece = self._held[self._used : self._used + size]
            self._used += len(piece)
            self._at += len(piece)
            size -= len(piece)
            pieces.append(piece)
        self.last = b"".join(pieces)
        return self.last

    def _fill(self) -> bool:
        """Whether there is a byte left."""
        while self._used == len(self._held):
            if self.damage is not None:
                raise self.damage
            try:
                chunk = next(self._stream, None)
            except DamagedError as error:
                self.damage = error
                raise
            if chunk is None:
                return False
            self._held, self._used = chunk, 0
        return True
