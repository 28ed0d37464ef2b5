"""The words and marks of one English or Portuguese sentence, with offsets, and how a row of them is written again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import regex

from truthgpt.corpus.fold import unaccent

_CLITIC = r"(?:['’](?:s|re|ve|ll|d|m)|n['’]t)(?![\p{L}\d])"
_TOKEN = regex.compile(
    r"(?:https?://|www\.)\S+"
    r"|[@#][\w.]*\w"
    r"|(?:\p{L}\.){2,6}"
    r"|(?:\p{Lu}\p{Ll}{1,3}|[Nn]º)\.(?=[ \u00a0][\p{Lu}\d])"
    r"|(?:R\$|US\$|[$€£¥])?\d+(?:[.,:/]\d+)*(?:\p{L}+|[%°º])*"
    rf"|{_CLITIC}"
    rf"|(?:(?!{_CLITIC})[\p{{L}}\p{{M}}])+(?:(?!{_CLITIC})['’-][\p{{L}}\p{{M}}\d]+|\d+)*"
    r"|\.{2,}|[^\s\p{C}]",
    regex.I,
)
_OPEN = {"“": "”", "«": "»", "(": ")", "[": "]", "‘": "’"}
_NO_SPACE_AFTER = frozenset("([“«‘¿¡")
_ACCENTED = frozenset(("é", "está", "dá", "dão"))
"""Portuguese verbs that without their accents would be other words."""
_QUOTES = frozenset("\"'")
_ENDS = frozenset(".!?…。！？")
_QUOTE_OPENS = regex.compile(r"'(?=[\p{L}\d])(?=.{0,400}?[\p{L}\d.,!?]'(?:[\s,.;:!?)]|$))", regex.S)
_QUOTE_CLOSES = regex.compile(r"'(?=[\s,.;:!?)]|$)")
_EMPHASIS = frozenset("*`~_^")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark. `key` is it in lower case without accents (save `_ACCENTED`)."""

    text: str
    key: str
    start: int = -1
    end: int = -1
    spaced: bool = True
    """White space stands before it."""
    sheltered: bool = False
    """It stands between quotation marks or brackets, where nothing is split and no pronoun replaced."""
    carried: bool = False
    """It was brought from another part of the sentence or of the text: not what the claim was made from."""

    @property
    def cased(self) -> bool:
        return self.text[:1].isupper()

    @property
    def mark(self) -> bool:
        return _is_mark(self.text)


@lru_cache(maxsize=65_536)
def _is_mark(text: str) -> bool:
    return not any(char.isalnum() for char in text)


Words = tuple[Word, ...]


def key_of(text: str) -> str:
    lower = text.lower().replace("’", "'")
    return lower if lower in _ACCENTED else unaccent(lower)


def word(text: str, *, spaced: bool = True) -> Word:
    """A word that the source does not hold at this place."""
    return Word(text, key_of(text), spaced=spaced, carried=True)


def words_of(text: str, begin: int, end: int) -> Words:
    """The words of `text` in [`begin`, `end`). Linear; control characters are left out."""
    found: list[Word] = []
    closing: list[str] = []
    quoted = single = False
    for match in _TOKEN.finditer(text, begin, end):
        token, start = match[0], match.start()
        if token in _EMPHASIS and _marks_up(text, start):
            continue
        key = key_of(token)
        if key == "cannot":
            found.append(Word("cannot", "cannot", start, match.end(), True, bool(closing) or quoted))
            continue
        opens, closes = token in _OPEN, bool(closing) and token == closing[-1]
        if closes:
            closing.pop()
        if token == '"':
            quoted = not quoted
        if token == "'" and not single:
            single = _QUOTE_OPENS.match(text, start, end) is not None and (
                start == begin or text[start - 1].isspace()
            )
        elif token == "'" and _QUOTE_CLOSES.match(text, start, end):
            single, closes = False, True
        after = found[-1].end if found else begin
        spaced = start > after and any(char.isspace() for char in text[after:start])
        found.append(
            Word(token, key, start, match.end(), spaced, bool(closing) or quoted or single or closes)
        )
        if opens:
            closing.append(_OPEN[token])
    if closing or quoted:  # a quotation that never closes shelters the whole
        found = [replace(item, sheltered=True) for item in found]
    return tuple(found)


def _marks_up(text: str, at: int) -> bool:
    """Whether the character is emphasis, and not of a number or a name ("10^6", "~50", "user_name")."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if text[at] in "~^":
        return text[at] in (before, after)
    return not (before.isalnum() and after.isalnum())


def carried(words: Sequence[Word]) -> Words:
    """The same words, not part of what a claim is made from."""
    return tuple(replace(item, carried=True) for item in words)


def trimmed(words: Sequence[Word], also: frozenset[str] = frozenset()) -> Words:
    """Without commas, dashes and the keys in `also` at either end."""
    marks = frozenset(",;:-–—") | also
    begin, end = 0, len(words)
    while begin < end and words[begin].key in marks:
        begin += 1
    while end > begin and words[end - 1].key in marks:
        end -= 1
    return tuple(words[begin:end])


def ended(words: Words, end: str = ".") -> Words:
    """With a mark that ends a sentence."""
    last = len(words) - 1
    while last > 0 and words[last].key in ('"', "”", "»", "’", ")", "]", "*", "_"):
        last -= 1
    if words and words[last].text[-1] in _ENDS:
        return words
    return (*words, word(end, spaced=False))


def write(words: Sequence[Word]) -> str:
    """The words as a line of text, its first letter a capital one."""
    parts: list[str] = []
    for index, item in enumerate(words):
        previous = words[index - 1].text if index else ""
        if index and item.spaced and previous not in _NO_SPACE_AFTER:
            parts.append(" ")
        parts.append(item.text)
    first = next((index for index, item in enumerate(words) if not item.mark), None)
    line = "".join(parts)
    if (
        first is None
        or not words[first].text.islower()
        or any(item.text not in _NO_SPACE_AFTER | _QUOTES for item in words[:first])
    ):
        return line
    at = line.find(words[first].text)
    return line[:at] + line[at].upper() + line[at + 1 :]
