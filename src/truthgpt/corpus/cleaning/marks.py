"""Whom a post addresses and what it is filed under: mentions and hashtags, in one case.

Most posts hold no sign of either and are not looked at further; the rest are, one by one, from sign to sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import daft
import daft.functions as F  # noqa: N812
import pyarrow as pa
import pyarrow.compute as pc
from daft import DataType, Expression, Series

from truthgpt.corpus.cleaning.rows import lists

HAN = "\u2e80-\u2fff\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
"""Chinese characters, kana and Hangul, for a set of a regular expression: scripts that put no space before a sign."""

_HAN = re.compile(f"[{HAN}]")
_MENTION = re.compile(
    r"[@＠]((?:[A-Za-z_][A-Za-z0-9_]{0,99}(?:[.-][A-Za-z0-9_]{1,99}){0,9})(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?"
    r"|[^\W\d_A-Za-z]\w{0,99}(?:-\w{1,99})?)"
)
_REDDITOR = re.compile(r"u/([A-Za-z0-9_-]{3,20})(?![\w-])")
_BESIDE = "@#＃/&=.+%?-_"
"""After these, as after a letter, a sign begins nothing: "a@b.example", "?to=@name", "/page#part"."""

_WORD = r"\w\u0300-\u036f\u0900-\u0df3\u0e31-\u0e4e\u200c"
# Weibo's topics stand between two signs and may hold spaces; elsewhere a hashtag ends with its word.
_HASHTAG = re.compile(
    rf"[#＃](?:((?:[{HAN}]|\w[\w ·:：-]{{0,40}}?[{HAN}])(?:[\w ·:：!！?？-]{{0,40}}[\w!！?？])?)[#＃]|([{_WORD}]+))"
)
_LETTER = re.compile(r"[^\W\d_]")
_COLOUR = re.compile(r"(?=.*[0-9])(?:[0-9a-f]{3}|[0-9a-f]{6})")


def mentions(text: Expression) -> Expression:
    """The accounts that clean `text` names, in lower case, without the sign: `name`, `user@host.example`.

    A list of strings, each once. `@name`, `@user@host`, and Reddit's `u/name` and `/u/name` are mentions. A name begins
    with a letter: "@5pm" is a time.
    """
    signed = F.contains(text, "@") | F.contains(text, "u/") | F.contains(text, "＠")
    return _mentions(F.when(signed, text))


def hashtags(text: Expression) -> Expression:
    """The hashtags of clean `text`, case-folded, without the sign: a list of strings, each once.

    `#话题#` is one. A hashtag has a letter ("#1" is a rank) and is no colour ("#ff8000").
    """
    return _hashtags(F.when(F.contains(text, "#") | F.contains(text, "＃"), text))


@daft.func.batch(return_dtype=DataType.list(DataType.string()))
def _mentions(texts: Series) -> Any:
    return _each(texts.to_arrow(), _mentioned)


@daft.func.batch(return_dtype=DataType.list(DataType.string()))
def _hashtags(texts: Series) -> Any:
    return _each(texts.to_arrow(), _tagged)


def _mentioned(text: str) -> Iterator[str]:
    for match in _MENTION.finditer(text):
        at = match.start()
        # ".@name" tells everybody what is said to one.
        dotted = text[at - 1 : at] == "." and not text[max(at - 2, 0) : at - 1].strip()
        if dotted or _stands(text, at):
            yield match[1].lower()
    if "u/" in text:
        for match in _REDDITOR.finditer(text):
            at = match.start()
            if _stands(text, at - (text[at - 1 : at] == "/")):
                yield match[1].lower()


def _tagged(text: str) -> Iterator[str]:
    for match in _HASHTAG.finditer(text):
        tag = (match[1] or match[2]).strip().casefold()
        named = _LETTER.search(tag) and not _COLOUR.fullmatch(tag)
        if named and _stands(text, match.start()):
            yield tag


def _stands(text: str, at: int) -> bool:
    """Whether a sign at `at` begins something: not within a word, nor within an address."""
    if at <= 0:
        return True
    before = text[at - 1]
    return not (before in _BESIDE or (before.isalnum() and not _HAN.match(before)))


def _each(column: Any, found: Callable[[str], Iterator[str]]) -> pa.Array:
    """Lists of what is `found` in each text of `column`, each once; null has none."""
    flat: list[str] = []
    lengths = [0] * len(column)
    rows = pc.indices_nonzero(pc.is_valid(column))
    for row, text in zip(rows.to_pylist(), column.take(rows).to_pylist(), strict=True):
        kept = dict.fromkeys(found(text))
        flat.extend(kept)
        lengths[row] = len(kept)
    return lists(flat, lengths)
