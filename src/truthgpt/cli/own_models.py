"""`truthgpt model export`, `card` and `evaluate`: models of one's own, out of training. Needs the extra `train`, but for `card`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json, json_objects
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import BadInputError, MissingError

if TYPE_CHECKING:
    from truthgpt.training.models.evaluation import Bits, Text
    from truthgpt.training.models.grounding import Grounded

_SHOWN = 20
_FEWEST = 0.01
"""Share of the documents that are held out where `--held-out` names no other, as training's default is."""

Source = Annotated[
    Path, typer.Argument(help="A folder in Hugging Face's layout, or a GGUF file.", metavar="MODEL")
]


def export(
    model: Source,
    to: Annotated[
        Path, typer.Option("--to", help="A new folder, or a file that ends in .gguf.", metavar="DIR|FILE")
    ],
    precision: Annotated[
        str,
        typer.Option(
            "--precision",
            help="A folder: f32, bf16 or f16; a GGUF file: f16, q8_0, q4_0 or q4_1.",
            metavar="P",
        ),
    ] = "",
    name: Annotated[str, typer.Option("--name", help="What the model is called (else as it was).")] = "",
    json: Json = False,
) -> None:
    """Write a model for `transformers` and vLLM (a folder), or for this program, llama.cpp and Ollama (a GGUF file)."""
    from truthgpt.training import extra

    extra.require()
    from truthgpt.training.models.export import export as write

    made = write(model.expanduser().absolute(), to.expanduser().absolute(), precision, name)
    if json:
        print_json(asdict(made) | {"path": str(made.path)})
    else:
        console().print(
            f"{printable(made.name)}, {made.parameters:,} parameters as {made.precision}, {made.bytes / 1e6:,.1f} MB: "
            f"{printable(str(made.path))}"
        )


def card(model: Source, json: Json = False) -> None:
    """Show what is known of a model: data, network, FLOP, energy, figures, inspection."""
    from truthgpt.language import gguf
    from truthgpt.training.models import card as cards
    from truthgpt.training.models.card_text import markdown

    path = model.expanduser().absolute()
    if path.is_file():
        text = gguf.read(path).text(gguf.CARD)
        if not text:
            raise MissingError(f"{path} carries no card: it was not trained here")
        found = cards.parsed(text, str(path))
    else:
        found = cards.load(path)
    if json:
        print_json(found)
    else:
        typer.echo(printable(markdown(found)), nl=False)


def evaluate(
    model: Annotated[str, typer.Argument(help="A folder, a GGUF file, or a model's name.", metavar="MODEL")],
    texts: Annotated[
        Path | None,
        typer.Option(
            "--texts",
            help='JSONL of {"text", "community"?, "language"?} instead of the corpus.',
            metavar="FILE",
        ),
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            "--questions",
            help='JSONL of {"question"} to ask of the corpus: the grounded-answer score.',
            metavar="FILE",
        ),
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(
            "--tasks", help="Tasks of lm-evaluation-harness, by name or .yaml file, with commas between."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", help="The first so many texts, questions or items of each task.", min=1),
    ] = None,
    held_out: Annotated[
        float,
        typer.Option(
            "--held-out",
            help="Share of the corpus that is for measuring; at most what training kept.",
            max=0.5,
        ),
    ] = _FEWEST,
    held_out_documents: Annotated[
        int,
        typer.Option(
            "--held-out-documents",
            help="Documents that are for measuring at the least; at most what training kept.",
            min=0,
        ),
    ] = 8,
    write: Annotated[
        bool, typer.Option("--write", help="Put the figures into the card in the model's folder.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Measure a model: bits per byte of held-out posts (or of --texts), the grounded-answer score, tasks."""
    from truthgpt.training import extra

    extra.require()
    path = _path(model, data)
    if write and not path.is_dir():
        raise BadInputError("--write: the card is in a model's folder; name that")
    bits = grounded = results = None
    if tasks is not None:
        results = _tasks(path, tasks, limit)
    if texts is not None or (questions is None and tasks is None):
        bits = _bits(path, texts, data, (held_out, held_out_documents), limit)
    if questions is not None:
        grounded = _grounded(path, questions, data, limit)
    if write:
        _note(path, bits, grounded)
    if json:
        print_json(
            {"model": str(path)}
            | ({"bits_per_byte": asdict(bits)} if bits else {})
            | ({"grounded": asdict(grounded)} if grounded else {})
            | ({"tasks": results} if results is not None else {})
        )
        return
    if bits is not None:
        _print_bits(bits)
    if grounded is not None:
        _print_grounded(grounded)
    for task, found in (results or {}).items():
        for measure, value in found.items():
            if isinstance(value, float):
                console().print(f"{task} {measure}: {value:.4f}")


def _path(model: str, data: Path | None) -> Path:
    from truthgpt.language.models import list_models

    path = Path(model).expanduser()
    if path.exists():
        return path.absolute()
    for known in list_models(settings.load(data).models):
        if known.name == model and known.here:
            return known.path
    raise MissingError(
        f"no model {printable(model)[:80]}: give a folder, a GGUF file, or a name of `truthgpt model list`"
    )


def _bits(
    path: Path, texts: Path | None, data: Path | None, kept: tuple[float, int], limit: int | None
) -> Bits:
    from itertools import islice

    from truthgpt.training.models.causal import load
    from truthgpt.training.models.evaluation import bits_per_byte

    causal, tokenizer, begin = load(path)
    if texts is not None:
        return bits_per_byte(causal, tokenizer, islice(_texts(texts), limit), begin)
    from truthgpt.answer.assistant import Assistant
    from truthgpt.training.models.held_out import held_out as held

    with (
        Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant,
        held(assistant.store, *kept) as read,
    ):
        return bits_per_byte(causal, tokenizer, islice(read, limit), begin)


def _grounded(path: Path, questions: Path, data: Path | None, limit: int | None) -> Grounded:
    from truthgpt.answer.assistant import Assistant
    from truthgpt.training.models.export import export as write_model
    from truthgpt.training.models.grounding import grounded_score

    asked = [_field(row, "question", number) for number, row in json_objects(questions)][:limit]
    with TemporaryDirectory() as folder:
        file = path
        if path.is_dir():  # the engine reads files
            file = Path(folder) / f"{path.name}.gguf"
            write_model(path, file, "f16")
        with Assistant.open(settings.load(data, str(file))) as assistant:
            return grounded_score(assistant, asked)


def _tasks(path: Path, tasks: str, limit: int | None) -> dict[str, dict[str, Any]]:
    from importlib.util import find_spec

    if find_spec("lm_eval") is None:
        raise MissingError(
            "--tasks needs lm-evaluation-harness, which is not installed: `pip install lm-eval`"
        )
    from truthgpt.training.models.harness import evaluate as evaluate_tasks

    return evaluate_tasks(path, [task.strip() for task in tasks.split(",") if task.strip()], limit)


def _note(folder: Path, bits: Bits | None, grounded: Grounded | None) -> None:
    """Put the figures into the card, in the place of earlier ones of the same."""
    from dataclasses import replace

    from truthgpt.training.models import card as cards

    facts = cards.read(folder)
    new = {
        figure.what: figure
        for figure in (*(bits.figures() if bits else ()), *(grounded.figures() if grounded else ()))
    }
    kept = {figure.what: figure for figure in facts.figures}
    cards.write(folder, replace(facts, figures=tuple((kept | new).values())))


def _texts(file: Path) -> Iterator[Text]:
    from truthgpt.training.models.evaluation import Text

    for number, row in json_objects(file):
        names = [row.get(name) or "" for name in ("community", "language")]
        if not all(isinstance(name, str) for name in names):
            raise BadInputError(f'line {number}: "community" and "language" are texts')
        yield Text(_field(row, "text", number), *names)


def _field(row: dict[str, Any], name: str, number: int) -> str:
    found = row.get(name)
    if not isinstance(found, str):
        raise BadInputError(f'line {number}: needs "{name}", a text')
    return found


def _print_bits(bits: Bits) -> None:
    table = Table("of", "bits per byte", "95%", "texts", "bytes", box=None, pad_edge=False)
    rows: Sequence[tuple[str, Any]] = [
        ("all", bits.total),
        *((f"language {name or '(not known)'}", score) for name, score in bits.languages.items()),
        *(
            (f"community {name or '(none)'}", score)
            for name, score in list(bits.communities.items())[:_SHOWN]
        ),
    ]
    for name, score in rows:
        span = "" if score.low is None else f"{score.low:.3f} to {score.high:.3f}"
        table.add_row(
            printable(name), f"{score.bits_per_byte:.3f}", span, f"{score.documents:,}", f"{score.bytes:,}"
        )
    console().print(table)


def _print_grounded(found: Grounded) -> None:
    span = "" if found.low is None or found.high is None else f" (95%: {found.low:.3f} to {found.high:.3f})"
    score = "no sentence was drafted" if found.score is None else f"{found.score:.3f}{span}"
    console().print(
        f"grounded-answer score of {printable(found.model)}: {score} · {found.sentences} sentences, {found.entailed} entailed, "
        f"{found.shown} shown · {found.questions} questions, {found.unasked} not put to the model, {found.abstained} abstained"
    )
