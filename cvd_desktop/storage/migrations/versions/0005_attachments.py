"""Attachments: whether the server has the bytes that events name; pictures that were fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("op_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("stored_at", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("tried_at", sa.Text),
        sa.CheckConstraint(
            "kind in ('report', 'photo', 'signature', 'original', 'file')",
            name=op.f("ck_attachment_kind"),
        ),
        sa.CheckConstraint(
            "state in ('new', 'waiting', 'stored', 'lost')", name=op.f("ck_attachment_state")
        ),
    )
    op.create_index("ix_attachment_state", "attachment", ["state"])
    op.create_table(
        "fetched",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("used_at", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("fetched")
    op.drop_table("attachment")
