"""People, notes, ratings, the statuses of notes and the runs that decide them. `truthgpt.notes.tables` says what stands where."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_STATUS = "('CURRENTLY_RATED_HELPFUL', 'CURRENTLY_RATED_NOT_HELPFUL', 'NEEDS_MORE_RATINGS')"
_CLASSIFICATION = "('MISINFORMED_OR_POTENTIALLY_MISLEADING', 'NOT_MISLEADING')"
_LEVEL = "('HELPFUL', 'SOMEWHAT_HELPFUL', 'NOT_HELPFUL')"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("known_by", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("post_id", sa.Text, nullable=False),
        sa.Column("author", sa.Text, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("classification", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint(f"classification IN {_CLASSIFICATION}", name="notes_classification"),
    )
    live = sa.text("text IS NOT NULL")
    op.create_index(
        "notes_one_a_post",
        "notes",
        ["author", "post_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index("notes_of_post", "notes", ["post_id"])
    op.create_index("notes_latest", "notes", ["created_at", "id"])
    op.create_table(
        "ratings",
        sa.Column("note_id", sa.Text, sa.ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("rater", sa.Text, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint(f"level IN {_LEVEL}", name="ratings_level"),
    )
    op.create_table(
        "statuses",
        sa.Column("note_id", sa.Text, sa.ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("margin", sa.Double, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("intercept", "factor", "lower", "upper")),
        sa.Column("ratings", sa.BigInteger, nullable=False),
        *(
            sa.Column(f"{side}_{level}", sa.BigInteger, nullable=False)
            for side in ("a", "b", "unplaced")
            for level in ("helpful", "somewhat_helpful", "not_helpful")
        ),
        sa.Column("current", sa.Text),
        sa.Column("first", sa.Text),
        sa.Column("first_at", sa.BigInteger),
        sa.Column("latest", sa.Text),
        sa.Column("latest_at", sa.BigInteger),
        sa.Column("locked", sa.Text),
        sa.Column("locked_at", sa.BigInteger),
        sa.CheckConstraint(f"status IN {_STATUS}", name="statuses_status"),
    )
    op.create_index("statuses_of_status", "statuses", ["status"])
    one_row = "id = 1"
    changes = op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.CheckConstraint(one_row, name="changes_one_row"),
    )
    scoring = op.create_table(
        "scoring",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.CheckConstraint(one_row, name="scoring_one_row"),
    )
    op.bulk_insert(changes, [{"id": 1, "wanted": 0}])
    op.bulk_insert(scoring, [{"id": 1, "done": 0, "token": 0, "holder": "", "lease_until": 0}])
