"""Text as an export holds it, text as its author wrote it out, a column at a time.

What `corpus.clean.clean` says of one text holds for a column, and C1 controls go as well: they are bytes of Windows'
code pages that somebody read as Latin-1, or orders to a terminal.
"""

from __future__ import annotations

from typing import Any

import daft
import daft.functions as F  # noqa: N812 -- the name that Daft's own documents use
import pyarrow.compute as pc
from daft import DataType, Expression, Series

from truthgpt.corpus.clean import unescape
from truthgpt.corpus.cleaning import html
from truthgpt.corpus.cleaning.rows import change, each
from truthgpt.corpus.fold import nfc

_LINE_ENDS = "\r\n?|\u0085"
_UNWANTED = "[\0-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]"
"""C0 controls but tab and line feed, DEL, C1 controls, bidirectional overrides and isolates. Joiners stay: emoji and
Persian need them. Lone surrogates do not get this far: `rows.strings`, which makes columns, leaves them out."""

MAYBE_NOT_NFC = (
    r"[\p{M}\x{374}\x{37e}\x{387}\x{958}-\x{95f}\x{9dc}-\x{9df}\x{a33}-\x{a36}\x{a59}-\x{a5e}\x{b5c}\x{b5d}"
    r"\x{f43}-\x{f69}\x{1161}-\x{11ff}\x{1f71}-\x{1fff}\x{2000}\x{2001}\x{2126}-\x{212b}"
    r"\x{2329}\x{232a}\x{2adc}\x{f900}-\x{fb4f}\x{105c9}-\x{105e4}\x{11382}-\x{113c9}\x{16d63}-\x{16d6a}\x{1d15e}-\x{1d1c0}\x{2f800}-\x{2fa1f}]"
)
"""Characters of which a text not in NFC has one: marks that may join the letter before, and second forms of others."""


def clean(text: Expression, markup: Expression) -> Expression:
    """`text` without its markup (`"entities"`, `"html"` or `""`), in Unicode NFC, lines ended by `\\n`, without control
    characters, bidirectional overrides and blanks around it.

    Strings in, strings out; null stays null. Clean text with the markup `""` comes back as it is.
    """
    lines = F.regexp_replace(_plain(text, markup, F.contains(text, "&")), _LINE_ENDS, "\n")
    return F.strip(_nfc(F.regexp_replace(lines, _UNWANTED, "")))


@daft.func.batch(return_dtype=DataType.string())
def _plain(text: Series, markup: Series, escaped: Series) -> Any:
    """Text without markup: most rows have none, or no entity (`escaped`), and cost a comparison."""
    texts, kinds = text.to_arrow(), markup.to_arrow()
    encoded = pc.and_(pc.equal(kinds, "entities"), escaped.to_arrow())
    written = change(texts, encoded, each(unescape))
    return change(written, pc.equal(kinds, "html"), each(html.to_text))


@daft.func.batch(return_dtype=DataType.string())
def _nfc(text: Series) -> Any:
    """Unicode normalization form C (UAX #15), of the texts that may be in another. ASCII has one form only.

    Not by Arrow's `utf8_normalize`: it leaves a letter and its accent two characters (seen in 25.0).
    """
    texts = text.to_arrow()
    return change(texts, pc.invert(pc.string_is_ascii(texts)), _composed)


def _composed(texts: Any) -> Any:
    return change(texts, pc.match_substring_regex(texts, MAYBE_NOT_NFC), each(_compose))


def _compose(text: str) -> str:
    return nfc(text)
