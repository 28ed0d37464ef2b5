"""How soon a pause ends answers that run: 50 streams of a real server, in a process of its own, and a pause from this one.

The server is the whole one over the demo posts; its model is scripted, a token each 20 ms, but for every fifth, which is silent for a
minute after some tokens. For each stream: when its last token came, when it was told of the pause. One JSON line; the bound is a second.
`--rounds N` pauses and resumes N times.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from machine import describe
from truthgpt.language.engine import Message, Sampling
from truthgpt.oversight.pause import Pause

STREAMS = 50
BOUND = 1.0
TOKEN_SECONDS = 0.02
SILENT_SECONDS = 60.0
EVERY_SILENT = 5


class Scripted:
    """An engine whose tokens come at a known pace; the last words of a prompt say whether it falls silent."""

    name = "scripted"
    context = 1_000_000

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        silent = messages[-1].content.endswith("silence")
        for number in range(1_000_000):
            time.sleep(SILENT_SECONDS if silent and number == 20 else TOKEN_SECONDS)
            yield f"token {number} "

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def serve(data: Path) -> None:
    """The server's process: prints its address, and serves until it is killed."""
    from truthgpt.answer.assistant import Assistant
    from truthgpt.server.app import create_app
    from truthgpt.server.opened import services_of
    from truthgpt.server.serve import listen
    from truthgpt.server.serve import serve as run
    from truthgpt.settings import Settings

    pause = Pause.open(data)
    pause.set_up()
    with (
        listen("127.0.0.1", 0) as listener,
        Assistant.open(Settings(data, "none"), create=True, serving=True) as assistant,
    ):
        assistant.import_demo()
        assistant.__dict__["engine"] = Scripted()
        app = create_app(services_of(assistant, halt=pause.paused, pause=pause), workers=STREAMS)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        run(app, listener)


@dataclass
class Reader:
    """One stream: tokens read, when the last came, and when and how it ended."""

    silent: bool
    tokens: int = 0
    last: float = 0.0
    ended: float = 0.0
    told: bool = False

    def read(self, address: str) -> None:
        said = "talk until silence" if self.silent else "talk"
        body = {
            "model": "scripted",
            "messages": [{"role": "user", "content": said}],
            "stream": True,
            "max_tokens": 900_000,
        }
        with httpx.stream("POST", f"{address}/v1/chat/completions", json=body, timeout=120) as reply:
            for line in reply.iter_lines():
                if line.startswith("data: ") and '"content":"token' in line:
                    self.tokens, self.last = self.tokens + 1, time.monotonic()
                elif '"code":"paused"' in line:
                    self.told = True
        self.ended = time.monotonic()


def round_of(pause: Pause, address: str) -> dict[str, float | int]:
    """One pause under load: seconds from its call to the latest token and to the last stream's end."""
    readers = [Reader(silent=number % EVERY_SILENT == 0) for number in range(STREAMS)]
    threads = [threading.Thread(target=reader.read, args=(address,)) for reader in readers]
    for thread in threads:
        thread.start()
    until(lambda: all(reader.tokens >= 20 for reader in readers), 60)
    running = sum(reader.ended == 0 for reader in readers)
    began = time.monotonic()
    pause.pause("benchmark", "benchmark")
    written = time.monotonic()
    refused = httpx.post(
        f"{address}/v1/chat/completions",
        json={"model": "scripted", "messages": [{"role": "user", "content": "talk"}]},
        timeout=10,
    )
    for thread in threads:
        thread.join()
    pause.resume("benchmark", "benchmark")
    return {
        "running": running,
        "told": sum(reader.told for reader in readers),
        "write_s": written - began,
        "latest_token_s": max(reader.last for reader in readers) - began,
        "last_end_s": max(reader.ended for reader in readers) - began,
        "refused_with": refused.status_code,
    }


def until(true: object, seconds: float) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit("the streams did not begin in time")
        time.sleep(0.01)


def nanoseconds(pause: Pause, calls: int = 200_000) -> float:
    """What one question costs before a token, the readings of the files included."""
    began = time.perf_counter_ns()
    for _ in range(calls):
        pause.paused()
    return (time.perf_counter_ns() - began) / calls


def reading_microseconds(pause: Pause, calls: int = 2_000) -> float:
    began = time.perf_counter_ns()
    for _ in range(calls):
        pause.state()
    return (time.perf_counter_ns() - began) / calls / 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with subprocess.Popen(
            [sys.executable, __file__, "--serve", folder], stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            try:
                address = server.stdout.readline().strip()
                until(lambda: httpx.get(f"{address}/healthz").is_success, 60)
                pause = Pause.open(data)
                rounds = []
                for _ in range(given.rounds):
                    rounds.append(round_of(pause, address))
                    time.sleep(0.5)
            finally:
                server.kill()
        result = {
            "benchmark": "pause",
            "streams": STREAMS,
            "rounds": given.rounds,
            "running_at_the_pause": min(one["running"] for one in rounds),
            "told": min(one["told"] for one in rounds),
            "latest_token_s": round(max(one["latest_token_s"] for one in rounds), 3),
            "last_end_s": round(max(one["last_end_s"] for one in rounds), 3),
            "write_s": round(max(one["write_s"] for one in rounds), 3),
            "refused_with": sorted({one["refused_with"] for one in rounds}),
            "asked_ns": round(nanoseconds(pause)),
            "read_us": round(reading_microseconds(pause), 1),
            "bound_s": BOUND,
            "machine": describe(),
        }
    print(json.dumps(result))
    worst = max(result["latest_token_s"], result["last_end_s"])
    sys.exit(worst > BOUND or result["told"] < STREAMS)


if __name__ == "__main__":
    main()
