"""Anderson's acceleration of an iteration towards its fixed point.

D. G. Anderson, "Iterative procedures for nonlinear integral equations", 1965; H. F. Walker and P. Ni, "Anderson acceleration
for fixed-point iterations", 2011. The next point is the mixture of the last few, as the iteration left them, whose step would
be smallest.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

REMEMBERED = 8
"""Points that are mixed."""
_SMALLEST = 1e-24


class Memory:
    """The last points: where the iteration took each, and how far (type II)."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._taken: list[Floats] = []
        self._steps: list[Floats] = []
        self._products = np.zeros((0, 0))
        """Of each two steps."""

    def mixed(self, point: Floats, taken: Floats) -> Floats:
        """The next point, after `point` was taken to `taken`; that itself while there is nothing to mix."""
        self._taken.append(taken)
        self._steps.append(taken - point)
        row = [float((self._steps[-1] * step).sum()) for step in self._steps]
        self._products = np.block([[self._products, np.array([row[:-1]]).T], [np.array([row])]])
        del self._taken[:-REMEMBERED], self._steps[:-REMEMBERED]
        self._products = self._products[-REMEMBERED:, -REMEMBERED:]
        if len(self._steps) < 3:
            return taken
        # Of the steps less the last one, which the shares make as small as can be.
        last = self._products[-1]
        inner = (self._products - last[:, None] - last[None, :] + last[-1])[:-1, :-1]
        inner[np.diag_indices_from(inner)] += 1e-10 * np.trace(inner) + _SMALLEST
        shares = np.linalg.solve(inner, last[-1] - last[:-1])
        mixed = taken * (1.0 - shares.sum())
        for share, other in zip(shares, self._taken[:-1], strict=True):
            mixed += share * other
        return np.asarray(mixed)
