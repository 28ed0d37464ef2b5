"""One shape for texts that look alike: what hides or imitates characters is undone before texts are compared.

Nothing here is for showing: the folded text is only matched against other folded text.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

# Zero-width and invisible marks, directional overrides, variation selectors, the soft hyphen, tag characters.
_INVISIBLE = regex.compile(
    r"[\p{Cf}\p{Cc}\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0--[\n\t\r]]", regex.V1
)
_SPACES = regex.compile(r"[^\S\n]+")

# Letters of other scripts that are drawn as a Latin one; applied only inside words that also hold Latin letters,
# so that Russian and Greek words stay what they are.
_LOOKALIKES = str.maketrans(
    dict(
        zip(
            "аеорсухіјѕԁһӏԛԝкмтвнАВЕКМНОРСТУХІЈЅԌαονρτυικεχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıꞵ",
            "aeopcyxijsdhlqwkmtbhABEKMHOPCTYXIJSGaovptuikexABEZHIKMNOPTYXagib",
            strict=True,
        )
    )
)
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
    | {"‐": "-", "‑": "-", "‒": "-", "−": "-", "﹣": "-", "–": "–", "…": "..."}
)
_HAS_LOOKALIKE = regex.compile(r"[\p{Cyrillic}\p{Greek}ɑɡıꞵ]")
_LATIN = regex.compile(r"\p{Latin}")
_OTHER = regex.compile(r"[\p{Cyrillic}\p{Greek}]")
_WORD = regex.compile(r"\w+")
_MARKED = regex.compile(r"\p{Mn}+")
_STACKED = regex.compile(r"(\p{M}{30})\p{M}+")


def calm(text: str) -> str:
    """`text` with at most 30 marks on one letter, as Unicode's stream-safe format has it (UAX #15).

    To bring thousands of marks into their order takes the square of their number.
    """
    return text if text.isascii() else _STACKED.sub(r"\1", text)


def nfc(text: str) -> str:
    """`text` in normalization form C, in linear time; see `calm`."""
    return unicodedata.normalize("NFC", calm(text))


def fold(text: str) -> str:
    """`text` in NFKC without invisible characters, look-alike letters as Latin, plain quotes; case and accents stay.

    Linear in the length of `text`; the length may change.
    """
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text)
    # A bullet or a compatibility form may expand; what is invisible goes first, so that "f\u200bree" is one word.
    text = unicodedata.normalize("NFKC", calm(_INVISIBLE.sub("", text))).translate(_TYPOGRAPHY)
    if _HAS_LOOKALIKE.search(text):
        text = _WORD.sub(_unmix, text)
    return _SPACES.sub(" ", text)


def _unmix(match: regex.Match[str]) -> str:
    word = match[0]
    if word.isascii():
        return word
    latin = word.translate(_LOOKALIKES)
    # A word is an imitation where what the table leaves is Latin and some of it was Latin before.
    return latin if _LATIN.search(word) and not _OTHER.search(latin) else word


@lru_cache(maxsize=65_536)
def unaccent(word: str) -> str:
    """`word` without its accents ("inflação" → "inflacao")."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _MARKED.sub("", unicodedata.normalize("NFD", calm(word))))


def plain(text: str) -> str:
    """`fold(text)` in lower case without accents: what patterns that know no case and no accents are matched on."""
    folded = fold(text).casefold()
    return (
        folded
        if folded.isascii()
        else unicodedata.normalize("NFC", _MARKED.sub("", unicodedata.normalize("NFD", folded)))
    )
