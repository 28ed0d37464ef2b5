"""The texts that the token vectors are made from and measured on, and the line between the two.

A pair is held out, for measuring only, when a hash of its text says so (Reddit, ASSIN) or when its owners put it in
another file (OCNLI); FEVER is never trained on. A training pair that shares a text with a held-out pair is dropped.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tarfile
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

csv.field_size_limit(1 << 27)


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


def assin(data: Path, measured: bool) -> list[Pair]:
    """Portuguese premises and what they entail; the owners' test files are for measuring."""
    files = sorted((data / "claims" / "assin_pt").glob("*.xml"))
    items = (
        item
        for file in files
        if file.stem.endswith("test") == measured
        for item in ElementTree.parse(file).getroot().iter("pair")
    )
    chosen = (item for item in items if item.get("entailment") in ("Entailment", "Paraphrase"))
    return [Pair(item.findtext("h", ""), item.findtext("t", "")) for item in chosen]


def ocnli(data: Path, measured: bool) -> list[Pair]:
    """Chinese premises and what they entail; the owners' development file is for measuring."""
    name = "dev" if measured else "train.10k"
    lines = (data / "claims" / "ocnli" / f"data_ocnli_{name}.json").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Pair(row["sentence2"], row["sentence1"]) for row in rows if row["label"] == "entailment"]


def portuguese_posts(data: Path) -> list[str]:
    """The posts of ToLD-BR, their handles left out."""
    with (data / "told_br" / "ToLD-BR.csv").open(encoding="utf-8", newline="") as lines:
        return [row["text"].replace("@user", " ").removeprefix("rt ") for row in csv.DictReader(lines)]


def chinese_sentences(data: Path) -> list[str]:
    """All sentences of OCNLI's training file, whatever their label."""
    text = (data / "claims" / "ocnli" / "data_ocnli_train.10k.json").read_text(encoding="utf-8")
    return [row[part] for row in map(json.loads, text.splitlines()) for part in ("sentence1", "sentence2")]


def unmeasured(pairs: Iterable[Pair], measured: Iterable[Pair]) -> list[Pair]:
    """`pairs` without those that share a text with a measured pair."""
    taken = {text.strip().lower() for pair in measured for text in pair}
    return [pair for pair in pairs if not {text.strip().lower() for text in pair} & taken]


def wordnet_english(archive: Path) -> dict[str, Pair]:
    """Princeton WordNet 3.0 (`WNdb-3.0.tar.gz`): for each synset, `00001740-n`, its words and its gloss."""
    synsets = {}
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            name = Path(member.name).name
            file = files.extractfile(member) if name.startswith("data.") else None
            if file is None:
                continue
            for line in io.TextIOWrapper(file, encoding="utf-8"):
                if line.startswith(" "):
                    continue  # the licence
                facts, _, gloss = line.partition("|")
                fields = facts.split()
                words = [fields[4 + 2 * index].replace("_", " ") for index in range(int(fields[3], 16))]
                kind = "a" if fields[2] == "s" else fields[2]
                synsets[f"{fields[0]}-{kind}"] = Pair(", ".join(words), gloss.strip())
    return synsets


def wordnet_lemmas(table: Path) -> dict[str, list[str]]:
    """An Open Multilingual Wordnet table (`wn-data-por.tab`): for each synset, its words."""
    lemmas: dict[str, list[str]] = defaultdict(list)
    for line in table.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[1].endswith("lemma"):
            lemmas[fields[0].replace("-s", "-a")].append(fields[2].replace("_", " ").replace("+", ""))
    return dict(lemmas)
