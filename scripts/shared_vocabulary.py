"""The verifier's vocabulary: the encoder's word pieces, Han characters, and words of Portuguese and Chinese.

The encoder reads English. A word of another language gets a row of its own, which begins where its English stands (the
search's list of translations): what the network knows of "dog" it then knows of "cachorro" and "小狗" (cf. WECHSEL, Minixhofer
et al. 2022).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from truthgpt.corpus.fold import fold
from truthgpt.search import embedding, glossary
from truthgpt.search.embedding import Embedding

WORDS = 12_000
"""Words of other languages that are added: each costs 388 bytes of 30 MB."""
LONGEST_HAN = 4
OWN_PIECES = 0.25
"""What a word's own pieces add to its English, so that "abandonou" and "abandona" begin apart."""

Rows = npt.NDArray[np.float32]


def pieces_of(words: Sequence[str]) -> Tokenizer:
    """The word pieces of a vocabulary, as they are cut before any Han word is known."""
    made = Tokenizer(WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    return made


def english() -> dict[str, str]:
    """Words that are not English, without accents, and the English for each."""
    entries = glossary.unpack((embedding.FOLDER / embedding.ENGLISH).read_bytes())
    return {
        fold(form): entry.senses[0] for form, entry in entries.items() if entry.senses and not entry.english
    }


def is_han(word: str) -> bool:
    return all("一" <= char <= "鿿" for char in word)


def vocabulary(base: Sequence[str], texts: Iterable[str]) -> list[str]:
    """`base`, the Han characters of the search's vocabulary, and `WORDS` words with an English: those of `texts` first.

    What `base` has stays where it is.
    """
    known = set(base)
    searched = (embedding.FOLDER / embedding.VOCABULARY).read_text(encoding="utf-8").split("\n")
    chars = Counter(char for word in searched for char in word if is_han(char))
    made = [*base, *sorted(char for char, count in chars.items() if count > 1 and char not in known)]
    known = set(made)
    wanted = {
        word for word in english()
        if word not in known and word.isalpha() and (1 < len(word) <= LONGEST_HAN if is_han(word) else len(word) > 1)
    }  # fmt: skip
    counts = _counts(texts, wanted)
    already = sum(1 for word in base if is_han(word) and len(word) > 1)
    order = {word: place for place, word in enumerate(searched)}
    ranked = sorted(wanted, key=lambda word: (-counts[word], order.get(word, len(order)), word))
    return made + ranked[: WORDS if not already else 0]


def _counts(texts: Iterable[str], wanted: set[str]) -> Counter[str]:
    normal, parts = BertNormalizer(), BertPreTokenizer()
    found: Counter[str] = Counter()
    for text in texts:
        for word, _ in parts.pre_tokenize_str(normal.normalize_str(fold(text))):
            if word in wanted:
                found[word] += 1
        for start in range(len(text)):
            for size in range(2, LONGEST_HAN + 1):
                if text[start : start + size] in wanted:
                    found[text[start : start + size]] += 1
    return found


def first_rows(words: Sequence[str], base: Sequence[str], table: Rows) -> Rows:
    """Where the rows of `words` beyond `base` begin, given the rows of `base`.

    A word with an English begins there; a Han character without begins where a linear map puts its search vector.
    """
    translated, pieces = english(), pieces_of(base)
    norm = float(
        np.linalg.norm(table[[row for row, word in enumerate(base) if word.isalpha()]], axis=1).mean()
    )
    added = words[len(base) :]
    mapped = _mapped(added, base, table)
    for place, word in enumerate(added):
        meaning = pieces.encode(translated.get(word, ""), add_special_tokens=False).ids
        if meaning:
            own = pieces.encode(word, add_special_tokens=False).ids
            mapped[place] = table[meaning].mean(axis=0) + OWN_PIECES * table[own].mean(axis=0)
    # A mean shrinks, and so does a ridge what it is unsure of; the first norm would hear little of such short rows.
    return np.asarray(mapped * (norm / np.linalg.norm(mapped, axis=1, keepdims=True)), np.float32)


def _mapped(added: Sequence[str], base: Sequence[str], table: Rows) -> Rows:
    """The search's vectors of `added` in the table's space, by a ridge regression over the words that both have."""
    vectors = Embedding.load().encode([*base, *added])
    shared = [row for row, word in enumerate(base) if word.isalpha() and np.abs(vectors[row]).sum() > 0]
    x = np.hstack([vectors[shared], np.ones((len(shared), 1), np.float32)])
    penalty = np.eye(x.shape[1]) * 3.0
    penalty[-1, -1] = 0.0
    found = np.linalg.solve(x.T @ x + penalty, x.T @ table[shared])
    beside = np.hstack([vectors[len(base) :], np.ones((len(added), 1), np.float32)])
    return np.asarray(beside @ found, np.float32)


def pieces_file(folder: Path) -> list[str]:
    """The word pieces of the encoder in `folder`."""
    return (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
