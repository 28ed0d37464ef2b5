"""`truthgpt plan`: a training run on paper, before accelerators are bought."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.training.planner.failures import Failures
    from truthgpt.training.planner.planned import Planned
    from truthgpt.training.planner.search import Wanted
    from truthgpt.training.planner.transformer import Transformer

CURVE = tuple(1 << power for power in range(3, 15))
"""Numbers of accelerators of the scaling curve, 8 to 16,384."""


def plan(
    model: Annotated[
        str,
        typer.Argument(
            help="A model's name (llama3-70b), a size (70B), a run's TOML file, or auto: the best for --gpus and --days.",
            metavar="MODEL",
        ),
    ],
    gpus: Annotated[int, typer.Option("--gpus", help="Accelerators.", metavar="N")],
    machine: Annotated[
        str, typer.Option("--machine", help="Their kind: a name or a TOML file.", metavar="M")
    ] = "h100-sxm",
    network: Annotated[
        str | None,
        typer.Option(
            "--network", help="What joins nodes, where it is not the machine's own.", metavar="NAME"
        ),
    ] = None,
    tokens: Annotated[
        str | None,
        typer.Option("--tokens", help="Tokens to read (else 20 a parameter).", metavar="N"),
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", help="Days at hand, instead of tokens.", metavar="D")
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(
            "--length", help="Tokens of a sequence (else the file's context, or 8,192).", metavar="N"
        ),
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="Tokens of a step (else by the run's size).", metavar="N")
    ] = None,
    precision: Annotated[
        Literal["bfloat16", "fp8"], typer.Option("--precision", help="What products are computed in.")
    ] = "bfloat16",
    optimizer: Annotated[
        Literal["adamw", "muon"], typer.Option("--optimizer", help="What steps the weights.")
    ] = "adamw",
    tensor: Annotated[int | None, typer.Option("--tensor", help="Tensor ranks, given.", metavar="N")] = None,
    pipeline: Annotated[
        int | None, typer.Option("--pipeline", help="Pipeline stages, given.", metavar="N")
    ] = None,
    context: Annotated[
        int | None, typer.Option("--context", help="Context ranks, given.", metavar="N")
    ] = None,
    expert: Annotated[int | None, typer.Option("--expert", help="Expert ranks, given.", metavar="N")] = None,
    micro: Annotated[
        int | None, typer.Option("--micro", help="Sequences a rank computes at once, given.", metavar="N")
    ] = None,
    recompute: Annotated[
        Literal["none", "selective", "full"] | None,
        typer.Option("--recompute", help="Activations made anew, given."),
    ] = None,
    unique: Annotated[
        str | None,
        typer.Option("--unique", help="Tokens there are to read; more are repeats.", metavar="N"),
    ] = None,
    corpus: Annotated[
        bool, typer.Option("--corpus", help="Take --unique from the newest version of the corpus.")
    ] = False,
    sites: Annotated[int, typer.Option("--sites", help="Data centres that share the work.")] = 1,
    link: Annotated[
        float, typer.Option("--link", help="Gb/s between two of them, each way.", metavar="GBPS")
    ] = 100.0,
    latency: Annotated[
        float, typer.Option("--latency", help="Milliseconds between them, one way.", metavar="MS")
    ] = 20.0,
    inner: Annotated[
        int, typer.Option("--local-steps", help="Steps between meetings of local-update training.")
    ] = 100,
    mtbf: Annotated[
        float | None,
        typer.Option(
            "--mtbf",
            help="Accelerator-hours between failures (else 50,700: Llama 3's).",
            metavar="HOURS",
        ),
    ] = None,
    spares: Annotated[
        int | None,
        typer.Option(
            "--spares", help="Nodes that stand by (else as many as are needed, uncounted).", metavar="N"
        ),
    ] = None,
    rates: Annotated[
        Path | None,
        typer.Option(
            "--failures",
            help="A TOML file of what fails how often (docs/plan.md), instead of --mtbf and --spares.",
            metavar="FILE",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the simulated failures.")] = 1,
    launch: Annotated[
        Path | None,
        typer.Option(
            "--launch",
            help="Plan what truthgpt train runs, and write its files into this folder.",
            metavar="DIR",
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write an HTML page with pictures.", metavar="FILE")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Say which layout fits a model on a cluster, how fast it trains, for how long, at what cost, and what failures take."""
    from truthgpt.training.planner import launch as launching
    from truthgpt.training.planner import machine as machines
    from truthgpt.training.planner import networks, request
    from truthgpt.training.planner.failures import Failures
    from truthgpt.training.planner.layout import Software
    from truthgpt.training.planner.planned import Link
    from truthgpt.training.scaling import count

    kind = machines.machine(machine)
    if network is not None:
        kind = dataclasses.replace(kind, network=networks.network(network))
    parts = {"tensor": tensor, "pipeline": pipeline, "context": context, "expert": expert, "micro": micro}
    if rates is not None and (mtbf is not None or spares is not None):
        raise BadInputError("--failures says what --mtbf and --spares say; give one or the other")
    if mtbf is not None and not mtbf > 0:
        raise BadInputError(f"--mtbf is {mtbf:g}; give hours above 0")
    failures = Failures(spares=spares) if rates is None else _failures(rates)
    if mtbf is not None:
        failures = dataclasses.replace(failures, rate=1 / mtbf)
    if sites < 1:
        raise BadInputError(f"--sites is {sites}; it is at least 1")
    have = count(unique, "--unique") if unique is not None else None
    transformer, read = (None, None) if model.lower() == request.AUTO else _network(model)
    asked = request.Asked(
        transformer,
        gpus,
        kind,
        None if tokens is None else count(tokens, "--tokens"),
        days,
        next(one for one in (length, read, request.LENGTH) if one is not None),
        None if batch is None else count(batch, "--batch"),
        precision,
        optimizer,
        launching.SOFTWARE if launch else Software(),
        _wanted(parts, recompute, launched=launch is not None),
        _corpus(data) if corpus else have,
        Link(sites, link * 1e9 / 8, latency / 1e3, inner) if sites > 1 else None,
        failures,
        rates is None,
        CURVE if page else (),
        seed,
    )
    made = request.answered(asked)
    written = launching.write(made, launch) if launch else []
    if page:
        from truthgpt.training.planner import page as pages

        pages.write(made, page)
        written.append(page)
    if json:
        print_json(made.as_dict())
        return
    _show(made)
    for path in written:
        console().print(printable(str(path)))


def _network(model: str) -> tuple[Transformer, int | None]:
    """The network that is named, or that of the run's file and the tokens that it reads at once."""
    from truthgpt.training.planner import request
    from truthgpt.training.planner.transformer import Transformer

    if not model.endswith(".toml"):
        return request.network(model), None
    from truthgpt.training import extra, options

    extra.require("torch")
    run = options.read(Path(model))
    from truthgpt.training import stages

    shape = stages.plan(run, ranks=1, gpu=True).shape
    network = Transformer(
        shape.layers,
        shape.width,
        shape.heads,
        shape.vocabulary,
        shape.hidden,
        shape.kv_heads,
        shape.head_width,
        tied=shape.tied,
    )
    return network, shape.context


def _wanted(
    parts: dict[str, int | None], recompute: Literal["none", "selective", "full"] | None, *, launched: bool
) -> Wanted:
    from truthgpt.training.planner.launch import TRAINABLE
    from truthgpt.training.planner.search import ANY

    given = {name: value for name, value in parts.items() if value is not None}
    base = TRAINABLE if launched else ANY
    for name, value in given.items():
        if value < 1:
            raise BadInputError(f"--{name} is {value}; it is at least 1")
        if getattr(base, name) not in (None, value):
            raise BadInputError(f"truthgpt train has no {name} ranks; leave out --{name} or --launch")
    kept = dataclasses.replace(base, recompute=recompute)
    return dataclasses.replace(kept, **given)  # type: ignore[arg-type]  # each is a whole number


def _failures(path: Path) -> Failures:
    """What the TOML file `path` says of failures."""
    from truthgpt.training.options import section
    from truthgpt.training.planner.failures import Failures

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInputError(f"{path} cannot be read as TOML: {' '.join(str(error).split())}") from None
    return section(found, Failures, "failures", path.parent)


def _corpus(data: Path | None) -> int:
    from truthgpt.answer.assistant import Assistant
    from truthgpt.training.planner.request import corpus_tokens

    with Assistant.open(settings.load(data, settings.QUOTES_ONLY)) as assistant:
        return corpus_tokens(assistant.store)


def _show(made: Planned) -> None:
    from truthgpt.training.planner.optimum import line
    from truthgpt.training.planner.wording import BYTES, CAUSES, SECONDS, short

    layout, network, machine = made.best.layout, made.job.transformer, made.machine
    table = Table(box=None, pad_edge=False, show_header=False)
    step = sorted(made.best.step.terms.items(), key=lambda term: -term[1])
    memory = sorted(made.best.memory.items(), key=lambda term: -term[1])
    lost = sorted(made.goodput.lost.items(), key=lambda cause: -cause[1])
    tight = ", which is tight" if made.best.held > 0.92 * machine.accelerator.memory else ""
    active = f", {network.active_parameters / 1e9:,.2f} of them active" if network.experts else ""
    rows = [
        ("model", f"{network.parameters / 1e9:,.2f} billion parameters{active}: {network.layers} blocks of {network.width:,}"),
        ("machine", f"{made.ranks:,} × {machine.name}; rates {machine.reached.fitted}"),
        ("layout", short(layout)),
        ("step", f"{made.seconds:,.3f} s for {made.job.batch:,} sequences of {made.job.length:,} tokens: "
            + ", ".join(f"{SECONDS[name]} {100 * seconds / made.best.step.seconds:.0f}%" for name, seconds in step[:4])),
        ("speed", f"{made.tokens_a_second:,.0f} tokens/s, MFU {100 * made.utilisation:.1f}% of the peak in bfloat16, attention counted in full"),
        ("memory", f"{made.best.held / 1e9:,.1f} of {machine.accelerator.memory / 1e9:,.0f} GB{tight}: "
            + ", ".join(f"{BYTES[name]} {size / 1e9:,.1f}" for name, size in memory[:4])),
        ("run", f"{made.tokens:,} tokens, {_days(made.days)}; with failures {_days(made.wall)}"),
        ("goodput", f"{100 * made.goodput.goodput:.1f}% ({100 * made.goodput.low:.1f} to {100 * made.goodput.high:.1f}): lost to "
            + ", ".join(f"{CAUSES[cause].lower()} {100 * share:.2f}%" for cause, share in lost[:3])
            + f"; a checkpoint each {made.goodput.interval / 60:,.1f} minutes"),
        ("cost", _cost(made)),
        ("compute", line(made.flop).statement),
    ]  # fmt: skip
    if made.fewer is not None:
        less = made.fewer
        rows.append(
            (
                "fewer",
                f"{less.ranks:,} of them would be done in {_days(less.wall)}: more layouts divide that number",
            )
        )
    rows += _loss(made) + _sites(made)
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _cost(made: Planned) -> str:
    """Rent, price and power, in round numbers, with what is not in them."""
    from truthgpt.training.planner.wording import money

    cost = made.machine.cost
    if made.wall == float("inf"):
        return "without end"
    said = []
    if cost.hour:
        said.append(f"about {money(made.dollars)} at ${cost.hour:.2f} an accelerator-hour ({cost.date})")
    if cost.bought:
        said.append(
            f"{money(made.bought)} to buy the accelerators and their servers, without what joins and houses them"
        )
    said.append(f"{made.kwh / 1e3:,.1f} MWh at the most")
    return "; ".join(said)


def _days(days: float) -> str:
    if days == float("inf"):
        return "it never ends"
    return (
        f"{days:,.1f} days"
        if days >= 2
        else f"{24 * days:,.1f} hours"
        if days >= 1 / 24
        else f"{1_440 * days:,.1f} minutes"
    )


def _loss(made: Planned) -> list[tuple[str, str]]:
    """What the laws of loss say, where they were asked."""
    found = made.optimum
    if found is None:
        return []
    low, high = found.loss_interval
    read = "" if found.epochs is None else f", {found.epochs:,.1f} times the {found.unique:,} there are"
    smaller, larger = (size / 1e9 for size in found.parameters_interval)
    size = "" if found.given else f"; the best size is between {smaller:,.2f} and {larger:,.2f} billion"
    return [
        ("loss", f"{found.loss:.3f} ({low:.3f} to {high:.3f}), {found.on}{read}{size}"),
        *(("", note) for note in found.notes),
    ]


def _sites(made: Planned) -> list[tuple[str, str]]:
    """How data centres are joined, where there are several."""
    if made.sites is None:
        return []
    ways = ", ".join(f"{way.name} {way.seconds:,.2f} s" for way in made.sites.ways)
    quality = made.sites.quality
    return [
        ("sites", f"{made.sites.sites}, of {made.best.layout.ranks:,} accelerators each: {ways}; taken: {made.sites.choice}"),
        *(("", f"assumed: {one}") for one in made.sites.assumed),
        ("", f"local updates were measured to change loss by {quality.percent:+.2f}% at {quality.parameters / 1e9:,.2f} billion parameters ({quality.source})"),
    ]  # fmt: skip
