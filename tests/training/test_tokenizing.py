"""The tokenizer sees each community and language, never the validation split; its compression is measured honestly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_posts import filled, post

from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.language import vocabulary
from truthgpt.training.data.documents import Documents, documents
from truthgpt.training.data.mixture import Data
from truthgpt.training.data.splits import in_validation
from truthgpt.training.data.tokenizing import TokenizerOptions, _shares, byte_lengths, sampled, train

DATA = Data(validation=0.25)
SMALL = TokenizerOptions(size=350, compared=(320, 2_000, 3_000))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Many posts of one community and language, few of others; two replies."""
    posts = [post(number, community="garden", language="en") for number in range(80)]
    posts += [post(number, community="attic", language="pt") for number in range(80, 90)]
    posts += [post(90, community="harbour", language="zh", text="早上的港口很安静 [1], 十二月也是这样 🚢")]
    return filled(tmp_path_factory.mktemp("corpus"), posts)


@contextmanager
def opened(store: Store) -> Iterator[Documents]:
    with documents(store, store.path.parent / "scratch") as found:
        yield found


def test_compression_is_what_encoding_the_validation_split_gives(store: Store) -> None:
    with opened(store) as found:
        tokenizer, report = train(found, SMALL, DATA)
        validation = np.flatnonzero(in_validation(found.keys, 0.25, 8))
        held_out = list(found.read(validation))
    by_language: dict[str, list[int]] = {}
    for document in held_out:
        counts = by_language.setdefault(document.language, [0, 0])
        counts[0] += len(document.text.encode())
        counts[1] += len(tokenizer.encode(document.text).ids)
    first = report.sizes[0]
    assert {language: [one.bytes, one.tokens] for language, one in first.languages.items()} == by_language
    assert report.measured_documents == len(held_out)
    assert (first.asked, first.size, tokenizer.get_vocab_size()) == (350, 350, 350)
    assert first.whole.bytes == sum(len(document.text.encode()) for document in held_out)


def test_sizes_that_the_texts_do_not_give_are_reported_as_they_came_out(store: Store) -> None:
    with opened(store) as found:
        _, report = train(found, SMALL, DATA)
    made = [(one.asked, one.size) for one in report.sizes]
    assert made[:2] == [(350, 350), (320, 320)]
    assert [asked for asked, _ in made[2:]] == [2_000, 3_000]
    assert 350 < made[2][1] == made[3][1] < 2_000
    packed = [one.whole.bytes_per_token for one in report.sizes]
    assert packed[1] < packed[0] < packed[2] == packed[3]
    row = json.loads(json.dumps(report.as_dict()))
    assert row["sizes"][0]["bytes_per_token"] == round(packed[0], 4)
    assert row["sizes"][0]["languages"]["en"]["bytes_per_token"] > 1


def test_the_validation_split_is_not_trained_on_and_the_same_corpus_gives_the_same_tokenizer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []
    real = vocabulary.train

    def spied(texts: Iterator[str], size: int) -> object:
        trained.extend(taken := list(texts))
        return real(taken, size)

    monkeypatch.setattr(vocabulary, "train", spied)
    with opened(store) as found:
        one, _ = train(found, SMALL, DATA)
        held_out = [
            document.text for document in found.read(np.flatnonzero(in_validation(found.keys, 0.25, 8)))
        ]
        assert trained
        assert not set(trained) & set(held_out)
        other, _ = train(found, SMALL, DATA)
    assert one.to_str() == other.to_str()


def test_a_sample_is_even_over_communities_and_languages_and_bounded(store: Store) -> None:
    with opened(store) as found:
        everything = np.ones(len(found), np.bool_)
        size = int(found.sizes.mean())
        numbers = sampled(found, everything, 12 * size)
        names = [found.community_names[community] for community in found.communities[numbers]]
        assert {name: names.count(name) for name in names} == {"garden": 6, "attic": 6, "harbour": 1}
        assert len(sampled(found, everything, 1 << 30)) == len(found)
        assert sampled(found, ~everything, 100).tolist() == []
        assert len(sampled(found, everything, 1)) == 3


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=20), st.integers(20, 20_000))
def test_shares_are_equal_but_for_who_has_less(sizes: list[int], most: int) -> None:
    room = _shares(np.array(sizes), most)
    assert (room <= sizes).all()
    assert room.sum() <= most
    if sum(sizes) > most:
        assert most - room.sum() < len(sizes)
    short = room[room < sizes]
    if len(short):
        assert short.max() - short.min() <= 1
        assert room.max() <= short.max()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_bytes_of_tokens_add_up_to_those_of_the_text(text: str) -> None:
    tokenizer = TOKENIZER
    lengths = byte_lengths(tokenizer)
    assert lengths[tokenizer.encode(text).ids].sum() == len(text.encode())
    assert lengths[: len(vocabulary.CONTROL)].tolist() == [0, 0, 0]


TOKENIZER = vocabulary.train([post(number).text for number in range(20)] + ["早上的港口 [1] [16] [17]"], 400)


@pytest.mark.parametrize(
    "options", [{"size": 100}, {"compared": (5,)}, {"sample_bytes": 0}, {"compared": ("x",)}]
)
def test_options_that_make_no_tokenizer_are_told(options: dict[str, int]) -> None:
    with pytest.raises(BadInputError):
        TokenizerOptions(**options)  # type: ignore[arg-type]


def test_reading_tokenizes_as_training_was_told(store: Store, tmp_path: Path) -> None:
    """What was saved and loaded encodes as what was trained."""
    with opened(store) as found:
        tokenizer, _ = train(found, SMALL, DATA)
    vocabulary.save(tokenizer, tmp_path)
    text = post(3).text
    assert vocabulary.load(tmp_path).encode(text).ids == tokenizer.encode(text).ids
