"""The best posts of a fusion in, the same in a better order out.

features    what is known of a post and a query: its scores and ranks, and how its words meet the query's
trees       gradient boosted trees over these, learned from judged queries (`scripts/train_ranker.py`)
"""

from truthgpt.search.rerank.features import FEATURES, Asked, Scored, features
from truthgpt.search.rerank.trees import FOLDER, Trees, ranker

__all__ = ["FEATURES", "FOLDER", "Asked", "Scored", "Trees", "features", "ranker"]
