"""Texts in, unit vectors out: a static embedding, which is a table of token vectors and a mean.

A text's vector is the sum of its tokens' vectors, scaled to length 1. There is no network to run, so a question
costs microseconds and an archive of posts is embedded as fast as it is read; what is given up is word order. A
token's weight (how much "the" counts beside "earthquake") is learned with its vector and is the vector's length.

Splitting into tokens is made for speed. One `bytes.translate` lower-cases ASCII and turns its punctuation into
spaces, one `split` finds the words of a whole block of texts, and one dictionary look-up a word finds the row of
the table. Only a word that is not in the table takes the slow path: accents are folded, and the rest is cut into
the longest pieces that the table has, from the left: `vacin` + `##ometro` inside words, words and single
characters inside a run of Han. `scripts/make_vectors.py` makes the table; `docs/vectors.md` is its card.
"""

from __future__ import annotations

import hashlib
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import regex

from truthgpt.errors import BadInputError, MissingError
from truthgpt.search.glossary import NONE, Entry, Glossary, pack

if TYPE_CHECKING:
    from truthgpt.search.kernels import Lookup

MAX_CHARACTERS = 1000
"""Of each text, the characters that are read. Measured: more costs time and does not find more (docs/vectors.md)."""

FOLDER = Path(__file__).parent / "vectors"
"""The table that ships with the package."""

FORMAT = 2
VOCABULARY, VECTORS, SCALES, MANIFEST = "vocabulary.txt", "vectors.npy", "scales.npy", "manifest.json"
ENGLISH = "english.tsv"
"""Words and expressions of other languages with the English for them: a `glossary`."""

_BLOCK = 64  # texts at a time: their gathered rows (about 3,000 of 1 KB) then stay in the second-level cache
_MANY = 512  # texts from which compiled sums are worth loading
_CACHED_BYTES = 32  # a longer "word" is a clause of Chinese or noise, and will hardly come again
_BREAK = "\0"
_UNKNOWN, _END = -1, -2
_ASCII = bytes(
    code + 32
    if 65 <= code <= 90
    else code
    if code in b"abcdefghijklmnopqrstuvwxyz0123456789\0" or code > 127
    else 32
    for code in range(256)
)
_MARKS = regex.compile(r"[\p{M}'’`´]+")
_RUN = regex.compile(r"(?V1)(?P<han>\p{Han}+)|[[\p{L}\p{N}]--\p{Han}]+")

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Find: TypeAlias = "Callable[[bytes], tuple[Rows, list[bytes]]]"
"""Texts, each ended by a zero byte, to the rows of their words and the words that have none."""


def fold(text: str) -> str:
    """`text` as tokens spell it: compatibility forms resolved, lower case, without accents or apostrophes."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.lower()))


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """The folded words of `text` in order, each with whether it is a run of Han characters."""
    for match in _RUN.finditer(fold(text)):
        yield match.group(), match.group("han") is not None


def reach(vocabulary: Iterable[str]) -> dict[str, int]:
    """For the first two characters of tokens (after any `##`), how many characters the longest such token spells."""
    longest: dict[str, int] = {}
    for token in vocabulary:
        mark = "##" if token.startswith("##") else ""
        size = len(token) - len(mark)
        start = token[: len(mark) + 2]
        longest[start] = max(size, longest.get(start, 0))
    return longest


def pieces(word: str, han: bool, vocabulary: Mapping[str, int], longest: Mapping[str, int]) -> list[int]:
    """The rows of the longest tokens of `vocabulary` that spell `word`, from the left; what has no token is skipped.

    `longest` is `reach(vocabulary)`: it says how far to look, so that most places need one look-up or two.
    """
    rows: list[int] = []
    start, mark = 0, ""
    while start < len(word):
        for end in range(
            start + min(len(word) - start, longest.get(mark + word[start : start + 2], 1)), start, -1
        ):
            row = vocabulary.get(mark + word[start:end])
            if row is not None:
                rows.append(row)
                start = end
                break
        else:
            start += 1
        mark = "" if han else "##"
    return rows


class Embedding:
    """A table of token vectors. Nothing in it changes once it is made, so that threads may share it.

    `vocabulary` names the rows of `table` (tokens, dimensions), float32, whose lengths are the tokens' weights. `glossary` has
    the English for words in other languages. `identity` is equal for equal tables that were loaded.
    """

    near = 0.35, 0.5
    """Cosines from which a post that has none of the words looked for is found at all: where other posts have some, and where
    no post has any. Static vectors find some post near to any letters."""

    def __init__(
        self,
        vocabulary: Sequence[str],
        table: Floats,
        glossary: Glossary = NONE,
        identity: str = "",
    ) -> None:
        if table.ndim != 2 or len(vocabulary) != len(table):
            raise BadInputError(f"token vectors of shape {table.shape} for {len(vocabulary)} tokens")
        self.dimensions = int(table.shape[1])
        self.identity = identity
        self._table = table
        self._rows = {token: row for row, token in enumerate(vocabulary)}
        self._glossary = glossary
        self._reach = reach(vocabulary)
        # Looked up word by word, as bytes: with the mark between texts, and no harm from pieces ("#" is never in a word).
        self._words = {token.encode(): row for token, row in self._rows.items()}
        self._words[_BREAK.encode()] = _END
        self._cached = lru_cache(maxsize=1 << 16)(self._split)

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The embedding in `folder`, by default the one that ships with the package.

        Raises `MissingError` where a file is absent, and `BadInputError` where one is damaged.
        """
        folder = folder or FOLDER
        try:
            contents = {
                name: (folder / name).read_bytes() for name in (MANIFEST, VOCABULARY, VECTORS, SCALES)
            }
        except FileNotFoundError as error:
            raise MissingError(
                f"no token vectors: {error.filename} is absent; install truthgpt again"
            ) from error
        except OSError as error:
            raise MissingError(f"token vectors cannot be read: {error.filename}: {error.strerror}") from error
        sums = _checked(folder, contents)
        tokens = contents[VOCABULARY].decode().splitlines()
        quantised = _array(contents[VECTORS], "|i1", folder / VECTORS)
        scales = _array(contents[SCALES], "<f4", folder / SCALES)
        if quantised.ndim != 2 or scales.shape != quantised.shape[:1]:
            raise BadInputError(
                f"{folder / VECTORS}: its shape does not fit {SCALES}; install truthgpt again"
            )
        table = np.multiply(quantised, scales[:, None], dtype=np.float32)
        identity = _sha256(b"".join(contents[name] for name in (VOCABULARY, VECTORS, SCALES)))[:16]
        return cls(tokens, table, Glossary.load(folder / ENGLISH, sums.get(ENGLISH, "")), identity)

    def translated(self, text: str) -> str:
        """The English for the words of `text` that are not English: see `Glossary`."""
        return self._glossary.translated(text)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (len(texts), dimensions), float32; a text with no known token gets zeros.

        Reads the first `MAX_CHARACTERS` of each text. The same text gives the same vector, whatever stands beside it.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        find, add_up = self._find, _add_up
        if len(texts) >= _MANY:
            # The same vectors, to the last bit, in a sixth of the time; but it takes half a second to load.
            from truthgpt.search import kernels

            find, add_up = self._find_many, kernels.add_up
        for start in range(0, len(texts), _BLOCK):
            rows, counts = self._tokenize(texts[start : start + _BLOCK], find)
            add_up(self._table, rows, counts, vectors[start : start + _BLOCK])
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(lengths, np.float32(1e-12))[:, None]
        return vectors

    def encode_query(self, text: str) -> Floats:
        """The vector (dimensions,) of what is asked: no other than that of a text."""
        vector: Floats = self.encode([text])[0]
        return vector

    def tokens(self, text: str) -> tuple[Floats, Floats]:
        """The unit vectors (n, dimensions) of the tokens of `text`, and their weights (n,): how much each one tells."""
        rows, _ = self.tokenize([text])
        vectors = self.rows(rows)
        weights = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        return vectors / np.maximum(weights, np.float32(1e-12))[:, None], weights

    @property
    def size(self) -> int:
        """The rows of the table."""
        return len(self._table)

    def rows(self, rows: Rows) -> Floats:
        """The vectors (n, dimensions) of these rows of the table, unit vectors times weights."""
        vectors: Floats = self._table.take(rows, axis=0)
        return vectors

    def tokenize(self, texts: Sequence[str]) -> tuple[Rows, npt.NDArray[np.int64]]:
        """The rows of the table that `encode` sums: those of all texts, one after the other, and how many each has."""
        return self._tokenize(texts, self._find)

    def _tokenize(self, texts: Sequence[str], find: Find) -> tuple[Rows, npt.NDArray[np.int64]]:
        joined = "".join([f"{text[:MAX_CHARACTERS].replace(_BREAK, ' ')}\n\0\n" for text in texts])
        rows, unknown = find(joined.encode("utf-8", "replace"))
        return self._with_pieces(rows, unknown)

    def _find(self, text: bytes) -> tuple[Rows, list[bytes]]:
        """The rows of the words of texts, `_UNKNOWN` for some and `_END` behind each text; and the unknown words."""
        words = text.translate(_ASCII, b"'").split()
        rows = np.fromiter(map(self._words.get, words, repeat(_UNKNOWN)), dtype=np.int32, count=len(words))
        return rows, [words[place] for place in np.flatnonzero(rows == _UNKNOWN).tolist()]

    def _find_many(self, text: bytes) -> tuple[Rows, list[bytes]]:
        """As `_find`, but that words in ASCII are cut into their pieces already."""
        rows, places = self._lookup(text, _UNKNOWN, _END)
        return rows, [text[start:end].translate(_ASCII, b"'") for start, end in places.tolist()]

    @cached_property
    def _lookup(self) -> Lookup:
        from truthgpt.search import kernels

        spelling = np.frombuffer(_ASCII, np.uint8).copy()
        spelling[ord("'")] = kernels.DROPPED
        return kernels.Lookup({word: row for word, row in self._words.items() if row >= 0}, spelling)

    def _with_pieces(self, rows: Rows, unknown: list[bytes]) -> tuple[Rows, npt.NDArray[np.int64]]:
        """`rows` with each `_UNKNOWN` replaced by the rows of the pieces of its word, which may be none, and without
        the `_END`s; and how many each text has."""
        splits = [self._cached(word) if len(word) <= _CACHED_BYTES else self._split(word) for word in unknown]
        lengths = np.ones(len(rows), dtype=np.int64)
        lengths[rows == _UNKNOWN] = np.fromiter(map(len, splits), np.int64, len(splits))
        replaced = np.repeat(rows, lengths)
        replaced[replaced == _UNKNOWN] = [row for split in splits for row in split]
        ends = np.flatnonzero(replaced == _END)
        return replaced[replaced >= 0], np.diff(ends, prepend=-1) - 1

    def _split(self, word: bytes) -> tuple[int, ...]:
        text = word.decode("utf-8", "replace")
        return tuple(row for run, han in runs(text) for row in pieces(run, han, self._rows, self._reach))


def _add_up(table: Floats, rows: Rows, counts: npt.NDArray[np.int64], sums: Floats) -> None:
    """Add to each of `sums` (n, dimensions), zeros, its `counts` (n,) next `rows` of `table`, one after the other."""
    end = 0
    for text, count in enumerate(counts.tolist()):
        start, end = end, end + count
        # Along the first axis NumPy adds row after row, as the compiled sums do.
        np.add.reduce(table[rows[start:end]], axis=0, out=sums[text])


def save(
    folder: Path, vocabulary: Sequence[str], table: Floats, english: Mapping[str, Entry] | None = None
) -> None:
    """Writes the files that `Embedding.load` reads: each row as 8-bit integers and one scale, largest value 127."""
    largest = np.abs(table).max(axis=1)
    scales = (np.maximum(largest, 1e-12) / 127).astype("<f4")
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / VECTORS, np.rint(table / scales[:, None]).astype("|i1"))
    np.save(folder / SCALES, scales)
    (folder / VOCABULARY).write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / ENGLISH).write_bytes(pack(english or {}))
    files = (VOCABULARY, VECTORS, SCALES, ENGLISH)
    sums = {name: _sha256((folder / name).read_bytes()) for name in files}
    manifest = {"format": FORMAT, "dimensions": table.shape[1], "tokens": len(vocabulary), "sha256": sums}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _checked(folder: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file as the manifest gives it. Raises `BadInputError` where one of `contents` has another."""
    try:
        manifest = json.loads(contents[MANIFEST])
        written, sums = manifest["format"], dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(
            f"{folder / MANIFEST}: not a manifest of token vectors; install truthgpt again"
        ) from error
    if written != FORMAT:
        raise BadInputError(
            f"{folder / MANIFEST}: format {written!r}, but this truthgpt reads format {FORMAT}"
        )
    for name in (VOCABULARY, VECTORS, SCALES):
        if _sha256(contents[name]) != sums.get(name):
            raise BadInputError(
                f"{folder / name}: damaged (its SHA-256 is not the manifest's); install truthgpt again"
            )
    return sums


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _array(content: bytes, dtype: str, path: Path) -> npt.NDArray[Any]:
    """The array in a .npy file, checked to be of `dtype`."""
    try:
        array: npt.NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadInputError(f"{path}: not an array; install truthgpt again") from error
    if array.dtype != np.dtype(dtype):
        raise BadInputError(f"{path}: values of type {array.dtype}, not {dtype}; install truthgpt again")
    return array
