"""`truthgpt ask`: the answer as a page for people, or as JSON."""

from __future__ import annotations

import math
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from truthgpt import settings
from truthgpt.answer.phrases import NEAREST
from truthgpt.answer.schema import (
    LONGEST_QUESTION,
    Answer,
    AnswerEvent,
    Care,
    Sentence,
    SentenceEvent,
    VerdictEvent,
)
from truthgpt.cli.options import Data, Json, Jurisdiction, Model, given
from truthgpt.cli.output import console, copied, print_json, printable
from truthgpt.cli.pausing import set_up
from truthgpt.notes.told import context


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know; `-` reads it from standard input.")],
    model: Model = None,
    jurisdiction: Jurisdiction = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Answer a question from the posts: every sentence cited and checked."""
    from truthgpt.answer.assistant import (
        Assistant,
    )  # LanceDB takes a second to import: only where posts are read
    from truthgpt.oversight import acts
    from truthgpt.oversight.answers import Asked
    from truthgpt.oversight.pause import PausedError, guarded
    from truthgpt.oversight.pause.large import halt_of

    question = given([question], "question", LONGEST_QUESTION)
    chosen = settings.load(data, model)
    with Assistant.open(chosen) as assistant:
        halt = halt_of(set_up(chosen), chosen)
        if (paused := halt()) is not None:
            raise PausedError(paused)
        acts.require(chosen)
        out = console(stderr=True)
        events = guarded(assistant.ask(question, jurisdiction=jurisdiction), halt)
        if assistant.no_engine and chosen.model != settings.QUOTES_ONLY and not chosen.model_chosen:
            print(f"truthgpt: {assistant.no_engine}; this answer is quoted evidence", file=sys.stderr)
        answer: Answer | None = None
        with out.status("searching…") if not json and out.is_terminal else _Quiet() as status:
            for event in events:
                if isinstance(event, SentenceEvent | VerdictEvent):
                    status.update("checking sentences…")
                elif isinstance(event, AnswerEvent):
                    answer = event.answer
        assert answer is not None  # every stream of events ends with the answer
        source = acts.source_of(chosen, answer.model)
        acts.answer_given(chosen, source, Asked(question, jurisdiction or ""), answer)
    if json:
        print_json(answer.model_dump(mode="json"))
    else:
        _print_answer(answer, console())


class _Quiet:
    """Stands in for a spinner where there is no terminal."""

    def __enter__(self) -> _Quiet:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, _status: str) -> None:
        return None


def in_words(confidence: float) -> str:
    """A probability in the words that the page uses too."""
    for bound, words in (
        (0.95, "almost certain"),
        (0.85, "very likely"),
        (0.7, "likely"),
        (0.5, "uncertain"),
    ):
        if confidence >= bound:
            return words
    return "doubtful"


def _print_answer(answer: Answer, out: Console) -> None:
    numbers: dict[str, int] = {}
    for sentence in answer.sentences:
        for post in sentence.citations:
            numbers.setdefault(post, len(numbers) + 1)
    out.print()
    if not answer.decision.answer:
        out.print(
            Padding(
                f"Not answered: {answer.decision.statute} forbids it (rule {answer.decision.rule}).",
                (0, 0, 0, 2),
            )
        )
    if answer.decision.care is not None:
        _print_help(answer.decision.care, out)
    if numbers and not answer.outright:
        out.print(Padding(Text(NEAREST, "italic"), (0, 0, 0, 2)))
    for sentence in answer.sentences:
        out.print(Padding(_sentence(sentence, numbers), (0, 0, 0, 2)))
    if len(answer.perspectives) > 1:
        out.print("\nSides", style="bold")
        for side in answer.perspectives:
            out.print(
                Padding(
                    Text(f"{printable(side.label)}  {side.share:.0%} of the evidence", "bold"), (0, 0, 0, 2)
                )
            )
            for point in side.sentences:
                out.print(Padding(f"– {printable(point)}", (0, 0, 0, 4)))
    if numbers:
        out.print("\nSources", style="bold")
        cited = {evidence.id: evidence for evidence in answer.evidence}
        for post, number in numbers.items():
            evidence = cited[post]
            date = f", {evidence.created_at:%Y-%m-%d}" if evidence.created_at else ""
            copies = copied(evidence.copies)
            start, end = evidence.passage
            passage = " ".join(printable(evidence.text[start:end]).split())
            who = " in ".join(filter(None, (evidence.author, evidence.community)))
            line = Text(f"[{number}] ", "cyan") + Text(f"{printable(who)}{date}{copies} ({post})", "dim")
            out.print(Padding(line, (0, 0, 0, 2)))
            out.print(Padding(f"“{passage}”", (0, 0, 0, 6)))
            for note in answer.notes:
                if note["post_id"] == post:
                    out.print(Padding(Text(printable(context(note["text"])), "italic"), (0, 0, 0, 6)))
    struck = f", {len(answer.struck)} struck" if answer.struck else ""
    model = answer.model
    if model == settings.QUOTES_ONLY:
        model = "quoted evidence, no language model" if numbers else "no language model was asked"
    out.print(
        f"\n{model}{struck} · corpus version {answer.corpus_version} · {answer.seconds:.1f} s", style="dim"
    )


def _print_help(care: Care, out: Console) -> None:
    """Help for a person in distress, before the answer."""
    numbers = [f"☎ {care.emergency}"] if care.emergency else []
    lines = [" ".join(filter(None, (line.name, line.number, line.link))) for line in care.lines]
    for line in (care.text, *numbers, *lines):
        out.print(Padding(Text(line, "bold"), (0, 0, 0, 2)))
    out.print()


def _sentence(sentence: Sentence, numbers: dict[str, int]) -> Text:
    text = printable(sentence.text)
    line = Text(f"“{text}”" if sentence.quoted else text)
    if sentence.citations:
        line.append(" " + "".join(f"[{numbers[post]}]" for post in sentence.citations), "cyan")
        words = f"{in_words(sentence.confidence)}, {sentence.confidence:.2f}"
        if sentence.opinion and sentence.verdict == "supported":
            words = "an opinion, as it stands there"
        if sentence.answers is not None:
            # Rounded down, so that what only comes nearest never reads as one half.
            words += f"; to the point, {math.floor(sentence.answers * 100) / 100:.2f}"
        line.append(
            f"  {sentence.verdict}, {words}" if sentence.verdict != "supported" else f"  {words}", "dim"
        )
    return line
