"""The window that walks JSON of any size: the same values wherever the bytes are cut, and a reason where they end."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from truthgpt.corpus.readers.buffer import Buffer, LostError
from truthgpt.corpus.readers.open import CHUNK, DamagedError

TEXT = '{"größe": 12 ,\n "船": ["a", {"b": [1]},\n "x"], "последний": null}'
MIB = 1 << 20


def chunked(text: str) -> Iterator[bytes]:
    data = text.encode()
    return (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def pass_all_over(buffer: Buffer) -> list[str]:
    keys = []
    for key in buffer.members():
        buffer.pass_over()
        keys.append(key)
    return keys


def walk(buffer: Buffer) -> Iterator[tuple[str, int, object]]:
    """Each value of an object, those of an array one by one, with the line that it begins on."""
    for key in buffer.members():
        if buffer.peek() == "[":
            for line in buffer.elements():
                yield key, line, json.loads(buffer.take())
        else:
            yield key, buffer.line, json.loads(buffer.take())


def test_values_come_the_same_wherever_the_bytes_are_cut() -> None:
    data = TEXT.encode()
    whole = [("größe", 1, 12), ("船", 2, "a"), ("船", 2, {"b": [1]}), ("船", 3, "x"), ("последний", 3, None)]
    for cut in range(len(data)):
        assert list(walk(Buffer(iter((data[:cut], data[cut:]))))) == whole, cut


@pytest.mark.parametrize("cut", range(1, len(TEXT.encode())))
def test_a_text_that_ends_early_says_so(cut: int) -> None:
    with pytest.raises(LostError):
        list(walk(Buffer(chunked(TEXT.encode()[:-cut].decode("utf-8", "ignore")))))


def test_damage_is_the_reason_where_there_is_some() -> None:
    def chunks() -> Iterator[bytes]:
        yield TEXT.encode()[:30]
        raise DamagedError("the gzip data is damaged from here on")

    with pytest.raises(LostError, match="gzip"):
        list(walk(Buffer(chunks())))


@pytest.mark.parametrize(
    "value",
    [
        json.dumps([{"name": "x" * 1000}] * 3000),
        json.dumps({"list": [["x" * 1000] * 2000, {"more": ["y" * 1000] * 2000}]}),
        "[]",
        "{}",
        "-1.5e3",
    ],
)
def test_a_value_longer_than_a_row_is_passed_over(value: str) -> None:
    assert pass_all_over(Buffer(chunked(f'{{"before": {value}, "after": 1}}'))) == ["before", "after"]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "x" * (2 * MIB) + '"}',
        '{"a": ' + "[" * (2 * MIB),
        '{"a": ' + '{"a":' * (2 * MIB),
        '{"a": [1 2]}',
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        '{"a": 1,,}',
        "{1: 2}",
        "[]",
        "",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_json_ends_the_walk(text: str) -> None:
    with pytest.raises(LostError):
        pass_all_over(Buffer(chunked(text)))
