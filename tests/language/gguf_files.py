"""Makes small GGUF files: whole ones, and ones that lie."""

from __future__ import annotations

import struct
from typing import Any


class Packed(bytes):
    """A metadata value that is packed already, its type before it."""


def pack_text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def pack_value(value: Any) -> bytes:
    match value:
        case Packed():
            return value
        case str():
            return struct.pack("<I", 8) + pack_text(value)
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case [str(), *_]:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(pack_text, value))
        case list():
            return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)
    raise TypeError(value)


def pack_gguf(
    metadata: dict[str, Any], tensors: dict[str, tuple[tuple[int, ...], int, int]], data: int = 0
) -> bytes:
    """A GGUF file: `tensors` by name with shape, type and offset, and `data` zero bytes behind the header."""
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, value in metadata.items():
        out += pack_text(key) + pack_value(value)
    for name, (shape, kind, offset) in tensors.items():
        out += pack_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    return out + bytes(-len(out) % 32 + data)


def tiny_metadata() -> dict[str, Any]:
    """The metadata of a language model of one block, four wide, with three tokens."""
    return {
        "general.architecture": "llama",
        "llama.context_length": 64,
        "llama.block_count": 1,
        "llama.embedding_length": 4,
        "llama.attention.head_count": 2,
        "llama.attention.head_count_kv": 1,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": ["<|end|>", "a", "b"],
        "tokenizer.ggml.token_type": [3, 1, 1],
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.chat_template": "{{ messages }}",
    }


def tiny_tensors() -> dict[str, tuple[tuple[int, ...], int, int]]:
    """Its tensors, in F32, one behind the other."""
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (4, 3), "output_norm": (4,)}
    block = {"attn_norm": (4,), "attn_q": (4, 4), "attn_k": (4, 2), "attn_v": (4, 2), "attn_output": (4, 4)}
    block |= {"ffn_norm": (4,), "ffn_gate": (4, 8), "ffn_up": (4, 8), "ffn_down": (8, 4)}
    shapes |= {f"blk.0.{part}": shape for part, shape in block.items()}
    return {f"{name}.weight": (shape, 0, 128 * i) for i, (name, shape) in enumerate(shapes.items())}


def tiny_gguf() -> bytes:
    return pack_gguf(tiny_metadata(), tiny_tensors(), data=11 * 128)
