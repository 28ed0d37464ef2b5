"""Reads a distributed checkpoint without running what is in it.

PyTorch keeps the table of a checkpoint as a pickle, and reads it as one: a crafted file would run as this user. Here only
the types that a table is made of are made; tensors themselves PyTorch reads by `weights_only`.
"""

from __future__ import annotations

import pickle
from typing import Any, Final

from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import Metadata, StorageMeta

_PACKAGES: Final = ("torch.distributed.checkpoint.metadata", "torch.distributed.checkpoint.filesystem")
_NAMES: Final = frozenset(
    {
        ("torch", "Size"),
        ("torch", "device"),
        ("torch.serialization", "_get_layout"),
        ("torch", "strided"),
        ("collections", "OrderedDict"),
        ("pathlib", "PosixPath"),
        ("builtins", "set"),
    }
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        dtype = module == "torch" and name.startswith(("float", "bfloat", "int", "uint", "bool"))
        # A dotted name would lead from a type to what it has of others.
        if "." not in name and (module in _PACKAGES or dtype or (module, name) in _NAMES):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a checkpoint is made of")


def table(file: Any) -> Metadata:
    """The table in the open `file`. Raises `UnpicklingError` where anything else is in it."""
    found = _Unpickler(file).load()
    if not isinstance(found, Metadata):
        raise pickle.UnpicklingError("no table of a checkpoint")
    return found


class Reader(FileSystemReader):
    """PyTorch's reader of a folder, with that table."""

    def read_metadata(self, *_: Any, **__: Any) -> Metadata:
        with self.fs.create_stream(self.fs.concat_path(self.path, ".metadata"), "rb") as file:
            found = table(file)
        if found.storage_meta is None:
            found.storage_meta = StorageMeta()
        found.storage_meta.load_id = self.load_id
        return found
