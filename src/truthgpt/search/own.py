"""The ranker that the readers of one data folder taught, in a file of it; where there is none, the one that ships ranks."""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from pathlib import Path

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.search.rerank import Trees, ranker
from truthgpt.search.rerank.trees import FILE

_log = logging.getLogger(__name__)


class OwnRanker:
    """The ranker in `folder`. Threads and processes may share it: a search sees what another process taught."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def trees(self) -> Trees:
        """The ones that ship, too, where the file is damaged, or of another version: that is said once, and searches go on."""
        try:
            return _read(self.path, self.path.stat().st_mtime_ns) or ranker()
        except OSError:
            return ranker()

    @property
    def taught(self) -> bool:
        """Whether the ranker that was taught here ranks."""
        return self.trees() is not ranker()

    def keep(self, trees: Trees) -> None:
        """Raises `MissingError` where the disk is full; what was kept before stands then."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(self.path, json.dumps(trees.as_dict(), separators=(",", ":")).encode() + b"\n")

    def drop(self) -> bool:
        """Whether there was one: the one that ships ranks from now on."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Trees | None:
    """What was written at the time `changed`; a search asks again and again."""
    try:
        return Trees.read(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, OverflowError, BadInputError):
        _log.warning(
            "%s is damaged, or of another version: the ranker that ships orders searches; `truthgpt ranker learn` teaches anew",
            path,
        )
        return None
