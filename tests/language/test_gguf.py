"""A file that is not a whole model is refused in one line, whatever is in it, before native code could read it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from gguf_files import Packed, pack_gguf, tiny_gguf, tiny_metadata, tiny_tensors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import gguf
from truthgpt.language.gguf_model import fault_of

BIG = 1 << 62
fuzz = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(BadInputError) as caught:
        gguf.read(path)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 500
    return text


def outcome(path: Path) -> str:
    """What is said of a file that may be good or bad; any other error than `BadInputError` fails the test."""
    try:
        return fault_of(gguf.read(path)) or ""
    except BadInputError as error:
        return str(error)


def test_reads_what_a_model_says_of_itself(tiny: Path) -> None:
    header = gguf.read(tiny)
    assert (header.architecture, header.context, header.tokens) == ("llama", 64, ["<|end|>", "a", "b"])
    assert header.control_tokens == ["<|end|>"]
    assert header.tensors["token_embd.weight"].shape == (4, 3)
    assert header.tensors["token_embd.weight"].size == 48
    assert fault_of(header) is None


def test_every_cut_is_found(tmp_path: Path) -> None:
    whole = tiny_gguf()
    path = tmp_path / "cut.gguf"
    # The last tensor ends 32 bytes in; what is behind it is padding.
    end = len(whole) - 128 + 8 * 4 * 4
    for length in [*range(0, end, 7), end - 1]:
        refusal(path, whole[:length])


@fuzz
@given(
    data=st.binary(max_size=400),
    start=st.sampled_from([b"", b"GGUF", b"GGUF" + struct.pack("<IQQ", 3, 2, 2)]),
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, start: bytes) -> None:
    path = tmp_path / "any.gguf"
    path.write_bytes(start + data)
    assert "\n" not in outcome(path)


@fuzz
@given(at=st.integers(0, len(tiny_gguf()) - 1408), new=st.binary(min_size=1, max_size=8))
def test_any_change_of_the_header_is_read_or_refused(tmp_path: Path, at: int, new: bytes) -> None:
    whole = tiny_gguf()
    path = tmp_path / "changed.gguf"
    path.write_bytes(whole[:at] + new + whole[at + len(new) :])
    assert "\n" not in outcome(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a GGUF"),
        (b"PK\x03\x04" + bytes(99), "not a GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, BIG, 0), "more than a model has"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, BIG), "more than a model has"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, BIG), "longer than any"),
        (pack_gguf({"a": Packed(struct.pack("<IQ", 8, BIG))}, {}), "longer than any"),
        (pack_gguf({"a": Packed(struct.pack("<IIQ", 9, 4, BIG))}, {}), "more items"),
        (pack_gguf({"a": Packed(struct.pack("<IIQ", 9, 4, 1_000_000))}, {}), "cut off"),
        (pack_gguf({"a": Packed(struct.pack("<IIQIQIQIQ", 9, 9, 1, 9, 1, 9, 1, 9, 1))}, {}), "deeper"),
        (pack_gguf({"a": Packed(struct.pack("<I", 99))}, {}), "type 99"),
        (pack_gguf({"general.alignment": 33}, {"t": ((4,), 0, 0)}), "power of two"),
        (pack_gguf({}, {"t": ((4,), 0, 0)}), "does not fit"),
        (pack_gguf({}, {"t": ((4,), 0, 1)}, data=64), "does not fit"),
        (pack_gguf({}, {"t": ((BIG, BIG), 0, 0)}, data=64), "does not fit"),
        (pack_gguf({}, {"t": ((4,), 99, 0)}, data=64), "type 99"),
        (pack_gguf({}, {"t": ((33,), 8, 0)}, data=64), "multiple of 32"),
        (pack_gguf({}, {"t": ((0,), 0, 0)}, data=64), "is empty"),
        (pack_gguf({}, {"t": ((), 0, 0)}, data=64), "0 dimensions"),
        (pack_gguf({}, {"t" * 257: ((4,), 0, 0)}, data=64), "longer than any"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(tmp_path / "bad.gguf", data)


def test_a_file_that_claims_much_costs_little(tmp_path: Path) -> None:
    # Half a million empty strings are all there; four million more are claimed.
    path = tmp_path / "many.gguf"
    many = struct.pack("<IIQ", 9, 8, 500_000) + bytes(4_000_000)
    refusal(path, pack_gguf({"a": Packed(many), "b": Packed(struct.pack("<IIQ", 9, 8, 4_000_000))}, {}))


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such model file"):
        gguf.read(tmp_path / "none.gguf")
    with pytest.raises(BadInputError, match="is a folder"):
        gguf.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"general.architecture": "bert"}, "architecture 'bert'"),
        ({"tokenizer.ggml.model": "llama"}, "tokenizer 'llama'"),
        ({"tokenizer.chat_template": ""}, "no chat template"),
        # This one ends the process with SIGFPE where OpenVINO reads it.
        ({"llama.attention.head_count": 0}, "head_count"),
        ({"llama.attention.head_count": 3, "llama.attention.head_count_kv": 2}, "shared out"),
        ({"llama.attention.head_count": 1}, "attn_k.weight has the shape"),
        ({"llama.embedding_length": 8}, "has the shape"),
        ({"llama.block_count": 2}, "blk.1.attn_norm.weight is missing"),
        ({"llama.block_count": 4_000_000_000}, "is missing"),
        ({"tokenizer.ggml.token_type": [3]}, "vocabulary"),
        ({"tokenizer.ggml.merges": 1}, "merges"),
        ({"tokenizer.ggml.eos_token_id": 3}, "eos_token_id"),
    ],
)
def test_a_whole_file_that_is_no_such_model_is_refused(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(pack_gguf(tiny_metadata() | change, tiny_tensors(), data=11 * 128))
    fault = fault_of(gguf.read(path))
    assert fault is not None
    assert words in fault


def test_a_tensor_type_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    path = tmp_path / "q2.gguf"
    tensors = tiny_tensors() | {"extra": ((256,), 10, 0)}
    path.write_bytes(pack_gguf(tiny_metadata(), tensors, data=11 * 128))
    assert "extra" in (fault_of(gguf.read(path)) or "")
