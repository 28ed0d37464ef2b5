"""Scoring is done by one at a time, of one moment, whole; what died on the way is done again, and what was late changes nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Event, Semaphore
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from deciding import all_helpful, decided

from killable import Child
from truthgpt.database import open_database
from truthgpt.errors import BadInputError, BusyError, MissingError
from truthgpt.notes import job
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, Decided, History, Side
from truthgpt.notes.job import ratings_of, score_once, table_of
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.store import NoteStore, Run, Snapshot, StoredNote, StoredRating
from truthgpt.notes.table import NoteTable

MISLEADING = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
LEASE = 600_000


def person(store: NoteStore) -> str:
    return store.new_person()[0].id


def filled(store: NoteStore, notes: int = 3) -> list[StoredNote]:
    ana, bo = person(store), person(store)
    made = [store.write(ana, f"p{number}", MISLEADING, "One.", number) for number in range(notes)]
    for note in made:
        store.rate(note.id, bo, "HELPFUL", ["helpfulClear"], 50)
    return made


def begun(store: NoteStore, holder: str = "a", now: int = 0) -> Run:
    run = store.begin(holder, now)
    assert run
    return run


def rules(store: NoteStore) -> set[str]:
    """The rules of all statuses, empty for notes without one."""
    return {decision.rule if decision else "" for _, decision in store.latest(1000)}


def of_run(store: NoteStore, run: Run, name: str) -> list[Decided]:
    return [decided(note.id, name) for note in store.read(run).notes]


def score_until(pipe: Connection, url: str, where: str, now: int) -> None:
    """Scores, sends that it is `computing`, or `writing` its statuses, and stays there."""
    engine = open_database(url)

    def stay() -> None:
        pipe.send(where)
        time.sleep(600)

    def decide(*read: Any, now: int) -> list[Decided]:
        if where == "computing":
            stay()
        return all_helpful(*read, now=now)

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if where == "writing" and statement.startswith("INSERT INTO statuses"):
            stay()

    score_once(NoteStore(engine), "child", now, decide=decide)


def test_there_is_nothing_to_score_until_something_changes(store: NoteStore) -> None:
    assert store.begin("a", 0) is None
    ana, bo = person(store), person(store)
    assert store.begin("a", 0) is None
    note = store.write(ana, "p", MISLEADING, "One.", 1)
    for change in (
        lambda: None,
        lambda: store.rate(note.id, bo, "HELPFUL", [], 2),
        lambda: store.rate(note.id, bo, "HELPFUL", [], 2),
        lambda: store.unrate(note.id, bo),
        lambda: store.write(bo, "p", MISLEADING, "Two.", 3),
        lambda: store.delete(note.id, ana),
        lambda: store.forget_posts(["p"]),
    ):
        change()
        run = begun(store)
        assert store.finish(run, of_run(store, run, "a"), 0)
        assert store.begin("a", 0) is None
    for nothing in (
        lambda: store.unrate(note.id, bo),
        lambda: store.delete(note.id, ana),
        lambda: store.forget_posts(["p", "q"]),
    ):
        nothing()
        assert store.begin("a", 0) is None


def test_a_run_reads_all_that_is_live_in_order(store: NoteStore) -> None:
    ana, bo, cy = person(store), person(store), person(store)
    notes = [store.write(ana, f"p{number}", MISLEADING, "One.", number) for number in range(5)]
    rated = [
        store.rate(note.id, rater, "HELPFUL", ["helpfulClear"], 9) for note in notes for rater in (bo, cy)
    ]
    store.delete(notes[0].id, ana)
    store.forget_posts(["p1"])
    gone = {notes[0].id, notes[1].id}
    first = begun(store)
    history = History(NEEDS_MORE, HELPFUL, 1, HELPFUL, 2, NEEDS_MORE, 3)
    assert store.finish(
        first, [decided(notes[2].id, history=history), decided(notes[3].id, history=History())], 0
    )
    store.unrate(notes[4].id, bo)
    assert store.read(begun(store)) == Snapshot(
        sorted(notes[2:], key=lambda note: note.id),
        sorted(
            (
                each
                for each in rated
                if each.note_id not in gone and (each.note_id, each.rater) != (notes[4].id, bo)
            ),
            key=lambda rating: (rating.note_id, rating.rater),
        ),
        {notes[2].id: history, notes[3].id: History()},
    )


def test_a_snapshot_is_of_one_moment(store: NoteStore, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes are read first and ratings second; what comes in between is of neither."""
    filled(store, 1)
    run, other = begun(store), NoteStore(open_database(url))
    found: list[StoredNote] = []

    def meanwhile(*_: object) -> None:
        if not found:
            found.append(other.write(person(other), "late", MISLEADING, "Late.", 60))
            other.rate(found[0].id, person(other), "HELPFUL", [], 60)

    sa.event.listen(
        store._engine,
        "after_cursor_execute",
        lambda connection, cursor, statement, *_: "FROM notes" in statement and meanwhile(),
    )
    snapshot = store.read(run)
    assert found
    assert found[0].id not in {note.id for note in snapshot.notes}
    assert found[0].id not in {rating.note_id for rating in snapshot.ratings}
    other._engine.dispose()


def test_ratings_that_arrive_during_a_run_make_another_happen(store: NoteStore) -> None:
    notes = filled(store)
    run = begun(store)
    decisions = of_run(store, run, "first")
    store.rate(notes[0].id, person(store), "NOT_HELPFUL", [], 60)
    assert store.finish(run, decisions, 0)
    second = begun(store)
    assert second.wanted == run.wanted + 1
    assert len(store.read(second).ratings) == 4
    assert store.finish(second, of_run(store, second, "second"), 0)
    assert rules(store) == {"second"}
    assert store.begin("a", 0) is None


def test_notes_that_go_or_come_during_a_run_have_no_status(store: NoteStore) -> None:
    notes = filled(store, 4)
    run = begun(store)
    decisions = of_run(store, run, "first")
    store.delete(notes[0].id, notes[0].author)
    store.forget_posts([notes[1].post_id])
    late = store.write(person(store), "late", MISLEADING, "Late.", 60)
    assert store.finish(run, [*decisions, decided("0" * 32)], 0)
    shown = {note.id: decision and decision.rule for note, decision in store.latest(9)}
    assert shown == {notes[2].id: "first", notes[3].id: "first", late.id: None}


def test_notes_that_are_not_decided_have_no_status_any_more(store: NoteStore) -> None:
    notes = filled(store)
    run = begun(store)
    assert store.finish(run, of_run(store, run, "first"), 0)
    store.unrate(notes[0].id, "nobody")
    store.write(person(store), "late", MISLEADING, "Late.", 60)
    run = begun(store)
    assert store.finish(run, [decided(notes[0].id, "second")], 0)
    assert rules(store) == {"second", ""}
    assert store.read(Run(run.token, "a", 0)).histories.keys() == {notes[0].id}


def test_one_scorer_holds_the_lease_until_it_runs_out(store: NoteStore) -> None:
    filled(store)
    run = begun(store, "a", now=1_000)
    assert store.begin("b", 1_000) is None
    assert store.begin("b", 1_000 + LEASE - 1) is None
    assert store.renew(run, 1_000 + LEASE - 1)
    assert store.begin("b", 1_000 + LEASE) is None
    taken = begun(store, "b", now=1_000 + LEASE - 1 + LEASE)
    assert taken.token > run.token
    assert taken.wanted == run.wanted
    assert not store.renew(run, 2_000)
    assert not store.release(run)
    with pytest.raises(BusyError, match="took over"):
        store.read(run)
    assert len(store.read(taken).notes) == 3


def test_a_lease_may_be_short(store: NoteStore) -> None:
    filled(store)
    run = store.begin("a", 0, lease_ms=10)
    assert run
    assert not store.renew(run, 10)
    assert not store.finish(run, [], 10)
    assert store.begin("b", 10)


def test_a_lease_given_back_is_free_at_once(store: NoteStore) -> None:
    filled(store)
    run = begun(store, "a")
    assert store.release(run)
    assert not store.finish(run, [], 0)
    assert begun(store, "b").token > run.token


def test_a_holder_that_begins_anew_takes_its_own_lease_over(store: NoteStore) -> None:
    filled(store)
    dead = begun(store, "a")
    again = begun(store, "a")
    assert again.token > dead.token
    assert not store.finish(dead, [], 0)
    assert store.finish(again, of_run(store, again, "again"), 0)


def test_two_scorers_do_not_mix_their_results(store: NoteStore) -> None:
    filled(store)
    stale = begun(store, "a")
    theirs = of_run(store, stale, "stale")
    fresh = begun(store, "b", now=LEASE)
    assert not store.finish(stale, theirs, LEASE)  # while the other one computes,
    assert rules(store) == {""}
    assert store.finish(fresh, of_run(store, fresh, "fresh"), LEASE)
    assert not store.finish(stale, theirs, LEASE)  # after it,
    assert not store.finish(stale, theirs, 0)  # by whatever clock,
    assert not store.finish(fresh, theirs, LEASE)  # and twice by nobody
    assert rules(store) == {"fresh"}
    assert store.begin("a", 2 * LEASE) is None


def test_readers_never_see_two_runs_mixed(store: NoteStore, url: str) -> None:
    notes = filled(store, 12)
    other = NoteStore(open_database(url))
    over = Event()

    def look() -> list[set[str]]:
        seen = []
        while not over.is_set():
            seen.append(rules(other))
        return seen

    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(look)
        for number in range(15):
            run = begun(store)
            assert store.finish(run, of_run(store, run, f"run {number}"), 0)
            store.rate(notes[0].id, person(store), "HELPFUL", [], number)
        over.set()
        assert all(len(rule) == 1 for rule in seen.result())
    other._engine.dispose()


def test_scorers_that_race_begin_once_and_finish_once(store: NoteStore, url: str) -> None:
    filled(store)
    others = [NoteStore(open_database(url)) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        for now in range(0, 5 * LEASE, LEASE):
            runs = list(pool.map(lambda n: others[n % 3].begin(f"scorer {n}", now), range(6)))  # noqa: B023
            (run,) = [run for run in runs if run]
        ended = list(pool.map(lambda n: others[n % 3].finish(run, of_run(store, run, "x"), now), range(6)))
    assert sum(ended) == 1
    for other in others:
        other._engine.dispose()


def test_a_run_that_cannot_be_written_changes_nothing(store: NoteStore) -> None:
    notes = filled(store)
    run = begun(store)
    assert store.finish(run, of_run(store, run, "first"), 0)
    store.rate(notes[0].id, person(store), "HELPFUL", [], 60)
    run = begun(store)
    good = of_run(store, run, "second")
    for bad in (
        [*good, good[0]],
        [*good[1:], replace(good[0], margin=float("nan"))],
        [*good[1:], replace(good[0], lower=float("nan"))],
    ):
        with pytest.raises(BadInputError):
            store.finish(run, bad, 0)
        assert rules(store) == {"first"}
    assert store.finish(run, good, 0)
    assert rules(store) == {"second"}


def test_numpys_numbers_are_numbers(store: NoteStore) -> None:
    note = filled(store, 1)[0]
    given = replace(
        decided(note.id),
        margin=np.float32(0.5),
        factor=np.float64(-0.25),
        ratings=np.int64(4),
        unplaced=Side(np.int32(1), 0, np.int64(2)),
        history=History(first=HELPFUL, first_at=np.int64(7)),
    )
    assert store.finish(begun(store), [given], 0)
    assert store.note(note.id) == (note, given)


@pytest.mark.parametrize("holder", ["", "\0", "\ud800", "a\nb", "x" * 1_000_000])
def test_a_scorer_has_a_name(holder: str, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(BadInputError, match="name of a scorer"):
        NoteStore(engine).begin(holder, 0)
    engine.dispose()


def test_a_scoring_ends_with_a_status_for_each_note(store: NoteStore) -> None:
    assert not score_once(store, "a", 100, decide=all_helpful)
    filled(store)
    assert score_once(store, "a", 100, decide=all_helpful)
    assert rules(store) == {"3 ratings at 100"}
    assert not score_once(store, "a", 101, decide=all_helpful)


def test_the_model_decides_on_what_is_stored(store: NoteStore) -> None:
    notes = filled(store)
    assert score_once(store, "a", 100)
    for note in notes:
        found = store.note(note.id)
        assert found
        assert found[1]
        assert (found[1].status, found[1].ratings) == (NEEDS_MORE, 1)


def test_a_scoring_hands_over_what_was_read() -> None:
    rated = [
        StoredRating("n2", "bo", "NOT_HELPFUL", ("notHelpfulOther",), 7),
        StoredRating("n1", "bo", "HELPFUL", ("helpfulClear", "helpfulOther"), 5),
        StoredRating("n1", "al", "SOMEWHAT_HELPFUL", (), 6),
    ]
    found = ratings_of(rated)
    assert (found.note_ids, found.rater_ids) == (("n1", "n2"), ("al", "bo"))
    assert found.values.tolist() == [0.5, 1.0, 0.0]
    assert found.times.tolist() == [6, 5, 7]
    assert found.ticked("helpfulOther").tolist() == [False, True, False]
    assert found.ticked("notHelpfulOther").tolist() == [False, False, True]
    assert sum(int(column.sum()) for column in found.tags.values()) == 3
    assert len(ratings_of([])) == 0
    table = table_of(
        Snapshot(
            [
                StoredNote("n1", "p", "al", MISLEADING, "t", 3),
                StoredNote("n2", "p", "bo", "NOT_MISLEADING", "t", 4),
            ],
            [],
            {},
        )
    )
    assert (table.ids, table.authors) == (("n1", "n2"), ("al", "bo"))
    assert table.created_at.tolist() == [3, 4]
    assert table.misleading.tolist() == [True, False]


def test_all_that_can_happen_may_happen_at_once(store: NoteStore, url: str) -> None:
    """Nobody waits for somebody who waits for them, and in the end every note that is left has been scored."""
    other, over = NoteStore(open_database(url)), Event()
    raters = [person(store) for _ in range(4)]

    def write_and_rate(number: int) -> None:
        author, random = person(store), Random(number)
        for turn in range(12):
            note = store.write(author, f"p{turn}", "NOT_MISLEADING", "One.", turn)
            for rater in raters:
                with suppress(BadInputError):  # it may be forgotten by now
                    store.rate(note.id, rater, "HELPFUL", [], turn)
            match random.randrange(3):
                case 0:
                    store.delete(note.id, author)
                case 1:
                    store.forget_posts([note.post_id])
                case _:
                    store.unrate(note.id, raters[0])

    def score(number: int) -> int:
        runs = 0
        while not over.is_set():
            runs += score_once(other, f"scorer {number}", 0, decide=all_helpful)
        return runs

    with ThreadPoolExecutor(5) as pool:
        scorers = [pool.submit(score, number) for number in range(2)]
        for writer in [pool.submit(write_and_rate, number) for number in range(3)]:
            writer.result()
        over.set()
        assert sum(scorer.result() for scorer in scorers) > 0
    score_once(store, "last", 0, decide=all_helpful)
    assert store.begin("last", 0) is None
    left = store.latest(100)
    assert left
    assert len({decision.rule for _, decision in left if decision}) == 1
    assert all(decision for _, decision in left)
    other._engine.dispose()


def test_what_is_raised_on_the_way_gives_the_lease_back_and_changes_nothing(store: NoteStore) -> None:
    notes = filled(store)
    assert score_once(store, "a", 0, decide=all_helpful)
    store.rate(notes[0].id, person(store), "HELPFUL", [], 60)

    def fail(*_: object, **__: object) -> Sequence[Decided]:
        raise KeyboardInterrupt

    def twice(
        ratings: Ratings, table: NoteTable, histories: Mapping[str, History], *, now: int
    ) -> list[Decided]:
        assert histories[notes[0].id].first == HELPFUL
        return all_helpful(ratings, table, histories, now=now) * 2

    with pytest.raises(KeyboardInterrupt):
        score_once(store, "a", 1, decide=fail)
    with pytest.raises(BadInputError, match="decided twice"):
        score_once(store, "b", 1, decide=twice)
    assert rules(store) == {"3 ratings at 0"}
    assert score_once(store, "c", 1, decide=all_helpful)
    assert rules(store) == {"4 ratings at 1"}


def test_a_scoring_that_takes_longer_than_its_lease_keeps_it(
    store: NoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    renew, renewals = NoteStore.renew, Semaphore(0)

    def counted(*arguments: Any) -> bool:
        held = renew(*arguments)
        renewals.release(held)
        return held

    def slowly(
        ratings: Ratings, table: NoteTable, histories: Mapping[str, History], *, now: int
    ) -> list[Decided]:
        assert renewals.acquire(timeout=60)
        assert renewals.acquire(timeout=60)
        assert store.begin("b", now + LEASE) is None  # when the lease that it began with has run out
        return all_helpful(ratings, table, histories, now=now)

    monkeypatch.setattr(NoteStore, "renew", counted)
    monkeypatch.setattr(job, "_RENEWALS", 12_000)
    assert score_once(store, "a", 0, decide=slowly)
    assert rules(store) == {"3 ratings at 0"}


def test_a_scoring_that_was_taken_over_says_so_and_changes_nothing(store: NoteStore) -> None:
    filled(store)

    def overtaken(
        ratings: Ratings, table: NoteTable, histories: Mapping[str, History], *, now: int
    ) -> list[Decided]:
        assert score_once(store, "b", now + LEASE, decide=all_helpful)
        return [decided(note_id, "stale") for note_id in table.ids]

    assert not score_once(store, "a", 0, decide=overtaken)
    assert rules(store) == {f"3 ratings at {LEASE}"}


def test_a_scoring_that_was_taken_over_before_it_read_says_so(
    store: NoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    read = NoteStore.read

    def late(self: NoteStore, run: Run) -> Snapshot:
        if run.holder == "a":
            assert store.begin("b", LEASE)
        return read(self, run)

    monkeypatch.setattr(NoteStore, "read", late)
    assert not score_once(store, "a", 0, decide=all_helpful)


def test_a_database_that_fails_in_the_middle_is_told_and_the_next_run_goes_on(
    store: NoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)

    def gone(*_: object) -> None:
        raise MissingError("the database is gone")

    with monkeypatch.context() as patched:
        for method in ("renew", "release", "finish"):
            patched.setattr(NoteStore, method, gone)
        with pytest.raises(MissingError, match="is gone"):
            score_once(store, "a", 0, decide=all_helpful, lease_ms=20)
    assert rules(store) == {""}
    assert score_once(store, "b", LEASE, decide=all_helpful)


def test_a_scorer_that_was_killed_is_followed_by_another(store: NoteStore, url: str) -> None:
    """Killed while it computes, and while it writes: the statuses before stand until the next run has ended."""
    notes = filled(store)
    assert score_once(store, "before", 0, decide=all_helpful)
    store.rate(notes[0].id, person(store), "HELPFUL", [], 60)
    now = 1
    for where in ("computing", "writing"):
        child = Child(score_until, url, where, now)
        assert child.hear(1) == [where]
        child.kill()
        assert child.rest() == []
        assert rules(store) == {"3 ratings at 0"}
        assert store.begin("next", now) is None  # for all it knows, the other one still computes
        now += LEASE
        run = begun(store, "next", now)
        assert len(store.read(run).ratings) == 4
        assert store.release(run)
    assert score_once(store, "next", now, decide=all_helpful)
    assert rules(store) == {f"4 ratings at {now}"}
    assert store.begin("next", now) is None
