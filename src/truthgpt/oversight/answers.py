"""Answers as events of the log: who answers tells of each, and none waits for it.

The hashes of an entry are of the question's text and of the answer's canonical JSON (RFC 8785), salted (see `log.texts`). Neither
text is kept unless `texts` is asked for. Both can be erased by whom the answer quotes: authors and posts are known
beside it by the keyed hashes of the opt-out list alone, so that `truthgpt forget` finds them and nobody is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import rfc8785

from truthgpt.answer.schema import (
    Answer,
    AnswerEvent,
    DecisionEvent,
    Event,
    Evidence,
    EvidenceEvent,
    Sentence,
    VerdictEvent,
)
from truthgpt.answer.schema import Decision as Given
from truthgpt.corpus.consent import optout
from truthgpt.corpus.consent.optout import Subject
from truthgpt.oversight.log.events import Answered, DecisionName, Form, ModelChanged, read
from truthgpt.oversight.log.reading import View
from truthgpt.oversight.log.texts import Text
from truthgpt.oversight.log.tiles import WIDTH
from truthgpt.oversight.log.writer import Writer

OPEN = "open"
"""The jurisdiction of who names none."""

_MODEL = b'"kind":"model"'


@dataclass(frozen=True, slots=True)
class Source:
    """What answers: the `model` by name, the SHA-256 of its file or nothing, over the posts of `corpus`; `texts` says whether
    questions and answers are kept beside their hashes."""

    model: str
    digest: Callable[[], str]
    corpus: Path
    texts: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, under the law of a jurisdiction and the certificate by its id; both empty where there is none."""

    question: str
    jurisdiction: str = ""
    certificate: str = ""


class AnswerLog:
    """Tells a log of what `source` answers. May be used from any thread."""

    def __init__(self, writer: Writer, source: Source) -> None:
        self._writer = writer
        self._source = source

    @property
    def texts(self) -> bool:
        """Whether questions and answers are kept beside their hashes."""
        return self._source.texts

    def failure(self) -> str:
        """Why nothing may be answered now, since it could not be logged; empty while it could."""
        return self._writer.failure or ("too much waits to be written" if self._writer.full else "")

    def start(self) -> None:
        """Log another model than the last one, and be ready."""
        self._writer.start()

    def stop(self) -> bool:
        """Write what waits; whether nothing is left."""
        return self._writer.stop()

    def cited(self, events: Iterator[Event], asked: Asked) -> Iterator[Event]:
        """`events` of an answer, passed on; it is logged once it is whole, or as the part that was shown where it ends early."""
        decision: Given | None = None
        evidence: Sequence[Evidence] = ()
        shown: list[Sentence] = []
        whole = False
        try:
            for event in events:
                if isinstance(event, DecisionEvent):
                    decision = event.decision
                elif isinstance(event, EvidenceEvent):
                    evidence = event.evidence
                elif isinstance(event, VerdictEvent) and event.shown:
                    shown.append(event.sentence)
                elif isinstance(event, AnswerEvent):
                    whole = True
                    self._writer.put(partial(answered, self._source, asked, event.answer))
                yield event
        finally:
            if decision is not None and not whole:
                self._writer.put(partial(broken_off, self._source, asked, decision, evidence, shown))
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def raw(self, pieces: Iterator[str], messages: Sequence[Any], certificate: str) -> Iterator[str]:
        """The unchecked `pieces` of a model's text, passed on; what was said of it by its end is logged.

        `messages` are JSON values.
        """
        said: list[str] = []
        try:
            for piece in pieces:
                said.append(piece)
                yield piece
        finally:
            if said:
                asked = Asked(_canonical(list(messages)), certificate=certificate)
                self._writer.put(partial(unchecked, self._source, asked, said))
            close = getattr(pieces, "close", None)
            if close is not None:
                close()


def answered(source: Source, asked: Asked, answer: Answer) -> Answered:
    """The event of a whole answer, or of a refusal."""
    about = _about(source, answer.evidence)
    text = about(_canonical(json.loads(answer.model_dump_json())))
    question = about(asked.question.strip())
    return _event(
        source, asked, answer.decision, question, text, answer.model, answer.corpus_version, "whole"
    )


def broken_off(
    source: Source, asked: Asked, decision: Given, evidence: Sequence[Evidence], shown: Sequence[Sentence]
) -> Answered:
    """The event of an answer from `evidence` that ended after the sentences `shown`."""
    about = _about(source, evidence)
    text = about(_canonical([json.loads(sentence.model_dump_json()) for sentence in shown]))
    return _event(source, asked, decision, about(asked.question.strip()), text, source.model, 0, "part")


def unchecked(source: Source, asked: Asked, said: Sequence[str]) -> Answered:
    """The event of a text by the model alone, which no law was asked about."""
    about = _about(source, ())
    question, text = about(asked.question), about("".join(said))
    return _event(source, asked, Given(answer=True), question, text, source.model, 0, "raw")


def _about(source: Source, evidence: Sequence[Evidence]) -> Callable[[str], Text]:
    """What makes a text that goes with the posts of `evidence`, or with their authors."""
    posts = dict.fromkeys(Subject("post", each.id) for each in evidence)
    authors = dict.fromkeys(
        Subject("author", each.author, where)
        for each in evidence
        if each.author
        for where in ("", optout.platform(each.id))
    )
    listed = [
        tuple(entry.hash for entry in optout.entries(source.corpus, subjects, "forget")) if subjects else ()
        for subjects in (authors, posts)
    ]
    return lambda text: Text(text, listed[0], listed[1], kept=source.texts)


def _event(
    source: Source,
    asked: Asked,
    decision: Given,
    question: Text,
    answer: Text,
    model: str,
    version: int,
    form: Form,
) -> Answered:
    name: DecisionName = "refuse" if not decision.answer else "care" if decision.care else "answer"
    return Answered(
        question=question,
        answer=answer,
        decision=name,
        jurisdiction=asked.jurisdiction or ("" if form == "raw" else OPEN),
        model=model,
        corpus_version=version,
        rule=decision.rule or "",
        statute=decision.statute or "",
        certificate=asked.certificate,
        digest=source.digest() if model == source.model else "",
        form=form,
    )


def model_change(source: Source, certificate: Callable[[], str], view: View) -> list[ModelChanged]:
    """The event that another model answers than the last one that the log tells of; none where it is the same."""
    before = _last_model(view)
    digest = source.digest()
    if before is not None and (before["after"], before["digest"]) == (source.model, digest):
        return []
    return [ModelChanged(before["after"] if before else "", source.model, digest, certificate())]


def _last_model(view: View) -> dict[str, Any] | None:
    """What the newest entry of a model says; looked for bundle by bundle, from the newest."""
    end = view.size
    while end:
        start = (end - 1) // WIDTH * WIDTH
        found = [entry for _, entry in view.entries(start, end) if _MODEL in entry]
        if found:
            return read(found[-1]).values
        end = start
    return None


def _canonical(value: Any) -> str:
    """The one form that a JSON value has, as clients got it: what is no number is null there."""
    return rfc8785.dumps(value).decode()
