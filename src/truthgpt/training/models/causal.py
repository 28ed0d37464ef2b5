"""Models that say how probable a text is: a network of one's own, a GGUF file of one, or any causal model of
`transformers`, seen alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import orjson
import torch
from tokenizers import Tokenizer
from torch import Tensor

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import gguf_reading, hugging_face, vocabulary
from truthgpt.language.network import Network

_SCORES: Final = 1 << 24
"""Scores that are held at once, in float32."""


class Causal(Protocol):
    """A model of the next token: `context` tokens are read at once."""

    @property
    def context(self) -> int: ...

    def chances(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """`inputs` and `targets` (B, T) → ln p(target | inputs up to it), float32 (B, T), and whether it is the most
        probable token, bool (B, T); on the CPU."""
        ...

    def next(self, tokens: list[int]) -> int:
        """The most probable token after the last `context` of `tokens`."""
        ...


class Own:
    """A network of this package."""

    def __init__(self, network: Network) -> None:
        self._network = network.to(_device()).eval()

    @property
    def context(self) -> int:
        return self._network.shape.context

    @torch.inference_mode()
    def chances(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self._network(inputs.to(_device()))
        return _chances(self._network.lm_head, hidden, targets, self._network.shape.vocabulary)

    @torch.inference_mode()
    def next(self, tokens: list[int]) -> int:
        return self._network.greedy(tokens, 1)[0]


class Transformers:
    """A causal model of `transformers`, from a folder; nothing is fetched, no code of the folder is run."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM

        loaded: Any = AutoModelForCausalLM

        try:
            model = loaded.from_pretrained(
                folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # the library raises many kinds
            raise BadInputError(
                f"transformers cannot load {folder}: {' '.join(str(error).split())[:200]}"
            ) from None
        self._model = model.to(_device()).eval()

    @property
    def context(self) -> int:
        return int(getattr(self._model.config, "max_position_embeddings", 1_024))

    @torch.inference_mode()
    def chances(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        scores = self._model(input_ids=inputs.to(_device())).logits
        return _chances(lambda part: part, scores, targets, scores.shape[-1])

    @torch.inference_mode()
    def next(self, tokens: list[int]) -> int:
        window = torch.tensor([tokens[-self.context :]], device=_device())
        return int(self._model(input_ids=window).logits[0, -1].argmax())


def load(path: Path) -> tuple[Causal, Tokenizer, int]:
    """The model at `path` (a GGUF file, or a folder in Hugging Face's layout), its tokenizer, and the token that stands
    before a text.

    Raises `MissingError` where files are not there, `BadInputError` where they are damaged.
    """
    if path.is_file():
        return Own(gguf_reading.read_network(path)), gguf_reading.read_tokenizer(path), vocabulary.END_ID
    if not path.is_dir():
        raise MissingError(f"no model at {path}: give a folder or a GGUF file")
    file = path / vocabulary.FILE
    if not file.is_file():
        raise MissingError(f"no tokenizer in {path}: {vocabulary.FILE} is not there")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises no narrower one
        raise BadInputError(f"{file} is no tokenizer: {' '.join(str(error).split())[:200]}") from None
    if tokenizer.token_to_id(vocabulary.END) == vocabulary.END_ID and _is_own(path):
        return Own(hugging_face.read(path)), tokenizer, vocabulary.END_ID
    return Transformers(path), tokenizer, _begin(path)


def _is_own(folder: Path) -> bool:
    """Whether the folder's network is of the kind that this package has."""
    try:
        hugging_face.shape_of(folder)
    except BadInputError:
        return False
    return True


def _begin(folder: Path) -> int:
    """The token that stands before a text: the one that begins it, else the one that ends it."""
    config = orjson.loads((folder / hugging_face.CONFIG).read_bytes())
    for name in ("bos_token_id", "eos_token_id"):
        found = config.get(name)
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, int):
            return found
    raise BadInputError(f"{folder / hugging_face.CONFIG} names no token that begins or ends a text")


def _chances(
    scores_of: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor, size: int
) -> tuple[Tensor, Tensor]:
    """Chances and hits of `targets` (B, T) from `hidden` (B, T, …), of which `scores_of` makes `size` scores a token."""
    wanted = targets.to(hidden.device).flatten()
    rows = hidden.flatten(0, 1)
    part = max(1, _SCORES // size)
    chances, best = [], []
    for start in range(0, len(rows), part):
        scores = scores_of(rows[start : start + part]).float()  # (part, size)
        target = wanted[start : start + part, None]
        chances.append((scores.gather(1, target) - scores.logsumexp(1, keepdim=True)).squeeze(1))
        best.append(scores.argmax(1) == target.squeeze(1))
    return torch.cat(chances).view_as(targets).cpu(), torch.cat(best).view_as(targets).cpu()


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
