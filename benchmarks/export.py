"""Whether an exported model says what PyTorch says: greedy tokens of the engine beside those of the network read back.

The default model is read from its GGUF file, put into a folder, and exported anew at each precision. For each file: of
64 greedy tokens after each prompt, the share before the engine first parts from PyTorch in float32 over the weights as
the file holds them, with the engine exact (float32) and as it answers (the processor's fastest arithmetic, a cache of eight bits);
tokens a second of both; and bytes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, get_args

import numpy as np

from machine import describe
from truthgpt import settings
from truthgpt.language import gguf_reading, gguf_writing, vocabulary
from truthgpt.language.network import Network
from truthgpt.language.openvino_engine import OpenVINOEngine

PROMPTS = (
    "To learn a language you should",
    "The most important invention of the last century is",
)
TOKENS = 64


def said(engine: OpenVINOEngine, ids: list[int]) -> list[int]:
    """The engine's greedy tokens after `ids`."""
    import openvino
    import openvino_genai

    config = openvino_genai.GenerationConfig()
    config.max_new_tokens, config.ignore_eos, config.apply_chat_template = TOKENS, True, False
    prompt = openvino.Tensor(np.array([ids], dtype=np.int64))
    return [int(token) for token in engine._pipeline.generate(prompt, config).tokens[0]]


def compare(path: Path, network: Network, prompts: list[list[int]]) -> dict[str, Any]:
    """How far engine and network go together on the file `path`."""
    expected = [network.greedy(ids, TOKENS) for ids in prompts]
    row: dict[str, Any] = {"bytes": path.stat().st_size}
    for name, exact in (("exact", True), ("fast", False)):
        engine = OpenVINOEngine(path, path.stem, exact=exact)
        together, started = 0, time.perf_counter()
        for ids, wanted in zip(prompts, expected, strict=True):
            found = said(engine, ids)
            together += next((n for n in range(TOKENS) if found[n] != wanted[n]), TOKENS)
        seconds = time.perf_counter() - started
        row[name] = {
            "equal": round(together / TOKENS / len(prompts), 4),
            "tokens_per_second": round(TOKENS * len(prompts) / seconds, 1),
        }
        del engine
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", type=Path, help="a GGUF file of a Llama model (default: the default model)"
    )
    options = parser.parse_args()
    found = settings.load()
    model = options.model or next(found.models.glob("SmolLM2-135M-Instruct.Q4_1.gguf"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "folder"
        gguf_reading.write_folder(model, folder)
        tokenizer = vocabulary.load(folder)
        prompts = [tokenizer.encode(prompt).ids for prompt in PROMPTS]
        result: dict[str, Any] = {"benchmark": "export", "model": model.name, "machine": describe()}
        result["as it came"] = compare(model, gguf_reading.read_network(model), prompts)
        for precision in get_args(gguf_writing.Precision):
            path = Path(scratch) / f"{precision}.gguf"
            gguf_writing.write(folder, path, precision, "exported")
            result[precision] = compare(path, gguf_reading.read_network(path), prompts)
            path.unlink()
        print(json.dumps(result))


if __name__ == "__main__":
    main()
