"""A query in Portuguese or Chinese in, the English that posts have for its words and expressions out.

Forms stand as they are written, with their accents, since "país" is a country and "pais" are parents, and without, as many
type them. Of a form the usual English comes first and what else posts say for it after it;
of what says nothing by itself, "de" or 的, there is none. The longest expression wins: "dor de cabeça" is a headache. Chinese, which puts
no spaces between words, is cut into as few known ones as can be.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import regex

from truthgpt.errors import BadInputError, MissingError

MAX_CHARACTERS = 1000
"""Of a query, the characters that are read."""
SENSES = 2
"""The English of one form that is looked for, at most: with one fewer English posts are found, with three no more
(`benchmarks/quality.py --only cross_language`)."""

_LONGEST = 5
"""Words of an expression, at most."""
_LETTERS = r"[[\p{L}\p{M}\p{N}]--\p{Han}]+"
_WORD = regex.compile(rf"(?V1)(?P<han>\p{{Han}}+)|{_LETTERS}(?:['’-]{_LETTERS})*")
_HAN = regex.compile(r"\p{Han}")
_MARKS = regex.compile(r"\p{M}+")
_BETWEEN, _ENGLISH_TOO = "|", "="
_KNOWN, _ALONE, _UNKNOWN = 1.0, 1.3, 1.6
"""What a piece of Chinese costs: a word or an expression, a known character by itself, and one that is not known."""
_LENGTH = 0.01
"""By which a piece is cheaper, times its length squared: of two ways to cut, the less even one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The English `senses` of a form, the usual one first, none where it says nothing by itself; `english` where English
    has a word that is spelled so, from which no language can be told."""

    senses: tuple[str, ...]
    english: bool = False


class Glossary:
    """Forms and their English. Nothing in it changes once it is made, so that threads may share it."""

    def __init__(self, content: Callable[[], bytes]) -> None:
        """`content` is asked for, as `pack` makes it, when the first text is translated."""
        self._content = content

    @classmethod
    def load(cls, path: Path, digest: str) -> Self:
        """That in the file at `path`, of this SHA-256. When it is read, raises `MissingError` where it is absent and
        `BadInputError` where it is another."""
        return cls(lambda: _read(path, digest))

    def translated(self, text: str) -> str:
        """The English for `text`, form after form, at most `SENSES` of each; words without any as they stand, and so all Latin ones
        beside Chinese. Empty where fewer of its words are known to be of another language than are not, as of a foreign name in
        an English text."""
        pieces = self._pieces(text[:MAX_CHARACTERS])
        foreign = sum(piece.count(" ") + 1 for piece, entry in pieces if entry and not entry.english)
        others = sum(entry is None for _, entry in pieces)
        chinese = any(_is_han(piece) for piece, _ in pieces)
        if not (chinese or foreign >= others) or not any(
            entry and entry.senses for _, entry in pieces if foreign
        ):
            return ""
        found: list[str] = []
        for piece, entry in pieces:
            if entry is not None:
                found += entry.senses[:SENSES]
            elif not _is_han(piece):
                found.append(piece)
        return " ".join(found)

    def _pieces(self, text: str) -> list[tuple[str, Entry | None]]:
        words = [(match.group(), match.group("han") is not None) for match in _WORD.finditer(composed(text))]
        if any(han for _, han in words):
            cut = [self._cut(word) if han else [word] for word, han in words]
            return [(piece, self._entry(piece) if _is_han(piece) else None) for some in cut for piece in some]
        found: list[tuple[str, Entry | None]] = []
        at = 0
        while at < len(words):
            for end in range(min(at + _LONGEST, len(words)), at, -1):
                form = " ".join(word for word, _ in words[at:end])
                if (entry := self._entry(form)) is not None or end == at + 1:
                    found.append((form, entry))
                    at = end
                    break
        return found

    def _entry(self, form: str) -> Entry | None:
        """What is known of `form`, or of it without accents."""
        packed = self._packed.get(form) or self._packed.get(bare(form))
        return None if packed is None else _entry(packed)

    def _cut(self, run: str) -> list[str]:
        """The pieces of a run of Han characters that cost the least in all."""
        costs, begins = [0.0] + [float("inf")] * len(run), [0] * (len(run) + 1)
        for begin in range(len(run)):
            for end in range(begin + 1, min(begin + self._longest, len(run)) + 1):
                known, length = run[begin:end] in self._packed, end - begin
                if length == 1:
                    cost = _ALONE if known else _UNKNOWN
                elif known:
                    cost = _KNOWN - _LENGTH * length**2
                else:
                    continue
                if costs[begin] + cost < costs[end]:
                    costs[end], begins[end] = costs[begin] + cost, begin
        pieces: list[str] = []
        end = len(run)
        while end:
            pieces.append(run[begins[end] : end])
            end = begins[end]
        return pieces[::-1]

    @cached_property
    def _packed(self) -> Mapping[str, str]:
        """Of each form the rest of its line, which is taken apart when it is met."""
        return dict(line.split("\t", 1) for line in self._content().decode().splitlines())

    @cached_property
    def _longest(self) -> int:
        return max((len(form) for form in self._packed if _is_han(form)), default=1)


NONE = Glossary(bytes)


def composed(text: str) -> str:
    """`text` as forms are spelled: lower case, compatibility forms resolved, accents part of their letters."""
    return unicodedata.normalize("NFKC", text.lower())


def bare(form: str) -> str:
    """`form` without accents."""
    return form if form.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", form))


def pack(entries: Mapping[str, Entry]) -> bytes:
    """What a file of `entries` holds."""
    return "".join(
        f"{form}\t{_BETWEEN.join(entry.senses)}\t{_ENGLISH_TOO * entry.english}\n"
        for form, entry in sorted(entries.items())
    ).encode()


def unpack(content: bytes) -> dict[str, Entry]:
    """What `pack` packed."""
    lines = (line.split("\t", 1) for line in content.decode().splitlines())
    return {form: _entry(packed) for form, packed in lines}


def _entry(packed: str) -> Entry:
    senses, mark = packed.split("\t")
    return Entry(tuple(senses.split(_BETWEEN)) if senses else (), mark == _ENGLISH_TOO)


def _read(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingError(
            f"no English for other languages: {path}: {error.strerror}; install truthgpt again"
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise BadInputError(f"{path}: damaged (its SHA-256 is not the manifest's); install truthgpt again")
    return content


def _is_han(form: str) -> bool:
    return _HAN.match(form) is not None
