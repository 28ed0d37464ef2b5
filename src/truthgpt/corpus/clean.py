"""Text as a platform stored it in: its entities decoded, or a name on one line, out. `cleaning` cleans whole columns."""

from __future__ import annotations

import html
import re

from truthgpt.corpus.fold import nfc

_RARE_ENTITIES = ("&#", "&q", "&n", "&ap")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


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
        text = nfc(text)
    return text.strip()[:limit]
