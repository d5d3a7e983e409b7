"""The first tables: reads, outbox, server snapshot, cursors."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_GUARDS = (
    """
    CREATE TRIGGER outbox_body_is_kept
    BEFORE UPDATE OF lseq, op_id, type, body, body_sha, created_at ON outbox
    WHEN NEW.lseq IS NOT OLD.lseq OR NEW.op_id IS NOT OLD.op_id OR NEW.type IS NOT OLD.type
      OR NEW.body IS NOT OLD.body OR NEW.body_sha IS NOT OLD.body_sha
      OR NEW.created_at IS NOT OLD.created_at
    BEGIN SELECT RAISE(ABORT, 'what was recorded in the outbox is never rewritten'); END
    """,
    """
    CREATE TRIGGER outbox_unanswered_is_kept
    BEFORE DELETE ON outbox WHEN OLD.acked = 0
    BEGIN SELECT RAISE(ABORT, 'an unanswered record of the outbox is never deleted'); END
    """,
)


def upgrade() -> None:
    op.create_table(
        "sync_meta",
        sa.Column("k", sa.Text),
        sa.Column("v", sa.Text),
        sa.PrimaryKeyConstraint("k", name="pk_sync_meta"),
    )
    _create_outbox()
    _create_snapshot()
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mime", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("stored_at", sa.Text, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("data", sa.LargeBinary),
        sa.PrimaryKeyConstraint("sha256", name="pk_blob"),
    )
    _create_reads()


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("lseq", sa.Integer),
        sa.Column("op_id", sa.Text, nullable=False),
        sa.Column("incarnation", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("grp", sa.Text),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("body_sha", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("acked", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("outcome", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("acked_at", sa.Text),
        sa.Column("overlay", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("lseq", name="pk_outbox"),
        sa.UniqueConstraint("op_id", name="uq_outbox_op_id"),
        sa.UniqueConstraint("incarnation", "seq", name="uq_outbox_incarnation_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_waiting", "outbox", ["lseq"], sqlite_where=sa.text("acked = 0"))
    op.create_index("ix_outbox_overlay", "outbox", ["lseq"], sqlite_where=sa.text("overlay = 1"))
    for guard in _GUARDS:
        op.execute(guard)


def _create_snapshot() -> None:
    op.create_table(
        "snapshot_row",
        sa.Column("kind", sa.Text),
        sa.Column("id", sa.Text),
        sa.Column("ver", sa.Integer, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("sort_key", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_snapshot_row"),
    )
    op.create_index(
        "ix_snapshot_row_search", "snapshot_row", ["kind", "sort_key", "id", "search_text"]
    )
    op.create_table(
        "member",
        sa.Column("scope", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("id", sa.Text),
        sa.Column("ver", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("scope", "kind", "id", name="pk_member"),
    )
    op.create_index("ix_member_row", "member", ["kind", "id"])
    op.create_table(
        "cursor",
        sa.Column("scope", sa.Text),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("sum64", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("scope", name="pk_cursor"),
    )
    op.create_table(
        "pull_stage",
        sa.Column("n", sa.Integer),
        sa.Column("page", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_pull_stage"),
    )


def _create_reads() -> None:
    op.create_table(
        "read",
        sa.Column("id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("port", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("chosen_machine_id", sa.Text),
        sa.Column("chosen_asset", sa.Text),
        sa.Column("machine_id", sa.Text),
        sa.Column("asset_number", sa.Text),
        sa.Column("size", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("seconds", sa.Float, nullable=False, server_default=sa.text("0")),
        sa.Column("blocks", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("retries", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("outcome", sa.Text),
        sa.Column("verdict", sa.Text),
        sa.Column("op_id", sa.Text),
        sa.Column("trace", sa.LargeBinary),
        sa.Column("raw", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_read"),
        sa.CheckConstraint("state in ('open', 'whole', 'partial')", name=op.f("ck_read_state")),
    )
    op.create_index("ix_read_at", "read", ["at"])
    op.create_index("ix_read_machine", "read", ["machine_id", "at"])
    op.create_index("ix_read_asset", "read", ["asset_number", "at"])
    op.create_index("ix_read_unsettled", "read", ["id"], sqlite_where=sa.text("op_id is null"))
    op.create_table(
        "read_block",
        sa.Column("read_id", sa.Text),
        sa.Column("n", sa.Integer),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("read_id", "n", name="pk_read_block"),
        sa.ForeignKeyConstraint(
            ["read_id"], ["read.id"], name="fk_read_block_read_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in (
        "read_block",
        "read",
        "blob",
        "pull_stage",
        "cursor",
        "member",
        "snapshot_row",
        "outbox",
        "sync_meta",
    ):
        op.drop_table(table)
