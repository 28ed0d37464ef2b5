"""What a certificate is about, by digest: a model's files, the posts, the law's packs, the code.

Files have their SHA-256, trees the `dirHash` of in-toto's digest sets (Hash1 of Go's `sumdb/dirhash`): SHA-256 of the lines
`HEX  NAME` of all files, sorted by name. In a folder that holds those files alone, the same number comes from

    find . -type f | cut -c3- | LC_ALL=C sort | xargs -r sha256sum | sha256sum
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import truthgpt
from truthgpt import law
from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.models import list_models
from truthgpt.oversight.certificate.offline import MODEL
from truthgpt.settings import QUOTES_ONLY

_NO_WEIGHTS = frozenset(("card.json", "README.md"))
"""Files of a model's folder that do not change what it says; the card may come to name the certificate."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of a statement: its name, and its digest in hexadecimal by `algorithm` (`sha256` or `dirHash`)."""

    name: str
    digest: str
    algorithm: str = "sha256"

    def as_dict(self) -> dict[str, Any]:
        """The subject as in-toto's ResourceDescriptor."""
        return {"name": self.name, "digest": {self.algorithm: self.digest}}


def has_files(model: str) -> bool:
    """Whether `model`, as the settings name it, is run from files here: an address and `none` are not."""
    return model != QUOTES_ONLY and not model.startswith(("http://", "https://"))


def model_files(model: str, models: Path) -> tuple[Path, ...]:
    """The files of `model`: a name that is known in the folder `models`, a GGUF file, or a model's folder.

    Raises `MissingError` where they are not there, `BadInputError` where a model has none.
    """
    if not has_files(model):
        raise BadInputError(
            f"{model[:80]} has no files here that a certificate could name; give a model of this machine"
        )
    path = Path(model).expanduser()
    if path.is_dir():
        files = tuple(each for each in _files(path, lambda name: name.rpartition("/")[2] not in _NO_WEIGHTS))
        if not files:
            raise MissingError(f"{path} holds no model")
        return files
    found = next((each for each in list_models(models) if each.name == model), None)
    file = path if model.endswith(".gguf") else found.path if found and found.here else None
    if file is None or not file.is_file():
        raise MissingError(
            f"model {model[:80]} is not on this machine; give its name, its GGUF file or its folder"
        )
    return (file,)


def model_subjects(files: Sequence[Path]) -> tuple[Subject, ...]:
    """The files of a model as subjects, `model/NAME`, by SHA-256; 98 MB take about 0.1 s. Raises `MissingError`."""
    if len({file.name for file in files}) != len(files):
        raise BadInputError(
            f"two files of the model in {files[0].parent} have one name; give them names of their own"
        )
    return tuple(Subject(MODEL + file.name, sha256(file)) for file in files)


def corpus_subject(content_hash: str) -> Subject:
    """The posts, by their content hash: SHA-256 of the sums of `corpus.provenance.content`."""
    return Subject("corpus/content", content_hash)


def law_subjects() -> tuple[Subject, ...]:
    """Every law pack by SHA-256, and `law`: the tree of all that the law's package holds beside code (packs, offences, words, weights)."""
    folder = Path(law.__file__).parent
    packs = [
        Subject(f"law/packs/{path.name}", sha256(path)) for path in sorted((folder / "packs").glob("*.toml"))
    ]
    whole = tree(folder, lambda name: not name.endswith(".py"))
    return (*packs, Subject("law", whole, "dirHash"))


def code_subject() -> Subject:
    """The code: the tree of all files of the installed package `truthgpt`, without caches of bytecode and hidden files."""
    return Subject("code/truthgpt", tree(Path(truthgpt.__file__).parent), "dirHash")


def tree(folder: Path, keep: Callable[[str], bool] = lambda _: True) -> str:
    """The `dirHash` of those files below `folder` whose names, relative to it, `keep` takes; 64 hexadecimal digits."""
    lines = (
        f"{sha256(path)}  {name}\n".encode()
        for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in _files(folder, keep))
    )
    whole = hashlib.sha256()
    for line in lines:
        whole.update(line)
    return whole.hexdigest()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits. Raises `MissingError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise durable.missing(path, error) from error


def _files(folder: Path, keep: Callable[[str], bool]) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if not hidden and path.suffix != ".pyc" and path.is_file() and keep("/".join(parts)):
            yield path
