"""The files of postings beside the table: one for each column of terms."""

from __future__ import annotations

from pathlib import Path

from truthgpt.corpus.beside import Kind, Parts, only
from truthgpt.corpus.postings import build, segment
from truthgpt.corpus.postings.segment import Segment


def _of(parts: Parts) -> Segment:
    return Segment.of(build.blocks(only(parts)))


def _write(path: Path, parts: Parts) -> None:
    segment.write(path, build.blocks(only(parts)))


KINDS = tuple(Kind("postings", column, (column,), Segment.open, _of, _write) for column in ("terms", "grams"))
