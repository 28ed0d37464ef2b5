"""Text as a platform stored it in, text as its author wrote it out: one Unicode form, nothing unseen."""

from __future__ import annotations

import html
import re
import unicodedata

_CONTROLS = bytes(code for code in range(0x20) if code not in (0x09, 0x0A))
_UNWANTED = re.compile("[\0-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 controls but tab and line feed, bidirectional overrides and isolates, lone surrogates. Joiners stay:
emoji need them."""

_RARE_ENTITIES = ("&#", "&q", "&n", "&ap")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


def clean(text: str) -> str:
    """`text` in NFC, lines ended by `\\n`, without control characters, bidirectional overrides, lone
    surrogates and blanks around it. Clean text comes back as it is.

    >>> clean("Cafe\\u0301 \\u202egnp.exe\\r\\n")
    'Café gnp.exe'
    """
    if text.isascii():
        # Deleting from bytes runs at memory speed; most posts have nothing to delete.
        if len(text.encode().translate(None, _CONTROLS)) != len(text):
            text = _UNWANTED.sub("", _line_ends(text))
        return text.strip()
    if _UNWANTED.search(text):
        text = _UNWANTED.sub("", _line_ends(text))
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def unescape(text: str) -> str:
    """`text` with HTML's entities decoded once, as platforms that store HTML need it: `&amp;lt;` is `&lt;`.

    Only whole entities are: in the address `?a=1&copy=2` nothing is one.
    """
    if "&" not in text:
        return text
    if not any(start in text for start in _RARE_ENTITIES):
        # The three that platforms write; the ampersand last, so that nothing is decoded twice.
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def label(text: str, limit: int) -> str:
    """A name on one line: NFC, printable, blanks around it stripped, at most `limit` characters."""
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip()[:limit]


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
