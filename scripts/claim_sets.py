"""The public pairs of claim and evidence, each set with its own labels and a split by claim, evidence and topic.

Reads `claims/` of the folder in `TRUTHGPT_DATASETS` (default `../shared/data` beside the repository). A set's official
split is kept where it has one with labels; others are split by groups of pairs that share a claim, a piece of evidence
or a source, so that no group stands on both sides. `pairs` then drops from training what comes near a test claim, or
has the evidence of one.
"""

from __future__ import annotations

import csv
import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[1]
DATASETS = Path(os.environ.get("TRUTHGPT_DATASETS", ROOT.parent / "shared" / "data"))
CLAIMS = DATASETS / "claims"

Label = Literal["supported", "refuted", "neither", "not supported"]
"""`not supported` is refuted or neither: the set does not say which."""
Part = Literal["train", "test"]

NEAR = 0.8
"""Share of common words (Jaccard) from which one claim is a near copy of another."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim beside a piece of evidence, with what people said of it; `topic` names the group it is split by."""

    claim: str
    evidence: str
    label: Label
    source: str
    part: Part
    topic: str


def share(name: str) -> float:
    """A number in [0, 1) that is always the same for `name`."""
    return int.from_bytes(sha256(name.encode()).digest()[:4]) / 2**32


def plain(text: str) -> str:
    """Wikipedia as FEVER tokenised it, back as people write it."""
    for mark, char in {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}.items():
        text = text.replace(mark, char)
    text = re.sub(r"\s+([.,;:!?%)\]])", r"\1", text)
    return re.sub(r"\s+('s|'|n't)\b", r"\1", re.sub(r"([(\[$])\s+", r"\1", text))


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with (CLAIMS / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _tsv(name: str) -> Iterator[list[str]]:
    lines = (CLAIMS / name).read_text(encoding="utf-8").split("\n")
    yield from (line.split("\t") for line in lines[1:] if line)


def _part(topic: str, tested: float) -> Part:
    return "test" if share(topic) < tested else "train"


def _grouped(rows: Sequence[tuple[str, str, Label]], source: str, tested: float) -> Iterator[Pair]:
    """Pairs whose groups are what shared claims and shared evidence hold together."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for claim, evidence, _ in rows:
        first, second = sorted((root("c" + claim.casefold()), root("e" + evidence.casefold())))
        parent[second] = first
    for claim, evidence, label in rows:
        topic = root("c" + claim.casefold())
        yield Pair(claim, evidence, label, source, _part(topic, tested), topic)


def fever_symmetric() -> Iterator[Pair]:
    """Test only: each claim stands beside evidence that supports and evidence that refutes it."""
    labels: dict[str, Label] = {"SUPPORTS": "supported", "REFUTES": "refuted"}
    for row in _lines("fever_symmetric/symmetric_v0.2_fever_symmetric_dev.jsonl"):
        claim, evidence = plain(row["claim"]), plain(row["evidence"])
        yield Pair(claim, evidence, labels[row["label"]], "fever_symmetric", "test", row["id"])


def fever_dev_pairs() -> Iterator[Pair]:
    base = CLAIMS / "fever_dev_pairs"
    columns = [
        (base / f"RTE-Fever_processed_dev.{name}").read_text(encoding="utf-8").splitlines()
        for name in ("raw.input1", "raw.input0", "label")
    ]
    seen = {pair.claim for pair in fever_symmetric()}
    rows: list[tuple[str, str, Label]] = [
        (plain(claim), plain(evidence), "supported" if label == "entailment" else "not supported")
        for claim, evidence, label in zip(*columns, strict=True)
        if plain(claim) not in seen
    ]
    yield from _grouped(rows, "fever_dev_pairs", 0.2)


def fool_me_twice() -> Iterator[Pair]:
    labels: dict[str, Label] = {"SUPPORTS": "supported", "REFUTES": "refuted"}
    for row in _lines("fool_me_twice/dataset_dev.jsonl"):
        evidence, page = " ".join(piece["text"] for piece in row["gold_evidence"]), row["wikipedia_page"]
        yield Pair(row["text"], evidence, labels[row["label"]], "fool_me_twice", _part(page, 0.5), page)


def covidfact() -> Iterator[Pair]:
    for row in _lines("covidfact/COVIDFACT_dataset.jsonl"):
        label: Label = "supported" if row["label"] == "SUPPORTED" else "refuted"
        source = row["gold_source"]
        yield Pair(row["claim"], " ".join(row["evidence"]), label, "covidfact", _part(source, 0.25), source)


def wice() -> Iterator[Pair]:
    """Partly supported claims are `neither`. Training reads the chunks, the test whole pages."""
    files: tuple[tuple[str, Part], ...] = (
        ("code_and_resources_entailment_inputs_oracle_chunks_claim_dev.jsonl", "train"),
        ("data_entailment_retrieval_claim_test.jsonl", "test"),
    )
    for name, part in files:
        for row in _lines(f"wice/{name}"):
            label: Label = "supported" if row["label"] == "supported" else "neither"
            evidence = " ".join(line for line in row["evidence"] if not line.startswith("(meta data)"))
            yield Pair(row["claim"], evidence, label, "wice", part, row["meta"]["claim_title"])


def frank() -> Iterator[Pair]:
    """A summary is supported where no judge found an error in it."""
    for row in _lines("frank/frank_joined.jsonl"):
        label: Label = "supported" if float(row["factuality"]) > 0.999 else "not supported"
        part: Part = "train" if row["split"] == "valid" else "test"
        yield Pair(row["summary"], row["article"], label, "frank", part, row["hash"])


def qags() -> Iterator[Pair]:
    for name in ("mturk_cnndm", "mturk_xsum"):
        for row in _lines(f"qags/data_{name}.jsonl"):
            article = row["article"]
            for sentence in row["summary_sentences"]:
                yes = sum(answer["response"] == "yes" for answer in sentence["responses"])
                label: Label = "supported" if 2 * yes > len(sentence["responses"]) else "not supported"
                yield Pair(sentence["sentence"], article, label, "qags", _part(article, 0.5), article)


def control() -> Iterator[Pair]:
    labels: dict[str, Label] = {"e": "supported", "c": "refuted", "n": "neither"}
    for name, part in (("dev", "train"), ("test", "test")):
        for row in _lines(f"control/data_{name}.jsonl"):
            premise = row["premise"]
            yield Pair(row["hypothesis"], premise, labels[row["label"]], "control", part, premise)  # type: ignore[arg-type]


def sick() -> Iterator[Pair]:
    labels: dict[str, Label] = {
        "ENTAILMENT": "supported",
        "CONTRADICTION": "refuted",
        "NEUTRAL": "neither",
    }
    for path in sorted((CLAIMS / "sick").glob("*SICK_*.txt")):
        part: Part = "test" if "test" in path.name else "train"
        for _, premise, hypothesis, _, label in _tsv(f"sick/{path.name}"):
            yield Pair(f"{hypothesis}.", f"{premise}.", labels[label], "sick", part, premise)


def rte() -> Iterator[Pair]:
    for name, part in (("train", "train"), ("dev", "test"), ("test", "test")):
        for _, premise, hypothesis, label in _tsv(f"rte/glue_data_RTE_{name}.tsv"):
            known: Label = "supported" if label == "entailment" else "not supported"
            yield Pair(hypothesis, premise, known, "rte", part, premise)  # type: ignore[arg-type]


def assin_pt() -> Iterator[Pair]:
    for path in sorted((CLAIMS / "assin_pt").glob("*.xml")):
        part: Part = "test" if "test" in path.name else "train"
        for row in ElementTree.parse(path).getroot():
            label: Label = "not supported" if row.get("entailment", "None") == "None" else "supported"
            claim, evidence = row.findtext("h", ""), row.findtext("t", "")
            yield Pair(claim, evidence, label, "assin_pt", part, evidence)


def ocnli() -> Iterator[Pair]:
    labels: dict[str, Label] = {
        "entailment": "supported",
        "contradiction": "refuted",
        "neutral": "neither",
    }
    for name, part in (("train.10k", "train"), ("dev", "test")):
        for row in _lines(f"ocnli/data_ocnli_{name}.json"):
            if row["label"] in labels:
                label = labels[row["label"]]
                yield Pair(row["sentence2"], row["sentence1"], label, "ocnli", part, row["prem_id"])  # type: ignore[arg-type]


SETS: tuple[Callable[[], Iterator[Pair]], ...] = (
    fever_symmetric, fever_dev_pairs, fool_me_twice, covidfact, wice, frank, qags, control, sick, rte, assin_pt, ocnli,
)  # fmt: skip


def words(text: str) -> frozenset[str]:
    """The words of a text, small; of Chinese, pairs of characters."""
    found = re.findall(r"[^\W_]+", text.casefold())
    return frozenset(
        part
        for word in found
        for part in (
            [word[i : i + 2] for i in range(max(1, len(word) - 1))] if "一" <= word[0] <= "鿿" else [word]
        )
    )


class NearCopies:
    """Which texts come near one of `texts`: an index of their words, rarest first (prefix filtering)."""

    def __init__(self, texts: Sequence[str]) -> None:
        sets = sorted({words(text) for text in texts}, key=sorted)
        self._frequency: dict[str, int] = defaultdict(int)
        for one in sets:
            for word in one:
                self._frequency[word] += 1
        self._sets = sets
        self._index: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(sets):
            for word in self._prefix(one):
                self._index[word].append(number)

    def _prefix(self, one: frozenset[str]) -> list[str]:
        kept = len(one) - int(NEAR * len(one)) + 1
        return sorted(one, key=lambda word: (self._frequency.get(word, 0), word))[:kept]

    def __contains__(self, text: str) -> bool:
        mine = words(text)
        candidates = {number for word in self._prefix(mine) for number in self._index.get(word, ())}
        return any(
            len(mine & self._sets[number]) >= NEAR * len(mine | self._sets[number]) for number in candidates
        )


def _key(text: str) -> str:
    return " ".join(sorted(words(text)))


def pairs() -> list[Pair]:
    """Every pair of every set, without near copies of a claim, or equal evidence, across the split.

    A training pair that comes near a test pair is left out. SICK's parts are made from the same few hundred sentences,
    so that nine in ten of its training pairs would go: there it is the test pair that is left out.
    """
    everything = [pair for source in SETS for pair in source()]
    taught = [pair for pair in everything if pair.source == "sick" and pair.part == "train"]
    tested = _apart([p for p in everything if p.part == "test" and p.source == "sick"], taught)
    tested += [pair for pair in everything if pair.part == "test" and pair.source != "sick"]
    return _apart([pair for pair in everything if pair.part == "train"], tested) + tested


def _apart(pairs: Sequence[Pair], others: Sequence[Pair]) -> list[Pair]:
    claims, evidence = NearCopies([pair.claim for pair in others]), {_key(pair.evidence) for pair in others}
    return [pair for pair in pairs if _key(pair.evidence) not in evidence and pair.claim not in claims]


def stance_tweets() -> Iterator[tuple[str, str, str, str]]:
    """Target, tweet, stance (`favor`, `against`, `none`), part (`train`, `val`, `test`): SemEval-2016 by TweetEval."""
    targets = {
        "abortion": "Legalization of Abortion",
        "atheism": "Atheism",
        "climate": "Climate Change is a Real Concern",
        "feminist": "Feminist Movement",
        "hillary": "Hillary Clinton",
    }
    for folder, target in targets.items():
        base = DATASETS / "tweeteval" / "stance" / folder
        for part in ("train", "val", "test"):
            texts = (base / f"{part}_text.txt").read_text(encoding="utf-8").splitlines()
            labels = (base / f"{part}_labels.txt").read_text(encoding="utf-8").split()
            for text, label in zip(texts, labels, strict=True):
                yield target, text, ("none", "against", "favor")[int(label)], part


def stance_arguments() -> Iterator[tuple[str, str, str, str]]:
    """Claim, perspective or argument, stance, part; Perspectrum's recurring test perspectives are left out of training."""
    rows = list(_lines("perspectrum/stance_pairs.jsonl"))
    tested = {_key(row["perspective"]) for row in rows if row["split"] == "test"}
    for row in rows:
        if row["split"] == "test" or _key(row["perspective"]) not in tested:
            stance = "favor" if row["stance"] == "SUPPORT" else "against"
            yield row["claim"], row["perspective"].strip(), stance, row["split"]
    for name, part in (("kpm_data_arguments_train", "train"), ("kpm_data_arguments_dev", "dev"), ("test_data_arguments_test", "test")):  # fmt: skip
        with (CLAIMS / "argkp" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for found in csv.DictReader(file):
                stance = "favor" if found["stance"] == "1" else "against"
                yield found["topic"], found["argument"], stance, part
