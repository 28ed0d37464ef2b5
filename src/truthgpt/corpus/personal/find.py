"""A text in, its personal data out: every finder's spans, the surer before the vaguer, none over another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from truthgpt.corpus.personal.addresses.chinese import chinese
from truthgpt.corpus.personal.addresses.english import english
from truthgpt.corpus.personal.addresses.portuguese import portuguese
from truthgpt.corpus.personal.emails import emails
from truthgpt.corpus.personal.fold import fold
from truthgpt.corpus.personal.networks import networks
from truthgpt.corpus.personal.numbers import accounts, numbers
from truthgpt.corpus.personal.phones import phones
from truthgpt.corpus.personal.spans import Span
from truthgpt.corpus.personal.windows import DIGITS, windows

MAIL, NUMBER, NETWORK, ENGLISH_PLACE, PLACE = 1, 2, 4, 8, 16
"""What a text may hold, as bits: e-mail addresses; numbers of people, cards and telephones; IP addresses and IBANs; postal
addresses in English; those in Portuguese or Chinese."""
FOLDED = 32
"""The bit of texts that `fold` changes, such as those with full-width digits."""
_ALL = MAIL | NUMBER | NETWORK | ENGLISH_PLACE | PLACE | FOLDED

_LINK = re.compile(
    r"(?:https?://|www\.|\b[a-z0-9-]+\.(?:com|org|net|gov|io|br|cn|pt)/)[^\s<>\"\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*$"
)
_LINK_LENGTH = 300
_IN_LINKS = frozenset({"email", "ip"})


def find(text: str, may_hold: int = _ALL) -> list[Span]:
    """The personal data of `text`, in order, without overlaps; only finders of the bits in `may_hold` are asked.

    The digits of a link are no number of anybody's, save where the link itself is a telephone's (`tel:`, `wa.me/`).

    >>> find("write to ana@example.com")
    [Span(start=9, end=24, kind='email')]
    """
    if not may_hold & ~FOLDED:
        return []
    folded, places = fold(text) if may_hold & FOLDED else (text, range(len(text) + 1))
    kept: list[Span] = []
    for span in _all(folded, may_hold):
        at = bisect_left(kept, span)
        if any(span.start < other.end and other.start < span.end for other in kept[max(0, at - 1) : at + 1]):
            continue
        if span.kind in _IN_LINKS or not _in_link(folded, span.start):
            kept.insert(at, span)
    # The end is that of the last character, so that nothing unseen after it is taken along.
    return [Span(places[start], places[end - 1] + 1, kind) for start, end, kind in kept]


def _all(text: str, may_hold: int) -> Iterator[Span]:
    """What every finder finds, the surer before the vaguer: of two spans that overlap, the first stands."""
    if may_hold & MAIL:
        yield from emails(text)
    if may_hold & NETWORK:
        yield from accounts(text)
    stretches = list(windows(DIGITS, text)) if may_hold & NUMBER else []
    yield from numbers(text, stretches)
    if may_hold & NETWORK:
        yield from networks(text)
    yield from phones(text, stretches)
    if may_hold & ENGLISH_PLACE:
        yield from english(text)
    if may_hold & PLACE:
        yield from portuguese(text)
        yield from chinese(text)


def _in_link(text: str, at: int) -> bool:
    """Whether the number at `at` is part of a link that dials nobody."""
    link = _LINK.search(text, max(0, at - _LINK_LENGTH), at)
    return link is not None and not link.group().rstrip("+").lower().endswith(("wa.me/", "?phone=", "t.me/"))
