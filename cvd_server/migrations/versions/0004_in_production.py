"""Keys and escrow, revoked devices, attachments in chunks, bundles, snapshots, refusals."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from cvd_server.migrations.append_only import protect_audit_log, unprotect_audit_log
from cvd_server.migrations.forgotten_kinds import forget_kinds

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OF_REPLAY = (
    ("ix_op_log_set_aside", "code", "outcome = 'quarantined'"),
    ("ix_op_log_alias", "alias_of", "alias_of IS NOT NULL"),
)


def _text(name: str, *, optional: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _bytes(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _table(name: str, key: tuple[str, ...], *columns: Any) -> None:
    keys = [_text(each) for each in key if each != "head"]
    op.create_table(name, *keys, *columns, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))


def upgrade() -> None:
    op.add_column(
        "credential",
        sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("device", _text("revoked_at", optional=True))
    op.add_column("device", sa.Column("repairs", sa.BigInteger(), nullable=True))
    op.add_column("device", _text("load_anew", optional=True))
    op.create_index("ix_device_device_id", "device", ["device_id"])
    op.add_column("refresh_family", _text("device_id", optional=True))
    op.add_column("refresh_family", _text("bound_at", optional=True))
    op.create_index(
        "ix_refresh_family_operator_id_user_id", "refresh_family", ["operator_id", "user_id"]
    )
    op.drop_table("sign_in_failure")  # nobody has to wait longer than minutes: nothing is lost
    _table(
        "sign_in_failure", ("operator_id", "name", "source"), _number("failures"), _text("last_at")
    )
    protect_audit_log()
    op.add_column("op_log", _text("first_outcome", optional=True))
    op.add_column("op_log", _text("decided_at", optional=True))
    for name, column, where in _OF_REPLAY:
        op.create_index(
            name, "op_log", ["operator_id", column],
            postgresql_where=sa.text(where), sqlite_where=sa.text(where),
        )  # fmt: skip
    op.add_column("photo", _text("original_sha256", optional=True))
    for column in ("sha256", "original_sha256"):
        op.create_index(op.f(f"ix_photo_operator_id_{column}"), "photo", ["operator_id", column])
    op.create_index(
        op.f("ix_blob_expect_operator_id_device_id"), "blob_expect", ["operator_id", "device_id"]
    )
    _table(
        "operator_key", ("operator_id", "purpose"),
        _text("public"), _bytes("secret"), _text("created_at"),
    )  # fmt: skip
    _table(
        "escrow", ("operator_id", "user_id", "database_id"),
        _text("device_id"), _bytes("sealed_key"), _text("stored_at"),
    )  # fmt: skip
    _table(
        "blob_upload", ("operator_id", "upload_id"),
        _text("sha256"), _number("size"), _text("mime"), _text("device_id"), _number("received"),
        _text("leased_until"), _text("created_at"),
        sa.UniqueConstraint(
            "operator_id", "sha256", name=op.f("uq_blob_upload_operator_id_sha256")
        ),
    )  # fmt: skip
    _table(
        "bundle", ("operator_id", "bundle_id"),
        _text("device_id"), _text("received_at"), _bytes("receipt"),
    )  # fmt: skip
    _table(
        "snapshot", ("operator_id", "scope", "head"),
        _number("head"), _text("sha256"), _number("size"), _number("rows"), _text("made_at"),
    )  # fmt: skip
    _table(
        "refusal", ("operator_id", "id"),
        _number("ver"), sa.Column("removed", sa.Boolean(), nullable=False), _text("changed_at"),
        _text("type"), _text("actor_id"), _text("actor_name"), _text("occurred_at"),
        _text("received_at"), _text("machine_id", optional=True), _text("outcome"), _text("code"),
        _text("message"), _text("state"), _text("decided_at", optional=True), _text("user_id"),
    )  # fmt: skip


def downgrade() -> None:
    forget_kinds(op.get_bind(), ("refusal",))
    for name in ("refusal", "snapshot", "bundle", "blob_upload", "escrow", "operator_key"):
        op.drop_table(name)
    for name, *_ in _OF_REPLAY:
        op.drop_index(name, "op_log")
    for name in ("decided_at", "first_outcome"):
        op.drop_column("op_log", name)
    op.drop_index(op.f("ix_blob_expect_operator_id_device_id"), "blob_expect")
    for column in ("original_sha256", "sha256"):
        op.drop_index(op.f(f"ix_photo_operator_id_{column}"), "photo")
    op.drop_column("photo", "original_sha256")
    unprotect_audit_log()
    op.drop_table("sign_in_failure")
    _table("sign_in_failure", ("operator_id", "name"), _number("failures"), _text("last_at"))
    op.drop_index("ix_refresh_family_operator_id_user_id", "refresh_family")
    for name in ("bound_at", "device_id"):
        op.drop_column("refresh_family", name)
    op.drop_index("ix_device_device_id", "device")
    for name in ("load_anew", "repairs", "revoked_at"):
        op.drop_column("device", name)
    op.drop_column("credential", "must_change")
