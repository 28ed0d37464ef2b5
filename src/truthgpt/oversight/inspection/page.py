"""An inspection in, a page out: one HTML file that needs nothing else, runs no script, and reads in light, dark and print.

All that comes from a model's name, a file or a measure is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Final

from truthgpt.oversight.inspection import pictures
from truthgpt.oversight.inspection.result import Inspection, Result
from truthgpt.oversight.inspection.wording import OUTCOMES, interval, limit, number, verdict

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE: Final = (
    ".missed td,.missed th{font-weight:600}.digest{font:0.75rem/1.5 ui-monospace,Menlo,Consolas,monospace;word-break:break-all}"
    "details{margin-top:1rem}summary{cursor:pointer;color:var(--soft)}figure.large{max-width:none}.large svg{min-width:44rem}"
)


def page(found: Inspection) -> str:
    """The page of an inspection."""
    title = f"Inspection of {found.model}"
    # The plan's page and this one are of one house, and of one style.
    style = files("truthgpt.training.planner").joinpath("page.css").read_text(encoding="utf-8")
    body = (
        _top(found)
        + _missed(found)
        + _forest(found)
        + _reliability(found)
        + _measures(found)
        + _unmeasured(found)
        + _how(found)
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n<style>\n{style}{_STYLE}</style>\n</head>\n'
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _top(found: Inspection) -> str:
    flop = "unknown" if found.training_flop is None else f"{found.training_flop:.2e} FLOP"
    tiles = (
        (str(sum(one.outcome == "passed" for one in found.results)), "measures within their limit"),
        (str(len(found.missed)), "beyond their limit"),
        (str(len(found.unmeasured)), "could not be made"),
        (found.battery, f"battery, seed {found.seed}"),
        (found.finished[:10], "finished"),
        (flop, "of training compute"),
    )
    shown = "".join(f"<div><dt>{escape(said)}</dt><dd>{escape(value)}</dd></div>" for value, said in tiles)
    said = verdict(found)
    return (
        f'<header><p class="kind">TruthGPT · inspection</p><h1>{escape(found.model)}: {escape(said)}</h1></header>\n'
        f'<dl class="tiles">{shown}</dl>\n'
    )


def _missed(found: Inspection) -> str:
    if not found.missed:
        return ""
    rows = [(one.title, number(one.value), limit(one), one.reason) for one in found.missed]
    return _section(
        "Beyond their limit", _table(("Measure", "Found", "Limit", "Why this limit"), rows), "act"
    )


def _forest(found: Inspection) -> str:
    if not pictures.drawn(found.results):
        return ""
    said = (
        "A dot is what was found, its line the interval of 95% over other items of the kind, the upright mark the limit that was set "
        "before the run; values in the tinted part would be beyond it. A diamond is a measure beyond its limit."
    )
    return _section(
        "Measures and limits",
        f'<figure class="large"><div class="scroll">{pictures.forest(found.results)}</div><figcaption>{escape(said)}</figcaption></figure>',
    )


def _reliability(found: Inspection) -> str:
    if not found.reliability:
        return ""
    said = "Sentences that were shown, by the confidence that they were shown with. On the dashed line a confidence says what it means."
    return _section(
        "Do confidences mean what they say?",
        f'<figure><div class="scroll">{pictures.reliability(found.reliability)}</div><figcaption>{escape(said)}</figcaption></figure>',
    )


def _measures(found: Inspection) -> str:
    parts = []
    for group in dict.fromkeys(one.group for one in found.results):
        chosen = [one for one in found.results if one.group == group and one.value is not None]
        if chosen:
            parts.append(f"<h3>{escape(group)}</h3>{_rows(chosen)}{_details(chosen)}")
    return _section("All measures", "<div>" + "</div><div>".join(parts) + "</div>") if parts else ""


def _rows(chosen: Sequence[Result]) -> str:
    heads = ("Measure", "Found", "95% interval", "Items", "Limit", "Outcome")
    rows = [
        (one.title, f"{number(one.value)} {one.unit}", interval(one), f"{one.n:,}", limit(one), OUTCOMES[one.outcome])
        for one in chosen
    ]  # fmt: skip
    return _table(heads, rows, "numbers")


def _details(chosen: Sequence[Result]) -> str:
    said = "".join(
        f'<tr><th scope="row">{escape(one.title)}</th><td>{escape(one.definition)} <em>{escape(one.scoring)}</em>'
        f'<div class="digest">{escape(one.id)}; items {one.digest}; {escape(one.log)}</div></td></tr>'
        for one in chosen
    )
    return f'<details><summary>What these mean, and on what data</summary><table class="facts"><tbody>{said}</tbody></table></details>'


def _unmeasured(found: Inspection) -> str:
    rows = [(one.title, limit(one), one.why) for one in found.unmeasured]
    return _section("Not measured", _table(("Measure", "Limit", "Why not"), rows)) if rows else ""


def _how(found: Inspection) -> str:
    facts = [
        ("Model", found.model),
        ("SHA-256 of its weights", found.weights or "it has no file on the machine of the inspection"),
        ("Posts it answered from", found.corpus),
        ("SHA-256 of the limits", found.limits),
        ("TruthGPT", found.code),
        ("Begun, finished", f"{found.started}, {found.finished}; replies took {found.seconds:,.0f} s"),
    ]
    listed = "".join(
        f'<tr><th scope="row">{escape(file.name)}</th><td>{file.size:,}</td><td class="digest">{file.sha256}</td></tr>'
        for file in found.files
    )
    said = (
        "Every number above is computed from the logs named here; `truthgpt inspect --recompute DIR` computes them again. Intervals are "
        "by bootstrap over items (1,000 draws, seeded); where all items came out alike they have no width, which is not certainty. Items "
        "are few and known: a model could be trained to pass. What was not asked was not measured."
    )
    return _section(
        "How this was measured",
        f"<p>{escape(said)}</p>"
        + _table((), facts, "facts")
        + f'<div class="scroll"><table><thead><tr><th>File</th><th>Bytes</th><th>SHA-256</th></tr></thead><tbody>{listed}</tbody></table></div>',
    )


def _section(title: str, body: str, kind: str = "") -> str:
    look = f' class="{kind}"' if kind else ""
    return f"<section{look}><h2>{escape(title)}</h2>{body}</section>\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    head = f"<thead><tr>{top}</tr></thead>" if heads else ""
    return f'<div class="scroll"><table class="{kind}">{head}<tbody>{lines}</tbody></table></div>'
