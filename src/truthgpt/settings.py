"""Where TruthGPT keeps its data and which model it uses: arguments first, then environment, then defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

DEFAULT_MODEL = "smollm2-135m"
"""The name of the model that `truthgpt model pull` fetches when no name is given."""

QUOTES_ONLY = "none"
"""The model name that means: no language model; answers are made of quoted evidence."""


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
    """

    data: Path
    model: str = DEFAULT_MODEL
    model_chosen: bool = False
    api_key: str | None = None
    model_api_key: str | None = None
    user_header: str | None = None
    encoder: str = ""
    database_url: str = field(default="", repr=False)

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
    `TRUTHGPT_USER_HEADER`, `TRUTHGPT_ENCODER`, `TRUTHGPT_DATABASE`, else the user's data folder."""
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
    )
