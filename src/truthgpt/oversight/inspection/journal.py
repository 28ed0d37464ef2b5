"""What was asked and answered so far, so that an inspection that was killed goes on where it stopped.

One line of JSON a reply, synced before the next prompt is put: nothing that is here is asked again. Replies are kept by what
was asked, of which part of the system, with how many tokens; engines are greedy, so that the same prompt has one reply.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from truthgpt.corpus import durable

NAME: Final = "journal.jsonl"
_BEGAN: Final = "began"


class Journal:
    """The journal in `folder`. Raises `BadInputError` where a line is damaged."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        rows = list(durable.lines(self._path))
        if not rows:
            rows = [
                {"key": _BEGAN, "reply": {"when": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}, "seconds": 0.0}
            ]
            durable.append(self._path, rows)
        self.seconds = sum(row["seconds"] for row in rows)
        """Time in which replies were waited for, in all runs."""
        self._replies: dict[str, dict[str, Any]] = {row["key"]: row["reply"] for row in rows}

    @property
    def began(self) -> str:
        """When the inspection began: ISO 8601, UTC."""
        return str(self._replies[_BEGAN]["when"])

    def get(self, kind: str, prompt: str, tokens: int) -> dict[str, Any] | None:
        """The reply that was given, None where there is none yet."""
        return self._replies.get(_key(kind, prompt, tokens))

    def put(self, kind: str, prompt: str, tokens: int, reply: dict[str, Any], seconds: float) -> None:
        """Keep `reply`, which took `seconds`; on return it outlasts a crash."""
        key = _key(kind, prompt, tokens)
        durable.append(self._path, [{"key": key, "reply": reply, "seconds": seconds}])
        self._replies[key] = reply
        self.seconds += seconds

    def drop(self) -> None:
        """Forget all: the logs hold it now."""
        self._path.unlink(missing_ok=True)
        self._replies.clear()


def _key(kind: str, prompt: str, tokens: int) -> str:
    return hashlib.sha256(orjson.dumps([kind, prompt, tokens])).hexdigest()
