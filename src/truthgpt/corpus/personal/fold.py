"""Full-width, spaced and invisibly split text in, plain ASCII forms of it out, with the way back to each character."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Not the full-width comma, colon, semicolon, exclamation and question marks: beside a number they end a clause, where
# the ASCII ones may be part of it.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF02, 0xFF5F) if chr(code) not in "，：；？"} | {
    0x3010: "[",
    0x3011: "]",
}
_DIGITS = {
    zero + value: str(value)
    for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6)
    for value in range(10)
}
_DASHES = dict.fromkeys([*range(0x2010, 0x2014), 0x2212, 0xFE63, 0x30FC], "-")
_BLANKS = dict.fromkeys([0xA0, 0x3000, 0x202F, 0x205F, *range(0x2000, 0x200B)], " ")
_ONE_TO_ONE = {**_WIDE, **_DIGITS, **_DASHES, **_BLANKS}
_FOLDS = "".join(map(chr, _ONE_TO_ONE))
# The last two make a keycap of the digit before them.
_UNSEENS = "\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff\ufe0f\u20e3"
_FOLDED = re.compile(f"[{_FOLDS}]")
_UNSEEN = re.compile(f"[{_UNSEENS}]+")
ODD = f"[{_FOLDS}{_UNSEENS}]"
"""What a text has a character of where `fold` changes it, for Rust's expressions too."""


def fold(text: str) -> tuple[str, Sequence[int]]:
    """`text` with full-width and other scripts' digits, dashes and blanks as ASCII and without characters that are not
    seen; and for each character of it, and its end, the place in `text`.

    >>> fold("１３\\u200b８")
    ('138', [0, 1, 3, 4])
    """
    places: Sequence[int] = range(len(text) + 1)
    if text.isascii():
        return text, places
    if _UNSEEN.search(text):
        kept: list[int] = []
        at = 0
        for unseen in _UNSEEN.finditer(text):
            kept.extend(range(at, unseen.start()))
            at = unseen.end()
        places = [*kept, *range(at, len(text) + 1)]
        text = _UNSEEN.sub("", text)
    return _FOLDED.sub(lambda letter: _ONE_TO_ONE[ord(letter.group())], text), places
