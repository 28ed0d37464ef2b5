"""The exports that were made, so that forgetting can name the folders that may still hold a post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from truthgpt.corpus import durable
from truthgpt.corpus.provenance import folder
from truthgpt.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: `posts` of `version`, whose posts have `content_hash`, and why others are left out."""

    path: str
    when: str
    purpose: str
    format: str
    posts: int
    files: int
    version: int
    content_hash: str
    left_out: dict[str, int] = field(default_factory=dict)


def remember(corpus: Path, made: Exported) -> None:
    """Add `made` to the list of the corpus in this folder; the caller holds its write lock."""
    durable.append(_list(corpus), [asdict(made)])


def exports(corpus: Path) -> Iterator[Exported]:
    """The exports that were made of the corpus in this folder and are where they were written, oldest first; of several
    that were written to one place, one after the other, the last."""
    found: dict[str, Exported] = {}
    for row in durable.lines(_list(corpus)):
        try:
            made = Exported(**row)
        except TypeError:
            raise BadInputError(f"{_list(corpus)} is damaged; restore it from a backup") from None
        found.pop(made.path, None)
        found[made.path] = made
    return (made for made in found.values() if Path(made.path).is_dir())


def _list(corpus: Path) -> Path:
    return folder(corpus) / "exports.jsonl"
