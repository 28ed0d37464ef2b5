"""A network's folder in Hugging Face's layout, there and back: `config.json`, `model.safetensors`, the tokenizer.

`transformers` loads it as `LlamaForCausalLM`, and so do vLLM's and SGLang's loaders; `read` takes any folder of that
architecture whose options this network has. Needs the extra `train`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from truthgpt.corpus import durable
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import vocabulary
from truthgpt.language.network import Network, Shape

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
_INDEX: Final = "model.safetensors.index.json"
TIED: Final = "lm_head.weight"
"""The weights that a tied network has not of its own."""
_DERIVED: Final = ".rotary_emb.inv_freq"
"""What older folders hold beside weights: this network reckons it."""
_TOKENIZER: Final = "tokenizer_config.json"
_TEMPLATE: Final = "chat_template.jinja"

_MUST: Final[dict[str, tuple[Any, ...]]] = {
    "hidden_act": ("silu",),
    "attention_bias": (False, None),
    "mlp_bias": (False, None),
}
"""Options of the architecture of which this network has one alone."""


def write(network: Network, folder: Path, dtype: torch.dtype = torch.float32) -> None:
    """Put the network's shape and weights, as `dtype`, into `folder`; at any moment each file is whole.

    Raises `MissingError` where the disk is full.
    """
    state = {
        name: weight.detach().to("cpu", dtype).contiguous()
        for name, weight in network.state_dict().items()
        if not (network.shape.tied and name == TIED)
    }
    durable.write(folder / WEIGHTS, save(state, {"format": "pt"}))
    durable.write(
        folder / CONFIG,
        orjson.dumps(config(network.shape, str(dtype).removeprefix("torch.")), option=orjson.OPT_INDENT_2),
    )
    durable.write(folder / "generation_config.json", orjson.dumps(_generation(), option=orjson.OPT_INDENT_2))


def write_tokenizer(source: Path, folder: Path, template: str = "") -> None:
    """Put the tokenizer of the folder `source` into `folder`, with what `transformers` must know of it.

    `template` makes a prompt of turns, else what `source` has does, else `vocabulary.CHAT_TEMPLATE`.
    """
    template = template or chat_template(source)
    vocabulary.save(vocabulary.load(source), folder)
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": vocabulary.END,
        "eos_token": vocabulary.TURN_END,
        "pad_token": vocabulary.END,
        "unk_token": vocabulary.END,
        "clean_up_tokenization_spaces": False,
        "chat_template": template,
    }
    durable.write(folder / _TOKENIZER, orjson.dumps(about, option=orjson.OPT_INDENT_2))


def chat_template(folder: Path) -> str:
    """The template in Jinja that makes a prompt of turns: of `folder` where it has one, else `vocabulary.CHAT_TEMPLATE`.

    Raises `BadInputError` where it cannot be read.
    """
    path = folder / _TEMPLATE  # where `transformers` 5 puts it
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8")
        path = folder / _TOKENIZER
        found = orjson.loads(path.read_bytes()) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path} cannot be read: {error}") from None
    template = found.get("chat_template") if isinstance(found, dict) else None
    return template if isinstance(template, str) and template else vocabulary.CHAT_TEMPLATE


def config(shape: Shape, dtype: str = "float32") -> dict[str, Any]:
    """`config.json` of a network of this shape."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_width,
        "max_position_embeddings": shape.context,
        "rope_theta": shape.rope_base,
        "rms_norm_eps": shape.epsilon,
        "tie_word_embeddings": shape.tied,
        "hidden_act": "silu",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "mlp_bias": False,
        "initializer_range": 0.02,
        "use_cache": True,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "torch_dtype": dtype,
    }


def _generation() -> dict[str, Any]:
    return {"bos_token_id": 0, "eos_token_id": [0, 2], "pad_token_id": 0, "do_sample": False}


def shape_of(folder: Path) -> Shape:
    """The shape that `folder`'s `config.json` names.

    Raises `MissingError` where there is none, `BadInputError` where it is of another architecture.
    """
    path = folder / CONFIG
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise MissingError(f"no model in {folder}: {CONFIG} is not there") from None
    except (orjson.JSONDecodeError, OSError) as error:
        raise BadInputError(f"{path} cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("model_type") != "llama":
        raise BadInputError(f"{path} is not of a Llama model; only that architecture is read")
    for option, values in _MUST.items():
        if option in found and found[option] not in values:
            raise BadInputError(
                f"{path}: {option} is {found[option]!r}; this network has {values[0]!r} alone"
            )
    # `transformers` 5 moved what it knows of rotary positions into a table of its own.
    rope = found.get("rope_parameters") or found.get("rope_scaling") or {}
    if not isinstance(rope, dict) or rope.get("rope_type", rope.get("type", "default")) != "default":
        raise BadInputError(f"{path}: rotary positions are scaled, which this network's are not")
    try:
        heads = int(found["num_attention_heads"])
        shape = Shape(
            vocabulary=int(found["vocab_size"]),
            width=int(found["hidden_size"]),
            layers=int(found["num_hidden_layers"]),
            heads=heads,
            kv_heads=int(found.get("num_key_value_heads") or heads),
            hidden=int(found["intermediate_size"]),
            context=int(found["max_position_embeddings"]),
            rope_base=float(found.get("rope_theta") or rope.get("rope_theta") or 10_000.0),
            epsilon=float(found.get("rms_norm_eps", 1e-6)),
            tied=bool(found.get("tie_word_embeddings", False)),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadInputError(f"{path} does not say what the network is: {error}") from None
    if found.get("head_dim") not in (None, shape.head_width):
        raise BadInputError(
            f"{path}: heads of {found['head_dim']} are not width / heads, as this network's are"
        )
    return shape


def read(folder: Path) -> Network:
    """The network in `folder`, in float32 on the CPU.

    Raises `MissingError` where files are not there, `BadInputError` where they are damaged or do not fit each other.
    """
    shape = shape_of(folder)
    files = _files(folder)
    state: dict[str, torch.Tensor] = {}
    for path in files:
        if not path.is_file():
            raise MissingError(f"no weights in {folder}: {path.name} is not there")
        try:
            with safe_open(str(path), framework="pt") as tensors:
                for name in tensors.keys():  # noqa: SIM118
                    if not name.endswith(_DERIVED):
                        state[name] = tensors.get_tensor(name).float()
        except (SafetensorError, OSError) as error:
            raise BadInputError(f"{path} is damaged: {error}") from None
    if shape.layers > len(state):  # what no weights are there for is not built first
        raise BadInputError(f"the weights in {folder} are of less than {shape.layers} layers")
    with torch.device("meta"):
        network = Network(shape)
    if shape.tied:
        state[TIED] = state.get("model.embed_tokens.weight", torch.empty(0))
    _check(state, network, folder)
    network.load_state_dict(state, assign=True)
    if shape.tied:
        network.lm_head.weight = network.model.embed_tokens.weight
    return network


def _files(folder: Path) -> list[Path]:
    """The files of weights: one, or those that the index of a split model names."""
    index = folder / _INDEX
    if not index.is_file():
        if not (folder / WEIGHTS).is_file():
            raise MissingError(f"no weights in {folder}: {WEIGHTS} is not there")
        return [folder / WEIGHTS]
    try:
        names = sorted(set(orjson.loads(index.read_bytes())["weight_map"].values()))
    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
        raise BadInputError(f"{index} is damaged") from None
    # A name from a file is no path: what it names lies in this folder.
    return [folder / Path(str(name)).name for name in names]


def _check(state: dict[str, torch.Tensor], network: Network, folder: Path) -> None:
    wanted = {name: tuple(weight.shape) for name, weight in network.state_dict().items()}
    for name, shape in wanted.items():
        if name not in state:
            raise BadInputError(f"the weights in {folder} lack {name}")
        if tuple(state[name].shape) != shape:
            raise BadInputError(f"the weights in {folder}: {name} is {tuple(state[name].shape)}, not {shape}")
    if more := sorted(set(state) - set(wanted)):
        raise BadInputError(f"the weights in {folder} have {more[0]}, which this network has not")
