"""Where TruthGPT keeps its data and which model it uses: arguments first, then environment, then defaults."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from platformdirs import user_data_path

from truthgpt.errors import BadInputError

DEFAULT_MODEL = "smollm2-135m"
"""The name of the model that `truthgpt model pull` fetches when no name is given."""

QUOTES_ONLY = "none"
"""The model name that means: no language model; answers are made of quoted evidence."""

FLOP_LINE = 2e25
"""Floating-point operations of training beyond which a model starts paused: the open letter's line, stronger than GPT-4 ("Pause Giant
AI Experiments", Future of Life Institute, 2023), whose training is estimated at about 2·10^25 (Epoch AI)."""


LogMode = Literal["on", "texts", "off"]
"""What is logged of answers, imports and forgettings: hashes; hashes, and their texts apart; or nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One data folder and what is used with it.

    `data` holds everything that TruthGPT writes: `corpus/` (Lance), `models/` (GGUF), `quarantine/` (rejected rows), and
    `truthgpt.db` (people, notes, ratings) unless `database_url` names another database.
    `model` is a model's name, a path of a GGUF file, an `http(s)://` address of an OpenAI-compatible server, or `none`.
    `api_key` is what clients of this server must send, `model_api_key` what is sent to the server of the model.
    `model_chosen` says that somebody asked for that model: then it must be there; the default one may be missing.
    `user_header` is the header in which a proxy before this server names whom it signed in.
    `encoder` makes the vectors that search compares: empty for those that ship, the folder of an encoder, or its name on the hub.
    `resume_persons`, 1 or 2, have to agree before what is paused goes on. A model whose training took more than `flop_line`
    floating-point operations starts paused; `model_flop` is what its training took, where it has no card that says so.
    `log` says what the log (`truthgpt.oversight.log`) is told of; where it cannot be, nothing is answered unless it is `off`.
    """

    data: Path
    model: str = DEFAULT_MODEL
    model_chosen: bool = False
    api_key: str | None = None
    model_api_key: str | None = None
    user_header: str | None = None
    encoder: str = ""
    database_url: str = field(default="", repr=False)
    resume_persons: int = 1
    flop_line: float = FLOP_LINE
    model_flop: float = 0.0
    log: LogMode = "on"

    @property
    def corpus(self) -> Path:
        return self.data / "corpus"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def ranker(self) -> Path:
        """Where clicks are kept, and the ranker that they taught (`truthgpt.search.own`)."""
        return self.data / "ranker"

    @property
    def law(self) -> Path:
        """Where packs of one's own lie (`truthgpt.law.own`)."""
        return self.data / "law"

    @property
    def database(self) -> str:
        """The URL of the database, as `truthgpt.database.open_database` takes it; it may hold a password."""
        return self.database_url or f"sqlite:///{self._database_file}"

    @property
    def has_database(self) -> bool:
        """Whether there is one to read: a file that is not there yet is made by whoever writes first."""
        return bool(self.database_url) or self._database_file.exists()

    @property
    def _database_file(self) -> Path:
        return self.data / "truthgpt.db"


def load(data: Path | None = None, model: str | None = None, api_key: str | None = None) -> Settings:
    """Settings from arguments, else `TRUTHGPT_DATA`, `TRUTHGPT_MODEL`, `TRUTHGPT_API_KEY`, `TRUTHGPT_MODEL_API_KEY`,
    `TRUTHGPT_USER_HEADER`, `TRUTHGPT_ENCODER`, `TRUTHGPT_DATABASE`, `TRUTHGPT_RESUME_PERSONS`, `TRUTHGPT_FLOP_LINE`,
    `TRUTHGPT_MODEL_FLOP`, `TRUTHGPT_LOG`, else the user's data folder. Raises `BadInputError` on a number or word that is none."""
    env = os.environ
    folder = data or (Path(env["TRUTHGPT_DATA"]) if env.get("TRUTHGPT_DATA") else user_data_path("truthgpt"))
    chosen = model or env.get("TRUTHGPT_MODEL")
    return Settings(
        data=Path(folder).expanduser().absolute(),
        model=chosen or DEFAULT_MODEL,
        model_chosen=bool(chosen),
        api_key=api_key or env.get("TRUTHGPT_API_KEY") or None,
        model_api_key=env.get("TRUTHGPT_MODEL_API_KEY") or None,
        user_header=env.get("TRUTHGPT_USER_HEADER") or None,
        encoder=env.get("TRUTHGPT_ENCODER", ""),
        database_url=env.get("TRUTHGPT_DATABASE", ""),
        resume_persons=_persons(env.get("TRUTHGPT_RESUME_PERSONS") or "1"),
        flop_line=_flop("TRUTHGPT_FLOP_LINE", FLOP_LINE),
        model_flop=_flop("TRUTHGPT_MODEL_FLOP", 0.0),
        log=_log_mode(env.get("TRUTHGPT_LOG") or "on"),
    )


def _persons(given: str) -> int:
    if given not in ("1", "2"):
        raise BadInputError(
            f"TRUTHGPT_RESUME_PERSONS is {given[:40]!r}; 1 or 2 persons can be asked to resume"
        )
    return int(given)


def _log_mode(given: str) -> LogMode:
    found = next((mode for mode in get_args(LogMode) if mode == given), None)
    if found is None:
        raise BadInputError(f"TRUTHGPT_LOG is {given[:40]!r}; it is on, texts or off")
    return found  # type: ignore[no-any-return]


def _flop(name: str, default: float) -> float:
    given = os.environ.get(name)
    if not given:
        return default
    try:
        flop = float(given)
    except ValueError:
        flop = -1.0
    if not (math.isfinite(flop) and flop >= 0):
        raise BadInputError(f"{name} is {given[:40]!r}; give a number of floating-point operations, 2e25 say")
    return flop
