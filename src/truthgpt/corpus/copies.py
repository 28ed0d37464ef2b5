"""Texts in, what says that two of them are copies out: their words alone, and how much of them is shared.

A copy carries the words of another post. Case, punctuation, links, mentions and a leading "RT @name:" do not make
a text another; a number or a "not" does, and so near copies must agree in both.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import regex

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts whose words no space ends, or whose spaces are not to be relied on; a set for a regular expression."""

NEAR = 0.6
"""Jaccard similarity of the shingles of two texts from which they are near copies."""

_SHINGLED = 4_000
"""Characters of a text that near copies are told by."""

_RETWEET = re.compile(r"\s*(?:rt\s+@[\w.@-]+:?\s*)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_MENTION = re.compile(r"(?<![\w@])@\w[\w.-]*(?:@\w[\w.-]*)?")
_OTHER = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_NUMBERS = re.compile(r"\d+")
_RUNS = regex.compile(f"([{UNSPACED}]+)")
# Cheap to look for: where none of these is, no unspaced script is. Half-width and compatibility forms count.
_MAYBE_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\uabff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00016f00-\U0003ffff]"
)
_TYPOGRAPHY = re.compile("[‘’‚“”„‹›«»–—―…•·\u00a0\u2009\u200a\u2011]")
_SEPARATE = bytes(c if 48 <= c <= 57 or 97 <= c <= 122 else 32 for c in range(256))
# "t" is what an apostrophe leaves of "don't" and its like.
_SAYS_NO = (
    "no not never none nobody nothing neither nor cannot without t dont doesnt didnt isnt arent wasnt wont cant "
    "não nao nunca jamais nem sem nenhum nenhuma ninguém nada false fake falso falsa"
)
_NEGATIONS = frozenset(_SAYS_NO.split())
_NEGATIVE_CHARACTERS = "不没沒未非无無假否"


def words(text: str) -> bytes:
    """The words of `text` without what copies differ in, UTF-8, one space between; empty where there are none."""
    if not text.isascii():
        # English posts are mostly ASCII but for these, and ASCII takes a fifth of the time.
        text = _TYPOGRAPHY.sub(" ", text)
    lowered = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    if "@" in lowered:
        retweet = _RETWEET.match(lowered)
        lowered = _MENTION.sub(" ", lowered[retweet.end() :] if retweet else lowered)
    if "://" in lowered or "www." in lowered:
        lowered = _LINK.sub(" ", lowered)
    if lowered.isascii():
        return b" ".join(lowered.encode().translate(_SEPARATE).split())
    return _OTHER.sub(" ", lowered).strip().encode("utf-8", "replace")


def key(content: bytes) -> int:
    """The first 64 bits of BLAKE2b of `content`, as a signed integer."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


class Sketch:
    """What near copies of a text are told by: its `stance`, the numbers and negations in it, and its `shingles`.

    Near copies agree in their stance, which is quickly found; shingles, which are not, wait until they are asked for.
    """

    __slots__ = ("_parts", "_shingles", "_tokens", "stance")

    def __init__(self, text: str) -> None:
        plain = words(text[:_SHINGLED]).decode()
        parts = _RUNS.split(plain) if not plain.isascii() else [plain]
        self._parts = parts[1::2]
        self._tokens = " ".join(parts[::2]).split()
        self._shingles: frozenset[int] | None = None
        # Numbers, and marks of a text that says the opposite with almost the same words.
        stance = {*_NEGATIONS.intersection(self._tokens), *_NUMBERS.findall(plain)}
        for part in self._parts:
            stance.update(character for character in _NEGATIVE_CHARACTERS if character in part)
        self.stance = frozenset(stance)

    @property
    def shingles(self) -> frozenset[int]:
        """Hashes of three words in a row; in scripts without spaces, of four characters."""
        if self._shingles is None:
            tokens = self._tokens
            found = set(map(hash, zip(tokens, tokens[1:], tokens[2:], strict=False)))
            for part in self._parts:
                found.update(hash(part[at : at + 4]) for at in range(max(1, len(part) - 3)))
            self._shingles = frozenset(found or {hash(tuple(tokens))})
        return self._shingles

    def is_near(self, other: Sketch, shared: int) -> bool:
        """Whether the two texts are near copies, given how many shingles they share."""
        union = len(self.shingles) + len(other.shingles) - shared
        return shared >= NEAR * union and self.stance == other.stance


def grams(text: str) -> list[str]:
    """Single characters and pairs of neighbours in runs of unspaced scripts: what such texts are found by."""
    if text.isascii() or not _MAYBE_UNSPACED.search(text):
        return []
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text)):
        found += run
        found += map(str.__add__, run, run[1:])
    return found
