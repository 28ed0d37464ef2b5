"""A GGUF file of a Llama model in; out, its network in float32 and its tokenizer, to train on or to check against.

The other way round from `gguf_writing`: weights are what the file's blocks stand for (package `gguf`), rows of queries and
keys are put back, and tokens and merges become a `tokenizers` tokenizer. Needs the extra `train`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize
from tokenizers import AddedToken, Tokenizer, models

from truthgpt.errors import BadInputError
from truthgpt.language import gguf, hugging_face, vocabulary
from truthgpt.language.gguf import GGUF
from truthgpt.language.gguf_model import fault_of
from truthgpt.language.gguf_writing import Floats, tensor_name
from truthgpt.language.network import Network, Shape

_CONTROL, _USER_DEFINED, _UNUSED = 3, 4, 5
"""Kinds of tokens (llama.h, `llama_token_attr`)."""
_ROPE_FREQUENCIES: Final = "rope_freqs.weight"
"""A tensor of files whose rotary positions are scaled as Llama 3.1's are."""


def read_network(path: Path) -> Network:
    """The network in the file `path`, in float32 on the CPU: about 3 s for the default model.

    Raises `MissingError` where there is no such file, `BadInputError` where it is damaged or no Llama model.
    """
    header = gguf.read(path)
    shape = _shape(header, path)
    with torch.device("meta"):
        network = Network(shape)
    state: dict[str, torch.Tensor] = {}
    for name, wanted in network.state_dict().items():
        if shape.tied and name == hugging_face.TIED:
            continue
        part = name.removesuffix(".weight")
        values = _tensor(header, path, f"{tensor_name(part)}.weight", tuple(wanted.shape))
        if part.endswith(("q_proj", "k_proj")):
            values = _halved(values, shape.heads if part.endswith("q_proj") else shape.kv_heads)
        state[name] = torch.from_numpy(values)
    if shape.tied:
        state[hugging_face.TIED] = state["model.embed_tokens.weight"]
    network.load_state_dict(state, assign=True)
    if shape.tied:
        network.lm_head.weight = network.model.embed_tokens.weight
    return network


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in the file `path`. Raises as `read_network`, `BadInputError` also where texts are cut otherwise than
    `vocabulary` cuts them."""
    header = gguf.read(path)
    kind = header.text("tokenizer.ggml.model"), header.text("tokenizer.ggml.pre")
    if kind != ("gpt2", vocabulary.PRETOKENIZER):
        raise BadInputError(
            f"{path}: its tokenizer is {'/'.join(kind)[:60]}; gpt2/{vocabulary.PRETOKENIZER} is read"
        )
    if fault := fault_of(header):
        raise BadInputError(f"{path} cannot be used as a model: {fault}")
    tokens, kinds, merges = (
        header.metadata[f"tokenizer.ggml.{name}"] for name in ("tokens", "token_type", "merges")
    )
    assert isinstance(tokens, list)
    assert isinstance(kinds, list)
    assert isinstance(merges, list)
    added = {
        number: AddedToken(str(tokens[number]), special=kind == _CONTROL, normalized=False)
        for number, kind in enumerate(kinds)
        if kind in (_CONTROL, _USER_DEFINED)
    }
    words = {
        str(token): number
        for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind != _UNUSED
    }
    try:
        pairs = [(left, right) for left, right in (str(merge).split(" ") for merge in merges)]
        tokenizer = Tokenizer(models.BPE(vocab=words, merges=pairs))
    except Exception as error:  # the library raises no narrower one
        raise BadInputError(
            f"{path}: its merges fit no tokenizer: {' '.join(str(error).split())[:200]}"
        ) from None
    vocabulary.cut(tokenizer)
    for special in (True, False):
        tokens_ = [token for token in added.values() if token.special is special]
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)(tokens_)
    return tokenizer


def shape_of(path: Path) -> Shape:
    """The shape of the network in the file `path`. Raises as `read_network`."""
    return _shape(gguf.read(path), path)


def write_folder(path: Path, folder: Path) -> None:
    """Put the model in the file `path` into `folder` in Hugging Face's layout. Raises as the readers, and `MissingError`
    where the disk is full."""
    tokenizer, network = read_tokenizer(path), read_network(path)
    hugging_face.write(network, folder)
    vocabulary.save(tokenizer, folder)
    hugging_face.write_tokenizer(folder, folder, gguf.read(path).text("tokenizer.chat_template"))


def _shape(header: GGUF, path: Path) -> Shape:
    if header.architecture != "llama":
        raise BadInputError(
            f"{path} is of the architecture {header.architecture[:40]!r}; llama alone is read"
        )
    if fault := fault_of(header):
        raise BadInputError(f"{path} cannot be used as a model: {fault}")
    if header.text("llama.rope.scaling.type") not in ("", "none") or _ROPE_FREQUENCIES in header.tensors:
        raise BadInputError(f"{path}: rotary positions are scaled, which this network's are not")
    heads, width = header.number("llama.attention.head_count"), header.number("llama.embedding_length")
    try:
        shape = Shape(
            vocabulary=len(header.tokens),
            width=width,
            layers=header.number("llama.block_count"),
            heads=heads,
            kv_heads=header.number("llama.attention.head_count_kv"),
            hidden=header.number("llama.feed_forward_length"),
            context=header.context,
            rope_base=_real(header, "llama.rope.freq_base", 10_000.0),
            epsilon=_real(header, "llama.attention.layer_norm_rms_epsilon", 1e-5),
            tied="output.weight" not in header.tensors,
        )
    except BadInputError as error:
        raise BadInputError(f"{path} cannot be used as a model: {error}") from None
    for key in ("llama.attention.key_length", "llama.rope.dimension_count"):
        if header.number(key) not in (0, shape.head_width):
            raise BadInputError(
                f"{path}: {key} is {header.number(key)}, not {shape.head_width}, width / heads"
            )
    return shape


def _real(header: GGUF, key: str, default: float) -> float:
    value = header.metadata.get(key, default)
    return float(value) if isinstance(value, int | float) else default


def _tensor(header: GGUF, path: Path, name: str, shape: tuple[int, ...]) -> Floats:
    """The tensor `name` as float32 of `shape`; the file counts dimensions from the last."""
    found = header.tensors.get(name)
    if found is None or found.shape[::-1] != shape:
        what = "is missing" if found is None else f"is {found.shape[::-1]}, not {shape}"
        raise BadInputError(f"{path} cannot be used as a model: the tensor {name} {what}")
    stored: Any = np.fromfile(path, np.uint8, found.size, offset=found.offset)
    kind = GGMLQuantizationType(found.type)
    try:
        values = dequantize(stored, kind)
    except (NotImplementedError, ValueError) as error:
        raise BadInputError(f"{path}: the tensor {name} cannot be read: {error}") from None
    # A copy: what the library gives may be a view of bytes that nobody may write to.
    return np.array(values, dtype=np.float32).reshape(shape)


def _halved(values: Floats, heads: int) -> Floats:
    """Rows of a matrix of queries or keys as this network has them: the halves of each head turn together."""
    rows, columns = values.shape
    return np.ascontiguousarray(
        values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)
    )
