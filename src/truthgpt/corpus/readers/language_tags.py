"""A platform's language tag in, an ISO 639-1 code out."""

from __future__ import annotations

_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
"""Withdrawn codes that Twitter and Java still write."""


def code(value: object) -> str:
    """The code of a BCP 47 tag: `pt` of `pt-BR`; `""` for what is none, such as Twitter's `und` and `qme`."""
    if not isinstance(value, str):
        return ""
    first = value.strip().lower().replace("_", "-").partition("-")[0]
    return _OLD_CODES.get(first, first) if len(first) == 2 and first.isascii() and first.isalpha() else ""
