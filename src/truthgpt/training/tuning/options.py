"""How a model is tuned: what supervised fine-tuning and preference tuning have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from truthgpt.errors import BadInputError
from truthgpt.training.tuning.adapters import EVERY, Lora

SCHEDULES = ("cosine", "linear", "constant", "constant_with_warmup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How to tune. Raises `BadInputError` on numbers that no run can have.

    base       folder of the model
    lessons    file of lessons (`lesson_file`)
    out        folder for the result, which is not there yet
    epochs     times that all lessons are read
    rate       highest learning rate; reached after `warmup` of all steps (a share), then falling as `schedule` says
    batch      lessons that are computed at once; a step learns from `accumulate` times as many
    length     tokens that a lesson may have, 0: the model's context; a longer one is left out, never cut
    rank       of LoRA adapters, 0: all weights are tuned; with `alpha`, `dropout` and `targets` as in `adapters`
    merge      whether the adapters are added to the weights; else the result is the adapter alone
    decay      weight decay (AdamW), `clip` the highest norm of a gradient
    checkpoint steps from one checkpoint to the next
    """

    base: Path
    lessons: Path
    out: Path
    epochs: float = 2.0
    rate: float = 2e-4
    warmup: float = 0.03
    schedule: str = "cosine"
    batch: int = 8
    accumulate: int = 1
    length: int = 0
    rank: int = 0
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = (EVERY,)
    merge: bool = True
    decay: float = 0.0
    clip: float = 1.0
    checkpoint: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs <= 0 or self.rate <= 0 or self.clip <= 0:
            raise BadInputError("tuning: epochs, rate and clip must be above 0")
        if min(self.batch, self.accumulate, self.checkpoint) < 1 or self.length < 0 or self.rank < 0:
            raise BadInputError(
                "tuning: batch, accumulate and checkpoint must be 1 or more, length and rank 0 or more"
            )
        if not 0 <= self.warmup < 1:
            raise BadInputError("tuning: warmup is a share of the steps, from 0 to below 1")
        if self.schedule not in SCHEDULES:
            raise BadInputError(f"tuning: no schedule {self.schedule!r}; {', '.join(SCHEDULES)}")

    @property
    def lora(self) -> Lora | None:
        return Lora(self.rank, self.alpha, self.dropout, self.targets) if self.rank else None
