"""Text that arrives in pieces from a thread: what both engines hand out, with stop strings and a safe way to abandon it.

    text = TextStream(produce, stop=("\\n\\n",))
    for piece in text: ...          # or text.close(), from any thread, at any moment

`produce(call)` runs in a thread of its own from the first `next()` on. It hands pieces to `call.put`, which answers
whether to go on, and returns when there is no more. What it raises is raised to the reader.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Final


class StopFilter:
    """Ends a text before the first stop string to be complete in it, wherever its pieces are cut.

    Of two stop strings that are complete at the same character, the one that began first counts; so the result depends
    on the text alone, never on how it was cut into pieces. Characters that may yet become a stop string are held back.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop: Final = tuple(s for s in stop if s)
        self._held = ""
        self.stopped = False

    def feed(self, piece: str) -> str:
        """What may be shown once `piece` has come; nothing more after a stop string."""
        if self.stopped:
            return ""
        text = self._held + piece
        found = [(start + len(s), start) for s in self._stop if (start := text.find(s)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)[1]]
        keep = max((_overlap(text, s) for s in self._stop), default=0)
        cut = len(text) - keep
        self._held = text[cut:]
        return text[:cut]

    def finish(self) -> str:
        """What was held back, now that no more comes."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`, but not all of it."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)


class Call:
    """One call of a model, as the thread that makes the text sees it."""

    def __init__(self, stop: Sequence[str]) -> None:
        self.pieces: Final[SimpleQueue[str | Exception | None]] = SimpleQueue()
        self._filter = StopFilter(stop)
        self._lock = threading.Lock()
        self._cancelled = False
        self.begun = False
        self._wake: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def put(self, piece: str) -> bool:
        """Hands over a piece; False means that no more is wanted."""
        if self._cancelled:
            return False
        self.begun = True
        if text := self._filter.feed(piece):
            self.pieces.put(text)
        return not self._filter.stopped

    def on_cancel(self, wake: Callable[[], None]) -> None:
        """Has `wake` called when the reader abandons the call, at once if it has; it frees a producer that waits."""
        with self._lock:
            if not self._cancelled:
                self._wake.append(wake)
                return
        wake()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled, wakes, self._wake = True, self._wake, []
        for wake in wakes:
            wake()
        self.pieces.put(None)

    def run(self, produce: Callable[[Call], None]) -> None:
        """Runs the producer to its end; the body of the thread."""
        try:
            produce(self)
            if text := self._filter.finish():
                self.pieces.put(text)
        except Exception as error:  # the reader raises it, in its own thread
            self.pieces.put(error)
        finally:
            self.pieces.put(None)


class TextStream(Iterator[str]):
    """The pieces of one text. Closing it, from any thread, or dropping it, ends the text and stops its producer.

    A program that ends waits for the producer's thread unless it is a `daemon`: right for one that may wait long on a
    network, wrong for one inside a native library, which must not be torn down under it.
    """

    def __init__(
        self,
        produce: Callable[[Call], None],
        stop: Sequence[str] = (),
        *,
        name: str = "text",
        daemon: bool = False,
    ) -> None:
        self._call = Call(stop)
        # The thread holds the call, not the stream, so that a dropped stream is collected and stops it.
        self._thread = threading.Thread(
            target=self._call.run, args=(produce,), name=f"truthgpt-{name}", daemon=daemon
        )
        self._started = False
        self._ended = False

    def __iter__(self) -> TextStream:
        return self

    def __next__(self) -> str:
        if self._ended:
            raise StopIteration
        if not self._started:
            self._started = True
            self._thread.start()
        piece = self._call.pieces.get()
        if isinstance(piece, str) and not self._call.cancelled:
            return piece
        self._ended = True
        if isinstance(piece, Exception) and not self._call.cancelled:
            raise piece
        raise StopIteration

    def close(self) -> None:
        """Abandons the text: a reader that waits gets no more, and the producer stops at its next piece."""
        self._ended = True
        self._call.cancel()

    def __enter__(self) -> TextStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self._call.cancel()


class Turnstile:
    """Lets calls through one after the other, in the order they came; a waiting call can be abandoned."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._line: list[Call] = []

    def enter(self, call: Call) -> bool:
        """Waits for the call's turn; False if it was abandoned meanwhile. After True, `leave` must follow."""
        call.on_cancel(self._look)
        with self._change:
            self._line.append(call)
            self._change.wait_for(lambda: call.cancelled or self._line[0] is call)
            if not call.cancelled:
                return True
            self._line.remove(call)
            self._change.notify_all()
            return False

    def leave(self) -> None:
        with self._change:
            self._line.pop(0)
            self._change.notify_all()

    def _look(self) -> None:
        with self._change:
            self._change.notify_all()
