"""The verifier's network in torch: all-MiniLM-L6-v2 read as a cross-encoder, with two heads. Needs the extra `weights`.

Architecture: Devlin et al. 2019 (post-norm BERT), six layers of width 384. The first token's state and the mean of all
make the input of the heads: `verdict` (supported, refuted, neither) and `stance` (favor, against, none).
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import dropout, gelu, scaled_dot_product_attention

LAYERS, HEADS, WIDTH, INNER, EPSILON = 6, 12, 384, 1536, 1e-12
POSITIONS = 512


class Layer(nn.Module):
    def __init__(self, drop: float) -> None:
        super().__init__()
        self.drop = drop
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
        context = scaled_dot_product_attention(q, k, v, attn_mask=attended)
        x = self.norm1(x + self._dropped(self.out(context.transpose(1, 2).reshape(x.shape))))
        return self.norm2(x + self._dropped(self.down(gelu(self.up(x)))))

    def _dropped(self, x: Tensor) -> Tensor:
        return dropout(x, self.drop, self.training)


class CrossEncoder(nn.Module):
    """Ids, segments and mask (batch, tokens) in; logits of verdict and of stance (batch, 3) each out."""

    def __init__(self, vocabulary: int, drop: float = 0.1) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.segments = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(drop) for _ in range(LAYERS))
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
