"""OpenAI's own client against the service: it must work unchanged, and errors must be its exceptions."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import openai
import pytest
from fastapi.testclient import TestClient
from server_fakes import Fakes, answer_to, scripted, served, server_sent

from truthgpt.answer.schema import Event
from truthgpt.errors import MissingError
from truthgpt.language.engine import Message, Sampling

TEXT = (
    "Voyager 1 left in 1977. [1] “It still sends.” [2][1]\n\nSources:\n"
    "[1] space, ann, 2022-03-21, demo:1\n[2] 宇宙, bo, https://example.org/2"
)
ASKED: Any = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Yes?"},
    {"role": "user", "content": [{"type": "text", "text": "When did Voyager leave?"}]},
]


@pytest.fixture
def web(fakes: Fakes) -> Iterator[openai.OpenAI]:
    with (
        served(fakes.app()) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="x", max_retries=0) as web,
    ):
        yield web


def test_models_are_listed_and_found(web: openai.OpenAI) -> None:
    assert [model.id for model in web.models.list()] == ["truthgpt", "org/fake-1", "truthgpt-embedding"]
    assert web.models.retrieve("org/fake-1").id == "org/fake-1"
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-4'"):
        web.models.retrieve("gpt-4")


def test_the_cited_answer_comes_as_text_with_sources_and_whole(web: openai.OpenAI, fakes: Fakes) -> None:
    reply = web.chat.completions.create(model="truthgpt", messages=ASKED)
    assert reply.choices[0].message.content == TEXT
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert reply.usage.prompt_tokens == 4
    assert reply.model_extra is not None
    expected = answer_to("When did Voyager leave?").model_dump(mode="json")
    assert reply.model_extra["truthgpt"] == expected
    assert fakes.answerer.asked == [("When did Voyager leave?", None)]


def test_the_streamed_answer_is_the_same_text_sentence_by_sentence(web: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    chunks = list(
        web.chat.completions.create(model="truthgpt", messages=ASKED, stream=True, stream_options=options)
    )
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert pieces[1] == "Voyager 1 left in 1977. [1]"
    assert "".join(piece or "" for piece in pieces) == TEXT
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(TEXT.split())
    assert len({chunk.id for chunk in chunks}) == 1


def test_without_include_usage_no_usage_is_sent(client: TestClient) -> None:
    body = {"model": "truthgpt", "messages": ASKED, "stream": True}
    text = client.post("/v1/chat/completions", json=body).text
    data = [data for _, data in server_sent(text)]
    assert data[-1] == "[DONE]"
    assert all("usage" not in json.loads(each) for each in data[:-1])


def test_the_raw_model_is_reached_by_its_own_name_with_its_sampling(web: openai.OpenAI, fakes: Fakes) -> None:
    reply = web.chat.completions.create(
        model="org/fake-1", messages=ASKED, temperature=0.5, top_p=0.9, max_tokens=3, stop=["END"], seed=-1
    )
    assert reply.choices[0].message.content == "w0 w1 w2 "
    assert reply.choices[0].finish_reason == "length"
    assert fakes.engine is not None
    messages, sampling = fakes.engine.calls[0]
    assert messages[0] == Message("system", "Be brief.")
    assert messages[-1] == Message("user", "When did Voyager leave?")
    assert sampling == Sampling(max_tokens=3, temperature=0.5, top_p=0.9, seed=2**32 - 1, stop=("END",))
    assert fakes.answerer.asked == []


def test_the_raw_model_streams(web: openai.OpenAI) -> None:
    chunks = list(web.chat.completions.create(model="org/fake-1", messages=ASKED, stream=True, stop="x"))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).startswith("w0 w1 w2 ")
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_client_that_goes_stops_the_raw_model(fakes: Fakes) -> None:
    def endless(messages: Any, sampling: Any) -> Iterator[str]:
        assert fakes.engine is not None
        try:
            while True:
                time.sleep(0.001)
                yield "and "
        finally:
            fakes.engine.closed.release()

    assert fakes.engine is not None
    fakes.engine.stream = endless  # type: ignore[method-assign]
    with served(fakes.app()) as address, openai.OpenAI(base_url=f"{address}/v1", api_key="x") as web:
        stream = web.chat.completions.create(model="org/fake-1", messages=ASKED, stream=True)
        # The first chunk names the role and comes before the model has begun, which could not be stopped then.
        next(chunk for chunk in stream if chunk.choices[0].delta.content)
        stream.close()
        assert fakes.engine.closed.acquire(timeout=30)


def test_a_prompt_over_the_context_is_a_bad_request(web: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        web.chat.completions.create(model="org/fake-1", messages=[{"role": "user", "content": "word " * 100}])
    assert raised.value.code == "context_length_exceeded"


def test_max_tokens_is_cut_to_the_room_that_the_prompt_leaves(web: openai.OpenAI, fakes: Fakes) -> None:
    web.chat.completions.create(
        model="org/fake-1", messages=[{"role": "user", "content": "word " * 90}], max_completion_tokens=5_000
    )
    assert fakes.engine is not None
    assert fakes.engine.calls[0][1].max_tokens == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"n": 2},
        {"messages": []},
        {"messages": [{"role": "system", "content": "no user"}]},
        {"messages": [{"role": "user", "content": " "}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
        {"temperature": 3},
        {"max_tokens": 0},
        {"stop": ["a"] * 5},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"logprobs": True},
        {"response_format": {"type": "json_object"}},
    ],
)
def test_what_is_not_done_here_is_refused_not_ignored(web: openai.OpenAI, changes: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        web.chat.completions.create(**{"model": "truthgpt", "messages": ASKED, **changes})
    assert raised.value.type == "invalid_request_error"


def test_an_unknown_model_is_not_found(web: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        web.chat.completions.create(model="gpt-4", messages=ASKED)
    assert raised.value.code == "model_not_found"


def test_a_failing_model_is_the_clients_exception(web: openai.OpenAI, fakes: Fakes) -> None:
    def away(question: str) -> Iterator[Event]:
        yield next(scripted(question))
        raise MissingError("the model's server is away")

    fakes.answerer.script = away
    with pytest.raises(openai.InternalServerError, match="the model's server is away"):
        web.chat.completions.create(model="truthgpt", messages=ASKED)
    with pytest.raises(openai.APIError, match="the model's server is away"):
        list(web.chat.completions.create(model="truthgpt", messages=ASKED, stream=True))


def test_the_key_is_the_clients_key(fakes: Fakes) -> None:
    with served(fakes.app(api_key="right")) as address:
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=f"{address}/v1", api_key="wrong").models.list()
        assert openai.OpenAI(base_url=f"{address}/v1", api_key="right").models.list().data


@pytest.mark.parametrize("texts", ["abc", ["abc", "旅行者"]])
def test_embeddings_come_as_floats_and_as_base64(web: openai.OpenAI, texts: Any) -> None:
    expected = [[3.0, 0.25, -0.5, 0.0]] * (1 if isinstance(texts, str) else 2)
    by_default = web.embeddings.create(model="truthgpt-embedding", input=texts)
    assert [each.embedding for each in by_default.data] == expected, "the client asks for base64 by itself"
    floats = web.embeddings.create(
        model="truthgpt-embedding", input=texts, encoding_format="float", dimensions=4
    )
    assert [each.embedding for each in floats.data] == expected
    raw = web.embeddings.with_raw_response.create(
        model="truthgpt-embedding", input=texts, encoding_format="base64"
    )
    coded = json.loads(raw.text)["data"][0]["embedding"]
    assert np.frombuffer(base64.b64decode(coded), dtype="<f4").tolist() == expected[0]
    assert floats.usage.total_tokens > 0


@pytest.mark.parametrize(
    "changes", [{"input": [[1, 2]]}, {"input": [1, 2]}, {"input": ""}, {"input": []}, {"dimensions": 8}]
)
def test_embeddings_that_cannot_be_made_are_bad_requests(web: openai.OpenAI, changes: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        web.embeddings.create(**{"model": "truthgpt-embedding", "input": "a", **changes})


@pytest.mark.parametrize(
    ("where", "changes", "param", "said"),
    [
        ("chat/completions", {"stop": ["", ""]}, "stop.0", "at least 1 item"),
        ("chat/completions", {"stop": 5}, "stop", "valid string"),
        ("chat/completions", {"messages": [{"role": "user", "content": 5}]}, "messages.0.content", "valid string"),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages.0.content.0.text",
            "required",
        ),
        ("chat/completions", {"messages": [{"content": "x"}]}, "messages.0.role", "required"),
        ("chat/completions", {"messages": [{"role": "user", "content": "\ud800"}]}, "messages.0.content", "surrogate"),
        ("embeddings", {"input": []}, "input", "at least 1 item"),
        ("embeddings", {"input": ""}, "input", "at least 1 item"),
        ("embeddings", {"input": [1, 2, 3]}, "input.0", "valid string"),
        ("embeddings", {"input": None}, "input", "valid string"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named_without_the_insides_of_the_server(
    client: TestClient, where: str, changes: dict[str, Any], param: str, said: str
) -> None:
    body = {"model": "truthgpt", "messages": ASKED, "input": "a", **changes}
    response = client.post(
        f"/v1/{where}", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["param"] == param
    assert said in error["message"]
    assert error["message"].startswith(f"{param}: ")
    assert "[" not in error["message"]
    assert " at 0x" not in error["message"]


def test_without_a_model_there_is_no_raw_one(fakes: Fakes) -> None:
    fakes.engine = None
    client = TestClient(fakes.app(), base_url="http://localhost")
    assert [each["id"] for each in client.get("/v1/models").json()["data"]] == [
        "truthgpt",
        "truthgpt-embedding",
    ]
    reply = client.post("/v1/chat/completions", json={"model": "truthgpt", "messages": ASKED}).json()
    assert reply["choices"][0]["message"]["content"] == TEXT
    assert reply["usage"]["prompt_tokens"] == 6
