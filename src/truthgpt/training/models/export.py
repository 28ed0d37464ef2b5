"""A model that was trained in; out, a folder in Hugging Face's layout or a GGUF file, with its card."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import orjson
import torch

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import gguf, gguf_reading, gguf_writing, hugging_face
from truthgpt.training.models import card
from truthgpt.training.models.card_text import markdown

FOLDER: Final = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
"""Types of weights in a folder; the first is the default."""
FILE: Final[tuple[gguf_writing.Precision, ...]] = get_args(gguf_writing.Precision)
"""Types of weights in a GGUF file."""
DEFAULT_FILE: Final[gguf_writing.Precision] = "q8_0"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: its place, bytes of all files, the type of its weights, how many they are, its name."""

    path: Path
    bytes: int
    precision: str
    parameters: int
    name: str


def export(model: Path, target: Path, precision: str = "", name: str = "") -> Exported:
    """Write `model`, a folder or a GGUF file, to `target`: a GGUF file where its name ends in `.gguf`, else a new or empty folder.

    `precision` is one of `FILE` or `FOLDER`, by default `q8_0` and `f32`; `name` is given to the model, else it keeps
    that of its card or has its file's. At any moment `target` is whole or what it was. Raises `BadInputError`
    where the model is damaged, of another architecture, or `target` holds something; `MissingError` on a full disk.
    """
    whole = target.suffix == ".gguf"
    known: tuple[str, ...] = FILE if whole else tuple(FOLDER)
    chosen = precision.lower() or (DEFAULT_FILE if whole else known[0])
    if chosen not in known:
        what = "a GGUF file" if whole else "a folder"
        raise BadInputError(f"--precision {precision}: {what} has {', '.join(known)}")
    facts = card_of(model)
    called = name or (str(facts["name"]) if facts else target.stem if whole else model.stem)
    if facts is not None:
        facts["name"] = called
    beside = target.with_name(f".{target.name}.export")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        folder = model
        if model.is_file():  # by way of a folder
            folder = beside / "read"
            gguf_reading.write_folder(model, folder)
        if whole:
            precise = next(kind for kind in FILE if kind == chosen)
            license_ = str(facts["license"]) if facts else ""
            text = orjson.dumps(facts).decode() if facts else ""
            gguf_writing.write(folder, target, precise, called, license_, text)
        else:
            _folder(folder, beside / "written", target, FOLDER[chosen], facts)
    except OSError as error:
        raise durable.missing(target, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    files = [target] if whole else list(target.iterdir())
    return Exported(
        path=target,
        bytes=sum(file.stat().st_size for file in files),
        precision=chosen,
        parameters=_parameters(model),
        name=called,
    )


def card_of(model: Path) -> dict[str, Any] | None:
    """The card that a folder or a GGUF file carries, None where it has none. Raises `BadInputError` where it is damaged."""
    if model.is_file():
        text = gguf.read(model).text(gguf.CARD)
        return card.parsed(text, str(model)) if text else None
    try:
        return card.load(model)
    except MissingError:
        return None


def _folder(
    source: Path, written: Path, target: Path, dtype: torch.dtype, facts: dict[str, Any] | None
) -> None:
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise BadInputError(
            f"{target} is there already; name a new or empty folder, or a file that ends in .gguf"
        )
    hugging_face.write(hugging_face.read(source), written, dtype)
    hugging_face.write_tokenizer(source, written)
    if facts is not None:
        durable.write(written / card.CARD, orjson.dumps(facts, option=orjson.OPT_INDENT_2))
        durable.write(written / card.README, markdown(facts).encode())
    elif (source / card.README).is_file():
        durable.write(written / card.README, (source / card.README).read_bytes())
    if target.is_dir():
        target.rmdir()
    written.replace(target)
    durable.sync_folder(target.parent)


def _parameters(model: Path) -> int:
    shape_of: Callable[[Path], Any] = gguf_reading.shape_of if model.is_file() else hugging_face.shape_of
    return int(shape_of(model).parameters)
