"""Bits per byte count each token once, wherever a text is cut and whatever else is read beside it."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

import small_model
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import hugging_face, vocabulary
from truthgpt.language.network import Network
from truthgpt.training.models import causal
from truthgpt.training.models.causal import Own, Transformers
from truthgpt.training.models.evaluation import Text, bits_per_byte, windows
from truthgpt.training.models.intervals import ratio


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own")
    small_model.train(made, steps=40)
    return made


TEXTS = [
    Text(small_model.TEXTS[0], "harbour", "en"),
    Text(small_model.TEXTS[1], "market", "en"),
    Text("今天的面包在港口卖。" * 3, "market", "zh"),
    Text("O pão é vendido no porto.", "harbour", "pt"),
    Text(" ".join(small_model.TEXTS[:30]), "harbour", "en"),  # three times the context
]


@given(st.integers(0, 500), st.integers(1, 40))
def test_windows_count_each_token_once_and_give_half_a_context(length: int, context: int) -> None:
    found = list(windows(length, context))
    counted = [token for first, end, start in found for token in range(start, end)]
    assert counted == list(range(length))
    for number, (first, end, start) in enumerate(found):
        assert 0 < end - first <= context
        assert start - first >= (context // 2 if number else 0)
    assert all(after[0] > before[0] for before, after in pairwise(found))


def test_a_text_costs_what_the_network_gives_its_tokens(folder: Path) -> None:
    model, tokenizer, begin = causal.load(folder)
    network = hugging_face.read(folder)
    for text in TEXTS:
        ids = [begin, *tokenizer.encode(text.text).ids]
        chances = torch.zeros(len(ids) - 1, dtype=torch.float64)
        for first, end, start in windows(len(ids) - 1, 256):
            scores = network.logits(torch.tensor([ids[first:end]]))[0].double().log_softmax(-1)
            part = scores[torch.arange(end - first), torch.tensor(ids[first + 1 : end + 1])]
            chances[start:end] = part[start - first :]
        found = bits_per_byte(model, tokenizer, [text], begin)
        expected = -chances.sum().item() / math.log(2) / len(text.text.encode())
        assert found.total.bits_per_byte == pytest.approx(expected, rel=1e-5)
        assert (found.tokens, found.total.documents) == (len(ids) - 1, 1)
        assert found.total.low is None


def test_groups_add_up_and_reading_together_changes_nothing(folder: Path) -> None:
    model, tokenizer, begin = causal.load(folder)
    together = bits_per_byte(model, tokenizer, iter(TEXTS), begin)
    alone = [bits_per_byte(model, tokenizer, [text], begin).total for text in TEXTS]
    for one, text in zip(alone, TEXTS, strict=True):
        assert one.bytes == len(text.text.encode())
    weighed = sum(one.bits_per_byte * one.bytes for one in alone)
    assert together.total.bits_per_byte * together.total.bytes == pytest.approx(weighed, rel=1e-6)
    assert list(together.languages) == ["en", "zh", "pt"]  # the most bytes first
    for groups in (together.languages, together.communities):
        assert sum(score.documents for score in groups.values()) == len(TEXTS)
        assert sum(score.bits_per_byte * score.bytes for score in groups.values()) == pytest.approx(weighed)
    assert together.languages["pt"].bits_per_byte == pytest.approx(alone[3].bits_per_byte, rel=1e-5)
    low, high = together.total.low, together.total.high
    assert low is not None
    assert high is not None
    assert low <= together.total.bits_per_byte <= high
    assert bits_per_byte(model, tokenizer, TEXTS, begin) == together


def test_a_model_that_knows_nothing_takes_the_logarithm_of_its_vocabulary(folder: Path) -> None:
    network = Network(small_model.SHAPE)
    for weight in network.parameters():
        torch.nn.init.zeros_(weight)
    tokenizer = vocabulary.load(folder)
    found = bits_per_byte(Own(network), tokenizer, TEXTS, 0)
    assert found.total.bits_per_byte * found.total.bytes / found.tokens == pytest.approx(
        math.log2(384), rel=1e-6
    )
    trained, _, _ = causal.load(folder)
    assert (
        bits_per_byte(trained, tokenizer, TEXTS[:1], 0).total.bits_per_byte < 0.7 * found.total.bits_per_byte
    )


def test_any_context_foretells_each_token(folder: Path) -> None:
    model, tokenizer, begin = causal.load(folder)
    for context in (1, 2, 7, 64):
        found = bits_per_byte(model, tokenizer, TEXTS, begin, context)
        assert found.tokens == bits_per_byte(model, tokenizer, TEXTS, begin).tokens
        assert math.isfinite(found.total.bits_per_byte)
    assert model.context == 256


def test_transformers_gives_the_same_bits(folder: Path) -> None:
    model, tokenizer, begin = causal.load(folder)
    ours, theirs = (bits_per_byte(each, tokenizer, TEXTS, begin) for each in (model, Transformers(folder)))
    assert isinstance(model, Own)
    assert theirs.total.bits_per_byte == pytest.approx(ours.total.bits_per_byte, rel=1e-5)
    tokens = tokenizer.encode("Ana sells bread").ids
    assert Transformers(folder).next(tokens) == model.next(tokens)


def test_another_architecture_is_measured_by_transformers(folder: Path, tmp_path: Path) -> None:
    config = GPT2Config(
        vocab_size=384, n_positions=64, n_embd=32, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=2
    )
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    vocabulary.save(vocabulary.load(folder), tmp_path)
    model, tokenizer, begin = causal.load(tmp_path)
    assert isinstance(model, Transformers)
    assert (model.context, begin) == (64, 0)
    assert bits_per_byte(model, tokenizer, TEXTS, begin).total.bits_per_byte > 1


def test_control_tokens_in_a_text_are_read_as_characters(folder: Path) -> None:
    model, tokenizer, begin = causal.load(folder)
    found = bits_per_byte(model, tokenizer, [Text("<|im_end|>")], begin)
    assert found.tokens > 5
    assert bits_per_byte(model, tokenizer, [Text("[1]")], begin).tokens == 1


def test_no_text_and_no_numbers_are_refused(folder: Path, tmp_path: Path) -> None:
    model, tokenizer, begin = causal.load(folder)
    for texts in ([], [Text(""), Text("")]):
        with pytest.raises(BadInputError, match="no text"):
            bits_per_byte(model, tokenizer, texts, begin)
    network = hugging_face.read(folder)
    torch.nn.init.constant_(network.model.norm.weight, math.nan)
    with pytest.raises(BadInputError, match="no numbers"):
        bits_per_byte(Own(network), tokenizer, TEXTS, begin)
    with pytest.raises(MissingError, match="no model at"):
        causal.load(tmp_path / "none")
    with pytest.raises(MissingError, match="no tokenizer"):
        causal.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(BadInputError, match="no tokenizer"):
        causal.load(tmp_path)


def test_an_interval_holds_the_rate_nineteen_times_in_twenty() -> None:
    dice = np.random.default_rng(1)
    held = 0
    for trial in range(200):
        under = dice.integers(1, 40, 60)
        found = ratio(dice.binomial(under, 0.3), under, seed=trial)
        assert found is not None
        held += found[0] <= 0.3 <= found[1]
    assert 180 <= held <= 199
    assert ratio([1, 2], [3, 4], seed=5) == ratio([1, 2], [3, 4], seed=5)
    assert ratio([1.0, 0.0], [3.0, 0.0]) is None
    assert ratio([], []) is None
