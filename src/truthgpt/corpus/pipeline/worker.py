"""`prepare` in a process of its own, for imports that are large enough to be worth it.

Reading, telling the language and hashing are Python and hold its lock; in a second process they run beside the
embedding and the writing. The two speak through a pipe. When the importing process ends, however it does, the pipe
breaks and the worker ends with it.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, suppress
from multiprocessing.connection import Connection

from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.pipeline.ahead import ahead
from truthgpt.corpus.pipeline.known import Keys
from truthgpt.corpus.pipeline.prepare import Prepared, prepare
from truthgpt.corpus.pipeline.sources import Sources
from truthgpt.errors import MissingError, TruthGPTError

# -P: the folder that the user stands in is not searched for modules.
_COMMAND = ("-P", "-c", "from truthgpt.corpus.pipeline.worker import main; main()")


def prepare_in_process(sources: Sources, stored: Keys, listed: OptOuts) -> Generator[Prepared, None, None]:
    """As `prepare` of the rows of `sources`. Raises `MissingError` when the worker was killed."""
    here, there = os.pipe()
    with os.fdopen(here, "rb") as reading, Connection(os.dup(reading.fileno()), writable=False) as pipe:
        try:
            process = subprocess.Popen(
                [sys.executable, *_COMMAND, str(there)], stdin=subprocess.PIPE, pass_fds=(there,)
            )
        finally:
            os.close(there)
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError), process.stdin as given:
                pickle.dump((sources, stored, listed), given, protocol=pickle.HIGHEST_PROTOCOL)
            while True:
                message = pipe.recv()
                if message is None:
                    return
                if isinstance(message, TruthGPTError):
                    raise message
                yield message
        except EOFError:
            code = process.wait()
            raise MissingError(
                f"the process that reads the exports ended early ({_reason(code)}); import again to go on"
            ) from None
        finally:
            pipe.close()
            process.kill()
            process.wait()


def main() -> None:
    """The worker: what to read comes on standard input, batches go to the pipe whose number is the argument."""
    # Ctrl-C is for the importing process, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Posts come and go by the thousand and none is part of a cycle: looking for cycles each 700 objects is waste.
    gc.set_threshold(100_000)
    with suppress(BrokenPipeError), Connection(int(sys.argv[1]), readable=False) as pipe:
        sources, stored, listed = pickle.load(sys.stdin.buffer)  # written by our own parent
        try:
            with closing(ahead(prepare(sources.rows(), stored, listed, sources.share))) as batches:
                for batch in batches:
                    pipe.send(batch)
            pipe.send(None)
        except TruthGPTError as error:
            pipe.send(error)


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
