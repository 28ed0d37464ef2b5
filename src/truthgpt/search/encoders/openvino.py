"""A folder with a text encoder exported to OpenVINO in; texts to vectors out.

Such a folder comes of `optimum-cli export openvino --task feature-extraction`, or of Sentence Transformers with its OpenVINO
backend: `openvino_model.xml` and `.bin`, in it or in its folder `openvino`, `tokenizer.json`, and how states become one vector.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.embedding import MAX_CHARACTERS, Embedding
from truthgpt.search.encoders.protocol import Floats, told_apart

MODEL = "openvino_model.xml"
_BATCH = 32
_TOKENS = 512
"""Tokens of a text that are read, where the folder does not say how many."""


def exported(folder: Path) -> Path | None:
    """The model's file in `folder`; None where there is none."""
    return next((path for path in (folder / MODEL, folder / "openvino" / MODEL) if path.is_file()), None)


class OpenVINOEncoder:
    """Threads may share it; one works at a time, with all cores."""

    def __init__(self, folder: Path, words: Embedding) -> None:
        """Raises `MissingError` where a file is absent and `BadInputError` where one cannot be read. `words` translates."""
        import openvino  # half a second, for those who chose it
        from tokenizers import Tokenizer

        model = exported(folder)
        tokenizer = folder / "tokenizer.json"
        if model is None or not tokenizer.is_file():
            raise MissingError(
                f"{folder} needs {MODEL} and tokenizer.json; export the encoder to OpenVINO anew"
            )
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._model = openvino.Core().compile_model(model, "CPU")
            self._inputs = {port.any_name for port in self._model.inputs}
            if "input_ids" not in self._inputs:
                raise BadInputError(f"{model} has no input_ids: it is no text encoder")
            self._pools_first = _pools_first(_json(folder / "1_Pooling" / "config.json"))
            self._prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
            tokens = _json(folder / "sentence_bert_config.json").get("max_seq_length") or _TOKENS
            self._tokenizer.enable_truncation(int(tokens))
            self._tokenizer.enable_padding(**(self._tokenizer.padding or {}) | {"length": None})
            digest = hashlib.sha256(tokenizer.read_bytes() + model.read_bytes())
            with model.with_suffix(".bin").open("rb") as weights:
                digest.update(hashlib.file_digest(weights, "sha256").digest())
        except BadInputError:
            raise
        except Exception as error:  # the libraries raise their own, of no common kind
            reason = " ".join(str(error).split())[:160]
            raise BadInputError(
                f"the encoder in {folder} cannot be read ({reason}); export it anew"
            ) from error
        self.identity = digest.hexdigest()[:16]
        self._lock = threading.Lock()
        self._words = words
        self.dimensions = int(self._encode(["one text"]).shape[1])
        self.near = told_apart(self.encode)

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `Encoder`; of each text the first 10,000 characters are looked at, and as many tokens as the model reads."""
        before = self._prompts.get("document") or self._prompts.get("passage") or ""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(texts), _BATCH):
            places = by_length[start : start + _BATCH]
            vectors[places] = self._encode([f"{before}{texts[place][:MAX_CHARACTERS]}" for place in places])
        return vectors

    def encode_query(self, text: str) -> Floats:
        """The vector (dimensions,) of what is asked, with what the model wants before it."""
        found: Floats = self._encode([f"{self._prompts.get('query') or ''}{text[:MAX_CHARACTERS]}"])[0]
        return found

    def translated(self, text: str) -> str:
        """See `Encoder`."""
        return self._words.translated(text)

    def _encode(self, texts: Sequence[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": np.array([each.ids for each in encoded], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], np.int64),
        }
        with self._lock:
            states = self._model({name: value for name, value in given.items() if name in self._inputs})
            found = np.array(states[0], np.float32)
        pooled = found if found.ndim == 2 else self._pooled(found, given["attention_mask"])
        lengths = np.linalg.norm(pooled, axis=1, keepdims=True)
        return np.asarray(pooled / np.maximum(lengths, np.float32(1e-12)), np.float32)

    def _pooled(self, states: Floats, mask: npt.NDArray[np.int64]) -> Floats:
        """One vector of the states (n, tokens, dimensions) of each text."""
        if self._pools_first:
            return states[:, 0]
        kept = mask[:, :, None].astype(np.float32)
        return np.asarray((states * kept).sum(axis=1) / np.maximum(kept.sum(axis=1), 1.0))


def _pools_first(config: Mapping[str, Any]) -> bool:
    """Whether the first token stands for the text; else it is the mean of all."""
    chosen = {name for name, value in config.items() if name.startswith("pooling_mode_") and value is True}
    if config.get("pooling_mode"):
        chosen = {f"pooling_mode_{config['pooling_mode']}"}
    if chosen <= {"pooling_mode_mean_tokens", "pooling_mode_mean"}:
        return False
    if chosen <= {"pooling_mode_cls_token", "pooling_mode_cls"}:
        return True
    raise BadInputError(
        f"{', '.join(sorted(chosen))}: states are joined by their mean or by the first token's alone"
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict):
        raise BadInputError(f"{path} is no JSON object")
    return found
