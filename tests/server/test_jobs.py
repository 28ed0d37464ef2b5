"""The line before the model: order, bound, errors, stopping."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BusyError, MissingError
from truthgpt.server.jobs import Job, Jobs


async def items(job: Job[int]) -> list[int]:
    return [item async for item in job]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(), max_size=5), max_size=8), st.integers(1, 3))
def test_every_job_gives_its_own_items_in_order(made: list[list[int]], workers: int) -> None:
    async def run() -> list[list[int]]:
        jobs = Jobs(workers=workers)
        try:
            submitted = [jobs.submit(lambda each=each: iter(each)) for each in made]
            return list(await asyncio.gather(*(items(job) for job in submitted)))
        finally:
            jobs.stop()

    assert asyncio.run(run()) == made


def test_the_line_is_bounded_and_a_cancelled_job_leaves_it() -> None:
    async def run() -> None:
        jobs = Jobs(workers=1, waiting=2)
        go = threading.Event()
        started = asyncio.Event()
        loop = asyncio.get_running_loop()

        def held() -> Iterator[int]:
            loop.call_soon_threadsafe(started.set)
            go.wait(60)
            yield 1

        first = jobs.submit(held)
        await started.wait()
        second, third = jobs.submit(lambda: iter([2])), jobs.submit(lambda: iter([3]))
        with pytest.raises(BusyError, match="2 questions are waiting"):
            jobs.submit(lambda: iter([4]))
        second.cancel()
        fourth = jobs.submit(lambda: iter([4]))
        go.set()
        assert [await items(job) for job in (first, third, fourth)] == [[1], [3], [4]]
        jobs.stop()

    asyncio.run(run())


def test_stopping_ends_what_runs_and_what_waits_at_once() -> None:
    async def run() -> None:
        jobs = Jobs(workers=1)
        go = threading.Event()

        def held() -> Iterator[int]:
            yield 1
            go.wait(60)
            yield 2

        running, waiting = jobs.submit(held), jobs.submit(lambda: iter([3]))
        running_items = aiter(running)
        assert await anext(running_items) == 1
        jobs.stop(timeout=0)
        with pytest.raises(MissingError, match="stopping"):
            await anext(running_items)
        with pytest.raises(MissingError, match="stopping"):
            await items(waiting)
        with pytest.raises(MissingError, match="stopping"):
            jobs.submit(lambda: iter([4]))
        go.set()

    asyncio.run(run())


def test_an_error_in_a_job_is_its_listeners_and_the_next_job_runs() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    async def run() -> None:
        jobs = Jobs()
        with pytest.raises(ZeroDivisionError):
            await items(jobs.submit(broken))
        assert await items(jobs.submit(lambda: iter([1]))) == [1]
        jobs.stop()

    asyncio.run(run())


def test_items_that_wait_do_not_keep_the_loop_from_anything_else() -> None:
    """A model that is faster than its reader: else the loop would never hear that the reader has gone."""

    async def run() -> int:
        jobs = Jobs()
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        try:
            job = jobs.submit(lambda: iter(range(1_000)))
            while jobs.running or jobs.waiting:
                await asyncio.sleep(0.001)
            beside = asyncio.ensure_future(others())
            assert len(await items(job)) == 1_000
            beside.cancel()
            return turns
        finally:
            jobs.stop()

    assert asyncio.run(run()) > 900
