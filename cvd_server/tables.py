"""Every table of the server. The operator comes first in each primary key and unique constraint.

Only text, bigint, boolean, float and bytes are used, so that SQLite and PostgreSQL are the same.
Times are text in UTC (`clock.to_wire`). There are no foreign keys between replicated tables;
`self_check` proves what they would.
To add a record kind: see cvd_shared/wire_records.py. After any change here: a new file in
migrations/versions (a test compares the head with this file).
"""

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from cvd_shared.canonical import canonical_json


class JsonText(TypeDecorator[Any]):
    """A JSON document in a text column, in canonical spelling; NUL stays escaped (PostgreSQL)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        return canonical_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _some(name: str, *columns: str, where: str) -> Index:
    """An index of some rows only."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=True)


def _must(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=optional)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=False)


def _answer(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False))


def _json(name: str) -> Column[Any]:
    return Column(name, JsonText, nullable=False)


# --- the server itself, people, devices ---------------------------------------------------------

server_meta = Table(  # the one table without an operator: facts about this database
    "server_meta", metadata, _key("k"), _must("v")
)
operator = Table("operator", metadata, _key("operator_id"), _must("name"), _must("created_at"))
credential = Table(
    "credential", metadata, _key("operator_id"), _key("user_id"), _must("password_hash"),
    _must("changed_at"), _flag("must_change"),
)  # fmt: skip
operator_key = Table(  # purpose: "seal" (X25519) or "sign" (Ed25519); the secret lies encrypted
    "operator_key", metadata, _key("operator_id"), _key("purpose"), _must("public"),
    Column("secret", LargeBinary, nullable=False), _must("created_at"),
)  # fmt: skip
escrow = Table(  # keys of local databases, sealed to the operator
    "escrow", metadata, _key("operator_id"), _key("user_id"), _key("database_id"),
    _must("device_id"), Column("sealed_key", LargeBinary, nullable=False), _must("stored_at"),
)  # fmt: skip
sign_in_failure = Table(  # operator "" for names that nobody has, so that both look the same;
    # source "" counts a name over all sources, name "" a source over all names
    "sign_in_failure", metadata, _key("operator_id"), _key("name"), _key("source"),
    _number("failures"), _must("last_at"),
)  # fmt: skip
refresh_family = Table(
    "refresh_family", metadata, _key("operator_id"), _key("family_id"), _must("user_id"),
    _must("created_at"), _must("used_at"), _text("ended_at"), _text("ended_why"),
    _text("device_id"), _text("bound_at"),  # bound: only this device's key refreshes it
    Index("ix_refresh_family_family_id", "family_id"),
    Index("ix_refresh_family_operator_id_user_id", "operator_id", "user_id"),
)  # fmt: skip
refresh_token = Table(
    "refresh_token", metadata, _key("operator_id"), _key("family_id"), _key("token_hash"),
    _must("created_at"), _text("next_hash"), _text("rotated_at"),
    Index("ix_refresh_token_token_hash", "token_hash"),
)  # fmt: skip
scope_grant = Table(  # history is kept: facts are judged by the time of their capture
    "scope_grant", metadata, _key("operator_id"), _key("user_id"), _key("scope"), _key("from_at"),
    _text("to_at"),
)  # fmt: skip
device = Table(
    "device", metadata, _key("operator_id"), _key("device_id"), _must("user_id"), _must("name"),
    _must("platform"), _must("app_version"), _text("pubkey"), _must("status"), _must("policy"),
    _must("registered_at"), _text("last_seen_at"), _number("unsent"), _text("revoked_at"),
    _number("repairs", optional=True),  # scopes that it had to repair; each is an incident
    _text("load_anew"),  # an administrator's wish, by its name
    Index("ix_device_device_id", "device_id"),
)  # fmt: skip
audit_log = Table(  # append-only: triggers of the migrations refuse anything else
    "audit_log", metadata, _key("operator_id"), _key("audit_id"), _must("at"), _text("actor_id"),
    _must("action"), _json("detail"),
    Index("ix_audit_log_operator_id_at", "operator_id", "at"),
)  # fmt: skip

# --- what arrived -------------------------------------------------------------------------------

device_stream = Table(
    "device_stream", metadata, _key("operator_id"), _key("device_id"), _key("incarnation_id"),
    _number("last_seq"), _text("last_op_id"),
)  # fmt: skip
op_log = Table(  # an alias row has a new op_id of its own and names the first arrival
    "op_log", metadata, _key("operator_id"), _key("op_id"), _must("device_id"),
    _must("incarnation_id"), _number("seq"), _must("type"), _number("v"), _text("grp"),
    _must("actor"), _must("user_id"), _must("occurred_at"), _must("received_at"),
    Column("body", LargeBinary, nullable=False), _must("outcome"), _text("code"), _text("msg"),
    _number("ver", optional=True), _text("alias_of"),
    _text("first_outcome"), _text("decided_at"),  # of one that was set aside and played again
    UniqueConstraint("operator_id", "device_id", "incarnation_id", "seq"),
    _some("ix_op_log_set_aside", "operator_id", "code", where="outcome = 'quarantined'"),
    _some("ix_op_log_alias", "operator_id", "alias_of", where="alias_of IS NOT NULL"),
)  # fmt: skip  # the indexes of `replay`: of the few among all that ever came
blob = Table(
    "blob", metadata, _key("operator_id"), _key("sha256"), _number("size"), _must("mime"),
    _must("state"), Column("body", LargeBinary), _text("first_device_id"), _must("stored_at"),
)  # fmt: skip  # body NULL: the bytes lie in the attachment store, under their name
blob_upload = Table(  # `received` bytes are safe in the attachment store
    "blob_upload", metadata, _key("operator_id"), _key("upload_id"), _must("sha256"),
    _number("size"), _must("mime"), _must("device_id"), _number("received"),
    _must("leased_until"), _must("created_at"),
    UniqueConstraint("operator_id", "sha256"),
)  # fmt: skip
blob_expect = Table(
    "blob_expect", metadata, _key("operator_id"), _key("sha256"), _key("op_id"),
    _must("device_id"), _must("since"),
    Index("ix_blob_expect_operator_id_device_id", "operator_id", "device_id"),
)  # fmt: skip
bag_use = Table(  # visit "": a push asked, and nobody used it yet
    "bag_use", metadata, _key("operator_id"), _key("bag"), _must("visit_id"),
)  # fmt: skip

bundle = Table(  # carried by hand; a second arrival gets the same receipt
    "bundle", metadata, _key("operator_id"), _key("bundle_id"), _must("device_id"),
    _must("received_at"), Column("receipt", LargeBinary, nullable=False),
)  # fmt: skip

# --- the change feed ----------------------------------------------------------------------------

scope_head = Table(
    "scope_head", metadata, _key("operator_id"), _key("scope"), _number("head"), _number("n"),
    _number("sum64"), _number("floor"), postgresql_with={"fillfactor": "50"},
)  # fmt: skip
feed = Table(  # one row per (scope, record): an update moves the row to a new seq
    "feed", metadata, _key("operator_id"), _key("scope"), _key("kind"), _key("id"),
    _number("seq"), _must("op"), _number("ver"), _must("at"),
    UniqueConstraint("operator_id", "scope", "seq"),
    Index("ix_feed_operator_id_kind_id", "operator_id", "kind", "id"),
    postgresql_with={"fillfactor": "80"},
)  # fmt: skip

snapshot = Table(  # ready-made files of a scope; the bytes lie in the attachment store
    "snapshot", metadata, _key("operator_id"), _key("scope"), _number("head"), _must("sha256"),
    _number("size"), _number("rows"), _must("made_at"),
)  # fmt: skip

# --- records: the columns are the fields of cvd_shared/wire_records.py -------------------------


def _record(name: str, *rest: Column[Any] | Index) -> Table:
    """A replicated table; `removed` rows stay as history and can come back."""
    return Table(
        name, metadata, _key("operator_id"), _key("id"), _number("ver"), _flag("removed"),
        _must("changed_at"), *rest,
    )  # fmt: skip


location = _record(
    "location", _must("name"), _must("address"), Column("latitude", Float),
    Column("longitude", Float), _must("contact"), _must("access_hours"), _must("access_notes"),
)  # fmt: skip
route = _record("route", _must("name"), _must("number"), _text("driver_id"), _must("driver_name"))
machine = _record(
    "machine", _must("asset_number"), _must("serial_number"), _must("control_board"),
    _must("make"), _must("model"), _must("machine_type"), _text("location_id"),
    _must("location_name"), _text("route_id"), _must("currency"), _number("decimals"),
    _must("dex_profile"), _json("cabinets"), _must("note"),
    Index("ix_machine_operator_id_asset_number", "operator_id", "asset_number"),
    Index("ix_machine_operator_id_location_id", "operator_id", "location_id"),
)  # fmt: skip
product = _record(
    "product", _must("sku"), _must("name"), _must("category"), _must("barcode"),
    _number("case_size"), _number("price"), _must("currency"),
    _number("shelf_life_days", optional=True), _must("pick_place"),
)  # fmt: skip
product_picture = _record("product_picture", _must("mime"), _must("data"))
planogram = _record(
    "planogram", _must("machine_id"), _number("version"), _must("valid_from"), _json("slots"),
    Index("ix_planogram_operator_id_machine_id", "operator_id", "machine_id"),
)  # fmt: skip
run = _record(
    "run", _must("route_id"), _must("day"), _text("driver_id"), _json("stops"),
    Index("ix_run_operator_id_day", "operator_id", "day"),
)  # fmt: skip
read = _record(
    "read", _text("machine_id"), _text("asset_number"), _must("at"), _must("actor_name"),
    _must("purpose"), _must("link"), _flag("complete"), _number("size"), _must("raw_sha256"),
    _json("verdict"), _number("value_of_paid_vends_since_init", optional=True),
    _number("number_of_paid_vends_since_init", optional=True), _json("selections"),
    _text("serial_number"), _text("control_board"), _json("counters"),
    _text("actor_id"),  # not on the wire: whose read it is while it has no machine
    Index("ix_read_operator_id_machine_id_at", "operator_id", "machine_id", "at"),
    Index("ix_read_operator_id_raw_sha256", "operator_id", "raw_sha256"),
)  # fmt: skip
machine_write = _record(
    "machine_write", _text("machine_id"), _text("asset_number"), _must("at"), _must("actor_name"),
    _must("link"), _must("adapter"), _json("changes"), _json("answer"), _text("before_read_id"),
    _text("proof_read_id"),
    _text("actor_id"),  # not on the wire: whose write it is while it has no machine
    Index("ix_machine_write_operator_id_machine_id_at", "operator_id", "machine_id", "at"),
)  # fmt: skip
ticket = _record(
    "ticket", _must("machine_id"), _must("fault"), _must("urgency"), _must("state"),
    _json("event_codes"), _must("note"), _must("opened_at"), _must("opened_by"),
    _text("assignee_id"), _must("assignee_name"), _json("work"),
    Index("ix_ticket_operator_id_machine_id", "operator_id", "machine_id"),
)  # fmt: skip
meter_entry = _record(
    "meter_entry", _must("machine_id"), _must("at"), _must("actor_name"), _must("kind"),
    _number("vends", optional=True), _number("value", optional=True),
    _number("cash_box", optional=True), _json("selections"), _must("note"),
    Index("ix_meter_entry_operator_id_machine_id_at", "operator_id", "machine_id", "at"),
)  # fmt: skip
run_progress = _record(
    "run_progress", _must("route_id"), _json("marks"), _json("orders"),
    _json("actor_ids"),  # not on the wire: whose marks they are while nobody knows the run
)  # fmt: skip
load = _record(
    "load", _must("route_id"), _text("run_id"), _must("at"), _must("actor_name"), _json("lines"),
    _must("note"),
)  # fmt: skip
truck_count = _record(
    "truck_count", _must("route_id"), _text("run_id"), _must("at"), _must("actor_name"),
    _json("lines"), _must("note"),
)  # fmt: skip
visit = _record(
    "visit", _must("machine_id"), _text("run_id"), _text("stop_id"), _must("actor_name"),
    _must("arrived_at"), _must("finished_at"), _number("seconds", optional=True), _json("tasks"),
    _text("read_id"), _must("no_read"), _number("planogram_version", optional=True),
    _json("lines"), _json("cash"), _must("no_collect"), _json("checks"), _must("note"),
    _must("answer"), _json("signature"), _json("photo_ids"), _json("amendments"), _json("flags"),
    _text("actor_id"),  # not on the wire: who may amend it wherever the machine is
    Index("ix_visit_operator_id_machine_id", "operator_id", "machine_id"),
)  # fmt: skip
photo = _record(
    "photo", _must("visit_id"), _must("machine_id"), _must("at"), _must("actor_name"),
    _must("subject"), _must("caption"), _must("sha256"), _must("mime"), _number("size"),
    _number("width"), _number("height"), _text("original_sha256"),
    Index("ix_photo_operator_id_machine_id", "operator_id", "machine_id"),
    Index("ix_photo_operator_id_sha256", "operator_id", "sha256"),
    Index("ix_photo_operator_id_original_sha256", "operator_id", "original_sha256"),
)  # fmt: skip
refusal = _record(
    "refusal", _must("type"), _must("actor_id"), _must("actor_name"), _must("occurred_at"),
    _must("received_at"), _text("machine_id"), _must("outcome"), _must("code"), _must("message"),
    _must("state"), _text("decided_at"),
    _must("user_id"),  # not on the wire: whose device brought it
)  # fmt: skip
due_rules = _record(
    "due_rules", _must("level"), _must("key"), _answer("core_critical"),
    _number("sold_out_slots", optional=True), _number("depletion_percent", optional=True),
    _number("days", optional=True), _number("cash", optional=True),
    Column("critical_days", Float), Column("warning_days", Float),
)  # fmt: skip
user_account = _record(
    "user_account", _must("name"), _must("full_name"), _must("role"), _json("route_ids"),
    _flag("active"),  # not on the wire
    Index("ix_user_account_name", "name"),  # names are unique over all operators: people.py
)  # fmt: skip
