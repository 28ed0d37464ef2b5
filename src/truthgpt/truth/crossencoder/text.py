"""Texts as the networks read them: folded, hashtags parted, a long evidence cut to what speaks of the claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import regex

from truthgpt.corpus.fold import fold, plain
from truthgpt.truth.sentences import split

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


def joined(first: Sequence[int], second: Sequence[int] = ()) -> Tokens:
    """The ids of a text, and of a second one behind it, as one."""
    return Tokens([*first, *second], [0] * len(first) + [1] * len(second))


def readable(text: str) -> str:
    """`text` as the network reads it: look-alikes and invisible characters undone, "#ProLife" as "Pro Life"."""
    text = _MENTION.sub("@user", _ADDRESS.sub("http", fold(text.encode(errors="replace").decode())))
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
    # `fsum`, since a set's order, and with it a plain sum's last digit, is another in each process.
    scores = [math.fsum(1.0 / known[word] for word in words) for words in held]
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
