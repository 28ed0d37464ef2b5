"""The index of words finds what a scan of all terms with the formula of BM25 would, from files that may be cut short."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truthgpt.corpus.beside import Part, allowed
from truthgpt.corpus.postings import Postings, index
from truthgpt.corpus.postings.build import blocks, hashes
from truthgpt.corpus.postings.segment import BLOCK, LONGEST, Block, Segment, coded, pieces, worths, write

NONE = np.empty(0, np.uint8)
TERMS = st.sampled_from(["moon", "mars", "a", "é", "~ptlua", "月球"])
TEXTS = st.lists(st.none() | st.lists(TERMS, max_size=8).map(" ".join), max_size=30)


def segment(texts: Sequence[str | None], places: Sequence[int] | None = None) -> Segment:
    rows = np.arange(len(texts)) if places is None else np.array(places)
    return Segment.of(blocks([(rows, pa.array(texts, pa.string()))]))


def scanned(rows: dict[int, str], query: str, alive: set[int]) -> dict[int, float]:
    """All rows of `alive` that have some of the query's terms, best first."""
    has = {row: text.split() for row, text in rows.items() if text.split()}
    average = sum(map(len, has.values())) / max(len(has), 1)
    frequency = Counter(term for terms in has.values() for term in set(terms))
    scores = {}
    for row, terms in has.items():
        score = 0.0
        for term in query.split():
            if many := terms.count(term):
                worth = math.log1p((len(has) - frequency[term] + 0.5) / (frequency[term] + 0.5))
                score += worth * 2.2 * many / (many + 1.2 * (0.25 + 0.75 * len(terms) / average))
        if score and row in alive:
            scores[row] = score
    return dict(sorted(scores.items(), key=lambda item: (-round(item[1], 4), item[0])))


@pytest.mark.parametrize("twice", [1, 16])
@given(
    parts=st.lists(TEXTS, min_size=1, max_size=4),
    query=st.lists(TERMS, max_size=5),
    limit=st.integers(1, 40),
    data=st.data(),
)
@example(parts=[["moon moon", "moon"], ["mars"]], query=["moon", "mars"], limit=1, data=None)
def test_the_best_by_bm25_are_those_of_a_scan_with_the_rows_of_rare_terms_first_or_not(
    twice: int, parts: list[list[str | None]], query: list[str], limit: int, data: st.DataObject | None
) -> None:
    rows = {
        (part << 32) + at: text or "" for part, texts in enumerate(parts) for at, text in enumerate(texts)
    }
    gone = data.draw(st.sets(st.sampled_from(sorted(rows)))) if data and rows else set()
    wanted = data.draw(st.none() | st.sets(st.sampled_from(sorted(rows)))) if data and rows else None
    alive = [
        np.array([(part << 32) + at not in gone for at in range(len(texts))], np.uint8)
        for part, texts in enumerate(parts)
    ]
    postings = Postings([Part(part, segment(texts), alive[part]) for part, texts in enumerate(parts)])
    sizes = {part: len(texts) for part, texts in enumerate(parts)}
    may_be = None if wanted is None else allowed(sizes, np.array(sorted(wanted - gone), np.int64))
    with patch.object(index, "_TWICE", twice):
        found = postings.best(" ".join(query), limit, may_be)
    may = (set(rows) if wanted is None else wanted) - gone
    expected = scanned(rows, " ".join(query), may)
    assert list(found.values()) == pytest.approx(list(expected.values())[:limit], abs=2e-4)
    assert all(found[row] == pytest.approx(expected[row], abs=2e-4) for row in found)


@pytest.mark.parametrize("twice", [1, 16])
def test_rows_of_many_blocks_are_found_where_they_stand(twice: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_TWICE", twice)
    rng = np.random.default_rng(7)
    count = 2 * BLOCK + 500
    texts = [
        " ".join(f"w{number}" for number in rng.zipf(1.3, rng.integers(1, 6)) % 500) for _ in range(count)
    ]
    places = np.sort(rng.choice(3 * BLOCK, count, replace=False)).tolist()
    postings = Postings([Part(3, segment(texts, places), NONE)])
    rows = {(3 << 32) + place: text for place, text in zip(places, texts, strict=True)}
    for query in ("w1 w2 w3", "w7 w300 w499 w1", "w4"):
        expected = list(scanned(rows, query, set(rows)).items())[:50]
        found = postings.best(query, 50)
        assert list(found.values()) == pytest.approx([score for _, score in expected], abs=3e-4)


def test_of_equal_posts_the_earlier_comes_first_wherever_they_stand() -> None:
    draw = np.random.default_rng(7)
    for _ in range(40):
        a, b, x = (f"w{number}" for number in draw.choice(1000, 3, replace=False))
        for parts in ([[f"{b} {x}", f"{a} {x}"]], [[f"{b} {x}"], [f"{a} {x}"]]):
            postings = Postings([Part(number, segment(texts), NONE) for number, texts in enumerate(parts)])
            assert list(postings.best(f"{a} {b}", 1)) == [0]


def test_a_text_longer_than_a_number_holds_counts_as_the_longest() -> None:
    made = segment([" ".join(["moon"] * (LONGEST + 5)), "moon"])
    assert made.terms == LONGEST + 1
    assert list(Postings([Part(0, made, NONE)]).best("moon", 5)) == [0, 1]


def test_lengths_that_many_rows_have_are_kept_as_they_are_and_all_others_nearly() -> None:
    lengths = np.arange(LONGEST + 1, dtype=np.uint16)
    codes = coded(lengths).astype(int)
    assert (np.diff(codes) >= 0).all()
    assert codes[:2_048].tolist() == list(range(2_048))
    assert codes[-1] == 4_095
    worth = worths(100.0)
    for often in (1, 7, 16):
        exact = often * 2.2 / (often + 1.2 * (0.25 + 0.75 * np.arange(LONGEST + 1) / 100))
        assert worth[((often - 1) << 12) + codes] == pytest.approx(exact, rel=1e-3)


def test_more_terms_than_the_table_begins_with_are_all_kept() -> None:
    texts = [" ".join(f"t{row}x{word}" for word in range(100)) for row in range(1500)]
    postings = Postings([Part(0, segment(texts), NONE)])
    for row, word in ((0, 0), (700, 50), (1499, 99)):
        assert list(postings.best(f"t{row}x{word}", 5)) == [row]


def test_of_terms_their_hashes_alone_are_kept_each_once() -> None:
    found, counts = hashes("moon mars moon")
    assert len(found) == 2
    assert sorted(counts.tolist()) == [1, 2]
    assert not len(hashes("")[0])
    assert not len(hashes("   ")[0])
    assert b"moon" not in segment(["the moon"]).content.tobytes()


def test_a_file_that_is_cut_short_or_changed_is_none(tmp_path: Path) -> None:
    path = tmp_path / "one.terms"
    assert Segment.open(path) is None
    write(path, blocks([(np.arange(3), pa.array(["moon", "mars", "moon mars"]))]))
    whole = path.read_bytes()
    made = Segment.open(path)
    assert made is not None
    assert (made.rows, made.terms, made.size) == (3, 4, 3)
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert Segment.open(path) is None, size
    tail = range(len(whole) - 8 * 16, len(whole))  # with the table before it
    for at, bit in ((at, bit) for at in tail for bit in range(8)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << bit
        path.write_bytes(bytes(damaged))
        opened = Segment.open(path)
        if opened is not None:  # what a number says of rows or terms is believed
            Postings([Part(0, opened, NONE)]).best("moon mars", 5)


def test_what_stands_in_the_arrays_is_never_followed_out_of_them(tmp_path: Path) -> None:
    path = tmp_path / "one.terms"
    write(path, blocks([(np.arange(50), pa.array([f"moon w{number}" for number in range(50)]))]))
    whole = path.read_bytes()
    rng = np.random.default_rng(7)
    for _ in range(300):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole) - 8 * 16, 20):
            damaged[at] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        opened = Segment.open(path)
        assert opened is not None
        found = Postings([Part(0, opened, NONE)]).best("moon w1 w7", 10)
        assert all(0 <= row < 50 for row in found)


@pytest.mark.parametrize("rows", [-1, 11, 0])
def test_a_row_that_stands_too_often_for_a_term_is_found_once(tmp_path: Path, rows: int) -> None:
    """A row that stands three million times for a term, with a tail that was changed."""
    found, _ = hashes("abc")
    many = 3_000_000
    block = Block(
        found,
        np.array([0, many], np.uint32),
        np.zeros(1, np.uint8),
        np.zeros(many, np.uint16),
        np.zeros(many, np.uint16),
        10,
        10,
        10,
    )
    raw = bytearray(b"".join(pieces([block])))
    np.frombuffer(raw, np.int64)[-4] = rows
    path = tmp_path / "some.terms"
    path.write_bytes(raw)
    opened = Segment.open(path)
    assert (opened is None) == (rows != 0)
    if opened is not None:
        assert Postings([Part(0, opened, NONE)]).best("abc", 10).keys() == {0}
