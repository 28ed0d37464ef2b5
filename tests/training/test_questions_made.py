"""A statement gives the questions that it answers, and none where that is not certain."""

from __future__ import annotations

import pytest

from truthgpt.training.lessons.questions import about, names, questions


@pytest.mark.parametrize(
    ("language", "statement", "question"),
    [
        ("en", "The Amber Tower was built in 1887.", "When was the Amber Tower built?"),
        ("en", "The Amber Tower was founded in Northern Varn.", "Where was the Amber Tower founded?"),
        ("en", "Clara Winterbourne painted the Amber Tower.", "Who painted the Amber Tower?"),
        ("en", "The Museum of Clocks has 340 clocks.", "How many clocks does the Museum of Clocks have?"),
        ("en", "There are 12 bells in the Amber Tower.", "How many bells are there in the Amber Tower?"),
        ("en", "The rover landed on Mars in February 2021.", "When did the rover land on Mars?"),
        ("en", "OpenVarn paid $14 Million in fines.", "How much did OpenVarn pay in fines?"),
        ("en", "OpenVarn is a small tool for old clocks.", "What is OpenVarn?"),
        ("pt", "A Torre de Âmbar foi construída em 1887.", "Quando a Torre de Âmbar foi construída?"),
        ("pt", "O Museu dos Relógios tem 340 relógios.", "Quantos relógios o Museu dos Relógios tem?"),
        ("zh", "琥珀塔是1887年建成的。", "琥珀塔是什么时候建成的？"),
        ("zh", "琥珀塔高约三百米，长2335米。", None),
        ("zh", "琥珀大坝全长2335米。", "琥珀大坝全长多少米？"),
    ],
)
def test_a_statement_gives_the_question_that_it_answers(
    language: str, statement: str, question: str | None
) -> None:
    made = [one.text for one in questions(statement, language)]
    assert (question in made) if question else not made


@pytest.mark.parametrize(
    "statement",
    [
        "It was built in 1887.",  # nobody knows what
        "The bridge was built in 1887.",  # which of many bridges is not said
        "The Amber Tower was built in 1887, and it burned in 1902.",  # it says two things
        "The Amber Tower is the best in 1887.",  # nothing was done in that year
        "Coins were found.",
    ],
)
def test_what_is_not_certain_gives_no_question_of_time(statement: str) -> None:
    assert not [made for made in questions(statement, "en") if made.expects == "time"]


def test_a_headline_gives_none_since_its_verbs_are_cut_short() -> None:
    line = "Ancient African coins found in Northern Australia"
    assert questions(line, "en", headline=True) == []


def test_the_first_word_of_a_sentence_is_a_name_only_where_the_corpus_says_so() -> None:
    line = "Solar power was invented in 1887."
    assert about("Varn was sold to the Amber Company.", "en") == ("", ())
    assert about("Varn was sold to the Amber Company.", "en", frozenset({"Varn"}))[0] == "Varn"
    assert about(line, "en") == ("", ())


def test_names_are_the_words_that_stand_with_a_capital_inside_sentences() -> None:
    texts = ["we went to Varn in may", "they like Varn", "the Power of power", "more power", "Power is dear"]
    assert names(texts) == {"Varn"}
