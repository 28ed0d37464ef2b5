"""Reliability of sources: small cases worked by hand, each model's own optimum, and what must change nothing."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truthgpt.errors import BadInputError
from truthgpt.truth.reliability import GLAD, Bridging, DawidSkene, Labels, MajorityVote, OneCoinDawidSkene
from truthgpt.truth.reliability.labels import MOST_CLASSES
from truthgpt.truth.reliability.majority import Aggregation

Row = tuple[str, str, str]
Fit = Callable[[Labels], Aggregation]

# Two items: a and b say x of the first, c says y of everything.
SMALL = [
    ("one", "a", "x"),
    ("one", "b", "x"),
    ("one", "c", "y"),
    ("two", "a", "y"),
    ("two", "b", "y"),
    ("two", "c", "y"),
]
FITS: dict[str, Fit] = {
    "majority": lambda labels: MajorityVote().fit(labels),
    "dawid-skene": lambda labels: DawidSkene().fit(labels),
    "one coin": lambda labels: OneCoinDawidSkene().fit(labels),
    "glad": lambda labels: GLAD().fit(labels),
    "bridging": lambda labels: Bridging(labels.classes[0]).fit(labels),
}
every_model = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


def crowd(
    seed: int, items: int, skills: Sequence[float], classes: str = "xyz", share: float = 0.8
) -> list[Row]:
    """Rows of workers who are right with the probabilities `skills` and err evenly; an item's name begins with its truth."""
    rng = random.Random(seed)
    rows = []
    for item in range(items):
        truth = classes[rng.randrange(len(classes))]
        for worker, skill in enumerate(skills):
            if item == 0 or rng.random() < share:  # the first item shows all workers, in their order
                wrong = rng.choice([name for name in classes if name != truth])
                rows.append((f"{truth}{item}", f"worker {worker}", truth if rng.random() < skill else wrong))
    return rows


def right(labels: Labels, fitted: Aggregation) -> float:
    """The share of a `crowd`'s items that got their label."""
    return sum(a[0] == b for a, b in zip(labels.item_names, fitted.predict(), strict=True)) / len(
        labels.item_names
    )


def polarised(majority: int, minority: int, seed: int = 0) -> list[Row]:
    """Two camps label items that one supports (A, B: 95%, and 5% of the other), both (x: 65%), or none (n: 10%)."""
    rng = random.Random(seed)
    rows = []
    for item in range(40):
        kind = "ABxn"[item % 4]
        for camp, count in (("A", majority), ("B", minority)):
            share = {"x": 0.65, "n": 0.1}.get(kind, 0.95 if kind == camp else 0.05)
            support = set(rng.sample(range(count), round(share * count)))
            rows += [(f"{kind}{item}", f"{camp} {n}", "yes" if n in support else "no") for n in range(count)]
    return rows


def test_rows_become_numbers_and_classes_are_in_the_order_of_their_names() -> None:
    labels = Labels.from_rows([("i", "v", "yes"), ("j", "w", "no"), ("i", "w", "yes")])
    assert (labels.item_names, labels.worker_names, labels.classes) == (("i", "j"), ("v", "w"), ("no", "yes"))
    assert labels.items.tolist() == [0, 1, 0]
    assert labels.workers.tolist() == [0, 1, 1]
    assert labels.labels.tolist() == [1, 0, 1]
    assert {labels.items.dtype, labels.workers.dtype, labels.labels.dtype} == {np.dtype(np.int32)}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "there are no labels"),
        ([("i", "w", "x"), ("i", "w")], r"row 1 is \('i', 'w'\)"),
        ([("i", "w", 1)], "three strings"),
        ([("i", None, "x")], "three strings"),
        ([(f"i{n}", "w", f"text {n}") for n in range(MOST_CLASSES + 1)], "pass kinds, not texts"),
    ],
)
def test_rows_that_are_no_labels_are_refused(rows: list[Row], reason: str) -> None:
    with pytest.raises(BadInputError, match=reason):
        Labels.from_rows(rows)


@pytest.mark.parametrize(
    ("items", "names", "reason"),
    [
        (np.array([0, 1], np.int64), ("i", "j"), "expected int32"),
        (np.array([0], np.int32), ("i",), "expected int32"),
        (np.array([0, 2], np.int32), ("i", "j"), "each at least once"),
        (np.array([0, -1], np.int32), ("i", "j"), "each at least once"),
        (np.array([0, 0], np.int32), ("i", "j"), "each at least once"),
        (np.array([0, 1], np.int32), ("i", "i"), "not distinct"),
    ],
)
def test_arrays_that_do_not_fit_their_names_are_refused(
    items: np.ndarray, names: tuple[str, ...], reason: str
) -> None:
    ones = np.zeros(2, np.int32)
    with pytest.raises(BadInputError, match=reason):
        Labels(items, ones, ones, names, ("w",), ("x",))


@pytest.mark.parametrize(
    "model", [DawidSkene, OneCoinDawidSkene, GLAD, lambda iterations: Bridging("x", iterations=iterations)]
)
def test_no_iterations_are_refused(model: Callable[[int], Aggregation]) -> None:
    with pytest.raises(BadInputError, match="at least 1"):
        model(0)


def test_majority_by_hand() -> None:
    fitted = MajorityVote().fit(Labels.from_rows(SMALL))
    assert fitted.probabilities_ == pytest.approx(np.array([[2 / 3, 1 / 3], [0, 1]]))
    assert fitted.predict() == ("x", "y")


def test_the_class_that_is_first_by_name_wins_a_tie_whichever_row_came_first() -> None:
    rows = [("i", "v", "true"), ("i", "w", "false")]
    for fit in (FITS["majority"], FITS["dawid-skene"], FITS["one coin"], FITS["glad"]):
        assert fit(Labels.from_rows(rows)).predict() == ("false",)
        assert fit(Labels.from_rows(rows[::-1])).predict() == ("false",)


def test_one_iteration_of_dawid_and_skene_by_hand() -> None:
    # From shares (2/3, 1/3) and (0, 1): p = (1/3, 2/3). a and b called x all that is x and 1/4 of what is y; c tells
    # nothing. First item: 1/3 against 2/3 · 1/4 · 1/4.
    fitted = DawidSkene(iterations=1).fit(Labels.from_rows(SMALL))
    assert fitted.probabilities_ == pytest.approx(np.array([[8 / 9, 1 / 9], [0, 1]]), abs=1e-9)
    # And then of what is x, 8/9 of an item, a called all x; of 1 + 1/9 that is y, 1/9, which is a tenth.
    assert fitted.priors_ == pytest.approx([4 / 9, 5 / 9])
    assert fitted.confusion_[0] == pytest.approx(np.array([[1, 0], [1 / 10, 9 / 10]]), abs=1e-9)
    assert fitted.confusion_[2] == pytest.approx(np.array([[0, 1], [0, 1]]))


def test_one_iteration_of_one_coin_by_hand() -> None:
    # a and b are right with (2/3 + 1) / 2 = 5/6, c with (1/3 + 1) / 2 = 2/3; p = (1/3, 2/3).
    # First item: 1/3 · 5/6 · 5/6 · 1/3 against 2/3 · 1/6 · 1/6 · 2/3.
    # Second item: 1/3 · 1/6 · 1/6 · 1/3 against 2/3 · 5/6 · 5/6 · 2/3.
    fitted = OneCoinDawidSkene(iterations=1).fit(Labels.from_rows(SMALL))
    expected = np.array([[25 / 29, 4 / 29], [1 / 101, 100 / 101]])
    assert fitted.probabilities_ == pytest.approx(expected)
    agreed = (25 / 29 + 100 / 101) / 2
    assert fitted.skills_ == pytest.approx([agreed, agreed, (4 / 29 + 100 / 101) / 2])


def test_one_iteration_of_glad_by_hand() -> None:
    # Every ability is 1 and every easiness e: a label counts e in the log-odds.
    fitted = GLAD(iterations=1).fit(Labels.from_rows(SMALL))
    first, second = 1 / (1 + math.exp(-math.e)), 1 / (1 + math.exp(-3 * math.e))
    assert fitted.probabilities_ == pytest.approx(np.array([[first, 1 - first], [1 - second, second]]))
    # With one label alone nothing pulls the parameters from where they are expected.
    alone = GLAD().fit(Labels.from_rows([("i", "w", "x"), ("j", "v", "y")]))
    assert alone.skills_ == pytest.approx([1, 1])
    assert alone.difficulties_ == pytest.approx([math.exp(-1)] * 2)


def naive(rows: Sequence[Row], iterations: int) -> dict[str, dict[str, float]]:
    """Dawid and Skene's model in plain products and dictionaries, from the paper's equations 2.3 to 2.5."""
    items, workers, classes = (sorted({row[at] for row in rows}) for at in range(3))
    belief = {i: dict.fromkeys(classes, 0.0) for i in items}
    for i, _, k in rows:
        belief[i][k] += 1 / sum(row[0] == i for row in rows)
    for _ in range(iterations):
        prior = {c: sum(belief[i][c] for i in items) / len(items) for c in classes}
        error = {}
        for w in workers:
            for c in classes:
                total = sum(belief[i][c] for i, v, _ in rows if v == w)
                for k in classes:
                    said = sum(belief[i][c] for i, v, label in rows if v == w and label == k)
                    error[w, c, k] = said / total
        for i in items:
            joint = {c: prior[c] * math.prod(error[w, c, k] for j, w, k in rows if j == i) for c in classes}
            belief[i] = {c: joint[c] / sum(joint.values()) for c in classes}
    return belief


def test_dawid_and_skene_is_the_paper_s_algorithm() -> None:
    rows = crowd(3, items=40, skills=[0.9, 0.7, 0.6, 0.5, 0.4], share=0.9)
    labels = Labels.from_rows(rows)
    fitted = DawidSkene(iterations=7, tolerance=-math.inf).fit(labels)
    expected = naive(rows, iterations=7)
    for item, row in zip(labels.item_names, fitted.probabilities_, strict=True):
        assert row == pytest.approx([expected[item][name] for name in labels.classes], abs=1e-7)
    assert fitted.confusion_.sum(axis=2) == pytest.approx(np.ones((5, 3)))


def test_an_em_step_never_lowers_the_likelihood() -> None:
    labels = Labels.from_rows(crowd(5, items=60, skills=[0.9, 0.8, 0.6, 0.5, 0.3, 0.3]))
    for model in (DawidSkene(60, -math.inf), OneCoinDawidSkene(60, -math.inf)):
        assert np.diff(model.fit(labels).log_likelihoods_).min() > -1e-7
    assert np.diff(GLAD(60, -math.inf).fit(labels).log_posteriors_).min() > -1e-7


def test_glad_s_parameters_are_where_the_expected_likelihood_is_flat() -> None:
    labels = Labels.from_rows(crowd(6, items=150, skills=[0.95, 0.8, 0.6, 0.4]))
    fitted = GLAD().fit(labels)
    ease = 1 / fitted.difficulties_[labels.items]
    x = fitted.skills_[labels.workers] * ease
    excess = fitted.probabilities_[labels.items, labels.labels] - 1 / (1 + np.exp(-x))
    of_skills = np.bincount(labels.workers, excess * ease) - (fitted.skills_ - 1)
    of_ease = np.bincount(labels.items, excess * x) - (-np.log(fitted.difficulties_) - 1)
    assert np.abs(of_skills).max() < 0.05
    assert np.abs(of_ease).max() < 0.05
    assert np.argsort(-fitted.skills_).tolist() == [0, 1, 2, 3]


def test_glad_calls_difficult_what_the_able_disagree_on() -> None:
    rows = [
        (f"{kind}{n}", w, w[0] if kind == "hard" else "x")
        for n in range(5)
        for kind in ("easy", "hard")
        for w in ("x1", "x2", "x3", "y1", "y2")
    ]
    labels = Labels.from_rows(rows)
    found = GLAD().fit(labels).difficulties_
    hard = np.array([name.startswith("hard") for name in labels.item_names])
    assert found[hard].min() > found[~hard].max()


def test_skills_are_found_again() -> None:
    skills = [0.95, 0.85, 0.75, 0.65, 0.55, 0.4]
    labels = Labels.from_rows(crowd(7, items=600, skills=skills))
    assert OneCoinDawidSkene().fit(labels).skills_ == pytest.approx(skills, abs=0.06)
    confusion = DawidSkene().fit(labels).confusion_
    assert np.diagonal(confusion, axis1=1, axis2=2).mean(axis=1) == pytest.approx(skills, abs=0.06)


def test_spammers_outvote_the_majority_and_not_the_models() -> None:
    rows = crowd(8, items=100, skills=[0.9] * 4, classes="ny", share=1.0)
    items = sorted({row[0] for row in rows})
    rows += [(item, f"spammer {n}", "y") for item in items for n in range(5)]
    labels = Labels.from_rows(rows)
    assert right(labels, MajorityVote().fit(labels)) < 0.6
    fitted = DawidSkene().fit(labels)
    assert right(labels, fitted) > 0.9
    # What a spammer says is no evidence of anything.
    assert fitted.confusion_[labels.worker_names.index("spammer 0")] == pytest.approx(
        np.array([[0, 1], [0, 1]])
    )


def test_who_always_says_the_opposite_is_evidence_too() -> None:
    rows = crowd(9, items=80, skills=[0.9, 0.9, 0.9, 0.02], classes="ny", share=1.0)
    labels = Labels.from_rows(rows)
    assert OneCoinDawidSkene().fit(labels).skills_[3] < 0.1
    assert GLAD().fit(labels).skills_[3] < 0
    assert right(labels, DawidSkene().fit(labels)) >= right(labels, MajorityVote().fit(labels))


@every_model
def test_the_order_of_rows_items_and_workers_changes_nothing(fit: Fit) -> None:
    rows = crowd(10, items=60, skills=[0.9, 0.8, 0.7, 0.6, 0.5])
    mixed = random.Random(1).sample(rows, len(rows))
    one, other = Labels.from_rows(rows), Labels.from_rows(mixed)
    order = [other.item_names.index(name) for name in one.item_names]
    # Bridging ends where its loss falls by less than a share, which leaves its last digits open.
    assert fit(other).probabilities_[order] == pytest.approx(fit(one).probabilities_, abs=2e-4)


@every_model
def test_names_change_nothing_but_names(fit: Fit) -> None:
    rows = crowd(11, items=60, skills=[0.9, 0.8, 0.7, 0.6, 0.5])
    renamed = [
        (f"post:{item}", f"@{worker}", {"x": "甲", "y": "乙", "z": "丙"}[label])
        for item, worker, label in rows
    ]
    one, other = Labels.from_rows(rows), Labels.from_rows(renamed)
    if fit is FITS["bridging"]:
        assert Bridging("乙").fit(other).agreement_ == pytest.approx(
            Bridging("y").fit(one).agreement_, abs=1e-9
        )
        return
    columns = [other.classes.index(name) for name in "甲乙丙"]
    assert fit(other).probabilities_[:, columns] == pytest.approx(fit(one).probabilities_, abs=1e-9)


@every_model
@pytest.mark.parametrize(
    "rows",
    [
        [("i", "w", "x")],
        [("i", f"w{n}", "xy"[n % 2]) for n in range(4)],
        [(f"i{n}", "w", "xyz"[n % 3]) for n in range(7)],
        [(f"i{n}", f"w{n}", "x") for n in range(3)],
        [("i", "w", "x"), ("i", "w", "x"), ("i", "w", "y")],
    ],
    ids=["one label", "one item", "one worker", "one class", "the same worker again"],
)
def test_the_least_input_gives_probabilities(fit: Fit, rows: list[Row]) -> None:
    labels = Labels.from_rows(rows)
    fitted = fit(labels)
    assert np.isfinite(fitted.probabilities_).all()
    assert fitted.probabilities_.sum(axis=1) == pytest.approx(np.ones(len(labels.item_names)))
    assert len(fitted.predict()) == len(labels.item_names)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz"), st.sampled_from(["yes", "no", "so"])),
        min_size=1,
        max_size=40,
    )
)
@settings(max_examples=60)
def test_any_labels_give_probabilities_and_the_same_ones_again(rows: list[Row]) -> None:
    labels = Labels.from_rows(rows)
    for fit in FITS.values():
        found = fit(labels).probabilities_
        assert ((found >= 0) & (found <= 1)).all()
        assert found.sum(axis=1) == pytest.approx(np.ones(len(labels.item_names)))
        assert np.array_equal(found, fit(labels).probabilities_)


@pytest.mark.parametrize(("majority", "minority"), [(70, 30), (75, 25), (80, 20)])
def test_bridging_puts_first_what_both_camps_support_and_the_majority_what_one_does(
    majority: int, minority: int
) -> None:
    labels = Labels.from_rows(polarised(majority, minority))
    kinds = np.array([name[0] for name in labels.item_names])
    yes = labels.classes.index("yes")
    votes = MajorityVote().fit(labels).probabilities_[:, yes]
    fitted = Bridging("yes").fit(labels)
    assert kinds[np.argmax(votes)] == "A"
    assert kinds[np.argmax(fitted.agreement_)] == "x"
    means = {kind: fitted.agreement_[kinds == kind].mean() for kind in "ABxn"}
    assert means["x"] > max(means["A"], means["B"])
    assert means["n"] == min(means.values())
    assert votes[kinds == "A"].mean() > votes[kinds == "x"].mean()


def test_bridging_tells_the_camps_apart() -> None:
    labels = Labels.from_rows(polarised(70, 30))
    fitted = Bridging("yes").fit(labels)
    first = np.array([name[0] == "A" for name in labels.worker_names])
    assert len(set(np.sign(fitted.worker_leanings_[first]))) == 1
    assert set(np.sign(fitted.worker_leanings_[first])).isdisjoint(np.sign(fitted.worker_leanings_[~first]))
    assert fitted.worker_leanings_[np.argmax(np.abs(fitted.worker_leanings_))] > 0
    sides = {
        kind: [f for n, f in zip(labels.item_names, fitted.leanings_, strict=True) if n[0] == kind]
        for kind in "ABx"
    }
    assert np.mean(sides["A"]) * np.mean(sides["B"]) < 0
    assert abs(np.mean(sides["x"])) < 0.2 * min(abs(np.mean(sides["A"])), abs(np.mean(sides["B"])))


def test_bridging_is_the_same_for_every_seed_and_refuses_a_label_that_none_gave() -> None:
    labels = Labels.from_rows(polarised(70, 30))
    fitted = Bridging("yes").fit(labels)
    assert Bridging("yes", seed=5).fit(labels).agreement_ == pytest.approx(fitted.agreement_, abs=1e-4)
    assert fitted.classes_ == ("no", "yes")
    assert Bridging("x").fit(Labels.from_rows(crowd(1, 9, [0.9, 0.9]))).classes_ == ("not x", "x")
    with pytest.raises(BadInputError, match="no label is 'maybe'"):
        Bridging("maybe").fit(labels)


@pytest.mark.filterwarnings("ignore")  # of calls that pandas deprecates
@pytest.mark.parametrize("classes", ["xy", "xyzw"])
@pytest.mark.parametrize("seed", [1, 2])
def test_results_are_those_of_crowd_kit(classes: str, seed: int) -> None:
    peers = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is not installed")
    pandas = pytest.importorskip("pandas")
    rows = crowd(seed, items=120, skills=[0.9, 0.8, 0.7, 0.6, 0.5, 0.35], classes=classes, share=0.6)
    labels = Labels.from_rows(rows)
    frame = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    for ours, theirs in (
        (DawidSkene(), peers.DawidSkene()),
        (OneCoinDawidSkene(), peers.OneCoinDawidSkene()),
    ):
        ours.fit(labels)
        theirs.fit(frame)
        expected = theirs.probas_.loc[list(labels.item_names), list(labels.classes)].to_numpy()
        assert ours.probabilities_ == pytest.approx(expected, abs=1e-6)
        assert ours.bounds_ == pytest.approx(theirs.loss_history_, abs=1e-9)
        assert ours.predict() == tuple(theirs.labels_.loc[list(labels.item_names)])
    glad = GLAD().fit(labels)
    peer = peers.GLAD().fit(frame)
    expected = peer.probas_.loc[list(labels.item_names), list(labels.classes)].to_numpy()
    assert np.abs(glad.probabilities_ - expected).mean() < 0.01


@pytest.mark.parametrize(
    ("name", "model", "accuracy"),
    [
        ("product", DawidSkene(), 0.9397),
        ("product", OneCoinDawidSkene(), 0.9084),
        ("product", GLAD(), 0.9283),
        ("face", DawidSkene(), 0.6404),
        ("duck", DawidSkene(), 0.8889),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Aggregation) else str(value),
)
def test_accuracy_on_public_labels(datasets: Path, name: str, model: Aggregation, accuracy: float) -> None:
    with (datasets / "crowd_truth" / name / "answer.csv").open(newline="") as file:
        labels = Labels.from_rows((item, worker, label) for item, worker, label in list(csv.reader(file))[1:])
    with (datasets / "crowd_truth" / name / "truth.csv").open(newline="") as file:
        truth = dict(list(csv.reader(file))[1:])
    assert isinstance(model, DawidSkene | OneCoinDawidSkene | GLAD)
    said = dict(zip(labels.item_names, model.fit(labels).predict(), strict=True))
    assert np.mean([said[item] == truth[item] for item in truth if item in said]) == pytest.approx(
        accuracy, abs=5e-4
    )
