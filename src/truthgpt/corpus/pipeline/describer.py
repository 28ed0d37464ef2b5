"""`columns.describe` in a process of its own, so that it does not wait for the lock of the interpreter that reads.

What takes long to import is imported where it is used: a worker starts such processes before it loads anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from truthgpt.corpus.pipeline.child import Child, parent

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def elsewhere() -> Iterator[Callable[[pa.Table], pa.Table]]:
    """`columns.describe`, done by a process that ends with this context; for one thread at a time.

    What it gives raises `MissingError` when the process was killed.
    """
    with Child(__name__) as child:

        def describe(posts: pa.Table) -> pa.Table:
            if not posts.num_rows:
                from truthgpt.corpus.pipeline import columns

                return columns.describe(posts)
            child.send(posts)
            described: pa.Table = child.receive()
            return described

        yield describe


def main() -> None:
    """The process: tables in, tables out."""
    from truthgpt.corpus.pipeline import columns

    with parent() as pipe:
        while True:
            pipe.send(columns.describe(pipe.recv()))
