"""A question that names a year in, whether a post can tell of that year out."""

from __future__ import annotations

import regex

from truthgpt.corpus.post import Post

_YEAR = r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)"
_NAMED = regex.compile(_YEAR)
# "since 2020" asks for more years than it names.
_OPEN = regex.compile(
    rf"\b(?:since|after|before|until|till|by|from|between|desde|após|apos|depois|antes|até|ate|entre)\b\D{{0,12}}{_YEAR}"
    rf"|{_YEAR}\s*(?:年)?\s*(?:以来|以來|之后|之後|以后|以後|之前|以前|[-–—]|to\b|a\b|and\b|e\b|至|到)",
    regex.IGNORECASE,
)


def asked(question: str) -> frozenset[int]:
    """The years that `question` is about; none where it names none, or one that years before or behind count with."""
    if _OPEN.search(question):
        return frozenset()
    return named(question)


def may_tell_of(years: frozenset[int], post: Post) -> bool:
    """Whether `post` may tell of one of `years`: it names one, or was written in one, or names none and was written later.

    What was written before a year came tells of it only by naming it.
    """
    if not years:
        return True
    told = named(post.text)
    if told & years:
        return True
    written = post.created_at.year if post.created_at is not None else None
    if written in years:
        return True
    return not told and (written is None or written > min(years))


def named(text: str) -> frozenset[int]:
    """The years from 1500 to 2099 in `text`."""
    return frozenset(map(int, _NAMED.findall(text)))
