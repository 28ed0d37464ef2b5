"""The texts that the token vectors are made from and measured on, and the line between the two.

A pair is held out, for measuring only, when a hash of its text says so (Reddit) or when its owners put it in another
file (ASSIN, OCNLI); FEVER is never trained on. A training text that is also in a held-out pair is dropped.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

csv.field_size_limit(1 << 27)

_BREAK = re.compile(r"(?<=[.!?])\s+|\n+")
DEMO = Path(__file__).parents[1] / "src" / "truthgpt" / "corpus" / "demo"


class Pair(NamedTuple):
    """Two texts of one meaning: a question or title, and what answers it."""

    query: str
    text: str


def held_out(text: str, share: float) -> bool:
    """Whether `text` is one of the `share` of texts kept for measuring."""
    digest = hashlib.sha256(text.strip().lower().encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def reddit(data: Path) -> Iterator[Pair]:
    """Title and body of each post; the body is empty where the post is a link."""
    for file in sorted((data / "reddit").glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", errors="replace", newline="") as lines:
            for row in csv.DictReader(line.replace("\0", "") for line in lines):
                if row["title"]:
                    yield Pair(row["title"], row["selftext"] or "")


def reddit_pairs(data: Path, measured: bool) -> list[Pair]:
    """Posts with a body of 80 characters or more; an eighth of them, by hash of the body, are for measuring."""
    chosen = (pair for pair in reddit(data) if len(pair.text) >= 80)
    return [pair for pair in chosen if held_out(pair.text, 1 / 8) == measured]


def judged_for_ranking(text: str) -> bool:
    """Whether a held-out post trains the ranker of searches, and is not measured on: half of them."""
    return hashlib.sha256(b"ranker" + text.strip().lower().encode()).digest()[0] < 128


def is_question(title: str) -> bool:
    """Whether `title` asks something, in no more words than people put to a search."""
    return "?" in title and len(title) <= 150


def sentences(text: str) -> list[str]:
    """The sentences of a post's first 3,000 characters that say something and are no longer than an answer's."""
    return [part.strip() for part in _BREAK.split(text[:3000]) if 40 <= len(part.strip()) <= 220]


def question_pairs(data: Path) -> list[Pair]:
    """Questions among the titles for measuring, each with the sentence in the middle of its post."""
    posts = (pair for pair in reddit_pairs(data, measured=True) if is_question(pair.query))
    found = ((pair.query, sentences(pair.text)) for pair in posts)
    return [Pair(question, said[len(said) // 2]) for question, said in found if said]


def fever(data: Path) -> list[Pair]:
    """Claims and the evidence that entails them; for measuring only."""
    folder = data / "claims" / "fever_dev_pairs"
    parts = [
        (folder / f"RTE-Fever_processed_dev.{name}").read_text(encoding="utf-8").split("\n")
        for name in ("label", "raw.input1", "raw.input0")
    ]
    return [
        Pair(claim, evidence) for label, claim, evidence in zip(*parts, strict=False) if label == "entailment"
    ]


def assin(data: Path, measured: bool, entailed: bool = True) -> list[Pair]:
    """Portuguese premises and what they entail, or all pairs; the owners' test files are for measuring."""
    files = sorted((data / "claims" / "assin_pt").glob("*.xml"))
    items = (
        item
        for file in files
        if file.stem.endswith("test") == measured
        for item in ElementTree.parse(file).getroot().iter("pair")
    )
    chosen = (
        item for item in items if not entailed or item.get("entailment") in ("Entailment", "Paraphrase")
    )
    return [Pair(item.findtext("h", ""), item.findtext("t", "")) for item in chosen]


def ocnli(data: Path, measured: bool, entailed: bool = True) -> list[Pair]:
    """Chinese premises and what they entail, or all pairs; the owners' development file is for measuring."""
    rows = _json_lines(data / "claims" / "ocnli" / f"data_ocnli_{'dev' if measured else 'train.10k'}.json")
    return [
        Pair(row["sentence2"], row["sentence1"])
        for row in rows
        if not entailed or row["label"] == "entailment"
    ]


def perspectrum(data: Path) -> list[Pair]:
    """English claims and the views for and against them, of the owners' training part."""
    rows = _json_lines(data / "claims" / "perspectrum" / "stance_pairs.jsonl")
    return [Pair(row["claim"], row["perspective"]) for row in rows if row["split"] == "train"]


def key_points(data: Path) -> list[Pair]:
    """English key points and the arguments that make them, of the owners' training part."""
    folder = data / "claims" / "argkp"
    points, arguments, labels = (
        list(csv.DictReader((folder / f"kpm_data_{name}_train.csv").read_text(encoding="utf-8").splitlines()))
        for name in ("key_points", "arguments", "labels")
    )
    point = {row["key_point_id"]: row["key_point"] for row in points}
    argument = {row["arg_id"]: row["argument"] for row in arguments}
    return [
        Pair(point[row["key_point_id"]], argument[row["arg_id"]]) for row in labels if row["label"] == "1"
    ]


def portuguese_posts(data: Path) -> list[str]:
    """The posts of ToLD-BR, their handles left out."""
    with (data / "told_br" / "ToLD-BR.csv").open(encoding="utf-8", newline="") as lines:
        return [row["text"].replace("@user", " ").removeprefix("rt ") for row in csv.DictReader(lines)]


def unmeasured(pairs: Iterable[Pair], measured: Iterable[Pair]) -> list[Pair]:
    """`pairs` without those that share a text with a measured pair."""
    taken = {text.strip().lower() for pair in measured for text in pair}
    return [pair for pair in pairs if not {text.strip().lower() for text in pair} & taken]


def distinct(pairs: Iterable[Pair]) -> list[str]:
    """Each text of `pairs` once."""
    return list(dict.fromkeys(text for pair in pairs for text in pair))


def demo_posts(language: str) -> list[str]:
    """The texts of the built-in demo posts, written for this project; only their words are counted."""
    return [row["text"] for row in _json_lines(DEMO / f"{language}.jsonl")]


def _json_lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
