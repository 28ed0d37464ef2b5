"""A sentence is quoted as an answer only if it can answer: it asserts, has the form that is wanted, and speaks to what is asked."""

from __future__ import annotations

import pytest

from truthgpt.answer.asserting import announces, asks, asserts, is_own_situation, names_a_problem
from truthgpt.answer.question import read
from truthgpt.answer.speaking import Wanted, quotable
from truthgpt.answer.wants import wanted
from truthgpt.search.embedding import Embedding


@pytest.mark.parametrize(
    ("post", "named"),
    [
        ("My boiler is not being recognised.\nIt was put in last year. How do I reset it?", True),
        ("Print labels, fold them, stick them on\n\nI have ten boxes of it. Any help is welcome.", True),
        ("A bomba perdeu a pressao.\nAlguém sabe o que fazer?", True),
        ("水泵没有压力。\n求助，怎么修？", True),
        ("A boiler has to be bled once a year.\nI learned it from my aunt. What do you think of it?", False),
        ("A boiler has to be bled once a year. How do I do that?", False),
    ],
)
def test_the_title_of_a_call_for_help_names_a_problem(post: str, named: bool) -> None:
    title, _, _ = post.partition("\n")
    assert names_a_problem(post, len(title)) is named


@pytest.mark.parametrize(
    ("sentence", "language", "told"),
    [
        ("Copper is a good conductor of heat.", "en", True),
        ("Use a thicker wire near the battery.", "en", True),
        ("Why so thick? Because a thin one burns.", "en", True),
        ("What helped me was a week of rest.", "en", True),
        ("City bans cars from the old town", "en", True),
        ("About 40 percent.", "en", True),
        ("How thick should the wire be?", "en", False),
        ("How to wire a lamp", "en", False),
        ("Why my lamp hums.", "en", False),
        ("A question about thick wires.", "en", False),
        ('"Loose wire" on a B12 lamp question.', "en", False),
        ("The slow decline of the old town", "en", False),
        ("Any advice on wires would be great.", "en", False),
        ("I'm looking for a good lamp for my desk.", "en", False),
        ("Need help choosing a lamp.", "en", False),
        ("[Wires the easy way](http://example.org/wires)", "en", False),
        ("O cobre conduz bem o calor.", "pt", True),
        ("Como fazer uma lâmpada", "pt", False),
        ("Alguém sabe se o cobre serve?", "pt", False),
        ("铜的导热性很好。", "zh", True),
        ("请问铜线要多粗", "zh", False),
    ],
)
def test_what_asserts_something(sentence: str, language: str, told: bool) -> None:
    assert asserts(sentence, language) is told


@pytest.mark.parametrize(
    ("sentence", "own"),
    [
        ("I have a board with a loose socket.", True),
        ("Planning a trip to the coast in May.", True),
        ("I put tape under the socket and it helped.", False),
        ("I think the socket is too small.", False),
        ("A loose socket makes sparks.", False),
    ],
)
def test_what_only_tells_of_its_author(sentence: str, own: bool) -> None:
    assert is_own_situation(sentence) is own


@pytest.mark.parametrize(
    ("sentence", "announced"),
    [
        ("Here's a nice article on copper and its rivals, for who is interested.", True),
        ("Lamp people, here is my best worst metaphor for a loose socket.", True),
        ("A user explains how sockets wear out", True),
        ("The four kinds of socket are listed below.", True),
        ("We can come to the wires later.", True),
        ("Deixo aqui um artigo sobre o cobre.", True),
        ("分享一篇关于铜线的文章。", True),
        ("Here are two sites that sell them: Kupfer and Draht.", False),
        ("Rust explains why the socket fails.", False),
        ("I read that the tape gives out after a year.", False),
        ("The cable is shown in red so that nobody cuts it.", False),
        ("O artigo 5 proíbe fios soltos.", False),
        ("推荐用铜线，电阻小。", False),
    ],
)
def test_what_only_says_that_there_is_something_to_read(sentence: str, announced: bool) -> None:
    assert announces(sentence) is announced


@pytest.mark.parametrize(
    ("question", "want"),
    [
        ("Why did the lamp burn?", "reason"),
        ("What caused the fire?", "reason"),
        ("How do I wire a lamp?", "way"),
        ("Who is Ada Lovelace?", "meaning"),
        ("Are trams better than buses?", "comparison"),
        ("Should we ban cars?", "view"),
        ("Is copper safe?", ""),
        ("Por que a lâmpada queimou?", "reason"),
        ("Como posso ligar a lâmpada?", "way"),
        ("为什么灯坏了？", "reason"),
    ],
)
def test_the_form_that_is_wanted(question: str, want: str) -> None:
    assert wanted(question) == want


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    return Embedding.load()


@pytest.mark.parametrize(
    ("question", "sentence", "met"),
    [
        ("Is copper wire safe?", "Copper wire is safe below ten amps.", True),
        ("Is copper wire safe?", "Copper wire is sold by the metre.", False),
        ("Does tea help against hiccups?", "Tea stopped my hiccups within a minute, it really helped.", True),
        ("Does tea help against hiccups?", "Hiccups can last for days.", False),
        ("Why did the lamp burn?", "The lamp burned because its wire was thin.", True),
        ("Why did the lamp burn?", "The lamp burned on Sunday.", False),
        ("Are trams better than buses?", "Trams carry more people than buses.", True),
        ("Are trams better than buses?", "The app shows trams and buses on a map.", False),
        ("Who is Ada Lovelace?", "Ada Lovelace was a mathematician.", True),
        ("Who is Ada Lovelace?", "Statue of Ada Lovelace goes up in town", False),
        ("How do I wire a lamp?", "To wire a lamp, you should twist the strands and screw them down.", True),
        ("How do I wire a lamp?", "I have a lamp with a torn wire.", False),
        ("How do I wire a lamp?", "It hums because I get away with it, and I need to wire a lamp.", False),
        ("How do I wire a lamp?", "We had to wire a lamp and we really should be glad.", False),
        ("How do I wire a lamp?", "We wired a lamp with pliers, and you should too.", True),
    ],
)
def test_a_sentence_must_speak_to_all_that_is_asked(
    question: str, sentence: str, met: bool, embedding: Embedding
) -> None:
    assert Wanted(read(question, "en"), embedding).met_by(sentence, 0, len(sentence)) is met


def test_a_short_post_is_quoted_whole_unless_it_asks() -> None:
    told = "The lamp hums. It is the transformer."
    assert quotable(told, 0, 14) == told
    asking = "The lamp hums. Does anyone know why?"
    assert quotable(asking, 0, 14) == "The lamp hums."
    assert asks("Does anyone know why?")
