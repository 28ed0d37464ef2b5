"""Signatures estimate similarity, keys meet where the formula says, and neither ever changes: they are stored."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import pyarrow as pa
import pytest
from daft import col
from daft.recordbatch import RecordBatch

from truthgpt.corpus.near import columns
from truthgpt.corpus.near.signature import KEYS, MINIMA, ROWS, SIZE, keys, signatures
from truthgpt.corpus.near.words import of_lists, words

VOCABULARY = [f"word{letter}{other}" for letter in "abcdefghijklmnop" for other in "abcdefghijklmnopqrstuvw"]


def text(rng: random.Random, length: int) -> str:
    return " ".join(rng.choices(VOCABULARY, k=length))


def shingles(given: str) -> set[tuple[str, ...]]:
    padded = ["", *given.split(), ""]
    return set(zip(padded, padded[1:], padded[2:], strict=False))


@pytest.mark.parametrize("length", [12, 120])
def test_shared_minima_estimate_the_jaccard_similarity(length: int) -> None:
    rng = random.Random(1)
    errors, true = [], []
    for _ in range(300):
        one = text(rng, length)
        cut = rng.randint(length // 3, length)
        other = " ".join(one.split()[:cut]) + " " + text(rng, length - cut)
        signed = signatures(words([one, other]))
        exact = len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))
        errors.append((signed[0, :MINIMA] == signed[1, :MINIMA]).mean() - exact)
        true.append(exact)
    variance = np.mean([value * (1 - value) / MINIMA for value in true])
    assert abs(np.mean(errors)) < 0.01  # no bias
    assert np.mean(np.square(errors)) < 1.5 * variance  # the values are as good as independent


def test_opening_and_closing_stay_where_a_text_is_cut_or_quoted() -> None:
    rng = random.Random(2)
    whole = text(rng, 60)
    cut, quoted = " ".join(whole.split()[:12]), text(rng, 30) + " " + whole
    found = keys(signatures(words([whole, cut, quoted, "too short"])))
    assert found[0, 1] == found[1, 1] != found[2, 1]
    assert found[0, 2] == found[2, 2] != found[1, 2]
    assert found[3, 1] == found[3, 2] == 0
    assert (found[3, 3:] != 0).all()


def test_a_text_without_words_has_no_key() -> None:
    assert not keys(signatures(words(["", " \n"]))).any()


def test_expressions_are_the_functions_over_columns() -> None:
    texts = [
        "The bridge is closed for repairs until spring, says the council",
        "地铁票价下个月上涨",
        "",
        None,
    ]
    batch = RecordBatch.from_arrow_table(pa.table({"text": pa.array(texts, pa.string())}))
    told = batch.eval_expression_list([columns.words(col("text")).alias("words")])
    banded = told.eval_expression_list([columns.bands(col("words")).alias("keys")]).to_arrow_table()
    expected = words(pa.array(texts, pa.string()))
    lists = told.to_arrow_table()["words"]
    found = of_lists(lists)
    assert found.flat.tolist() == expected.flat.tolist()
    assert found.offsets.tolist() == expected.offsets.tolist()
    assert of_lists(lists.slice(1, 2)).flat.tolist() == words([texts[1] or "", ""]).flat.tolist()
    stored = banded["keys"].combine_chunks()
    assert stored.flatten().to_numpy().reshape(-1, KEYS).tolist() == keys(signatures(expected)).tolist()


def test_stored_keys_stay_what_they_are() -> None:
    # Whoever changes this changes what every stored corpus was compared by: its keys have to be made anew.
    texts = ["RT @ana: The Bridge is not closed until 14 May!", "地铁票价下个月上涨", "Ação e reação", "🙂"]
    digest = hashlib.sha256(keys(signatures(words(texts))).astype("<u8").tobytes()).hexdigest()
    assert digest[:16] == "590f49e69fd4b782"


def test_a_band_is_a_key_of_its_values_and_place() -> None:
    signed = np.zeros((2, SIZE), np.uint32)
    signed[:, -1] = 1
    signed[1, :ROWS] = 7
    found = keys(signed)
    assert (found[0] != found[1]).tolist() == [False, False, False, True, *[False] * (KEYS - 4)]
    assert len(set(found[0, 3:].tolist())) == KEYS - 3
