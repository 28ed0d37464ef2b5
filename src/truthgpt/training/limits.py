"""What is held at once, however large the run: training goes by it, and so do plans of memory, which need no PyTorch."""

from __future__ import annotations

SCORES = {"cpu": 1 << 21, "cuda": 1 << 27}
"""Scores that are held at once: on a CPU what its caches hold, where it is then turned into slopes in half the time; on a GPU
half a gigabyte, enough to keep it busy."""

MATRICES = 16
"""Matrices that Muon holds whole at once on a rank: four gigabytes of the largest of a network of eight billion."""
