"""Words in, a regular expression out that finds them in a text as its author wrote it.

The store and Python read it alike: Rust's `regex` and Python's have in common what is used here. Its size is linear in
that of the words, and Rust's engine takes time linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import regex

from truthgpt.corpus.unspaced import UNSPACED

_SPACED = r"\p{L}\p{M}\p{N}"
_APART = rf"[^{_SPACED}]"
# Next to a word stands no letter; one of a script without spaces belongs to another word.
_BEFORE = rf"(?:^|{_APART}|[{UNSPACED}])"
_AFTER = rf"(?:$|{_APART}|[{UNSPACED}])"

_PIECE = regex.compile(rf"(?V1)[{UNSPACED}]|[[{_SPACED}]--[{UNSPACED}]]+")
_LETTERS_WITH_ACCENTS = (range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000))


def phrase(text: str) -> str:
    """What `text` looks like in a post, in any case, with any accents and whatever stands between its words. Where it
    has no letters and digits it is looked for as it stands."""
    pieces = _PIECE.findall(unicodedata.normalize("NFC", text))
    if not pieces:
        return re.escape(text)
    made = [_BEFORE if _spaced(pieces[0]) else ""]
    for number, piece in enumerate(pieces):
        if number:
            both = _spaced(piece) and _spaced(pieces[number - 1])
            made.append(_APART + ("+" if both else "*"))
        made.append("".join(map(_letter, piece)))
    made.append(_AFTER if _spaced(pieces[-1]) else "")
    return "(?i)" + "".join(made)


def _spaced(piece: str) -> bool:
    return regex.match(rf"[{UNSPACED}]", piece) is None


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0].lower()
    with_accents = _with_accents().get(base)
    return f"[{base}{with_accents}]" if with_accents else re.escape(letter)


@cache
def _with_accents() -> dict[str, str]:
    """Letters of Latin, Greek and Cyrillic, and the same with accents."""
    found: dict[str, list[str]] = {}
    for letter in (chr(code) for codes in _LETTERS_WITH_ACCENTS for code in codes):
        plain = unicodedata.normalize("NFD", letter.lower())
        if len(plain) > 1 and unicodedata.category(plain[1]) == "Mn":
            found.setdefault(plain[0], []).append(letter)
    return {base: "".join(letters) for base, letters in found.items()}
