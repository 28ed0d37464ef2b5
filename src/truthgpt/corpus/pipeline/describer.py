"""`columns.describe` in a process of its own, so that it does not wait for the lock of the interpreter that reads.

What takes long to import is imported where it is used: a worker starts such processes before it loads anything itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from truthgpt.corpus.pipeline.child import Child, parent
from truthgpt.errors import TruthGPTError

if TYPE_CHECKING:
    import pyarrow as pa

    from truthgpt.corpus.pipeline.shelf import Shelved


@contextmanager
def elsewhere(folder: Path) -> Iterator[Callable[[pa.Table], Shelved]]:
    """`described`, done by a process that ends with this context; for one thread at a time.

    What it gives raises `MissingError` when the process was killed.
    """
    with Child(__name__, str(folder)) as child:

        def describe(posts: pa.Table) -> Shelved:
            if not posts.num_rows:
                return described(posts, folder)
            child.send(posts)
            answer = child.receive()
            if isinstance(answer, TruthGPTError):
                raise answer
            shelved: Shelved = answer
            return shelved

        yield describe


def described(posts: pa.Table, folder: Path) -> Shelved:
    """`columns.describe` of `posts`, in a file of `folder`. Raises `MissingError` where the disk is full."""
    from truthgpt.corpus.pipeline import columns, shelf

    return shelf.shelve(columns.describe(posts), folder)


def main() -> None:
    """The process: tables in, tables out."""
    from truthgpt.corpus.pipeline import columns

    with parent() as pipe:
        columns.warm()  # while the first table is read
        while True:
            posts = pipe.recv()
            try:
                pipe.send(described(posts, Path(sys.argv[2])))
            except TruthGPTError as error:
                pipe.send(error)
