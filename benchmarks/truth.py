"""The verifier and the stance model on pairs that they were not trained on; one JSON line.

    python benchmarks/truth.py [--only verify,sure,edits,consistency,stance,speed] [--picture FILE.svg]

For each set of claims: balanced accuracy of supported against not, macro-F1 over three verdicts where the set knows
three, ECE of the probability of `supported`, and the same accuracy of two baselines trained on the same training part
in the same run: one that sees the claim alone, and one that sees how the words of claim and evidence overlap. Before
anything is measured, the split is checked: no test claim has a near copy among the training claims, no test evidence
is training evidence. Needs scikit-learn for the baselines.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import claim_edits
import claim_sets
import edit_kinds
from claim_sets import NearCopies, Pair
from machine import describe
from truthgpt.truth import calibration
from truthgpt.truth.calibration import Floats
from truthgpt.truth.cautious import CautiousVerifier
from truthgpt.truth.stance import stances
from truthgpt.truth.trained import TrainedVerifier
from truthgpt.truth.verifier import Judgement

PARALLEL = Path(__file__).with_name("parallel.jsonl")
BOOTSTRAPS = 1_000
EDITED, SURE = 19_000, 4_000
THREE = ("supported", "refuted", "neither")
NAMES = {
    "supported": "supported",
    "refuted": "refuted",
    "not enough evidence": "neither",
    "disputed": "neither",
}
Flags = npt.NDArray[np.bool_]


def leaks(train: Sequence[Pair], test: Sequence[Pair]) -> int:
    """Test pairs that have a near copy of their claim, or their evidence, among the training pairs."""
    claims = NearCopies([pair.claim for pair in train])
    evidence = {claim_sets.words(pair.evidence) for pair in train}
    return sum(pair.claim in claims or claim_sets.words(pair.evidence) in evidence for pair in test)


def balanced(said: Flags, right: Flags) -> float:
    """Balanced accuracy: the mean of the shares found of both classes."""
    return float((said[right].mean() + (~said)[~right].mean()) / 2)


def macro_f1(said: Sequence[str], right: Sequence[str], names: Sequence[str] = THREE) -> float:
    """The mean F1 over `names` that occur in `right`."""
    scores = []
    for name in names:
        hits = sum(s == name == r for s, r in zip(said, right, strict=True))
        of = sum(s == name for s in said) + sum(r == name for r in right)
        if name in right:
            scores.append(2 * hits / of)
    return float(np.mean(scores))


def interval(said: Flags, right: Flags) -> list[float]:
    """The 95% interval of the balanced accuracy by bootstrap."""
    dice = np.random.default_rng(0)
    found = []
    for _ in range(BOOTSTRAPS):
        drawn = dice.integers(0, len(right), len(right))
        if 0 < right[drawn].sum() < len(right):
            found.append(balanced(said[drawn], right[drawn]))
    return [round(float(value), 3) for value in np.percentile(found, (2.5, 97.5))]


def figures(pairs: Sequence[Pair], judged: Sequence[Judgement]) -> dict[str, Any]:
    right = np.array([pair.label == "supported" for pair in pairs])
    said = np.array([one.verdict == "supported" for one in judged])
    shares = np.array([one.probabilities["supported"] for one in judged])
    row: dict[str, Any] = {
        "pairs": len(pairs),
        "balanced_accuracy": round(balanced(said, right), 3),
        "interval": interval(said, right),
        "ece": round(calibration.expected_error(shares, right.astype(float)), 3),
        "brier": round(calibration.brier(shares, right.astype(float)), 3),
        "said_supported": int(said.sum()),
        "precision": round(float(right[said].mean()), 3) if said.any() else None,
    }
    known = [place for place, pair in enumerate(pairs) if pair.label in THREE]
    if len({pairs[place].label for place in known}) > 1 and len(known) == len(pairs):
        row["macro_f1"] = round(macro_f1([NAMES[judged[p].verdict] for p in known], [pairs[p].label for p in known]), 3)  # fmt: skip
    return row


def abstaining(pairs: Sequence[Pair], judged: Sequence[Judgement]) -> dict[str, float]:
    """The share of errors, supported against not, of all and of the surest 70%."""
    right = np.array([pair.label == "supported" for pair in pairs])
    shares = np.array([one.probabilities["supported"] for one in judged])
    hits = ((shares > 0.5) == right).astype(float)
    _, risks = calibration.risk_coverage(np.maximum(shares, 1 - shares), hits)
    return {
        "error": round(float(risks[-1]), 4),
        "error_at_70": round(float(risks[int(0.7 * len(risks)) - 1]), 4),
    }


def baselines(train: Sequence[Pair], tests: dict[str, list[Pair]]) -> dict[str, dict[str, float]]:
    """Balanced accuracy on each set of the claim alone, and of how words overlap, trained on the same pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), max_features=200_000, sublinear_tf=True)
    labels = np.array([pair.label == "supported" for pair in train])
    alone = LogisticRegression(max_iter=1_000, class_weight="balanced", C=3.0)
    alone.fit(words.fit_transform([pair.claim for pair in train]), labels)
    texts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), max_features=200_000, sublinear_tf=True)
    texts.fit([pair.evidence for pair in train])

    def overlap(pairs: Sequence[Pair]) -> Floats:
        a, b = texts.transform([p.claim for p in pairs]), texts.transform([p.evidence for p in pairs])
        cosine = np.asarray(a.multiply(b).sum(axis=1)).ravel()
        held = np.array([len(claim_sets.words(p.claim) & claim_sets.words(p.evidence)) / max(1, len(claim_sets.words(p.claim))) for p in pairs])  # fmt: skip
        sizes = np.array([[np.log1p(len(p.claim)), np.log1p(len(p.evidence))] for p in pairs])
        return np.column_stack([cosine, held, cosine * held, sizes])

    beside = LogisticRegression(max_iter=1_000, class_weight="balanced").fit(overlap(train), labels)
    found = {}
    for name, pairs in tests.items():
        right = np.array([pair.label == "supported" for pair in pairs])
        found[name] = {
            "claim_only": round(balanced(alone.predict(words.transform([p.claim for p in pairs])), right), 3),
            "overlap": round(balanced(beside.predict(overlap(pairs)), right), 3),
        }
    return found


def draw(pairs: Sequence[Pair], judged: Sequence[Judgement], path: Path) -> None:
    """The reliability diagram and the risk over coverage of the verdicts supported and not, of all sets together."""
    right = np.array([pair.label == "supported" for pair in pairs])
    shares = np.array([one.probabilities["supported"] for one in judged])
    hits = ((shares > 0.5) == right).astype(float)
    import pictures  # brings matplotlib

    pictures.calibration(np.maximum(shares, 1 - shares), hits, path)


def verify(verifier: TrainedVerifier, picture: Path | None) -> dict[str, Any]:
    pairs = claim_sets.pairs()
    train = [pair for pair in pairs if pair.part == "train"]
    test = [pair for pair in pairs if pair.part == "test"]
    if leaked := leaks(train, test):
        raise SystemExit(f"{leaked} test pairs leak into training")
    judged = verifier.judge_all([(pair.claim, [pair.evidence]) for pair in test])
    if picture:
        draw(test, judged, picture)
    sets = sorted({pair.source for pair in test})
    parts = {name: [place for place, pair in enumerate(test) if pair.source == name] for name in sets}
    row: dict[str, Any] = {
        name: figures([test[p] for p in places], [judged[p] for p in places])
        for name, places in parts.items()
    }
    beside = baselines(
        train, {name: [test[p] for p in places] for name, places in parts.items()} | {"pooled": test}
    )
    row["pooled"] = figures(test, judged)
    three = [place for place, pair in enumerate(test) if pair.label in THREE]
    row["pooled"]["macro_f1"] = round(
        macro_f1([NAMES[judged[p].verdict] for p in three], [test[p].label for p in three]), 3
    )
    row["pooled"]["mean_of_sets"] = round(
        float(np.mean([row[name]["balanced_accuracy"] for name in sets])), 3
    )
    row["pooled"] |= abstaining(test, judged)
    for name, figure in beside.items():
        row[name] |= figure
    return row


def sure() -> dict[str, Any]:
    """Of some test pairs, the share on which the verifier that abstains takes a side, and of those the share that is wrong."""
    test = [pair for pair in claim_sets.pairs() if pair.part == "test"]
    pairs = random.Random(0).sample(test, SURE)
    judged = CautiousVerifier().judge_all([(pair.claim, [pair.evidence]) for pair in pairs])
    row: dict[str, Any] = {"pairs": SURE}
    for verdict in ("supported", "refuted"):
        said = [
            pair.label for pair, one in zip(pairs, judged, strict=True)
            if one.verdict == verdict and (verdict == "supported" or pair.label != "not supported")
        ]  # fmt: skip
        row[verdict] = {
            "said": len(said),
            "wrong": round(sum(label != verdict for label in said) / max(1, len(said)), 3),
        }
    return row


def edits(verifier: TrainedVerifier) -> dict[str, Any]:
    """Share of edits that are not called supported, and of what follows that is, by kind, on communities kept apart."""
    pairs = [pair for pair in claim_edits.from_posts(EDITED) if pair.part == "test"]
    judged = verifier.judge_all([(pair.claim, [pair.evidence]) for pair in pairs])
    row: dict[str, Any] = {}
    for name in sorted({pair.source for pair in pairs}):
        chosen = [(pair, one) for pair, one in zip(pairs, judged, strict=True) if pair.source == name]
        hits = [(one.verdict == "supported") == (pair.label == "supported") for pair, one in chosen]
        row[name.removeprefix("edit:")] = {"pairs": len(hits), "right": round(sum(hits) / len(hits), 3)}
    return row


def stance() -> dict[str, Any]:
    """SemEval-2016 task 6 (TweetEval's split): the mean of the F1 of `favor` and `against`; and the arguments' accuracy."""
    rows = [row for row in claim_sets.stance_tweets() if row[3] == "test"]
    said = [one.side for one in stances([(target, text) for target, text, _, _ in rows])]
    right = [side for _, _, side, _ in rows]
    found: dict[str, Any] = {"tweets": len(rows), "f1": round(macro_f1(said, right, ("favor", "against")), 3)}
    for target in sorted({row[0] for row in rows}):
        chosen = [place for place, row in enumerate(rows) if row[0] == target]
        found[target] = round(macro_f1([said[p] for p in chosen], [right[p] for p in chosen], ("favor", "against")), 3)  # fmt: skip
    arguments = [row for row in claim_sets.stance_arguments() if row[3] == "test"]
    sides = [one.probabilities for one in stances([row[:2] for row in arguments])]
    hits = [
        (one["favor"] > one["against"]) == (row[2] == "favor")
        for one, row in zip(sides, arguments, strict=True)
    ]
    return found | {"arguments": len(arguments), "arguments_right": round(float(np.mean(hits)), 3)}


def consistency(verifier: TrainedVerifier) -> dict[str, Any]:
    """Share of verdicts that stay as they were: unrelated posts added, evidence in another order, the claim in other words."""
    dice = random.Random(0)
    tested = [pair for pair in claim_sets.pairs() if pair.part == "test" and pair.source in ("fever_dev_pairs", "assin_pt", "ocnli")]  # fmt: skip
    pairs = dice.sample(tested, 600)
    others = [pair.evidence for pair in dice.sample(tested, 1_200)]
    alone = verifier.judge_all([(pair.claim, [pair.evidence]) for pair in pairs])
    added = verifier.judge_all(
        [(pair.claim, [others[2 * n], pair.evidence, others[2 * n + 1]]) for n, pair in enumerate(pairs)]
    )
    turned = verifier.judge_all(
        [(pair.claim, [others[2 * n + 1], others[2 * n], pair.evidence]) for n, pair in enumerate(pairs)]
    )
    reworded = [
        (pair, claim)
        for pair in (p for p in claim_edits.from_posts(EDITED) if p.part == "test" and p.label == "supported")
        for edit in (edit_kinds.spelled, edit_kinds.moved)
        if (claim := edit(pair.claim, dice)) and claim != pair.claim
    ][:300]
    before = verifier.judge_all([(pair.claim, [pair.evidence]) for pair, _ in reworded])
    after = verifier.judge_all([(claim, [pair.evidence]) for pair, claim in reworded])

    def same(one: Sequence[Judgement], two: Sequence[Judgement]) -> float:
        return round(float(np.mean([a.verdict == b.verdict for a, b in zip(one, two, strict=True)])), 4)

    return {
        "unrelated_added": same(alone, added),
        "other_order": same(added, turned),
        "other_words": same(before, after),
        "reworded": len(reworded),
    }


def languages(verifier: TrainedVerifier) -> dict[str, Any]:
    """Claims and evidence written three times: the share that has one verdict in both languages, and is right in each."""
    lines = PARALLEL.read_text(encoding="utf-8").splitlines()
    triples = [json.loads(line) for line in lines]
    right = [one["verdict"] for one in triples]
    said = {
        language: [NAMES[one.verdict] for one in verifier.judge_all([(claim, [piece]) for claim, piece in (t[language] for t in triples)])]
        for language in ("en", "pt", "zh")
    }  # fmt: skip
    row: dict[str, Any] = {"triples": len(triples)}
    for language, verdicts in said.items():
        row[language] = round(float(np.mean([a == b for a, b in zip(verdicts, right, strict=True)])), 3)
    for one, two in (("en", "pt"), ("en", "zh"), ("pt", "zh")):
        row[f"{one}={two}"] = round(
            float(np.mean([a == b for a, b in zip(said[one], said[two], strict=True)])), 3
        )
    return row


def speed(verifier: TrainedVerifier) -> dict[str, Any]:
    """Pairs a second of all that `judge` does, of pairs of the length that posts have."""
    pairs = [pair for pair in claim_sets.pairs() if pair.part == "test" and pair.source == "fever_dev_pairs"]
    chosen = random.Random(0).sample(pairs, 512)
    verifier.judge_all([(pair.claim, [pair.evidence]) for pair in chosen[:32]])
    rates = []
    for start in range(0, 512, 128):
        began = time.perf_counter()
        verifier.judge_all([(pair.claim, [pair.evidence]) for pair in chosen[start : start + 128]])
        rates.append(128 / (time.perf_counter() - began))
    characters = float(np.mean([len(pair.claim) + len(pair.evidence) for pair in chosen]))
    return {"pairs_per_second": round(float(np.median(rates)), 1), "characters": round(characters)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="verify,sure,edits,consistency,stance,speed")
    parser.add_argument("--picture", type=Path, help="an SVG of how far the verifier's confidence holds")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    verifier = TrainedVerifier()
    row: dict[str, Any] = {"benchmark": "truth"}
    if "verify" in chosen:
        row["verify"] = verify(verifier, arguments.picture)
    if "sure" in chosen:
        row["sure"] = sure()
    if "edits" in chosen:
        row["edits"] = edits(verifier)
    if "stance" in chosen:
        row["stance"] = stance()
    if "consistency" in chosen:
        row["consistency"] = consistency(verifier) | {"languages": languages(verifier)}
    if "speed" in chosen:
        row["speed"] = speed(verifier)
    print(json.dumps(row | {"machine": describe()}))


if __name__ == "__main__":
    main()
