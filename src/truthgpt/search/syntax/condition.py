"""The parts of a query in; what ranks posts and what the store is asked to hold for them out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from truthgpt.corpus.postings import All, Having, Some, Terms
from truthgpt.corpus.store import quoted
from truthgpt.corpus.terms import terms
from truthgpt.corpus.unspaced import UNSPACED
from truthgpt.search.syntax.fields import FIELDS
from truthgpt.search.syntax.nodes import And, Field, Node, Not, Or, Phrase, Word
from truthgpt.search.syntax.patterns import phrase, pieces

_UNSPACED = regex.compile(f"[{UNSPACED}]")
_HAN = regex.compile("[\u4e00-\u9fff]")
_MARK = regex.compile(r"\p{M}")
_ACCENTED = frozenset("àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ")
"""Letters that are folded alike in terms and in phrases."""
_SIGNS = 4
"""Of a phrase in a script without spaces, the characters that are looked for by themselves first."""


@dataclass(frozen=True, slots=True)
class LookedFor:
    """`text` ranks posts, and may be empty; `where` and `text_where` (SQL) hold for those that are found, empty where they hold
    for all. To tell `text_where` a post's text is read, of posts alone that have what is wanted by `having`, where that is known. With
    `all_that_hold`, a post for which they hold is found whether or not it has to do with `text`."""

    text: str
    where: str
    text_where: str
    all_that_hold: bool
    having: Having | None


def looked_for(node: Node, *, all_demanded: bool = False) -> LookedFor:
    """What a query looks for: bare words at its top rank alone; phrases, fields and what is in OR and minus are demands. Where
    `all_demanded`, the words at its top are demands as well, and nothing ranks."""
    parts = list(_top(node))
    demands = [part for part in parts if all_demanded or not isinstance(part, Word)]
    of_texts = [part for part in demands if _reads_text(part)]
    return LookedFor(
        "" if all_demanded else " ".join(_ranking(node)),
        " AND ".join(_sql(part) for part in demands if part not in of_texts),
        " AND ".join(map(_sql, of_texts)),
        bool(demands) and len(demands) == len(parts),
        _having(And(tuple(of_texts))),
    )


def _reads_text(node: Node) -> bool:
    if isinstance(node, And | Or):
        return any(map(_reads_text, node.parts))
    return _reads_text(node.of) if isinstance(node, Not) else not isinstance(node, Field)


def _top(node: Node) -> Iterator[Node]:
    """The parts that stand side by side, in brackets or not."""
    if isinstance(node, And):
        for part in node.parts:
            yield from _top(part)
    else:
        yield node


def _ranking(node: Node) -> Iterator[str]:
    """The words that a post may have."""
    if isinstance(node, Word | Phrase):
        yield node.text
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _ranking(part)


def _sql(node: Node) -> str:
    """The condition that `node` holds: true or false for every post, and never null, of which NOT is null."""
    match node:
        case Word():
            return _has_word(node.text)
        case Phrase():
            return _has_phrase(node.text)
        case Field():
            return FIELDS[node.name].sql(node.value)
        case Not():
            return f"NOT ({_sql(node.of)})"
        case And():
            return f"({' AND '.join(map(_sql, node.parts))})"
        case Or():
            return f"({' OR '.join(map(_sql, node.parts))})"


def _has_word(word: str) -> str:
    stems = _stems(word)
    return _has_stems(stems) if stems else _has_phrase(word)


def _has_phrase(text: str) -> str:
    found = f"regexp_like(text, {quoted(phrase(text))})"
    # Signs without case and accents are there as they are, which is told fast.
    signs = [piece for piece in pieces(text) if _UNSPACED.match(piece)][:_SIGNS]
    found = " AND ".join([*(f"contains(text, {quoted(sign)})" for sign in signs), found])
    # Where the words are, so are their stems, which are looked for ten times faster. Not in all scripts are they folded alike.
    stems = _stems(text) if all(letter.isascii() for word in pieces(text) for letter in word) else ""
    return f"({_has_stems(stems)} AND {found})" if stems else f"({found})"


def _having(node: Node) -> Having | None:
    """The terms that a post has for which `node` holds; None where that cannot be told."""
    if isinstance(node, And):
        known = [having for part in node.parts if (having := _having(part)) is not None]
        return All(tuple(known)) if known else None
    if isinstance(node, Or):
        each = [_having(part) for part in node.parts]
        return Some(tuple(having for having in each if having is not None)) if None not in each else None
    if isinstance(node, Word | Phrase):
        return _having_words(node.text)
    return None


def _having_words(text: str) -> Having | None:
    found = pieces(text)
    if _MARK.search(unicodedata.normalize("NFC", text)):
        return None  # a word may begin with it, or not
    if signs := tuple(piece for piece in found if _HAN.fullmatch(piece)):
        return Terms("grams", signs)
    # Of these it is sure that a post has the term, with whatever accents it writes the word.
    plain = [piece for piece in found if all(letter.isascii() or letter in _ACCENTED for letter in piece)]
    stems = tuple(_stems(text) and terms(" ".join(plain)).split())
    return Terms("terms", stems) if stems else None


def _stems(text: str) -> str:
    """The stems of `text` as they stand in the column `terms`; none where a script without spaces is in it, which has none."""
    return "" if _UNSPACED.search(unicodedata.normalize("NFKC", text)) else terms(text)


def _has_stems(stems: str) -> str:
    return f"contains(concat(' ', coalesce(terms, ''), ' '), {quoted(f' {stems} ')})"
