"""What an inspection found of a file, put on the card of the model's folder that the file was made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from truthgpt.errors import BadInputError
from truthgpt.language import gguf
from truthgpt.oversight.inspection.result import Inspection
from truthgpt.oversight.inspection.wording import verdict
from truthgpt.training.models import card


def require_same(folder: Path, file: Path) -> None:
    """Raises `BadInputError` where the GGUF `file` was not made of the model in `folder`, by what their cards say of its training,
    `MissingError` where `folder` has no card."""
    text = gguf.read(file).text(gguf.CARD)
    of_file = card.of_dict(card.parsed(text, str(file)), str(file)) if text else None
    of_folder = card.read(folder)
    if of_file is None or (of_file.shape, of_file.data, of_file.stages) != (
        of_folder.shape,
        of_folder.data,
        of_folder.stages,
    ):
        raise BadInputError(
            f"{file} was not made of the model in {folder}: their cards tell of other training"
        )


def put(folder: Path, file: Path, found: Inspection, certificate: str = "") -> None:
    """Say on the card in `folder` what `found` says of `file`, and with which `certificate` (the SHA-256 of its statement). Raises
    as `require_same` does, and `MissingError` where the disk is full."""
    require_same(folder, file)
    said = verdict(found).removesuffix(".")
    result = f"{file.name} (SHA-256 {found.weights}), {found.battery} battery: {said}"
    noted = card.Inspection(result, found.finished, certificate)
    card.write(folder, replace(card.read(folder), inspection=noted))
