"""`truthgpt verify` and `truthgpt law`: JSONL in, a judgement a line out."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer

from truthgpt.cli.options import Input, Json, input_lines
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import BadInputError
from truthgpt.law import decide, jurisdictions
from truthgpt.truth.rules import RuleVerifier


def verify(file: Input = None, json: Json = False) -> None:
    """Judge claims against evidence: JSONL {"id", "claim", "evidence": [text …]} in, a verdict a line out."""
    verifier = RuleVerifier()
    for number, line in input_lines(file):
        row = _row(line, number)
        claim, evidence = row.get("claim"), row.get("evidence")
        if isinstance(evidence, str):
            evidence = [evidence]
        if (
            not isinstance(claim, str)
            or not isinstance(evidence, list)
            or not all(isinstance(e, str) for e in evidence)
        ):
            raise BadInputError(f'line {number}: needs "claim", a text, and "evidence", a list of texts')
        judged = verifier.judge(claim, evidence)
        if json:
            print_json(
                {
                    "id": row.get("id"),
                    "verdict": judged.verdict,
                    "confidence": round(judged.confidence, 4),
                    "probabilities": {name: round(p, 4) for name, p in judged.probabilities.items()},
                    "evidence": [
                        {"stance": piece.stance, "probability": round(piece.probability, 4)}
                        for piece in judged.evidence
                    ],
                }
            )
        else:
            reason = f" — {judged.reason}" if judged.reason else ""
            console().print(
                f"{judged.verdict} ({judged.confidence:.2f}): {printable(claim)}{printable(reason)}"
            )


def law(
    file: Input = None,
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", help="For rows that name none.")] = "open",
    list_: Annotated[bool, typer.Option("--list", help="List the jurisdictions and stop.")] = False,
    json: Json = False,
) -> None:
    """Decide prompts: JSONL {"id", "prompt", "jurisdiction"?} in; answer, or refuse under a statute, a line out."""
    if list_:
        for name in jurisdictions():
            typer.echo(name)
        return
    for number, line in input_lines(file):
        row = _row(line, number)
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
                }
            )
        else:
            why = f" under {ruling.statute} ({ruling.rule})" if ruling.statute else ""
            console().print(f"{ruling.decision}{why}: {printable(' '.join(prompt.split())[:200])}")


def _row(line: bytes, number: int) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"line {number}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise BadInputError(f"line {number}: a JSON object is needed, one a line")
    return row
