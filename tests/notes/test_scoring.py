"""The whole decision: rounds, reputation, models in turn, histories; and that one side alone never gets a note shown."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from truthgpt.errors import BadInputError
from truthgpt.notes import cancelling, factorisation, thresholds
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL, History
from truthgpt.notes.explanation import explain
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.scoring import decide, score_all
from truthgpt.notes.simulator import DAY, Simulated, World, simulate
from truthgpt.notes.table import NoteTable

NOW = 1_800_000_000_000
WORLD = World(raters=800, notes=1_000, ratings=40_000)


def table(of: Ratings, written: np.ndarray | int, authors: list[str] | None = None) -> NoteTable:
    count = len(of.note_ids)
    return NoteTable.of(
        of.note_ids, authors or [""] * count, np.broadcast_to(written, count), np.ones(count, bool)
    )


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(WORLD, 3)


def test_helpful_notes_are_good_and_not_helpful_ones_bad(simulated: Simulated) -> None:
    decided = decide(simulated.ratings, table(simulated.ratings, simulated.written), now=NOW)
    quality = {
        status: [q for one, q in zip(decided, simulated.quality, strict=True) if one.status == status]
        for status in (HELPFUL, NOT_HELPFUL, NEEDS_MORE)
    }
    assert len(quality[HELPFUL]) > 80
    assert np.mean(quality[HELPFUL]) > 0.25
    assert np.mean(quality[NOT_HELPFUL]) < -0.25
    assert all(one.rule and one.margin >= 0 for one in decided)


def test_ratings_alone_are_the_first_round(simulated: Simulated) -> None:
    decided = decide(simulated.ratings, now=NOW)
    assert {one.rule for one in decided} <= {"InitialNMR", "GeneralCRH", "GeneralCRNH", "MetaInitialNMR"}
    for one in decided:
        if one.intercept is not None and one.ratings >= 5:
            assert (one.status == HELPFUL) == (one.intercept >= 0.40)
            assert one.factor is not None
            assert (one.status == NOT_HELPFUL) == (one.intercept <= -0.05 - 0.8 * abs(one.factor))


@pytest.mark.parametrize("threads", [1, 3])
def test_decisions_hang_on_neither_threads_nor_order(
    simulated: Simulated, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factorisation, "SMALL", 0)  # else one thread is all there is
    of = simulated.ratings
    order = np.random.default_rng(1).permutation(len(of))
    shuffled = Ratings.of(
        [of.note_ids[one] for one in of.notes[order]],
        [of.rater_ids[one] for one in of.raters[order]],
        of.values[order],
        times=of.times[order],
    )
    notes = table(of, simulated.written)
    assert decide(shuffled, notes, now=NOW, threads=threads) == decide(of, notes, now=NOW)


# The corners of the range in which sides can be told (see `World`).
@pytest.mark.parametrize(
    "world",
    [
        WORLD,
        replace(WORLD, lopsided=0.9),
        replace(WORLD, lopsided=0.1),
        replace(WORLD, divide=0.2),
        replace(WORLD, polar=0.3),
        replace(WORLD, divide=0.6, polar=0.9),
        replace(WORLD, spread=0.4, noise=0.3),
        replace(WORLD, tail=1.2, leniency=0.3),
    ],
)
@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("against", [0, 3])
def test_one_side_alone_never_gets_a_note_shown_however_many_vote(
    world: World, side: int, against: int
) -> None:
    simulated = simulate(world, 3)
    of, dice = simulated.ratings, np.random.default_rng(0)
    members, others = (np.flatnonzero(np.sign(simulated.ideology) == sign) for sign in (side, -side))
    notes = [of.note_ids[one] for one in of.notes]
    raters = [of.rater_ids[one] for one in of.raters]
    values, times = list(of.values), list(of.times)
    pushed = {}
    for number, votes in enumerate((5, 20, 80, len(members))):
        pushed[f"pushed{number}"] = votes
        voters = dice.choice(members, min(votes, len(members)), replace=False)
        for chosen, value in ((voters, 1.0), (dice.choice(others, against, replace=False), 0.0)):
            notes += [f"pushed{number}"] * len(chosen)
            raters += [of.rater_ids[one] for one in chosen]
            values += [value] * len(chosen)
            times += list(of.times.max() - dice.integers(0, 2 * DAY, len(chosen)))
    everything = Ratings.of(notes, raters, values, times=times)
    decided = decide(everything, table(everything, int(of.times.min())), now=NOW)
    assert not [one for one in decided if one.note_id in pushed and one.status == HELPFUL]


def test_other_names_and_people_who_rate_nothing_change_no_decision(simulated: Simulated) -> None:
    of = simulated.ratings
    expected = {one.note_id: one for one in decide(of, table(of, simulated.written), now=NOW)}
    # Sorted the other way round, and ten thousand who only read.
    notes, raters = ([f"{99_999 - int(one[1:])}" for one in ids] for ids in (of.note_ids, of.rater_ids))
    renamed = Ratings.of(
        [notes[one] for one in of.notes], [raters[one] for one in of.raters], of.values, times=of.times
    )
    silent = tuple(f"x{number:05d}" for number in range(10_000))
    renamed = replace(renamed, rater_ids=(*renamed.rater_ids, *silent))
    written = dict(zip(notes, simulated.written.tolist(), strict=True))
    decided = decide(renamed, table(renamed, np.array([written[one] for one in renamed.note_ids])), now=NOW)
    for one in decided:
        before = expected[f"n{99_999 - int(one.note_id):03d}"]
        assert (one.status, one.rule, one.ratings, one.sides) == (
            before.status,
            before.rule,
            before.ratings,
            before.sides,
        )
        assert one.margin == pytest.approx(before.margin, abs=1e-6)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_group_model_cannot_show_what_its_side_alone_likes(simulated: Simulated, side: int) -> None:
    of, dice = simulated.ratings, np.random.default_rng(0)
    groups = {one: 13 if lean < 0 else 1 for one, lean in zip(of.rater_ids, simulated.ideology, strict=True)}
    members = np.flatnonzero(np.sign(simulated.ideology) == side)
    notes, raters = [of.note_ids[one] for one in of.notes], [of.rater_ids[one] for one in of.raters]
    values, times = list(of.values), list(of.times)
    for votes in (10, 30, 100, len(members)):
        chosen = dice.choice(members, votes, replace=False)
        notes += [f"pushed{votes}"] * votes
        raters += [of.rater_ids[one] for one in chosen]
        values += [1.0] * votes
        times += list(of.times.max() - dice.integers(0, 2 * DAY, votes))
    everything = Ratings.of(notes, raters, values, times=times)
    decided = decide(everything, table(everything, int(of.times.min())), now=NOW, groups=groups)
    assert not [one for one in decided if one.note_id.startswith("pushed") and one.status == HELPFUL]


@pytest.mark.parametrize("time", [-1, 2**62])
def test_times_that_cannot_be_are_refused(time: int) -> None:
    with pytest.raises(BadInputError, match="times"):
        Ratings.of(["n"], ["r"], [1.0], times=[time])


def test_a_note_that_needs_no_context_is_not_shown_and_says_why(simulated: Simulated) -> None:
    of = simulated.ratings
    notes = NoteTable.of(
        of.note_ids, [""] * len(of.note_ids), simulated.written, np.zeros(len(of.note_ids), bool)
    )
    liked = max(decide(of, notes, now=NOW), key=lambda one: one.intercept or -1)
    assert (liked.status, liked.margin) == (NEEDS_MORE, 0)
    assert "not misleading" in explain(liked)


def test_a_status_locks_after_two_weeks_and_then_stays(simulated: Simulated) -> None:
    of = simulated.ratings
    fresh = decide(of, table(of, NOW - 13 * DAY), now=NOW)
    assert all(one.history.locked is None for one in fresh)
    old = decide(of, table(of, NOW - 15 * DAY), now=NOW)
    helpful = next(one for one in old if one.status == HELPFUL)
    assert (helpful.history.locked, helpful.history.locked_at, helpful.history.first) == (
        HELPFUL,
        NOW,
        HELPFUL,
    )
    # All ratings turned round: what is locked stays, and says so.
    turned = replace(of, values=1 - of.values)
    later = decide(
        turned, table(of, NOW - 15 * DAY), {one.note_id: one.history for one in old}, now=NOW + DAY
    )
    kept = next(one for one in later if one.note_id == helpful.note_id)
    assert (kept.status, kept.rule, kept.history.locked_at) == (HELPFUL, "ScoringDriftGuard", NOW)


def test_a_helpful_note_stays_so_a_little_below_the_threshold(simulated: Simulated) -> None:
    of = simulated.ratings
    notes = table(of, simulated.written)
    near = [one for one in decide(of, notes, now=NOW) if one.intercept is not None and 0.39 <= one.intercept < 0.40 and one.rule == "InitialNMR"]  # fmt: skip
    assert near
    before = {one.note_id: History(current=HELPFUL) for one in near}
    after = {one.note_id: one for one in decide(of, notes, before, now=NOW)}
    assert {after[one.note_id].rule for one in near} <= {"GeneralCRHInertia", "OneSided", "MinMinorityRaters"}
    assert any(after[one.note_id].status == HELPFUL for one in near)


def test_raters_whom_the_status_does_not_bear_out_are_left_out(simulated: Simulated) -> None:
    of = simulated.ratings
    contrary = np.isin(of.raters, np.arange(0, 60))
    turned = replace(of, values=np.where(contrary, 1 - of.values, of.values).astype(np.float32))
    scored = score_all(turned, table(of, simulated.written), now=NOW, guarding=False)
    standing = scored.models[0].standing
    assert standing is not None
    assert standing.trusted[60:].mean() > 0.85
    assert standing.trusted[:60].mean() < 0.1


def test_whose_own_notes_are_found_bad_is_not_trusted(simulated: Simulated) -> None:
    of = simulated.ratings
    worst = np.argsort(simulated.quality)[:30]
    authors = [""] * len(of.note_ids)
    for one in worst:
        authors[one] = of.rater_ids[0]
    scored = score_all(of, table(of, simulated.written, authors), now=NOW)
    standing = scored.models[0].standing
    assert standing is not None
    assert standing.note_mean[0] < 0
    assert not standing.trusted[0]


def test_late_ratings_do_not_earn_trust(simulated: Simulated) -> None:
    of = simulated.ratings
    late = replace(of, times=np.full(len(of), NOW - DAY))
    decided = decide(late, table(of, NOW - 10 * DAY), now=NOW)
    assert {one.status for one in decided} == {NEEDS_MORE}  # nobody is trusted


def test_without_a_known_time_nobody_is_taken_for_early_on_a_note_that_has_one(simulated: Simulated) -> None:
    untimed = replace(simulated.ratings, times=np.zeros(len(simulated.ratings), np.int64))
    assert {one.status for one in decide(untimed, table(untimed, NOW - DAY), now=NOW)} == {NEEDS_MORE}
    # Where nothing has a time, nothing is excluded.
    assert HELPFUL in {one.status for one in decide(untimed, table(untimed, 0), now=NOW)}


def test_groups_make_the_core_the_expansion_and_group_models(simulated: Simulated) -> None:
    of = simulated.ratings
    # Two thirds in core groups, the others in an expansion group.
    groups = {
        one: (13 if number % 3 == 0 else 1 if number % 3 == 1 else 4)
        for number, one in enumerate(of.rater_ids)
    }
    scored = score_all(of, table(of, simulated.written), now=NOW, groups=groups)
    assert [one.scope.name for one in scored.models][:2] == ["ExpansionModel", "CoreModel"]
    assert {one.scope.name for one in scored.models[2:]} == {"GroupModel01", "GroupModel04", "GroupModel13"}
    by = Counter(scored.decided_by)
    assert by["CoreModel"] > 500
    assert not any(one.rule.startswith("CoreModel/") for one in scored.decided)
    alone = {one.note_id: one.status for one in decide(of, table(of, simulated.written), now=NOW)}
    same = np.mean([alone[one.note_id] == one.status for one in scored.decided])
    assert same > 0.85


def test_reasons_are_asked_for_where_raters_give_them(simulated: Simulated) -> None:
    of = simulated.ratings
    helpful = of.values == 1
    ticks = {
        "helpfulClear": helpful, "helpfulGoodSources": helpful, "notHelpfulOther": of.values == 0,
        "notHelpfulOffTopic": np.zeros(len(of), bool),
    }  # fmt: skip
    decided = decide(replace(of, tags=ticks), table(of, simulated.written), now=NOW)
    kinds = Counter((one.status, one.rule) for one in decided)
    assert any(status == HELPFUL for status, _ in kinds)
    # One reason only against: no note can be found not helpful.
    assert not any(status == NOT_HELPFUL for status, _ in kinds)
    assert kinds[(NEEDS_MORE, "InsufficientExplanation")] > 0


def test_a_tag_far_above_the_usual_filters_a_helpful_note(simulated: Simulated) -> None:
    of = simulated.ratings
    notes = table(of, simulated.written)
    shown = next(one for one in decide(of, notes, now=NOW) if one.status == HELPFUL and one.ratings > 40)
    place = of.note_ids.index(shown.note_id)
    ticked = (of.notes == place) & (np.arange(len(of)) % 2 == 0)
    after = {
        one.note_id: one for one in decide(replace(of, tags={"notHelpfulOffTopic": ticked}), notes, now=NOW)
    }
    assert after[shown.note_id].rule == "TagFilter"
    unclear = {
        one.note_id: one
        for one in decide(replace(of, tags={"notHelpfulHardToUnderstand": ticked}), notes, now=NOW)
    }
    assert unclear[shown.note_id].status == HELPFUL


def test_notes_that_nobody_rated_and_no_ratings_at_all_need_more() -> None:
    notes = NoteTable.of(["a", "b"], ["x", "y"], [NOW, NOW], [True, False])
    for one in decide(Ratings.none(), notes, now=NOW):
        assert (one.status, one.rule, one.margin, one.ratings, one.intercept) == (
            NEEDS_MORE,
            "MetaInitialNMR",
            5,
            0,
            None,
        )
    assert decide(Ratings.none(), now=NOW) == []


def test_sides_are_those_of_the_raters_factors(simulated: Simulated) -> None:
    of = simulated.ratings
    for one in decide(of, table(of, simulated.written), now=NOW)[:50]:
        assert sum(side.ratings for side in one.sides) + one.unplaced.ratings == one.ratings


def test_raters_of_whom_nothing_is_known_yet_count_where_the_numbers_say_so(simulated: Simulated) -> None:
    of, published = simulated.ratings, thresholds.published()
    late = replace(of, times=np.full(len(of), NOW - DAY))
    unproven = replace(published, reputation=replace(published.reputation, unproven=True))
    decided = decide(late, table(of, NOW - 10 * DAY), now=NOW, thresholds=unproven)
    assert HELPFUL in {one.status for one in decided}


def test_a_decision_that_is_no_longer_wanted_ends_at_its_next_step(simulated: Simulated) -> None:
    unwanted = threading.Event()
    unwanted.set()
    with cancelling.until(unwanted), pytest.raises(cancelling.CancelledError):
        decide(simulated.ratings, table(simulated.ratings, simulated.written), now=NOW)
    assert decide(simulated.ratings, now=NOW)
