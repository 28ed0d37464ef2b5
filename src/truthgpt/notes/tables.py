"""Where notes stand in the database; the migrations in `truthgpt.database` make these tables.

A note without a text was taken back by its author: its ratings are kept and count for nothing. `known_by` is the SHA-256
that a person is found by. `changes` counts what could change a status; `scoring` says up to which of these changes the
statuses are scored, and who holds the lease to score them anew. Both have one row.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

METADATA = MetaData()
SIDES = ("a", "b", "unplaced")
"""Raters with a negative factor, with a positive one, and with none."""
COUNTS = ("helpful", "somewhat_helpful", "not_helpful")

people = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("known_by", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

notes = Table(
    "notes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("post_id", Text, nullable=False),
    Column("author", Text, ForeignKey("people.id"), nullable=False),
    Column("classification", Text, nullable=False),
    Column("text", Text),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint(
        "classification IN ('MISINFORMED_OR_POTENTIALLY_MISLEADING', 'NOT_MISLEADING')",
        name="notes_classification",
    ),
)
live = notes.c.text.is_not(None)
"""What holds for notes that were not taken back."""
Index(
    "notes_one_a_post", notes.c.author, notes.c.post_id, unique=True, sqlite_where=live, postgresql_where=live
)
Index("notes_of_post", notes.c.post_id)
Index("notes_latest", notes.c.created_at, notes.c.id)

ratings = Table(
    "ratings",
    METADATA,
    Column("note_id", Text, ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True),
    Column("rater", Text, ForeignKey("people.id"), primary_key=True),
    Column("level", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("level IN ('HELPFUL', 'SOMEWHAT_HELPFUL', 'NOT_HELPFUL')", name="ratings_level"),
)

statuses = Table(
    "statuses",
    METADATA,
    Column("note_id", Text, ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("margin", Double, nullable=False),
    *(Column(name, Double) for name in ("intercept", "factor", "lower", "upper")),
    Column("ratings", BigInteger, nullable=False),
    *(Column(f"{side}_{count}", BigInteger, nullable=False) for side in SIDES for count in COUNTS),
    Column("current", Text),
    Column("first", Text),
    Column("first_at", BigInteger),
    Column("latest", Text),
    Column("latest_at", BigInteger),
    Column("locked", Text),
    Column("locked_at", BigInteger),
    CheckConstraint(
        "status IN ('CURRENTLY_RATED_HELPFUL', 'CURRENTLY_RATED_NOT_HELPFUL', 'NEEDS_MORE_RATINGS')",
        name="statuses_status",
    ),
)
Index("statuses_of_status", statuses.c.status)

changes = Table(
    "changes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("wanted", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="changes_one_row"),
)

scoring = Table(
    "scoring",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("done", BigInteger, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="scoring_one_row"),
)
