"""Folders in Hugging Face's layout: damaged and hostile ones are one line, full disks leave what was there."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from small_model import SHAPE, TEXTS
from truthgpt.errors import BadInputError, MissingError, TruthGPTError
from truthgpt.language import hugging_face, vocabulary
from truthgpt.language.network import Network

INDEX = "model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    network = Network(SHAPE)
    network.initialise(1)
    hugging_face.write(network, tmp_path / "model")
    return tmp_path / "model"


def config(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        found = orjson.loads((folder / "config.json").read_bytes()) | changes
        (folder / "config.json").write_bytes(orjson.dumps(found))

    return change


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        state = load_file(folder / "model.safetensors")
        change(state)
        save_file(state, folder / "model.safetensors", {"format": "pt"})

    return changed


def index(*names: object) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / INDEX).write_bytes(orjson.dumps({"weight_map": {str(n): n for n in names}}))

    return write


def file(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda folder: (folder / "config.json").unlink(), "config.json is not there"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is not there"),
    "config is no JSON": (file("config.json", b"{"), "cannot be read"),
    "config is a list": (file("config.json", b"[]"), "not of a Llama model"),
    "another architecture": (config(model_type="mistral"), "not of a Llama model"),
    "another activation": (config(hidden_act="gelu"), "hidden_act is 'gelu'"),
    "biases": (config(attention_bias=True), "attention_bias is True"),
    "scaled positions": (config(rope_scaling={"rope_type": "llama3", "factor": 8}), "scaled"),
    "scaled positions, as transformers 5 writes them": (
        config(rope_parameters={"rope_type": "yarn", "rope_theta": 1e4}),
        "scaled",
    ),
    "positions are a list": (config(rope_scaling=[1]), "scaled"),
    "no sizes": (config(hidden_size=None), "does not say what the network is"),
    "sizes are texts": (config(num_hidden_layers="many"), "does not say what the network is"),
    "no end of sizes": (file("config.json", b'{"model_type":"llama","vocab_size":1e999}'), "config.json"),
    "no heads": (config(num_attention_heads=0), "above 0"),
    "wide heads": (config(head_dim=64), "heads of 64"),
    "more layers than weights": (config(num_hidden_layers=10**9), "less than 1000000000 layers"),
    "more rows than weights": (config(vocab_size=10**12), r"not \(1000000000000, 64\)"),
    "cut off": (
        lambda folder: (folder / "model.safetensors").write_bytes(
            (folder / "model.safetensors").read_bytes()[:-100]
        ),
        "is damaged",
    ),
    "empty": (file("model.safetensors", b""), "is damaged"),
    "a header without end": (file("model.safetensors", b"\xff" * 64), "is damaged"),
    "a tensor is missing": (weights(lambda state: state.pop("model.norm.weight")), "lack model.norm.weight"),
    "a tensor too many": (weights(lambda state: state.update(more=torch.ones(2))), "have more"),
    "a tensor of another shape": (
        weights(lambda state: state.update({"model.norm.weight": torch.ones(3)})),
        r"model.norm.weight is \(3,\), not \(64,\)",
    ),
    "the index is damaged": (file(INDEX, b'{"weight_map": 5}'), "is damaged"),
    "the index names what is not there": (index("a.safetensors"), "a.safetensors is not there"),
    "the index names this folder": (index(".."), "is not there"),
    "the index names nothing": (index(""), "is not there"),
    "the index has numbers": (index(7), "is not there"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_one_line(damage: str, folder: Path) -> None:
    break_, message = DAMAGES[damage]
    break_(folder)
    with pytest.raises(TruthGPTError, match=message) as caught:
        hugging_face.read(folder)
    assert "\n" not in str(caught.value)


def test_an_index_reads_no_file_outside_the_folder(folder: Path) -> None:
    outside = folder.parent / "outside.safetensors"
    (folder / "model.safetensors").rename(outside)
    for name in ("../outside.safetensors", str(outside)):
        index(name)(folder)
        with pytest.raises(MissingError, match=r"outside\.safetensors is not there"):
            hugging_face.read(folder)


def test_a_full_disk_leaves_the_model_that_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = Network(SHAPE)
    other.initialise(2)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(MissingError, match="No space left"):
            hugging_face.write(other, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    hugging_face.write(other, folder)
    assert (folder / "model.safetensors").read_bytes() != before["model.safetensors"]


def test_sixteen_bits_are_read_as_they_are(tmp_path: Path) -> None:
    network = Network(SHAPE)
    network.initialise(1)
    hugging_face.write(network, tmp_path, torch.bfloat16)
    assert orjson.loads((tmp_path / "config.json").read_bytes())["torch_dtype"] == "bfloat16"
    read = hugging_face.read(tmp_path)
    for ours, theirs in zip(read.parameters(), network.parameters(), strict=True):
        assert torch.equal(ours, theirs.to(torch.bfloat16).float())


def test_derived_tensors_of_older_folders_are_no_weights(folder: Path) -> None:
    weights(lambda state: state.update({"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)}))(
        folder
    )
    assert hugging_face.read(folder).shape == SHAPE


def test_transformers_encodes_and_templates_the_same(tmp_path: Path) -> None:
    tokenizer = vocabulary.train(TEXTS, 360)
    vocabulary.save(tokenizer, tmp_path)
    hugging_face.write_tokenizer(tmp_path, tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    for text in (*TEXTS[:5], "[1] and [12][3]", "你好 12345 ação\n\n\tx  y", "<|im_end|> <|endoftext|>", ""):
        assert theirs(text)["input_ids"] == tokenizer.encode(text).ids
        assert theirs.decode(tokenizer.encode(text).ids, skip_special_tokens=True) == tokenizer.decode(
            tokenizer.encode(text).ids
        )
    turns = [{"role": "user", "content": "Who mends clocks?"}, {"role": "assistant", "content": "Ming [1]."}]
    assert theirs.apply_chat_template(turns, add_generation_prompt=True, tokenize=False) == (
        "<|im_start|>user\nWho mends clocks?<|im_end|>\n<|im_start|>assistant\nMing [1].<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert (theirs.bos_token_id, theirs.eos_token_id, theirs.pad_token_id) == (0, 2, 0)


def test_a_template_of_its_own_stays_with_a_folder(tmp_path: Path) -> None:
    vocabulary.save(vocabulary.train(TEXTS, 300), tmp_path)
    assert hugging_face.chat_template(tmp_path) == vocabulary.CHAT_TEMPLATE
    hugging_face.write_tokenizer(tmp_path, tmp_path, "{{ messages }}")
    assert hugging_face.chat_template(tmp_path) == "{{ messages }}"
    AutoTokenizer.from_pretrained(tmp_path).save_pretrained(tmp_path / "theirs")
    assert hugging_face.chat_template(tmp_path / "theirs") == "{{ messages }}"
    (tmp_path / "tokenizer_config.json").write_bytes(b"\xff{")
    with pytest.raises(BadInputError, match="cannot be read"):
        hugging_face.chat_template(tmp_path)
