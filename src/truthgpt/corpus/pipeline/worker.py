"""`prepare` in a process of its own, for imports that are large enough to be worth it.

Reading, telling the language and hashing are Python and hold its lock; in a second process they run beside the
embedding and the writing. That process has others describe batches beside it, as there are cores.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, closing
from multiprocessing.connection import Connection

from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.pipeline import describer
from truthgpt.corpus.pipeline.ahead import ahead
from truthgpt.corpus.pipeline.child import Child, parent
from truthgpt.corpus.pipeline.known import Keys
from truthgpt.corpus.pipeline.prepare import Prepared, prepare
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.errors import TruthGPTError

_MANY = 16 << 20
"""Bytes of exports from which batches are described by more processes; one takes a second and a half to start."""
_DESCRIBERS = 3
"""Such processes at most: more are not kept busy by one that reads."""


def prepare_in_process(sources: Sources, stored: Keys, listed: OptOuts) -> Generator[Prepared, None, None]:
    """As `prepare` of the rows of `sources`. Raises `MissingError` when the worker was killed."""
    with Child(__name__) as child:
        child.send((sources, stored, listed))
        while (message := child.receive()) is not None:
            if isinstance(message, TruthGPTError):
                raise message
            yield message


def main() -> None:
    """The worker: it is told what to read, and says batches, then None; or the error that ended them."""
    with parent() as pipe:
        sources, stored, listed = pipe.recv()
        try:
            _work(pipe, sources, stored, listed)
        except TruthGPTError as error:
            pipe.send(error)


def _work(pipe: Connection, sources: Sources, stored: Keys, listed: OptOuts) -> None:
    with ExitStack() as stack:
        describers = [stack.enter_context(describer.elsewhere()) for _ in range(_describers(sources))]
        batches = prepare(sources.rows(), stored, listed, sources.share, describers)
        for batch in stack.enter_context(closing(ahead(batches))):
            pipe.send(batch)
        pipe.send(None)


def _describers(sources: Sources) -> int:
    if sum(path.stat().st_size for path in sources.paths if path.exists()) < _MANY:
        return 0
    return min(_DESCRIBERS, len(os.sched_getaffinity(0)) - 1)
