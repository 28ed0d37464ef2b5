"""The bounds, the tick models and the thresholds, each against what it says it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from truthgpt.errors import BadInputError
from truthgpt.notes.bounds import bounds
from truthgpt.notes.bridging import BridgingModel, Estimates
from truthgpt.notes.explanation import explain
from truthgpt.notes.logistic import careless, consensus
from truthgpt.notes.picture import Dot, picture
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.scoring import decide, score_all
from truthgpt.notes.simulator import World, simulate
from truthgpt.notes.table import NoteTable
from truthgpt.notes.thresholds import load, published

WORLD = World(raters=120, notes=150, ratings=5_000)


def test_bounds_are_what_a_fit_with_the_extreme_rating_gives() -> None:
    of = simulate(WORLD, 0).ratings
    model = BridgingModel().fit(of).fit_notes(of)
    lower, upper = bounds(model, of)
    note, theirs = 17, model.raters_.rows
    measure = (len(of) + len(of.note_ids)) / len(of.note_ids)
    # A rating by a rater that stands where the extreme one would, in a fit of all.
    found = [model.notes_.intercepts[note]]
    for value, intercept in ((1.0, theirs[:, 0].min()), (0.0, theirs[:, 0].max())):
        for factor in (theirs[:, 1].min(), 0.0, theirs[:, 1].max()):
            with_one = Ratings.of(
                [*(of.note_ids[one] for one in of.notes), of.note_ids[note]],
                [*(of.rater_ids[one] for one in of.raters), "extreme"],
                [*of.values, value],
            )
            stands = BridgingModel()
            stands.mean_ = model.mean_
            stands.raters_ = Estimates(
                (*model.raters_.ids, "extreme"), np.append(theirs[:, 0], intercept),
                np.append(theirs[:, 1], factor)[:, None], np.append(model.raters_.ratings, 1),
            )  # fmt: skip
            found.append(stands.fit_notes(with_one, ratings_a_note=measure).notes_.intercepts[note])
    assert (lower[note], upper[note]) == pytest.approx((min(found), max(found)), abs=1e-6)


@pytest.mark.parametrize("weight", [0.1, 10.0])
def test_bounds_hang_on_the_ratios_of_weights_alone(weight: float) -> None:
    of = simulate(WORLD, 0).ratings
    found = []
    for each in (1.0, weight):
        weighed = of.weighed(np.full(len(of), each))
        found.append(np.array(bounds(BridgingModel().fit(weighed).fit_notes(weighed), weighed)))
    assert found[1] == pytest.approx(found[0], abs=1e-5)


def test_careless_notes_stand_out_from_those_that_one_side_calls_so() -> None:
    dice = np.random.default_rng(0)
    leanings = np.repeat([-0.4, 0.4], 60)
    notes, raters, ticked = [], [], []
    for note in range(60):
        for rater in dice.choice(120, 40, replace=False):
            chance = 0.5 if note < 10 else (0.5 if leanings[rater] > 0 else 0.0) if note < 20 else 0.03
            notes.append(note)
            raters.append(rater)
            ticked.append(dice.random() < chance)
    found = careless(np.array(notes, np.int32), np.array(raters, np.int32), np.array(ticked), leanings, 60)
    assert found[:10].mean() > found[10:20].mean() + 0.2
    assert found[10:20].mean() > found[20:].mean()
    assert np.median(found[:10]) > np.quantile(found[20:], 0.9)


def test_a_tag_that_all_tick_is_agreed_on_and_one_that_nobody_ticks_is_nothing() -> None:
    notes, raters = (np.repeat(np.arange(40, dtype=np.int32), 30), np.tile(np.arange(30, dtype=np.int32), 40))
    ticked = notes < 4
    found = consensus(notes, raters, ticked, np.zeros(30), np.zeros(40))
    assert found[:4].min() > 1.0 > found[4:].max()
    assert not consensus(notes, raters, np.zeros(len(notes), bool), np.zeros(30), np.zeros(40)).any()


def test_abuse_that_all_see_costs_those_who_call_it_helpful_their_trust() -> None:
    simulated = simulate(World(raters=400, notes=500, ratings=20_000), 4)
    of = simulated.ratings
    abusive = np.isin(of.notes, np.argsort(simulated.quality)[:25])
    ticked = abusive & (of.values == 0)
    table = NoteTable.of(
        of.note_ids, [""] * len(of.note_ids), simulated.written, np.ones(len(of.note_ids), bool)
    )
    numbers = published()
    numbers = replace(numbers, reputation=replace(numbers.reputation, abuse=0.2))
    without = score_all(of, table, now=2**41, thresholds=numbers).models[0].standing
    ratings = Ratings.of(
        [of.note_ids[one] for one in of.notes], [of.rater_ids[one] for one in of.raters], of.values,
        times=of.times, tags={"notHelpfulSpamHarassmentOrAbuse": ticked},
    )  # fmt: skip
    found = score_all(ratings, table, now=2**41, thresholds=numbers).models[0].standing
    assert found is not None
    assert without is not None
    praised = np.unique(of.raters[abusive & (of.values == 1)])
    assert (found.penalised[praised] < found.agreement[praised]).any()
    assert found.trusted.sum() < without.trusted.sum()


def test_a_platform_s_own_thresholds_take_the_published_ones_place(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[rules]\nhelpful = 0.3\nneeded = 7\n[models]\ncore_groups = [1, 2]\n")
    found = load(own)
    assert (found.rules.helpful, found.rules.needed, found.models.core_groups) == (0.3, 7, (1, 2))
    assert found.rules.factor == published().rules.factor


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[rules]\nhelpfull = 1", "has no helpfull"),
        ("[rulez]\nhelpful = 1", "no table"),
        ("[rules]\nhelpful = '1'", "expected float"),
        ("[rules]\nneeded = 2.5", "expected int"),
        ("[models]\ncore_groups = [1, 'x']", "expected tuple"),
        ("rules = 3", "no table"),
        ("[rules]\nhelpful = nan", "expected"),
        ("[rules]\ntag_percentile = 200", "0 to 100"),
        ("[guard]\nchance = -1.0", "expected"),
        ("[guard]\nminutes = 0", "expected"),
        ("[rules", "not TOML"),
    ],
)
def test_thresholds_that_are_none_are_refused_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(BadInputError, match=reason) as refused:
        load(tmp_path / "own.toml")
    assert "\n" not in str(refused.value)


def test_every_decision_has_a_sentence_of_its_own() -> None:
    simulated = simulate(World(raters=800, notes=1_000, ratings=40_000), 3)
    of = simulated.ratings
    table = NoteTable.of(
        of.note_ids, [""] * len(of.note_ids), simulated.written, np.ones(len(of.note_ids), bool)
    )
    sentences = {one.rule: explain(one) for one in decide(of, table, now=2**41)}
    assert len(set(sentences.values())) == len(sentences)
    assert len(sentences) >= 5
    for rule, sentence in sentences.items():
        assert f"the rule {rule}" not in sentence
        assert sentence.endswith(".")
        assert "nan" not in sentence
        assert "None" not in sentence
    assert "0.40 is needed" in sentences["GeneralCRH"]


def test_a_picture_has_a_dot_a_rating_and_its_words_are_inert() -> None:
    dots = [Dot(-0.4, 1.0), Dot(0.3, 0.5), Dot(0.3, 0.0), Dot(float("nan"), 1.0)]
    drawn = picture("<script>", "a & b", dots)
    assert drawn.count("<circle") == 3
    assert "<script>" not in drawn
    assert "a &amp; b" in drawn
    assert picture("none", "nobody rated", []).count("<circle") == 0
