"""The network to be planned, as numbers: what it holds and what a token costs.

FLOP are counted as Narayanan et al. 2021 (arXiv:2104.04473, appendix) count them: two for each weight of a matrix and each
token, two for each pair of tokens, head and number of a head's queries or values, three times that forward and backward.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Final, Literal

from truthgpt.errors import BadInputError

Counted = Literal["full", "causal"]
"""Whether a count of FLOP takes attention to compare each pair of tokens, as most published figures do, or only those that a
causal mask leaves."""


@dataclass(frozen=True, slots=True)
class Transformer:
    """A decoder: `layers` blocks of width `width`, `heads` of queries of `head_width` (None: width / heads), `kv_heads` of keys
    and values, `hidden` units, three matrices of them where `gated`, else two; `vocabulary` tokens, whose matrix is one for input and
    output where `tied`.

    A mixture has `experts` feed-forward networks of `hidden` units a block, of which a token passes `active`, beside
    `shared` that all pass; the first `dense` blocks have one of `dense_hidden` units instead. Raises `BadInputError` where the numbers do not fit together.
    """

    layers: int
    width: int
    heads: int
    vocabulary: int
    hidden: int
    kv_heads: int
    head_width: int
    gated: bool = True
    tied: bool = False
    experts: int = 0
    active: int = 0
    shared: int = 0
    dense: int = 0
    dense_hidden: int = 0

    def __post_init__(self) -> None:
        sizes = {
            name: getattr(self, name)
            for name in ("layers", "width", "heads", "vocabulary", "hidden", "kv_heads", "head_width")
        }
        for name, size in sizes.items():
            if not 1 <= size <= 10**9:
                raise BadInputError(f"{name} is {size}; it is at least 1")
        if self.heads % self.kv_heads:
            raise BadInputError(f"{self.heads} heads cannot share {self.kv_heads} heads of keys and values")
        if self.experts and not 1 <= self.active <= self.experts:
            raise BadInputError(
                f"a token passes {self.active} of {self.experts} experts; it is 1 to {self.experts}"
            )
        if not 0 <= self.dense <= self.layers or (self.dense and self.dense_hidden < 1):
            raise BadInputError(
                f"{self.dense} of {self.layers} blocks cannot be dense with {self.dense_hidden} hidden units"
            )

    @property
    def attention(self) -> int:
        """Weights of a block's four attention matrices."""
        return self.width * self.head_width * 2 * (self.heads + self.kv_heads)

    @property
    def matrices(self) -> int:
        """Matrices of a feed-forward network."""
        return 3 if self.gated else 2

    @property
    def sparse(self) -> int:
        """Blocks with experts."""
        return self.layers - self.dense if self.experts else 0

    def expert(self) -> int:
        """Weights of one feed-forward network of `hidden` units."""
        return self.matrices * self.width * self.hidden

    @property
    def unshared(self) -> int:
        """Weights of the experts that are not passed by all tokens: those that expert parallelism cuts."""
        return self.sparse * self.experts * self.expert()

    @property
    def parameters(self) -> int:
        """All weights."""
        return self._weights(self.experts)

    @property
    def active_parameters(self) -> int:
        """Weights that a token meets."""
        return self._weights(self.active)

    def _weights(self, experts: int) -> int:
        router = self.width * self.experts
        plain = self.layers - self.sparse
        forward = self.sparse * ((experts + self.shared) * self.expert() + router)
        forward += plain * self.matrices * self.width * (self.dense_hidden if self.experts else self.hidden)
        norms = (2 * self.layers + 1) * self.width
        return (
            self.layers * self.attention
            + forward
            + norms
            + self.vocabulary * self.width * (1 if self.tied else 2)
        )

    def flop_per_token(self, length: int, counted: Counted = "full") -> float:
        """FLOP to train on one token of a sequence of `length` tokens, nothing made anew."""
        lookups = 0 if self.tied else self.vocabulary * self.width
        weights = self.active_parameters - (2 * self.layers + 1) * self.width - lookups
        return 6.0 * weights + self.attention_flop(length, counted)

    def attention_flop(self, length: int, counted: Counted = "full") -> float:
        """FLOP of `flop_per_token` that compare tokens."""
        pairs = length if counted == "full" else (length + 1) / 2
        return 12.0 * self.layers * self.heads * self.head_width * pairs


def gpt(layers: int, width: int, heads: int, vocabulary: int, *, tied: bool = True) -> Transformer:
    """A network of GPT-3's kind: as many keys as queries, four hidden units a unit of width, not gated."""
    return Transformer(
        layers, width, heads, vocabulary, 4 * width, heads, width // heads, gated=False, tied=tied
    )


def llama(layers: int, width: int, heads: int, kv_heads: int, hidden: int, vocabulary: int) -> Transformer:
    """A network of Llama 3's kind: grouped queries, gated units, output weights of its own."""
    return Transformer(layers, width, heads, vocabulary, hidden, kv_heads, width // heads)


HEAD_WIDTH: Final = 128
"""Numbers of a head in networks made by `by_size`, as in Llama 3."""
KEYS: Final = 8
"""Heads of keys and values there, at the most."""
SMALL: Final = 2 * 10**9
"""Below so many parameters a vocabulary of 128,256 would be most of them; 32,768 tokens, training's default, are taken."""


def by_size(parameters: int) -> Transformer:
    """A network of Llama 3's kind of about `parameters` weights: near 128 of width a block, as its makers chose from 8B to 405B, blocks and
    heads in round numbers, which more layouts divide."""
    vocabulary = 32_768 if parameters < SMALL else 128_256
    best: tuple[tuple[float, float], Transformer] | None = None
    for layers in [*range(4, 32, 2), *range(32, 96, 4), *range(96, 257, 8)]:
        for heads in [
            *range(2, 32, 1 if parameters < SMALL else 4),
            *range(32, 128, 8),
            *range(128, 513, 16),
        ]:
            width = HEAD_WIDTH * heads
            hidden = max(256, round(3.5 * width / 256) * 256)
            keys = max(one for one in range(1, KEYS + 1) if heads % one == 0)
            made = llama(layers, width, heads, keys, hidden, vocabulary)
            off = abs(math.log(made.parameters / parameters))
            # Within a twentieth of the size, what counts is the shape.
            worth = (max(0.0, off - 0.05), abs(math.log(heads / layers)))
            if best is None or worth < best[0]:
                best = worth, made
    assert best is not None
    if best[0][0]:
        raise BadInputError(
            f"no network of {parameters:,} parameters and {vocabulary:,} tokens; name its shape in a run's TOML file"
        )
    return best[1]


KNOWN: dict[str, Transformer] = {
    "gpt2-124m": gpt(12, 768, 12, 50_257),
    "gpt3-175b": gpt(96, 12_288, 96, 51_200),
    "megatron-1t": gpt(128, 25_600, 160, 51_200),
    "llama3-8b": llama(32, 4_096, 32, 8, 14_336, 128_256),
    "llama3-70b": llama(80, 8_192, 64, 8, 28_672, 128_256),
    "llama3-405b": llama(126, 16_384, 128, 8, 53_248, 128_256),
    "mixtral-8x7b": dataclasses.replace(llama(32, 4_096, 32, 8, 14_336, 32_000), experts=8, active=2),
    "mixtral-8x22b": dataclasses.replace(llama(56, 6_144, 48, 8, 16_384, 32_768), experts=8, active=2),
}
"""Networks that are known by name, as their makers published them."""
