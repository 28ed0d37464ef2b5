"""A model in a Hugging Face folder: opened with its tokenizer, told apart from others, written again after tuning."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError

CONFIG: Final = "config.json"
_KEPT: Final = (
    CONFIG,
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
)
"""Files that tuning does not change: they are carried over as they are."""
_LOOK: Final = 1 << 20


def check(folder: Path) -> None:
    """Raises `MissingError` where `folder` is not there, `BadInputError` where it holds no model."""
    if not folder.is_dir():
        raise MissingError(f"no model at {folder}: there is no such folder")
    if not (folder / CONFIG).is_file():
        raise BadInputError(f"{folder} is no model in Hugging Face's layout: it has no {CONFIG}")
    if not any(folder.glob("*.safetensors")):
        raise BadInputError(f"{folder} holds no weights (*.safetensors)")


def open_model(folder: Path) -> Any:
    """The causal model in `folder`, float32. Raises `BadInputError` where it cannot be read. Runs no code from the folder."""
    from transformers import AutoModelForCausalLM

    check(folder)
    try:
        import torch

        return AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except Exception as error:  # the library raises whatever its loaders do
        raise BadInputError(f"{folder} cannot be read as a model: {in_one_line(error)}") from None


def open_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`, with something to fill up with. Raises `BadInputError` where there is none."""
    from transformers import AutoTokenizer

    check(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # as above
        raise BadInputError(f"{folder} has no tokenizer that can be read: {in_one_line(error)}") from None
    if not tokenizer.is_fast:
        raise BadInputError(f"{folder} has a tokenizer without offsets; one with tokenizer.json is needed")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def context_of(model: Any) -> int:
    """Tokens that the model reads at once."""
    return int(getattr(model.config.get_text_config(), "max_position_embeddings", 2_048))


def digest(folder: Path) -> str:
    """Tells this model from others: a hash of the files that are carried over, and of the sizes and both ends of its weights. What its
    card says may change."""
    hashed = hashlib.sha256()
    for path in sorted(path for name in _KEPT if (path := folder / name).is_file()):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        hashed.update(f"{path.name} {size}".encode())
        with path.open("rb") as file:
            hashed.update(file.read(_LOOK))
            file.seek(max(0, size - _LOOK))
            hashed.update(file.read(_LOOK))
    return hashed.hexdigest()


def write(model: Any, base: Path, folder: Path) -> None:
    """Put `model`, tuned from the one in `base`, into the new folder `folder` in the same layout and precision."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    found = orjson.loads((base / CONFIG).read_bytes())
    named = str(found.get("dtype") or found.get("torch_dtype") or "float32")
    dtype = getattr(torch, named, torch.float32)
    state = {name: weight.detach().to("cpu", dtype) for name, weight in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=state)
    carry(base, folder)


def carry(base: Path, folder: Path) -> None:
    """Copy what tuning does not change."""
    for name in _KEPT:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)


def publish(made: Path, out: Path) -> None:
    """Make the folder `made` be `out`, outlasting a crash. Raises `MissingError` where that cannot be written."""
    try:
        for path in [*made.rglob("*"), made]:
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
        with suppress(FileNotFoundError):
            out.rmdir()  # an empty one may stand there
        made.rename(out)
        durable.sync_folder(out.parent)
    except OSError as error:
        raise durable.missing(out, error) from error


def in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
