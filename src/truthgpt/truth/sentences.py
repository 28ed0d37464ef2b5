"""Where the sentences of English, Portuguese and Chinese posts start and end, whole or as they stream in.

One scanner serves both uses. It walks from one possible end (a full stop, a line end) to the next and looks
a bounded distance ahead; where what is ahead has not arrived yet it waits instead of guessing. So the sentences
of a stream do not depend on how it was cut, and `split` is the same scanner over a text that is all there.

    >>> [span.text for span in split("Dr. Silva paid R$ 2.50. Why? “It was due.”")]
    ['Dr. Silva paid R$ 2.50.', 'Why?', '“It was due.”']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MAX_SENTENCE = 2_000
"""Characters after which a sentence that does not end is cut, at white space where there is some."""

_LATIN_ENDS = frozenset(".!?…")
_WIDE_ENDS = frozenset("。！？｡︒")
_ENDS = _LATIN_ENDS | _WIDE_ENDS
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_CLOSERS = frozenset("\"'”’»›)]}）］」』】》〉*_")
_QUOTES = frozenset("\"'”’»›」』")
_OPENERS = frozenset("\"'“‘«‹([{（［「『【《〈*_¿¡")
_BULLETS = frozenset("-*•·–—")

_SPACES_AHEAD = 48
_CLOSERS_AHEAD = 12
_WORD_AHEAD = 12
_CITATION_AHEAD = 24
_CITATIONS = 24
"""Reference marks that belong to one sentence, at most."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the end of a sentence: a name, a number or an explanation follows.
_BEFORE_MORE = _words(
    "dr dra mr mrs ms prof profa profs st sr sra srta drs gov sen rep gen col capt lt sgt rev pres exmo exma"
    " av vs cf eg e.g ie i.e p.ex viz approx aprox dept"
)
# The end only where a usual first word of a sentence follows: "in the U.S. The law", but "the U.S. Senate".
_MAY_END = _words(
    "inc ltd ltda co corp bros jr etc al jan feb mar apr jun jul aug sep sept oct nov dec fev abr ago"
    " mon tue wed thu fri am pm a.m p.m u.s u.k u.n e.u u.s.a s.a d.c ph.d m.d b.c a.c eua"
)
# Goes on where a figure follows: "No. 5", "art. 121".
_NUMBERED = _words("no nos nº n p pp núm num art arts fig figs vol eq cap min máx max tel")
_STARTERS = _words(
    "the it he she they we i you this that these those there here in on at by for from with after"
    " before as if when while but and so or yet however although because a an my his her its our their"
    " what why how who where then now some many most all no o os um uma uns umas ele ela eles elas isso"
    " isto este esta esse essa estes estas mas e em na nos nas de do da para por com não se quando como"
    " onde que quem porque porém então depois antes já há eu nós"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence: what the whole text holds at [`start`, `end`), in characters, no white space around it."""

    start: int
    end: int
    text: str


class _Step(NamedTuple):
    """What a possible end turned out to be: a sentence's `end` (else None), and from where to look on."""

    end: int | None
    resume: int


_WAIT = _Step(None, -1)


def split(text: str) -> list[Span]:
    """The sentences of `text` in order; they do not overlap, and every character outside them is white space.

    Linear in the length of `text`. A sentence that would pass `MAX_SENTENCE` characters is cut.
    """
    spans: list[Span] = []
    start = scan = 0
    while start < len(text):
        end, scan = _next_end(text, start, scan, final=True)
        if end is None:
            end = len(text)
        if span := _trim(text, start, end):
            spans.append(span)
        start = scan = end
    return spans


class SentenceStream:
    """Splits a text that arrives in pieces: the sentences of `split`, each as soon as it is sure.

    >>> stream = SentenceStream()
    >>> stream.feed("One is 1.") + stream.feed("5. Two") + stream.flush()
    ['One is 1.5.', 'Two']
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._scan = 0

    def feed(self, piece: str) -> list[str]:
        """The sentences that `piece` completes."""
        return self._take(piece, final=False)

    def flush(self) -> list[str]:
        """What is left once the text has ended; the stream is empty afterwards and may be used again."""
        return self._take("", final=True)

    def _take(self, piece: str, *, final: bool) -> list[str]:
        text = self._buffer + piece
        start, scan = 0, self._scan
        sentences: list[str] = []
        while start < len(text):
            end, scan = _next_end(text, start, scan, final=final)
            if end is None:
                if not final:
                    break
                end = len(text)
            if span := _trim(text, start, end):
                sentences.append(span.text)
            start = scan = end
        self._buffer, self._scan = text[start:], scan - start
        return sentences


def _trim(text: str, start: int, end: int) -> Span | None:
    sentence = text[start:end]
    left = len(sentence) - len(sentence.lstrip())
    sentence = sentence.strip()
    return Span(start + left, start + left + len(sentence), sentence) if sentence else None


def _next_end(text: str, start: int, scan: int, *, final: bool) -> tuple[int | None, int]:
    """Where the sentence from `start` ends (None while not known) and where to look on, from `scan` on."""
    limit = start + MAX_SENTENCE
    at = scan
    while at < min(len(text), limit):
        char = text[at]
        if char in _LINE_ENDS:
            step = _at_line_end(text, at, final=final)
        elif char in _ENDS:
            step = _at_stop(text, start, at, final=final)
        else:
            at += 1
            continue
        if step is _WAIT:
            return None, at
        if step.end is not None:
            return step.end, step.end
        at = step.resume
    if at >= limit and len(text) >= limit:
        return _cut(text, start, limit), at
    return None, min(at, len(text))


def _cut(text: str, start: int, limit: int) -> int:
    for at in range(limit - 1, start + MAX_SENTENCE // 2, -1):
        if text[at].isspace():
            return at
    return limit


def _at_line_end(text: str, at: int, *, final: bool) -> _Step:
    """A blank line ends a sentence; a line end too, unless the next line begins in lower case (soft wrap)."""
    lines, after = 0, at
    while after < len(text) and text[after].isspace():
        if text[after] in _LINE_ENDS and not (text[after] == "\n" and text[after - 1] == "\r"):
            lines += 1
        after += 1
        if lines > 1 or after - at > _SPACES_AHEAD:
            return _Step(after, after)
    if after == len(text):
        return _Step(after, after) if final else _WAIT
    return _Step(None, after) if text[after].islower() else _Step(after, after)


def _at_stop(text: str, start: int, at: int, *, final: bool) -> _Step:
    """Whether the run of stops at `at` ends the sentence that began at `start`."""
    stops = at
    limit = start + MAX_SENTENCE
    while stops < len(text) and text[stops] in _ENDS and stops < limit:
        stops += 1
    if stops == limit:
        return _Step(None, limit)
    closed = stops
    while closed < len(text) and text[closed] in _CLOSERS and closed - stops < _CLOSERS_AHEAD:
        closed += 1
    end = _after_citations(text, closed, final=final)
    if end is None or (end == len(text) and not final):
        return _WAIT
    stay = _Step(None, stops)
    if end == len(text):
        return _Step(end, end)

    wide = any(char in _WIDE_ENDS for char in text[at:stops])
    if wide:
        return _Step(end, end)
    if not text[end].isspace():
        # "3.5", "example.com" and "U.S." go on; Chinese typed with Latin stops does not need a space.
        joined = at > start and _is_wide(text[at - 1]) and not text[end].isdigit()
        return _Step(end, end) if joined or _is_wide(text[end]) else stay

    following = _word_after(text, end, final=final)
    if following is None:
        return _WAIT
    quoted = any(char in _QUOTES for char in text[stops:closed])
    run = text[at:stops]
    lower = following[:1].islower()
    if quoted and lower:
        return stay  # “Is it?” she asked.
    if run == ".":
        ends = quoted or _full_stop_ends(text, start, at, following)
    elif "!" in run or "?" in run:
        ends = not (lower and run == "!" and _is_inner_name(text, start, at))
    else:
        ends = not lower  # an ellipsis within a sentence
    return _Step(end, end) if ends else stay


def _after_citations(text: str, at: int, *, final: bool) -> int | None:
    """Past reference marks (` [1][2, 3]`), which belong to the sentence before them; None while not known."""
    for _ in range(_CITATIONS):
        mark = at + 1 if at < len(text) and text[at] == " " else at
        if mark >= len(text):
            return at if final else None
        if text[mark] != "[":
            return at
        close = text.find("]", mark, mark + _CITATION_AHEAD)
        if close < 0:
            return at if final or len(text) - mark >= _CITATION_AHEAD else None
        inner = text[mark + 1 : close]
        if not inner.strip(",;-– ^") or not all(char.isdigit() or char in ",;-– ^" for char in inner):
            return at
        at = close + 1
    return at


def _word_after(text: str, at: int, *, final: bool) -> str | None:
    """The word after white space and opening marks, bounded; "" where a line ends; None while it may grow."""
    while at < len(text) and text[at].isspace():
        if text[at] in _LINE_ENDS:
            return ""
        at += 1
    opened = at
    while at < len(text) and text[at] in _OPENERS and at - opened < _CLOSERS_AHEAD:
        at += 1
    end = at
    while end < len(text) and text[end].isalnum() and end - at < _WORD_AHEAD:
        end += 1
    if end == len(text) and not final and end - at < _WORD_AHEAD:
        return None
    return text[at:end]


def _full_stop_ends(text: str, start: int, at: int, following: str) -> bool:
    """Whether a single full stop at `at`, before white space and the word `following`, ends the sentence."""
    begin = at
    while begin > start and at - begin < _CITATION_AHEAD and not text[begin - 1].isspace():
        begin -= 1
    word = text[begin:at].lstrip("".join(_OPENERS)).lower()
    first = not text[start:begin].strip().strip("".join(_BULLETS))
    if first and ((word.isdecimal() and len(word) <= 3) or (len(word) == 1 and word.isalpha())) and following:
        return _is_wide(word[-1])  # "1. Wash …" and "a. Wash …" are marks of a list
    if word in _BEFORE_MORE:
        return not following
    if word in _NUMBERED and following[:1].isdigit():
        return False
    initial = len(word) == 1 and word.isalpha() and text[at - 1].isupper()
    if word in _MAY_END or initial:
        return not following or (not following[0].islower() and following.lower() in _STARTERS)
    return True


def _is_inner_name(text: str, start: int, at: int) -> bool:
    """Whether the word before `at` is a capitalised word inside its sentence ("the site Yahoo! was sold")."""
    begin = at
    while begin > start and text[begin - 1].isalnum():
        begin -= 1
    return begin < at and text[begin].isupper() and bool(text[start:begin].strip())


def _is_wide(char: str) -> bool:
    """Whether `char` is of a script written without spaces: kana, Han, or the wide marks beside them."""
    return (
        "\u3001" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or ("\uff01" <= char <= "\uff0f" or "\U00020000" <= char <= "\U0003ffff")
    )
