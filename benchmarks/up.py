"""How long `make up` takes from a clean checkout with empty caches, and the second time; one JSON line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from machine import describe

LONGEST = 300
"""Seconds after which a start is given up."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "truthgpt"
        subprocess.run(["git", "clone", "--quiet", Path(__file__).parents[1], clone], check=True)
        caches = {"PIP_CACHE_DIR": f"{folder}/pip", "XDG_CACHE_HOME": f"{folder}/cache"}
        first, second = seconds_to_serve(clone, caches), seconds_to_serve(clone, caches)
    print(json.dumps({"benchmark": "up", "first_s": first, "second_s": second, "machine": describe()}))


def seconds_to_serve(clone: Path, environment: dict[str, str]) -> float:
    """Seconds from `make up` in `clone` until the page's server answers; it is stopped then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    process = subprocess.Popen(
        ["make", "up", f"ARGS=--port {port}"],
        cwd=clone,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.monotonic() - started < LONGEST and process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz").raise_for_status()
                return round(time.monotonic() - started, 1)
            except httpx.HTTPError:
                time.sleep(0.2)
        raise SystemExit("make up did not serve; run it by hand to see why")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()
