"""Drafts of visits, loads and counts; keys of records that an older program did not know."""

import json

import sqlalchemy as sa
from alembic import op

from cvd_desktop.domain.search_keys import keys_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS = ("visit", "photo", "load", "truck_count", "due_rules")


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    _give_keys()


def _give_keys() -> None:
    connection = op.get_bind()
    row = sa.table(
        "snapshot_row",
        *(sa.column(name) for name in ("kind", "id", "search_text", "sort_key", "body")),
    )
    kept = connection.execute(
        sa.select(row.c.kind, row.c.id, row.c.body).where(row.c.kind.in_(_KINDS))
    ).all()
    for kind, record_id, body in kept:
        try:
            record = json.loads(body)
        except ValueError:  # found by no key, as before; nothing of it keeps the program shut
            continue
        if not isinstance(record, dict):
            continue
        search_text, sort_key = keys_of(kind, record)
        connection.execute(
            sa.update(row)
            .where(row.c.kind == kind, row.c.id == record_id)
            .values(search_text=search_text, sort_key=sort_key)
        )


def downgrade() -> None:
    op.drop_table("draft")
