"""A version of the corpus in, its card for people out: Markdown, opened by the YAML that the Hugging Face hub reads.

The sections follow the hub's template for dataset cards and "Datasheets for Datasets" (Gebru et al., 2021), as far as
a program can fill them in; what only a person knows (why the posts were gathered, under which rights) it asks for.
Names of communities and files come from exports and are escaped: they are text and never markup.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from truthgpt.corpus.provenance.statistics import Statistics
from truthgpt.corpus.provenance.versions import SourceFile, Version

UNKNOWN_LICENSE = "unknown"

_SHOWN = 20
_RARE = 0.0005
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)
"""Size categories of the hub, by the number of posts below which each holds."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of an export: its path in the exported folder, size and SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a card is written of: the posts counted, the version that they are of and the files that made it.

    Of an export, `purpose`, `format` and `shards` say what it holds, `fields` its columns with their meaning, and
    `left_out` why and how many posts of the version it lacks.
    """

    name: str
    statistics: Statistics
    version: int
    content_hash: str
    when: str
    files: Sequence[SourceFile]
    wishes: int
    license: str = UNKNOWN_LICENSE
    purpose: str = ""
    format: str = ""
    shards: Sequence[Shard] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


def files_of(history: Sequence[Version]) -> tuple[SourceFile, ...]:
    """The files that were imported up to the last of `history`, each once."""
    return tuple(dict.fromkeys(file for version in history for file in version.files))


def card(about: Description) -> str:
    """The card of `about`."""
    counted = about.statistics
    lines = ["---", *_front(about), "---", "", f"# {_text(about.name)}", ""]
    lines += [f"{counted.posts:,} posts{_span(counted)}, version {about.version} of a TruthGPT corpus.", ""]
    lines += ["## Identity", "", "| | |", "|---|---|"]
    lines += [f"| version | {about.version} |", f"| content hash | `{about.content_hash}` |"]
    lines += [f"| made | {about.when} |", f"| license | {_text(about.license)} |", ""]
    if about.purpose:
        lines += _exported(about)
    lines += ["## Posts", ""]
    for title, counts in (
        ("Language", counted.languages),
        ("Platform", counted.platforms),
        ("Community", counted.communities),
        ("Source", counted.sources),
    ):
        lines += _table(title, counts)
    lines += ["## Source files", ""]
    if about.files:
        lines += ["| file | bytes | SHA-256 |", "|---|---|---|"]
        lines += [f"| {_text(file.name)} | {file.bytes:,} | `{file.sha256}` |" for file in about.files]
    else:
        lines += ["No import from files is recorded."]
    lines += ["", "## Personal data and consent", "", *_consent(about), ""]
    lines += ["## Limits", ""]
    lines += [
        "Posts say what their authors wrote, not what is so. Languages and spans of personal data are told by programs "
        "and are sometimes wrong. Who wrote on these platforms is no fair sample of people.",
        "",
    ]
    return "\n".join(lines)


def languages(counted: Statistics) -> list[str]:
    """ISO 639-1 codes of the languages of the posts, the most frequent first; rarer ones than `_RARE` are mistakes."""
    least = _RARE * counted.posts
    found = (code for code, count in counted.languages.most_common() if count >= least)
    return [code for code in found if re.fullmatch("[a-z]{2,3}", code)]


def _front(about: Description) -> list[str]:
    # JSON is YAML, and quotes what YAML would read otherwise, such as the language `no`.
    lines = [f"pretty_name: {json.dumps(about.name)}", f"license: {json.dumps(about.license)}"]
    if codes := languages(about.statistics):
        lines += ["language:", *(f"- {json.dumps(code)}" for code in codes)]
    size = next((name for bound, name in _SIZES if about.statistics.posts < bound), "n>1T")
    lines += ["size_categories:", f"- {size}", "tags:", "- social-media", "- croissant", "task_categories:"]
    lines += ["- text-generation", "- text-retrieval"]
    if about.shards:
        path = f"data/train-*.{about.format}"
        lines += [
            "configs:",
            "- config_name: default",
            "  data_files:",
            "  - split: train",
            f"    path: {path}",
        ]
    return lines


def _exported(about: Description) -> list[str]:
    lines = ["## Fields", "", f"For {about.purpose}, as {about.format}, {len(about.shards)} files.", ""]
    lines += ["| field | holds |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in about.fields.items()]
    if about.left_out:
        lines += ["", "Left out of the version:", "", "| why | posts |", "|---|---|"]
        lines += [f"| {why} | {count:,} |" for why, count in about.left_out.items()]
    return [*lines, ""]


def _consent(about: Description) -> list[str]:
    counted = about.statistics
    lines = []
    if counted.personal:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in counted.personal.most_common())
        done = (
            "Masked by placeholders in the text"
            if about.purpose == "training"
            else "Marked, and left in the text as its author wrote it"
        )
        lines.append(f"{done}: {kinds}.")
    lines.append(
        f"{about.wishes:,} wishes of authors and platforms not to be kept or trained on were kept when this was written. "
        f"{counted.trainable:,} of the posts may be trained on."
    )
    lines.append(
        "Posts that are forgotten later must be taken out of copies of this set by whoever holds them."
    )
    return [item for line in lines for item in (line, "")][:-1]


def _table(title: str, counts: Counter[str]) -> list[str]:
    if not counts:
        return []
    lines = [f"| {title.lower()} | posts |", "|---|---|"]
    lines += [f"| {_text(name) or '(none)'} | {count:,} |" for name, count in counts.most_common(_SHOWN)]
    if len(counts) > _SHOWN:
        rest = counts.total() - sum(count for _, count in counts.most_common(_SHOWN))
        lines.append(f"| {len(counts) - _SHOWN:,} more | {rest:,} |")
    return [*lines, ""]


def _span(counted: Statistics) -> str:
    if counted.first is None or counted.last is None:
        return ""
    return f", written from {counted.first:%Y-%m-%d} to {counted.last:%Y-%m-%d}"


def _text(name: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(name.split()))
