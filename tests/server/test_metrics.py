"""`/metrics`: what is counted is true, and no caller can make labels without end."""

from __future__ import annotations

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from server_fakes import Fakes


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """The samples by name and label values, in the order of the labels' names."""
    reply = client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_method_and_status(client: TestClient) -> None:
    for address in ("/v1/search?q=a", "/v1/search?q=b", "/v1/search", "/v1/posts/a", "/v1/posts/demo:1"):
        client.get(address)
    found = samples(client)
    assert found[("truthgpt_requests_total", "GET", "/v1/search", "200")] == 2
    assert found[("truthgpt_requests_total", "GET", "/v1/search", "400")] == 1
    assert found[("truthgpt_requests_total", "GET", "/v1/posts/{post_id:path}", "404")] == 1
    assert found[("truthgpt_request_seconds_count", "/v1/search")] == 3


def test_sentences_are_counted_and_the_first_is_timed(client: TestClient) -> None:
    before = samples(client)
    assert before[("truthgpt_sentences_total", "shown")] == 0
    client.post("/v1/ask", json={"question": "a?"})
    client.post(
        "/v1/chat/completions", json={"model": "truthgpt", "messages": [{"role": "user", "content": "b?"}]}
    )
    found = samples(client)
    assert found[("truthgpt_sentences_total", "shown")] == 4
    assert found[("truthgpt_sentences_total", "struck")] == 2
    assert found[("truthgpt_first_sentence_seconds_count",)] == 2
    assert found[("truthgpt_questions_waiting",)] == 0


def test_labels_are_bounded_whatever_is_asked(client: TestClient) -> None:
    for number in range(20):
        client.get(f"/none/{number}")
        client.get(f"/page/{number}.js")
        client.request(f"M{number}", "/healthz")
        client.get("/healthz", headers={"Host": f"evil{number}"})
    labels = {key for key in samples(client) if key[0] == "truthgpt_requests_total"}
    assert len(labels) < 8


def test_two_apps_do_not_share_their_counts(fakes: Fakes) -> None:
    first = TestClient(fakes.app(), base_url="http://localhost")
    first.get("/healthz")
    second = TestClient(Fakes().app(), base_url="http://localhost")
    assert ("truthgpt_requests_total", "GET", "/healthz", "200") not in samples(second)
