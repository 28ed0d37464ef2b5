"""A card's data in, Markdown out. Names of communities come from exports and are escaped: text, never markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_SHOWN = 20
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&]|^[-+#=])")
"""What is markup anywhere, or at the beginning of a line."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def markdown(card: Mapping[str, Any]) -> str:
    """The `README.md` of `card`, as `Training.as_dict` made it. Raises `KeyError`, `TypeError` or `ValueError` on less."""
    shape, data = card["shape"], card["data"]
    lines = ["---", *_head(card), "---", "", f"# {_text(card['name'])}", ""]
    lines += [
        f"A language model of {card['parameters']:,} parameters"
        + (f", trained on from {_text(card['base'])}," if card["base"] else "")
        + f" made with {_text(card['tool'])} on {_text(card['when'])}.",
        "",
        "## Intended use",
        "",
        _text(card["intended_use"]),
        "",
        "## Limits",
        "",
        *(f"- {_text(limit)}" for limit in card["limits"]),
        "",
        "## Network",
        "",
    ]
    lines += _table(
        ("", ""),
        [
            ("architecture", "Llama (RMSNorm, rotary positions, grouped queries, SwiGLU)"),
            ("parameters", f"{card['parameters']:,}"),
            ("layers", f"{shape['layers']:,}"),
            ("width", f"{shape['width']:,}"),
            ("heads", f"{shape['heads']:,}, of keys and values {shape['kv_heads']:,}"),
            ("feed-forward", f"{shape['hidden']:,}"),
            ("vocabulary", f"{shape['vocabulary']:,}, output {'tied' if shape['tied'] else 'not tied'}"),
            ("context", f"{shape['context']:,} tokens"),
        ],
    )
    lines += ["## Data", ""]
    lines += _table(
        ("", ""),
        [
            ("corpus version", f"{data['version']}"),
            ("content hash", f"`{_code(data['content_hash'])}`"),
            ("documents", f"{data['documents']:,}"),
            ("tokens", f"{data['tokens']:,}"),
            ("held out for validation", f"{data['held_out']:,} documents"),
        ],
    )
    lines += _counts("language", "tokens", data["languages"])
    lines += _counts("community", "tokens", data["communities"])
    lines += _counts("left out, because", "posts", data["left_out"])
    lines += _training(card)
    lines += ["## Evaluation", "", *_figures(card["figures"])]
    lines += [
        "## Inspection",
        "",
        _inspection(card["inspection"]),
        "",
        "## License",
        "",
        _text(card["license"]),
    ]
    return "\n".join(lines) + "\n"


def _head(card: Mapping[str, Any]) -> list[str]:
    """The YAML that the hub reads; strings as JSON, which YAML reads too (`no` alone would be false)."""
    languages = [name for name in card["data"]["languages"] if _LANGUAGE.fullmatch(name)]
    lines = [f"license: {json.dumps(card['license'])}", "library_name: transformers"]
    lines += ["pipeline_tag: text-generation", "tags:", "- truthgpt", "- llama"]
    if languages:
        lines += ["language:", *(f"- {json.dumps(name)}" for name in languages)]
    if card["base"]:
        lines.append(f"base_model: {json.dumps(card['base'])}")
    return lines


def _training(card: Mapping[str, Any]) -> list[str]:
    rows = [
        (
            _text(stage["name"]),
            f"{stage['tokens']:,}",
            f"{stage['steps']:,}",
            "" if stage["loss"] is None else f"{stage['loss']:.3f}",
            f"{stage['flop']:.3g}",
            f"{stage['seconds']:,.0f}",
            f"{stage['hardware']['count']} × {_text(stage['hardware']['device'])}",
            f"{stage['energy']['kwh']:.3g}",
        )
        for stage in card["stages"]
    ]
    if not rows:
        return ["## Training", "", "Nothing is known of its training.", ""]
    lines = ["## Training", ""]
    lines += _table(("stage", "tokens", "steps", "loss", "FLOP", "seconds", "hardware", "kWh"), rows)
    lines += [
        f"In all {card['flop']:.3g} FLOP (six for each weight and token, and attention), {card['seconds']:,.0f} s and an "
        f"estimated {card['energy_kwh']:.3g} kWh.",
        "",
        "The energy is an estimate, not a measurement: "
        + "; ".join(dict.fromkeys(_text(stage["energy"]["assumption"]) for stage in card["stages"]))
        + ".",
        "",
    ]
    return lines


def _figures(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    if not figures:
        return ["Not evaluated.", ""]
    rows = [
        (
            _text(one["what"]),
            f"{one['value']:.4g} {_text(one['unit'])}",
            "" if one["low"] is None or one["high"] is None else f"{one['low']:.4g} to {one['high']:.4g}",
            f"{one['count']:,}",
        )
        for one in figures
    ]
    return _table(("figure", "value", "95%", "of"), rows)


def _inspection(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "Not inspected."
    certificate = f", certificate `{_code(found['certificate'])}`" if found["certificate"] else ""
    return f"{_text(found['result'])}, {_text(found['when'])}{certificate}"


def _counts(title: str, unit: str, counts: Mapping[str, int]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda row: -row[1])
    rows = [(_text(name) or "(none)", f"{count:,}") for name, count in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        rows.append((f"{len(ordered) - _SHOWN:,} more", f"{sum(count for _, count in ordered[_SHOWN:]):,}"))
    return _table((title, unit), rows) if rows else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def _text(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))


def _code(words: str) -> str:
    return "".join(words.split()).replace("`", "").replace("|", "")
