"""Packs of one's own, added without code: a folder of TOML files, `law/` in the data folder."""

from __future__ import annotations

from pathlib import Path

from truthgpt.law import packs
from truthgpt.law.requests import matcher, subject


def use(folder: Path | None) -> None:
    """Know the packs `folder/NAME.toml` and the offences `folder/offences/NAME.toml` beside those that ship.

    For the whole process, from the next decision on; a folder that is not there holds none, None forgets an earlier one. Raises
    `BadInputError` at once for a pack or an offence that is faulty, with its file or name and what is wrong.
    """
    packs.set_own(folder)
    matcher.cache_clear()
    subject.cache_clear()
    if folder is not None and folder.is_dir():
        for name in packs.jurisdictions():
            if (folder / f"{name}.toml").exists():
                packs.load_pack(name)
