"""A batch hangs on nothing but what it is asked for: resumed runs and any number of ranks read the same rows."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from training_posts import VOCABULARY, made_shards

from truthgpt.errors import BadInputError
from truthgpt.training.data.loader import Batch, Loader
from truthgpt.training.data.mixture import Data, Mixture, copies
from truthgpt.training.data.shards import ShardSet
from truthgpt.training.data.splits import TRAIN

LENGTHS = [int(length) for length in np.random.default_rng(3).integers(1, 40, 200)]
COMMUNITIES = [number % 2 for number in range(200)]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> ShardSet:
    """200 documents in several files."""
    folder = tmp_path_factory.mktemp("shards")
    return made_shards(folder, LENGTHS, communities=COMMUNITIES, tokens_of_a_file=600)


def stream(shards: ShardSet, order: list[int]) -> list[int]:
    split = shards.split(TRAIN)
    return [token for document in order for token in split.tokens(document).tolist()]


def epoch(loader: Loader, number: int = 0) -> list[int]:
    """The tokens of an epoch's rows, read one row a step."""
    first = sum(loader.rows_of(before) for before in range(number))
    rows = [loader.batch(first + row).tokens[0].tolist() for row in range(loader.rows_of(number))]
    for one, next_one in pairwise(rows):
        assert one[-1] == next_one[0]
    return [token for row in rows for token in row[:-1]] + rows[-1][-1:]


def digest(batches: list[Batch]) -> str:
    hashed = hashlib.sha256()
    for batch in batches:
        hashed.update(batch.tokens.tobytes())
        hashed.update(batch.documents.tobytes())
    return hashed.hexdigest()


def joined(parts: list[Batch]) -> Batch:
    return Batch(
        np.concatenate([part.tokens for part in parts]), np.concatenate([part.documents for part in parts])
    )


@given(
    cuts=st.lists(st.integers(1, 11), unique=True),
    step=st.integers(0, 60),
    length=st.integers(1, 50),
    seed=st.integers(0, 2**64),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_the_rows_are_shared_out_they_are_the_same(
    shards: ShardSet, cuts: list[int], step: int, length: int, seed: int
) -> None:
    whole = Loader(shards, TRAIN, length, 12, seed).batch(step)
    bounds = [0, *sorted(cuts), 12]
    loader = Loader(shards, TRAIN, length, 12, seed)
    parts = [loader.batch(step, first, stop) for first, stop in pairwise(bounds)]
    assert digest([joined(parts)]) == digest([whole])


@pytest.mark.parametrize("mixture", [Mixture(), Mixture({"a": 0.3, "b": 1.7})])
def test_a_run_that_is_cut_and_resumed_at_other_ranks_reads_what_an_undisturbed_one_reads(
    shards: ShardSet, mixture: Mixture
) -> None:
    undisturbed = list(islice(Loader(shards, TRAIN, 16, 8, 5, mixture).ahead(0), 90))
    loader = Loader(shards, TRAIN, 16, 8, 5, mixture)
    # It ends in the third epoch.
    assert loader.rows_of(0) + loader.rows_of(1) < 90 * 8 <= sum(map(loader.rows_of, range(3)))
    cut: list[Batch] = []
    for first, last, ranks in ((0, 31, 2), (31, 33, 8), (33, 90, 4)):
        loaders = [Loader(ShardSet.open(shards.folder), TRAIN, 16, 8, 5, mixture) for _ in range(ranks)]
        each = [
            islice(loader.ahead(first, 8 * rank // ranks, 8 * (rank + 1) // ranks), last - first)
            for rank, loader in enumerate(loaders)
        ]
        cut += [joined(list(parts)) for parts in zip(*each, strict=True)]
    assert digest(cut) == digest(undisturbed)
    assert digest(undisturbed[:45]) != digest(undisturbed[45:])


def test_an_epoch_is_every_document_once_packed_one_behind_the_other(shards: ShardSet) -> None:
    loader = Loader(shards, TRAIN, 16, 1, 7)
    total = sum(LENGTHS)
    assert loader.rows_of(0) == (total - 1) // 16
    split = shards.split(TRAIN)
    orders = []
    for number in (0, 1):
        found = epoch(loader, number)
        assert len(found) == loader.rows_of(0) * 16 + 1
        order = loader._drawn(number).order.tolist()
        assert sorted(order) == list(range(200))
        assert found == stream(shards, order)[: len(found)]
        orders.append(order)
    assert orders[0] != orders[1]
    assert Loader(shards, TRAIN, 16, 1, 8)._drawn(0).order.tolist() not in orders
    assert len(split.files) > 3


@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=30),
    length=st.integers(1, 40),
    rows=st.integers(1, 9),
)
@settings(max_examples=25)
def test_tokens_and_document_numbers_are_those_of_a_plain_reckoning(
    lengths: list[int], length: int, rows: int
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        shards = made_shards(Path(name), lengths, tokens_of_a_file=37)
        if sum(lengths) < length + 1:
            with pytest.raises(BadInputError, match="fewer than"):
                Loader(shards, TRAIN, length, rows, 1)
            return
        loader = Loader(shards, TRAIN, length, rows, 1)
        plain: list[tuple[list[int], list[int]]] = []
        number = 0
        while len(plain) < 3 * rows:
            order = loader._drawn(number).order.tolist()
            tokens = stream(shards, order)
            owner = [place for place, document in enumerate(order) for _ in range(lengths[document])]
            for row in range((len(tokens) - 1) // length):
                its = owner[row * length : (row + 1) * length]
                plain.append((tokens[row * length : (row + 1) * length + 1], [one - its[0] for one in its]))
            number += 1
        for step in range(3):
            batch = loader.batch(step)
            assert batch.tokens.shape == (rows, length + 1)
            for row in range(rows):
                assert batch.tokens[row].tolist() == plain[step * rows + row][0]
                assert batch.documents[row].tolist() == plain[step * rows + row][1]


def test_weights_say_how_often_a_document_is_read(shards: ShardSet) -> None:
    loader = Loader(shards, TRAIN, 16, 1, 3, Mixture({"a": 2.0, "b": 0.0}))
    counts = Counter(loader._drawn(0).order.tolist())
    assert counts == {document: 2 for document in range(200) if COMMUNITIES[document] == 0}


@given(
    weight=st.floats(0, 5), first=st.integers(0, 1_000), count=st.integers(1, 30), seed=st.integers(0, 2**64)
)
@settings(max_examples=100)
def test_over_epochs_a_document_is_read_as_its_weight_says_give_or_take_one(
    weight: float, first: int, count: int, seed: int
) -> None:
    keys, weights = np.arange(500) * 7_919, np.full(500, weight)
    read = sum(copies(weights, keys, seed, number) for number in range(first, first + count))
    assert np.abs(read - weight * count).max() < 1 + 1e-6


def test_shares_of_a_mixture_are_near_those_asked_for(shards: ShardSet) -> None:
    """In one epoch too: documents are rounded up and down independently."""
    loader = Loader(shards, TRAIN, 16, 1, 3, Mixture({"a": 0.5}))
    counts = Counter(COMMUNITIES[document] for document in loader._drawn(0).order.tolist())
    assert counts[1] == 100
    assert 30 < counts[0] < 70
    other = Loader(shards, TRAIN, 16, 1, 3, Mixture({"a": 0.5}))._drawn(1).order.tolist()
    assert sorted(set(other) | set(loader._drawn(0).order.tolist())) == list(range(200))


def test_weights_of_community_and_language_multiply(shards: ShardSet) -> None:
    weights = Mixture({"b": 3}, {"en": 0.5}).weights(shards, shards.split(TRAIN))
    assert weights[:2].tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("mixture", "message"),
    [
        ({"communities": {"c": 1.0}}, "no document is of community 'c'; there are a, b"),
        ({"languages": {"xx": 1.0}}, "no document is of language 'xx'; there are en"),
        ({"communities": {"a": -1.0}}, "the weight of community 'a' is -1.0"),
        ({"communities": {"a": float("nan")}}, "the weight of community 'a' is nan"),
        ({"languages": {"en": "much"}}, "it is a number"),
        ({"languages": {"en": 1e9}}, "it is from 0 to"),
        ({"languages": {"en": 0}}, "has 0 tokens to read in an epoch"),
    ],
)
def test_a_mixture_that_makes_no_sense_is_told(
    shards: ShardSet, mixture: dict[str, dict[str, float]], message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        Loader(shards, TRAIN, 16, 1, 3, Data(**mixture).mixture)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"validation": 0.7}, {"validation": -0.1}, {"validation_documents": -1}])
def test_a_split_that_makes_no_sense_is_told(options: dict[str, float]) -> None:
    with pytest.raises(BadInputError, match="validation"):
        Data(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("step", "start", "stop"), [(-1, 0, 1), (0, 2, 2), (0, 0, 5), (0, -1, 2)])
def test_rows_that_are_not_there_are_told(shards: ShardSet, step: int, start: int, stop: int) -> None:
    with pytest.raises(BadInputError, match="has no rows"):
        Loader(shards, TRAIN, 16, 4, 3).batch(step, start, stop)
    with pytest.raises(BadInputError, match="both are at least 1"):
        Loader(shards, TRAIN, 0, 4, 3)
    with pytest.raises(BadInputError, match="has no split 'test'; there are train"):
        Loader(shards, "test", 16, 4, 3)


def test_a_token_that_the_vocabulary_has_not_names_its_file(tmp_path: Path) -> None:
    shards = made_shards(tmp_path, [20, 20, 20], tokens_of_a_file=20)
    path = tmp_path / shards.manifest.splits[TRAIN].tokens[1].name
    tokens = np.fromfile(path, "<u2")
    tokens[4] = VOCABULARY
    tokens.tofile(path)
    loader = Loader(ShardSet.open(tmp_path), TRAIN, 59, 1, 1)
    with pytest.raises(BadInputError, match=f"{path.name} holds token 1,000 of a vocabulary of 1,000"):
        loader.batch(0)
    with pytest.raises(BadInputError, match="holds token"):
        next(loader.ahead(0))


def test_batches_ahead_end_with_who_reads_them(shards: ShardSet) -> None:
    before = threading.active_count()
    batches = Loader(shards, TRAIN, 16, 4, 3).ahead(7)
    assert digest([next(batches), next(batches)]) == digest(
        [Loader(shards, TRAIN, 16, 4, 3).batch(step) for step in (7, 8)]
    )
    batches.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_threads_may_share_a_loader(shards: ShardSet) -> None:
    loader, plain = Loader(shards, TRAIN, 16, 8, 3), Loader(shards, TRAIN, 16, 8, 3)
    found: dict[int, Batch] = {}

    def work(first: int) -> None:
        for step in range(first, 80, 4):
            found[step] = loader.batch(step)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert digest([found[step] for step in range(80)]) == digest([plain.batch(step) for step in range(80)])


def test_the_stream_is_the_same_for_ever(shards: ShardSet) -> None:
    """A run of today is resumed by the code of tomorrow: whoever changes this changes what such a run reads."""
    batches = [
        Loader(shards, TRAIN, 16, 8, 5, Mixture({"a": 0.3, "b": 1.7})).batch(step) for step in range(20)
    ]
    assert digest(batches) == "3a4b43c8448ce7a6b027d7bc376ac27e9c0420031ddc74f51474d5f0216b44ed"
