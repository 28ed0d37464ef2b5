"""What a run tells of itself as it goes: a line of JSON a step, the same for TensorBoard, and a picture at the end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO

import orjson

from truthgpt.corpus import durable

FILE: Final = "journal.jsonl"
PICTURE: Final = "journal.svg"
_BOARD: Final = "tensorboard"
_SMOOTH: Final = 0.05
"""Share of the steps over which a curve's mean line runs."""


def read(folder: Path) -> list[dict[str, Any]]:
    """The rows of the journal in `folder`, whole lines alone; none where there is no journal."""
    path = folder / FILE
    if not path.is_file():
        return []
    rows = []
    for line in path.read_bytes().splitlines():
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:  # a process killed while it wrote
            continue
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            rows.append(row)
    return rows


class Journal:
    """The journal in `folder` from step `begun` on: what an earlier run wrote of later steps is taken away."""

    def __init__(self, folder: Path, begun: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.folder = folder
        self.rows = [row for row in read(folder) if row["step"] <= begun]
        durable.write(folder / FILE, b"".join(map(_line, self.rows)))
        self._file: TextIO = (folder / FILE).open("a", encoding="utf-8")
        self._board = SummaryWriter(folder / _BOARD, purge_step=begun + 1)

    def write(self, row: dict[str, Any]) -> None:
        """Add `row`, which has a `step`. A line is there for readers at once."""
        self.rows.append(row)
        try:
            self._file.write(_line(row).decode())
            self._file.flush()
            for name, value in row.items():
                if isinstance(value, int | float) and name != "step":
                    self._board.add_scalar(name, value, row["step"])
        except OSError as error:
            raise durable.missing(self.folder / FILE, error) from error

    def close(self) -> None:
        """Close the files and draw the picture, which is left out where the disk is full: the next run draws it."""
        with suppress(OSError):
            self._file.close()
            self._board.close()
            if any("loss" in row for row in self.rows):
                draw(self.rows, self.folder / PICTURE)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """The curves of a run as SVG: loss, the gradient's norm, learning rate, tokens a second."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6), layout="constrained")
    panels = figure.subplots(2, 2)
    shown = (("loss", "nats per token"), ("norm", "norm of the gradient"), ("rate", "learning rate"),
             ("tokens_per_second", "tokens per second"))  # fmt: skip
    for panel, (name, label) in zip(panels.flat, shown, strict=True):
        told = [(row["tokens"], row[name]) for row in rows if row.get(name) is not None and "tokens" in row]
        tokens, values = zip(*told, strict=True) if told else ((), ())
        panel.plot(
            tokens, values, color="#9db7d5", linewidth=0.8, label="each step" if name == "loss" else None
        )
        if name in ("loss", "tokens_per_second") and values:
            panel.plot(
                tokens,
                _mean(values),
                color="#1f4e8c",
                linewidth=1.4,
                label="mean" if name == "loss" else None,
            )
        if name == "loss":
            held = [(row["tokens"], row["validation"]) for row in rows if row.get("validation") is not None]
            if held:
                panel.plot(*zip(*held, strict=True), "o", color="#b3541e", markersize=4, label="held out")
            panel.legend(frameon=False)
        if name == "norm":
            panel.set_yscale("log")
        panel.set_xlabel("tokens read")
        panel.set_ylabel(label)
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def _mean(values: Sequence[float]) -> list[float]:
    width, kept, made = max(1, round(_SMOOTH * len(values))), 0.0, []
    for place, value in enumerate(values):
        kept += value - (values[place - width] if place >= width else 0.0)
        made.append(kept / min(width, place + 1))
    return made


def _line(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
