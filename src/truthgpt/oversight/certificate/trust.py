"""Whose certificates this installation takes: its own key, and those in `known.json` of the folder of keys, each with its days.

`known.json` is the list that `offline.read_keys` reads, `[{"key", "name", "from", "until"}…]`: a key is good for what was issued
from `from` until before `until`. A key that is retired stays in it with its `until`, so that what it signed goes on to verify.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.oversight import keys
from truthgpt.oversight.certificate.offline import Key, read_keys
from truthgpt.oversight.certificate.statement import written

KNOWN: Final = "known.json"
OWN: Final = "this installation"


def key_of(given: str) -> tuple[Key, ...]:
    """The public keys in `given`, base64 or a file. Raises `BadInputError` where there are none."""
    try:
        return tuple(read_keys(given))
    except ValueError as error:
        raise BadInputError(f"{error}; give the .pub file of the inspector's folder of keys") from None


def known_keys(folder: Path) -> tuple[Key, ...]:
    """All keys that are trusted, the installation's own among them where it has one, those of `known.json` first.

    Raises `BadInputError` where the list is damaged.
    """
    listed = _listed(folder)
    own = _own(folder)
    if own is None or any(key.raw == own.raw for key in listed):
        return listed
    return (*listed, own)


def trust(folder: Path, added: Iterable[Key]) -> None:
    """Take `added` into the list of keys; one that stands there already gets the name and the days given now."""
    new = {key.raw: key for key in added}
    _write(folder, [*(key for key in _listed(folder) if key.raw not in new), *new.values()])


def rotate(folder: Path, now: datetime) -> Key:
    """Retire the installation's key for certificates at `now` and make a new one, which is returned.

    The old private half is deleted: nothing may be signed with it any more. What was signed with it goes on to verify. A
    rotation that was cut short is ended by the next.
    """
    old = _own(folder)
    if old is not None:
        stands = next((key for key in _listed(folder) if key.raw == old.raw), old)
        trust(folder, [stands if stands.until else replace(stands, until=now)])
        for suffix in ("pub", "pem"):
            with suppress(FileNotFoundError):
                (folder / f"{keys.CERTIFICATE}.{suffix}").unlink()
    made = Key(keys.signing_key(folder, keys.CERTIFICATE).public.raw, OWN, since=now)
    trust(folder, [made])
    return made


def _own(folder: Path) -> Key | None:
    """The installation's key; None where none was made yet. The private half decides: the other can be lost."""
    try:
        return Key(keys.existing_key(folder, keys.CERTIFICATE).public.raw, OWN)
    except MissingError:
        return None


def _listed(folder: Path) -> tuple[Key, ...]:
    path = folder / KNOWN
    return key_of(str(path)) if path.exists() else ()


def row(key: Key) -> dict[str, str | None]:
    """A key as it stands in the list."""
    return {
        "key": encoded(key),
        "name": key.name,
        "from": written(key.since) if key.since else None,
        "until": written(key.until) if key.until else None,
    }


def encoded(key: Key) -> str:
    """Its 32 bytes in base64, as `--key` takes them."""
    return base64.b64encode(key.raw).decode()


def _write(folder: Path, listed: Iterable[Key]) -> None:
    rows = [row(key) for key in listed]
    durable.write(folder / KNOWN, orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
