"""Words that strangers send: which of them may stand in the database, and as what."""

from __future__ import annotations

import unicodedata

from truthgpt.corpus.fold import nfc
from truthgpt.errors import BadInputError

LONGEST_TEXT = 2000
"""Characters of a note."""
LONGEST_NAME = 500
"""Characters of a post's id and of an outside name; an index of PostgreSQL takes no more of four bytes each."""
_SLACK = 4
"""NFC makes one character of four at most: a text that is longer by this is too long in any form."""
_KEPT = "\n\t"


def storable(word: str) -> bool:
    """Whether `word` can stand in a database as an id or a name; what cannot is nobody's."""
    return 0 < len(word) <= LONGEST_NAME and "\0" not in word and not _surrogates(word)


def checked(word: str, what: str) -> str:
    """`word`, where it is `storable` and has no control characters. Raises `BadInputError`, which calls it `what`."""
    if not storable(word) or any(unicodedata.category(each) == "Cc" for each in word):
        raise BadInputError(
            f"{quoted(word)} is no {what}: 1 to {LONGEST_NAME} characters, none of them a control character"
        )
    return word


def note_text(text: str) -> str:
    """`text` trimmed, in NFC, its line ends `\\n`.

    Raises `BadInputError` where that has not 1 to 2000 characters, none of which shows anything, or control characters.
    """
    trimmed = text.strip()
    if (
        len(trimmed) <= _SLACK * LONGEST_TEXT
    ):  # NFC of a long text of marks takes time with the square of its length
        trimmed = nfc(trimmed.replace("\r\n", "\n"))
    if len(trimmed) > LONGEST_TEXT:
        raise BadInputError(f"a note has at most {LONGEST_TEXT} characters; this one has {len(trimmed)}")
    categories = {unicodedata.category(each) for each in trimmed if each not in _KEPT}
    if categories & {"Cc", "Cs"}:
        raise BadInputError("a note is text without control characters and lone surrogates")
    if not any(category[0] in "LNPS" for category in categories):
        raise BadInputError("a note has text, at least a character that can be seen")
    return trimmed


def quoted(word: object) -> str:
    """The beginning of `word`, to be shown in an error's one line."""
    written = repr(word)
    return written if len(written) <= 60 else f"{written[:57]}…"


def _surrogates(word: str) -> bool:
    return not word.isascii() and any("\ud800" <= each <= "\udfff" for each in word)
