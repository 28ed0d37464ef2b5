"""Keeps the libraries that tune models to this machine: nothing is fetched, nothing is reported, nothing is printed.

`trl` sends a message about each trainer that is made, `transformers` reports to whatever logger is installed, and the hub is
asked for files that a folder has not. `hush` is called before they are imported; it holds for the process.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Final

from truthgpt.errors import MissingError

_SET: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "WANDB_MODE": "disabled",
    "COMET_MODE": "DISABLED",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


def hush() -> None:
    """Raises `MissingError` where the libraries are not installed."""
    os.environ.update(_SET)
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:  # read once, when it was imported
        constants.__dict__.update(HF_HUB_OFFLINE=True, HF_HUB_DISABLE_TELEMETRY=True)
    try:
        import datasets  # type: ignore[import-untyped]
        import peft  # noqa: F401 - to say at once that it is missing
        import transformers
        import trl  # noqa: F401
    except ImportError as error:
        raise MissingError(
            f"{error.name} is needed to tune a model: `pip install 'truthgpt[train]'`"
        ) from None
    # They warn of each other's names for options.
    warnings.filterwarnings(
        "ignore", category=FutureWarning, module=r"(?:transformers|trl|peft|accelerate)\b"
    )
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    datasets.disable_progress_bars()
