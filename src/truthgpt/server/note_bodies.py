"""Notes and ratings as JSON: what is taken, what is told, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema

from truthgpt.notes import decision
from truthgpt.notes.decision import Decided
from truthgpt.notes.stored import Classification, Found, Level, Person, StoredNote, StoredRating
from truthgpt.notes.tags import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from truthgpt.notes.told import told, undecided
from truthgpt.notes.words import LONGEST_TEXT
from truthgpt.server.fields import well_formed
from truthgpt.server.identity import Identities
from truthgpt.server.services import NoteShelf

ID_LIMIT = 400
"""Characters that the id of a post with notes may have."""

PostId = Annotated[str, Field(min_length=1, max_length=ID_LIMIT), AfterValidator(well_formed)]


class WriteRequest(BaseModel):
    """A note to write. Its text is one line or more that is not blank, without control characters."""

    post_id: PostId
    classification: Classification
    text: Annotated[
        str, Field(min_length=1, max_length=LONGEST_TEXT, pattern=r"\S"), AfterValidator(well_formed)
    ]


def _only(tags: Sequence[str]) -> AfterValidator:
    def check(tag: str) -> str:
        if tag not in tags:
            raise ValueError("is no tag of such a rating; /docs lists them")
        return tag

    return AfterValidator(check)


def _listed(tags: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(tags)})


_ALL_TAGS = (*HELPFUL_TAGS, *NOT_HELPFUL_TAGS)
_MOST = Field(max_length=len(_ALL_TAGS))
HelpfulTag = Annotated[str, _only(HELPFUL_TAGS), _listed(HELPFUL_TAGS)]
NotHelpfulTag = Annotated[str, _only(NOT_HELPFUL_TAGS), _listed(NOT_HELPFUL_TAGS)]
AnyTag = Annotated[str, _only(_ALL_TAGS), _listed(_ALL_TAGS)]


class HelpfulRating(BaseModel):
    level: Literal["HELPFUL"]
    tags: Annotated[list[HelpfulTag], _MOST] = []


class SomewhatHelpfulRating(BaseModel):
    level: Literal["SOMEWHAT_HELPFUL"]
    tags: Annotated[list[AnyTag], _MOST] = []


class NotHelpfulRating(BaseModel):
    level: Literal["NOT_HELPFUL"]
    tags: Annotated[list[NotHelpfulTag], _MOST] = []


RateRequest = Annotated[
    HelpfulRating | SomewhatHelpfulRating | NotHelpfulRating, Field(discriminator="level")
]
"""A rating; the tags that it may carry follow from its level."""


class IdentityBody(BaseModel):
    """A new identity: `id` is public, `secret` is told here and never again."""

    id: str
    secret: str


class RatingBody(BaseModel):
    level: Level
    tags: list[str]


class CountsBody(BaseModel):
    """How many rated a note in which way."""

    helpful: int
    somewhat_helpful: int
    not_helpful: int


class SideBody(CountsBody):
    """The same of the raters on one side of the divide."""

    side: Literal["a", "b"]


class NoteBody(BaseModel):
    """A note. `status` follows from `rule`, `margin` away from its threshold; `intercept` is what all would say of it, `factor`
    the side it is on, null where too few rated it. `sides`, and `unplaced` raters whose side is not known, are zero below 5
    ratings. `own` and `rating` are those of who asks."""

    id: str
    post_id: str
    author: str
    classification: Classification
    text: str
    created_at: datetime
    status: decision.Status
    rule: str
    margin: float
    intercept: float | None
    factor: float | None
    ratings: int
    sides: Annotated[list[SideBody], Field(min_length=2, max_length=2)]
    unplaced: CountsBody
    explanation: str
    own: bool
    rating: RatingBody | None


class NotesBody(BaseModel):
    """`next` is the `cursor` that asks for the notes after these, null where there are none."""

    notes: list[NoteBody]
    next: str | None


class NoteTeller:
    """Tells notes to who asks; without a shelf there are none."""

    def __init__(self, shelf: NoteShelf | None, identities: Identities) -> None:
        self._shelf = shelf
        self._identities = identities

    def tell(self, found: Sequence[Found], reader: Person | None) -> list[dict[str, Any]]:
        """Bodies of `NoteBody`, in the order given."""
        if self._shelf is None or not found:
            return []
        rated = self._shelf.ratings_of(reader.id, [note.id for note, _ in found]) if reader else {}
        counts = self._shelf.counts([note.id for note, decided in found if decided is None])
        return [
            _body(note, decided or undecided(note.id, counts.get(note.id, 0)), rated.get(note.id), reader)
            for note, decided in found
        ]

    def helpful(self, request: Request, post_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The notes that stand with posts, by post; a post without one is left out."""
        if self._shelf is None:
            return {}
        standing = [
            (note, decided)
            for found in self._shelf.of_posts(post_ids).values()
            for note, decided in found
            if decided is not None and decided.status == decision.HELPFUL
        ]
        if not standing:
            return {}
        by_post: dict[str, list[dict[str, Any]]] = {}
        for body in self.tell(standing, self._identities.reader(request)):
            by_post.setdefault(body["post_id"], []).append(body)
        return by_post


def _body(
    note: StoredNote, decided: Decided, rating: StoredRating | None, reader: Person | None
) -> dict[str, Any]:
    return told(note, decided) | {
        "own": reader is not None and reader.id == note.author,
        "rating": {"level": rating.level, "tags": rating.tags} if rating else None,
    }
