"""The watch that ends what a server runs once answers are paused, also while a model is silent."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack

from truthgpt.errors import TruthGPTError
from truthgpt.oversight.pause import FRESH_SECONDS, Halt, Pause, Paused, PausedError
from truthgpt.oversight.pause.drill import Presence
from truthgpt.server.jobs import Halted, Jobs

log = logging.getLogger(__name__)


def halted_by(halt: Halt) -> Halted:
    """`halt` as what ends jobs."""

    def halted() -> PausedError | None:
        paused = halt()
        return None if paused is None else PausedError(paused)

    return halted


class Watch:
    """A thread that looks every tenth of a second whether answers are paused, and then ends them all.

    Where there is a `pause`, drills find this server by it, and see when it had stopped.
    """

    def __init__(self, halt: Halt, jobs: Jobs, pause: Pause | None) -> None:
        self._halt = halt
        self._jobs = jobs
        self._pause = pause
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, name="truthgpt-pause", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with ExitStack() as stack:
            presence = self._present(stack)
            known: Paused | None = None
            while not self._stopped.wait(FRESH_SECONDS / 2):
                paused = self._halt()
                if paused is not None:
                    ended = self._jobs.halt(PausedError(paused))
                    if paused != known:
                        log.warning("paused: %s; %d answers ended", paused.reason, ended)
                        if presence is not None:
                            presence.obeyed(paused, ended)
                known = paused

    def _present(self, stack: ExitStack) -> Presence | None:
        if self._pause is None:
            return None
        try:
            return stack.enter_context(Presence(self._pause))
        except TruthGPTError as error:
            log.warning("drills will not find this server: %s", error)
            return None
