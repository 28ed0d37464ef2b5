"""A network's folder in Hugging Face's layout in; a GGUF file out, which OpenVINO, llama.cpp and Ollama run.

The format's writer and its quantisation are those of its authors (package `gguf`); here is which tensor goes by which name,
and how the tokenizer is told. Needs the extra `train`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quantize

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError
from truthgpt.language import gguf, gguf_blocks, hugging_face, vocabulary
from truthgpt.language.gguf_blocks import BLOCK
from truthgpt.language.network import Network, Shape

Precision: TypeAlias = Literal["f16", "q8_0", "q4_0", "q4_1"]

_TYPES: Final[dict[Precision, tuple[GGMLQuantizationType, LlamaFileType]]] = {
    "f16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
    "q4_0": (GGMLQuantizationType.Q4_0, LlamaFileType.MOSTLY_Q4_0),
    "q4_1": (GGMLQuantizationType.Q4_1, LlamaFileType.MOSTLY_Q4_1),
}
_NAMES: Final = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
_PARTS: Final = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}

Floats: TypeAlias = npt.NDArray[np.float32]


def write(
    folder: Path,
    path: Path,
    precision: Precision,
    name: str,
    license: str = "",  # noqa: A002
    card: str = "",
) -> None:
    """The model in `folder`, with matrices as `precision`, as the file `path`: this or what was there before.

    `card` is JSON that the file carries with it (`gguf.CARD`). Embedding and output keep eight bits where the others have
    four, as the format's own converter does. Raises `BadInputError` where rows cannot be cut into blocks of 32 or the
    format has no name for the folder's tokenizer, `MissingError` where the disk is full.
    """
    network = hugging_face.read(folder)
    if precision != "f16" and (network.shape.width % BLOCK or network.shape.hidden % BLOCK):
        raise BadInputError(
            f"a width of {network.shape.width} or {network.shape.hidden} is no multiple of {BLOCK}; use f16"
        )
    beside = path.with_name(f".{path.name}.part")
    writer = GGUFWriter(beside, "llama")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _about(writer, network.shape, precision, name, license)
        if card:
            writer.add_string(gguf.CARD, card)
        _tokenizer(writer, folder, network.shape)
        _tensors(writer, network, precision)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
        durable.sync_folder(path.parent)
    except OSError as error:
        raise durable.missing(path, error) from error
    finally:
        with suppress(OSError):  # a full disk fails it once more
            writer.close()
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _about(writer: GGUFWriter, shape: Shape, precision: Precision, name: str, license_: str) -> None:
    writer.add_name(name)
    writer.add_type("model")
    if license_:
        writer.add_license(license_)
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(_TYPES[precision][1])
    writer.add_quantization_version(2)


def _tokenizer(writer: GGUFWriter, folder: Path, shape: Shape) -> None:
    tokenizer = vocabulary.load(folder)
    whole: dict[str, Any] = orjson.loads(tokenizer.to_str())
    if whole["normalizer"] is not None or whole["pre_tokenizer"] != vocabulary.cutting():
        raise BadInputError(
            f"{folder}: its tokenizer cuts texts otherwise than {vocabulary.PRETOKENIZER}'s does"
        )
    added = {token["id"]: bool(token["special"]) for token in whole["added_tokens"]}
    names = {number: name for name, number in tokenizer.get_vocab().items()}
    if len(names) > shape.vocabulary:
        raise BadInputError(
            f"{folder}: the tokenizer has {len(names)} tokens, the network {shape.vocabulary}"
        )
    # A network's rows are padded to a round number; what no text is made of is unused.
    tokens = [names.get(number, f"<|unused_{number}|>") for number in range(shape.vocabulary)]
    kinds = [_kind(number, names, added) for number in range(shape.vocabulary)]
    merges = [" ".join(merge) if isinstance(merge, list) else merge for merge in whole["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.PRETOKENIZER)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(vocabulary.END_ID)
    writer.add_eos_token_id(vocabulary.TURN_END_ID)
    writer.add_unk_token_id(vocabulary.END_ID)
    writer.add_pad_token_id(vocabulary.END_ID)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(hugging_face.chat_template(folder))


def _kind(number: int, names: dict[int, str], added: dict[int, bool]) -> int:
    if number not in names:
        return int(TokenType.UNUSED)
    if number in added:
        return int(TokenType.CONTROL if added[number] else TokenType.USER_DEFINED)
    return int(TokenType.NORMAL)


def _tensors(writer: GGUFWriter, network: Network, precision: Precision) -> None:
    shape = network.shape
    for name, weight in network.state_dict().items():
        if shape.tied and name == "lm_head.weight":
            continue
        values: Floats = weight.numpy()
        part = name.removesuffix(".weight")
        if part.endswith(("q_proj", "k_proj")):
            values = _paired(values, shape.heads if part.endswith("q_proj") else shape.kv_heads)
        kind = GGMLQuantizationType.F32 if values.ndim == 1 else _TYPES[precision][0]
        if part in _NAMES and values.ndim > 1 and precision.startswith("q4"):
            kind = GGMLQuantizationType.Q8_0
        values = np.ascontiguousarray(values)
        as_bytes = (
            gguf_blocks.quantized if kind == GGMLQuantizationType.Q4_1 else partial(quantize, qtype=kind)
        )
        writer.add_tensor(f"{tensor_name(part)}.weight", as_bytes(values), raw_dtype=kind)


def tensor_name(part: str) -> str:
    """How the format calls the weights that this network calls `part` (without `.weight`)."""
    if part in _NAMES:
        return _NAMES[part]
    _, _, layer, inner = part.split(".", 3)
    return f"blk.{layer}.{_PARTS[inner]}"


def _paired(values: Floats, heads: int) -> Floats:
    """Rows of a matrix of queries or keys in the format's order: the two that turn together stand beside each other,
    where here the halves of each head turn together."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
