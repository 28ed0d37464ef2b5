"""The English of words in other languages: which is meant, what is left as it stands, and of what nothing is translated."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.embedding import Embedding
from truthgpt.search.glossary import NONE, Entry, Glossary, composed, pack, unpack

ENTRIES = {
    "país": Entry(("country",)),
    "pais": Entry(("parents", "mum and dad", "folks")),
    "cabeça": Entry(("head",)),
    "dor": Entry(("pain",)),
    "dor de cabeça": Entry(("headache", "migraine")),
    "de": Entry(()),
    "data": Entry(("date",), english=True),
    "marcar": Entry(("book",)),
    "地震": Entry(("earthquake",)),
    "地": Entry(("ground",)),
    "震后": Entry(("after the quake",)),
    "图书馆": Entry(("library",)),
    "图书": Entry(("book",)),
    "的": Entry(()),
}


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return Glossary(lambda: pack(ENTRIES))


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("país", "country"),
        ("PAÍS", "country"),
        ("pai\u0301s", "country"),  # the accent apart
        ("pais", "parents mum and dad"),  # two senses at most
        ("dor de cabeça", "headache migraine"),
        ("dor de cabeça dor", "headache migraine pain"),
        ("dor na Cabeça", "pain na head"),
        ("marcar data", "book date"),
        ("data", ""),  # English as well: nothing tells that it is not
        ("data science", ""),
        ("new york marcar", ""),  # more words of another language than of this
        ("Lisboa marcar", "lisboa book"),  # a name stays
        ("de", ""),
        ("地震图书馆", "earthquake library"),
        ("地震的图书馆", "earthquake library"),
        ("iPhone 地震 App Store", "iphone earthquake app store"),
        ("学", ""),
        ("the report today dor 방탄소년단", ""),  # no more Chinese than it is English
        ("コロナ dor", "コロナ pain"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_the_english_of_forms(glossary: Glossary, text: str, english: str) -> None:
    assert glossary.translated(text) == english


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("vacina contra gripe", "vaccine"),
        ("图书馆地震", "library"),
        ("comida para bebê", "food"),
        ("o que fazer com dor de cabeca", "headache"),
        ("the vaccine of the library", ""),
        ("best garantia for a new laptop bag", ""),
        ("social media hospital", ""),
        ("do no wrong to me and a friend", ""),
    ],
)
def test_what_ships_knows_everyday_words_and_leaves_english_alone(text: str, first: str) -> None:
    assert Embedding.load().translated(text).partition(" ")[0] == first


@given(st.text(alphabet="paísdor cbeç\u0301data地震后图书馆的学 -'’\n", max_size=60))
def test_any_text_gives_only_english_that_is_known_or_words_of_its_own(glossary: Glossary, text: str) -> None:
    known = {word for entry in ENTRIES.values() for sense in entry.senses for word in sense.split()}
    own = set(glossary.translated(text).split()) - known
    assert all(word in composed(text) for word in own)


def test_long_texts_take_no_longer_than_their_beginning(glossary: Glossary) -> None:
    assert glossary.translated("地震" * 100_000).count("earthquake") == 500


def test_what_is_packed_is_unpacked() -> None:
    assert unpack(pack(ENTRIES)) == ENTRIES


def test_a_file_is_read_when_it_is_needed_and_told_when_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "english.tsv"
    digest = hashlib.sha256(pack(ENTRIES)).hexdigest()
    absent = Glossary.load(path, digest)
    with pytest.raises(MissingError, match="install truthgpt again"):
        absent.translated("pais")
    path.write_bytes(pack(ENTRIES))
    assert absent.translated("pais") == "parents mum and dad"
    path.write_bytes(pack({}))
    with pytest.raises(BadInputError, match="damaged"):
        Glossary.load(path, digest).translated("pais")


def test_without_a_glossary_nothing_is_translated() -> None:
    assert NONE.translated("地震 país") == ""
