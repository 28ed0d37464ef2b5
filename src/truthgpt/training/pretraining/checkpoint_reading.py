"""Reads a distributed checkpoint without running what is in it.

PyTorch keeps the table of a checkpoint as a pickle, and reads it as one: a crafted file would run as this user. Here only
the types that a table is made of are made, and a table of tensors alone is taken: these PyTorch reads by `weights_only`, anything else
it would unpickle.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Final

import torch
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import Metadata, StorageMeta, TensorStorageMetadata

_TABLE: Final = "torch.distributed.checkpoint.metadata"
_NAMES: Final = frozenset(
    {
        (_TABLE, "Metadata"),
        (_TABLE, "MetadataIndex"),
        (_TABLE, "StorageMeta"),
        (_TABLE, "TensorStorageMetadata"),
        (_TABLE, "TensorProperties"),
        (_TABLE, "ChunkStorageMetadata"),
        (_TABLE, "_MEM_FORMAT_ENCODING"),
        ("torch.distributed.checkpoint.filesystem", "_StorageInfo"),
        ("torch", "Size"),
        ("torch.serialization", "_get_layout"),
        ("pathlib", "PosixPath"),
        ("pathlib._local", "PosixPath"),  # its name from Python 3.13 on
    }
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and isinstance(dtype := getattr(torch, name, None), torch.dtype):
            return dtype
        if (module, name) in _NAMES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a checkpoint is made of")


def table(file: Any) -> Metadata:
    """The table of tensors in the open `file`. Raises `UnpicklingError` where anything else is in it."""
    found = _Unpickler(file).load()
    if not isinstance(found, Metadata):
        raise pickle.UnpicklingError("no table of a checkpoint")
    if not all(isinstance(kept, TensorStorageMetadata) for kept in found.state_dict_metadata.values()):
        raise pickle.UnpicklingError("something else than tensors is nothing that a checkpoint is made of")
    return found


class Tensors(DefaultLoadPlanner):
    """PyTorch's planner, which reads nothing but tensors."""

    def load_bytes(self, *_: Any, **__: Any) -> None:
        raise pickle.UnpicklingError("something else than tensors is nothing that a checkpoint is made of")


class Reader(FileSystemReader):
    """PyTorch's reader of a folder, with that table, which is read here: what is wrong with it PyTorch would tell in a traceback.

    Raises `OSError`, and what unpickling does, on what is no table.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with (path / ".metadata").open("rb") as file:
            self._table = table(file)

    def read_metadata(self, *_: Any, **__: Any) -> Metadata:
        if self._table.storage_meta is None:
            self._table.storage_meta = StorageMeta()
        self._table.storage_meta.load_id = self.load_id
        return self._table
