"""The network reads documents apart, is what `transformers` says it is, and refuses sizes that do not fit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from truthgpt.errors import BadInputError
from truthgpt.language import hugging_face
from truthgpt.language.network import Network, Shape

SIZES: dict[str, Any] = {
    "vocabulary": 96,
    "width": 48,
    "layers": 3,
    "heads": 6,
    "kv_heads": 2,
    "hidden": 80,
    "context": 64,
}
KINDS: dict[str, dict[str, Any]] = {
    "tied, grouped": {},
    "untied, grouped": {"tied": False},
    "untied, every head its own": {"tied": False, "kv_heads": 6},
    "one head of keys": {"kv_heads": 1},
    "other base and epsilon, padded rows": {"rope_base": 5e5, "epsilon": 1e-6, "vocabulary": 128},
}


def drawn(**sizes: Any) -> Network:
    """A network whose weights are all drawn: as they are initialised, half of them are zero."""
    network = Network(Shape(**(SIZES | sizes)))
    dice = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in network.parameters():
            torch.nn.init.normal_(weight, mean=float(weight.dim() == 1), std=0.3, generator=dice)
    return network


@pytest.mark.parametrize("kind", KINDS)
def test_transformers_gives_the_same_logits(kind: str, tmp_path: Path) -> None:
    network = drawn(**KINDS[kind])
    hugging_face.write(network, tmp_path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    assert type(theirs).__name__ == "LlamaForCausalLM"
    tokens = torch.randint(0, network.shape.vocabulary, (2, 64), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, found = theirs(tokens).logits, network.logits(tokens)
    assert found.std() > 1  # numbers that say something
    assert (found - expected).abs().max() < 1e-4
    assert theirs.num_parameters() == network.shape.parameters
    assert sum(weight.numel() for weight in network.parameters()) == network.shape.parameters


def test_a_folder_of_transformers_is_read(tmp_path: Path) -> None:
    network = drawn(tied=False)
    hugging_face.write(network, tmp_path / "ours")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "ours", dtype=torch.float32)
    theirs.save_pretrained(tmp_path / "theirs", max_shard_size="40KB")
    assert (tmp_path / "theirs" / "model.safetensors.index.json").is_file()  # several files
    read = hugging_face.read(tmp_path / "theirs")
    assert read.shape == network.shape
    tokens = torch.arange(20)[None]
    assert torch.equal(read.logits(tokens), network.logits(tokens))


def test_documents_in_a_row_read_as_each_does_alone() -> None:
    network = drawn()
    lengths = (5, 1, 20, 13)
    dice = torch.Generator().manual_seed(3)
    documents = [torch.randint(0, 96, (1, length), generator=dice) for length in lengths]
    numbers = torch.repeat_interleave(torch.arange(4), torch.tensor(lengths))[None]
    with torch.no_grad():
        together = network(torch.cat(documents, 1), numbers)
        alone = torch.cat([network(document) for document in documents], 1)
        leaking = network(torch.cat(documents, 1))
    assert (together - alone).abs().max() < 1e-5
    assert (leaking - alone).abs().max() > 0.1


def test_nothing_that_follows_changes_what_stands_before() -> None:
    network = drawn()
    tokens = torch.arange(30)[None]
    other = tokens.clone()
    other[0, 20:] += 40
    for documents in (None, torch.zeros_like(tokens)):
        with torch.no_grad():
            one, two = network(tokens, documents), network(other, documents)
        assert torch.equal(one[:, :20], two[:, :20])
        assert not torch.equal(one[:, 20:], two[:, 20:])


def test_greedy_takes_the_most_probable_and_stops_at_an_end() -> None:
    network = drawn()
    made = network.greedy([1, 2, 3], 80)  # longer than the context of 64
    assert len(made) == 80
    for place in (0, 10, 79):
        window = [1, 2, 3, *made[:place]][-64:]
        assert made[place] == int(network.logits(torch.tensor([window]))[0, -1].argmax())
    assert network.greedy([1, 2, 3], 80, frozenset((made[7],))) == made[: made.index(made[7])]


def test_a_new_network_begins_at_chance_and_is_drawn_by_its_seed() -> None:
    network = Network(Shape(**SIZES))
    network.initialise(5)
    again = Network(Shape(**SIZES))
    again.initialise(5)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))
    scores = network.logits(torch.arange(40)[None])[0]
    loss = torch.nn.functional.cross_entropy(scores, torch.arange(1, 41))
    assert abs(loss.item() - math.log(96)) < 0.05
    again.initialise(6)
    assert not torch.equal(again.model.embed_tokens.weight, network.model.embed_tokens.weight)


def test_flop_are_six_a_weight_and_twelve_a_pair_of_tokens() -> None:
    shape = Shape(**SIZES)
    matrices = sum(weight.numel() for name, weight in Network(shape).named_parameters() if "_proj" in name)
    assert shape.matrices == matrices
    assert shape.flop_per_token(1000) - shape.flop_per_token(0) == 12 * 3 * 48 * 1000 / 2
    assert shape.flop_per_token(0) == 6 * (matrices + 96 * 48)


@pytest.mark.parametrize(
    "wrong",
    [{"layers": 0}, {"width": 50}, {"width": 42}, {"kv_heads": 4}, {"vocabulary": -1}, {"context": 0}],
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadInputError) as caught:
        Shape(**(SIZES | wrong))
    assert "\n" not in str(caught.value)
