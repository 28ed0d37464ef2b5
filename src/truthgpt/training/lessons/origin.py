"""Of which posts a file of lessons was made: beside it, a file of their id keys (`<i8`, rising)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt.corpus import durable
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError
from truthgpt.training.data import documents

SUFFIX = ".posts"


def forgotten(store: Store, lessons: Path) -> int | None:
    """How many of the posts that `lessons` were made of `store` has no more, or may not be trained on any more; None where nobody
    knows which they are. Raises as `read`."""
    keys = read(lessons)
    return None if keys is None else documents.forgotten(store, keys)


def read(lessons: Path) -> npt.NDArray[np.int64] | None:
    """The keys of those posts, None where nobody knows them. Raises `BadInputError` where the file is damaged, `MissingError` where it may
    not be read."""
    path = lessons.with_suffix(SUFFIX)
    try:
        return np.frombuffer(path.read_bytes(), "<i8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise durable.missing(path, error) from None
    except ValueError:
        raise BadInputError(f"{path} is damaged; remove it and {lessons} to make the lessons again") from None


def write(lessons: Path, keys: Collection[int]) -> None:
    """Say that `lessons` are of the posts with these keys. Raises `MissingError` where the disk is full."""
    durable.write(lessons.with_suffix(SUFFIX), np.array(sorted(keys), "<i8").tobytes())
