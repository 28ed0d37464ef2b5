"""What a folder of token shards holds, as its `manifest.json` says it: typed on this side, JSON on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from tokenizers import Tokenizer

from truthgpt.corpus import durable
from truthgpt.corpus.durable import missing
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import vocabulary

FILE: Final = "manifest.json"
FORMAT: Final = "truthgpt token shards"
VERSION: Final = 1

DOCUMENT: Final = np.dtype(
    [
        ("key", "<i8"),
        ("start", "<i8"),
        ("bytes", "<i8"),
        ("tokens", "<i4"),
        ("posts", "<i4"),
        ("community", "<i4"),
        ("language", "<i4"),
    ]
)
"""A document in the index of its split, 40 bytes: key of its conversation; place of its first token, counted over the
split's files; UTF-8 bytes of its text; tokens, with the one that ends it; posts; places in the manifest's names."""


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A file: its name below the folder, bytes, BLAKE3 (hexadecimal)."""

    name: str
    bytes: int
    blake3: str


@dataclass(frozen=True, slots=True)
class Amount:
    """Documents, their tokens and the UTF-8 bytes of their texts."""

    documents: int
    tokens: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """A split: how much it holds, of it each community and language, and its files.

    `tokens` are files of tokens in a row; a document lies in one of them. `index` holds a `DOCUMENT` each, `posts` the id
    keys (`<i8`) of their posts, document after document.
    """

    amount: Amount
    communities: Mapping[str, Amount]
    languages: Mapping[str, Amount]
    tokens: tuple[ShardFile, ...]
    index: ShardFile
    posts: ShardFile

    @property
    def files(self) -> tuple[ShardFile, ...]:
        return (*self.tokens, self.index, self.posts)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of it.

    tokenizer     `digest` of the tokenizer that made the tokens, and `vocabulary`, how many it has
    dtype         `<u2`, or `<u4` where the vocabulary has more than 65,536
    corpus        version of the corpus, `content_hash` of all its posts
    left_out      posts that are in no document, by the reason
    validation, validation_documents  how large a part was kept for measuring (`mixture.Data`); None where an earlier version did not say
    communities, languages  names, in the order of the numbers in the index
    """

    tokenizer: str
    vocabulary: int
    dtype: str
    corpus: int
    content_hash: str
    left_out: Mapping[str, int]
    communities: tuple[str, ...]
    languages: tuple[str, ...]
    splits: Mapping[str, SplitFiles]
    validation: float | None = None
    validation_documents: int | None = None
    format: str = field(default=FORMAT)
    format_version: int = field(default=VERSION)

    def as_dict(self) -> dict[str, Any]:
        """The manifest as it is written."""
        return asdict(self)


def digest(tokenizer: Tokenizer) -> str:
    """What tells `tokenizer` from others: BLAKE3 of its JSON without blanks."""
    from blake3 import blake3

    return blake3(orjson.dumps(orjson.loads(tokenizer.to_str()))).hexdigest()


def width(size: int) -> str:
    """The type of the tokens of a vocabulary of `size`."""
    return "<u2" if size <= 1 << 16 else "<u4"


def save(folder: Path, manifest: Manifest) -> None:
    """Write it into `folder`, whole or not at all: with it the folder holds what it names. Raises `MissingError` on a full disk."""
    durable.write(folder / FILE, orjson.dumps(manifest.as_dict(), option=orjson.OPT_INDENT_2))


def load(folder: Path) -> Manifest:
    """The manifest in `folder`. Raises `MissingError` where there is none, `BadInputError` where it is none of this format."""
    path = folder / FILE
    try:
        row = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise MissingError(f"no token shards in {folder}; make them first") from None
    except OSError as error:
        raise missing(path, error) from error
    except ValueError:
        raise BadInputError(f"{path} is damaged; make the shards again") from None
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise BadInputError(f"{path} is of something else than token shards; name another folder")
    if row.get("format_version") != VERSION:
        raise BadInputError(
            f"{path} has version {row.get('format_version')} of its format, this truthgpt reads {VERSION}; make the shards again"
        )
    try:
        row["splits"] = {name: _split(split) for name, split in row["splits"].items()}
        row["communities"], row["languages"] = tuple(row["communities"]), tuple(row["languages"])
        return _sound(Manifest(**row))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadInputError(f"{path} is damaged; make the shards again") from None


def _split(row: dict[str, Any]) -> SplitFiles:
    return SplitFiles(
        amount=Amount(**row["amount"]),
        communities={name: Amount(**amount) for name, amount in row["communities"].items()},
        languages={name: Amount(**amount) for name, amount in row["languages"].items()},
        tokens=tuple(ShardFile(**file) for file in row["tokens"]),
        index=ShardFile(**row["index"]),
        posts=ShardFile(**row["posts"]),
    )


def _sound(manifest: Manifest) -> Manifest:
    """`manifest`, whose numbers fit each other and whose files lie below its folder."""
    item = np.dtype(manifest.dtype).itemsize
    if manifest.dtype != width(manifest.vocabulary) or manifest.vocabulary < vocabulary.SMALLEST:
        raise ValueError
    for split in manifest.splits.values():
        if sum(file.bytes for file in split.tokens) != split.amount.tokens * item:
            raise ValueError
        if split.index.bytes != split.amount.documents * DOCUMENT.itemsize or split.posts.bytes % 8:
            raise ValueError
        if any(Path(file.name).is_absolute() or ".." in Path(file.name).parts for file in split.files):
            raise ValueError
    return manifest
