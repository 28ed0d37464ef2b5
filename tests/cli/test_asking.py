"""`truthgpt ask`: the contract's keys, and what a person reads."""

from __future__ import annotations

from pathlib import Path

from command_line import Run, one_line


def test_ask_prints_the_contract_s_keys(run: Run, demo_data: Path) -> None:
    result = run(
        "ask", "How many exoplanets have been confirmed?", "--model", "none", "--data", demo_data, "--json"
    )
    answer = result.json
    assert result.code == 0
    assert set(answer) == {
        "question", "language", "decision", "sentences", "struck", "perspectives", "evidence", "notes", "model",
        "corpus_version", "seconds",
    }  # fmt: skip
    sentences, evidence = answer["sentences"], answer["evidence"]
    assert isinstance(sentences, list)
    assert isinstance(evidence, list)
    assert {"text", "citations", "verdict", "confidence"} <= set(sentences[0])
    assert {"id", "text", "community", "author", "created_at", "stance", "relevance", "copies"} <= set(
        evidence[0]
    )
    assert set(sentences[0]["citations"]) <= {piece["id"] for piece in evidence}


def test_ask_says_what_the_posts_do_not_say(run: Run, demo_data: Path) -> None:
    answer = run(
        "ask", "Which sorting algorithm does Python use?", "--model", "none", "--data", demo_data, "--json"
    ).json
    assert answer["sentences"][0]["text"] == "The posts do not say."  # type: ignore[index]


def test_ask_reads_standard_input(run: Run, demo_data: Path) -> None:
    answer = run("ask", "-", "--model", "none", "--data", demo_data, "--json", stdin="How many bees?").json
    assert answer["question"] == "How many bees?"


def test_ask_for_people_shows_sources_and_confidence_in_words(run: Run, demo_data: Path) -> None:
    out = run("ask", "How many exoplanets have been confirmed?", "--model", "none", "--data", demo_data).out
    assert "6,000" in out
    assert "[1]" in out
    assert "Sources" in out
    assert "certain" in out or "likely" in out


def test_a_quotation_is_given_with_how_likely_it_answers(run: Run, demo_data: Path) -> None:
    asked = ("ask", "How many exoplanets have been confirmed?", "--model", "none", "--data", demo_data)
    answers = [sentence["answers"] for sentence in run(*asked, "--json").json["sentences"]]  # type: ignore[attr-defined]
    assert all(0.5 <= value <= 1 for value in answers)
    out = run(*asked).out
    assert f"to the point, {answers[0]:.2f}" in " ".join(out.split())
    assert "comes nearest" not in out


def test_a_missing_default_model_is_said_and_answers_are_quoted(run: Run, demo_data: Path) -> None:
    result = run("ask", "How many exoplanets have been confirmed?", "--data", demo_data, "--json")
    assert "truthgpt model pull" in one_line(result, 0)
    assert result.json["model"] == "none"
