"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

FREED = """
import sys, psutil
from truthgpt.corpus.memory import give_back

blocks = [bytearray(1 << 16) for _ in range(4000)]
kept = [bytearray(64) for _ in range(100_000)]
del blocks
before = psutil.Process().memory_info().rss
give_back()
print((before - psutil.Process().memory_info().rss) >> 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_was_freed_is_given_back() -> None:
    # In a process of its own: how much lies freed here depends on every test before.
    done = subprocess.run(
        [sys.executable, "-c", FREED],
        capture_output=True,
        text=True,
        check=True,
        env={"MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_ARENA_MAX": "1"},
    )
    assert int(done.stdout) >= 200
