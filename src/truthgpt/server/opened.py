"""An opened data folder as the services that the HTTP service serves."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from truthgpt import __version__, settings
from truthgpt.answer.assistant import Assistant
from truthgpt.law import jurisdictions
from truthgpt.notes.job import score_once
from truthgpt.notes.store import NoteStore
from truthgpt.oversight.answers import AnswerLog
from truthgpt.oversight.certificate.standing import Standing
from truthgpt.oversight.pause import Halt, Pause
from truthgpt.search.clicks import ClickLog
from truthgpt.server.services import PausedBody, Services, Status, log_body, running, uninspected


def services_of(
    assistant: Assistant,
    notes: NoteStore | None = None,
    log: AnswerLog | None = None,
    halt: Halt = running,
    pause: Pause | None = None,
    standing: Callable[[], Standing] = uninspected,
    data: Path | None = None,
    clicks: ClickLog | None = None,
) -> Services:
    """What `create_app` serves of `assistant`, whose notes may be others; loads its language model. `log` is told of answers. `halt` says
    whether answers are paused, by `pause` or its model's size; `standing` says whether its model is certified; inspectors
    read the oversight of the folder `data`; `clicks` takes down what is opened of a search."""
    engine, notes = assistant.engine, notes or assistant.notes
    # One server serves a data folder, so that one started again takes over what it began before it was stopped.
    folder = hashlib.blake2b(os.fsencode(assistant.store.path), digest_size=8).hexdigest()
    holder = f"server of {folder} on {socket.gethostname()}"

    def status() -> Status:
        paused = halt()
        return Status(
            version=__version__,
            model=engine.name if engine else settings.QUOTES_ONLY,
            quotes_only=engine is None,
            posts=assistant.count(),
            demo=assistant.is_demo(),
            corpus_version=assistant.store.version,
            jurisdictions=tuple(jurisdictions()),
            paused=None if paused is None else PausedBody(reason=paused.reason, since=paused.since),
            inspection=standing(),
            log=log_body(log),
            clicks=clicks is not None,
        )

    return Services(
        answerer=assistant.answerer,
        searcher=assistant.searcher,
        posts=assistant.store,
        embedding=assistant.embedding,
        engine=engine,
        status=status,
        notes=notes,
        score=None if notes is None else lambda: score_once(notes, holder, time.time_ns() // 1_000_000),
        log=log,
        halt=halt,
        pause=pause,
        standing=standing,
        data=data,
        clicks=clicks,
    )
