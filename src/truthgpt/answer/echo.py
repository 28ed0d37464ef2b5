"""A sentence of a draft that says no more than the question does: a yes or a no, or what was asked turned into a statement.

No post is needed to write it, and hardly any carries it: that a post has the question's words says nothing of what it makes of them
("how can anybody call this a hoax"). Small models write it whatever the posts say.
"""

from __future__ import annotations

import regex

from truthgpt.answer.question import Question
from truthgpt.answer.words import content_terms

_FRAME = regex.compile(
    r"^\W*(?:(?:the )?(?:short )?answer(?: to (?:the|this|that|your) question)?(?:\s*[\"“][^\"”]*[\"”])?\s*(?:is|:)\s*(?:that\b|:)?"
    r"|a resposta(?: à pergunta)?(?:\s*[\"“][^\"”]*[\"”])? (?:é|:)\s*(?:que\b|:)?|(?:这个问题的)?答案(?:是|：|:))\s*",
    regex.IGNORECASE,
)
_YES_OR_NO = """
yes no indeed actually certainly definitely sure surely absolutely course really truly true false correct right wrong fact answer question
sim nao certamente claro realmente verdade resposta pergunta
是的 不是 确实 的确 当然 没错
"""
_NOTHING = frozenset(_YES_OR_NO.split())
_SAME = 4
"""Letters that two forms of a word begin with: "legal" and "legalized", "vaccine" and "vaccines"."""


def unframed(text: str) -> str:
    """`text` without "The answer to this question is" before it."""
    said = _FRAME.sub("", text)
    return said[:1].upper() + said[1:] if said != text and said.strip(" .") else text


def echoes(text: str, question: Question) -> bool:
    """Whether every word of `text` that says something is one of the question's, in some form."""
    asked = [stem for stem, _ in content_terms(question.text, question.language)]
    said = [
        stem
        for stem, word in content_terms(unframed(text), question.language)
        if word not in _NOTHING and stem not in _NOTHING
    ]
    return all(any(_alike(one, other) for other in asked) for one in said)


def _alike(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) >= _SAME
        and one[:_SAME] == other[:_SAME]
        and (one.startswith(other[:-1]) or other.startswith(one[:-1]))
    )
