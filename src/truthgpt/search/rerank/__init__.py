"""The best posts of a fusion in, the same in a better order out.

features    what is known of a post and a query: its scores and ranks, and how its words meet the query's
signals     what is known of a post beside its words: age, engagement, copies, the author's record
trees       gradient boosted trees over these, learned from judged queries (`scripts/train_ranker.py`) or from clicks (`search.learning`)
"""

from truthgpt.search.rerank.features import FEATURES, Asked, Scored, features
from truthgpt.search.rerank.signals import SIGNALS, Standing, signals
from truthgpt.search.rerank.trees import EVERY, FOLDER, Trees, ranker

__all__ = [
    "EVERY",
    "FEATURES",
    "FOLDER",
    "SIGNALS",
    "Asked",
    "Scored",
    "Standing",
    "Trees",
    "features",
    "ranker",
    "signals",
]
