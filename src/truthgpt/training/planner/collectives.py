"""Bytes and ranks in, seconds out: what ranks say to each other, by where they stand.

A collective over n ranks of V bytes each gathered or scattered moves (n - 1)/n V through each rank (Thakur et al. 2005), and
an all-reduce twice that. Where ranks of a group share a node, they share the lines that leave it: a group with g ranks in each
node has g lines. A message waits its latency log2(n) times, as in a tree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from truthgpt.training.planner.machine import Machine


@dataclass(frozen=True, slots=True)
class Group:
    """`ranks` of which each stands `stride` from the next, in nodes of `node`."""

    ranks: int
    stride: int
    node: int

    @property
    def inside(self) -> int:
        """Ranks of the group in one node."""
        return max(1, min(self.ranks, self.node // self.stride))

    @property
    def local(self) -> bool:
        """Whether all stand in one node."""
        return self.inside == self.ranks


def scattered(machine: Machine, group: Group, size: float) -> float:
    """Seconds of an all-gather to, or a reduce-scatter from, `size` bytes a rank."""
    if group.ranks == 1:
        return 0.0
    speed, latency = _line(machine, group)
    return (group.ranks - 1) / group.ranks * size / speed + latency * math.log2(group.ranks)


def reduced(machine: Machine, group: Group, size: float) -> float:
    """Seconds of an all-reduce of `size` bytes a rank."""
    return 2 * scattered(machine, group, size)


def exchanged(machine: Machine, group: Group, size: float) -> float:
    """Seconds of an all-to-all in which each rank sends `size` bytes, evenly to all: those inside a node by its links, the
    others by its own line, at once."""
    if group.ranks == 1:
        return 0.0
    link, latency = machine.node.bandwidth * machine.reached.link, machine.node.latency
    inside = (group.inside - 1) / group.ranks * size / link
    if group.local:
        return inside + latency * math.log2(group.ranks)
    line = machine.network.bandwidth * machine.reached.network
    outside = (group.ranks - group.inside) / group.ranks * size / line
    return max(inside, outside) + machine.network.latency * math.log2(group.ranks)


def sent(machine: Machine, group: Group, size: float) -> float:
    """Seconds to send `size` bytes to the next rank of the group."""
    if group.ranks == 1:
        return 0.0
    speed, latency = _line(machine, Group(2, group.stride, group.node))
    return size / speed + latency


def _line(machine: Machine, group: Group) -> tuple[float, float]:
    link = machine.node.bandwidth * machine.reached.link
    if group.local:
        return link, machine.node.latency
    lines = group.inside * machine.network.bandwidth * machine.reached.network
    return min(link, lines), machine.network.latency
