"""What tokens are made of: a token's row is a vector of its own and the mean of the vectors of its parts.

The parts of a Latin token are its runs of three to five letters, its edges marked (Bojanowski et al. 2017); those of a
Han token are its characters. So a word seen a few times in training starts from what its relatives have learned:
`vacinados` from `vacina`, `médico` from `medicine`, 医院 from 医. The sum is made once, when training ends: a question
pays nothing for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import embedding, embedding_bag

RUNS = (3, 4, 5)  # letters
SHARED_BY = 3
"""Parts of fewer tokens than this are left out: they would repeat the token's own vector."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of each token: token i has `parts[starts[i]:starts[i + 1]]`, numbers below `count`."""

    parts: torch.Tensor
    starts: torch.Tensor
    count: int

    @classmethod
    def of(cls, tokens: Sequence[str]) -> Parts:
        spelled = [spell(token) for token in tokens]
        shared = Counter(part for parts in spelled for part in dict.fromkeys(parts))
        kept = [part for part, count in shared.items() if count >= SHARED_BY]
        number = {part: index for index, part in enumerate(kept)}
        rows = [[number[part] for part in parts if part in number] for parts in spelled]
        return cls(
            torch.tensor([part for row in rows for part in row]),
            torch.from_numpy(np.concatenate([[0], np.cumsum([len(row) for row in rows])])),
            len(kept),
        )

    def rows(self, own: torch.Tensor, shared: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The rows (len(tokens), dimensions) of `tokens`, from `own` (tokens, dimensions) and `shared` (count, dimensions)."""
        sizes = self.starts[tokens + 1] - self.starts[tokens]
        offsets = torch.cumsum(sizes, 0) - sizes
        # Places in `parts` of all the chosen tokens' parts: for each, its token's start and its place within.
        places = torch.repeat_interleave(self.starts[tokens] - offsets, sizes) + torch.arange(
            int(sizes.sum())
        )
        mean = embedding_bag(self.parts[places], shared, offsets, mode="mean")
        return embedding(tokens, own) + mean


def spell(token: str) -> list[str]:
    """The parts of `token`."""
    if is_han(token):
        return list(token)
    text = token.removeprefix("##") if token.startswith("##") else f"<{token}>"
    return [text[at : at + size] for size in RUNS for at in range(len(text) - size + 1)]


def is_han(token: str) -> bool:
    return "\u3400" <= token[:1] <= "\u9fff"


def begin(
    initial: npt.NDArray[np.float32], tokens: Sequence[str], parts: Parts, weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Vectors to begin from: `own` and `shared`, whose sum gives `initial` where a token is not Han.

    The teacher does not read Chinese, so a Han character begins as a random direction with its frequency's weight.
    """
    random = np.random.default_rng(0)
    own = initial.copy()
    shared = np.zeros((parts.count, initial.shape[1]), dtype=np.float32)
    for row, token in enumerate(tokens):
        if is_han(token):
            first = parts.parts[parts.starts[row] : parts.starts[row + 1]]
            own[row] = 0
            if len(token) == 1:
                direction = random.standard_normal(initial.shape[1])
                direction *= 0.3 * weights[row] / np.linalg.norm(direction)
                if len(first):
                    shared[int(first[0])] = direction
                else:
                    own[row] = direction
    return own, shared
