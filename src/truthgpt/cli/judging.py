"""`truthgpt verify`, `truthgpt stance` and `truthgpt law`: JSONL in, a judgement a line out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truthgpt import settings
from truthgpt.cli.batches import arriving
from truthgpt.cli.options import Data, Input, Json, json_objects
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import BadInputError
from truthgpt.law import decide, jurisdictions, own
from truthgpt.truth.verifier import Judgement

if TYPE_CHECKING:
    from truthgpt.truth.asked import AskedVerifier
    from truthgpt.truth.trained import TrainedVerifier


def verify(
    file: Input = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Asks the language model at this OpenAI-compatible address instead of the trained verifier.",
            metavar="URL",
        ),
    ] = None,
    sure: Annotated[
        bool,
        typer.Option(
            "--sure",
            help="Abstains unless at most one such verdict in fifty was wrong when it was fitted; on other sets one in twenty was.",
        ),
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Judge claims against evidence: JSONL {"id", "claim", "evidence": [text …]} in, a verdict a line out."""
    verifier = _verifier(model, data, sure=sure)
    rows = ((row.get("id"), _claim(row, number)) for number, row in _rows(file))
    for asked in arriving(rows):
        for (name, (claim, _)), judged in zip(
            asked, verifier.judge_all([pair for _, pair in asked]), strict=True
        ):
            if json:
                print_json({"id": name} | _judgement(judged))
            else:
                reason = f" — {judged.reason}" if judged.reason else ""
                console().print(
                    f"{judged.verdict} ({judged.confidence:.2f}): {_line(claim)}{printable(reason)}"
                )


def stance(file: Input = None, data: Data = None, json: Json = False) -> None:
    """Tell how texts stand to a target: JSONL {"id", "target", "text"} in; favor, against or none, a line out."""
    from truthgpt.truth.stance import stances  # brings OpenVINO

    rows = ((row.get("id"), _targeted(row, number)) for number, row in _rows(file))
    for asked in arriving(rows):
        for (name, (target, text)), found in zip(asked, stances([pair for _, pair in asked]), strict=True):
            if json:
                shares = {side: round(share, 4) for side, share in found.probabilities.items()}
                print_json({"id": name, "stance": found.side, "probabilities": shares})
            else:
                console().print(
                    f"{found.side} ({found.probabilities[found.side]:.2f}): {_line(target)}: {_line(text)}"
                )


def _verifier(model: str | None, data: Path | None, *, sure: bool) -> AskedVerifier | TrainedVerifier:
    if model is None:
        from truthgpt.truth.cautious import CautiousVerifier  # brings OpenVINO
        from truthgpt.truth.trained import TrainedVerifier

        return CautiousVerifier() if sure else TrainedVerifier()
    if sure:
        raise BadInputError("--sure is of the trained verifier; leave --model out")
    from truthgpt.language.models import load_engine
    from truthgpt.language.openai_engine import OpenAIEngine
    from truthgpt.truth.asked import AskedVerifier

    chosen = settings.load(data, model)
    engine = load_engine(model, chosen.models, api_key=chosen.model_api_key)
    if not isinstance(engine, OpenAIEngine):
        raise BadInputError(
            f"{model[:80]} tells no token probabilities; give an address like http://host:port/v1#MODEL"
        )
    return AskedVerifier(engine)


def _judgement(judged: Judgement) -> dict[str, Any]:
    return {
        "verdict": judged.verdict,
        "confidence": round(judged.confidence, 4),
        "probabilities": {name: round(p, 4) for name, p in judged.probabilities.items()},
        "evidence": [
            {"stance": piece.stance, "probability": round(piece.probability, 4)} for piece in judged.evidence
        ],
    }


def _claim(row: dict[str, Any], number: int) -> tuple[str, list[str]]:
    claim, evidence = row.get("claim"), row.get("evidence")
    if isinstance(evidence, str):
        evidence = [evidence]
    if (
        not isinstance(claim, str)
        or not isinstance(evidence, list)
        or not all(isinstance(each, str) for each in evidence)
    ):
        raise BadInputError(f'line {number}: needs "claim", a text, and "evidence", a list of texts')
    return claim, evidence


def _targeted(row: dict[str, Any], number: int) -> tuple[str, str]:
    target, text = row.get("target"), row.get("text")
    if not isinstance(target, str) or not isinstance(text, str):
        raise BadInputError(f'line {number}: needs "target" and "text", both texts')
    return target, text


def law(
    file: Input = None,
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", help="For rows that name none.")] = "open",
    list_: Annotated[bool, typer.Option("--list", help="List the jurisdictions and stop.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Decide prompts: JSONL {"id", "prompt", "jurisdiction"?} in; answer, or refuse under a statute, a line out."""
    own.use(settings.load(data).law)
    if list_:
        for name in jurisdictions():
            typer.echo(name)
        return
    for number, row in _rows(file):
        prompt, where = row.get("prompt"), row.get("jurisdiction") or jurisdiction
        if not isinstance(prompt, str) or not isinstance(where, str):
            raise BadInputError(f'line {number}: needs "prompt", a text, and may have "jurisdiction", a name')
        ruling = decide(prompt, where)
        if json:
            print_json(
                {
                    "id": row.get("id"),
                    "decision": ruling.decision,
                    "rule": ruling.rule,
                    "statute": ruling.statute,
                    "probability": round(ruling.probability, 4),
                    "care": ruling.care,
                }
            )
        else:
            care = f" with care ({ruling.care})" if ruling.care else ""
            why = f" under {ruling.statute} ({ruling.rule})" if ruling.statute else ""
            console().print(f"{ruling.decision}{care}{why}: {_line(prompt)}")


def _line(text: str) -> str:
    """A text for people, on one line, so that none can add a line of its own."""
    return printable(" ".join(text.split())[:200])


def _rows(file: Path | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of the input's lines, with the number of each line."""
    for number, row in json_objects(file):
        if not isinstance(row.get("id"), str | int | None):
            raise BadInputError(f'line {number}: "id" is a text or a whole number of at most 64 bits')
        yield number, row
