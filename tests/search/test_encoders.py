"""Encoders in the place of the vectors that ship: chosen by a setting, searched with, and never mixed in one store."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops
from tokenizers import Tokenizer, models, pre_tokenizers

from truthgpt import settings
from truthgpt.answer.assistant import Assistant
from truthgpt.errors import BadInputError, MissingError
from truthgpt.search import encoders
from truthgpt.search.embedding import Embedding
from truthgpt.search.encoders.protocol import told_apart

WORDS = ["[PAD]", "[UNK]", "moon", "lua", "bridge", "ponte", "query:", "passage:"]
# "lua" is near "moon" and "ponte" near "bridge": what a multilingual encoder is for.
VECTORS = np.array(
    [
        [9, 9, 9, 9],
        [0, 0, 0.1, 0],
        [1, 0, 0, 0],
        [0.9, 0.1, 0, 0],
        [0, 1, 0, 0],
        [0, 0.9, 0.1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, -1],
    ],
    np.float32,
)


def exported(folder: Path, pooling: str = "mean_tokens", **config: Any) -> Path:
    """A folder as an export leaves it: each token has a fixed state."""
    folder.mkdir(parents=True)
    ids, mask = (ops.parameter([-1, -1], np.int64) for _ in range(2))
    ids.output(0).tensor.set_names({"input_ids"})
    mask.output(0).tensor.set_names({"attention_mask"})
    states = ops.gather(ops.constant(VECTORS), ids, ops.constant(0))
    # The mask is an input of each such model; here it changes nothing.
    nothing = ops.multiply(
        ops.convert(ops.unsqueeze(mask, ops.constant(2)), "f32"), ops.constant(np.float32(0))
    )
    openvino.save_model(
        openvino.Model([ops.add(states, nothing)], [ids, mask]), folder / "openvino_model.xml", False
    )
    words = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}))
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def words() -> Embedding:
    return Embedding.load()


def test_without_a_setting_the_vectors_that_ship_are_used(words: Embedding) -> None:
    assert encoders.load("", words) is words


def test_a_text_is_the_mean_of_its_tokens_whatever_stands_beside_it(tmp_path: Path, words: Embedding) -> None:
    encoder = encoders.load(str(exported(tmp_path / "e")), words)
    texts = ["moon", "moon bridge", "", "lua"] + ["bridge " * 40] * 40
    vectors = encoder.encode(texts)
    assert (encoder.dimensions, vectors.dtype, vectors.shape) == (4, np.float32, (44, 4))
    assert np.allclose(vectors[1], [np.sqrt(0.5), np.sqrt(0.5), 0, 0], atol=1e-3)
    assert np.allclose([encoder.encode([text])[0] for text in texts], vectors, atol=1e-3)
    assert np.allclose(encoder.encode_query("moon"), vectors[0], atol=1e-3)
    assert encoder.translated("ponte") == words.translated("ponte")


def test_the_first_token_stands_for_the_text_where_the_folder_says_so(
    tmp_path: Path, words: Embedding
) -> None:
    encoder = encoders.load(str(exported(tmp_path / "e", "cls_token")), words)
    assert np.allclose(encoder.encode(["moon bridge bridge"])[0], [1, 0, 0, 0], atol=1e-3)


def test_prompts_stand_before_what_is_asked_and_what_is_found(tmp_path: Path, words: Embedding) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    encoder = encoders.load(str(exported(tmp_path / "e", prompts=prompts)), words)
    asked, found = encoder.encode_query("moon"), encoder.encode(["moon"])[0]
    assert asked[3] > 0.5
    assert found[3] < -0.5


def test_what_cannot_be_used_is_one_line(tmp_path: Path, words: Embedding) -> None:
    damaged, pooled, bare = (tmp_path / name for name in ("damaged", "pooled", "bare"))
    (exported(damaged) / "tokenizer.json").write_text("{")
    exported(pooled, "weightedmean_tokens")
    (exported(bare) / "tokenizer.json").unlink()
    for folder, kind, said in (
        (damaged, BadInputError, "cannot be read"),
        (pooled, BadInputError, "weightedmean"),
        (bare, MissingError, "tokenizer.json"),
    ):
        with pytest.raises(kind, match=said) as caught:
            encoders.load(str(folder), words)
        assert "\n" not in str(caught.value)


def test_near_is_what_unrelated_texts_are_not() -> None:
    def crowded(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Like encoders of which any two texts are near."""
        vectors = np.random.default_rng(0).normal(size=(len(texts), 64)) + 3
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    near, alone = told_apart(crowded)
    assert 0.85 < near < alone <= 0.97


def test_a_search_uses_the_encoder_and_a_store_refuses_the_vectors_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUTHGPT_ENCODER", str(exported(tmp_path / "one")))
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "1", "text": "moon moon"}\n{"id": "2", "text": "bridge bridge"}\n')
    with Assistant.open(settings.load(tmp_path / "data", settings.QUOTES_ONLY), create=True) as assistant:
        assistant.import_paths([path])
        hits = assistant.searcher.search("ponte")
        assert [hit.post.id for hit in hits] == ["2"]
        assert hits[0].vector_score > 0.9
    other = exported(tmp_path / "other", "cls_token")
    (other / "tokenizer.json").write_text((other / "tokenizer.json").read_text() + " ")
    for another in (str(other), ""):
        monkeypatch.setenv("TRUTHGPT_ENCODER", another)
        with pytest.raises(BadInputError, match="TRUTHGPT_ENCODER"):
            Assistant.open(settings.load(tmp_path / "data", settings.QUOTES_ONLY))


class FakeSentenceTransformer:
    """The library, as far as it is used."""

    def __init__(self, name: str) -> None:
        if name == "none":
            raise OSError("no such\nmodel")

    def state_dict(self) -> dict[str, Any]:
        value = SimpleNamespace(shape=(2,), double=lambda: SimpleNamespace(sum=lambda: 1.5))
        return {"weight": value}

    def encode_document(self, texts: list[str], **given: bool) -> Any:
        assert given == {"normalize_embeddings": True, "show_progress_bar": False}
        return np.array([[1.0, 0.0] if "moon" in text else [0.0, 1.0] for text in texts])

    encode_query = encode_document


def test_other_encoders_are_those_of_sentence_transformers(
    words: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingError, match="pip install sentence-transformers"):
        encoders.load("some/name", words)
    library = SimpleNamespace(SentenceTransformer=FakeSentenceTransformer)
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    encoder = encoders.load("some/name", words)
    assert (encoder.dimensions, len(encoder.identity)) == (2, 16)
    assert encoder.encode(["full moon", "bridge"]).tolist() == [[1, 0], [0, 1]]
    assert encoder.encode([]).shape == (0, 2)
    assert encoder.encode_query("moon").tolist() == [1, 0]
    with pytest.raises(MissingError, match=r"cannot be loaded \(no such model\)"):
        encoders.load("none", words)
