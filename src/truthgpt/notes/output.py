"""What a scoring writes: a table of notes and one of raters for people, and the same in the columns of X's own files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truthgpt.errors import BadInputError
from truthgpt.notes.decision import Decided, History
from truthgpt.notes.explanation import explain
from truthgpt.notes.files import (
    HELPFULNESS_SCORES,
    NOTE_STATUS_HISTORY,
    SCORED_NOTES,
    with_columns,
    write_tsv,
)
from truthgpt.notes.files.write import Column
from truthgpt.notes.models import Scored
from truthgpt.notes.rules import RULES, State
from truthgpt.notes.scoring import CORE, EXPANSION, Scoring
from truthgpt.notes.table import NoteTable
from truthgpt.notes.thresholds import Thresholds

Floats = npt.NDArray[np.float64]

NOTES, RATERS = "notes.tsv", "raters.tsv"
_PUBLIC = ("scoredNotes.tsv", "helpfulnessScores.tsv", "noteStatusHistory.tsv")
_ALL = (NOTES, RATERS, *_PUBLIC)
_VERSION = "v1.0"
_LABELS = {
    State.NEEDS_MORE: "NEEDS_MORE_RATINGS",
    State.HELPFUL: "CURRENTLY_RATED_HELPFUL",
    State.NOT_HELPFUL: "CURRENTLY_RATED_NOT_HELPFUL",
    State.FIRM_REJECT: "FIRM_REJECT",
    State.NEEDS_HELP: "NEEDS_YOUR_HELP",
}


def write(folder: Path, scoring: Scoring, thresholds: Thresholds, table: NoteTable | None) -> list[str]:
    """Writes all tables into `folder`; their names. They are written aside and moved there together, and tables of an earlier
    scoring that this one has not are taken away. Raises `BadInputError` where `folder` is a file, `MissingError` where it cannot be
    written to."""
    notes = note_columns(scoring.decided, thresholds)
    tables: dict[str, dict[str, Column]] = {NOTES: notes, RATERS: rater_columns(scoring)}
    if table is not None:
        known = table.aligned(scoring.ratings.note_ids)
        made = (_scored_notes(scoring, known), _helpfulness_scores(scoring), _histories(scoring, known))
        tables |= zip(_PUBLIC, made, strict=True)
    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"{folder} is a file; give a folder")
    aside = folder / ".scoring"
    try:
        for name, columns in tables.items():
            write_tsv(aside / name, columns)
        for name in tables:
            (aside / name).replace(folder / name)
        for name in set(_ALL) - set(tables):
            (folder / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return list(tables)


def note_columns(decided: Sequence[Decided], thresholds: Thresholds) -> dict[str, Column]:
    """A row a note: what was decided, by which rule and margin, and who finds it helpful; side `a` has the negative factors."""
    sides = {
        f"{name}{level}": [getattr(one.sides[place], field) for one in decided]
        for place, name in enumerate("ab")
        for level, field in (("Helpful", "helpful"), ("SomewhatHelpful", "somewhat_helpful"), ("NotHelpful", "not_helpful"))
    }  # fmt: skip
    return {
        "noteId": [one.note_id for one in decided],
        "intercept": [one.intercept for one in decided],
        "factor": [one.factor for one in decided],
        "status": [one.status for one in decided],
        "rule": [one.rule for one in decided],
        "margin": [one.margin for one in decided],
        "lower": [one.lower for one in decided],
        "upper": [one.upper for one in decided],
        "ratings": [one.ratings for one in decided],
        **sides,
        "explanation": [explain(one, thresholds.rules) for one in decided],
    }


def rater_columns(scoring: Scoring) -> dict[str, Column]:
    """A row a rater: intercept and factor in the core model, how often the status bore them out, whom they act together with."""
    ids = scoring.ratings.rater_ids
    model = _named(scoring.models, CORE) or (scoring.models[0] if scoring.models else None)
    nothing = np.full(len(ids), np.nan)
    standing = model.standing if model else None
    group = scoring.guarded.group if scoring.guarded is not None else np.full(len(ids), -1)
    return {
        "raterParticipantId": ids,
        "intercept": model.rater_intercepts if model else nothing,
        "factor": model.rater_factors if model else nothing,
        "ratings": scoring.ratings.per_rater(),
        "agreement": standing.agreement if standing else nothing,
        "trusted": standing.trusted if standing else (None,) * len(ids),
        "group": [None if one < 0 else int(one) for one in group.tolist()],
    }


def _named(models: Sequence[Scored], name: str) -> Scored | None:
    return next((one for one in models if one.scope.name == name), None)


def _scored_notes(scoring: Scoring, table: NoteTable) -> dict[str, Column]:
    decided = scoring.decided
    have: dict[str, Column] = {
        "noteId": [one.note_id for one in decided],
        "finalRatingStatus": [one.status for one in decided],
        "decidedBy": [f"{name} ({_VERSION})" for name in scoring.decided_by],
        "metaScorerActiveRules": [f"{name} ({_VERSION})" for name in scoring.decided_by],
        "classification": np.where(
            table.misleading, "MISINFORMED_OR_POTENTIALLY_MISLEADING", "NOT_MISLEADING"
        ),
        "createdAtMillis": table.created_at,
        "numRatings": [one.ratings for one in decided],
    }
    for prefix, name in (("core", CORE), ("expansion", EXPANSION)):
        model = _named(scoring.models, name)
        if model is None:
            continue
        have |= {
            f"{prefix}NoteIntercept": _said(model, model.facts.intercept),
            f"{prefix}NoteFactor1": _said(model, model.facts.factor),
            f"{prefix}NoteInterceptMin": _said(model, model.lower),
            f"{prefix}NoteInterceptMax": _said(model, model.facts.upper),
            f"{prefix}RatingStatus": [
                _LABELS[State(int(state))] if speaks else None
                for state, speaks in zip(model.ruled.state, model.speaks, strict=True)
            ],
            f"{prefix}ActiveRules": _active(model),
        }
    return with_columns(SCORED_NOTES, have)


def _said(model: Scored, values: Floats) -> Floats:
    return np.where(model.speaks, values, np.nan)


def _active(model: Scored) -> list[str | None]:
    names = np.array([f"{rule.name} ({_VERSION})" for rule in RULES])
    return [
        ",".join(names[held]) if speaks else None
        for held, speaks in zip(model.ruled.held.T, model.speaks, strict=True)
    ]


def _helpfulness_scores(scoring: Scoring) -> dict[str, Column]:
    have: dict[str, Column] = {"raterParticipantId": scoring.ratings.rater_ids}
    for prefix, name in (("core", CORE), ("expansion", EXPANSION)):
        if model := _named(scoring.models, name):
            first = model.first.raters_.of(scoring.ratings.rater_ids)
            have |= {
                f"{prefix}RaterIntercept": model.rater_intercepts,
                f"{prefix}RaterFactor1": model.rater_factors,
            }
            if name == CORE:
                have |= {
                    "coreFirstRoundRaterIntercept": first[:, 0],
                    "coreFirstRoundRaterFactor1": first[:, 1],
                }
                if stood := model.standing:
                    have |= {
                        "crhCrnhRatioDifference": stood.balance,
                        "meanNoteScore": stood.note_mean,
                        "raterAgreeRatio": stood.agreement,
                        "aboveHelpfulnessThreshold": stood.trusted,
                    }
    return with_columns(HELPFULNESS_SCORES, have)


def _histories(scoring: Scoring, table: NoteTable) -> dict[str, Column]:
    histories: list[History] = [one.history for one in scoring.decided]
    have: dict[str, Column] = {
        "noteId": [one.note_id for one in scoring.decided],
        "noteAuthorParticipantId": table.authors,
        "createdAtMillis": table.created_at,
        "currentStatus": [one.current for one in histories],
        "firstNonNMRStatus": [one.first for one in histories],
        "timestampMillisOfFirstNonNMRStatus": [one.first_at for one in histories],
        "mostRecentNonNMRStatus": [one.latest for one in histories],
        "timestampMillisOfLatestNonNMRStatus": [one.latest_at for one in histories],
        "lockedStatus": [one.locked for one in histories],
        "timestampMillisOfStatusLock": [one.locked_at for one in histories],
        "currentDecidedBy": [f"{name} ({_VERSION})" for name in scoring.decided_by],
    }
    return with_columns(NOTE_STATUS_HISTORY, have)
