"""An encoder as an OpenVINO graph: a BERT of width 384, from weights of eight bits, with heads or as vectors.

Architecture: Devlin et al. 2019. Every matrix is kept as int8 with one scale a row, and is made whole where it is used;
the first token's state and the mean of all make the input of the heads; a text's vector is the mean, made a unit long (Reimers and
Gurevych 2019). `scripts/verifier_network.py` is its twin in torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as op

HEADS, WIDTH, EPSILON = 12, 384, 1e-12

Weights = Mapping[str, npt.NDArray[Any]]
"""By the names of the torch twin; of a quantised matrix `NAME` is int8 and `NAME.scale` has one float32 a row."""


def build(weights: Weights, heads: Sequence[str]) -> ov.Model:
    """Inputs `ids`, `segments` (int32) and `mask` (float32), all (batch, tokens); output (batch, n) float32 logits, those of each head
    in turn, or without heads (batch, 384) vectors of length 1."""
    return _Graph(weights).model(heads)


class _Graph:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def model(self, heads: Sequence[str]) -> ov.Model:
        ids = op.parameter([-1, -1], np.int32, name="ids")
        segments = op.parameter([-1, -1], np.int32, name="segments")
        mask = op.parameter([-1, -1], np.float32, name="mask")
        tokens = op.gather(op.shape_of(ids), op.constant(1), op.constant(0))
        positions = op.range(op.constant(0, np.int64), tokens, op.constant(1, np.int64), "i64")
        x = op.add(
            op.add(self._rows("tokens.weight", ids), self._rows("segments.weight", segments)),
            self._rows("positions.weight", positions),
        )
        x = self._norm("norm", x)
        # 0 where a token is looked at, far below 0 where it is padding: (batch, 1, 1, tokens)
        hidden = op.multiply(op.subtract(mask, op.constant(1.0, np.float32)), op.constant(1e4, np.float32))
        hidden = op.unsqueeze(hidden, op.constant([1, 2]))
        layers = {name.split(".")[1] for name in self._weights if name.startswith("layers.")}
        for number in range(len(layers)):
            x = self._layer(f"layers.{number}", x, hidden)
        mean = self._mean(x, mask)
        if not heads:
            length = op.sqrt(op.reduce_sum(op.multiply(mean, mean), op.constant([1]), True))
            return ov.Model([op.divide(mean, length)], [ids, segments, mask], "encoder")
        pooled = op.concat([self._first(x), mean], 1)  # (batch, 768)
        logits = op.concat([self._linear(head, pooled) for head in heads], 1)
        return ov.Model([logits], [ids, segments, mask], "cross_encoder")

    def _layer(self, name: str, x: ov.Node, hidden: ov.Node) -> ov.Node:
        shape = op.constant([0, 0, 3, HEADS, WIDTH // HEADS])
        states = op.reshape(self._linear(f"{name}.qkv", x), shape, True)
        states = op.transpose(states, op.constant([2, 0, 3, 1, 4]))  # (3, batch, heads, tokens, 32)
        q, k, v = (op.gather(states, op.constant(part), op.constant(0)) for part in range(3))
        scores = op.matmul(op.multiply(q, op.constant((WIDTH // HEADS) ** -0.5, np.float32)), k, False, True)
        context = op.matmul(op.softmax(op.add(scores, hidden), 3), v, False, False)
        context = op.transpose(context, op.constant([0, 2, 1, 3]))
        context = op.reshape(context, op.constant([0, 0, WIDTH]), True)
        x = self._norm(f"{name}.norm1", op.add(x, self._linear(f"{name}.out", context)))
        inner = op.gelu(self._linear(f"{name}.up", x), "ERF")
        return self._norm(f"{name}.norm2", op.add(x, self._linear(f"{name}.down", inner)))

    def _first(self, x: ov.Node) -> ov.Node:
        return op.gather(x, op.constant(0), op.constant(1))

    def _mean(self, x: ov.Node, mask: ov.Node) -> ov.Node:
        weights = op.unsqueeze(mask, op.constant(2))
        total = op.reduce_sum(op.multiply(x, weights), op.constant([1]))
        return op.divide(total, op.reduce_sum(weights, op.constant([1])))

    def _rows(self, name: str, rows: ov.Node) -> ov.Node:
        found = op.convert(op.gather(op.constant(self._weights[name]), rows, op.constant(0)), "f32")
        scales = op.gather(op.constant(self._weights[f"{name}.scale"][:, None]), rows, op.constant(0))
        return op.multiply(found, scales)

    def _linear(self, name: str, x: ov.Node) -> ov.Node:
        matrix = op.convert(op.constant(self._weights[f"{name}.weight"]), "f32")
        matrix = op.multiply(matrix, op.constant(self._weights[f"{name}.weight.scale"][:, None]))
        return op.add(op.matmul(x, matrix, False, True), op.constant(self._weights[f"{name}.bias"]))

    def _norm(self, name: str, x: ov.Node) -> ov.Node:
        spread = op.mvn(x, op.constant([2]), True, EPSILON, "inside_sqrt")
        scaled = op.multiply(spread, op.constant(self._weights[f"{name}.weight"]))
        return op.add(scaled, op.constant(self._weights[f"{name}.bias"]))
