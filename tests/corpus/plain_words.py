"""The words that copies are told by, in plain Python: what `near.words`, whose kernel tells the same, is held against."""

from __future__ import annotations

import re
import unicodedata

import regex

_RETWEET = re.compile(r"\s*(?:rt\s+@[\w.@-]+:?\s*)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_MENTION = re.compile(r"(?<![\w@])@\w[\w.-]*(?:@\w[\w.-]*)?")
_OTHER = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_TYPOGRAPHY = re.compile("[‘’‚“”„‹›«»–—―…•·\u00a0\u2009\u200a\u2011]")
_SEPARATE = bytes(c if 48 <= c <= 57 or 97 <= c <= 122 else 32 for c in range(256))


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
