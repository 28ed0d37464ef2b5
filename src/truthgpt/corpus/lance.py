"""Lance, called from plain code: a coroutine in, its result out; an error of the library in, one line out.

Lance's own synchronous classes run each call on a background event loop. `wait` hands a whole coroutine to that
loop, so that a search that asks the text index and the vectors at once crosses between threads only once.
"""

from __future__ import annotations

import errno
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from truthgpt.corpus.memory import keep_few_arenas

keep_few_arenas()  # before the library begins its threads

from lancedb.background_loop import LOOP  # noqa: E402

from truthgpt.errors import BadInputError, MissingError, TruthGPTError  # noqa: E402

T = TypeVar("T")

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left", "StorageFull", "quota exceeded", "File too large")
_FORBIDDEN_WORDS = ("Permission denied", "Read-only file system", "Operation not permitted")
_SHOWN = 160


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run `coroutine` to its end on the background loop. Any thread may call this but the loop's own."""
    return cast(T, LOOP.run(coroutine))  # type: ignore[no-untyped-call]


@contextmanager
def in_one_line(path: Path) -> Iterator[None]:
    """Errors of Lance about the corpus in `path`, as ours.

    `MissingError` where the disk is full or the folder may not be written to, else `BadInputError`: the files in
    the folder are not what was written.
    """
    try:
        yield
    except TruthGPTError:
        raise
    # Lance raises these three (Arrow's errors are ValueErrors); the text alone tells them apart.
    except (OSError, RuntimeError, ValueError) as error:
        raise _translated(error, path) from error


def _translated(error: Exception, path: Path) -> TruthGPTError:
    said = str(error)
    code = error.errno if isinstance(error, OSError) else None
    if code in _FULL or any(words in said for words in _FULL_WORDS):
        return MissingError(f"no space left on the disk of {path}; free some and import again")
    if code in (errno.EACCES, errno.EROFS, errno.EPERM) or any(words in said for words in _FORBIDDEN_WORDS):
        return MissingError(f"{path} cannot be read or written by this user; mend its permissions")
    reason = " ".join(said.split())[:_SHOWN] or type(error).__name__
    return BadInputError(
        f"the corpus in {path} is damaged ({reason}); restore the folder, or import into another with --data"
    )
