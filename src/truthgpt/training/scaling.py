"""One dial in, a whole run out: depth or parameters → the network's shape, tokens, batch and learning rate.

A depth of d is d layers of width 64·d with heads of 64, of which a third have keys and values of their own. How much to read
is by Hoffmann et al. 2022 (20 tokens a parameter); batch and rate are by DeepSeek-AI 2024 (arXiv:2401.02954, section 3.1),
fitted there from 10^17 to 10^20 FLOP: 0.2920·C^0.3271 tokens a step and 0.3118·C^-0.1250, C being the run's FLOP.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.language.network import Shape

HEAD_WIDTH: Final = 64
TOKENS_A_PARAMETER: Final = 20
DEEPEST: Final = 256
_SHARE: Final = 8
_NEAR: Final = 0.01
"""Share of the parameters asked for that makes no difference."""

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmbt]?)", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


def count(written: int | float | str, what: str) -> int:
    """A number as people write it: 124000000, "124M", "1.3B". Raises `BadInputError`; `what` names it."""
    found = _SIZE.fullmatch(written.strip()) if isinstance(written, str) else None
    value = float(found[1]) * _UNITS[found[2].lower()] if found else written
    if isinstance(value, str | bool) or not 1 <= value < math.inf:
        raise BadInputError(f"{what} is {written!r}; write a number above 0, such as 124000000, 124M or 1.3B")
    return round(value)


def by_depth(depth: int, vocabulary: int, context: int) -> Shape:
    """The shape that the dial stands for at `depth`."""
    from truthgpt.language.network import Shape  # brings PyTorch, which a plan does without

    if not 1 <= depth <= DEEPEST:
        raise BadInputError(f"a depth of {depth} is not between 1 and {DEEPEST}")
    width = HEAD_WIDTH * depth
    kv_heads = kv_heads_for(depth)
    hidden = -(-width * 8 // 3 // 64) * 64
    matrices = Shape(vocabulary, width, depth, depth, kv_heads, hidden, context).matrices
    # Output weights of its own pay once they are a small part of the whole.
    return Shape(
        vocabulary, width, depth, depth, kv_heads, hidden, context, tied=vocabulary * width > matrices / 8
    )


def kv_heads_for(heads: int) -> int:
    """Heads of keys and values: the largest part of `heads` up to a third that divides it."""
    return max(count for count in range(1, max(1, heads // 3) + 1) if heads % count == 0)


def by_parameters(parameters: int, vocabulary: int, context: int) -> Shape:
    """A shape of so many parameters, as near as can be: of the depths whose hidden units, between twice and four times the width, can make
    up for what `by_depth` has more or less, the one that has to change them least. Depths where more than eight heads would share
    keys are left out."""
    fitted = []
    for depth in range(1, DEEPEST + 1):
        shape = by_depth(depth, vocabulary, context)
        if shape.heads > _SHARE * shape.kv_heads:
            continue
        more = (parameters - shape.parameters) / (3 * shape.width * shape.layers)
        hidden = min(max(64 * round((shape.hidden + more) / 64), 2 * shape.width), 4 * shape.width)
        made = replace(shape, hidden=hidden)
        off = abs(made.parameters / parameters - 1)
        fitted.append((max(off, _NEAR), abs(math.log(hidden / shape.hidden)), made))
    return min(fitted, key=lambda one: one[:2])[2]


def vocabulary_for(depth: int) -> int:
    """Tokens of the vocabulary for a network of this depth: an embedding that does not outweigh what it feeds."""
    return 4_096 if depth <= 4 else 16_384 if depth <= 8 else 32_768


def tokens_for(shape: Shape) -> int:
    """Tokens to read."""
    return TOKENS_A_PARAMETER * shape.parameters


def batch_for(flop: float) -> int:
    """Tokens of one step of a run of `flop`."""
    return int(0.2920 * flop**0.3271)


def rate_for(flop: float) -> float:
    """The highest learning rate of a run of `flop`."""
    return float(0.3118 * flop**-0.1250)
