"""Reads the header of a GGUF file and says whether the file is whole, before a native library sees it.

GGUF (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md) is a header of counts, key-value metadata, a table of
tensors with their offsets, and the tensors themselves. A native reader that maps a truncated file dies with the whole
process; this one checks every length against the file's size first and raises `BadInputError`. It reads the header only
(about 2 MB of a 98 MB file, 0.1 s), keeps no tensor, and its work is bounded whatever the file claims.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO, Final

from truthgpt.errors import BadInputError, MissingError

CARD: Final = "truthgpt.card"
"""The key under which a model that was trained here carries its card, as JSON."""

Value = int | float | bool | str | list["Value"]

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_MAX_KEYS: Final = 4_096
_MAX_TENSORS: Final = 65_536
_MAX_KEY: Final = 65_535
_MAX_NAME: Final = 256
_MAX_STRING: Final = 4 << 20
_MAX_ITEMS: Final = 4_000_000
"""Array items in all metadata together: the largest vocabularies have 262,144 tokens and twice as many merges."""

_STRING: Final = 8
_ARRAY: Final = 9
_SCALARS: Final = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32: Final = _SCALARS[4]
_U64: Final = _SCALARS[10]

_BLOCKS: Final = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    30: (1, 2),  # BF16
}
"""Elements and bytes of one block of each tensor type (ggml.h, `ggml_type`)."""

_CONTROL_TOKEN: Final = 3
"""`tokenizer.ggml.token_type` of tokens that steer the model, such as the end of a turn."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One row of the tensor table: `offset` and `size` in bytes, `offset` from the file's start."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class GGUF:
    """The header of a whole GGUF file."""

    version: int
    metadata: dict[str, Value]
    tensors: dict[str, Tensor]

    @property
    def architecture(self) -> str:
        """`llama`, `qwen2`, …; empty where the file does not say."""
        return self.text("general.architecture")

    @property
    def context(self) -> int:
        """Tokens that the model was trained to read at once; 0 where the file does not say."""
        return self.number(f"{self.architecture}.context_length")

    @property
    def tokens(self) -> list[str]:
        """The vocabulary, by token id."""
        return self._strings("tokenizer.ggml.tokens")

    @property
    def control_tokens(self) -> list[str]:
        """Tokens that steer the model: those that the file marks so, in the vocabulary's order."""
        types = self.metadata.get("tokenizer.ggml.token_type")
        if not isinstance(types, list):
            return []
        return [token for token, kind in zip(self.tokens, types, strict=False) if kind == _CONTROL_TOKEN]

    def text(self, key: str) -> str:
        """The string under `key`, empty where there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """The whole number under `key`, 0 where there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def _strings(self, key: str) -> list[str]:
        value = self.metadata.get(key)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def read(path: Path) -> GGUF:
    """The header of the GGUF file `path`, every length in it checked against the file's size.

    Raises `MissingError` where there is no such file or it cannot be opened, `BadInputError` where it is not a whole
    GGUF file.
    """
    try:
        if path.is_dir():
            raise BadInputError(f"{path} is a folder, not a GGUF model file")
        size = path.stat().st_size
        with path.open("rb") as file:
            return _Reader(file, size, path).gguf()
    except FileNotFoundError:
        raise MissingError(f"{path}: no such model file") from None
    except (OSError, ValueError) as error:
        raise MissingError(f"{path}: the model file cannot be read: {error}") from None


class _Reader:
    """Walks a GGUF file from its start; every read is checked against what is left of the file."""

    def __init__(self, file: BinaryIO, size: int, path: Path) -> None:
        self._file = file
        self._left = size
        self._size = size
        self._path = path
        self._items = 0

    def gguf(self) -> GGUF:
        magic = self._file.read(4)
        if magic != _MAGIC:
            raise BadInputError(f"{self._path} is not a GGUF model file: it begins with {magic!r}")
        self._left -= 4
        version = self._number(_U32)
        if version not in _VERSIONS:
            raise self._bad(f"GGUF version {version} is not supported (2 and 3 are)")
        tensors, keys = self._number(_U64), self._number(_U64)
        if tensors > _MAX_TENSORS or keys > _MAX_KEYS:
            raise self._bad(f"{tensors} tensors and {keys} metadata keys are more than a model has")
        metadata: dict[str, Value] = {}
        for _ in range(keys):
            key = self._string(_MAX_KEY)
            metadata[key] = self._value(self._number(_U32), depth=0)
        return GGUF(version=version, metadata=metadata, tensors=self._tensors(tensors, metadata))

    def _tensors(self, count: int, metadata: dict[str, Value]) -> dict[str, Tensor]:
        rows = [self._row() for _ in range(count)]
        alignment = metadata.get("general.alignment", 32)
        if (
            not isinstance(alignment, int)
            or alignment < 1
            or alignment > 1 << 20
            or alignment & (alignment - 1)
        ):
            raise self._bad(f"an alignment of {alignment!r} is not a power of two")
        data = -(-(self._size - self._left) // alignment) * alignment
        table: dict[str, Tensor] = {}
        for name, shape, kind, offset in rows:
            if name in table:
                raise self._bad(f"tensor {name!r} stands twice in the table")
            if kind not in _BLOCKS:
                raise self._bad(f"tensor {name!r} has type {kind}, which is not supported")
            elements, size = _BLOCKS[kind]
            if shape[0] % elements:
                raise self._bad(f"tensor {name!r} has rows of {shape[0]}, not a multiple of {elements}")
            length = prod(shape) // elements * size
            if offset % alignment or data + offset + length > self._size:
                raise self._bad(f"tensor {name!r} does not fit into it: it is cut off or damaged")
            table[name] = Tensor(name, shape, kind, data + offset, length)
        return table

    def _row(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string(_MAX_NAME)
        dimensions = self._number(_U32)
        if not 1 <= dimensions <= 4:
            raise self._bad(f"tensor {name!r} has {dimensions} dimensions")
        shape = tuple(self._number(_U64) for _ in range(dimensions))
        if 0 in shape:
            raise self._bad(f"tensor {name!r} is empty")
        return name, shape, self._number(_U32), self._number(_U64)

    def _value(self, kind: int, depth: int) -> Value:
        if kind == _STRING:
            return self._string(_MAX_STRING)
        if kind == _ARRAY:
            return self._array(depth)
        return self._scalar(self._layout(kind))

    def _array(self, depth: int) -> Value:
        kind, count = self._number(_U32), self._number(_U64)
        self._items += count
        if self._items > _MAX_ITEMS or depth > 1:
            raise self._bad("its metadata has more items, or deeper ones, than a model has")
        if kind == _STRING:
            return [self._string(_MAX_STRING) for _ in range(count)]
        if kind == _ARRAY:
            return [self._array(depth + 1) for _ in range(count)]
        layout = self._layout(kind)
        return [item for (item,) in layout.iter_unpack(self._bytes(count * layout.size))]

    def _layout(self, kind: int) -> struct.Struct:
        if kind not in _SCALARS:
            raise self._bad(f"metadata type {kind} is not known")
        return _SCALARS[kind]

    def _scalar(self, layout: struct.Struct) -> int | float | bool:
        value: int | float | bool = layout.unpack(self._bytes(layout.size))[0]
        return value

    def _number(self, layout: struct.Struct) -> int:
        return int(self._scalar(layout))

    def _string(self, limit: int) -> str:
        length = self._number(_U64)
        if length > limit:
            raise self._bad(f"a text of {length} bytes in its header is longer than any model has")
        # A token may be a part of a character: such bytes are kept as they are, not refused.
        return self._bytes(length).decode("utf-8", "surrogateescape")

    def _bytes(self, count: int) -> bytes:
        self._left -= count
        chunk = self._file.read(count) if self._left >= 0 else b""
        if len(chunk) != count:
            raise self._bad("it ends in the middle of its header: the download was cut off")
        return chunk

    def _bad(self, what: str) -> BadInputError:
        return BadInputError(f"{self._path} cannot be used as a model: {what}")
