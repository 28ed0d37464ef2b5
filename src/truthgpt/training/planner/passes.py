"""What a microbatch costs on its way through a part of the network, forward and backward, by what seconds are spent on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Terms(NamedTuple):
    """Seconds of a pass, by what they are spent on; of collectives, those that nothing hides."""

    products: float = 0.0
    attention: float = 0.0
    elementwise: float = 0.0
    tensor: float = 0.0
    context: float = 0.0
    expert: float = 0.0

    @property
    def total(self) -> float:
        return sum(self)

    def plus(self, other: Terms, times: float = 1.0) -> Terms:
        return Terms(*(one + times * two for one, two in zip(self, other, strict=True)))


NOTHING = Terms()


@dataclass(frozen=True, slots=True)
class Pass:
    """A microbatch through a block or a stage. Of the backward pass `weights` seconds give gradients of weights alone, which
    nothing waits for; `last` of the forward pass give its result alone, which a backward pass has no need of."""

    forward: Terms = NOTHING
    backward: Terms = NOTHING
    weights: float = 0.0
    last: Terms = NOTHING

    @property
    def total(self) -> float:
        return self.forward.total + self.backward.total

    def plus(self, other: Pass, times: float = 1.0) -> Pass:
        return Pass(
            self.forward.plus(other.forward, times),
            self.backward.plus(other.backward, times),
            self.weights + times * other.weights,
        )
