"""What is wanted in, posts of one version of the store out, best first, copies of one text together.

The rankings by words and by vector are joined by reciprocal rank fusion, and the best of them ranked again. After the posts
that rank come the latest, where all that meet what is wanted are.

Posts come in rounds, each of twice as many as the round before it and without the copies of what came. What a round gives
hangs on the rounds before it alone, and not on how many posts are asked for: so the first ten of twenty are the ten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from truthgpt.corpus.authors import Authors
from truthgpt.corpus.clusters import Clusters
from truthgpt.corpus.view import View
from truthgpt.search import stages
from truthgpt.search.candidates import Candidate, read, reranked, rows_of, standings_of
from truthgpt.search.carriers import Carriers, carriers_of
from truthgpt.search.filters import conjunction
from truthgpt.search.rank import Group, fuse, group
from truthgpt.search.rerank import Asked, Trees, ranker
from truthgpt.search.rerank.features import Floats
from truthgpt.search.stages import Wanted

_READ = 1.5
"""Posts read for each hit asked for, so that copies among them can be joined."""
_ROUNDS = 6
"""Of one kind; the last gives 32 times as many as the first."""
WEIGHTS = 1.0, 0.6
"""Of the ranking by words and of that by vectors, which are less exact."""
RERANKED = 20
"""The best posts of a round, which are ranked again by what their terms have of the words."""


@dataclass(frozen=True, slots=True)
class Found:
    """`candidates` that were read; `groups` of copies among them, best first; who else carries the texts of each group, where
    that was asked for; of which `version` of the store they are, and whether there are `more`."""

    candidates: list[Candidate]
    groups: list[Group]
    carriers: list[Carriers]
    version: int
    more: bool


def gather(
    view: View,
    wanted: Wanted,
    limit: int,
    known: Clusters | None,
    offset: int = 0,
    trees: Trees | None = None,
    authors: Authors | None = None,
) -> Found:
    """Posts that are `wanted`, in at most `limit` groups of copies, without the first `offset` of these; where no clusters are
    `known` each post is a group. `trees` rank them, those that ship where there are none, by what is known of `authors` too."""
    end = offset + limit
    search = _Search(view, wanted, known, end + 1, trees or ranker(), authors)
    if limit and wanted.query.text.strip():
        search.fill(search.ranked)
    if limit and wanted.all_that_hold:
        search.fill(search.latest)
    candidates, shown = search.candidates, search.groups[offset:end]
    where = conjunction(wanted.where, wanted.text_where)
    carriers = [] if known is None else carriers_of(view, candidates, shown, where, known)
    return Found(candidates, shown, carriers, view.version, len(search.groups) > end)


@dataclass(frozen=True, slots=True)
class Contest:
    """The posts that are ranked again for one query, as fusion has them, best first, and what the ranker knows of each: `rows`, one
    (n, len(EVERY)) for the text itself and each translation."""

    candidates: list[Candidate]
    rows: list[Floats]

    def fused(self) -> npt.NDArray[np.float64]:
        """Their scores by fusion (n,)."""
        return np.array([candidate.score for candidate in self.candidates])


def contest(view: View, wanted: Wanted, known: Clusters, authors: Authors) -> Contest:
    """What `gather` ranks again in its first round."""
    found = stages.best(view, wanted, wanted.where, 0)
    ranking = fuse([list(found.words), list(found.near)], WEIGHTS)[:RERANKED]
    best = read(view, ranking, found.words, found.near, terms=_terms(wanted))
    standings = standings_of(best, known, authors)
    return Contest(best, [rows_of(one, best, standings) for one in _asked(wanted)] if best else [])


def _asked(wanted: Wanted) -> list[Asked]:
    return [Asked(query) for query in (wanted.query, wanted.english) if query.text]


def _terms(wanted: Wanted) -> tuple[str, ...]:
    return ("terms", "grams") if wanted.query.grams else ("terms",)


_Round: TypeAlias = Callable[[str, int], bool]
"""Takes the posts for which a condition (SQL) holds, of the round of this number, from 0; whether there are no others."""


class _Search:
    """The posts that were found so far, best first, until they are of `enough` groups."""

    def __init__(
        self,
        view: View,
        wanted: Wanted,
        known: Clusters | None,
        enough: int,
        trees: Trees,
        authors: Authors | None,
    ) -> None:
        self.candidates: list[Candidate] = []
        self.groups: list[Group] = []
        self._view = view
        self._wanted = wanted
        self._known = known
        self._enough = enough
        self._trees = trees
        self._authors = authors
        self._spelled: bool | None = None

    def fill(self, taken: _Round) -> None:
        for number in range(_ROUNDS):
            if len(self.groups) >= self._enough or taken(self._unseen(), number):
                break

    def ranked(self, condition: str, number: int) -> bool:
        found = stages.best(self._view, self._wanted, condition, number, self._spelled)
        self._spelled = found.spelled
        ranking = fuse([list(found.words), list(found.near)], WEIGHTS)
        # Below those of the rounds before.
        least = self.candidates[-1].score if self.candidates else math.inf
        scale = min(1.0, least / ranking[0][1]) if ranking else 1.0
        ranking = [(row, scale * score) for row, score in ranking]
        rankings = found.words, found.near, len(self.candidates)
        best = read(self._view, ranking[:RERANKED], *rankings, _terms(self._wanted))
        standings = standings_of(best, self._known, self._authors) if self._trees.wants_signals else []
        self._add(reranked(_asked(self._wanted), best, self._trees, standings))
        self._take(ranking[RERANKED:], *rankings)
        return found.exhausted

    def latest(self, condition: str, number: int) -> bool:
        rows, exhausted = stages.latest(self._view, self._wanted, condition, number)
        self._take([(row, 0.0) for row in rows], {}, {}, 0)
        return exhausted

    def _take(
        self,
        ranked: Sequence[tuple[int, float]],
        words: Mapping[int, float],
        near: Mapping[int, float],
        before: int,
    ) -> None:
        """Read the posts of `ranked`, rows and scores, as far as they are needed."""
        while ranked and len(self.groups) < self._enough:
            some = math.ceil(_READ * (self._enough - len(self.groups)))
            part, ranked = ranked[:some], ranked[some:]
            self._add(read(self._view, part, words, near, before))

    def _add(self, found: Sequence[Candidate]) -> None:
        self.candidates += found
        self.groups = self._grouped()

    def _unseen(self) -> str:
        """The condition that a post is wanted and no copy of one that was found."""
        column = "id_key" if self._known is None else "copy_key"
        seen = {found.id_key if self._known is None else found.key for found in self.candidates}
        others = f"{column} NOT IN ({', '.join(map(str, sorted(seen)))})" if seen else ""
        return conjunction(self._wanted.where, others)

    def _grouped(self) -> list[Group]:
        if self._known is None:
            return [Group([place], set(), set()) for place in range(len(self.candidates))]
        keys = np.array([candidate.id_key for candidate in self.candidates], np.int64)
        leaders = self._known.leaders_of(keys).tolist()
        return group(zip((candidate.key for candidate in self.candidates), leaders, strict=True))
