"""Sizes in, seconds out: what one accelerator computes, each kernel by the slower of its arithmetic and its bytes.

The roofline of Williams et al. 2009, with products that reach less of the peak the smaller they are (`Reached.edge`).
"""

from __future__ import annotations

from typing import Final

from truthgpt.training.planner.layout import Job
from truthgpt.training.planner.machine import Machine

HALF: Final = 2
"""Bytes of a bfloat16 number."""

SETTLED: Final = 2_000
"""Tokens at which a fused kernel under a causal mask has half of the rate that it comes to: FlashAttention-3 on H100, heads of 128, forward and backward,
reaches 212, 361, 491 and 574 TFLOP/s at 1,024 to 8,192 tokens (meta-pytorch/tritonbench, pull request 1267), which is 715 / (1 + 2,000 / tokens)."""


class Kernels:
    """Times of kernels of `job` on an accelerator of `machine`."""

    def __init__(self, job: Job, machine: Machine) -> None:
        self._traffic = machine.accelerator.bandwidth * machine.reached.memory
        self._sixteen = machine.accelerator.bfloat16 * machine.reached.matrix
        self._eight = (machine.accelerator.fp8 if job.precision == "fp8" else 0.0) * machine.reached.matrix
        self._edge = machine.reached.edge
        self._attention = machine.accelerator.bfloat16 * machine.reached.attention * job.software.attention
        self._attended = job.attended
        self._fused = job.software.fused_attention
        # Numbers of a token, by unit of width, that a block's element-wise kernels read and write.
        self.style = job.software.kernels

    def moved(self, size: float) -> float:
        """Seconds to read and write `size` bytes."""
        return size / self._traffic

    def product(self, m: float, n: float, k: float, *, blocks: bool = False) -> float:
        """Seconds of (m, k) · (k, n), in eight bits where the job asks for it and it is one of the `blocks`."""
        flop, edge = 2.0 * m * n * k, self._edge * (1 / m + 1 / n + 1 / k)
        size = HALF * (m * k + k * n + m * n)
        if blocks and self._eight:
            # Both inputs are read for their scale, and once more to be written in eight bits; edges cost the time that they
            # cost in sixteen.
            computed = flop / self._eight + flop / self._sixteen * edge
            return max(computed, self.moved(size)) + self.moved((2 * HALF + 1) * (m * k + k * n))
        return max(flop / self._sixteen * (1 + edge), self.moved(size))

    def attention(
        self, rows: float, heads: float, queries: float, keys: float, width: float
    ) -> tuple[float, float]:
        """Seconds forward and backward of comparing `queries` with `keys` tokens (one of them shared out, or equal), under a
        causal mask, `rows` sequences and `heads` of `width` on this rank.

        Fused: two products forward, five backward (Dao 2023), of pairs that the mask leaves, slower where these are few. Else all pairs: two products
        forward, four backward, and scores read and written, 2 bytes each: softmax 4, dropout 5 with its mask; backward 6
        and 5.
        """
        pairs = rows * heads * queries * keys * self._attended
        if self._fused:
            forward = 2 * 2 * pairs / 2 * width / self._attention * (1 + SETTLED / keys)
            return forward, 2.5 * forward
        one = rows * heads * self.product(queries, keys, width)
        return 2 * one + self.moved(9 * pairs), 4 * one + self.moved(11 * pairs)

    def between(
        self, tokens: float, width: float, hidden: float, heads: float, gated: bool
    ) -> tuple[float, float]:
        """Seconds forward and backward of a block's kernels that are no products: `tokens` whole tokens of `width`, of
        which this rank has `hidden` units and `heads` numbers of queries, keys and values a token.

        Bytes of a number, forward and backward. By hand: two norms (4, 6), two residual sums with bias and dropout (7, 11),
        one pass over the hidden units (4, 6, gated 6, 10) and one over queries, keys and values (4, 4). Compiled: sums join
        the norms. Eager: norms in float32 step by step (28, 40), each operation alone.
        """
        wide, units, turned = {
            "fused": ((22, 34), (6, 10) if gated else (4, 6), (4, 4)),
            "compiled": ((16, 24), (6, 10) if gated else (4, 6), (4, 4)),
            "eager": ((68, 92), (10, 16) if gated else (8, 12), (16, 16)),
        }[self.style]
        forward = wide[0] * width + units[0] * hidden + turned[0] * heads
        backward = wide[1] * width + units[1] * hidden + turned[1] * heads
        return self.moved(tokens * forward), self.moved(tokens * backward)

    def losses(self, tokens: float, vocabulary: float) -> float:
        """Seconds of the softmax over `vocabulary` scores a token and of its gradient: bytes of a score as float32 steps read
        and write them, 46; 24 where one kernel does several."""
        return self.moved(tokens * vocabulary * (24 if self.style == "compiled" else 46))
