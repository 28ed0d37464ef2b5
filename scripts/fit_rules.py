"""Fits how probable a finding of the rule verifier is, and prints how well its verdicts do on pairs it did not see.

Reads the pairs under `claims/` of the folder in `TRUTHGPT_DATASETS` (default `../shared/data` beside the repository):
fever_symmetric, fever_dev_pairs, fool_me_twice, sick, assin_pt, ocnli. Half of the claims of each set (by a hash of the
claim) fit the curves and the other half measures. Sets count alike whatever their size; as many pairs again of a claim
with the evidence of another one teach the curves what unrelated evidence is worth. Writes
`src/truthgpt/truth/fitted.json` and prints one JSON line a set.

    python scripts/fit_rules.py
"""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt.truth import confidence
from truthgpt.truth.analysis import analyse
from truthgpt.truth.checkable import stripped, uncheckable
from truthgpt.truth.entailment import NOTHING, Finding, find
from truthgpt.truth.lexing import language_of

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = Path(os.environ.get("TRUTHGPT_DATASETS", ROOT.parent / "shared" / "data")) / "claims"
LIMIT = 8_000
"""Pairs of one set that are used."""
EPOCHS, RATE = 4_000, 0.5
# The sign each coefficient must have, so that the curves stay monotone: +1, -1, or 0 for either.
SIGNS = {"supported": (0, 1, -1, 1, 1, 1), "refuted": (0, -1, 1, 1, -1, 0)}

Pair = tuple[str, str, str]
Floats = npt.NDArray[np.float64]
LABELS = {
    "SUPPORTS": "supported", "REFUTES": "refuted", "ENTAILMENT": "supported", "CONTRADICTION": "refuted",
    "NEUTRAL": "neither", "entailment": "supported", "contradiction": "refuted", "neutral": "neither",
    "Entailment": "supported", "Paraphrase": "supported", "None": "not supported", "not_entailment": "not supported",
}  # fmt: skip

KNOWN = frozenset({"supported", "refuted", "neither"})


def plain(text: str) -> str:
    """Wikipedia as FEVER tokenised it, back as people write it."""
    for mark, char in {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}.items():
        text = text.replace(mark, char)
    text = re.sub(r"\s+([.,;:!?%)\]])", r"\1", text)
    return re.sub(r"\s+('s|'|n't)\b", r"\1", re.sub(r"([(\[$])\s+", r"\1", text))


def fever_symmetric() -> Iterator[Pair]:
    with (CLAIMS / "fever_symmetric/symmetric_v0.2_fever_symmetric_dev.jsonl").open(
        encoding="utf-8"
    ) as lines:
        for row in map(json.loads, lines):
            yield plain(row["claim"]), plain(row["evidence"]), LABELS[row["label"]]


def fever_dev_pairs() -> Iterator[Pair]:
    base = CLAIMS / "fever_dev_pairs"
    columns = [
        (base / f"RTE-Fever_processed_dev.{name}").read_text(encoding="utf-8").splitlines()
        for name in ("raw.input1", "raw.input0", "label")
    ]
    seen = {claim for claim, _, _ in fever_symmetric()}
    for claim, evidence, label in zip(*columns, strict=True):
        if plain(claim) not in seen:
            yield plain(claim), plain(evidence), LABELS[label]


def fool_me_twice() -> Iterator[Pair]:
    with (CLAIMS / "fool_me_twice/dataset_dev.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["text"], " ".join(piece["text"] for piece in row["gold_evidence"]), LABELS[row["label"]]


def sick() -> Iterator[Pair]:
    for path in sorted((CLAIMS / "sick").glob("*SICK_*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            _, premise, hypothesis, _, label = line.split("\t")
            yield f"{hypothesis}.", f"{premise}.", LABELS[label]


def assin_pt() -> Iterator[Pair]:
    for path in sorted((CLAIMS / "assin_pt").glob("*.xml")):
        for pair in ElementTree.parse(path).getroot():
            yield pair.findtext("h", ""), pair.findtext("t", ""), LABELS[pair.get("entailment", "None")]


def ocnli() -> Iterator[Pair]:
    for name in ("data_ocnli_dev.json", "data_ocnli_train.10k.json"):
        with (CLAIMS / "ocnli" / name).open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["label"] in LABELS:
                    yield row["sentence2"], row["sentence1"], LABELS[row["label"]]


SETS = (fever_symmetric, fever_dev_pairs, fool_me_twice, sick, assin_pt, ocnli)


def finding_of(claim: str, evidence: str) -> Finding:
    text = stripped(claim)
    language = language_of(text, evidence)
    sentences = analyse(text, language)
    if uncheckable(text) or len(sentences) != 1 or not sentences[0].tokens:
        return NOTHING
    return find(sentences[0], analyse(evidence, language))


def fit(values: Floats, hits: Floats, weights: Floats, signs: Sequence[int]) -> Floats:
    """Weighted logistic regression by projected gradient ascent; a coefficient of the wrong sign is set to 0."""
    coefficients = np.zeros(values.shape[1])
    for _ in range(EPOCHS):
        shares = 1 / (1 + np.exp(-values @ coefficients))
        coefficients += RATE * (values.T @ (weights * (hits - shares)) - 1e-4 * coefficients)
        for index, sign in enumerate(signs):
            if sign * coefficients[index] < 0:
                coefficients[index] = 0.0
    return coefficients


def measure(name: str, labels: Sequence[str], findings: Sequence[Finding]) -> dict[str, object]:
    said = ["supported" if f.entailed else "refuted" if f.contrary else "neither" for f in findings]
    row: dict[str, object] = {"set": name, "pairs": len(labels)}
    for verdict in ("supported", "refuted"):
        hits = sum(s == verdict == label for s, label in zip(said, labels, strict=True))
        # "not supported" may be refuted or not: it tells nothing of the verdict "refuted".
        known = [s for s, label in zip(said, labels, strict=True) if verdict == "supported" or label in KNOWN]
        given, true = known.count(verdict), list(labels).count(verdict)
        if true:
            row[verdict] = {
                "said": given,
                "precision": round(hits / given, 4) if given else None,
                "recall": round(hits / true, 4),
                "balanced_accuracy": round((hits / true + 1 - (given - hits) / (len(known) - true)) / 2, 4),
            }
    return row


def main() -> None:
    train: list[tuple[Floats, str, float]] = []
    everything: tuple[list[str], list[Finding]] = ([], [])
    for source in SETS:
        pairs = sorted(source(), key=lambda pair: sha256("\t".join(pair).encode()).digest())[:LIMIT]
        halves: dict[bool, list[tuple[str, Finding]]] = {True: [], False: []}
        for claim, evidence, label in pairs:
            half = sha256(claim.encode()).digest()[0] % 2 == 0
            halves[half].append((label, finding_of(claim, evidence)))
        weight = 1 / max(1, len(halves[True])) / len(SETS)
        for (claim, _, _), (_, evidence, _) in pairwise(pairs):
            if sha256(claim.encode()).digest()[0] % 2 == 0:
                halves[True].append(("neither", finding_of(claim, evidence)))
        train.extend((np.array(confidence.features(f)), label, weight) for label, f in halves[True])
        labels, findings = [label for label, _ in halves[False]], [f for _, f in halves[False]]
        everything[0].extend(labels)
        everything[1].extend(findings)
        print(json.dumps(measure(source.__name__, labels, findings)))
    print(json.dumps(measure("all", *everything)))

    values = np.array([row for row, _, _ in train])
    weights = np.array([weight for _, _, weight in train])
    fitted: dict[str, object] = {
        "from": "scripts/fit_rules.py on halves of FEVER Symmetric dev, FEVER dev pairs, Fool Me Twice, SICK, ASSIN 1 and 2"
        " and OCNLI; each set counts alike",
    }
    for name, signs in SIGNS.items():
        known = np.array([name == "supported" or label != "not supported" for _, label, _ in train])
        hits = np.array([float(label == name) for _, label, _ in train])
        found = fit(values[known], hits[known], weights[known] / weights[known].sum(), signs)
        fitted[name] = {
            feature: round(float(w), 4) for feature, w in zip(confidence.FEATURES, found, strict=True)
        }
    confidence.FITTED.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(fitted))


if __name__ == "__main__":
    main()
