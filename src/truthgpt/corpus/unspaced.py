"""Scripts whose words no space ends: which they are, and what texts in them are found by."""

from __future__ import annotations

import re
import unicodedata

import regex
from icu4py.breakers import WordBreaker

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts whose words no space ends, or whose spaces are not to be relied on; a set for a regular expression."""

_RUNS = regex.compile(f"([{UNSPACED}]+)")
# Cheap to look for: where none of these is, no unspaced script is. Half-width and compatibility forms count.
_MAYBE_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\uabff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00016f00-\U0003ffff]"
)


def grams(text: str) -> list[str]:
    """Single characters and pairs of neighbours in runs of unspaced scripts: what such texts are found by."""
    if text.isascii() or not _MAYBE_UNSPACED.search(text):
        return []
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text)):
        found += run
        found += map(str.__add__, run, run[1:])
    return found


def words(run: str) -> list[str]:
    """The words of a run of unspaced scripts, by ICU's dictionaries of Chinese, Japanese, Thai, Lao, Khmer and Burmese."""
    units = run.encode("utf-16-le")  # what ICU counts in
    return [
        units[2 * start : 2 * end].decode("utf-16-le") for start, end in WordBreaker(run, "und").segments()
    ]
