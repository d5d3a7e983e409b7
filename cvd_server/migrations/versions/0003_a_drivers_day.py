"""A driver's day: progress of runs, loads, counts, visits, photos; due rules, product pictures.

Reads of before have no counters, products no pick place: they get the empty ones.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from cvd_server.migrations.forgotten_kinds import forget_kinds

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = ("product_picture", "run_progress", "load", "truck_count", "visit", "photo", "due_rules")


def _text(name: str, *, optional: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _record(name: str, *columns: "sa.Column[Any]") -> None:
    op.create_table(
        name,
        _text("operator_id"),
        _text("id"),
        _number("ver"),
        sa.Column("removed", sa.Boolean(), nullable=False),
        _text("changed_at"),
        *columns,
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    op.add_column("product", sa.Column("pick_place", sa.Text(), nullable=False, server_default=""))
    op.add_column("read", _text("serial_number", optional=True))
    op.add_column("read", _text("control_board", optional=True))
    op.add_column("read", sa.Column("counters", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "bag_use",
        _text("operator_id"),
        _text("bag"),
        _text("visit_id"),
        sa.PrimaryKeyConstraint("operator_id", "bag", name=op.f("pk_bag_use")),
    )
    _record("product_picture", _text("mime"), _text("data"))
    _record("run_progress", _text("route_id"), _text("marks"), _text("orders"), _text("actor_ids"))
    for name in ("load", "truck_count"):
        _record(
            name,
            _text("route_id"),
            _text("run_id", optional=True),
            _text("at"),
            _text("actor_name"),
            _text("lines"),
            _text("note"),
        )
    _record(
        "visit",
        _text("machine_id"),
        _text("run_id", optional=True),
        _text("stop_id", optional=True),
        _text("actor_name"),
        _text("arrived_at"),
        _text("finished_at"),
        _number("seconds", optional=True),
        _text("tasks"),
        _text("read_id", optional=True),
        _text("no_read"),
        _number("planogram_version", optional=True),
        _text("lines"),
        _text("cash"),
        _text("no_collect"),
        _text("checks"),
        _text("note"),
        _text("answer"),
        _text("signature"),
        _text("photo_ids"),
        _text("amendments"),
        _text("flags"),
        _text("actor_id", optional=True),
    )
    op.create_index("ix_visit_operator_id_machine_id", "visit", ["operator_id", "machine_id"])
    _record(
        "photo",
        _text("visit_id"),
        _text("machine_id"),
        _text("at"),
        _text("actor_name"),
        _text("subject"),
        _text("caption"),
        _text("sha256"),
        _text("mime"),
        _number("size"),
        _number("width"),
        _number("height"),
    )
    op.create_index("ix_photo_operator_id_machine_id", "photo", ["operator_id", "machine_id"])
    _record(
        "due_rules",
        _text("level"),
        _text("key"),
        sa.Column("core_critical", sa.Boolean()),
        _number("sold_out_slots", optional=True),
        _number("depletion_percent", optional=True),
        _number("days", optional=True),
        _number("cash", optional=True),
        sa.Column("critical_days", sa.Float()),
        sa.Column("warning_days", sa.Float()),
    )


def downgrade() -> None:
    forget_kinds(op.get_bind(), _KINDS)
    op.drop_table("due_rules")
    op.drop_index("ix_photo_operator_id_machine_id", "photo")
    op.drop_table("photo")
    op.drop_index("ix_visit_operator_id_machine_id", "visit")
    for name in ("visit", "truck_count", "load", "run_progress", "product_picture", "bag_use"):
        op.drop_table(name)
    for table, column in (
        ("read", "counters"),
        ("read", "control_board"),
        ("read", "serial_number"),
        ("product", "pick_place"),
    ):
        op.drop_column(table, column)
