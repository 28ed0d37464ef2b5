"""Low-rank adapters (LoRA, Hu et al. 2021): what they are made of, and a model with one merged into it.

Beside each chosen matrix W two thin ones are trained, and the model computes with W + (alpha / rank) · B·A; W itself stays as
it is. The files are `peft`'s own.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from truthgpt.errors import BadInputError
from truthgpt.training.tuning import base_model
from truthgpt.training.tuning.quiet import hush

CONFIG: Final = "adapter_config.json"
EVERY: Final = "all-linear"
"""Targets: every matrix but the output's."""


@dataclass(frozen=True, slots=True)
class Lora:
    """`rank` of the thin matrices, `alpha` their weight, `dropout` before them, `targets` the names of the matrices."""

    rank: int
    alpha: int
    dropout: float
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        named = self.targets and all(isinstance(target, str) for target in self.targets)
        if self.rank < 1 or self.alpha <= 0 or not 0 <= self.dropout < 1 or not named:
            raise BadInputError(
                "LoRA: rank and alpha must be above 0, dropout from 0 to below 1, and targets be named"
            )


def config(lora: Lora) -> Any:
    """What `peft` takes."""
    from peft import LoraConfig

    targets: Any = EVERY if lora.targets == (EVERY,) else list(lora.targets)
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        bias="none",
        task_type="CAUSAL_LM",
    )


def merge(base: Path, adapter: Path, out: Path) -> None:
    """Write the model in `base` with the adapter in `adapter` added to its weights as the folder `out`, which is not there yet.

    Raises `BadInputError` where the adapter is none or does not fit the model, or `out` is there.
    """
    if not (adapter / CONFIG).is_file():
        raise BadInputError(f"{adapter} is no adapter: it has no {CONFIG}")
    if out.exists() and any(out.iterdir()):
        raise BadInputError(f"{out} is there already; name a new folder")
    hush()
    from peft import PeftModel

    model = base_model.open_model(base)
    try:
        merged: Any = PeftModel.from_pretrained(model, str(adapter), local_files_only=True).merge_and_unload()
    except Exception as error:  # the library raises whatever its loaders do
        raise BadInputError(f"{adapter} does not fit {base}: {base_model.in_one_line(error)}") from None
    made = out.with_name(f".{out.name}.merging")
    shutil.rmtree(made, ignore_errors=True)
    base_model.write(merged, base, made)
    base_model.publish(made, out)
