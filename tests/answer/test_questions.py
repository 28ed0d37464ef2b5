"""On the questions written for the demo posts, the right posts are found, and what the posts do not say is not said."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from truthgpt import settings
from truthgpt.answer import evidence, passages, phrases, question
from truthgpt.answer.assistant import Assistant
from truthgpt.answer.schema import Answer, AnswerEvent

pytestmark = pytest.mark.xdist_group("questions")

HERE = Path(__file__).parent


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


QUESTIONS = read("questions.jsonl")
MORE = read("questions_more.jsonl")
ANSWERABLE = [question for question in QUESTIONS if question["posts"]]
UNANSWERABLE = [question for question in QUESTIONS + MORE if not question["posts"]]
FIRST = 5


@pytest.fixture(scope="module")
def answers(demo_data: Path) -> Iterator[dict[str, Answer]]:
    with Assistant.open(settings.Settings(demo_data, settings.QUOTES_ONLY)) as assistant:
        yield {question["id"]: answer(assistant, question["question"]) for question in QUESTIONS + MORE}


def answer(assistant: Assistant, question: str) -> Answer:
    *_, last = assistant.ask(question)
    assert isinstance(last, AnswerEvent)
    return last.answer


def test_there_are_enough_questions() -> None:
    assert len(ANSWERABLE) >= 60
    assert len(UNANSWERABLE) >= 16


def test_the_right_evidence_is_among_the_first_five(answers: dict[str, Answer]) -> None:
    missed = [
        question["id"]
        for question in ANSWERABLE
        if not {piece.id for piece in answers[question["id"]].evidence[:FIRST]} & set(question["posts"])
    ]
    assert len(missed) <= 0.10 * len(ANSWERABLE), missed


@pytest.mark.parametrize("item", UNANSWERABLE, ids=lambda item: item["id"])
def test_what_the_posts_do_not_say_is_not_said(item: dict[str, Any], answers: dict[str, Answer]) -> None:
    sentences = answers[item["id"]].sentences
    assert [sentence.text for sentence in sentences] == [phrases.not_said(item["language"])]
    assert sentences[0].citations == []


def test_most_answerable_questions_are_answered(answers: dict[str, Answer]) -> None:
    silent = [q["id"] for q in ANSWERABLE if not any(s.citations for s in answers[q["id"]].sentences)]
    assert len(silent) <= 0.20 * len(ANSWERABLE), silent


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("What do the Voyager probes use as a power source?", "plutonium"),
        ("By how much does the Moon move away from Earth each year?", "3.8"),
    ],
)
def test_an_answer_in_other_words_is_found(asked: str, said: str, answers: dict[str, Answer]) -> None:
    (given,) = [answer for answer in answers.values() if answer.question == asked]
    assert any(said in sentence.text for sentence in given.sentences)


def test_what_can_answer_stands_before_what_cannot(demo_data: Path) -> None:
    with Assistant.open(settings.Settings(demo_data, settings.QUOTES_ONLY)) as assistant:
        for item in QUESTIONS[:30]:
            asked = question.read(item["question"], item["language"])
            if asked.expects != "opinion":
                pieces = evidence.gather(asked, assistant.searcher.search, assistant.embedding).pieces
                can = [piece.passage.speaks for piece in pieces]
                assert can == sorted(can, reverse=True), item["id"]


def test_a_number_of_a_series_keeps_its_own_probability(demo_data: Path) -> None:
    asked = question.read("What part of new cars in Norway is fully electric nowadays?", "en")
    with Assistant.open(settings.Settings(demo_data, settings.QUOTES_ONLY)) as assistant:
        pieces = evidence.gather(asked, assistant.searcher.search, assistant.embedding).pieces
    moved = [one for one in pieces if one.passage.answers not in (None, one.passage.probability)]
    assert moved, "the question is answered by numbers of several years"
    for piece in moved:
        text, start = piece.passage.text, piece.passage.start
        (near,) = passages.nearness(asked.text, [(text, passages.title_of(piece.post.text, start))])
        told = math.fsum(
            w * x for w, x in zip(passages.READ_WEIGHTS, (*piece.passage.features, *near), strict=True)
        )
        assert piece.passage.answers == pytest.approx(
            1 / (1 + math.exp(-told - passages.READ_BIAS)), abs=0.01
        )


def test_a_quotation_stands_in_the_post_that_it_cites(answers: dict[str, Answer]) -> None:
    for given in answers.values():
        texts = {piece.id: piece.text for piece in given.evidence}
        for sentence in given.sentences:
            if sentence.quoted:
                assert sentence.text in texts[sentence.citations[0]]
