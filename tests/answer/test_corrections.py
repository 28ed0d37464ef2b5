"""A correction is its author's own word that something is not so; who doubts, asks, reports or speaks of another thing corrects nothing."""

from __future__ import annotations

import pytest

from truthgpt.answer.corrections import corrects, denies
from truthgpt.search.embedding import Embedding

RUMOUR = (
    "ATTENTION: the whole tram network of Millbrook stops on Friday, tell everybody and stock up on food!!"
)


@pytest.mark.parametrize(
    "text",
    [
        "The rumour is false.",
        "Fact check: no tram line is closed.",
        "It is a hoax, the same text went round two years ago.",
        "The claim that trams stop on Friday is simply wrong.",
        "I called the tram office. There is no closure planned for Friday.",
        "Fui conferir: é mentira.",
        "我打了电话问：没有这回事。",
    ],
)
def test_who_says_that_it_is_not_so_denies(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is it true that the whole story is a hoax?",
        "More than a third of the people think the moon landing is a hoax.",
        "How can people go on believing that the climate is a hoax?",
        "If that is false, we are all in trouble.",
        "My uncle sent me this:\n\n> The tram closure is a hoax.\n\nWhat do you say to him?",
        "There is no such thing as a free lunch.",
        "The rumour is that the mayor will resign.",
    ],
)
def test_who_asks_supposes_or_tells_what_others_think_does_not(text: str) -> None:
    assert not denies(text)


def _corrects(
    correction: str, passage: str, question: str, *, copied: bool = False, asserted: bool = True
) -> bool:
    return corrects(correction, passage, question, Embedding.load(), copied=copied, asserted=asserted)


def test_what_many_repeat_is_corrected_in_words_of_ones_own_but_not_by_who_names_other_things() -> None:
    asked = "Do the trams of Millbrook stop on Friday?"
    own = "I asked at the depot of Millbrook what is behind this stop of the network. The story is false, tell everybody."
    other = "Everybody asks whether the Grand Hotel stops selling food, tell them: I checked, and that is not true."
    assert _corrects(own, RUMOUR, asked, copied=True)
    assert not _corrects(other, RUMOUR, asked, copied=True)


def test_only_a_question_that_puts_something_forward_has_something_to_deny() -> None:
    denial = "I called them. That the old maps are for sale is a joke, and they laughed about it. That is not true."
    passage = "Come early with a bag, the library gives rare things away: old maps, globes, atlases, all they have to sell."
    asked = "Will the library sell its old maps?"
    assert _corrects(denial, passage, asked)
    assert not _corrects(denial, passage, asked, asserted=False)


def test_who_calls_the_contrary_false_agrees_with_a_sentence_that_says_no() -> None:
    denial = "The claim that vaccines cause autism is false."
    assert _corrects(denial, "Vaccines cause autism.", "Do vaccines cause autism?")
    assert not _corrects(denial, "Vaccines do not cause autism.", "Do vaccines cause autism?")
