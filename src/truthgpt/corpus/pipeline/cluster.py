"""The rows of exports in, prepared on a Ray cluster, batches out: the same ones, in the same order, as on one machine.

A file is a task. It cleans and describes the file's posts by the expressions of `columns` and sends them back batch by
batch; what of them is stored already is told where they arrive. Ray runs a task again whose machine is lost, and since
a file gives the same batches each time, the batches that had arrived stay. The files must lie where each machine of
the cluster can read them by the same path.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from truthgpt.corpus.consent.optout import OptOuts
from truthgpt.corpus.pipeline import columns, raw
from truthgpt.corpus.pipeline.known import Keys, Known
from truthgpt.corpus.pipeline.prepare import Prepared, clean, told_apart
from truthgpt.corpus.pipeline.sources import Sources, unreadable
from truthgpt.corpus.post import Deleted
from truthgpt.corpus.readers.rejected import Rejected
from truthgpt.errors import BadInputError, MissingError

if TYPE_CHECKING:
    from ray import ObjectRef

_ATTEMPTS = 5
"""How often a task is run again whose machine was lost."""
_BATCHES_AHEAD = 32
"""Batches of one file, of some 10 MB, that wait to be fetched before its task pauses. Files are taken one after the
other, so a file with more of them is prepared beside others only in part; Ray puts what is too much on disks."""


@dataclass(frozen=True, slots=True)
class Described:
    """A batch of one file as a task sends it: `posts` are `columns.DESCRIBED`; `failed` says why there is no more."""

    posts: pa.Table
    rejected: tuple[Rejected, ...]
    deleted: tuple[Deleted, ...]
    failed: BadInputError | None = None


def prepare_on_cluster(
    sources: Sources, stored: Keys, listed: OptOuts
) -> Generator[Prepared[pa.Table], None, None]:
    """As `prepare` of the rows of `sources`, on the cluster that `RAY_ADDRESS` names, else on one of this machine.

    Raises `MissingError` when Ray is not installed or the cluster cannot be reached or loses a task for good.
    """
    known = Known(stored)
    first: BadInputError | None = None
    told = False
    held: list[Rejected] = []
    places = {path: place for place, path in enumerate(sources.paths)}
    for path, batch in _described(sources, listed):
        if batch.failed is not None:
            first = first or batch.failed
            held.append(unreadable(path, batch.failed))
        if not told and (batch.posts.num_rows or batch.deleted):
            told = True
        rejected = [*batch.rejected]
        if told:
            rejected, held = [*held, *rejected], []
        new, changed, kept = told_apart(batch.posts, known)
        yield Prepared(
            batch.posts.num_rows + len(rejected),
            kept,
            batch.posts.num_rows - kept,
            tuple(rejected),
            new,
            changed,
            batch.deleted,
            places[path] / len(places),
        )
    if held:
        if len(held) == len(sources.paths) and first is not None:
            raise first
        empty = raw.table([])
        yield Prepared(len(held), 0, 0, tuple(held), columns.describe(columns.clean(empty)), empty)


def describe_file(sources: Sources, listed: OptOuts, path: Path) -> Iterator[Described]:
    """What the task of one file sends: its posts cleaned and described, batch by batch."""
    try:
        for batch in raw.batches(sources.rows_of(path)):
            posts, refused = clean(batch.posts, listed)
            yield Described(columns.describe(posts), (*batch.rejected, *refused), batch.deleted)
    except BadInputError as error:
        yield Described(columns.describe(columns.clean(raw.table([]))), (), (), error)


def _described(sources: Sources, listed: OptOuts) -> Iterator[tuple[Path, Described]]:
    with _connected() as ray:
        yield from _described_on(ray, sources, listed)


def _described_on(ray: Any, sources: Sources, listed: OptOuts) -> Iterator[tuple[Path, Described]]:
    task = ray.remote(describe_file).options(
        num_returns="streaming",
        max_retries=_ATTEMPTS,
        retry_exceptions=False,
        _generator_backpressure_num_objects=_BATCHES_AHEAD,
    )
    given = ray.put(sources), ray.put(listed)
    ahead = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
    paths = deque(sources.paths)
    running: deque[tuple[Path, Iterator[ObjectRef[Any]]]] = deque()
    try:
        while paths or running:
            while paths and len(running) < ahead:
                path = paths.popleft()
                running.append((path, task.remote(*given, path.absolute())))
            path, batches = running.popleft()
            for reference in batches:
                yield path, ray.get(reference)
    except (ray.exceptions.RayError, ConnectionError, RuntimeError) as error:
        said = " ".join(str(error).split())[:160]
        raise MissingError(f"the Ray cluster lost the work ({said}); import again to go on") from error
    finally:
        for _, batches in running:
            with suppress(ray.exceptions.RayError):
                ray.cancel(batches)


@contextmanager
def _connected() -> Iterator[Any]:
    """The module `ray`, connected to a cluster; whoever was not connected before is not after."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise MissingError(
            "Ray is not installed: pip install 'truthgpt[cluster]', or leave --runner out"
        ) from None
    before = ray.is_initialized()
    # Ray's forks run another program at once; Lance's warning of forks is for those that go on as they are.
    warnings.filterwarnings("ignore", "lance is not fork-safe")
    if not before:
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = os.environ.get("RAY_ADDRESS", "this machine")
            raise MissingError(f"no Ray cluster at {where}: start one, or set RAY_ADDRESS") from error
    try:
        yield ray
    finally:
        if not before:
            ray.shutdown()
