"""A value of a JSON object in, a field of a post out, whatever its type: exports are written by many hands.

What is missing or cannot be used is the field's empty value. Dates are `dates.parse`'s, languages `language_tags.code`'s.
"""

from __future__ import annotations

import math

from truthgpt.corpus.clean import label

NAME = 200
"""Characters of an id, an author or a community at most."""

_ADDRESS = 2000
_MAX_SCORE = 2**31 - 1
_TRUE = frozenset(("true", "1", "yes", "t", "y"))


def text(value: object) -> str:
    """The string without blanks around it, for the rest as the export has it."""
    return value.strip() if isinstance(value, str) else ""


def name(value: object) -> str:
    """An id, an author or a community: one printable line of at most 200 characters, of a whole number its digits."""
    if isinstance(value, str):
        return label(value, NAME)
    if isinstance(value, int) and not isinstance(value, bool):
        # More than 64 bits is no platform's id, and Python refuses to write very long numbers out.
        return str(value) if value.bit_length() <= 64 else ""
    return ""


def score(value: object) -> int:
    """A whole number in 32 bits, signed."""
    if isinstance(value, str):
        try:
            # Before `float`, for which a long number is none.
            return max(-_MAX_SCORE, min(_MAX_SCORE, int(value)))
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                return 0
    if not isinstance(value, int | float) or (isinstance(value, float) and not math.isfinite(value)):
        return 0
    return max(-_MAX_SCORE, min(_MAX_SCORE, int(value)))


def address(value: object) -> str:
    """A link that a page may show: `http` or `https`, without blanks, of at most 2,000 characters."""
    if not isinstance(value, str):
        return ""
    link = label(value, _ADDRESS + 1)
    fit = link[:8].lower().startswith(("http://", "https://")) and len(link) <= _ADDRESS and " " not in link
    return link if fit else ""


def flag(value: object) -> bool:
    """Whether the value says yes: true, 1, or a word for it."""
    if isinstance(value, str):
        return value.strip().lower() in _TRUE
    return isinstance(value, int | float) and value == 1
