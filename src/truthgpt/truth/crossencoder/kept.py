"""The weights of a small network as they ship: a file of arrays, and a card that holds its digest."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError, MissingError


def read(
    folder: Path, weights: str, card: str, format_: int, words: str = ""
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """The arrays in the file `weights` of `folder`, and their card of the form `format_`; a card tells of the file `words` too.

    Raises `MissingError` where a file is absent, and `BadInputError` where one is damaged.
    """
    try:
        content = (folder / weights).read_bytes()
        listed = (folder / words).read_bytes() if words else b""
        said = json.loads((folder / card).read_bytes())
    except OSError as error:
        raise MissingError(f"a network's weights cannot be read: {error}; install truthgpt again") from error
    except ValueError as error:
        raise BadInputError(f"{folder / card}: cannot be read ({error}); install truthgpt again") from error
    if not isinstance(said, dict) or said.get("format") != format_:
        raise BadInputError(f"{folder / card}: not a card of format {format_}; install truthgpt again")
    for name, found, key in ((weights, content, "sha256"), (words, listed, "words")):
        if name and hashlib.sha256(found).hexdigest() != said.get(key):
            raise BadInputError(f"{folder / name}: damaged (not what {card} says); install truthgpt again")
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}, said
