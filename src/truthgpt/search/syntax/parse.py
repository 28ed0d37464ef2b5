"""A query as it was typed in, its parts out; the grammar is `nodes`'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truthgpt.errors import BadInputError
from truthgpt.search.query import MAX_CHARACTERS
from truthgpt.search.syntax.fields import ALIASES, FIELDS
from truthgpt.search.syntax.nodes import QUOTES, And, Field, Node, Not, Or, Phrase, Word
from truthgpt.search.syntax.patterns import pieces

MAX_DEPTH = 32
"""Brackets and minus signs within each other."""
MAX_DEMANDS = 64
"""Phrases, fields, and words within OR and minus: the store is asked for each of them."""
MAX_WORDS, MAX_LETTERS = 32, 400
"""Of all demands; characters of scripts without spaces are words. They are looked for in every post, where it comes to that."""

_SHOWN = 24

KINDS = {
    "long": "a query has at most {most:,} characters and this one {there:,}",
    "deep": "brackets and minus signs stand at most {most} deep",
    "many": "a query makes at most {most} demands",
    "words": "the demands of a query have at most {most} words and {letters:,} letters in all",
    "between": "{name} stands between two things; a word is written in small letters",
    "before": "NOT stands before something; a word is written in small letters",
    "bracket_open": "this bracket is never closed",
    "bracket_shut": "this bracket closes none; within quotation marks it is looked for",
    "bracket_empty": "there is nothing between these brackets",
    "quote_open": "this quotation mark has no second one",
    "quote_empty": "there is nothing between these quotation marks",
}
"""What can be wrong with a query, and how it is told."""


class QuerySyntaxError(BadInputError):
    """A query that cannot be read. `position` is the place of the character, from 0, that the message speaks of; `kind` is
    one of `KINDS`, or the name of the field that does not take its value."""

    def __init__(self, query: str, position: int, kind: str, reason: str) -> None:
        self.position = position
        self.kind = kind
        rest = " ".join(query[position : position + _SHOWN].split())
        where = f"character {position + 1} of the query"
        super().__init__(f"{where}, {rest}: {reason}" if rest else f"{where}, its end: {reason}")


def parse(query: str, *, all_demanded: bool = False) -> Node:
    """The parts of `query`; `And(())` where there are none.

    What looks like a field and is none, such as `http://x`, is a word. Raises `QuerySyntaxError` for brackets and
    quotation marks that are open at the end, operators without something to work on, values that a field does not take,
    and for more than the `MAX_…` of this module, words at the top counted as demands where `all_demanded`.
    """
    if len(query) > MAX_CHARACTERS:
        raise _error(query, MAX_CHARACTERS, "long", most=MAX_CHARACTERS, there=len(query))
    reader = _Reader(query)
    node = reader.query(0)
    reader.end()
    _bound(query, reader.starts, node, all_demanded)
    return node


def _bound(query: str, starts: Sequence[int], node: Node, all_demanded: bool) -> None:
    """Raise where the demands of `node`, whose leaves begin at `starts`, are more than can be told of every post."""
    demands = words = letters = 0
    for start, leaf in zip(starts, _leaves(node, all_demanded), strict=True):
        if leaf is None:
            continue
        demands += 1
        if demands > MAX_DEMANDS:
            raise _error(query, start, "many", most=MAX_DEMANDS)
        found = [] if isinstance(leaf, Field) else pieces(leaf.text) or [leaf.text]
        words += len(found)
        letters += sum(map(len, found))
        if words > MAX_WORDS or letters > MAX_LETTERS:
            raise _error(query, start, "words", most=MAX_WORDS, letters=MAX_LETTERS)


def _error(query: str, position: int, kind: str, **said: object) -> QuerySyntaxError:
    return QuerySyntaxError(query, position, kind, KINDS[kind].format(**said))


def _leaves(node: Node, within: bool) -> Iterator[Word | Phrase | Field | None]:
    """The words, phrases and fields, in their order; None for a word that is no demand."""
    if isinstance(node, And):
        for part in node.parts:
            yield from _leaves(part, within)
    elif isinstance(node, Or):
        for part in node.parts:
            yield from _leaves(part, True)
    elif isinstance(node, Not):
        yield from _leaves(node.of, True)
    else:
        yield node if within or not isinstance(node, Word) else None


class _Reader:
    """Recursive descent; `at` is the next character, `starts` are those of the words, phrases and fields read so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts: list[int] = []

    def query(self, depth: int) -> Node:
        """Parts side by side, up to a closing bracket or the end."""
        parts: list[Node] = []
        while not self._over():
            start = self.at
            if self._operator("AND"):
                if not parts or self._over():
                    raise self._error(start, "between", name="AND")
                continue
            parts.append(self._either(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def end(self) -> None:
        """Raise where something is left."""
        if self.at < len(self.text):
            raise self._error(self.at, "bracket_shut")

    def _either(self, depth: int) -> Node:
        parts = [self._single(depth)]
        while True:
            self._skip()
            operator = self.at
            if not self._operator("OR", "|"):
                return parts[0] if len(parts) == 1 else Or(tuple(parts))
            if self._over():
                raise self._error(operator, "between", name="OR")
            parts.append(self._single(depth))

    def _single(self, depth: int) -> Node:
        self._skip()
        start = self.at
        if depth >= MAX_DEPTH:
            raise self._error(start, "deep", most=MAX_DEPTH)
        for name in ("OR", "|", "AND"):
            if self._operator(name):
                raise self._error(start, "between", name="OR" if name == "|" else name)
        if self._minus():
            return Not(self._single(depth + 1))
        letter = self.text[start]
        if letter == "(":
            return self._bracketed(depth)
        self.starts.append(start)
        if letter in QUOTES:
            return Phrase(self._quoted())
        return self._field() or Word(self._run())

    def _bracketed(self, depth: int) -> Node:
        start = self.at
        self.at += 1
        inner = self.query(depth + 1)
        if self.at >= len(self.text):
            raise self._error(start, "bracket_open")
        self.at += 1
        if inner == And(()):
            raise self._error(start, "bracket_empty")
        return inner

    def _minus(self) -> bool:
        """Whether something is denied here; a dash that stands alone is none."""
        start = self.at
        if self._operator("NOT"):
            if self._over():
                raise self._error(start, "before")
            return True
        after = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] == "-" and after and not after.isspace() and after not in ")-":
            self.at += 1
            return True
        return False

    def _quoted(self) -> str:
        """What stands between the quotation mark here and the next."""
        start = self.at
        end = start + 1
        while end < len(self.text) and self.text[end] not in QUOTES:
            end += 1
        if end == len(self.text):
            raise self._error(start, "quote_open")
        self.at = end + 1
        inner = " ".join(self.text[start + 1 : end].split())
        if not inner:
            raise self._error(start, "quote_empty")
        return inner

    def _field(self) -> Field | None:
        start = colon = self.at
        while colon < len(self.text) and (self.text[colon].isalpha() or self.text[colon] == "_"):
            colon += 1
        name = self.text[start:colon].lower()
        name = ALIASES.get(name, name)
        if self.text[colon : colon + 1] != ":" or name not in FIELDS:
            return None
        self.at = colon + 1
        following = self.text[self.at : self.at + 1]
        value = self._quoted() if following and following in QUOTES else self._run()
        kind = FIELDS[name]
        try:
            return Field(name, kind.read(value))
        except ValueError:
            reason = f"{name}: is followed, without a space, by {kind.wanted}"
            raise QuerySyntaxError(self.text, colon + 1, name, reason) from None

    def _run(self) -> str:
        """The characters up to a space, a bracket or a quotation mark."""
        start = self.at
        while self.at < len(self.text) and not self._breaks(self.text[self.at]):
            self.at += 1
        return self.text[start : self.at]

    @staticmethod
    def _breaks(letter: str) -> bool:
        return letter.isspace() or letter in "()" or letter in QUOTES

    def _operator(self, *names: str) -> bool:
        """Whether one of `names` stands here as a word of its own, which is then read."""
        self._skip()
        for name in names:
            end = self.at + len(name)
            if self.text.startswith(name, self.at) and (
                end == len(self.text) or self._breaks(self.text[end])
            ):
                self.at = end
                return True
        return False

    def _over(self) -> bool:
        self._skip()
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _error(self, position: int, kind: str, **said: object) -> QuerySyntaxError:
        return _error(self.text, position, kind, **said)
