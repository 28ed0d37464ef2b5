"""Posts and what they answer in; out, conversations: each begins with what answers nothing, replies follow depth first.

What exports say need be no tree: a reply to a post that is not there belongs to the conversation of that post, of which
others may be there; of posts that answer each other in a circle, the earliest begins. Each post is in one conversation,
once. Time grows with the number of posts, and memory too: about 60 bytes each while this runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.compiled import compiled
from truthgpt.corpus.key import Keys

Places: TypeAlias = npt.NDArray[np.int64]
Marks: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Conversations:
    """Conversations in the order of their keys.

    posts    (m,) places of posts, conversation behind conversation, in the order of reading
    replies  (m,) whether the post answers another one, be that one here or not
    starts   (c + 1,) where in `posts` each conversation begins, and where the last one ends
    keys     (c,) key of the post that began it, rising: the same whether that post is there or gone
    """

    posts: Places
    replies: Marks
    starts: Places
    keys: Keys


def conversations(keys: Keys, times: Places, answers: Marks, answered: Keys, kept: Marks) -> Conversations:
    """The conversations of posts with these `keys` (n,), no two alike, and `times` (n,), of whatever unit.

    Where `answers`, a post answers the one whose key stands in `answered`. Posts that are not `kept` hold conversations
    together, but are no part of them. The result hangs on the set of posts alone, not on their order.
    """
    order = np.lexsort((keys, times))
    parents, named = _parents(keys[order], answers[order], answered[order])
    _cut_circles(parents)
    roots = np.flatnonzero(parents < 0)
    roots = roots[np.argsort(named[roots], kind="stable")]
    posts, replies, starts = _in_order(parents, roots, kept[order])
    there = starts[1:] > starts[:-1]
    starts = np.concatenate([starts[:1], starts[1:][there]])
    return Conversations(order[posts], replies, starts, named[roots][there])


def _parents(keys: Keys, answers: Marks, answered: Keys) -> tuple[Places, Keys]:
    """For each post the place of the one it answers, -1 where there is none; and the keys of all, of which those that are
    answered and not there stand last."""
    wanted = answered[answers]
    by_key = np.argsort(keys)
    found = by_key[np.minimum(np.searchsorted(keys, wanted, sorter=by_key), len(keys) - 1)]
    absent = keys[found] != wanted
    missing, numbers = np.unique(wanted[absent], return_inverse=True)
    found[absent] = len(keys) + numbers
    parents = np.full(len(keys) + len(missing), -1, np.int64)
    parents[np.flatnonzero(answers)] = found
    return parents, np.concatenate([keys, missing])


@compiled
def _cut_circles(parents: Places) -> None:
    """Let the first of each circle answer nothing."""
    walked = np.full(len(parents), -1, np.int64)
    for begin in range(len(parents)):
        at = begin
        while at >= 0 and walked[at] < 0:
            walked[at] = begin
            at = parents[at]
        if at >= 0 and walked[at] == begin:  # the walk came back to itself
            first, on = at, parents[at]
            while on != at:
                first = min(first, on)
                on = parents[on]
            parents[first] = -1


@compiled
def _in_order(parents: Places, roots: Places, kept: Marks) -> tuple[Places, Marks, Places]:
    """The kept posts below each of `roots`, depth first, answers to one post in their order."""
    child, sibling = np.full(len(parents), -1, np.int64), np.full(len(parents), -1, np.int64)
    for post in range(len(parents) - 1, -1, -1):
        above = parents[post]
        if above >= 0:
            sibling[post] = child[above]
            child[above] = post
    posts, replies = np.empty(len(kept), np.int64), np.empty(len(kept), np.bool_)
    starts = np.zeros(len(roots) + 1, np.int64)
    used = 0
    for number in range(len(roots)):
        root = roots[number]
        at = root
        while True:
            if at < len(kept) and kept[at]:
                posts[used], replies[used] = at, at != root
                used += 1
            if child[at] >= 0:
                at = child[at]
                continue
            while at != root and sibling[at] < 0:
                at = parents[at]
            if at == root:
                break
            at = sibling[at]
        starts[number + 1] = used
    return posts[:used], replies[:used], starts
