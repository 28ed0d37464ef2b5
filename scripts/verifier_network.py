"""A small BERT read as a cross-encoder, with two heads, in torch. Needs the extra `weights`.

Architecture: Devlin et al. 2019 (post-norm BERT), of width 384; of the verifier twelve layers, of the other networks six. The
first token's state and the mean of all make the input of the heads: `verdict` (supported, refuted, neither) and `stance`
(favor, against, none).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import dropout, gelu

HEADS, WIDTH, INNER, EPSILON = 12, 384, 1536, 1e-12
MINILM_LAYERS, MINILM_POSITIONS = 6, 512
HIDDEN = -1e4
"""The weight, before the softmax, of a token that is padding."""
MASKS = 240
"""Masks of dropout that are cut from one drawing."""
PACKED = ("q", "k", "v", "ao", "aln", "fi", "fo", "oln")
"""The parts of a layer by their names in the file that `packed_e5` reads."""


class Thinned(nn.Module):
    """Dropout whose masks are cut at random places from one, since drawing each anew costs a fifth of a step."""

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.drop, self._pool, self._uses = drop, torch.empty(0), 0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.drop:
            return x
        size = x.numel()
        if len(self._pool) < 2 * size or self._uses == MASKS:
            drawn = torch.rand(max(2 * size, len(self._pool))) >= self.drop
            self._pool, self._uses = drawn.to(torch.bfloat16) / (1 - self.drop), 0
        self._uses += 1
        start = int(torch.randint(len(self._pool) - size + 1, ()))
        return x * self._pool[start : start + size].view(x.shape)


class Layer(nn.Module):
    def __init__(self, thinned: Thinned) -> None:
        super().__init__()
        self.thinned = thinned
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, x: Tensor, attended: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        q, k, v = (
            self.qkv(x).view(batch, tokens, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        )  # (batch, heads, tokens, 32)
        # On a processor torch's fused attention, whose tiles are made for longer texts, takes half as long again a step.
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        scores = scores.masked_fill(~attended, HIDDEN).float().softmax(dim=-1)
        context = scores.to(v.dtype) @ v
        x = self.norm1(x + self.thinned(self.out(context.transpose(1, 2).reshape(x.shape))))
        return self.norm2(x + self.thinned(self.down(gelu(self.up(x)))))


class CrossEncoder(nn.Module):
    """Ids, segments and mask (batch, tokens) in; logits of verdict and of stance (batch, 3) each out."""

    def __init__(self, vocabulary: int, layers: int, positions: int, drop: float = 0.1) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.segments = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        thinned = Thinned(drop)
        self.layers = nn.ModuleList(Layer(thinned) for _ in range(layers))
        self.verdict = nn.Linear(2 * WIDTH, 3)
        self.stance = nn.Linear(2 * WIDTH, 3)
        self.drop = drop

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]] + self.segments(segments)
        x = self.norm(x)
        attended = mask[:, None, None, :].bool()
        for layer in self.layers:
            x = layer(x, attended)
        weights = mask[:, :, None].to(x.dtype)
        mean = (x * weights).sum(dim=1) / weights.sum(dim=1)
        pooled = dropout(torch.cat((x[:, 0], mean), dim=1), self.drop, self.training)
        return self.verdict(pooled), self.stance(pooled)

    def start_from_packed(self, arrays: Mapping[str, npt.NDArray[np.float32]], kept: Sequence[int]) -> None:
        """Takes the weights that `packed_e5` read: of the pieces those `kept`, of the positions as many as there are here."""
        with torch.no_grad():
            for table, name in (("tokens", "word"), ("positions", "pos"), ("segments", "type")):
                rows = kept if table == "tokens" else range(getattr(self, table).num_embeddings)
                getattr(self, table).weight.copy_(torch.from_numpy(arrays[f"emb.{name}"][list(rows)]))
            for part, letter in (("weight", "w"), ("bias", "b")):
                getattr(self.norm, part).copy_(torch.from_numpy(arrays[f"emb.ln.{letter}"]))
                for number, layer in enumerate(self.layers):
                    own = {of: torch.from_numpy(arrays[f"l{number}.{of}.{letter}"]) for of in PACKED}
                    layer.qkv.get_parameter(part).copy_(torch.cat([own["q"], own["k"], own["v"]]))
                    for mine, theirs in (
                        ("out", "ao"),
                        ("norm1", "aln"),
                        ("up", "fi"),
                        ("down", "fo"),
                        ("norm2", "oln"),
                    ):
                        layer.get_submodule(mine).get_parameter(part).copy_(own[theirs])

    def start_from(self, folder: Path) -> None:
        """Takes the weights of the encoder in `folder`, a BERT of this shape; rows of added words stay as they are."""
        found = {
            name.removeprefix("bert."): value
            for name, value in load_file(folder / "model.safetensors").items()
        }
        embeddings = found["embeddings.word_embeddings.weight"]
        with torch.no_grad():
            self.tokens.weight[: len(embeddings)] = embeddings
            self.positions.weight.copy_(found["embeddings.position_embeddings.weight"])
            self.segments.weight.copy_(found["embeddings.token_type_embeddings.weight"])
            for part in ("weight", "bias"):
                getattr(self.norm, part).copy_(found[f"embeddings.LayerNorm.{part}"])
                for number, layer in enumerate(self.layers):
                    name = f"encoder.layer.{number}"
                    qkv = [found[f"{name}.attention.self.{of}.{part}"] for of in ("query", "key", "value")]
                    getattr(layer.qkv, part).copy_(torch.cat(qkv))  # type: ignore[union-attr]
                    for mine, theirs in (
                        ("out", "attention.output.dense"), ("norm1", "attention.output.LayerNorm"),
                        ("up", "intermediate.dense"), ("down", "output.dense"), ("norm2", "output.LayerNorm"),
                    ):  # fmt: skip
                        getattr(getattr(layer, mine), part).copy_(found[f"{name}.{theirs}.{part}"])
