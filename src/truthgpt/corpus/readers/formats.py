"""The beginning of a file and its name in, the format to read it in out."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Literal

from truthgpt.errors import BadInputError

Format = Literal["jsonl", "json", "csv", "tsv", "parquet"]
"""`json` is one array of objects; `jsonl` is an object a line."""

_ASKED: dict[str, Format] = {
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "csv": "csv",
    "tsv": "tsv",
    "parquet": "parquet",
}
NAMES = tuple(_ASKED)
"""The formats that can be asked for."""

_BY_SUFFIX: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_PACKED = (".gz", ".gzip", ".zst", ".zstd")
_CONTAINERS = (".zip", ".tar", ".tgz", ".js", ".car")
_DELIMITERS = (",", "\t", ";", "|")
_QUOTED = re.compile(r'"[^"]*"')


def stem(path: Path) -> str:
    """The file's name without the endings that say how it is stored: `politics` of `politics.csv.gz`."""
    name = path.name
    for endings in (_PACKED, (*_BY_SUFFIX, *_CONTAINERS)):
        ending = Path(name).suffix
        if ending.lower() in endings:
            name = name.removesuffix(ending)
    return name


def detect(path: Path, head: bytes, asked: str | None) -> Format:
    """The format that was asked for, else that of the content where it shows, else that of the name.

    `head` is the unpacked beginning of the file, `asked` one of `NAMES`. Raises `BadInputError` for content of no
    known format.
    """
    text = decode(head).lstrip()
    if asked is not None:
        form = _ASKED[asked]
    elif head.startswith(b"PAR1"):
        return "parquet"
    else:
        form = _by_name(path) or _by_content(path, text)
    # JSON comes as one array or as an object a line whatever its file is called.
    return "jsonl" if form == "json" and not text.startswith("[") else form


def delimiter(head: bytes) -> str:
    """What separates the columns of a CSV file: the likeliest by its first line."""
    line = _first_line(decode(head).lstrip())
    best = max(_DELIMITERS, key=line.count)
    return best if best in line else ","


def decode(head: bytes) -> str:
    """The beginning of a text, for a look at it: what cannot be decoded is left out."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "ignore")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore")


def _by_name(path: Path) -> Format | None:
    endings = [ending.lower() for ending in path.suffixes]
    while endings and endings[-1] in _PACKED:
        endings.pop()
    return _BY_SUFFIX.get(endings[-1]) if endings else None


def _by_content(path: Path, text: str) -> Format:
    if text.startswith("{"):
        return "jsonl"
    if text.startswith("["):
        return "json"
    line = _first_line(text)
    if "\0" not in line and any(mark in line for mark in _DELIMITERS):
        return "csv"
    raise BadInputError(f"{path} is of no known format: name it with --format ({', '.join(_ASKED)})")


def _first_line(text: str) -> str:
    return _QUOTED.sub("", text).partition("\n")[0]
