"""The script of a text, and the languages that are written in it; for many scripts that is one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

_BEYOND_LATIN = re.compile(
    "[\u0370-\u1dff\u2d00-\u2d2f\u3040-\ua63f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003134f]"
)
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")

_LAST_LATIN = "\u036f"
_PAGE = 7
"""A script's letters stand together: two to the seventh code points tell it apart well enough."""

_ONE_LANGUAGE = {
    **dict.fromkeys((0x370, 0x380, 0x1F00, 0x1F80), "el"),
    0x580: "he",
    0x980: "bn",
    0xA00: "pa",
    0xA80: "gu",
    0xB00: "or",
    0xB80: "ta",
    0xC00: "te",
    0xC80: "kn",
    0xD00: "ml",
    0xD80: "si",
    0xE00: "th",
    0xE80: "lo",
    **dict.fromkeys((0xF00, 0xF80), "bo"),
    0x1000: "my",
    0x1080: "ka",
    **dict.fromkeys((0x1200, 0x1280, 0x1300), "am"),
    0x1780: "km",
}
_WRITTEN_IN_CYRILLIC = "ru uk bg sr mk be kk ky mn tg tt ba cv os kv ce av"
_CYRILLIC = frozenset(_WRITTEN_IN_CYRILLIC.split())
_ARABIC = frozenset(("ar", "fa", "ur", "ku", "ps", "sd", "ug"))
_DEVANAGARI = frozenset(("hi", "mr", "ne", "sa"))
_SEVERAL = {
    **dict.fromkeys((0x400, 0x480, 0x500), _CYRILLIC),
    **dict.fromkeys((0x600, 0x680, 0x700, 0x780), _ARABIC),
    0x900: _DEVANAGARI,
}
_LANGUAGES: Mapping[int, frozenset[str]] = MappingProxyType(
    {start >> _PAGE: frozenset((code,)) for start, code in _ONE_LANGUAGE.items()}
    | {start >> _PAGE: codes for start, codes in _SEVERAL.items()}
)
_ANY: frozenset[str] = frozenset()


def languages_of(sample: str) -> frozenset[str]:
    """The languages that `sample` can be in by its script; none where the script, as Latin, does not tell.

    >>> languages_of("καλημέρα"), languages_of("天气很好"), languages_of("bom dia")
    (frozenset({'el'}), frozenset({'zh'}), frozenset())
    """
    if sample.isascii() or not _BEYOND_LATIN.search(sample):
        return _ANY
    letters = sum(map(str.isalpha, sample))
    if code := _east_asian(sample, letters):
        return frozenset((code,))
    pages = Counter(ord(letter) >> _PAGE for letter in sample if letter > _LAST_LATIN and letter.isalpha())
    counts: Counter[frozenset[str]] = Counter()
    for page, count in pages.items():
        counts[_LANGUAGES.get(page, _ANY)] += count
    candidates, count = counts.most_common(1)[0] if counts else (_ANY, 0)
    return candidates if count * 2 > letters else _ANY


def _east_asian(sample: str, letters: int) -> str:
    """Chinese, Japanese or Korean if most of the text is in their scripts, else `""`."""
    found = len(_EAST_ASIAN.findall(sample))
    # A character of theirs says about as much as two or three letters of an alphabet.
    if not found or found * 3 < letters:
        return ""
    kana, hangul = len(_KANA.findall(sample)), len(_HANGUL.findall(sample))
    if hangul * 2 > found:
        return "ko"
    # Chinese writers put in a の for its looks; Japanese is a third kana and more.
    return "ja" if kana * 8 > found else "zh"
