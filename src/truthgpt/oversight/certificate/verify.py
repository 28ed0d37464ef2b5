"""A certificate's file in, what there is to say of it out: `offline`, with the keys and the models of this installation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight.certificate import digests, offline, trust
from truthgpt.oversight.certificate.offline import Key, Report
from truthgpt.oversight.certificate.standing import KEYS


def read(path: Path) -> bytes:
    """A certificate's bytes. Raises `MissingError` where there is none, `BadInputError` where it is too large for one."""
    try:
        with path.open("rb") as file:
            data = file.read(offline.LARGEST + 1)
    except FileNotFoundError:
        raise MissingError(f"no certificate at {path}; `truthgpt certificate issue` makes one") from None
    except OSError as error:
        raise durable.missing(path, error) from error
    if len(data) > offline.LARGEST:
        raise BadInputError(f"{path} is no certificate: it is longer than {offline.LARGEST:,} bytes")
    return data


def verify(
    path: Path,
    oversight: Path,
    models: Path,
    *,
    at: datetime,
    model: str | None = None,
    given: Sequence[str] = (),
    witnesses: Iterable[str] = (),
) -> Report:
    """The report on the certificate at `path`; with `model` its files must be the subjects, all of them and no others. Without it
    those beside the certificate that have a subject's name are compared.

    `given` are the keys to trust, base64 or files; without any, those of the installation whose folder `oversight` is. Raises
    `MissingError` where no key is known.
    """
    data = read(path)
    keys: tuple[Key, ...] = tuple(key for each in given for key in trust.key_of(each))
    keys = keys or trust.known_keys(oversight / KEYS)
    if not keys:
        raise MissingError(
            "no inspector's key is known here; give --key, or `truthgpt certificate trust` it once"
        )
    files = None if model is None else offline.digests(digests.model_files(model, models))
    beside = path.absolute().parent
    return offline.verify(data, keys, at=at, files=files, beside=beside, witnesses=witnesses)


def read_unverified(path: Path) -> dict[str, Any]:
    """The statement of the certificate at `path`, which nobody vouches for. Raises `BadInputError` where it holds none."""
    try:
        return offline.statement_of(read(path))
    except ValueError as error:
        raise BadInputError(f"{path} is no certificate: {error}") from None
