"""Fetches one large file over HTTP: resumed where it was cut off, checked against its SHA-256, and never half there."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from truthgpt.errors import MissingError

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes in all, 0 where that is not known."""

MAX_SIZE: Final = 64 << 30
"""Bytes that a model file may have: one larger than this is a mistake, or a server that never ends."""

_RETRIES: Final = 5


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(part: Path, digest: str, source: str) -> None:
    """Removes `part` and raises `MissingError` unless its SHA-256 is `digest`."""
    if (found := sha256(part)) != digest:
        part.unlink()
        raise MissingError(
            f"{source} has the SHA-256 {found}, not {digest} as expected; what came was removed"
        )


def publish(part: Path, path: Path) -> None:
    """Puts the finished file `part` in the place of `path`, on the disk before in the folder."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def download(
    url: str,
    path: Path,
    digest: str,
    progress: Progress | None = None,
    *,
    timeout: float = 30.0,
    wait: float = 1.0,
    max_size: int = MAX_SIZE,
) -> Path:
    """Fetches `url` to `path`, whose SHA-256 is `digest`. One caller at a time for one `path`.

    What has come stands in `path` + `.part`, beside the server's entity tag; a repeated call goes on from there if the
    server's file is still the same (RFC 9110, `If-Range`), else begins anew. A cut connection is tried again up to five
    times without progress, `wait` seconds later each time. Raises `MissingError`.
    """
    part = path.with_name(path.name + ".part")
    tag = path.with_name(path.name + ".etag")
    transfer = _Transfer(url, part, tag, progress, max_size)
    failures = 0
    with httpx.Client(timeout=timeout, follow_redirects=True) as client:
        while True:
            before = transfer.here
            try:
                transfer.attempt(client)
                break
            except (httpx.TransportError, _TryAgainError) as error:
                failures = 1 if transfer.here > before else failures + 1
                if failures > _RETRIES:
                    raise MissingError(
                        f"{url} cannot be fetched: {_why(error)}; run the command again to go on"
                    ) from None
                time.sleep(wait * failures)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise MissingError(f"{url} cannot be fetched: {_why(error)}") from None
            except OSError as error:
                raise MissingError(f"{part} cannot be written: {error.strerror or error}") from None
    tag.unlink(missing_ok=True)
    check(part, digest, url)
    publish(part, path)
    return path


class _TryAgainError(Exception):
    """The server failed in a way that may pass."""


class _Transfer:
    """The state of one download: what is in the part file, and which version of the server's file it is of."""

    def __init__(self, url: str, part: Path, tag: Path, progress: Progress | None, max_size: int) -> None:
        self._url = url
        self._part = part
        self._tag = tag
        self._progress = progress
        self._max = max_size

    @property
    def here(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def attempt(self, client: httpx.Client) -> None:
        """Fetches what is missing; returns when all is here."""
        # Compression would make byte ranges and the declared length speak of other bytes than the file's.
        headers = {"Accept-Encoding": "identity"}
        tag = self._tag.read_text(encoding="utf-8", errors="replace").strip() if self._tag.exists() else ""
        if self.here and tag:
            headers |= {"Range": f"bytes={self.here}-", "If-Range": tag}
        with client.stream("GET", self._url, headers=headers) as answer:
            offset = self._offset(answer)
            length = answer.headers.get("Content-Length", "")
            total = offset + int(length) if length.isascii() and length.isdigit() else 0
            if total > self._max:
                self._forget()
                raise MissingError(f"{self._url} has {total} bytes, more than the {self._max} allowed")
            self._remember(answer)
            self._write(answer, offset, total)

    def _offset(self, answer: httpx.Response) -> int:
        """Where the body of the answer begins in the file; anything unexpected begins anew or ends the download."""
        code = answer.status_code
        if code == 206:
            if answer.headers.get("Content-Range", "").startswith(f"bytes {self.here}-"):
                return self.here
            self._forget()
            raise _TryAgainError("the server sent another range than was asked for")
        if code == 416:
            self._forget()
            raise _TryAgainError("the server's file is shorter than what was fetched before")
        if code in (408, 425, 429) or code >= 500:
            raise _TryAgainError(f"the server answers HTTP {code}")
        if code != 200:
            raise MissingError(f"{self._url} cannot be fetched: the server answers HTTP {code}")
        return 0

    def _remember(self, answer: httpx.Response) -> None:
        """Keeps the validator with which a later call may go on: a strong entity tag only (RFC 9110, 13.1.5)."""
        tag = answer.headers.get("ETag", "")
        if tag.startswith('"'):
            self._tag.write_text(tag, encoding="utf-8")
        elif answer.status_code == 200:
            self._tag.unlink(missing_ok=True)

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def _write(self, answer: httpx.Response, offset: int, total: int) -> None:
        here = offset
        with self._part.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            for chunk in answer.iter_raw():
                here += len(chunk)
                if here > self._max:
                    self._forget()
                    raise MissingError(f"{self._url} has more than the {self._max} bytes allowed")
                file.write(chunk)
                if self._progress:
                    self._progress(here, max(total, here) if total else 0)
        if here < total:
            raise _TryAgainError("the connection was cut off")


def _why(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
