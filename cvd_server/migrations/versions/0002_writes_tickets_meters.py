"""Writes to machines, tickets, and meters that a person read."""

import sqlalchemy as sa
from alembic import op

from cvd_server.migrations.forgotten_kinds import forget_kinds

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str, *, optional: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger())


def _record(name: str, *columns: "sa.Column[str] | sa.Column[int]") -> None:
    op.create_table(
        name,
        _text("operator_id"),
        _text("id"),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        _text("changed_at"),
        *columns,
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    _record(
        "machine_write",
        _text("machine_id", optional=True),
        _text("asset_number", optional=True),
        _text("at"),
        _text("actor_name"),
        _text("link"),
        _text("adapter"),
        _text("changes"),
        _text("answer"),
        _text("before_read_id", optional=True),
        _text("proof_read_id", optional=True),
        _text("actor_id", optional=True),
    )
    op.create_index(
        "ix_machine_write_operator_id_machine_id_at",
        "machine_write",
        ["operator_id", "machine_id", "at"],
    )
    _record(
        "ticket",
        _text("machine_id"),
        _text("fault"),
        _text("urgency"),
        _text("state"),
        _text("event_codes"),
        _text("note"),
        _text("opened_at"),
        _text("opened_by"),
        _text("assignee_id", optional=True),
        _text("assignee_name"),
        _text("work"),
    )
    op.create_index("ix_ticket_operator_id_machine_id", "ticket", ["operator_id", "machine_id"])
    _record(
        "meter_entry",
        _text("machine_id"),
        _text("at"),
        _text("actor_name"),
        _text("kind"),
        _number("vends"),
        _number("value"),
        _number("cash_box"),
        _text("selections"),
        _text("note"),
    )
    op.create_index(
        "ix_meter_entry_operator_id_machine_id_at",
        "meter_entry",
        ["operator_id", "machine_id", "at"],
    )


def downgrade() -> None:
    forget_kinds(op.get_bind(), ("machine_write", "ticket", "meter_entry"))
    op.drop_index("ix_meter_entry_operator_id_machine_id_at", "meter_entry")
    op.drop_table("meter_entry")
    op.drop_index("ix_ticket_operator_id_machine_id", "ticket")
    op.drop_table("ticket")
    op.drop_index("ix_machine_write_operator_id_machine_id_at", "machine_write")
    op.drop_table("machine_write")
