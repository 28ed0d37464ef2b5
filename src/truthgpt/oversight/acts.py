"""What the server and the command line tell the log of: answers, imports, forgettings, another model.

    acts.require(chosen)                       # raises where nothing could be logged
    acts.imported(chosen, result)              # an import is done

Does nothing where `TRUTHGPT_LOG` is `off`. Pauses, incidents and certificates are logged always, by what does them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from truthgpt.answer.schema import Answer
from truthgpt.corpus.consent import optout
from truthgpt.corpus.provenance import versions
from truthgpt.errors import MissingError, TruthGPTError
from truthgpt.language.download import sha256
from truthgpt.oversight.answers import AnswerLog, Asked, Source, answered, model_change
from truthgpt.oversight.certificate.standing import folder_of
from truthgpt.oversight.log import Log
from truthgpt.oversight.log.events import Event, Forgotten, Imported, record
from truthgpt.oversight.log.texts import FILE, Texts
from truthgpt.oversight.log.writer import Writer
from truthgpt.oversight.pause.large import path_of
from truthgpt.settings import QUOTES_ONLY, Settings


class Import(Protocol):
    """What an import did, as `corpus.importer.ImportResult`, which only imports load."""

    @property
    def read(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def copies(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def deleted(self) -> int: ...
    @property
    def version(self) -> int: ...


def is_on(chosen: Settings) -> bool:
    """Whether anything is to be logged."""
    return chosen.log != "off"


def require(chosen: Settings) -> None:
    """Open the log, before anything is done that it is to tell of. Raises `MissingError`, `BusyError` or `BadInputError`, which say what
    to do, where nothing can be logged."""
    if is_on(chosen):
        try:
            Log.open(_folder(chosen))
        except TruthGPTError as error:
            raise type(error)(f"{error}; without a log nothing is done, unless TRUTHGPT_LOG=off") from error


def answers_of(chosen: Settings, model: str, certificate: Callable[[], str]) -> AnswerLog | None:
    """What a server tells of its answers by `model`, under the certificate whose id `certificate` tells; None where logging is off."""
    if not is_on(chosen):
        return None
    source = source_of(chosen, model)
    first = functools.partial(model_change, source, certificate)
    return AnswerLog(Writer(folder_of(chosen), first), source)


def source_of(chosen: Settings, model: str) -> Source:
    """What answers: `model`, which is `none` where answers are quotations."""
    # Hashing takes seconds for a large file: once, and where somebody waits for nothing.
    digest = functools.cache(lambda: _digest(chosen, model))
    return Source(model, digest, chosen.corpus, chosen.log == "texts")


def answer_given(chosen: Settings, source: Source, asked: Asked, answer: Answer) -> None:
    """Log one answer, before it is shown. Raises as `require`."""
    if is_on(chosen):
        _record(chosen, answered(source, asked, answer))


def imported(chosen: Settings, done: Import) -> None:
    """Log an import, and erase what is kept of those whom it forgot. Raises as `require`."""
    erased = erase(chosen)
    if is_on(chosen):
        newest = versions.newest(chosen.corpus, done.version)
        known = newest.content_hash if newest is not None and newest.version == done.version else ""
        _record(chosen, Imported(done.version, known, done.read, done.kept, done.copies, done.rejected))
        if done.deleted:
            _record(chosen, Forgotten(done.deleted, erased, done.version, done.version))


def forgotten(chosen: Settings, posts: int, texts: int, version_before: int, version_after: int) -> None:
    """Log that `posts` were forgotten, and as many `texts` or salts behind the log erased. Raises as `require`."""
    if is_on(chosen):
        _record(chosen, Forgotten(posts, texts, version_before, version_after))


def erase(chosen: Settings) -> int:
    """Erase the texts behind the log, and their salts, that quote whom the corpus has forgotten; how many these were.

    All whom the opt-out list names, so that what was interrupted is made good. Also where nothing is logged any more.
    """
    texts = Texts(folder_of(chosen) / FILE)
    if not texts.path.exists():
        return 0
    listed = [entry.hex() for entry in optout.load(chosen.corpus).forgotten]
    return texts.erase(authors=listed, posts=listed)


def _folder(chosen: Settings) -> Path:
    return folder_of(chosen) / "log"


def _record(chosen: Settings, event: Event) -> None:
    with Log.open(_folder(chosen)) as log:
        record(log, Texts(folder_of(chosen) / FILE), event)


def _digest(chosen: Settings, model: str) -> str:
    path = None if model == QUOTES_ONLY else path_of(chosen)
    try:
        return sha256(path) if path is not None and path.is_file() else ""
    except OSError as error:
        raise MissingError(f"cannot read {path}: {error.strerror}") from error
