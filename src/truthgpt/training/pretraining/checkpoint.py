"""States of a run on disk, each whole or not at all: weights, optimiser, and how far it is.

    checkpoints/step-00001200/       written as step-00001200.part, renamed once every rank has written and synced
        .metadata, __0_0.distcp …    PyTorch's distributed checkpoint: what each rank holds, by name
        run.json                     the shape, the step, and what the loop remembers

Written beside training: tensors are copied, and a thread writes them. Any number of ranks reads what any other number wrote.
"""

from __future__ import annotations

import os
import re
import shutil
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import orjson
import torch
import torch.distributed as dist
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import async_save

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.training.pretraining import world
from truthgpt.training.pretraining.checkpoint_reading import Reader, Tensors

CHECKPOINTS: Final = "checkpoints"
ABOUT: Final = "run.json"
_NAME: Final = re.compile(r"step-(\d{8})")
_PART: Final = ".part"
_READING: Final = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    ImportError,
    RuntimeError,
    EOFError,
    UnpicklingError,
)
"""What reading a file raises that is not what was written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `step` of `steps` steps done, its highest `rate`, and what the loop remembers besides, as JSON."""

    step: int
    steps: int
    rate: float
    memory: dict[str, Any]


class Checkpoints:
    """The checkpoints in one folder, of runs that have `identity` (JSON) in common; `rank` 0 names and removes them."""

    def __init__(self, folder: Path, identity: dict[str, Any], rank: int, keep: int) -> None:
        self.folder = folder
        self._identity, self._rank, self._keep = identity, rank, max(1, keep)
        self._writing: tuple[Future[Any], Path] | None = None
        # The thread that writes talks to the other ranks' while they train: on a line of its own.
        self._group = dist.new_group(backend="gloo")
        if rank == 0:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise durable.missing(folder, error) from error
            for left in folder.glob(f"*{_PART}"):
                shutil.rmtree(left, ignore_errors=True)

    def latest(self) -> Path | None:
        """The newest that is whole, None where there is none."""
        return latest(self.folder)

    def load(self, state: dict[str, Any]) -> Progress | None:
        """Read the newest into the tensors of `state`; None where there is none.

        Raises `BadInputError` where it is of another run, or damaged, `MissingError` where it may not be read.
        """
        path = self.latest()
        if path is None:
            return None
        about = _about(path)
        for name, value in self._identity.items():
            if about["identity"].get(name) != value:
                raise BadInputError(
                    f"{path} is of a run of another {name.replace('_', ' ')}; name another folder with out, or put the options back"
                )
        try:
            load(state, storage_reader=Reader(path), planner=Tensors(), process_group=self._group)
        except (*_READING, CheckpointException) as error:
            for cause in _causes(error):
                # Neither a rank that is gone, a device that is full nor a file that is not this user's says that it is damaged.
                if world.is_loss(cause) or isinstance(cause, torch.OutOfMemoryError):
                    raise cause from None
                if isinstance(cause, PermissionError):
                    raise durable.missing(path, cause) from None
            raise BadInputError(
                f"{path} is damaged ({_line(error)}); remove it to go on from the one before"
            ) from None
        return Progress(about["step"], about["steps"], about["rate"], about["memory"])

    def save(self, state: dict[str, Any], progress: Progress) -> None:
        """Begin to write `state`. All ranks call this at the same step.

        Raises `MissingError` where this one or the one before could not be written; those before that stand.
        """
        self.settle()
        part = self.folder / f"step-{progress.step:08d}{_PART}"
        if self._rank == 0:
            about = {"identity": self._identity, **asdict(progress), "ranks": dist.get_world_size()}
            durable.write(part / ABOUT, orjson.dumps(about, option=orjson.OPT_INDENT_2))
        try:
            future = async_save(state, checkpoint_id=str(part), process_group=self._group)
        except (CheckpointException, OSError, RuntimeError) as error:
            raise _unwritten(part, error) from None
        assert isinstance(future, Future)
        self._writing = (future, part)

    def abandon(self) -> None:
        """Wait for what is still being written, whatever comes of it: the thread must not outlive the ranks' lines."""
        with suppress(MissingError):
            self.settle()

    def settle(self) -> None:
        """Wait for what is being written. Raises `MissingError` where that failed."""
        if self._writing is None:
            return
        (future, part), self._writing = self._writing, None
        try:
            future.result()
            if self._rank == 0:
                self._publish(part)
        except (CheckpointException, OSError, RuntimeError) as error:
            if self._rank == 0:
                shutil.rmtree(part, ignore_errors=True)
            raise _unwritten(part, error) from None

    def poll(self) -> None:
        """Publish what was being written, if it is written by now."""
        if self._writing is not None and self._writing[0].done():
            self.settle()

    def _publish(self, part: Path) -> None:
        for file in part.iterdir():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        whole = part.with_name(part.name.removesuffix(_PART))
        if whole.exists():  # the same step of an earlier run that went on from before it
            shutil.rmtree(whole)
        part.rename(whole)
        durable.sync_folder(self.folder)
        for old in _whole(self.folder)[: -self._keep]:
            with suppress(OSError):
                shutil.rmtree(old)


def latest(folder: Path) -> Path | None:
    """The newest whole checkpoint in `folder`, None where there is none."""
    found = _whole(folder)
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Begun:
    """Of the run that a folder's checkpoints are of: the shape, as a dictionary, `length` and `rows` of its steps, its highest `rate`."""

    shape: dict[str, Any]
    length: int
    rows: int
    rate: float


def begun(folder: Path) -> Begun | None:
    """The run whose checkpoints are in `folder`, None where none has begun.

    Raises `BadInputError` where the newest is damaged, or was written by an earlier version.
    """
    path = latest(folder)
    if path is None:
        return None
    about = _about(path)
    identity = about["identity"]
    return Begun(identity.get("shape", {}), identity.get("length", 0), identity.get("rows", 0), about["rate"])


def _whole(folder: Path) -> list[Path]:
    """The checkpoints in `folder` that are whole, the newest last."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir())


def _about(path: Path) -> dict[str, Any]:
    try:
        about = orjson.loads((path / ABOUT).read_bytes())
        kinds = {"identity": dict, "step": int, "steps": int, "memory": dict}
        if isinstance(about, dict) and all(isinstance(about.get(name), kind) for name, kind in kinds.items()):
            if isinstance(about.get("rate"), float):
                return about
            raise BadInputError(
                f"{path} was written by an earlier version of truthgpt; finish the run with that, or name another folder with out"
            )
    except (OSError, orjson.JSONDecodeError):
        pass
    raise BadInputError(f"{path / ABOUT} is damaged; remove {path.name} to go on from the checkpoint before")


def _unwritten(part: Path, error: BaseException) -> MissingError:
    if world.is_loss(error):
        return world.lost(error)
    return MissingError(
        f"{part.parent} cannot be written ({_line(error)}); the checkpoints before stand: free some space and run again"
    )


def _causes(error: BaseException) -> list[BaseException]:
    """What went wrong, of an error that may hold those of all ranks."""
    if not isinstance(error, CheckpointException) or not error.failures:
        return [error]
    return [failure[0] if isinstance(failure, tuple) else failure for failure in error.failures.values()]


def _line(error: BaseException) -> str:
    """The first of its causes, in a line."""
    error = _causes(error)[0]
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return " ".join(str(error).split())[:200]
