"""Labels that sources gave to items come in; how far each source is to be trusted, and what each item is, goes out.

    labels = Labels.from_rows([("post 1", "ann", "true"), ("post 1", "bob", "false"), ("post 2", "ann", "true")])
    model = DawidSkene().fit(labels)
    model.predict()  # a label for each of labels.item_names

No truth is needed: sources are judged by each other. Imports `corpus` and `errors`.
"""

from truthgpt.truth.reliability.bridging import Bridging
from truthgpt.truth.reliability.dawid_skene import DawidSkene, OneCoinDawidSkene
from truthgpt.truth.reliability.glad import GLAD
from truthgpt.truth.reliability.labels import Labels
from truthgpt.truth.reliability.majority import MajorityVote

__all__ = ["GLAD", "Bridging", "DawidSkene", "Labels", "MajorityVote", "OneCoinDawidSkene"]
