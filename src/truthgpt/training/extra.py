"""Says in one line that the extra `train` is wanted, before an import fails in the middle of something."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from truthgpt.errors import MissingError

_PACKAGES: Final = ("torch", "safetensors", "gguf", "transformers")


def require(*packages: str) -> None:
    """Raise `MissingError` where one of the extra's packages (default: those that every model needs) is not installed."""
    missing = [name for name in packages or _PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingError(
            f"this needs {', '.join(missing)}, which is not installed: `pip install 'truthgpt[train]'`"
        )
