"""The index of vectors finds what a scan of all vectors would, from files that may be cut short or changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.corpus.beside import Part, allowed
from truthgpt.corpus.nearest import Nearest
from truthgpt.corpus.nearest.centres import Centres, nearest
from truthgpt.corpus.nearest.index import warm
from truthgpt.corpus.nearest.segment import Segment, write

NONE = np.empty(0, np.uint8)
WIDE = 6
Floats = npt.NDArray[np.float32]


def column(vectors: Floats) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])


def unit(seed: int, count: int, wide: int = WIDE) -> Floats:
    drawn = np.random.default_rng(seed).normal(size=(count, wide)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def segment(vectors: Floats, centres: Centres, places: Sequence[int] | None = None) -> Segment:
    rows = np.arange(len(vectors)) if places is None else np.array(places)
    return Segment.of([(rows, column(vectors))], centres)


def several(count: int = 5, wide: int = WIDE) -> Centres:
    return Centres.made(unit(3, 200, wide), count, 200)


def rounded(vectors: Floats) -> Floats:
    """As a byte a dimension keeps them."""
    scales = np.abs(vectors).max(axis=1, keepdims=True) / 127
    return np.rint(vectors / np.where(scales, scales, 1)) * scales


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
    st.integers(1, 5),
    st.integers(1, 50),
    st.integers(0, 1000),
    st.data(),
)
@settings(max_examples=60)
def test_with_all_centres_it_finds_what_a_scan_finds(
    sizes: list[int], count: int, limit: int, seed: int, data: st.DataObject
) -> None:
    centres = Centres.one(WIDE) if count == 1 else several(count)
    parts = [unit(seed + part, size) for part, size in enumerate(sizes)]
    for vectors in parts:
        vectors[::7] = vectors[:1]  # some alike
        vectors[5::9] = 0
    rows = {(part << 32) + at: row for part, some in enumerate(parts) for at, row in enumerate(rounded(some))}
    gone = data.draw(st.sets(st.sampled_from(sorted(rows)))) if rows else set()
    wanted = data.draw(st.none() | st.sets(st.sampled_from(sorted(rows)))) if rows else None
    alive = [
        np.array([(part << 32) + at not in gone for at in range(size)], np.uint8)
        for part, size in enumerate(sizes)
    ]
    made = Nearest(
        centres, [Part(part, segment(some, centres), alive[part]) for part, some in enumerate(parts)]
    )
    may = (set(rows) if wanted is None else wanted) - gone
    those = None if wanted is None else allowed(dict(enumerate(sizes)), np.array(sorted(may), np.int64))
    query = unit(seed + 99, 1)[0]
    found = made.best(query, limit, those, 1 if those is not None else count)
    exact = {row: float(rows[row] @ query) for row in may}
    best = sorted(exact.values(), reverse=True)[:limit]
    if those is not None and len(found) < len(may):  # of the nearest centres alone, but as many as there are
        assert len(found) == limit
        found = made.best(query, limit, those, count)
    assert list(found.values()) == pytest.approx(best, abs=2e-4)
    assert all(found[row] == pytest.approx(exact[row], abs=2e-4) for row in found)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_of_equal_vectors_the_earlier_comes_first_wherever_they_stand() -> None:
    centres = several()
    same = np.repeat(unit(1, 1), 20, axis=0)
    parts = [Part(number, segment(same, centres), NONE) for number in (3, 0, 2)]
    assert list(Nearest(centres, parts).best(same[0], 25, centres=5)) == [
        *range(20),
        *range(2 << 32, (2 << 32) + 5),
    ]


def test_the_nearest_centres_have_most_of_the_nearest_rows() -> None:
    centres = Centres.made(unit(1, 4000, 32), 40, 4000)
    vectors = unit(1, 4000, 32)
    made = Nearest(centres, [Part(0, segment(vectors, centres), NONE)])
    shares = []
    for query in vectors[:50]:
        exact = set(np.argsort(-(vectors @ query))[:10].tolist())
        shares.append([len(exact & set(made.best(query, 10, centres=count))) / 10 for count in (1, 10, 40)])
    few, some, all_ = np.mean(shares, axis=0)
    assert few < some < all_
    assert some > 0.6
    assert all_ > 0.95


def test_among_rows_that_are_all_alike_the_nearest_are_found() -> None:
    """The upper halves of their codes do not tell them apart, and they are more than are looked at whole at first."""
    vectors = unit(1, 1, 64) + 0.02 * np.random.default_rng(2).normal(size=(3_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    made = Nearest(Centres.one(64), [Part(0, segment(vectors, Centres.one(64)), NONE)])
    kept = rounded(vectors)
    for row in range(0, 3_000, 150):
        found = made.best(vectors[row], 20)
        assert next(iter(found)) == row
        assert set(found) == set(np.argsort(-(kept @ vectors[row]), kind="stable")[:20].tolist())


def test_behind_a_condition_it_goes_on_until_enough_are_found() -> None:
    centres = several(5)
    vectors = unit(8, 300)
    made = Nearest(centres, [Part(0, segment(vectors, centres), NONE)])
    query = -vectors[7]
    farthest = np.argsort(-(vectors @ query))[-10:]
    assert len(made.best(query, 10, allowed({0: 300}, np.sort(farthest)), 1)) == 10
    assert not set(made.best(query, 10, None, 1)) & set(farthest.tolist())
    assert made.best(query, 10, allowed({0: 300}, np.empty(0, np.int64)), 1) == {}
    assert made.best(query, 0) == {}
    assert Nearest(centres, []).best(query, 10) == {}


@pytest.mark.parametrize("wide", [1, 3, 127, 1024, 4096])
def test_vectors_of_any_width_and_length_are_kept_as_they_are(wide: int) -> None:
    centres = Centres.one(wide)
    vectors = unit(4, 9, wide) * np.arange(9, dtype=np.float32)[:, np.newaxis] * 1000
    vectors[3] = 1.0  # the greatest product that there can be
    made = Nearest(centres, [Part(0, segment(vectors, centres, range(0, 90, 10)), NONE)])
    query = np.ones(wide, np.float32)
    found = made.best(query, 20)
    for at, exact in enumerate(vectors @ query):
        bound = np.abs(vectors[at]).max() / 254 * wide + 1e-3
        assert found[10 * at] == pytest.approx(exact, abs=bound, rel=1e-3)
    assert set(made.best(np.zeros(wide, np.float32), 20).values()) == {0.0}


def test_centres_are_of_unit_length_and_the_same_of_the_same_posts(tmp_path: Path) -> None:
    sample = unit(5, 500)
    sample[:100] = sample[0]  # of so many alike most centres would be of none
    made = Centres.made(sample, 450, 500)
    assert np.linalg.norm(made.vectors, axis=1) == pytest.approx(np.ones(450), abs=1e-5)
    assert made.identity == Centres.made(sample, 450, 500).identity
    assert made.identity != several().identity
    made.write(tmp_path / "centres")
    opened = Centres.open(tmp_path / "centres", WIDE)
    assert opened is not None
    assert (opened.identity, opened.rows) == (made.identity, 500)
    assert Centres.open(tmp_path / "centres", WIDE + 1) is None
    exact = np.argmax(sample @ made.vectors.T, axis=1)
    assert (nearest(sample, made.vectors) == exact).all()


def test_a_file_of_centres_that_is_cut_short_or_changed_is_none(tmp_path: Path) -> None:
    path = tmp_path / "centres"
    assert Centres.open(path, WIDE) is None
    several().write(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert Centres.open(path, WIDE) is None, size
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        path.write_bytes(bytes(damaged))
        assert Centres.open(path, WIDE) is None, at


def test_a_file_that_is_cut_short_changed_or_of_other_centres_is_none(tmp_path: Path) -> None:
    path, centres = tmp_path / "one", several()
    assert Segment.open(path, centres) is None
    write(path, [(np.array([1, 4]), column(unit(1, 2))), (np.array([7]), column(unit(2, 1)))], centres)
    whole = path.read_bytes()
    made = Segment.open(path, centres)
    assert made is not None
    assert (made.rows, sorted(made.places.tolist())) == (8, [1, 4, 7])
    assert Segment.open(path, several(4)) is None
    assert Segment.open(path, Centres.made(unit(4, 200), 5, 200)) is None
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert Segment.open(path, centres) is None, size
    for at, bit in ((at, bit) for at in range(len(whole)) for bit in range(8)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << bit
        path.write_bytes(bytes(damaged))
        opened = Segment.open(path, centres)
        if opened is not None:  # what a number says of vectors is believed
            parts = [Part(0, opened, NONE)]
            Nearest(centres, parts).best(unit(1, 1)[0], 5, centres=5)
            there = Nearest(centres, parts).best(unit(1, 1)[0], 5, {0: np.ones(8, np.uint8)}, 5)
            assert all(0 <= row < 8 for row in there)


def test_a_fragment_without_rows_has_a_file_too(tmp_path: Path) -> None:
    write(tmp_path / "none", [], several())
    opened = Segment.open(tmp_path / "none", several())
    assert opened is not None
    assert Nearest(several(), [Part(0, opened, NONE)]).best(unit(1, 1)[0], 5, centres=5) == {}


def test_what_a_server_compiles_when_it_starts_can_be_compiled() -> None:
    warm()
