"""First tables: people, devices, arrivals, feed, records."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# pglz costs a quarter of the database's time in a push; not every PostgreSQL was built with lz4.
_FASTER_COMPRESSION = """
    DO $$ BEGIN
        ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported THEN NULL;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("audit_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "audit_id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_operator_id_at", "audit_log", ["operator_id", "at"])

    op.create_table(
        "blob",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("first_device_id", sa.Text()),
        sa.Column("stored_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "blob_expect",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("op_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "sha256", "op_id", name=op.f("pk_blob_expect")),
    )
    op.create_table(
        "credential",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "user_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "device",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("pubkey", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.Text()),
        sa.Column("unsent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "device_id", name=op.f("pk_device")),
    )
    op.create_table(
        "device_stream",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("incarnation_id", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_op_id", sa.Text()),
        sa.PrimaryKeyConstraint(
            "operator_id", "device_id", "incarnation_id", name=op.f("pk_device_stream")
        ),
    )
    op.create_table(
        "feed",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "scope", "kind", "id", name=op.f("pk_feed")),
        sa.UniqueConstraint(
            "operator_id", "scope", "seq", name=op.f("uq_feed_operator_id_scope_seq")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_feed_operator_id_kind_id", "feed", ["operator_id", "kind", "id"])

    op.create_table(
        "location",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("access_hours", sa.Text(), nullable=False),
        sa.Column("access_notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_location")),
    )
    op.create_table(
        "machine",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("asset_number", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("control_board", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("machine_type", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text()),
        sa.Column("location_name", sa.Text(), nullable=False),
        sa.Column("route_id", sa.Text()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("decimals", sa.BigInteger(), nullable=False),
        sa.Column("dex_profile", sa.Text(), nullable=False),
        sa.Column("cabinets", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_machine")),
    )
    op.create_index(
        "ix_machine_operator_id_asset_number", "machine", ["operator_id", "asset_number"]
    )
    op.create_index("ix_machine_operator_id_location_id", "machine", ["operator_id", "location_id"])

    op.create_table(
        "op_log",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("op_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("incarnation_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("v", sa.BigInteger(), nullable=False),
        sa.Column("grp", sa.Text()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("msg", sa.Text()),
        sa.Column("ver", sa.BigInteger()),
        sa.Column("alias_of", sa.Text()),
        sa.PrimaryKeyConstraint("operator_id", "op_id", name=op.f("pk_op_log")),
        sa.UniqueConstraint(
            "operator_id",
            "device_id",
            "incarnation_id",
            "seq",
            name=op.f("uq_op_log_operator_id_device_id_incarnation_id_seq"),
        ),
    )

    op.create_table(
        "operator",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operator")),
    )
    op.create_table(
        "planogram",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("machine_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_planogram")),
    )
    op.create_index(
        "ix_planogram_operator_id_machine_id", "planogram", ["operator_id", "machine_id"]
    )

    op.create_table(
        "product",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("case_size", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("shelf_life_days", sa.BigInteger()),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_product")),
    )
    op.create_table(
        "read",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("machine_id", sa.Text()),
        sa.Column("asset_number", sa.Text()),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("value_of_paid_vends_since_init", sa.BigInteger()),
        sa.Column("number_of_paid_vends_since_init", sa.BigInteger()),
        sa.Column("selections", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text()),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_read")),
    )
    op.create_index(
        "ix_read_operator_id_machine_id_at", "read", ["operator_id", "machine_id", "at"]
    )
    op.create_index("ix_read_operator_id_raw_sha256", "read", ["operator_id", "raw_sha256"])

    op.create_table(
        "refresh_family",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text()),
        sa.Column("ended_why", sa.Text()),
        sa.PrimaryKeyConstraint("operator_id", "family_id", name=op.f("pk_refresh_family")),
    )
    op.create_index("ix_refresh_family_family_id", "refresh_family", ["family_id"])

    op.create_table(
        "refresh_token",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("next_hash", sa.Text()),
        sa.Column("rotated_at", sa.Text()),
        sa.PrimaryKeyConstraint(
            "operator_id", "family_id", "token_hash", name=op.f("pk_refresh_token")
        ),
    )
    op.create_index("ix_refresh_token_token_hash", "refresh_token", ["token_hash"])

    op.create_table(
        "route",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("driver_id", sa.Text()),
        sa.Column("driver_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_route")),
    )
    op.create_table(
        "run",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("route_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("driver_id", sa.Text()),
        sa.Column("stops", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_operator_id_day", "run", ["operator_id", "day"])

    op.create_table(
        "scope_grant",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("from_at", sa.Text(), nullable=False),
        sa.Column("to_at", sa.Text()),
        sa.PrimaryKeyConstraint(
            "operator_id", "user_id", "scope", "from_at", name=op.f("pk_scope_grant")
        ),
    )
    op.create_table(
        "scope_head",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("sum64", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "scope", name=op.f("pk_scope_head")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "server_meta",
        sa.Column("k", sa.Text(), nullable=False),
        sa.Column("v", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("k", name=op.f("pk_server_meta")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "name", name=op.f("pk_sign_in_failure")),
    )
    op.create_table(
        "user_account",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("route_ids", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_user_account")),
    )
    op.create_index("ix_user_account_name", "user_account", ["name"])
    if op.get_bind().dialect.name == "postgresql":
        for table, column in (("blob", "body"), ("op_log", "body"), ("read", "selections")):
            op.execute(_FASTER_COMPRESSION.format(table=table, column=column))


def downgrade() -> None:
    op.drop_index("ix_user_account_name", "user_account")

    op.drop_table("user_account")
    op.drop_table("sign_in_failure")
    op.drop_table("server_meta")
    op.drop_table("scope_head")
    op.drop_table("scope_grant")
    op.drop_index("ix_run_operator_id_day", "run")

    op.drop_table("run")
    op.drop_table("route")
    op.drop_index("ix_refresh_token_token_hash", "refresh_token")

    op.drop_table("refresh_token")
    op.drop_index("ix_refresh_family_family_id", "refresh_family")

    op.drop_table("refresh_family")
    op.drop_index("ix_read_operator_id_raw_sha256", "read")
    op.drop_index("ix_read_operator_id_machine_id_at", "read")

    op.drop_table("read")
    op.drop_table("product")
    op.drop_index("ix_planogram_operator_id_machine_id", "planogram")

    op.drop_table("planogram")
    op.drop_table("operator")
    op.drop_table("op_log")
    op.drop_index("ix_machine_operator_id_location_id", "machine")
    op.drop_index("ix_machine_operator_id_asset_number", "machine")

    op.drop_table("machine")
    op.drop_table("location")
    op.drop_index("ix_feed_operator_id_kind_id", "feed")

    op.drop_table("feed")
    op.drop_table("device_stream")
    op.drop_table("device")
    op.drop_table("credential")
    op.drop_table("blob_expect")
    op.drop_table("blob")
    op.drop_index("ix_audit_log_operator_id_at", "audit_log")

    op.drop_table("audit_log")
