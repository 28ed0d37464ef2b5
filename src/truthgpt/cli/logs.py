"""`truthgpt log`: what is in the log, whether it is whole, and proofs of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from truthgpt import settings
from truthgpt.cli.options import Data, Json
from truthgpt.cli.output import console, print_json, printable
from truthgpt.errors import BadInputError

if TYPE_CHECKING:
    from truthgpt.oversight.log import Verifier, View
    from truthgpt.oversight.log.texts import Texts
    from truthgpt.oversight.log.words import Told

app = typer.Typer(help="The log: append-only, signed, and open to whoever wants to check it.")

_FINDING = 1
_LARGEST = 1 << 21
"""Bytes of a file that are read, more than any that is right has."""

Key = Annotated[
    str | None,
    typer.Option(
        "--key", help="The log's public key, as `log checkpoint --json` prints it (else this data folder's)."
    ),
]
Index = Annotated[int, typer.Argument(help="An entry's number, counted from 0.", metavar="INDEX")]


@app.command()
def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            help="A checkpoint of this log that was kept elsewhere; may be repeated.",
            metavar="F",
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            "--witness", help="The key of a witness who must have cosigned; may be repeated.", metavar="KEY"
        ),
    ] = None,
    key: Key = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Hash every entry and hold every file against the signed checkpoint. Exits with 1 where anything is wrong."""
    from truthgpt.oversight.log import Verifier
    from truthgpt.oversight.log.verify import verify as verified

    folder, log = _log(data, key)
    seen = [_content(path) for path in checkpoint or ()]
    witnesses = [Verifier.parse(each) for each in witness or ()]
    start = time.perf_counter()
    err = console(stderr=True)
    columns = ("{task.description}", BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=json or not err.is_terminal) as bar:
        task = bar.add_task("entries", total=None)
        found = verified(
            folder,
            [log],
            seen=seen,
            witnesses=witnesses,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    seconds = time.perf_counter() - start
    if json:
        print_json(
            {
                "intact": found.intact,
                "origin": found.origin,
                "size": found.size,
                "root": found.root.hex(),
                "findings": [{"path": each.path, "what": each.what} for each in found.findings],
                "more": found.more,
                "unfinished": found.unfinished,
                "witnesses": list(found.witnesses),
                "seconds": round(seconds, 3),
            }
        )
        return 0 if found.intact else _FINDING
    out = console()
    if found.intact:
        out.print(
            f"intact: {found.size:,} entries of {printable(found.origin)}, looked at in {seconds:.1f} s"
        )
        out.print(f"root {found.root.hex()}")
        if found.witnesses:
            out.print(f"cosigned by {printable(', '.join(found.witnesses))}")
        elif not seen:
            out.print(
                "That nobody put back or rewrote the whole of it only a checkpoint kept elsewhere shows: "
                "keep that of `truthgpt log checkpoint`, and give it as --checkpoint."
            )
        return 0
    out.print("not intact:")
    for each in found.findings:
        out.print(f"  {printable(str(each))}")
    if found.more:
        out.print(f"  and {found.more:,} more")
    return _FINDING


@app.command()
def prove(
    index: Index,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write it here, best with the ending .tlog-proof.", metavar="F"),
    ] = None,
    key: Key = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Print the proof that an entry is in the log (C2SP tlog-proof), which `log check` and others check offline."""
    from truthgpt.corpus import durable
    from truthgpt.oversight.log.merkle import leaf_hash

    view, log = _view(data, key)
    proof = view.inclusion(index)
    entry = view.entry(index)
    proof.check(entry, [log])
    if out is not None:
        durable.write(out.absolute(), bytes(proof))
    if json:
        print_json(
            {
                "index": index,
                "size": view.size,
                "root": view.checkpoint.root.hex(),
                "leaf": leaf_hash(entry).hex(),
                "path": [hash_.hex() for hash_ in proof.path],
                "entry": entry.decode("utf-8", "replace"),
                "checkpoint": view.note.decode(),
                "proof": bytes(proof).decode(),
                "key": str(log),
            }
        )
    elif out is None:
        _print_bytes(bytes(proof))
    else:
        console().print(f"entry {index:,} of {view.size:,}: {out}")


@app.command()
def check(
    proof: Annotated[Path, typer.Argument(help="What `log prove` printed.", metavar="PROOF")],
    entry: Annotated[Path, typer.Argument(help="The entry, as `log show --raw` prints it.", metavar="ENTRY")],
    key: Key = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Check a proof offline: that the entry is in the log whose key is given. Exits with 1 where it is not proven."""
    from truthgpt.oversight.log import proof as proofs

    log = _verifier(data, key)
    content = _content(entry)
    try:
        found = proofs.parse(_content(proof))
        size = found.check(content, [log]).size
    except BadInputError as error:
        if json:
            print_json({"proven": False, "why": str(error)})
        else:
            console().print(f"not proven: {printable(str(error))}")
        return _FINDING
    if json:
        print_json({"proven": True, "index": found.index, "size": size, "origin": log.name})
    else:
        console().print(f"proven: entry {found.index:,} of the {size:,} in {printable(log.name)}")
    return 0


@app.command()
def show(
    index: Index,
    raw: Annotated[bool, typer.Option("--raw", help="Print the entry's bytes alone.")] = False,
    key: Key = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show an entry, with its texts where they were not erased."""
    from truthgpt.oversight.log.texts import FILE, Texts
    from truthgpt.oversight.log.words import told

    view, _ = _view(data, key)
    entry = view.entry(index)
    if raw:
        _print_bytes(entry)
        return
    said = told(entry)
    texts = Texts(settings.load(data).data / "oversight" / FILE)
    kept = {name: _text(texts, hash_) for name, hash_ in said.texts.items()}
    if json:
        print_json({**_row(index, said), "texts": kept})
        return
    out = console()
    out.print(f"entry {index:,} · {said.time or 'no time'} · {said.kind}")
    out.print(printable(said.words))
    for name, value in said.values.items():
        out.print(f"  {printable(f'{name}: {value}')}")
    for name, text in kept.items():
        gone = "not kept, its salt is" if text["salt"] else "erased"
        shown = gone if text["text"] is None else printable(text["text"])
        out.print(f"  {name}: {shown}  (hash {said.texts[name][:16]}…)")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many entries, the newest.")] = 20,
    kind: Annotated[str, typer.Option("--kind", help="Only of this kind: answer, import, pause …")] = "",
    key: Key = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """The newest entries in words; as JSON a line each, the oldest of them first."""
    from truthgpt.oversight.log.tiles import WIDTH
    from truthgpt.oversight.log.words import told

    view, _ = _view(data, key)
    found: list[tuple[int, Told]] = []
    end = view.size
    while end and len(found) < limit:
        start = (end - 1) // WIDTH * WIDTH  # bundle by bundle, from the newest
        rows = [(index, told(entry)) for index, entry in view.entries(start, end)]
        found = [row for row in rows if not kind or row[1].kind == kind] + found
        end = start
    found = found[-limit:]
    if json:
        for index, said in found:
            print_json(_row(index, said))
        return
    table = Table("entry", "time (UTC)", "what", box=None, pad_edge=False)
    for index, said in found:
        table.add_row(f"{index:,}", said.time[:19].replace("T", " "), Text(printable(said.words)))
    out = console()
    out.print(table)
    out.print(f"{view.size:,} entries")


@app.command()
def checkpoint(data: Data = None, key: Key = None, json: Json = False) -> None:
    """Print the newest signed checkpoint, to be kept elsewhere or given to a witness."""
    view, log = _view(data, key)
    if json:
        print_json(
            {
                "origin": view.checkpoint.origin,
                "size": view.size,
                "root": view.checkpoint.root.hex(),
                "checkpoint": view.note.decode(),
                "key": str(log),
            }
        )
    else:
        _print_bytes(view.note)


@app.command()
def cosign(
    url: Annotated[
        str, typer.Argument(help="Where the witness is asked: its submission prefix.", metavar="URL")
    ],
    witness: Annotated[str, typer.Option("--witness", help="The witness's key.", metavar="KEY")],
    key: Key = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Have a witness cosign the newest checkpoint (C2SP tlog-witness), and keep its cosignature beside the log."""
    from truthgpt.oversight.log import Verifier
    from truthgpt.oversight.log.witnessing import cosigned

    folder, log = _log(data, key)
    by = Verifier.parse(witness)
    size = cosigned(folder, log, url, by)
    if json:
        print_json({"origin": log.name, "size": size, "witness": by.name})
    else:
        console().print(f"{printable(by.name)} cosigned {size:,} entries of {printable(log.name)}")


@app.command()
def witness(
    log: Annotated[
        list[str],
        typer.Option(
            "--log", help="The key of a log to keep to one history; may be repeated.", metavar="KEY"
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="The witness's name, best an address of its own without scheme.")
    ],
    host: Annotated[str, typer.Option("--host", help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes any free one.")] = 8700,
    data: Data = None,
) -> None:
    """Be a witness of other people's logs: cosign what only adds to what was cosigned before (C2SP tlog-witness)."""
    from truthgpt.oversight import keys
    from truthgpt.oversight.log import Verifier
    from truthgpt.oversight.log.witness import Witness
    from truthgpt.server.serve import listen
    from truthgpt.server.witness import serve_witness

    oversight = settings.load(data).data / "oversight"
    logs = tuple(Verifier.parse(each) for each in log)
    made = Witness(oversight / "witness", name, keys.signing_key(oversight / "keys", keys.WITNESS), logs)
    vkey = str(made.verifier)
    with listen(host, port) as listener:
        at, number = listener.getsockname()[:2]
        err = console(stderr=True)
        err.print(f"witness of {len(logs)} {'log' if len(logs) == 1 else 'logs'} at http://{at}:{number}")
        err.print(f"its key: {printable(vkey)}", soft_wrap=True)
        serve_witness(made, listener)


def _log(data: Path | None, key: str | None) -> tuple[Path, Verifier]:
    """The log's folder and its key. Raises `MissingError` where there is none."""
    from truthgpt.oversight.log.reading import read_checkpoint

    folder = settings.load(data).data / "oversight" / "log"
    read_checkpoint(folder)
    return folder, _verifier(data, key)


def _view(data: Path | None, key: str | None) -> tuple[View, Verifier]:
    from truthgpt.oversight.log import View

    folder, log = _log(data, key)
    return View.open(folder, [log]), log


def _verifier(data: Path | None, key: str | None) -> Verifier:
    from truthgpt.oversight import keys
    from truthgpt.oversight.log import Verifier
    from truthgpt.oversight.log.store import origin_of

    if key is not None:
        return Verifier.parse(key)
    public = keys.public_key(settings.load(data).data / "oversight" / "keys", keys.LOG)
    return Verifier(origin_of(public), public)


def _row(index: int, said: Told) -> dict[str, Any]:
    return {"index": index, "kind": said.kind, "time": said.time, "words": said.words, "fields": said.values}


def _text(texts: Texts, hash_: str) -> dict[str, str | None]:
    """A text that the log holds the hash of, with its salt, so that others can check it: None where it was not kept, or erased."""
    kept = texts.get(hash_)
    if kept is None:
        return {"hash": hash_, "text": None, "salt": None}
    return {"hash": hash_, "text": kept.text, "salt": kept.salt.hex()}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise BadInputError(f"cannot read {path}: {error.strerror}") from error


def _print_bytes(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
