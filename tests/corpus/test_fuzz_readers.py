"""Every reader on files that strangers made: no error but one line of ours, no row of another kind, no end to neither
time nor memory. A short run on each change; `scripts/fuzz_readers.py` goes on for as long as one likes.
"""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from random import Random

import fuzzing
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truthgpt.corpus.readers.buffer import Buffer

MIB = 1 << 20
SEEDS = fuzzing.seeds()
STRUCTURED = sorted(name for name, data in SEEDS.items() if fuzzing.mutated(data, Random(0)))

quick = settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

seeds = st.sampled_from(sorted(SEEDS)).map(SEEDS.__getitem__)
forms = st.one_of(st.none(), st.sampled_from(fuzzing.FORMATS))

_WORDS = (b"", *b'\0 \xff \xed\xa0\x80 \n " [ { } ] , : null 1e999 -0 NaN'.split(b" "))
edits = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 40),
        st.one_of(st.sampled_from(_WORDS), st.binary(max_size=12)),
        st.integers(1, 3),
    ),
    max_size=5,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An export some pieces of which are cut out, put in or repeated, perhaps packed afterwards."""
    data = draw(seeds)
    for at, size, put, times in draw(edits):
        place = int(at * len(data))
        data = data[:place] + put * times + data[place + size :]
    pack = draw(st.sampled_from((bytes, bytes, gzip.compress, zstandard.compress)))
    return bytes(pack(data))


@st.composite
def mistyped(draw: st.DrawFn) -> bytes:
    """An export with values of other types, or without some, at any depth."""
    data = SEEDS[draw(st.sampled_from(STRUCTURED))]
    for seed in draw(st.lists(st.integers(0, 1 << 32), min_size=1, max_size=3)):
        data = fuzzing.mutated(data, Random(seed)) or data
    return data


@quick
@given(
    data=st.one_of(st.binary(max_size=300), st.tuples(seeds, st.binary(max_size=200)).map(b"".join)),
    form=forms,
)
def test_any_bytes(data: bytes, form: str | None, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    fuzzing.check(path, form)


@settings(quick, max_examples=1000)
@given(data=damaged(), form=forms)
def test_damaged_exports(data: bytes, form: str | None, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    fuzzing.check(path, form)


@settings(quick, max_examples=1000)
@given(data=mistyped())
def test_values_of_any_type_anywhere(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    fuzzing.check(path)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_exports_cut_off(name: str, tmp_path: Path) -> None:
    """A cut file never gives more posts than the whole one, and says something wherever it gives less."""
    path = tmp_path / "export"
    path.write_bytes(SEEDS[name])
    whole = fuzzing.check(path)
    assert whole["Post"]
    for cut in range(1, len(SEEDS[name]), max(1, len(SEEDS[name]) // 25)):
        path.write_bytes(SEEDS[name][:-cut])
        found = fuzzing.check(path)
        assert found["Post"] <= whole["Post"] + 1, cut  # CSV: a row that lost its end is a row still


@pytest.mark.parametrize("name", sorted(fuzzing.OBJECTS))
def test_each_export_is_known_by_its_content(name: str, tmp_path: Path) -> None:
    for form in (name, f"{name}.array"):
        path = tmp_path / form
        path.write_bytes(SEEDS[form])
        assert fuzzing.check(path)["Post"]


def _bombs() -> Iterator[tuple[str, bytes]]:
    long = b"a" * (64 * MIB)
    yield "one string", b'{"id":1,"text":"' + long
    yield "one string in an array", b'[{"id":1,"text":"' + long
    yield "a long message", b'{"name":"N","type":"public_channel","id":1,"messages":[{"id":1,"text":"' + long
    yield "a long key", b'{"name":"N","type":"public_channel","' + long
    yield "deep arrays", b'{"name":"N","type":"public_channel","x":' + b"[" * (8 * MIB)
    yield "deep objects", b'{"personal_information":{},"x":' + b'{"a":' * (4 * MIB)
    yield "blanks", b"[" + b" " * (64 * MIB)
    yield "blank lines", b'{"id":1,"text":"a"}\n' + b"\n" * MIB
    yield "one column", b"id,text\n1," + long
    yield "a window assigned", b"window.YTD.tweets.part0 = [" + long
    yield "an outbox", b'{"type":"OrderedCollection","orderedItems":[{"type":"Create","object":"' + long


@pytest.mark.parametrize(("name", "data"), [pytest.param(*bomb, id=bomb[0]) for bomb in _bombs()])
def test_memory_does_not_follow_what_a_small_file_unpacks_to(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(zstandard.compress(data))
    assert path.stat().st_size < MIB
    del data
    tracemalloc.start()
    fuzzing.check(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48 * MIB


def test_a_value_in_pieces_is_not_decoded_anew_for_each() -> None:
    """zstd may be made to give a byte at a time; a quadratic number of looks at 600,000 would never end."""
    text = b'["' + b"a" * 600_000 + b'"]'
    buffer = Buffer(text[at : at + 1] for at in range(len(text)))
    assert [len(buffer.take()) for _ in buffer.elements()] == [600_002]
