"""The whole decision: ratings, notes and what they were before in; a status for each note out, with its rule and margin.

    decided = decide(ratings, table, histories, now=now)

Models speak in turn (`models`): the expansion model, then the core model, which overrules it, then group models, which may
only call helpful what the others leave open and do not reject. A locked status stays; a status without reasons falls.
Without groups of raters there is one model, the core model over all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.notes.cancelling import check
from truthgpt.notes.counts import Sides
from truthgpt.notes.decision import HELPFUL, NEEDS_MORE, NOT_HELPFUL, Decided, History, Status
from truthgpt.notes.guard import Guarded, guard
from truthgpt.notes.models import NO_GROUP, Groups, Scope, Scored, score
from truthgpt.notes.ratings import Ratings
from truthgpt.notes.rules import RULES, State
from truthgpt.notes.table import NoteTable, aligned_histories
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from truthgpt.notes.thresholds import Thresholds, published

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CORE, EXPANSION = "CoreModel", "ExpansionModel"
LOCKED, UNEXPLAINED, SILENT = "ScoringDriftGuard", "InsufficientExplanation", "MetaInitialNMR"
_DAY = 86_400_000
_OFTEN = 1_000
"""Notes after which it is asked whether the work is still wanted."""
_STATUS: dict[State, Status] = {State.HELPFUL: HELPFUL, State.NOT_HELPFUL: NOT_HELPFUL}
_STATE = {HELPFUL: State.HELPFUL, NOT_HELPFUL: State.NOT_HELPFUL, NEEDS_MORE: State.NEEDS_MORE}


@dataclass(frozen=True, eq=False)
class Scoring:
    """All that came of it: decisions in the order of `ids`, the models that spoke, and who decided what.

    `decided_by` names the model, or `ScoringDriftGuard`, `InsufficientExplanation`, `MetaInitialNMR`, of each note. `guarded`
    says who acted together; None where nobody looked.
    """

    decided: list[Decided]
    models: tuple[Scored, ...]
    ratings: Ratings
    decided_by: list[str]
    guarded: Guarded | None


def decide(
    ratings: Ratings,
    notes: NoteTable | None = None,
    histories: Mapping[str, History] | None = None,
    *,
    now: int,
    groups: Mapping[str, int | None] | None = None,
    thresholds: Thresholds | None = None,
    threads: int | None = None,
) -> list[Decided]:
    """The status of each note that is rated or stands in `notes`; see `score_all`."""
    return score_all(
        ratings, notes, histories, now=now, groups=groups, thresholds=thresholds, threads=threads
    ).decided


def score_all(
    ratings: Ratings,
    notes: NoteTable | None = None,
    histories: Mapping[str, History] | None = None,
    *,
    now: int,
    groups: Mapping[str, int | None] | None = None,
    thresholds: Thresholds | None = None,
    guarding: bool = True,
    threads: int | None = None,
) -> Scoring:
    """Scores everything at `now` (milliseconds since 1970).

    With ratings alone (`notes` is None) this is the first round and its statuses. `groups` gives raters' modelling groups,
    None for a rater of none; without it the core model reads everybody. With `guarding` raters who act together have one
    vote (`guard`). Deterministic, for any number of threads.
    """
    numbers = thresholds or published()
    if notes is not None:
        ratings = _with_notes(ratings, notes.ids)
    guarded = guard(ratings, numbers.guard) if guarding else None
    if guarded is not None and guarded.groups:
        weights = guarded.weights if ratings.weights is None else guarded.weights * ratings.weights
        ratings = replace(ratings, weights=weights, echoes=guarded.echoes)
    table = None if notes is None else notes.aligned(ratings.note_ids)
    before = aligned_histories(histories or {}, ratings.note_ids)
    of = None if groups is None else np.array(
        [NO_GROUP if (group := groups.get(one)) is None else group for one in ratings.rater_ids], np.int64
    )  # fmt: skip
    spoken = [
        found
        for scope in _scopes(of, numbers)
        if (found := score(scope, ratings, table, before, numbers, groups=of, threads=threads))
    ]
    state, by = _combined(spoken, len(ratings.note_ids), numbers)
    locked = np.array([one.locked is not None for one in before], np.bool_)
    overruled = np.array(
        [
            one.locked is not None and _STATE[one.locked] != _final(said)
            for one, said in zip(before, state, strict=True)
        ],
        np.bool_,
    )
    state[locked] = [_STATE[one.locked] for one in before if one.locked is not None]
    votes = ratings.votes()
    unexplained = _unexplained(votes, state, numbers)
    state[unexplained] = State.NEEDS_MORE
    sides = Sides.of(votes, _rater_factors(spoken, len(ratings.rater_ids)))
    counts = votes.per_note()
    decided, names = [], []
    for note, note_id in enumerate(ratings.note_ids):
        if note % _OFTEN == 0:
            check()
        model = spoken[by[note]] if by[note] >= 0 else None
        rule, margin = _rule(
            model, note, overruled[note], unexplained[note], numbers.rules.needed, int(counts[note])
        )
        name = (
            UNEXPLAINED
            if unexplained[note]
            else LOCKED
            if overruled[note]
            else model.scope.name
            if model
            else SILENT
        )
        status = _STATUS.get(State(int(state[note])), NEEDS_MORE)
        negative, positive, unplaced = sides.row(note)
        facts = model.facts if model else None
        decided.append(
            Decided(
                note_id=note_id,
                status=status,
                rule=rule,
                margin=margin,
                intercept=_number(facts.intercept[note]) if facts else None,
                factor=_number(facts.factor[note]) if facts else None,
                lower=_number(model.lower[note]) if model else None,
                upper=_number(facts.upper[note]) if facts else None,
                ratings=int(counts[note]),
                sides=(negative, positive),
                unplaced=unplaced,
                history=_continued(
                    before[note], status, now, int(table.created_at[note]) if table else 0,
                    numbers.history.lock_days, lockable=name not in (SILENT, LOCKED),
                ),
            )
        )  # fmt: skip
        names.append(name)
    return Scoring(decided, tuple(spoken), ratings, names, guarded)


def _with_notes(ratings: Ratings, ids: Sequence[str]) -> Ratings:
    """The same ratings over these notes too, which may have none."""
    missing = set(ids).difference(ratings.note_ids)
    if not missing:
        return ratings
    everything = tuple(sorted({*ratings.note_ids, *missing}))
    places = {one: place for place, one in enumerate(everything)}
    moved = np.array([places[one] for one in ratings.note_ids], np.int32)
    return replace(
        ratings, note_ids=everything, notes=moved[ratings.notes] if len(ratings) else ratings.notes
    )


def _scopes(groups: Groups | None, numbers: Thresholds) -> list[Scope]:
    """The models in the order in which they speak."""
    if groups is None:
        return [Scope(CORE)]
    models = numbers.models
    core = frozenset(models.core_groups)
    wide = core | frozenset(models.expansion_groups)
    present = sorted(set(groups.tolist()) - {NO_GROUP})
    if present and min(present) < 0:
        raise BadInputError(f"{min(present)} is no modelling group; they are numbered from 0")
    return [
        Scope(EXPANSION, wide, capture=models.capture, upper_bound=False),
        Scope(CORE, core, capture=models.capture),
        *(
            Scope(f"GroupModel{group:02d}", frozenset({group}), unassigned=False, capture=models.group_capture, upper_bound=False)
            for group in present
            if group in wide
        ),
    ]  # fmt: skip


def _combined(
    spoken: Sequence[Scored], count: int, numbers: Thresholds
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]:
    """The state of each note and the place of the model that gave it (-1: none did)."""
    state, by = np.zeros(count, np.int8), np.full(count, -1)
    core = next((one for one in spoken if one.scope.name == CORE), None)
    wide = next((one for one in spoken if one.scope.name == EXPANSION), None)
    for place, model in enumerate(spoken):
        says, theirs = model.speaks.copy(), model.ruled.state
        if model is not core and model is not wide:
            says &= (
                (theirs == State.HELPFUL) & (state == State.NEEDS_MORE) & _open(core, wide, count, numbers)
            )
        state[says], by[says] = theirs[says], place
    return state, by


def _open(core: Scored | None, wide: Scored | None, count: int, numbers: Thresholds) -> Flags:
    """Notes that a group model may call helpful (notes,): the core model, or where it says nothing the expansion model, puts
    them between `group_safeguard` and `helpful`, does not reject them, and has clear raters of both sides for them."""
    found = np.zeros(count, np.bool_)
    for model in (wide, core):
        if model is None:
            continue
        score, state = model.facts.intercept, model.ruled.state
        with np.errstate(invalid="ignore"):
            near = (score > numbers.models.group_safeguard) & (score < numbers.rules.helpful)
        allowed = near & ~np.isin(state, (State.FIRM_REJECT, State.NOT_HELPFUL))
        allowed &= model.facts.clear.minority >= numbers.rules.minority
        found = np.where(model.speaks, allowed, found)
    return found


def _unexplained(ratings: Ratings, state: npt.NDArray[np.int8], numbers: Thresholds) -> Flags:
    """Notes with a status whose ratings do not say why; none where raters seldom give reasons."""
    none = np.zeros(len(state), np.bool_)
    ticked = np.zeros(len(ratings), np.bool_)
    for column in ratings.tags.values():
        ticked |= column
    if not len(ratings) or ticked.mean() < numbers.tags.share:
        return none
    for reached, tags in ((State.HELPFUL, HELPFUL_TAGS), (State.NOT_HELPFUL, NOT_HELPFUL_TAGS)):
        reasons = np.zeros(len(state), np.int64)
        for tag in tags:
            ticks = np.bincount(ratings.notes, weights=ratings.ticked(tag), minlength=len(state))
            reasons += ticks >= numbers.tags.ratings
        none |= (state == reached) & (reasons < numbers.tags.needed)
    return none


def _rater_factors(spoken: Sequence[Scored], raters: int) -> Floats:
    """Each rater's factor in the core model, else in the first that knows them; signs are as in the core model."""
    found = np.full(raters, np.nan)
    for model in sorted(spoken, key=lambda one: one.scope.name != CORE):
        theirs = model.rater_factors
        both = ~np.isnan(found) & ~np.isnan(theirs)
        sign = -1.0 if both.any() and float(found[both] @ theirs[both]) < 0 else 1.0
        found = np.where(np.isnan(found), sign * theirs, found)
    return found


def _rule(
    model: Scored | None, note: int, overruled: bool, unexplained: bool, needed: int, ratings: int
) -> tuple[str, float]:
    """What decided, and by what margin: 0 where it was no number."""
    if unexplained or overruled:
        return (UNEXPLAINED if unexplained else LOCKED), 0.0
    if model is None:
        return SILENT, float(max(0, needed - ratings))
    rule = RULES[int(model.ruled.rule[note])].name
    name = rule if model.scope.name == CORE else f"{model.scope.name}/{rule}"
    return name, float(model.ruled.margin[note])


def _final(state: int) -> State:
    return State.NEEDS_MORE if state in (State.FIRM_REJECT, State.NEEDS_HELP) else State(int(state))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _continued(
    before: History, status: Status, now: int, created: int, lock_days: float, *, lockable: bool
) -> History:
    """What the note's history becomes: a status that is old enough and was decided by a model locks (`note_status_history.py`)."""
    after = replace(before, current=status)
    if status != NEEDS_MORE:
        if after.first is None:
            after = replace(after, first=status, first_at=now)
        if after.latest != status:
            after = replace(after, latest=status, latest_at=now)
    if after.locked is None and lockable and created and now - created > lock_days * _DAY:
        after = replace(after, locked=status, locked_at=now)
    return after
