"""The four tables that X publishes: by what each is told, and which of its columns are read."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from truthgpt.notes.files.columns import (
    ENROLLMENT_COLUMNS,
    NOTE_COLUMNS,
    NOTE_STATUS_HISTORY,
    RATING_COLUMNS,
    TAGS,
    Columns,
)


@dataclass(frozen=True)
class Form:
    """One of X's tables.

    `order` are its columns where a file does not name them; such a file has the first `widths` of them, as it is older
    or newer. A row is nothing without the `ids`, which hold ids, and `others`; of `either` it needs one set. `optional`
    are read where they are there. `numbers` and `flags` say how cells are written, `text` is the one column that people
    write freely. A file in a folder is of this form where it is `named` so, or has all columns of `told_by`.
    """

    what: str
    named: re.Pattern[str]
    told_by: Columns
    order: Columns
    widths: Collection[int]
    ids: Columns
    others: Columns = ()
    either: tuple[Columns, ...] = ()
    optional: Columns = ()
    numbers: Columns = ()
    flags: Columns = ()
    text: str = ""

    @property
    def read(self) -> Columns:
        """The columns that are read, where they are there."""
        alternatives = (name for names in self.either for name in names)
        return tuple(dict.fromkeys((*self.ids, *self.others, *alternatives, *self.optional, *self.flags)))

    def lacks(self, names: Collection[str]) -> str:
        """The column that a file with these columns lacks, `""` if it can be read."""
        for name in (*self.ids, *self.others):
            if name not in names:
                return name
        if self.either and not any(set(needed) <= set(names) for needed in self.either):
            return self.either[0][0]
        return ""


def _named(*names: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(names)})(?![a-z])", re.IGNORECASE)


RATINGS = Form(
    what="ratings",
    named=_named("ratings", "noteRatings"),
    told_by=("noteId", "raterParticipantId"),
    order=RATING_COLUMNS,
    widths=range(31, len(RATING_COLUMNS) + 1),
    ids=("noteId", "raterParticipantId"),
    # Ratings of version 1 have two boxes in place of a level.
    either=(("helpfulnessLevel",), ("helpful", "notHelpful")),
    optional=("createdAtMillis",),
    numbers=("createdAtMillis", "suggestionId"),
    flags=TAGS,
    text="suggestion",
)

NOTES = Form(
    what="notes",
    named=_named("notes"),
    told_by=("noteId", "noteAuthorParticipantId", "classification", "summary"),
    order=NOTE_COLUMNS,
    widths=range(22, len(NOTE_COLUMNS) + 1),
    ids=("noteId",),
    others=("classification",),
    optional=("noteAuthorParticipantId", "createdAtMillis"),
    numbers=("createdAtMillis", "tweetId", "isMediaNote", "isCollaborativeNote"),
    text="summary",
)

HISTORY = Form(
    what="status histories",
    named=_named("noteStatusHistory", "note_status_history", "status_?history"),
    told_by=("noteId", "firstNonNMRStatus"),
    order=NOTE_STATUS_HISTORY,
    widths=range(17, len(NOTE_STATUS_HISTORY) + 1),
    ids=("noteId",),
    others=("currentStatus",),
    optional=(
        *("noteAuthorParticipantId", "createdAtMillis", "firstNonNMRStatus", "mostRecentNonNMRStatus"),
        *("lockedStatus", "timestampMillisOfFirstNonNMRStatus", "timestampMillisOfLatestNonNMRStatus"),
        "timestampMillisOfStatusLock",
    ),
    numbers=tuple(name for name in NOTE_STATUS_HISTORY if name.startswith(("created", "timestamp"))),
)

ENROLLMENT = Form(
    what="enrollments",
    named=_named("userEnrollment", "user_enrollment", "enrollment"),
    told_by=("participantId", "enrollmentState"),
    order=ENROLLMENT_COLUMNS,
    widths=range(7, len(ENROLLMENT_COLUMNS) + 1),
    ids=("participantId",),
    optional=("modelingGroup",),
    numbers=(
        *("successfulRatingNeededToEarnIn", "timestampOfLastStateChange", "timestampOfLastEarnOut"),
        *("modelingGroup", "numberOfTimesEarnedOut"),
    ),
)

FORMS = (RATINGS, NOTES, HISTORY, ENROLLMENT)
