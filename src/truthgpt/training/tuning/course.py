"""What supervised fine-tuning and preference tuning share: a run that resumes where it stopped, and what is told of it.

A run writes beside its result, in `.NAME.tuning`: `run.json` says of what it is, `checkpoints/` where it was. A checkpoint
counts once it is whole (`_WHOLE`), and the result is renamed into its place, so that a run killed at any moment either
resumes or is done. The same options on the same machine give the same weights, stopped or not.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson
import regex

from truthgpt.corpus import durable
from truthgpt.corpus.progress import Report
from truthgpt.errors import BadInputError, BusyError

_WHOLE: Final = "whole"
_UNWRITTEN: Final = regex.compile(r"No space left|os error 28|PytorchStreamWriter failed|inline_container")
"""What `safetensors` and `torch` say where a disk is full."""
_KEPT: Final = 2
"""Checkpoints that are kept: the last, and the one before it."""


NOTES: Final = "tuning.json"
"""What a tuned model's folder says of how it was made."""


def _read(path: Path) -> Any:
    """The JSON in `path`, None where it is none."""
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def digest(about: dict[str, Any]) -> str:
    """What tells the run that `about` describes from others."""
    return hashlib.sha256(orjson.dumps(about, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def finished(out: Path, about: dict[str, Any]) -> dict[str, Any] | None:
    """What came of the run that `about` describes, where its result is in `out` already: there is nothing more to do."""
    try:
        told = orjson.loads((out / NOTES).read_bytes())
        return dict(told["result"]) if told["about"] == digest(about) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note(folder: Path, about: dict[str, Any], base: Path, losses: list[float], result: Any) -> None:
    """Write into `folder`, the model's, of what it was made, and what came of it: `result`, a dataclass with a `folder`."""
    told = {name: value for name, value in asdict(result).items() if name != "folder"}
    # The base by its name alone: the folder goes to others, to whom a path of this machine is nothing.
    whole = {
        "base": base.name,
        "about": digest(about),
        "files": about["files"],
        "result": told,
        "losses": losses,
    }
    durable.write(folder / NOTES, orjson.dumps(whole, option=orjson.OPT_INDENT_2))


def learned_from(folder: Path, *files: Path) -> bool:
    """Whether the tuned model in `folder` learned from `files` as they are now; one that does not say is believed."""
    told = _read(folder / NOTES)
    known = told.get("files") if isinstance(told, dict) else None
    return known is None or not all(path.is_file() for path in files) or known == _hashes(files)


class Workshop:
    """The folder beside `out` in which a run is under way; one process at a time holds it, in a `with` statement.

    `about` says of what the run is. Raises `BadInputError` where `out` holds something, or another run was left there,
    `BusyError` where one is under way.
    """

    def __init__(self, out: Path, about: dict[str, Any]) -> None:
        self.out = out.absolute()
        self.folder = self.out.with_name(f".{self.out.name}.tuning")
        self.checkpoints = self.folder / "checkpoints"
        self.made = self.folder / "made"
        self.drafts = self.folder / "drafts.jsonl"
        self._about = digest(about)
        self._lock: int | None = None

    def __enter__(self) -> Workshop:
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise BadInputError(f"{self.out} is there already; name a new folder")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise durable.missing(self.folder, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._close()
            raise BusyError(f"another process is making {self.out}; wait for it or stop it") from None
        noted = self.folder / "run.json"
        if noted.is_file() and _read(noted) != {"about": self._about}:
            self._close()
            raise BadInputError(
                f"a run with other options or data was left in {self.folder}: take them again, or remove the folder"
            )
        durable.write(noted, orjson.dumps({"about": self._about}))
        shutil.rmtree(self.made, ignore_errors=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self.last() is None and not self.drafts.is_file():
            shutil.rmtree(
                self.folder, ignore_errors=True
            )  # nothing to go on from: other options may be taken
        self._close()

    def _close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def last(self) -> Path | None:
        """The newest whole checkpoint; what a killed process left half-written goes."""
        found: list[tuple[int, Path]] = []
        for path in self.checkpoints.glob("checkpoint-*"):
            if (path / _WHOLE).is_file():
                found.append((int(path.name.rpartition("-")[2]), path))
            else:
                shutil.rmtree(path, ignore_errors=True)
        return max(found)[1] if found else None

    def finish(self) -> None:
        """The result, in `made`, takes its place, and the folder goes."""
        from truthgpt.training.tuning import base_model

        base_model.publish(self.made, self.out)
        shutil.rmtree(self.folder, ignore_errors=True)


def about(options: Any, *files: Path) -> dict[str, Any]:
    """What tells runs apart: the options, and the content of the files that they read."""
    return {"options": asdict(options), "files": _hashes(files)}


def _hashes(files: Sequence[Path]) -> list[str]:
    hashes = []
    for path in files:
        with path.open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashes


def arguments(options: Any, checkpoints: Path) -> dict[str, Any]:
    """What both trainers of `trl` are told: no reports, checkpoints, and all dice from one seed."""
    import torch

    cuda = torch.cuda.is_available()
    return {
        "output_dir": str(checkpoints),
        "num_train_epochs": options.epochs,
        "per_device_train_batch_size": options.batch,
        "gradient_accumulation_steps": options.accumulate,
        "learning_rate": options.rate,
        "lr_scheduler_type": options.schedule,
        "warmup_steps": options.warmup,
        "weight_decay": options.decay,
        "max_grad_norm": options.clip,
        "seed": options.seed,
        "data_seed": options.seed,
        "use_cpu": not cuda,
        "bf16": cuda and torch.cuda.is_bf16_supported(),
        "gradient_checkpointing": cuda,
        "save_strategy": "steps",
        "save_steps": options.checkpoint,
        "save_total_limit": _KEPT,
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "push_to_hub": False,
        "pad_to_multiple_of": None,
    }


class Silent:
    """Put before a trainer of `trl`: it sends nothing about itself and writes no page about the model."""

    def _send_telemetry(self) -> None:
        return None

    def create_model_card(self, *_: Any, **__: Any) -> None:
        return None


def watch(trainer: Any, stage: str, report: Report) -> Watch:
    """Report each step of `trainer`, note its losses and make its checkpoints whole."""
    from transformers import PrinterCallback, TrainerCallback

    seen = Watch(stage, report)

    class Callback(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
            report(stage, state.global_step, state.max_steps, "steps")
            if seen.stopped:
                control.should_save = control.should_training_stop = True
            return control

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            if logs and "loss" in logs:
                seen.logs[state.global_step] = {key: float(value) for key, value in logs.items()}

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            _make_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Callback())
    return seen


class Watch:
    """What a run told: `logs` by step, and whether it was asked to stop."""

    def __init__(self, stage: str, report: Report) -> None:
        self.stage = stage
        self.report = report
        self.logs: dict[int, dict[str, float]] = {}
        self.stopped = False

    def series(self, key: str) -> list[float]:
        return [logs[key] for _, logs in sorted(self.logs.items()) if key in logs]


@contextmanager
def stoppable(seen: Watch) -> Iterator[None]:
    """Ctrl-C ends the step, keeps where it was and raises `KeyboardInterrupt`; a second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: Any = signal.getsignal(signal.SIGINT)

    def on_signal(number: int, frame: Any) -> None:
        if seen.stopped:
            signal.signal(signal.SIGINT, before)
            signal.default_int_handler(number, frame)
        seen.stopped = True

    signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if seen.stopped:
        raise KeyboardInterrupt


def train(trainer: Any, seen: Watch, last: Path | None) -> Any:
    """Run `trainer` from the checkpoint `last`, or from its beginning. Raises `MissingError` where the disk is full."""
    with writing(Path(trainer.args.output_dir)), stoppable(seen):
        return trainer.train(resume_from_checkpoint=str(last) if last else None)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises `MissingError` where what the libraries write to `path` cannot be written: each has an error of its own for it."""
    from safetensors import SafetensorError

    try:
        yield
    except OSError as error:
        raise durable.missing(path, error) from error
    except (SafetensorError, RuntimeError) as error:
        if not _UNWRITTEN.search(str(error)):
            raise
        raise durable.missing(path, OSError(errno.ENOSPC, "")) from error


def _make_whole(folder: Path) -> None:
    for path in folder.rglob("*"):
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
    durable.write(folder / _WHOLE, b"")
