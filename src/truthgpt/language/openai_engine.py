"""Runs a model behind any OpenAI-compatible address: vLLM, SGLang, Ollama, llama.cpp's server, or a hosted one."""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionMessageParam

from truthgpt.errors import BadInputError, MissingError
from truthgpt.language.engine import Message, Sampling
from truthgpt.language.stream import Call, TextStream

DEFAULT_CONTEXT: Final = 4_096
"""Tokens assumed where the server does not say: few enough for nearly every model that is served."""

_LOCAL_KEY: Final = "none"
"""The client insists on a key; servers on one's own machine ask for none."""

_MAX_STOPS: Final = 4
"""Stop strings that OpenAI's API takes; `TextStream` sees to all of them."""

_ALTERNATIVES: Final = 20
"""Likeliest tokens that OpenAI's API tells at the most."""

_MAX_NAME: Final = 200
"""Characters of a model's name, which answers show."""

_HTTP: Final = import_module(openai.DefaultHttpxClient.__mro__[1].__module__)
"""The HTTP library under the client, `httpx` or its successor by version: what it raises comes through unwrapped."""

_FAILURES: Final = (openai.OpenAIError, _HTTP.HTTPError, ValueError, TypeError, AttributeError, LookupError)
"""What the client raises of a server that fails, hangs up, or sends JSON of another form than OpenAI's."""

_ASCII_RUN: Final = re.compile(r"[a-zA-Z]+|[\x00-\x7f]")


class OpenAIEngine:
    """One model behind `base_url` (`https://host/v1`); with no `model`, the first that the server lists.

    `connect` and `read` are seconds: to reach the server, and between two pieces of text. Nothing is sent before the
    first use. Every failure is a `MissingError` of one line that names the address, never the key.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key: str | None = None,
        *,
        connect: float = 5.0,
        read: float = 60.0,
    ) -> None:
        self._address = _checked(base_url)
        self._model = model
        self._context = 0
        self._client = openai.OpenAI(
            base_url=self._address,
            api_key=api_key or _LOCAL_KEY,
            timeout=openai.Timeout(read, connect=connect),
            max_retries=0,
        )

    @property
    def name(self) -> str:
        return self._model or self._first()[0]

    @property
    def context(self) -> int:
        if not self._context:
            self._context = self._first()[1]
        return self._context

    def count_tokens(self, text: str) -> int:
        """An upper estimate, since the server's tokenizer is not here.

        A run of letters counts a token for every three of them, begun; any other ASCII character one; a character
        beyond ASCII one for each of its bytes, which is the most that a byte-level tokenizer can make of it.
        """
        ascii_tokens = sum(-(-len(run) // 3) for run in _ASCII_RUN.findall(text))
        return ascii_tokens + sum(len(c.encode("utf-8", "replace")) for c in text if ord(c) > 127)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> TextStream:
        """The model's next turn; closing it hangs up, which stops the model."""
        turns = [_turn(message) for message in messages]

        def produce(call: Call) -> None:
            try:
                self._generate(call, turns, sampling)
            except _FAILURES as error:
                if not call.cancelled:
                    raise self._missing(error, call.begun) from None

        return TextStream(produce, sampling.stop, name="engine-http", daemon=True)

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> list[float]:
        """See `Chooser`. Of the next token the likeliest that the server tells are looked at, `_ALTERNATIVES` at most."""
        try:
            answer = self._client.chat.completions.create(
                model=self.name,
                messages=[_turn(message) for message in messages],
                max_tokens=1,
                temperature=0.0,
                logprobs=True,
                top_logprobs=_ALTERNATIVES,
            )
            told = answer.choices[0].logprobs
            likely = told.content[0].top_logprobs if told is not None and told.content else []
            found = [(one.token.strip().casefold(), math.exp(min(0.0, one.logprob))) for one in likely]
        except _FAILURES as error:
            raise self._missing(error) from None
        if not found:
            raise MissingError(
                f"the model server {self._address} tells no token probabilities (logprobs); a verdict needs them"
            )
        return [
            min(1.0, sum(chance for token, chance in found if token and option.casefold().startswith(token)))
            for option in options
        ]

    def _generate(self, call: Call, turns: list[ChatCompletionMessageParam], sampling: Sampling) -> None:
        chunks = self._client.chat.completions.create(
            model=self.name,
            messages=turns,
            stream=True,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop=list(sampling.stop[:_MAX_STOPS]) or openai.omit,
        )
        call.on_cancel(lambda: _hang_up(chunks.response))
        finished = False
        with closing(chunks.response):
            for chunk in chunks:
                for choice in chunk.choices[:1]:
                    finished = finished or choice.finish_reason is not None
                    if choice.delta.content and not call.put(choice.delta.content):
                        return
        # A server that dies in the middle of an answer ends the stream like one that is done.
        if not finished and not call.cancelled:
            raise MissingError(f"the model server {self._address} ended its answer in the middle")

    def _first(self) -> tuple[str, int]:
        """The model in use (the first listed where none was named) and its context, as the server tells."""
        try:
            listed = list(self._client.models.list().data)
        except _FAILURES as error:
            if self._model is not None and not isinstance(error, openai.APIConnectionError):
                return self._model, DEFAULT_CONTEXT  # not every server that answers lists its models
            raise self._missing(error) from None
        model = next((m for m in listed if self._model in (None, m.id)), None)
        if self._model is None:
            if model is None:
                raise MissingError(
                    f"the model server {self._address} lists no model; name one: {self._address}#MODEL"
                )
            if not (isinstance(model.id, str) and model.id.isprintable() and len(model.id) <= _MAX_NAME):
                raise MissingError(f"the model server {self._address} lists a model of no usable name")
            self._model = model.id
        # vLLM and SGLang add `max_model_len` to OpenAI's fields.
        told = getattr(model, "max_model_len", None)
        return self._model, told if isinstance(told, int) and told > 0 else DEFAULT_CONTEXT

    def _missing(self, error: Exception, begun: bool = False) -> MissingError:
        match error:
            case _ if isinstance(error, (openai.APITimeoutError, _HTTP.TimeoutException)):
                what = "stopped in the middle of its answer" if begun else "did not answer in time"
            case _ if isinstance(error, (openai.APIConnectionError, _HTTP.TransportError)):
                what = "hung up in the middle of its answer" if begun else "cannot be reached"
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                what = "refuses the API key; set TRUTHGPT_MODEL_API_KEY"
            case openai.NotFoundError():
                what = f"has no model {self._model!r}, or the address is not that of its API (it often ends in /v1)"
            case openai.RateLimitError():
                what = "is too busy or its quota is used up (HTTP 429)"
            case openai.APIStatusError():
                what = f"failed with HTTP {error.status_code}"
            case openai.APIError():
                what = "reports an error in the middle of its answer"
            case _:
                what = "does not speak OpenAI's API"
        return MissingError(f"the model server {self._address} {what}")


def _checked(address: str) -> str:
    """`address` as it may be shown and used: http or https, a host, no name or password in it."""
    try:
        parts = urlsplit(address)
        usable = (
            parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        usable = False
    if not usable or any(c.isspace() for c in address):
        raise BadInputError("the model's address is not like http://host:port/v1")
    if parts.username is not None or parts.password is not None:
        raise BadInputError(
            "the model's address holds a name or password; set TRUTHGPT_MODEL_API_KEY instead"
        )
    return address.rstrip("/")


def _hang_up(response: Any) -> None:
    """Ends the connection under a response that another thread may be reading: that thread wakes at once."""
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None
    if connection is not None:
        # Not connected any more: there is nothing to end.
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _turn(message: Message) -> Any:
    return {"role": message.role, "content": message.content.encode("utf-8", "replace").decode("utf-8")}
