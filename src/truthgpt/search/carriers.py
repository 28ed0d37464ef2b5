"""Groups of copies among the posts found in, who carries their texts in the whole corpus out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.post import Post
from truthgpt.corpus.table import POST_COLUMNS, to_posts
from truthgpt.corpus.view import View
from truthgpt.search.candidates import Candidate
from truthgpt.search.copies import Copies
from truthgpt.search.copies import known as known_copies
from truthgpt.search.rank import Group

_NEVER = datetime.max.replace(tzinfo=UTC)
"""Where posts without a time stand: after those with one."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """The posts that carry the text of a group, or a near copy: how many, and the earliest of those that carry it and
    pass the filters."""

    count: int
    earliest: Post


def carriers_of(
    view: View, candidates: Sequence[Candidate], groups: Sequence[Group], where: str, known: Clusters
) -> list[Carriers]:
    """For each of `groups` the posts of the whole corpus that carry its text."""
    if not groups:
        return []
    posts = {candidate.row: candidate.post for candidate in candidates}
    keys = {key for found in groups for key in found.keys}
    copies = known_copies(view) or Copies.found(view, keys)
    everywhere = {key: rows for key in keys if (rows := copies.of(key))}
    unseen = {key for key, rows in everywhere.items() if not posts.keys() >= set(rows)}
    if where and unseen:
        copies = Copies.found(view, unseen, where)
    earliest = {key: rows[0] for key in unseen if (rows := copies.of(key))}
    absent = [row for row in earliest.values() if row not in posts]
    if absent:
        taken = view.take(absent, POST_COLUMNS)
        posts.update(zip(absent, to_posts(taken), strict=True))
    leaders = [leader for found in groups for leader in found.leaders]
    clustered = dict(zip(leaders, known.counts_of(np.array(leaders, np.int64)).tolist(), strict=True))
    result: list[Carriers] = []
    for found in groups:
        rows = [candidates[member].row for member in found.members]
        rows += [earliest[key] for key in found.keys if key in earliest]
        first = min(rows, key=lambda row: (posts[row].created_at or _NEVER, row))
        exact = sum(len(everywhere.get(key, (0,))) for key in found.keys)
        near = sum(clustered[leader] for leader in found.leaders)
        result.append(Carriers(max(exact, near), posts[first]))
    return result
