"""A text or a pair of texts → token ids: folded, hashtags parted, a long evidence cut to what speaks of the claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
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
_HAN = regex.compile(r"\p{Han}+")
_CLAUSE = regex.compile(r"[^.!?;:,。！？；：，、]*(?:[.!?;:,。！？；：，、]+\s*|$)")
_CHUNK = regex.compile(r"\s*\S{1,24}")

Asked = Literal["verdict", "stance"]


class Tokens(NamedTuple):
    """Token ids, and 1 for those of the second text and 0 for those of the first, of equal length."""

    ids: list[int]
    segments: list[int]


def readable(text: str) -> str:
    """`text` as the network reads it: look-alikes and invisible characters undone, "#ProLife" as "Pro Life"."""
    text = _MENTION.sub("@user", _ADDRESS.sub("http", fold(text.encode(errors="replace").decode())))
    return str(_HASHTAG.sub(lambda found: _JOINT.sub(" ", found[1]), text))


def parted(text: str) -> str:
    """`text` with its runs of Han characters cut, from the left, into the longest words of the vocabulary."""
    return str(_HAN.sub(lambda run: f" {' '.join(_cut(run[0], *_han_words()))} ", text))


def _cut(run: str, words: Set[str], longest: int) -> Iterator[str]:
    start = 0
    while start < len(run):
        size = next((size for size in range(longest, 1, -1) if run[start : start + size] in words), 1)
        yield run[start : start + size]
        start += size


@lru_cache(maxsize=1)
def _vocabulary() -> list[str]:
    return VOCABULARY.read_text(encoding="utf-8").split("\n")


@lru_cache(maxsize=1)
def _han_words() -> tuple[frozenset[str], int]:
    """The words of two or more Han characters, and the length of the longest."""
    found = frozenset(word for word in _vocabulary() if len(word) > 1 and _HAN.fullmatch(word))
    return found, max(map(len, found), default=1)


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
    """The share of the claim's content words that the evidence has, in [0, 1]; of all its words, where all are short."""
    asked, told = stems(claim), stems(evidence[:LONGEST])
    if not asked:
        asked, told = (frozenset(_WORD.findall(plain(text))) for text in (claim, evidence[:LONGEST]))
    return len(asked & told) / len(asked) if asked else 0.0


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The word pieces of the shipped vocabulary."""
    numbers = {word: number for number, word in enumerate(_vocabulary())}
    made = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(handle_chinese_chars=False)  # `parted` has seen to them
    made.pre_tokenizer = BertPreTokenizer()
    return made


def in_parts(claim: str) -> list[str]:
    """`claim`, in as few parts as are read whole, `CLAIM_TOKENS` each: cut behind its marks, else between its words."""
    if len(claim) <= CLAIM_TOKENS or _count(claim) <= CLAIM_TOKENS:
        return [claim]
    parts, part = [], ""
    for piece in (word for clause in _CLAUSE.findall(claim) for word in _fitting(clause)):
        if part and _count(part + piece) > CLAIM_TOKENS:
            parts.append(part.strip())
            part = ""
        part += piece
    return [*parts, part.strip()]


def _fitting(clause: str) -> list[str]:
    return [clause] if _count(clause) <= CLAIM_TOKENS else _CHUNK.findall(clause)


def _count(text: str) -> int:
    return len(tokenizer().encode(parted(readable(text)), add_special_tokens=False).ids)


def alone(texts: Sequence[str], longest: int) -> list[Tokens]:
    """The tokens of each text by itself, `longest` at most."""
    encoded = tokenizer().encode_batch_fast(
        [parted(readable(text)) for text in texts], add_special_tokens=False
    )
    made = [[FIRST, *each.ids[: longest - 2], SEPARATOR] for each in encoded]
    return [Tokens(ids, [0] * len(ids)) for ids in made]


def tokens(pairs: Sequence[tuple[str, str]], asked: Asked = "verdict") -> list[Tokens]:
    """The tokens of each (claim, evidence), or of each (target, text) where the stance is asked."""
    first = FIRST if asked == "verdict" else FIRST_OF_STANCE
    texts: list[str] = []
    for claim, evidence in pairs:
        texts += (parted(readable(claim[:4_000])), parted(readable(window(claim, evidence))))
    encoded = tokenizer().encode_batch_fast(texts, add_special_tokens=False)
    made = []
    for place in range(0, len(encoded), 2):
        claimed = encoded[place].ids[:CLAIM_TOKENS]
        read = encoded[place + 1].ids[: TOKENS - len(claimed) - 3]
        ids = [first, *claimed, SEPARATOR, *read, SEPARATOR]
        made.append(Tokens(ids, [0] * (len(claimed) + 2) + [1] * (len(read) + 1)))
    return made
