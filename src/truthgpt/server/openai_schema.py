"""Requests as OpenAI's API writes them, with what this service does not do refused by name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from truthgpt.language.engine import Message, Sampling
from truthgpt.server.errors import RequestError
from truthgpt.server.fields import Text

# What is described as the only value allowed is checked by `ChatRequest.check`, whose errors say why.
Nothing = Annotated[list[object] | None, WithJsonSchema({"type": "array", "maxItems": 0})]
_TEXT_FORMAT = {"type": "object", "properties": {"type": {"const": "text"}}, "required": ["type"]}


class TextPart(BaseModel):
    type: Literal["text"]
    text: Text


class ChatMessage(BaseModel):
    """One turn; `content` is text, whole or in parts."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | Annotated[list[TextPart], Field(max_length=1000)] | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""

    def message(self) -> Message:
        return Message("system" if self.role == "developer" else self.role, self.text())


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """A chat completion asked for. Sampling (`temperature` to `seed`) is for the raw model only."""

    model: Annotated[Text, Field(max_length=200)]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    stop: (
        Annotated[Text, Field(min_length=1, max_length=200)]
        | Annotated[list[Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=4)]
        | None
    ) = None
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    n: Annotated[int | None, WithJsonSchema({"enum": [1, None]})] = 1
    tools: Nothing = None
    functions: Nothing = None
    logprobs: Annotated[bool | None, WithJsonSchema({"enum": [False, None]})] = None
    response_format: Annotated[dict[str, object] | None, WithJsonSchema(_TEXT_FORMAT)] = None

    def check(self) -> None:
        """Raises `RequestError` for what would be silently ignored otherwise."""
        if self.n not in (None, 1):
            raise _unsupported("n", "n: only one choice can be made")
        if self.tools:
            raise _unsupported("tools", "tools: the models here call no tools")
        if self.functions:
            raise _unsupported("functions", "functions: the models here call no functions")
        if self.logprobs:
            raise _unsupported("logprobs", "logprobs: not given here")
        if self.response_format and self.response_format.get("type") != "text":
            raise _unsupported("response_format", "response_format: only text is made")

    def question(self) -> str:
        """The last message of the user, who asks it. Raises `RequestError` when there is none."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.text()
        raise RequestError(400, "messages: no message is from the user", param="messages")

    def sampling(self, room: int) -> Sampling:
        """How the raw model is to choose tokens, of which there is `room` for."""
        default = Sampling()
        asked = self.max_completion_tokens or self.max_tokens or default.max_tokens
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Sampling(
            max_tokens=min(asked, room),
            temperature=default.temperature if self.temperature is None else self.temperature,
            top_p=default.top_p if self.top_p is None else self.top_p,
            # Engines take unsigned 32-bit seeds; OpenAI's may be any 64-bit integer.
            seed=(self.seed or 0) & 0xFFFFFFFF,
            stop=stop,
        )


class EmbeddingRequest(BaseModel):
    """Vectors asked for; lists of token ids are refused, as the tokens are not OpenAI's."""

    model: Annotated[Text, Field(max_length=200)]
    input: (
        Annotated[Text, Field(min_length=1)]
        | Annotated[list[Annotated[Text, Field(min_length=1)]], Field(min_length=1, max_length=2048)]
    )
    encoding_format: Literal["float", "base64"] | None = "float"
    dimensions: int | None = None


def _unsupported(param: str, message: str) -> RequestError:
    return RequestError(400, message, param=param, code="unsupported_parameter")
