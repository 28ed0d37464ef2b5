"""A download ends with the right bytes or none; what came before a cut is not fetched again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from truthgpt.errors import MissingError
from truthgpt.language.download import download

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]
DATA = bytes(range(256)) * 8_000
DIGEST = hashlib.sha256(DATA).hexdigest()


class File:
    """A server of one file that does as it is told: `cut` bytes an answer, ranges or not, a changing tag."""

    def __init__(
        self, data: bytes = DATA, cut: int | None = None, ranges: bool = True, tag: str = '"v1"'
    ) -> None:
        self.data, self.cut, self.ranges, self.tag = data, cut, ranges, tag
        self.asked: list[str | None] = []
        self.sent = 0

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers["Range"]
        self.asked.append(wanted)
        start = 0
        if wanted and self.ranges and request.headers["If-Range"] == self.tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        body = self.data[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}")
        request.send_header("Content-Length", str(len(body)))
        request.send_header("ETag", self.tag)
        request.end_headers()
        some = body[: self.cut] if self.cut else body
        self.sent += len(some)
        request.wfile.write(some)
        request.close_connection = True


def fetch(address: str, folder: Path, **options: float) -> Path:
    return download(f"{address}/m.gguf", folder / "m.gguf", DIGEST, wait=0, timeout=2, **options)  # type: ignore[arg-type]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_fetches_and_leaves_nothing_else(serve: Serve, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = download(
        f"{serve(File())}/m.gguf", tmp_path / "m.gguf", DIGEST, lambda done, total: seen.append((done, total))
    )
    assert path.read_bytes() == DATA
    assert names(tmp_path) == {"m.gguf"}
    assert seen[-1] == (len(DATA), len(DATA))
    assert seen == sorted(seen)


def test_goes_on_where_it_was_cut_off(serve: Serve, tmp_path: Path) -> None:
    file = File(cut=300_000)
    assert fetch(serve(file), tmp_path).read_bytes() == DATA
    assert len(file.asked) == 7
    assert file.sent == len(DATA)


def test_a_later_call_goes_on(serve: Serve, tmp_path: Path) -> None:
    half = len(DATA) // 2
    (tmp_path / "m.gguf.part").write_bytes(DATA[:half])
    (tmp_path / "m.gguf.etag").write_text('"v1"')
    file = File()
    assert fetch(serve(file), tmp_path).read_bytes() == DATA
    assert file.asked == [f"bytes={half}-"]
    assert names(tmp_path) == {"m.gguf"}


def test_a_file_that_changed_meanwhile_is_fetched_anew(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(b"old" * 1000)
    (tmp_path / "m.gguf.etag").write_text('"v0"')
    assert fetch(serve(File()), tmp_path).read_bytes() == DATA


def test_a_server_without_ranges_starts_over(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(DATA[:1000])
    (tmp_path / "m.gguf.etag").write_text('"v1"')
    assert fetch(serve(File(ranges=False)), tmp_path).read_bytes() == DATA


def test_a_weak_tag_is_not_trusted_to_resume(serve: Serve, tmp_path: Path) -> None:
    file = File(cut=300_000, tag='W/"v1"')
    with pytest.raises(MissingError, match="cannot be fetched"):
        fetch(serve(file), tmp_path)
    assert set(file.asked) == {None}


def test_wrong_bytes_are_removed(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="SHA-256"):
        fetch(serve(File(data=DATA[:-1] + b"x")), tmp_path)
    assert names(tmp_path) == set()


def test_a_part_file_that_was_damaged_does_not_stay(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(b"x" * 1000)
    (tmp_path / "m.gguf.etag").write_text('"v1"')
    address = serve(File())
    with pytest.raises(MissingError, match="SHA-256"):
        fetch(address, tmp_path)
    assert fetch(address, tmp_path).read_bytes() == DATA


def test_a_part_longer_than_the_file_is_dropped(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(DATA + b"more")
    (tmp_path / "m.gguf.etag").write_text('"v1"')
    file = File()

    def handle(request: BaseHTTPRequestHandler) -> None:
        if request.headers["Range"]:
            request.send_response(416)
            request.send_header("Content-Length", "0")
            request.end_headers()
        else:
            file(request)

    assert fetch(serve(handle), tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(serve: Serve, tmp_path: Path, code: int) -> None:
    times = 0

    def handle(request: BaseHTTPRequestHandler) -> None:
        nonlocal times
        times += 1
        request.send_error(code)

    with pytest.raises(MissingError, match=f"HTTP {code}"):
        fetch(serve(handle), tmp_path)
    assert times == 1


def test_a_server_that_keeps_failing_is_given_up(serve: Serve, tmp_path: Path) -> None:
    times = 0

    def handle(request: BaseHTTPRequestHandler) -> None:
        nonlocal times
        times += 1
        request.send_error(503)

    with pytest.raises(MissingError, match="HTTP 503"):
        fetch(serve(handle), tmp_path)
    assert times == 6


def test_a_file_without_end_is_given_up(serve: Serve, tmp_path: Path) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        request.close_connection = True
        while True:
            request.wfile.write(bytes(1 << 16))

    with pytest.raises(MissingError, match="more than"):
        fetch(serve(handle), tmp_path, max_size=1 << 20)
    assert names(tmp_path) == set()


def test_a_declared_size_beyond_the_limit_fetches_nothing(serve: Serve, tmp_path: Path) -> None:
    file = File()
    with pytest.raises(MissingError, match="more than"):
        fetch(serve(file), tmp_path, max_size=1000)
    assert names(tmp_path) == set()


def test_a_folder_that_cannot_be_written_is_one_line(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="cannot be written"):
        fetch(serve(File()), tmp_path / "absent")


def test_nobody_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingError) as caught:
        fetch("http://127.0.0.1:9", tmp_path)
    assert "\n" not in str(caught.value)
