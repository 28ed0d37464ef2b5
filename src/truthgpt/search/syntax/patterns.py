"""Words in, a regular expression out that finds them in a text as its author wrote it, for the store's engine (Rust's `regex`).

That engine takes time linear in the text; what it compiles grows with the words, most of all with the gaps between them, which
is why `parse` bounds them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import regex

from truthgpt.corpus.terms import FORMS, SPELLED
from truthgpt.corpus.unspaced import UNSPACED

_MARKS = rf"[\p{{M}}--[{FORMS}]]"
_SPACED = rf"\p{{L}}{_MARKS}\p{{N}}"
_APART = rf"[^{_SPACED}]"
# Next to a word stands no letter; one of a script without spaces belongs to another word.
_BEFORE = rf"(?:^|{_APART}|[{UNSPACED}])"
_AFTER = rf"(?:$|{_APART}|[{UNSPACED}])"

_PIECE = regex.compile(rf"(?V1)[{UNSPACED}]|[[\p{{L}}\p{{N}}]--[{UNSPACED}]][[{_SPACED}]--[{UNSPACED}]]*")
_FORM = re.compile(f"[{FORMS}]")

_LETTERS_WITH_ACCENTS = (range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000))
_ACCENTS = regex.compile(r"[\u0300-\u036F]+")
_PLAIN = str.maketrans({**SPELLED, "ß": "ss"})
_ALIKE = {
    plain: "".join(sign for sign, other in SPELLED.items() if other == plain) for plain in SPELLED.values()
}
_LIGATURES = {
    **{plain: sign for sign, plain in SPELLED.items() if len(plain) > 1},
    "ffi": "ﬃ",
    "ffl": "ﬄ",
    "ff": "ﬀ",
    "fi": "ﬁ",
    "fl": "ﬂ",
    "ss": "ß",
}
"""Signs for several letters; the longest of those that begin alike come first."""


def pieces(text: str) -> list[str]:
    """The words of `text`, and the single characters of scripts without spaces."""
    found: list[str] = _PIECE.findall(unicodedata.normalize("NFC", text))
    return found


def phrase(text: str) -> str:
    """What `text` looks like in a post, in any case, with any accents of Latin, Greek and Cyrillic and whatever stands between
    its words. Where it has no letters and digits it is looked for as it stands."""
    found = pieces(text)
    if not found:
        return re.escape(_FORM.sub("", text) or text)
    made = [_BEFORE if _spaced(found[0]) else ""]
    for number, piece in enumerate(found):
        if number:
            both = _spaced(piece) and _spaced(found[number - 1])
            made.append(_APART + ("+" if both else "*"))
        made.append(_word(piece) if _spaced(piece) else piece)
    made.append(_AFTER if _spaced(found[-1]) else "")
    return "(?i)" + "".join(made)


def _spaced(piece: str) -> bool:
    return regex.match(rf"[{UNSPACED}]", piece) is None


def _word(word: str) -> str:
    letters = _ACCENTS.sub("", unicodedata.normalize("NFKD", word.lower()))
    plain = unicodedata.normalize("NFC", letters).translate(_PLAIN)
    made = []
    at = 0
    while at < len(plain):
        several = next((one for one in _LIGATURES if plain.startswith(one, at)), "")
        if several:
            made.append(f"(?:{''.join(map(_letter, several))}|{_LIGATURES[several]})")
        else:
            made.append(_letter(plain[at]))
        at += len(several) or 1
    return "".join(made)


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    others = _with_accents().get(letter, "") + _ALIKE.get(letter, "")
    if letter.isascii():
        others += chr(ord(letter) + 0xFEE0)  # as wide as a character of Chinese
    return rf"[{letter}{others}][\u0300-\u036F]*" if others else re.escape(letter)


@cache
def _with_accents() -> dict[str, str]:
    """Letters of Latin, Greek and Cyrillic, and the same with accents."""
    found: dict[str, list[str]] = {}
    for letter in (chr(code) for codes in _LETTERS_WITH_ACCENTS for code in codes):
        plain = unicodedata.normalize("NFD", letter.lower())
        if len(plain) > 1 and unicodedata.category(plain[1]) == "Mn":
            found.setdefault(plain[0], []).append(letter)
    return {base: "".join(letters) for base, letters in found.items()}
