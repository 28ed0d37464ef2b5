"""The static embedding: what it promises of vectors, what it does with damaged files, and that the shipped table is sound."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError, MissingError
from truthgpt.search import embedding as module
from truthgpt.search.embedding import MAX_CHARACTERS, Embedding, fold, pieces, reach, save

TOKENS = ["cat", "vacina", "##s", "地", "震", "地震", "x", "##yz", "dont"]


@pytest.fixture(scope="module")
def shipped() -> Embedding:
    return Embedding.load()


@pytest.fixture
def small() -> Embedding:
    table = np.random.default_rng(0).standard_normal((len(TOKENS), 8)).astype(np.float32)
    return Embedding(TOKENS, table)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, TOKENS, np.random.default_rng(0).standard_normal((len(TOKENS), 8)).astype(np.float32))
    return tmp_path


def cosine(embedding: Embedding, one: str, other: str) -> float:
    first, second = embedding.encode([one, other])
    return float(first @ second)


def names(embedding: Embedding, text: str) -> list[str]:
    return [TOKENS[row] for row in embedding.tokenize([text])[0]]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Cat, CAT! cat.", ["cat", "cat", "cat"]),
        ("Vacinas", ["vacina", "##s"]),
        ("VÁCÍNÃ", ["vacina"]),
        ("don't don’t", ["dont", "dont"]),
        ("地震,震地x", ["地震", "震", "地", "x"]),
        ("cat地震cat", ["cat", "地震", "cat"]),
        ("ｃａｔ", ["cat"]),
        ("xyz q ##s #", ["x", "##yz"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_the_longest_known_tokens(small: Embedding, text: str, tokens: list[str]) -> None:
    assert names(small, text) == tokens


def test_folding_keeps_letters_and_loses_case_accents_and_width() -> None:
    assert fold("Ação É ﬁ Ｑ O'Brien’s") == "acao e fi q obriens"


def test_what_has_no_token_is_skipped_and_the_rest_is_still_read() -> None:
    vocabulary = {"cat": 1, "##at": 2}
    assert pieces("qcat", False, vocabulary, reach(vocabulary)) == [2]


def test_vectors_are_unit_rows_and_unknown_text_is_zeros(small: Embedding) -> None:
    vectors = small.encode(["cat", "???", "", "地震 cat", "qqq"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, small.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 1, 0], atol=1e-6)


def test_no_texts_give_no_rows(small: Embedding) -> None:
    assert small.encode([]).shape == (0, 8)


def test_a_vector_is_the_normalised_sum_of_the_rows_of_its_tokens() -> None:
    table = np.eye(3, dtype=np.float32) * np.array([[1], [2], [3]], dtype=np.float32)
    made = Embedding(["a", "b", "c"], table).encode(["a b b"])
    np.testing.assert_allclose(made[0], np.array([1, 4, 0]) / np.sqrt(17), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text(max_size=40) | st.sampled_from(["cat", "\0", "a\0b", "地震", "\ud800"]), max_size=150
    )
)
def test_a_text_has_the_same_vector_alone_as_among_others(texts: list[str]) -> None:
    """Protects the bookkeeping of blocks: an empty or hostile text must not shift its neighbours' rows."""
    embedding = Embedding(
        TOKENS, np.random.default_rng(1).standard_normal((len(TOKENS), 8)).astype(np.float32)
    )
    together = embedding.encode(texts)
    alone = np.array([embedding.encode([text])[0] for text in texts]).reshape(len(texts), 8)
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_only_the_first_characters_are_read(small: Embedding) -> None:
    assert cosine(small, "cat " * 250, "cat " * 250 + "地震 " * 100_000) == pytest.approx(1)
    assert len(small.tokenize(["cat " * 10_000])[0]) == MAX_CHARACTERS // 4


def test_saved_and_loaded_vectors_are_the_same_but_for_rounding(folder: Path) -> None:
    table = np.random.default_rng(0).standard_normal((len(TOKENS), 8)).astype(np.float32)
    texts = ["cat", "vacinas", "地震", "xyz dont"]
    loaded, exact = Embedding.load(folder).encode(texts), Embedding(TOKENS, table).encode(texts)
    assert (loaded * exact).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("name", [module.VOCABULARY, module.VECTORS, module.SCALES, module.MANIFEST])
@pytest.mark.parametrize("damage", ["truncated", "emptied", "changed"])
def test_a_damaged_file_is_one_line_of_error(folder: Path, name: str, damage: str) -> None:
    content = bytearray((folder / name).read_bytes())
    if damage == "changed":
        content[len(content) // 2] ^= 0xFF
    (folder / name).write_bytes({"truncated": content[:-9], "emptied": b"", "changed": content}[damage])
    with pytest.raises(BadInputError) as caught:
        Embedding.load(folder)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_agree_with_their_manifest_and_not_with_each_other_are_refused(folder: Path) -> None:
    other = folder / "other"
    save(other, TOKENS[:4], np.ones((4, 8), dtype=np.float32))
    shutil.copy(other / module.SCALES, folder / module.SCALES)
    manifest = json.loads((folder / module.MANIFEST).read_text())
    manifest["sha256"][module.SCALES] = json.loads((other / module.MANIFEST).read_text())["sha256"][
        module.SCALES
    ]
    (folder / module.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BadInputError, match="shape"):
        Embedding.load(folder)


def test_an_absent_file_is_something_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="absent"):
        Embedding.load(tmp_path)


def test_threads_share_one_embedding(shipped: Embedding) -> None:
    texts = [f"Question {n}: is the vaccine safe? 地震 {n} vacinação" for n in range(300)]
    expected = shipped.encode(texts)
    results: list[bool] = []
    work = [
        threading.Thread(target=lambda: results.append(np.array_equal(shipped.encode(texts), expected)))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert results == [True] * 4


NEARER = [
    ("dog", "puppy", "tax"),
    ("earthquake", "tsunami", "football"),
    ("vaccine", "immunization", "bicycle"),
    ("doctor", "hospital", "guitar"),
    ("Should the government collect phone records?", "NSA surveillance of calls", "How do I bake bread?"),
    ("How far away is the telescope?", "It orbits a million miles from Earth", "She adopted an old dog"),
    ("Why did my car not start?", "The engine needs a new battery", "The soup needs more salt"),
    ("vacina", "vacinas", "futebol"),
    ("vacinação", "vacinados", "cozinha"),
    ("time", "jogo", "inflação"),
    ("médico", "hospital", "gol"),
    (
        "A vacina é segura?",
        "As vacinas foram aprovadas pela agência de saúde",
        "O time perdeu o jogo de ontem",
    ),
    (
        "Quem ganhou a eleição?",
        "O presidente foi eleito com a maioria dos votos",
        "O cachorro está correndo na praia",
    ),
    ("地震", "大地震", "足球"),
    ("医生", "医院", "汽车"),
    ("老师", "学生", "石油"),
    ("经济", "金融", "孩子"),
    ("疫苗安全吗？", "接种疫苗以后的反应", "昨天的足球比赛"),
    ("政府怎么支持农民？", "国家加大对农业的补贴", "她喜欢唱歌和跳舞"),
]


@pytest.mark.parametrize(("text", "near", "far"), NEARER)
def test_the_shipped_vectors_put_like_beside_like(shipped: Embedding, text: str, near: str, far: str) -> None:
    assert cosine(shipped, text, near) > cosine(shipped, text, far) + 0.1


@pytest.mark.parametrize("text", ["Is the water safe?", "A água é segura?", "水安全吗？"])
def test_the_shipped_table_knows_the_three_languages(shipped: Embedding, text: str) -> None:
    assert np.linalg.norm(shipped.encode([text])) == pytest.approx(1, abs=1e-5)


def test_every_common_han_character_has_a_vector(shipped: Embedding) -> None:
    characters = [
        bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xF7) for low in (0xA1, 0xC0, 0xF9)
    ]
    assert shipped.encode(characters).any(axis=1).all()


def test_the_shipped_files_are_small() -> None:
    assert sum(file.stat().st_size for file in module.FOLDER.iterdir()) <= 12_000_000


@settings(deadline=None)  # the first example compiles
@given(texts=st.lists(st.text(st.sampled_from("catCAT vacinas地震x'’é\0\n.1"), max_size=40), max_size=20))
def test_many_texts_get_the_vectors_that_each_gets_alone(texts: list[str]) -> None:
    table = np.random.default_rng(0).standard_normal((len(TOKENS), 8)).astype(np.float32)
    embedding = Embedding(TOKENS, table)
    many = embedding.encode([*texts, *["cat"] * module._MANY])[: len(texts)]
    alone = [embedding.encode([text])[0] for text in texts]
    assert np.array_equal(many, np.array(alone, dtype=np.float32).reshape(-1, 8))
