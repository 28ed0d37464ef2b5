"""The language model that TruthGPT trains: a Llama-style transformer, whole in this file. Needs the extra `train`.

Tokens pass through `layers` blocks, each of attention and a gated feed-forward network, both added to what came in
(Touvron et al. 2023):

    x = x + attention(norm(x))      grouped queries (Ainslie et al. 2023), rotary positions (Su et al. 2021)
    x = x + feed_forward(norm(x))   SwiGLU (Shazeer 2020)

Weights are named as Hugging Face names those of `LlamaForCausalLM`, so that a state dictionary is one of both. Shapes in
comments: B sequences, T tokens in each, D width, H heads, K heads of keys and values, E width of a head.

The network knows nothing of devices, ranks or precision: `truthgpt.training.pretraining.parallel` wraps it from outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from truthgpt.errors import BadInputError

_compiled: dict[str, Any] = {}
"""FlexAttention as a GPU runs it: uncompiled it holds the scores of all pairs of tokens. Made when first wanted, since to load
the compiler takes seconds."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What fixes the network. `vocabulary` tokens, `context` tokens at once; `tied` uses the embedding as the output's
    weights. Raises `BadInputError` where the numbers do not fit together."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    hidden: int
    context: int
    rope_base: float = 10_000.0
    epsilon: float = 1e-5
    tied: bool = True

    def __post_init__(self) -> None:
        numbers = (
            self.vocabulary,
            self.width,
            self.layers,
            self.heads,
            self.kv_heads,
            self.hidden,
            self.context,
        )
        if not (0 < self.rope_base < math.inf and 0 < self.epsilon < math.inf):
            raise BadInputError("a network's rope_base and epsilon must be above 0")
        if min(numbers) < 1:
            raise BadInputError(f"a network's sizes must be above 0, not {min(numbers)}")
        if self.width % (2 * self.heads):
            raise BadInputError(
                f"a width of {self.width} cannot be shared out among {self.heads} heads of even width"
            )
        if self.heads % self.kv_heads:
            raise BadInputError(f"{self.heads} heads cannot share {self.kv_heads} heads of keys and values")

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def matrices(self) -> int:
        """Weights of the blocks' matrices: those that each token is multiplied by, but for the output's."""
        attention = self.width * self.head_width * 2 * (self.heads + self.kv_heads)
        return self.layers * (attention + 3 * self.width * self.hidden)

    @property
    def parameters(self) -> int:
        """All weights, a tied embedding counted once."""
        embeddings = self.vocabulary * self.width * (1 if self.tied else 2)
        return self.matrices + embeddings + self.width * (2 * self.layers + 1)

    def flop_per_token(self, length: int) -> float:
        """Floating-point operations of one training step per token of sequences of `length`: six for each weight of a
        matrix, and 12 layers·D·T/2 for attention, of which a causal mask needs half (Chowdhery et al. 2022, appendix B)."""
        return 6.0 * (self.matrices + self.vocabulary * self.width) + 6.0 * self.layers * self.width * length


def rotations(
    positions: int, head_width: int, base: float, device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """Cosines and sines of rotary positions, each (positions, E), float32; the two halves of E turn together."""
    turns = base ** (-torch.arange(0, head_width, 2, dtype=torch.float32, device=device) / head_width)
    angles = torch.outer(torch.arange(positions, dtype=torch.float32, device=device), turns).repeat(1, 2)
    return angles.cos(), angles.sin()


def rotated(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """`x` (B, heads, T, E) with each head's vector turned by its position."""
    left, right = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-right, left), dim=-1) * sines


def document_mask(documents: Tensor) -> Tensor | BlockMask:
    """Who may look at whom: a token at itself and at what stands before it in its own document.

    `documents` (B, T) numbers each token's document. On a GPU blocks that nobody may look into are never computed
    (FlexAttention); elsewhere the mask is (B, 1, T, T), bool.
    """
    batch, length = documents.shape
    if documents.is_cuda:

        def allowed(b: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            return (query >= key) & (documents[b, query] == documents[b, key])

        if not _compiled:
            _compiled.update(mask=torch.compile(create_block_mask), attention=compiled_whole(flex_attention))
        mask: BlockMask = _compiled["mask"](allowed, batch, None, length, length, device=documents.device)
        return mask
    causal = torch.ones(length, length, dtype=torch.bool, device=documents.device).tril()
    return (documents[:, None, :, None] == documents[:, None, None, :]) & causal


def compiled_whole(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`function` compiled into what selective recomputation sees as one operation, whose result it may keep."""
    return torch.compile(function, options={"wrap_inductor_compiled_regions": True})


class Norm(nn.Module):
    """Root mean square norm (Zhang & Sennrich 2019)."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


class Attention(nn.Module):
    """Each token gathers from those before it what its query asks for; groups of H / K queries share keys and values."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.head_width = shape.head_width
        self.q_proj = nn.Linear(shape.width, shape.heads * self.head_width, bias=False)
        self.k_proj = nn.Linear(shape.width, shape.kv_heads * self.head_width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.kv_heads * self.head_width, bias=False)
        self.o_proj = nn.Linear(shape.heads * self.head_width, shape.width, bias=False)

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor, mask: Tensor | BlockMask | None) -> Tensor:
        batch, length, _ = x.shape
        # Heads are counted by what is there: under tensor parallelism a rank holds some of them.
        query = self.q_proj(x).view(batch, length, -1, self.head_width).transpose(1, 2)  # (B, H, T, E)
        key = self.k_proj(x).view(batch, length, -1, self.head_width).transpose(1, 2)  # (B, K, T, E)
        value = self.v_proj(x).view(batch, length, -1, self.head_width).transpose(1, 2)
        query, key = rotated(query, cosines, sines), rotated(key, cosines, sines)
        if isinstance(mask, BlockMask):
            gathered: Tensor = _compiled["attention"](query, key, value, block_mask=mask, enable_gqa=True)
        else:
            gathered = functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=True
            )
        written: Tensor = self.o_proj(gathered.transpose(1, 2).reshape(batch, length, -1))  # (B, T, D)
        return written


class FeedForward(nn.Module):
    """Two matrices up, of which one gates the other, and one down."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down_proj = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        written: Tensor = self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))
        return written


class Block(nn.Module):
    """One layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape.width, shape.epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape.width, shape.epsilon)
        self.mlp = FeedForward(shape)

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor, mask: Tensor | BlockMask | None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cosines, sines, mask)
        written: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return written


class Trunk(nn.Module):
    """Tokens to hidden states: the embedding, the blocks, and the last norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.epsilon)

    def forward(self, tokens: Tensor, documents: Tensor | None = None) -> Tensor:
        """(B, T) → (B, T, D). `documents` (B, T) keeps documents that share a sequence from seeing each other.

        Positions count from the sequence's start: turned vectors meet by their distance alone, so that a document reads
        the same wherever in the sequence it stands.
        """
        mask = None if documents is None else document_mask(documents)
        x = self.embed_tokens(tokens)
        cosines, sines = rotations(
            tokens.shape[1], self.shape.head_width, self.shape.rope_base, tokens.device
        )
        cosines, sines = cosines.to(x.dtype), sines.to(x.dtype)
        for block in self.layers:
            x = block(x, cosines, sines, mask)
        normed: Tensor = self.norm(x)
        return normed


class Network(nn.Module):
    """The whole model. `forward` gives hidden states; `logits` makes of them what the next token may be."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.model = Trunk(shape)
        self.lm_head = nn.Linear(shape.width, shape.vocabulary, bias=False)
        if shape.tied:
            self.lm_head.weight = self.model.embed_tokens.weight

    def initialise(self, seed: int) -> None:
        """Draws all weights: matrices that read with deviation 1/√D, those that write to the residual stream zero, so that
        the network begins as its embedding alone (as in muP, Yang et al. 2022), the embedding with 0.02."""
        dice = torch.Generator(self.lm_head.weight.device).manual_seed(seed)
        for name, weight in self.named_parameters():
            if weight.dim() == 1:
                nn.init.ones_(weight)
            elif name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(weight)
            elif name.endswith(("embed_tokens.weight", "lm_head.weight")):
                nn.init.normal_(weight, std=0.02, generator=dice)
            else:
                nn.init.normal_(weight, std=self.shape.width**-0.5, generator=dice)

    def forward(self, tokens: Tensor, documents: Tensor | None = None) -> Tensor:
        """(B, T) → hidden states (B, T, D); the loss makes logits of a part of them at a time."""
        hidden: Tensor = self.model(tokens, documents)
        return hidden

    def logits(self, tokens: Tensor, documents: Tensor | None = None) -> Tensor:
        """(B, T) → (B, T, vocabulary)."""
        scores: Tensor = self.lm_head(self(tokens, documents))
        return scores

    @torch.no_grad()
    def greedy(self, tokens: list[int], count: int, end: frozenset[int] = frozenset()) -> list[int]:
        """The `count` most probable next tokens, one after the other, up to one of `end`, which is left out.

        Reads the whole sequence again for each, without a cache: to check what exported models say, not to serve.
        """
        device, made = self.lm_head.weight.device, list(tokens)
        for _ in range(count):
            window = torch.tensor([made[-self.shape.context :]], device=device)
            chosen = int(self.lm_head(self(window)[0, -1]).argmax())
            if chosen in end:
                break
            made.append(chosen)
        return made[len(tokens) :]
