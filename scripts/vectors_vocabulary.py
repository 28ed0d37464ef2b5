"""Chooses the tokens: words of three languages, every common Han character, and pieces to spell the rest.

Words are ranked by how many texts they are in. Chinese is written without spaces, so its words are found: runs of
characters that stand together far oftener than chance and with many different neighbours.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from truthgpt.search.embedding import runs

ENGLISH_WORDS, PORTUGUESE_WORDS, CHINESE_WORDS = 22_000, 14_000, 4_000
WORD_PIECES = 2_000  # of those at the start of a word, and again of those inside one
LONGEST_PIECE = 6
LONGEST_HAN_WORD = 4
BOUND = {2: 2.5, 3: 4.5, 4: 5.0}  # by length: a long run is more often a phrase than a word
FREE = 0.7
"""A Han word's parts come together e**BOUND times oftener than by chance; its neighbours' entropy is FREE nats or more."""


def gb2312() -> list[str]:
    """The 6,763 Han characters of GB 2312: rows 16 to 87 of its 94 by 94 table."""
    codes = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    return [code.decode("gb2312", "ignore") for code in codes if code.decode("gb2312", "ignore")]


def count_words(texts: Iterable[str]) -> Counter[str]:
    """In how many of `texts` each word that is not Han stands."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(dict.fromkeys(word for word, han in runs(text[:2000]) if not han).keys())
    return counts


def collocations(texts: Iterable[str]) -> Counter[str]:
    """The Han words of `texts`, two to four characters long, and how often each stands there (three times or more).

    A run is a word when its least bound cut still has a pointwise mutual information of `BOUND` (Church and Hanks
    1990), and the entropy of the characters before it and of those after it is `FREE` or more (Tanaka-Ishii 2005).
    """
    counts: Counter[str] = Counter()
    before: dict[str, Counter[str]] = defaultdict(Counter)
    after: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for run, han in runs(text):
            for size in range(1, LONGEST_HAN_WORD + 1) if han else ():
                for at in range(len(run) - size + 1):
                    gram = run[at : at + size]
                    counts[gram] += 1
                    if size > 1:
                        # The edge of a run is a different neighbour each time, since anything could stand there.
                        before[gram][run[at - 1] if at else f"<{counts[gram]}"] += 1
                        after[gram][run[at + size] if at + size < len(run) else f">{counts[gram]}"] += 1
    total = sum(count for gram, count in counts.items() if len(gram) == 1)
    return Counter(
        {
            gram: count
            for gram, count in counts.items()
            if len(gram) > 1
            and count >= 3
            and min(
                math.log(count * total / (counts[gram[:cut]] * counts[gram[cut:]]))
                for cut in range(1, len(gram))
            )
            >= BOUND[len(gram)]
            and min(entropy(before[gram]), entropy(after[gram])) >= FREE
        }
    )


def entropy(counts: Mapping[str, int]) -> float:
    """In nats, of the distribution that `counts` are drawn from, estimated by their shares."""
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values())


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
    # Portuguese is counted again: few of its words are seen here, and what is unseen is mostly its inflections.
    spelled = word_pieces(english + portuguese, set(words)) + word_pieces(portuguese, set())
    return list(
        dict.fromkeys(token for token in (*words, *han, *spelled) if 0 < len(token.removeprefix("##")) <= 16)
    )
