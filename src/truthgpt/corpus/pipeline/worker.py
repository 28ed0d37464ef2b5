"""`prepare` in a process of its own, for imports that are large enough to be worth it.

Reading, telling the language and hashing are Python and hold its lock; in a second process they run beside the
embedding and the writing. That process has others describe batches beside it, as there are cores.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from truthgpt.corpus import durable
from truthgpt.corpus.pipeline import describer
from truthgpt.corpus.pipeline.ahead import ahead
from truthgpt.corpus.pipeline.child import Child, parent
from truthgpt.errors import TruthGPTError

if TYPE_CHECKING:
    import pyarrow as pa

    from truthgpt.corpus.consent.optout import OptOuts
    from truthgpt.corpus.pipeline.known import Keys
    from truthgpt.corpus.pipeline.prepare import Describe, Prepared
    from truthgpt.corpus.pipeline.shelf import Shelved
    from truthgpt.corpus.pipeline.sources import Sources

_MANY = 16 << 20
"""Bytes of exports from which batches are described by more processes; one takes a second and a half to start."""
_UNTAKEN = 2
"""Batches that lie in files until the importing process takes them, so that a slow one is waited for."""
_DESCRIBERS = 3
"""Such processes at most: more are not kept busy by one that reads."""


def prepare_in_process(
    sources: Sources, stored: Keys, listed: OptOuts, folder: Path
) -> Generator[Prepared[pa.Table], None, None]:
    """As `prepare` of the rows of `sources`. `folder`, made if it is not there, is for batches on their way, and is removed.

    Raises `MissingError` when the worker was killed or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise durable.missing(folder, error) from error
    try:
        with Child(__name__, str(folder), str(_describers(sources))) as child:
            child.send((sources, stored, listed))
            while (message := child.receive()) is not None:
                if isinstance(message, TruthGPTError):
                    raise message
                child.send(None)
                yield message.having(message.new.take(), message.changed.take())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """The worker: it is told what to read, and says batches, then None; or the error that ended them."""
    folder = Path(sys.argv[2])
    with parent() as pipe, ExitStack() as stack:
        # They load what they need, for half a second, while this process does the same.
        others = [stack.enter_context(describer.elsewhere(folder)) for _ in range(int(sys.argv[3]))]
        from truthgpt.corpus.pipeline.known import Known
        from truthgpt.corpus.pipeline.prepare import prepare_with

        here: Describe[Shelved] = partial(describer.described, folder=folder)
        sources, stored, listed = pipe.recv()
        try:
            # This process reads: the others, who have nothing else to do, come first.
            batches = prepare_with((*others, here), sources.rows(), Known(stored), listed, sources.share)
            for sent, batch in enumerate(stack.enter_context(closing(ahead(batches)))):
                if sent >= _UNTAKEN:
                    pipe.recv()  # the importing process took one
                pipe.send(batch)
            pipe.send(None)
        except TruthGPTError as error:
            pipe.send(error)


def _describers(sources: Sources) -> int:
    if sum(sources.sizes) < _MANY:
        return 0
    # Not every system knows of the cores that a process may use.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_DESCRIBERS, cores - 1)
