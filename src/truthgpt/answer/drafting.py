"""The model's draft as sentences, each with the numbers of the passages that it cites, as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from truthgpt.answer import prompt
from truthgpt.language.engine import Engine, Sampling
from truthgpt.truth.sentences import SentenceStream

MOST = 6
"""Sentences that are read from a draft; what comes after them is not waited for."""
_STOP = ("\nPosts:", "\nQuestion:", "Question:", "\n\n\n")
_MARKER = regex.compile(r"\s*[\[(【](?:posts?\s*|#)?(\d{1,2}(?:\s*[,;]\s*\d{1,2})*)[\])】]", regex.IGNORECASE)
_BEGUN = regex.compile(r"\s*[\[(【](?:posts?|#)?\s*\d{0,2}\s*[.。]?$", regex.IGNORECASE)
"""A marker that the draft broke off in."""
_LEAD = regex.compile(
    r"^(?:[-*•–]\s+|\d{1,2}[.)]\s+|(?:answer|resposta|回答|答案|答)\s*[:：]\s*)", regex.IGNORECASE
)
_LETTER = regex.compile(r"\p{L}")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence of the draft without its markers; `cites` are indices of passages, from 0."""

    text: str
    cites: tuple[int, ...]


def draft(question: str, passages: Sequence[str], engine: Engine, *, seed: int = 0) -> Iterator[Drafted]:
    """Sentences of the model's answer as they end, none where the prompt does not fit. Closing the iterator stops it."""
    asked = prompt.messages(question, passages, engine)
    if not asked:
        return
    sampling = Sampling(max_tokens=prompt.ANSWER_TOKENS, seed=seed, stop=_STOP)
    pieces = engine.stream(asked, sampling)
    stream = SentenceStream()
    count = 0
    seen: set[str] = set()
    try:
        for sentence in _sentences(pieces, stream):
            drafted = parse(sentence, len(passages))
            # A small model that says a thing twice has nothing more to say.
            if drafted.text in seen:
                return
            if not _LETTER.search(drafted.text):
                continue
            seen.add(drafted.text)
            yield drafted
            count += 1
            if count == MOST:
                return
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _sentences(pieces: Iterator[str], stream: SentenceStream) -> Iterator[str]:
    for piece in pieces:
        yield from stream.feed(piece)
    yield from stream.flush()


def parse(sentence: str, passages: int) -> Drafted:
    """Take `[1]`, `(post 2)` or `[1, 3]` out of `sentence`; numbers that name no passage are dropped."""
    numbers = [
        int(number)
        for match in _MARKER.finditer(sentence)
        for number in regex.findall(r"\d+", match.group(1))
    ]
    text = _BEGUN.sub("", _LEAD.sub("", _MARKER.sub("", sentence).strip())).strip()
    return Drafted(text, tuple(dict.fromkeys(number - 1 for number in numbers if 1 <= number <= passages)))
