"""Says whether a GGUF file holds a language model whose parts fit together, as far as its header can tell.

OpenVINO GenAI divides by what it finds in the metadata (a file with no attention heads ends the process with SIGFPE) and
answers a missing tensor with `unordered_map::at`; both are found here first, and named.
"""

from __future__ import annotations

from typing import Final

from truthgpt.language.gguf import GGUF

ARCHITECTURES: Final = ("llama", "qwen2", "qwen3")
"""What OpenVINO GenAI builds from GGUF."""

_TOKENIZER: Final = "gpt2"
"""The one kind of tokenizer that it reads from GGUF: byte-level BPE, of GPT-2, Llama 3, Qwen and SmolLM."""

_TYPES: Final = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 8: "Q8_0", 12: "Q4_K", 14: "Q6_K"}
"""The tensor types that it converts."""

_PARTS: Final = (
    "attn_norm",
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_output",
    "ffn_norm",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
)


def fault_of(header: GGUF) -> str | None:
    """What is wrong with the model, in a few words; None where nothing is."""
    return _metadata_fault(header) or _vocabulary_fault(header) or _tensor_fault(header)


def _metadata_fault(header: GGUF) -> str | None:
    kind = header.architecture
    if kind not in ARCHITECTURES:
        return f"the architecture {kind[:40]!r} cannot be run; {', '.join(ARCHITECTURES)} can"
    if header.text("tokenizer.ggml.model") != _TOKENIZER:
        return f"its tokenizer {header.text('tokenizer.ggml.model')[:40]!r} cannot be run; {_TOKENIZER!r} can"
    if not header.text("tokenizer.chat_template"):
        return "it has no chat template; take a model that was trained to answer (its name often has Instruct in it)"
    numbers = (
        "context_length",
        "block_count",
        "embedding_length",
        "attention.head_count",
        "attention.head_count_kv",
    )
    for key in (f"{kind}.{number}" for number in numbers):
        if header.number(key) < 1:
            return f"{key} is not in its metadata, or not above 0"
    if header.number(f"{kind}.attention.head_count") % header.number(f"{kind}.attention.head_count_kv"):
        return "its attention heads cannot be shared out among its key-value heads"
    return None


def _vocabulary_fault(header: GGUF) -> str | None:
    tokens = len(header.tokens)
    for key in ("token_type", "merges"):
        if not isinstance(header.metadata.get(f"tokenizer.ggml.{key}"), list):
            return f"tokenizer.ggml.{key} is not in its metadata"
    types = header.metadata["tokenizer.ggml.token_type"]
    if not tokens or not isinstance(types, list) or len(types) != tokens:
        return "its vocabulary is missing or does not fit its token types"
    for key in ("bos_token_id", "eos_token_id", "padding_token_id"):
        if not 0 <= header.number(f"tokenizer.ggml.{key}") < tokens:
            return f"tokenizer.ggml.{key} is not a token of its vocabulary"
    return None


def _tensor_fault(header: GGUF) -> str | None:
    kind = header.architecture
    width, heads = header.number(f"{kind}.embedding_length"), header.number(f"{kind}.attention.head_count")
    size = header.number(f"{kind}.attention.key_length") or width // heads
    key_width = size * header.number(f"{kind}.attention.head_count_kv")
    shapes = {"attn_q": (width, size * heads), "attn_k": (width, key_width), "attn_v": (width, key_width)}
    expected: dict[str, tuple[int, ...] | None] = {
        "token_embd.weight": (width, len(header.tokens)),
        "output_norm.weight": (width,),
    }
    # A block more than there are tensors is enough to find the first that is missing.
    for block in range(min(header.number(f"{kind}.block_count"), len(header.tensors) + 1)):
        expected |= {f"blk.{block}.{part}.weight": shapes.get(part) for part in _PARTS}
    for name, shape in expected.items():
        tensor = header.tensors.get(name)
        if tensor is None:
            return f"the tensor {name} is missing"
        if shape is not None and tensor.shape != shape:
            return f"the tensor {name} has the shape {tensor.shape}, not {shape}"
    other = next((t for t in header.tensors.values() if t.type not in _TYPES), None)
    if other is not None:
        return f"the tensor {other.name[:40]!r} is of a type that cannot be run; {', '.join(_TYPES.values())} can"
    return None
