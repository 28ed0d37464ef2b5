"""GGUF files of one's own models: the engine says what PyTorch says, every reader takes the same numbers, nothing is half-written."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize
from transformers import AutoTokenizer

import small_model
from truthgpt.errors import BadInputError, MissingError, TruthGPTError
from truthgpt.language import gguf, gguf_blocks, gguf_reading, gguf_writing, hugging_face, vocabulary
from truthgpt.language.engine import Message, Sampling
from truthgpt.language.gguf_writing import Precision
from truthgpt.language.network import Network, Shape
from truthgpt.language.openvino_engine import OpenVINOEngine

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model."""
    made = tmp_path_factory.mktemp("own")
    small_model.train(made)
    return made


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[Precision, Path]:
    """It, at every precision."""
    found = {precision: folder / f"own-{precision}.gguf" for precision in PRECISIONS}
    for precision, path in found.items():
        gguf_writing.write(folder, path, precision, "own", "apache-2.0", card='{"name": "own"}')
    return found


def greedy(engine: OpenVINOEngine, ids: list[int], count: int) -> list[int]:
    """The engine's `count` tokens after `ids`, without its chat template, also beyond an end."""
    import openvino
    import openvino_genai

    config = openvino_genai.GenerationConfig()
    config.max_new_tokens, config.ignore_eos, config.apply_chat_template = count, True, False
    tokens = openvino.Tensor(np.array([ids], dtype=np.int64))
    return [int(token) for token in engine._pipeline.generate(tokens, config).tokens[0]]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_engine_says_what_pytorch_says(
    precision: Precision, folder: Path, files: dict[Precision, Path]
) -> None:
    network, tokenizer = gguf_reading.read_network(files[precision]), vocabulary.load(folder)
    engine = OpenVINOEngine(files[precision], "own", exact=True)
    for prompt in small_model.PROMPTS:
        ids = tokenizer.encode(prompt).ids
        assert greedy(engine, ids, 64) == network.greedy(ids, 64)
    learned = tokenizer.decode(network.greedy(tokenizer.encode("Ana sells bread at the ").ids, 64))
    assert "morning, and" in learned  # what it says is what it has learned, not noise


def test_a_turn_is_what_pytorch_says_to_the_same_template(folder: Path, files: dict[Precision, Path]) -> None:
    network, tokenizer = gguf_reading.read_network(files["f16"]), AutoTokenizer.from_pretrained(folder)
    engine = OpenVINOEngine(files["f16"], "own", exact=True)
    turns = [Message("system", "Say where."), Message("user", "Who mends clocks at the market? [1]\n\n你好")]
    asked = tokenizer.apply_chat_template(
        [{"role": turn.role, "content": turn.content} for turn in turns],
        add_generation_prompt=True,
        return_dict=False,
    )
    inputs, _ = engine._prompt(turns)
    assert [int(token) for token in inputs.input_ids.data[0]] == asked
    ends = frozenset((vocabulary.END_ID, vocabulary.TURN_END_ID))
    said = "".join(engine.stream(turns, Sampling(max_tokens=64)))
    assert said == tokenizer.decode(network.greedy(asked, 64, ends), skip_special_tokens=True)
    assert "[1]" in said  # a citation is text, though a token of its own


def test_the_engine_encodes_as_the_tokenizer(folder: Path, files: dict[Precision, Path]) -> None:
    tokenizer, engine = vocabulary.load(folder), OpenVINOEngine(files["q8_0"], "own")
    for text in (
        *small_model.TEXTS,
        "[1][16] [17]",
        "a\n\n\tb  c 2026",
        "ação 你好 🙂",
        "<|im_end|>x",
        "don't",
    ):
        encoded = [int(token) for token in engine._encode(text).input_ids.data[0]]
        assert encoded == tokenizer.encode(text).ids, text


@pytest.mark.parametrize("kind", ["tied", "untied", "each head its own keys"])
def test_what_was_written_is_read_back(kind: str, folder: Path, tmp_path: Path) -> None:
    own = {"tied": {}, "untied": {"tied": False}, "each head its own keys": {"kv_heads": 4}}[kind]
    sizes: dict[str, Any] = {
        "vocabulary": 384,
        "width": 64,
        "layers": 2,
        "heads": 4,
        "kv_heads": 2,
        "hidden": 96,
        "context": 32,
    }
    network = Network(Shape(**(sizes | own), rope_base=5e5, epsilon=1e-6))
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.normal_().half().float())  # numbers that sixteen bits hold
    hugging_face.write(network, tmp_path)
    hugging_face.write_tokenizer(folder, tmp_path)
    gguf_writing.write(tmp_path, tmp_path / "own.gguf", "f16", "own")
    gguf_reading.write_folder(tmp_path / "own.gguf", tmp_path / "back")
    back = hugging_face.read(tmp_path / "back")
    assert (back.shape.rope_base, back.shape.epsilon) == (5e5, pytest.approx(1e-6))
    assert back.state_dict().keys() == network.state_dict().keys()
    for name, weight in network.state_dict().items():
        assert torch.equal(back.state_dict()[name], weight), name
    ours, theirs = vocabulary.load(folder), vocabulary.load(tmp_path / "back")
    assert theirs.get_vocab() == ours.get_vocab()
    for text in (*small_model.TEXTS[:9], "[3] 12 <|im_end|>", "你好"):
        assert theirs.encode(text).ids == ours.encode(text).ids
        assert theirs.decode(ours.encode(text).ids) == ours.decode(ours.encode(text).ids)


def test_the_file_names_its_model_and_carries_its_card(files: dict[Precision, Path]) -> None:
    header = gguf.read(files["q4_0"])
    assert (header.text("general.name"), header.text("general.license")) == ("own", "apache-2.0")
    assert header.text(gguf.CARD) == '{"name": "own"}'
    assert header.text("tokenizer.chat_template") == vocabulary.CHAT_TEMPLATE
    # Norms keep 32 bits, the embedding eight where the rest has four.
    kinds = {name: GGMLQuantizationType(tensor.type).name for name, tensor in header.tensors.items()}
    assert kinds["output_norm.weight"] == "F32"
    assert kinds["token_embd.weight"] == "Q8_0"
    assert kinds["blk.1.attn_k.weight"] == "Q4_0"
    assert files["q4_0"].stat().st_size < files["q8_0"].stat().st_size < files["f16"].stat().st_size


BLOCKS = {
    "around zero": RNG.normal(size=(8, 128)),
    "above zero": RNG.normal(size=(8, 128)) * 0.1 + 3,
    "below zero": RNG.normal(size=(8, 128)) * 0.1 - 3,
    "zeros": np.zeros((8, 128)),
    "tiny": RNG.normal(size=(8, 128)) * 1e-7,
    "large": RNG.normal(size=(8, 128)) * 1e4,
    "one outlier": np.pad(RNG.normal(size=(8, 127)) * 0.01, ((0, 0), (1, 0)), constant_values=1.0),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_q4_1_means_the_same_by_its_offset_and_by_a_whole_zero_point(kind: str) -> None:
    values = BLOCKS[kind].astype(np.float32)
    made = gguf_blocks.quantized(values)
    read = dequantize(made, GGMLQuantizationType.Q4_1)
    blocks = made.reshape(-1, 20)
    scale, offset = (blocks[:, at : at + 2].copy().view("<f2").astype(np.float64) for at in (0, 2))
    zero = -offset / scale
    assert np.array_equal(zero, zero.round())
    assert zero.min() >= 0
    assert zero.max() <= 15
    steps = np.hstack([blocks[:, 4:] & 15, blocks[:, 4:] >> 4])
    assert np.array_equal((scale * (steps - zero)).reshape(values.shape), read)
    # Of a range that includes zero, no weight is further off than a step, and all about as far as Q4_1 alone can do.
    span = np.maximum(values, 0).max() - np.minimum(values, 0).min()
    if kind != "tiny":  # a scale of sixteen bits holds no such steps
        assert np.abs(read - values).max() <= span / 15 * 2.3
    if kind in ("around zero", "large"):
        plain = dequantize(quantize(values, GGMLQuantizationType.Q4_1), GGMLQuantizationType.Q4_1)
        assert np.square(read - values).mean() < 1.05 * np.square(plain - values).mean()


def test_a_full_disk_leaves_the_file_that_was_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.gguf"
    gguf_writing.write(folder, path, "q8_0", "own")
    before = path.read_bytes()
    writes = 0

    def full(self: object, *_: object, **__: object) -> None:
        nonlocal writes
        writes += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    for step in ("gguf.GGUFWriter.write_tensors_to_file", "gguf.GGUFWriter.write_header_to_file", "os.fsync"):
        with monkeypatch.context() as patched:
            patched.setattr(step, full)
            with pytest.raises(MissingError, match="No space left"):
                gguf_writing.write(folder, path, "f16", "own")
        assert path.read_bytes() == before
        assert [other.name for other in tmp_path.iterdir()] == ["own.gguf"]
    assert writes == 3


def test_what_cannot_be_written_is_one_line(folder: Path, tmp_path: Path) -> None:
    network = Network(Shape(vocabulary=384, width=48, layers=1, heads=4, kv_heads=2, hidden=64, context=32))
    network.initialise(1)
    hugging_face.write(network, tmp_path)
    hugging_face.write_tokenizer(folder, tmp_path)
    with pytest.raises(BadInputError, match="no multiple of 32; use f16"):
        gguf_writing.write(tmp_path, tmp_path / "own.gguf", "q8_0", "own")
    gguf_writing.write(tmp_path, tmp_path / "own.gguf", "f16", "own")
    small = Network(Shape(vocabulary=300, width=64, layers=1, heads=4, kv_heads=2, hidden=64, context=32))
    small.initialise(1)
    hugging_face.write(small, tmp_path)
    with pytest.raises(BadInputError, match="has 360 tokens, the network 300"):
        gguf_writing.write(tmp_path, tmp_path / "own.gguf", "f16", "own")
    text = (
        (tmp_path / "tokenizer.json")
        .read_text()
        .replace('"individual_digits": true', '"individual_digits": false')
    )
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(BadInputError, match="cuts texts otherwise"):
        gguf_writing.write(tmp_path, tmp_path / "own.gguf", "f16", "own")
    gguf_reading.read_network(tmp_path / "own.gguf")  # the first one still stands


def test_what_cannot_be_read_is_one_line(tiny: Path, files: dict[Precision, Path], tmp_path: Path) -> None:
    whole = files["q8_0"].read_bytes()
    cases = {
        "cut": whole[:-200],
        "hidden": whole.replace(b"llama.feed_forward_length", b"llama.feed_forward_lengtx"),
        "scaled": whole.replace(b"llama.rope.dimension_count", b"llama.rope.dimension_counx").replace(
            b"blk.1.ffn_up.weight", b"blk.1.ffn_uq.weight"
        ),
        "other": whole.replace(b"smollm", b"qwen22"),
    }
    for name, content in cases.items():
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(content)
        with pytest.raises(TruthGPTError, match=f"{name}.gguf") as caught:
            gguf_reading.write_folder(path, tmp_path / "out")
        assert "\n" not in str(caught.value)
    with pytest.raises(TruthGPTError, match=r"tiny\.gguf"):
        gguf_reading.read_network(tiny)
    with pytest.raises(MissingError, match="no such model file"):
        gguf_reading.read_network(tmp_path / "none.gguf")
    assert not (tmp_path / "out").exists()
