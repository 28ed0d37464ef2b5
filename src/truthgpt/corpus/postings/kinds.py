"""The files of postings beside the table: one for each column of terms."""

from __future__ import annotations

from pathlib import Path

from truthgpt.corpus.beside import Kind, Parts
from truthgpt.corpus.postings import build, segment
from truthgpt.corpus.postings.segment import Segment


def _of(parts: Parts) -> Segment:
    return Segment.of(build.blocks(parts))


def _write(path: Path, parts: Parts) -> None:
    segment.write(path, build.blocks(parts))


KINDS = tuple(Kind("postings", column, column, Segment.open, _of, _write) for column in ("terms", "grams"))
