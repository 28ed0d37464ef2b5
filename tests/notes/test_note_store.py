"""People write and rate notes: what is kept, what is refused, and that it is the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deciding import decided

from truthgpt.database import open_database, reading
from truthgpt.errors import BadInputError
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL, Decided, Status
from truthgpt.notes.store import NoteStore, StoredNote, StoredRating
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS

MISLEADING = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
HOSTILE = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff tail",
    "'; DROP TABLE notes; --",
    '" OR 1=1 --',
    "%s %(x)s :x ?",
    "\x1b[31m",
    "x" * 1_000_000,
    "é" * 501,
]


def author(store: NoteStore) -> str:
    return store.new_person()[0].id


def written(
    store: NoteStore, post_id: str = "reddit:1", now: int = 1_000, text: str = "It is satire."
) -> StoredNote:
    return store.write(author(store), post_id, "NOT_MISLEADING", text, now)


def score(store: NoteStore, *decisions: Decided, now: int = 5_000) -> None:
    run = store.begin("tests", now)
    assert run
    assert store.finish(run, decisions, now)


def counted(store: NoteStore) -> int:
    """How many changes were counted."""
    with reading(store._engine) as connection:
        return int(connection.exec_driver_sql("SELECT wanted FROM changes").scalar_one())


def test_a_person_is_known_by_a_secret_that_is_not_kept(store: NoteStore, url: str) -> None:
    before = time.time_ns() // 1_000_000
    made = [store.new_person() for _ in range(20)]
    for person, secret in made:
        assert store.person(secret) == person
        assert re.fullmatch("[0-9a-hjkmnp-tv-z]{8}", person.id)
        assert re.fullmatch("[A-Za-z0-9_-]{43}", secret)
        assert before <= person.created_at <= time.time_ns() // 1_000_000
    assert len({person.id for person, _ in made}) == len({secret for _, secret in made}) == 20
    with reading(store._engine) as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM people").all())
    assert not any(secret in kept for _, secret in made)


def test_no_other_secret_is_anybodys(store: NoteStore) -> None:
    store.new_person()
    store.signed_in("ana")
    assert [store.person(secret) for secret in (*HOSTILE, "a" * 43, "ana")] == [None] * (len(HOSTILE) + 2)


def test_a_name_from_outside_is_one_person_whose_name_is_not_kept(store: NoteStore) -> None:
    ana = store.signed_in("ana@example.org")
    assert store.signed_in("ana@example.org") == ana
    assert store.signed_in("Ana@example.org") != ana
    assert store.signed_in("汉字 é") == store.signed_in("汉字 é")
    person, secret = store.new_person()
    assert store.signed_in(secret) != person  # a secret is no name
    with reading(store._engine) as connection:
        kept = connection.exec_driver_sql("SELECT id, known_by FROM people").all()
    assert "ana" not in str(kept)
    assert hashlib.sha256(b"ana@example.org").digest() not in [bytes(row.known_by) for row in kept]


def test_what_is_no_name_is_refused(store: NoteStore) -> None:
    for name in ("", "\0", "a\0", "\ud800", "a\nb", "\x1b[31m", "x" * 1_000_000):
        with pytest.raises(BadInputError, match="no name of an account") as raised:
            store.signed_in(name)
        assert len(str(raised.value)) < 300


def test_a_name_that_is_seen_first_by_many_at_once_is_one_person(store: NoteStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(store.signed_in, ["ana"] * 16))) == 1


def test_an_id_that_is_taken_is_drawn_anew(store: NoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter("a" * 8 + "a" * 8 + "b" * 8)
    monkeypatch.setattr("secrets.choice", lambda _: next(drawn))
    assert [store.new_person()[0].id for _ in range(2)] == ["a" * 8, "b" * 8]


def test_a_note_is_kept_as_it_was_written(store: NoteStore) -> None:
    ana = author(store)
    note = store.write(ana, "reddit:1", MISLEADING, "  Cafe\u0301:\r\n\tsee https://example.org \n", 1_234)
    assert note == StoredNote(
        note.id, "reddit:1", ana, MISLEADING, "Café:\n\tsee https://example.org", 1_234
    )  # fmt: skip
    assert re.fullmatch("[0-9a-f]{32}", note.id)
    assert store.note(note.id) == (note, None)
    assert store.of_posts(["reddit:1"]) == {"reddit:1": [(note, None)]}
    assert store.latest(10) == [(note, None)]


def test_what_is_no_text_of_a_note_is_refused(store: NoteStore) -> None:
    ana = author(store)
    for text, why in (
        ("", "text"),
        (" \n\t\u3000", "text"),
        ("\u200b\u2060\ufeff", "text"),
        ("\u0301", "text"),
        ("a\0b", "control"),
        ("a\x1b[31mb", "control"),
        ("a\rb", "control"),
        ("a\x85b", "control"),
        ("a\ud800b", "surrogates"),
        ("x" * 2001, "at most 2000"),
        ("x" * 1_000_000, "at most 2000"),
        ("a" + "\u0301\u0323" * 500_000, "at most 2000"),
        ("\U0001d160" * 1000, "at most 2000"),  # three times as long in NFC
    ):
        with pytest.raises(BadInputError, match=why):
            store.write(ana, "p", MISLEADING, text, 1)
    assert store.latest(1) == []
    assert counted(store) == 0


def test_texts_up_to_the_longest_are_taken(store: NoteStore) -> None:
    for text in ("x" * 2000, "!", "e\u0301" * 2000, "汉" * 2000, "👩\u200d👧", "'; DROP TABLE notes; --"):
        note = written(store, text=f"  {text}{' ' * 5000}")
        found = store.note(note.id)
        assert found
        assert found[0].text == unicodedata.normalize("NFC", text)


def test_a_person_has_one_note_on_a_post_at_a_time(store: NoteStore) -> None:
    ana, bo = author(store), author(store)
    first = store.write(ana, "p", MISLEADING, "One.", 1)
    with pytest.raises(BadInputError, match="a note of yours on this post already"):
        store.write(ana, "p", "NOT_MISLEADING", "Two.", 2)
    store.write(bo, "p", MISLEADING, "One.", 3)
    store.write(ana, "q", MISLEADING, "One.", 4)
    assert store.delete(first.id, ana)
    again = store.write(ana, "p", MISLEADING, "Three.", 5)
    assert [note.text for note, _ in store.of_posts(["p"])["p"]] == ["One.", "Three."]
    assert again.id != first.id


def test_of_two_notes_written_at_once_one_is_kept(store: NoteStore) -> None:
    ana = author(store)

    def write(number: int) -> str:
        try:
            return store.write(ana, "p", MISLEADING, f"Note {number}.", number).id
        except BadInputError:
            return ""

    with ThreadPoolExecutor(4) as pool:
        kept = [note_id for note_id in pool.map(write, range(8)) if note_id]
    assert [note.id for note, _ in store.of_posts(["p"])["p"]] == kept
    assert len(kept) == counted(store) == 1


def test_only_people_write_and_rate_on_ids_that_can_be(store: NoteStore) -> None:
    ana, bo = author(store), author(store)
    note = store.write(ana, "p", MISLEADING, "One.", 1)
    for word in HOSTILE:
        for attempt in (
            lambda word=word: store.write(word, "q", MISLEADING, "One.", 1),
            lambda word=word: store.rate(note.id, word, "HELPFUL", [], 1),
            lambda word=word: store.rate(word, bo, "HELPFUL", [], 1),
            lambda word=word: store.rate(note.id, bo, word, [], 1),
            lambda word=word: store.rate(note.id, bo, "HELPFUL", [word], 1),
            lambda word=word: store.write(bo, "q", word, "One.", 1),
        ):
            with pytest.raises(BadInputError) as raised:
                attempt()
            assert len(str(raised.value)) < 900
            assert str(raised.value).isprintable()
    assert counted(store) == 1


def test_hostile_ids_are_nobodys_or_ids_like_others(store: NoteStore) -> None:
    ana, bo = author(store), author(store)
    note = store.write(ana, "p", MISLEADING, "One.", 1)
    store.rate(note.id, bo, "HELPFUL", [], 2)
    for word in HOSTILE:
        assert store.note(word) is None
        assert store.of_posts([word, "p"]) == {"p": [(note, None)]}
        assert store.latest(5, before=(2, word)) == [(note, None)]
        assert store.rating(word, bo) is None
        assert store.rating(note.id, word) is None
        assert store.ratings_of(word, [note.id]) == {}
        assert list(store.ratings_of(bo, [word, note.id])) == [note.id]
        assert store.counts([word, note.id]) == {note.id: 1}
        assert not store.unrate(word, bo)
        assert not store.unrate(note.id, word)
        assert not store.delete(word, ana)
        assert not store.delete(note.id, word)
        assert store.forget_posts([word]) == 0
        if word.isprintable() and 0 < len(word) <= 500:
            kept = store.write(bo, word, MISLEADING, "Two.", 3)
            assert store.of_posts([word])[word] == [(kept, None)]
            assert store.forget_posts([word]) == 1
        else:
            with pytest.raises(BadInputError, match="no id of a post"):
                store.write(bo, word, MISLEADING, "Two.", 3)
    assert store.latest(5) == [(note, None)]


def test_an_id_of_the_longest_kind_can_be_looked_up(store: NoteStore) -> None:
    note = written(store, "".join(chr(0x20000 + n) for n in range(500)))
    assert store.of_posts([note.post_id])[note.post_id] == [(note, None)]


def test_the_last_rating_of_a_person_counts(store: NoteStore) -> None:
    note, bo = written(store), author(store)
    first = store.rate(note.id, bo, "HELPFUL", ["helpfulGoodSources", "helpfulClear", "helpfulClear"], 10)
    assert first == StoredRating(note.id, bo, "HELPFUL", ("helpfulClear", "helpfulGoodSources"), 10)
    assert store.rating(note.id, bo) == first
    last = store.rate(note.id, bo, "NOT_HELPFUL", NOT_HELPFUL_TAGS[::-1], 9)  # clocks differ
    assert last.tags == NOT_HELPFUL_TAGS
    assert store.rating(note.id, bo) == last
    everything = store.rate(note.id, bo, "SOMEWHAT_HELPFUL", (*HELPFUL_TAGS, *NOT_HELPFUL_TAGS), 11)
    assert store.ratings_of(bo, [note.id, note.id, "0" * 32]) == {note.id: everything}
    assert store.counts([note.id]) == {note.id: 1}
    assert counted(store) == 4


def test_levels_and_tags_that_do_not_exist_are_refused(store: NoteStore) -> None:
    note, bo = written(store), author(store)
    cases: list[tuple[Any, Any, str]] = [
        ("helpful", [], "no level"),
        ("", [], "no level"),
        ("HELPFUL", ["helpful"], "no tag"),
        ("HELPFUL", [""], "no tag"),
        ("HELPFUL", ["helpfulClear "], "no tag"),
        ("HELPFUL", "helpfulClear", "no tag"),
        ("HELPFUL", [None], "no tag"),
    ]
    for level, tags, why in cases:
        with pytest.raises(BadInputError, match=why):
            store.rate(note.id, bo, level, tags, 1)
    assert store.rating(note.id, bo) is None


def test_own_notes_and_notes_that_are_gone_are_not_rated(store: NoteStore) -> None:
    ana, bo = author(store), author(store)
    note = store.write(ana, "p", MISLEADING, "One.", 1)
    with pytest.raises(BadInputError, match="is yours"):
        store.rate(note.id, ana, "HELPFUL", [], 2)
    with pytest.raises(BadInputError, match="there is no note"):
        store.rate("0" * 32, bo, "HELPFUL", [], 2)
    assert store.delete(note.id, ana)
    with pytest.raises(BadInputError, match="there is no note"):
        store.rate(note.id, bo, "HELPFUL", [], 2)


def test_a_rating_is_taken_back_once(store: NoteStore) -> None:
    note, bo, cy = written(store), author(store), author(store)
    for rater in (bo, cy):
        store.rate(note.id, rater, "HELPFUL", [], 1)
    before = counted(store)
    assert store.unrate(note.id, bo)
    assert not store.unrate(note.id, bo)
    assert counted(store) == before + 1
    assert store.rating(note.id, bo) is None
    assert store.rating(note.id, cy)


def test_a_note_is_taken_back_by_its_author_alone(store: NoteStore) -> None:
    ana, bo = author(store), author(store)
    note = store.write(ana, "p", MISLEADING, "Confidential.", 1)
    store.rate(note.id, bo, "HELPFUL", [], 2)
    score(store, decided(note.id))
    before = counted(store)
    assert not store.delete(note.id, bo)
    assert store.note(note.id)
    assert store.delete(note.id, ana)
    assert not store.delete(note.id, ana)
    assert counted(store) == before + 1
    assert store.note(note.id) is None
    assert store.of_posts(["p"]) == {}
    assert store.latest(5) == []
    assert store.rating(note.id, bo)  # kept, and scored no more:
    run = store.begin("tests", 9_000)
    assert run
    assert store.read(run) == type(store.read(run))([], [], {})


def test_what_is_erased_is_in_no_file(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    store = NoteStore(engine)
    ana, bo = author(store), author(store)
    notes = [store.write(person, "p", MISLEADING, f"Confidential, by {person}.", 1) for person in (ana, bo)]

    def files() -> bytes:
        return b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert f"Confidential, by {ana}".encode() in files()
    store.delete(notes[0].id, ana)
    assert f"Confidential, by {ana}".encode() not in files()
    assert f"Confidential, by {bo}".encode() in files()
    store.forget_posts(["p"])
    assert b"Confidential" not in files()
    engine.dispose()


def test_posts_that_are_forgotten_take_their_notes_along(store: NoteStore) -> None:
    ana, bo = author(store), author(store)
    notes = [store.write(ana, f"p{number}", MISLEADING, "One.", number) for number in range(4)]
    for note in notes:
        store.rate(note.id, bo, "HELPFUL", [], 9)
    score(store, *(decided(note.id) for note in notes))
    store.delete(notes[1].id, ana)
    before = counted(store)
    assert store.forget_posts(["p0", "p1", "p0", "elsewhere"]) == 2
    assert store.forget_posts(["p0", "p1"]) == 0
    assert store.forget_posts([]) == 0
    assert counted(store) == before + 1
    assert [note for note, _ in store.latest(9)] == [notes[3], notes[2]]
    assert store.counts([note.id for note in notes]) == {notes[2].id: 1, notes[3].id: 1}
    with reading(store._engine) as connection:
        for table in ("notes", "ratings", "statuses"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 2


def test_a_decision_comes_back_as_it_was_made(store: NoteStore) -> None:
    note = written(store)
    made = replace(decided(note.id), intercept=None, margin=0.1 + 0.2, factor=-1e-300, upper=float("inf"))
    score(store, made)
    assert store.note(note.id) == (note, made)


def statuses(store: NoteStore) -> dict[Status | None, list[StoredNote]]:
    """Two notes of each status, on the post p; None: not scored yet."""
    made: dict[Status | None, list[StoredNote]] = {}
    time = 100
    for status in (NOT_HELPFUL, NEEDS_MORE, HELPFUL, None):
        made[status] = [written(store, "p", time + number, f"{status} {number}") for number in range(2)]
        time -= 10
    score(
        store,
        *(decided(note.id, status=status) for status, notes in made.items() if status for note in notes),
    )
    return made


def test_helpful_notes_stand_first_then_the_earliest(store: NoteStore) -> None:
    made = statuses(store)
    shown = [note for note, _ in store.of_posts(["p"])["p"]]
    assert shown == [*made[HELPFUL], *made[None], *made[NEEDS_MORE], *made[NOT_HELPFUL]]


def test_notes_of_one_moment_are_ordered_by_id(store: NoteStore) -> None:
    made = sorted(written(store, "p", 7).id for _ in range(6))
    assert [note.id for note, _ in store.of_posts(["p"])["p"]] == made
    assert [note.id for note, _ in store.latest(9)] == made[::-1]


def test_notes_of_any_number_of_posts_are_found(store: NoteStore) -> None:
    first, last = written(store, "post 0"), written(store, "post 69999")
    found = store.of_posts([f"post {number}" for number in range(70_000)])
    assert found == {"post 0": [(first, None)], "post 69999": [(last, None)]}
    assert store.of_posts([]) == {}


@pytest.mark.parametrize("status", [None, HELPFUL, NEEDS_MORE, NOT_HELPFUL])
def test_pages_of_the_latest_notes_are_all_of_them_once(store: NoteStore, status: Status | None) -> None:
    made = statuses(store)
    wanted = [
        note
        for which, notes in made.items()
        if status is None or (which or NEEDS_MORE) == status
        for note in notes
    ]
    paged: list[StoredNote] = []
    before = None
    while page := store.latest(1 if status else 3, before, status):
        paged += [note for note, _ in page]
        before = paged[-1].created_at, paged[-1].id
    assert paged == sorted(wanted, key=lambda note: (-note.created_at, note.id))


def test_a_place_that_no_note_has_is_a_place_all_the_same(store: NoteStore) -> None:
    note = written(store)
    assert store.latest(10**30, (10**30, note.id)) == [(note, None)]
    assert store.latest(10**30, (0, note.id)) == store.latest(10**30, (-(10**30), note.id)) == []


def test_no_notes_and_unknown_statuses_cannot_be_asked_for(store: NoteStore) -> None:
    with pytest.raises(BadInputError):
        store.latest(0)
    with pytest.raises(BadInputError):
        store.latest(1, status="'; DROP TABLE notes; --")  # type: ignore[arg-type]


def test_many_rate_at_once_and_every_rating_is_counted(store: NoteStore, url: str) -> None:
    notes = [written(store, f"p{number}") for number in range(3)]
    raters = [author(store) for _ in range(12)]
    before = counted(store)

    def rate(rater: str) -> None:
        for note in notes:
            store.rate(note.id, rater, "SOMEWHAT_HELPFUL", [], 1)
            store.rate(note.id, rater, "HELPFUL", ["helpfulClear"], 2)

    other = NoteStore(open_database(url))
    with ThreadPoolExecutor(6) as pool:
        everything = [pool.submit(rate, rater) for rater in raters]
        everything += [
            pool.submit(other.rate, notes[0].id, raters[0], "NOT_HELPFUL", (), 3) for _ in range(5)
        ]
        for each in everything:
            each.result()
    other._engine.dispose()
    assert store.counts([note.id for note in notes]) == {note.id: 12 for note in notes}
    assert counted(store) == before + 12 * 3 * 2 + 5
    levels = {store.rating(note.id, rater).level for note in notes[1:] for rater in raters}  # type: ignore[union-attr]
    assert levels == {"HELPFUL"}
