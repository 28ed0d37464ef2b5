"""Every sentence of the demo posts, and what small edits make of it: the verifier must see each edit."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from truthgpt.corpus import demo
from truthgpt.truth.checkable import stripped, uncheckable
from truthgpt.truth.rules import RuleVerifier
from truthgpt.truth.sentences import split

VERIFIER = RuleVerifier()
# Numbers that are marks of a list or of a reference are not part of what is said.
NUMBER = re.compile(r"(?<![\w.,:/@\[-])(?<!^)\d+(?![\w.:/\]]|\)\s)")


def sentences() -> Iterator[tuple[str, str]]:
    for post in demo.load():
        for span in split(post.text):
            if not uncheckable(stripped(span.text)):
                yield span.text, post.text


def test_nearly_every_sentence_is_supported_by_the_post_that_it_stands_in() -> None:
    verdicts = [VERIFIER.judge(sentence, [post]).verdict for sentence, post in sentences()]
    assert len(verdicts) > 900
    assert verdicts.count("supported") / len(verdicts) > 0.97
    assert "disputed" not in verdicts


@pytest.mark.parametrize("step", [1, 7])
def test_no_sentence_with_another_number_is_supported(step: int) -> None:
    wrong = [
        edited
        for sentence, post in sentences()
        for found in NUMBER.finditer(sentence)
        if (edited := f"{sentence[: found.start()]}{int(found[0]) + step}{sentence[found.end() :]}")
        not in post
        and VERIFIER.judge(edited, [post]).verdict == "supported"
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        (" is ", " is not "),
        (" was ", " was not "),
        (" are ", " are not "),
        (" foi ", " não foi "),
        (" é ", " não é "),
    ],
)
def test_no_sentence_with_a_negation_put_in_is_supported(plain: str, negated: str) -> None:
    wrong = [
        edited
        for sentence, post in sentences()
        if plain in sentence and f"não{plain}" not in sentence.lower()
        if VERIFIER.judge(edited := sentence.replace(plain, negated, 1), [post]).verdict == "supported"
    ]
    assert wrong == []


@pytest.mark.parametrize("added", ["secretly", "in Portugal", "yesterday"])
def test_no_sentence_with_a_detail_put_in_is_supported(added: str) -> None:
    wrong = [
        edited
        for sentence, post in sentences()
        if added.split()[-1] not in post and len(words := sentence.split()) > 4
        if VERIFIER.judge(edited := " ".join([*words[:-1], added, words[-1]]), [post]).verdict == "supported"
    ]
    assert wrong == []
