"""A pair of texts → token ids: folded, hashtags parted, a long evidence cut to what speaks of the claim."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import regex
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from truthgpt.corpus.fold import fold, plain
from truthgpt.truth.sentences import split

VOCABULARY = Path(__file__).with_name("vocabulary.txt")
PADDING, UNKNOWN, FIRST, SEPARATOR = 0, 100, 101, 102
FIRST_OF_STANCE = 1
"""The first token of a pair whose stance is asked, in the place of `FIRST`: one network does both."""

CLAIM_TOKENS, TOKENS = 72, 224
"""Tokens of a claim, and of a pair, that are read."""
BUDGET = 620
"""Characters of evidence that are read, by choice of its sentences; a character without spaces around it counts three."""
LONGEST = 120_000
"""Characters of a piece of evidence that are looked at."""

_HASHTAG = regex.compile(r"#(\w+)")
_JOINT = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{Nd})|_")
_ADDRESS = regex.compile(r"https?://\S+")
_MENTION = regex.compile(r"(?<!\w)@\w+")
_WORD = regex.compile(r"\p{Han}|[\p{L}\p{N}]+")

Asked = Literal["verdict", "stance"]


class Tokens(NamedTuple):
    """Token ids, and 1 for those of the second text and 0 for those of the first, of equal length."""

    ids: list[int]
    segments: list[int]


def readable(text: str) -> str:
    """`text` as the network reads it: look-alikes and invisible characters undone, "#ProLife" as "Pro Life"."""
    text = _MENTION.sub("@user", _ADDRESS.sub("http", fold(text)))
    return str(_HASHTAG.sub(lambda found: _JOINT.sub(" ", found[1]), text))


def window(claim: str, evidence: str, budget: int = BUDGET) -> str:
    """The sentences of a long `evidence` that share most with `claim`, in their order, within `budget` characters.

    Each content word of the claim counts by how few sentences have it. The sentence before a chosen one comes with it
    where there is room, since a pronoun may stand for what it names; others that share nothing do not.
    """
    evidence = evidence[:LONGEST]
    if _size(evidence) <= budget:
        return evidence
    sentences = [span.text for span in split(evidence)]
    asked = stems(claim)
    held = [asked & stems(sentence) for sentence in sentences]
    known: dict[str, int] = {}
    for words in held:
        for word in words:
            known[word] = known.get(word, 0) + 1
    scores = [sum(1.0 / known[word] for word in words) for words in held]
    chosen: set[int] = set()
    room = budget
    for place in sorted(range(len(sentences)), key=lambda place: (-scores[place], place)):
        for each in (place, place - 1):
            size = _size(sentences[each]) if each >= 0 else room + 1
            if each not in chosen and (size <= room or not chosen):
                chosen.add(each)
                room -= size
        if room < budget // 10 or not scores[place]:
            break
    return " ".join(sentences[place] for place in sorted(chosen))


def _size(text: str) -> int:
    return len(text) + 2 * sum(1 for char in text if "\u2e80" <= char <= "\u9fff")


def stems(text: str) -> frozenset[str]:
    """The content words of a text as they are compared: six letters of those with four or more, numbers, Han characters."""
    return frozenset(
        word[:6]
        for word in _WORD.findall(plain(text))
        if len(word) > 3 or not word.isalpha() or not word.isascii()
    )


def shared(claim: str, evidence: str) -> float:
    """The share of the claim's content words that the evidence has, in [0, 1]; 0 where it has no such word."""
    asked = stems(claim)
    return len(asked & stems(evidence[:LONGEST])) / len(asked) if asked else 0.0


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The word pieces of the shipped vocabulary."""
    words = VOCABULARY.read_text(encoding="utf-8").split("\n")
    made = Tokenizer(WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = BertNormalizer()
    made.pre_tokenizer = BertPreTokenizer()
    return made


def tokens(pairs: Sequence[tuple[str, str]], asked: Asked = "verdict") -> list[Tokens]:
    """The tokens of each (claim, evidence), or of each (target, text) where the stance is asked."""
    first = FIRST if asked == "verdict" else FIRST_OF_STANCE
    texts: list[str] = []
    for claim, evidence in pairs:
        texts += (readable(claim[:4_000]), readable(window(claim, evidence)))
    encoded = tokenizer().encode_batch_fast(texts, add_special_tokens=False)
    made = []
    for place in range(0, len(encoded), 2):
        claimed = encoded[place].ids[:CLAIM_TOKENS]
        read = encoded[place + 1].ids[: TOKENS - len(claimed) - 3]
        ids = [first, *claimed, SEPARATOR, *read, SEPARATOR]
        made.append(Tokens(ids, [0] * (len(claimed) + 2) + [1] * (len(read) + 1)))
    return made
