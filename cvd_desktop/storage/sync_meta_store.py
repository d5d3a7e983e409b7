"""The few facts about this data folder that sync needs: a name and a text each."""

from sqlalchemy import Connection

DATABASE_ID = "database_id"  # of this data folder; a copy of the file has the same
DEVICE = "device_id"  # given by the server
INCARNATION = "incarnation_id"  # of the stream of events, ours
EPOCH = "server_epoch"
OWNER = "owner"  # operator/user that the data folder belongs to
OWNER_SINCE = "owner_since_lseq"  # later events are the owner's; schema 4 and before wrote it
SESSION = "session"  # JSON, absent when signed out
ACCESS = "access"  # JSON: token, when to renew it
REFRESH = "refresh"  # JSON, only where there is no key store
DEVICE_SEED = "device_seed"  # of the device's key, only where there is no key store
DEVICE_PUBKEY = "device_pubkey"  # the public half that DEVICE was registered with
POLICY = "device_policy"  # wire_identity.DevicePolicy, as the server said last; absent: normal
ESCROWED = "escrowed"  # what of the key of this database the operator holds
WIPING = "wiping"  # nothing may be recorded here any more: the folder is being deleted
OPERATOR_KEYS = "operator_keys"  # JSON: wire_identity.OperatorKeysAnswer
LEFT = "left_to_office"  # JSON: op_ids of refused events that need no decision here any more
CARRIED = "carried"  # JSON: what a person took away as a file, services/bundles.py
SKEW = "skew_ms"  # our clock minus the server's
LAST_ANSWER = "last_answer_at"
FAILURES = "failures"  # in a row
NEXT_TRY = "next_try_at"
PROBLEM = "problem"  # code of the last failure
BATCH_OPS = "batch_ops"  # events in a push, after halving
STUCK = "stuck"  # JSON: op_id, failures, code
REPAIRS = "repairs"  # scopes whose digest did not match, in all
RESCANNED = "rescanned_at"  # when the digests were last counted afresh
UNCLEAN_END = "unclean_end"  # the program was killed: count them afresh
COPIED = "copied_at"  # the last copy before a scope was loaded anew
WISH_HEEDED = "wish_heeded"  # the last wish to load everything anew that was followed
DURABLE = "durable_seq"  # JSON: stream -> last event that a backup elsewhere covers
ATTACHMENTS_SEEN = "attachments_seen"  # lseq up to which events were looked at for attachments
MISSING_ASKED = "missing_asked"  # JSON: when, and in which epoch, the server was asked
ATTACHMENT_FAILURES = "attachment_failures"  # in a row
ATTACHMENT_NEXT_TRY = "attachment_next_try_at"
ATTACHMENT_PROBLEM = "attachment_problem"  # code of the last failure
METERED_ASKED = "metered_asked"  # when a person was asked about files on a metered line
STREAM_CHANGES = "stream_changes"  # how often a new stream was begun
WAITS = "waits_since"  # JSON: epoch, when it first asked to load everything anew later
RELOAD = "load_anew"  # JSON: scopes to ask for from the start, "*" for all


# As text: these run many times in every sync, and SQLAlchemy would take longer over building the
# statements than SQLite over running them.


def get(connection: Connection, name: str) -> str | None:
    found = connection.exec_driver_sql("SELECT v FROM sync_meta WHERE k = ?", (name,)).scalar()
    return None if found is None else str(found)


def get_many(connection: Connection, *names: str) -> dict[str, str]:
    """Those of the names that are known."""
    sql = f"SELECT k, v FROM sync_meta WHERE k IN ({_places(names)})"  # noqa: S608 - places only
    return {k: v for k, v in connection.exec_driver_sql(sql, names) if v is not None}


def put(connection: Connection, name: str, value: str) -> None:
    connection.exec_driver_sql(
        "INSERT INTO sync_meta (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
        (name, value),
    )


def delete_many(connection: Connection, *names: str) -> None:
    sql = f"DELETE FROM sync_meta WHERE k IN ({_places(names)})"  # noqa: S608 - places only
    connection.exec_driver_sql(sql, names)


def _places(names: tuple[str, ...]) -> str:
    return ", ".join("?" * len(names))
