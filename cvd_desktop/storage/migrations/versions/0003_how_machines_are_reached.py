"""How each machine is reached, every attempt to do so, and reads of practice machines."""

import json

import sqlalchemy as sa
from alembic import op

from cvd_desktop.domain.search_keys import keys_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = ("machine_write", "meter_entry", "ticket")
"""An older program kept these without keys: they were new to it."""


def upgrade() -> None:
    op.add_column(
        "read", sa.Column("practice", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    op.add_column("read", sa.Column("baud_rate", sa.Integer))
    op.create_table(
        "machine_link",
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("link", sa.Text),
        sa.Column("baud_rate", sa.Integer),
        sa.Column("at", sa.Text),
        sa.Column("security_code", sa.Integer),
        sa.Column("pass_code", sa.Integer),
    )
    op.create_table(
        "link_attempt",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("read_id", sa.Text),
        sa.Column("port", sa.Text, nullable=False),
        sa.Column("adapter", sa.Text, nullable=False),
        sa.Column("machine", sa.Text),
        sa.Column("asset_number", sa.Text),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("baud_rate", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("party", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("retries", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("heard", sa.Integer, nullable=False),
    )
    op.create_index("ix_link_attempt_at", "link_attempt", ["at"])
    _key_what_is_here()


def _key_what_is_here() -> None:
    connection = op.get_bind()
    names = ("kind", "id", "search_text", "sort_key", "body")
    row = sa.table("snapshot_row", *map(sa.column, names))
    unkeyed = sa.select(row.c.kind, row.c.id, row.c.body).where(
        row.c.kind.in_(_KINDS), row.c.sort_key == ""
    )
    for kind, row_id, body in connection.execute(unkeyed).all():
        search_text, sort_key = keys_of(kind, json.loads(body))
        connection.execute(
            sa.update(row)
            .where(row.c.kind == kind, row.c.id == row_id)
            .values(search_text=search_text, sort_key=sort_key)
        )


def downgrade() -> None:
    op.drop_index("ix_link_attempt_at", "link_attempt")
    op.drop_table("link_attempt")
    op.drop_table("machine_link")
    op.drop_column("read", "baud_rate")
    op.drop_column("read", "practice")
