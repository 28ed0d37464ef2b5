"""How many scores of the output the loss holds at once: the loss goes by it, and so do plans of memory, which need no PyTorch."""

from __future__ import annotations

SCORES = {"cpu": 1 << 21, "cuda": 1 << 27}
"""Scores that are held at once: on a CPU what its caches hold, where it is then turned into slopes in half the time; on a GPU
half a gigabyte, enough to keep it busy."""
