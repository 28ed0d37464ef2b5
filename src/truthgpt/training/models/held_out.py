"""The corpus's validation side as texts: documents that training with the same share never read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.training.data.documents import documents
from truthgpt.training.data.mixture import Data
from truthgpt.training.data.splits import in_validation
from truthgpt.training.models.evaluation import Text


@contextmanager
def held_out(store: Store, share: float, least: int) -> Iterator[Iterator[Text]]:
    """The documents of the newest version of `store` that are in the validation split where it has this `share` and `least` documents at the
    least (`Data`), masked as they are for training. Of two shares the smaller one's are among the larger one's.

    Raises `BadInputError` where there is none, and what `documents` raises.
    """
    Data(validation=share, validation_documents=least)  # says what is wrong with them
    with TemporaryDirectory() as scratch, documents(store, Path(scratch)) as found:
        chosen = np.flatnonzero(in_validation(found.keys, share, least))
        if not len(chosen):
            raise BadInputError(f"no conversation is held out with a share of {share}; give a larger one")
        yield (Text(each.text, each.community, each.language) for each in found.read(chosen))
