"""Chooses the tokens: words of three languages, every common Han character, and pieces to spell the rest.

Words are ranked by how many posts they are in. WordNet's Portuguese and Chinese words come in by the number of
meanings that they have, which stands in for their frequency where there is little running text to count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from truthgpt.search.embedding import runs

ENGLISH_WORDS, PORTUGUESE_WORDS, CHINESE_WORDS = 22_000, 10_000, 7_000
WORD_PIECES = 1_500  # of those at the start of a word, and again of those inside one
LONGEST_PIECE = 6


def gb2312() -> list[str]:
    """The 6,763 Han characters of GB 2312: rows 16 to 87 of its 94 by 94 table."""
    codes = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    return [code.decode("gb2312", "ignore") for code in codes if code.decode("gb2312", "ignore")]


def count_words(texts: Iterable[str]) -> Counter[str]:
    """In how many of `texts` each word that is not Han stands."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word for word, han in runs(text[:2000]) if not han})
    return counts


def count_han(texts: Iterable[str], words: set[str]) -> Counter[str]:
    """In how many of `texts` each run of two to four Han characters stands that is in `words`, and each pair."""
    counts: Counter[str] = Counter()
    for text in texts:
        found = set()
        for run, han in runs(text):
            if han:
                found |= {run[at : at + size] for size in (2, 3, 4) for at in range(len(run) - size + 1)}
        counts.update(word for word in found if word in words)
    return counts


def meanings(lemmas: Mapping[str, list[str]]) -> Counter[str]:
    """How many synsets each word is in; the words of a compound count a tenth of that."""
    counts: Counter[str] = Counter()
    for synset in lemmas.values():
        for lemma in set(synset):
            parts = [word for word, _ in runs(lemma)]
            if len(parts) == 1:
                counts[parts[0]] += 1
    return counts


def word_pieces(counts: Mapping[str, int], known: set[str]) -> list[str]:
    """Starts and inner parts that spell the words of `counts` that are not `known`, the commonest first."""
    starts: Counter[str] = Counter()
    inner: Counter[str] = Counter()
    for word, count in counts.items():
        if word in known or count < 2:
            continue
        for size in range(2, LONGEST_PIECE + 1):
            starts[word[:size]] += count
            for at in range(1, len(word) - size + 1):
                inner[word[at : at + size]] += count
    characters = Counter(character for word in counts for character in word)
    single = [character for character, count in characters.items() if count >= 20]
    # A longer piece says more: its count is multiplied by its length.
    first = sorted(starts, key=lambda piece: -starts[piece] * len(piece))[:WORD_PIECES]
    rest = sorted(inner, key=lambda piece: -inner[piece] * len(piece))[:WORD_PIECES]
    return single + first + [f"##{piece}" for piece in (*single, *rest)]


def choose(english: Counter[str], portuguese: Counter[str], chinese: Counter[str]) -> list[str]:
    """The tokens in the order of their rows, without repetition."""
    words = [word for word, _ in english.most_common(ENGLISH_WORDS)]
    words += [word for word, _ in portuguese.most_common(PORTUGUESE_WORDS)]
    han = gb2312() + [word for word, _ in chinese.most_common(CHINESE_WORDS)]
    spelled = word_pieces(english + portuguese, set(words))
    return list(
        dict.fromkeys(token for token in (*words, *han, *spelled) if 0 < len(token.removeprefix("##")) <= 16)
    )
