"""The tables of the local database. `sync_meta`, `outbox`, `blob` only ever gain columns.

To change a table: 1. here; 2. a migration in migrations/versions with the next number; 3. `HEAD`
in schema_version.py. A test compares the migrated database with these tables.
Moments are UTC ISO 8601 texts (domain/clock.py), money is integer minor units.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

sync_meta = Table(
    "sync_meta",
    metadata,
    Column("k", Text, primary_key=True),
    Column("v", Text),
)

outbox = Table(
    "outbox",
    metadata,
    Column("lseq", Integer, primary_key=True),  # local order, never used twice
    Column("op_id", Text, nullable=False),
    Column("incarnation", Text, nullable=False),
    Column("seq", Integer, nullable=False),  # dense within an incarnation
    Column("grp", Text),
    Column("type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of canonical JSON, never rewritten
    Column("body_sha", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("acked", Integer, nullable=False, server_default=text("0")),
    Column("outcome", Text),
    Column("code", Text),
    Column("detail", Text),
    Column("acked_at", Text),
    Column("overlay", Integer, nullable=False, server_default=text("1")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("op_id"),
    UniqueConstraint("incarnation", "seq"),
    Index("ix_outbox_waiting", "lseq", sqlite_where=text("acked = 0")),
    Index("ix_outbox_overlay", "lseq", sqlite_where=text("overlay = 1")),
    sqlite_autoincrement=True,
)

# What must hold whoever writes: SQLite itself refuses, so that no bug of ours can lose a record.
OUTBOX_GUARDS = (
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

snapshot_row = Table(
    "snapshot_row",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("ver", Integer, nullable=False),
    Column("search_text", Text, nullable=False, server_default=text("''")),  # case-folded
    Column("sort_key", Text, nullable=False, server_default=text("''")),
    Column("body", LargeBinary, nullable=False),  # canonical JSON, exactly what the server sent
    # Covers a search as one types: the scan never touches a body.
    Index("ix_snapshot_row_search", "kind", "sort_key", "id", "search_text"),
)

member = Table(
    "member",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("ver", Integer, nullable=False),
    Index("ix_member_row", "kind", "id"),
)

cursor = Table(
    "cursor",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("n", Integer, nullable=False, server_default=text("0")),
    Column("sum64", Integer, nullable=False, server_default=text("0")),
)

pull_stage = Table(
    "pull_stage",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("page", LargeBinary, nullable=False),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", Text, primary_key=True),  # lower-case hexadecimal
    Column("size", Integer, nullable=False),
    Column("mime", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stored_at", Text, nullable=False),
    Column("path", Text),  # relative to the data folder, when not in `data`
    Column("data", LargeBinary),
)

attachment = Table(
    "attachment",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("op_id", Text, nullable=False),  # the first event that names it
    Column("kind", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Text, nullable=False),  # of the event
    Column("state", Text, nullable=False),
    Column("stored_at", Text),  # when the server said that it has it
    Column("problem", Text),  # why it is not sent, when it is not the line
    Column("tried_at", Text),
    CheckConstraint("kind in ('report', 'photo', 'signature', 'original', 'file')", name="kind"),
    CheckConstraint("state in ('new', 'waiting', 'stored', 'lost')", name="state"),
    Index("ix_attachment_state", "state"),
)
"""What events that the server has taken name: whether it has the bytes too."""

fetched = Table(
    "fetched",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("used_at", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Pictures of colleagues that were looked at: a cache, nothing is lost with it."""

read = Table(
    "read",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", Text, nullable=False),  # start of the read
    Column("port", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("chosen_machine_id", Text),  # the machine that the person chose
    Column("chosen_asset", Text),
    Column("machine_id", Text),  # the machine that the report was recognised as
    Column("asset_number", Text),  # as the report says (ID106), else as chosen
    Column("size", Integer, nullable=False, server_default=text("0")),  # bytes of raw
    Column("seconds", Float, nullable=False, server_default=text("0")),
    Column("blocks", Integer, nullable=False, server_default=text("0")),
    Column("retries", Integer, nullable=False, server_default=text("0")),
    Column("outcome", Text),  # JSON: what the link said at its end
    Column("verdict", Text),  # JSON: five answers
    Column("op_id", Text),  # the event in the outbox
    Column("trace", LargeBinary),  # zlib of link/byte_trace.py
    Column("raw", LargeBinary),  # the report exactly as received
    Column("source", Text),  # the file that it was imported from
    Column("content_sha256", Text),  # of what the report says: cvd_shared/dex/report_digest.py
    Column("practice", Integer, nullable=False, server_default=text("0")),  # never in the outbox
    Column("baud_rate", Integer),  # of the line at the end
    CheckConstraint("state in ('open', 'whole', 'partial')", name="state"),
    Index("ix_read_at", "at"),
    Index("ix_read_machine", "machine_id", "at"),
    Index("ix_read_asset", "asset_number", "at"),
    Index("ix_read_content", "content_sha256"),
    Index("ix_read_unsettled", "id", sqlite_where=text("op_id is null")),
)

read_block = Table(
    "read_block",
    metadata,
    Column("read_id", Text, ForeignKey("read.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True),  # 0, 1, 2 ... without a gap
    Column("last", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("trace", LargeBinary, nullable=False),  # link/byte_trace.py, since the block before
)

machine_link = Table(
    "machine_link",
    metadata,
    Column("machine", Text, primary_key=True),  # storage/link_store.py: machine_key
    Column("link", Text),  # how it answered the last time; None: never did
    Column("baud_rate", Integer),  # at which it was found: the start speed of DDCMP
    Column("at", Text),
    Column("security_code", Integer),  # of DDCMP, 0 to 65535; this file is encrypted
    Column("pass_code", Integer),
)

link_attempt = Table(
    "link_attempt",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("read_id", Text),  # None when nothing of a report came
    Column("port", Text, nullable=False),
    Column("adapter", Text, nullable=False),  # name and serial number; "" for an unknown one
    Column("machine", Text),  # machine_key of the machine chosen or recognised
    Column("asset_number", Text),
    Column("link", Text, nullable=False),
    Column("baud_rate", Integer, nullable=False),
    Column("number", Integer, nullable=False),  # 1 for the first try of a read
    Column("failure", Text),  # a FailureCode; None: it went well
    Column("party", Text),
    Column("why", Text),
    Column("seconds", Float, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the report
    Column("heard", Integer, nullable=False),  # bytes of any kind
    Index("ix_link_attempt_at", "at"),
)
"""Every try to read a machine, the failed ones too: what tells a bad cable from a bad machine."""

draft = Table(
    "draft",
    metadata,
    Column("kind", Text, primary_key=True),  # storage/draft_store.py
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
)
