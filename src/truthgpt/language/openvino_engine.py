"""Runs a GGUF model on this machine's processor with OpenVINO GenAI: no GPU, no compiler, no torch.

The library reads the model's tokenizer and chat template from the GGUF file. Its native code is entered only with what
was checked here: a whole file (`gguf`), a prompt that fits, text in which no control token stands (`prompt`).

Calls run one after the other. The keys and values of earlier prompts are kept, so that a prompt that begins like the one
before (the same instructions, the same posts) starts at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import gguf
from truthgpt.language.engine import Message, Sampling
from truthgpt.language.gguf_model import fault_of
from truthgpt.language.prompt import Neutraliser
from truthgpt.language.stream import Call, TextStream, Turnstile

CONTEXT_LIMIT: Final = 4_096
"""Tokens of context that are used of a model that was trained on more: two cores read about 700 a second."""

_BLOCK: Final = 32
"""Tokens in one block of the key-value cache (OpenVINO's on a CPU)."""

_SPARE_BLOCKS: Final = 128
"""Blocks beyond one full context, in which the beginnings of earlier prompts stay; 128 are about 50 MB here."""

_BATCH: Final = 1_024
"""Prompt tokens read in one step: most prompts whole. The library's 256 take a seventh more time, and 20 MB less."""

_CHUNK: Final = 1_000
"""Characters tokenised at once when counting; fewer for a small context, at which the library cuts without a word."""

_EXACT_COUNT: Final = 1 << 16
"""Characters up to which tokens are counted exactly; beyond, bytes are the estimate."""


_ENDS: Final = ("<|endoftext|>", "<|im_end|>", "<|end_of_text|>", "<|eot_id|>")
"""Control tokens that end a document or a turn, of which a file names one alone as its end."""

_EXACT: Final = {
    "INFERENCE_PRECISION_HINT": "f32",
    "KV_CACHE_PRECISION": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0",
}
"""OpenVINO's properties for float32 throughout; its defaults are what the processor is fastest at (bfloat16, where there
is such arithmetic) and a cache of eight bits."""


class OpenVINOEngine:
    """One GGUF model in this process. Loading takes about 4 s and 450 MB for the default model.

    `context` tokens of the model's own context are used at most. `exact` reckons and keeps keys and values in float32, for
    checks against other programs: slower, and without what rounding does to the choice of a token. Raises `MissingError`
    where the file is not there or OpenVINO cannot run it, `BadInputError` where it is not a whole GGUF model.
    """

    def __init__(self, path: Path, name: str, context: int = CONTEXT_LIMIT, *, exact: bool = False) -> None:
        header = gguf.read(path)
        fault = fault_of(header)
        if fault:
            raise BadInputError(f"{path} cannot be used as a model: {fault}")
        self._name = name
        self._context = min(header.context, context)
        control = header.control_tokens
        self._neutral = Neutraliser(control)
        self._control = re.compile("|".join(re.escape(token) for token in control if token) or "(?!)")
        self._ends = {
            number for number, token in enumerate(header.tokens) if token in _ENDS and token in control
        }
        self._chunk = max(1, min(_CHUNK, header.context // 4))  # a character is at most 4 tokens, its bytes
        self._longest = max(len(token.encode("utf-8", "surrogateescape")) for token in header.tokens)
        self._turnstile = Turnstile()
        self._genai = _import_genai()
        scheduler = self._genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.max_num_batched_tokens = _BATCH
        # Without a bound the cache of prompts grows for as long as the process lives.
        scheduler.num_kv_blocks = self._context // _BLOCK + _SPARE_BLOCKS
        try:
            self._pipeline = self._genai.LLMPipeline(
                str(path), "CPU", scheduler_config=scheduler, **(_EXACT if exact else {})
            )
            self._tokenizer = self._pipeline.get_tokenizer()
            # The first call compiles kernels for 0.7 s: better now than in front of the first reader.
            self._pipeline.generate(self._encode("."), self._config(Sampling(max_tokens=1), 1))
        except Exception as error:  # the native library raises whatever C++ threw
            raise MissingError(f"OpenVINO cannot run the model {path}: {_line(error)}") from None

    @property
    def name(self) -> str:
        return self._name

    @property
    def context(self) -> int:
        return self._context

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`: exact up to 1,000 characters, else an upper estimate within a percent, or its bytes if huge."""
        text = self._neutral(text)
        if len(text) > _EXACT_COUNT:
            return len(text.encode())
        chunks = (text[i : i + self._chunk] for i in range(0, len(text), self._chunk))
        return sum(int(self._encode(chunk).input_ids.shape[1]) for chunk in chunks)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> TextStream:
        """The model's next turn. Raises `BadInputError` at once where the prompt does not fit the model's context."""
        _check_sampling(sampling)
        inputs, room = self._prompt(messages)
        config = self._config(sampling, min(sampling.max_tokens, room))
        status = self._genai.StreamingStatus

        def produce(call: Call) -> None:
            # An exception in here would not stop the model; it would be printed at each token.
            def on_text(piece: str) -> Any:
                wanted = call.put(self._control.sub("", piece))
                return status.RUNNING if wanted else status.CANCEL

            # The library's own way leaves out all added tokens, also those that are text: citations, say.
            streamer = self._genai.TextStreamer(self._tokenizer, on_text, {"skip_special_tokens": False})
            if not self._turnstile.enter(call):
                return
            try:
                self._pipeline.generate(inputs, config, streamer)
            except Exception as error:  # as above
                raise MissingError(f"the model {self._name} stopped: {_line(error)}") from None
            finally:
                self._turnstile.leave()

        return TextStream(produce, sampling.stop, name=f"engine-{self._name}")

    def _prompt(self, messages: Sequence[Message]) -> tuple[Any, int]:
        """The templated messages as tokens, and the tokens that remain for the answer."""
        turns = [{"role": m.role, "content": self._neutral(m.content)} for m in messages]
        size = sum(len(turn["content"].encode()) for turn in turns)
        if size > self._context * self._longest:
            raise BadInputError(
                f"the prompt of {size} bytes is too long for {self._name}, which reads {self._context} tokens"
            )
        try:
            text = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True)
        except Exception as error:  # as above
            raise MissingError(
                f"the model {self._name} has no usable chat template: {_line(error)}"
            ) from None
        inputs = self._encode(text)
        room = self._context - int(inputs.input_ids.shape[1])
        if room < 1:
            raise BadInputError(
                f"the prompt is too long for {self._name}: it reads {self._context} tokens, prompt and answer together"
            )
        return inputs, room

    def _encode(self, text: str) -> Any:
        # The template has written the special tokens already.
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _config(self, sampling: Sampling, max_tokens: int) -> Any:
        config = self._genai.GenerationConfig()
        config.apply_chat_template = False
        config.eos_token_id = self._tokenizer.get_eos_token_id()
        config.stop_token_ids = self._ends | {config.eos_token_id}
        config.max_new_tokens = max_tokens
        if sampling.temperature > 0:
            config.do_sample = True
            config.temperature = sampling.temperature
            config.top_p = sampling.top_p
            config.rng_seed = sampling.seed % 2**63
        return config


def _import_genai() -> Any:
    """OpenVINO GenAI. Raises `MissingError` where it cannot be imported."""
    try:
        import openvino_genai
    except ImportError as error:
        raise MissingError(
            f"openvino-genai cannot be imported: {_line(error)}; `pip install openvino-genai`"
        ) from None
    return openvino_genai


def _check_sampling(sampling: Sampling) -> None:
    if sampling.max_tokens < 1:
        raise BadInputError(f"max_tokens is {sampling.max_tokens}; it must be at least 1")
    if not 0 <= sampling.temperature <= 100:
        raise BadInputError(f"temperature is {sampling.temperature}; it must be between 0 and 100")
    if not 0 < sampling.top_p <= 1:
        raise BadInputError(f"top_p is {sampling.top_p}; it must be above 0 and at most 1")


def _line(error: BaseException) -> str:
    """The last line of what a native library says: the ones before name its source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
