"""Models whose training passes a line of compute: paused until a person lets the very file run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from truthgpt.language import gguf
from truthgpt.language.download import sha256
from truthgpt.language.models import list_models
from truthgpt.oversight.pause.guard import Halt
from truthgpt.oversight.pause.state import Paused
from truthgpt.oversight.pause.switch import Pause
from truthgpt.settings import QUOTES_ONLY, Settings
from truthgpt.training.models import card

_NOBODY: Final = "TruthGPT"


@dataclass(frozen=True, slots=True)
class Trained:
    """A model by the SHA-256 of its file, or of its address, and the floating-point operations that its training took."""

    name: str
    digest: str
    flop: float


def over_line(settings: Settings) -> Trained | None:
    """The model of `settings`, if its training passes `settings.flop_line`; None also where nothing is known of it.

    What is known is the card in its file (`truthgpt.card`), or `settings.model_flop`, whichever is more. Raises `BadInputError` where the
    card is damaged. The file is hashed, which takes seconds for a large one, only when it is over the line.
    """
    path = path_of(settings)
    flop = settings.model_flop
    if path is not None and path.is_file():
        text = gguf.read(path).text(gguf.CARD)
        flop = max(flop, float(card.parsed(text, str(path))["flop"])) if text else flop
    if settings.model == QUOTES_ONLY or flop <= settings.flop_line:
        return None
    return Trained(settings.model, digest_of(settings), flop)


def digest_of(settings: Settings) -> str:
    """The SHA-256 of the model's file; of its address where it runs elsewhere, or is not here."""
    path = path_of(settings)
    if path is not None and path.is_file():
        return sha256(path)
    return hashlib.sha256(settings.model.encode()).hexdigest()


def path_of(settings: Settings) -> Path | None:
    """The file of the model, None where it runs elsewhere or is not known."""
    model = settings.model
    if model.startswith(("http://", "https://")):
        return None
    if model.endswith(".gguf"):
        return Path(model).expanduser()
    return next((found.path for found in list_models(settings.models) if found.name == model), None)


def halt_of(pause: Pause, settings: Settings) -> Halt:
    """What tells whoever runs the model of `settings` that answers are paused: by a person, by a fault, or by the line."""
    large = over_line(settings)
    if large is None:
        return pause.paused
    held = Paused(
        reason=f"the training of {large.name} took {large.flop:.2g} FLOP, more than the line of {settings.flop_line:.2g}; "
        f"`truthgpt resume --model {large.name}` lets it run",
        by=_NOBODY,
        since=datetime.now(UTC),
        model=large.digest,
    )

    def paused() -> Paused | None:
        return pause.paused() or (None if pause.allows(large.digest) else held)

    return paused
