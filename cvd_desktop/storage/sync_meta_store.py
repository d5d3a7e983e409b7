"""The few facts about this data folder that sync needs: a name and a text each."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from cvd_desktop.storage.tables import sync_meta

DATABASE_ID = "database_id"  # of this data folder; a copy of the file has the same
DEVICE = "device_id"  # given by the server
INCARNATION = "incarnation_id"  # of the stream of events, ours
EPOCH = "server_epoch"
OWNER = "owner"  # operator/user that the data folder belongs to
OWNER_SINCE = "owner_since_lseq"  # later events are the owner's
SESSION = "session"  # JSON, absent when signed out
ACCESS = "access"  # JSON: token, when to renew it
REFRESH = "refresh"  # JSON, only where there is no key store
DEVICE_SEED = "device_seed"  # of the device's key, only where there is no key store
DEVICE_PUBKEY = "device_pubkey"  # the public half that DEVICE was registered with
POLICY = "device_policy"  # wire_identity.DevicePolicy, as the server said last; absent: normal
ESCROWED = "escrowed"  # what of the key of this database the operator holds
WIPING = "wiping"  # nothing may be recorded here any more: the folder is being deleted
OPERATOR_KEYS = "operator_keys"  # JSON: wire_identity.OperatorKeysAnswer
CARRIED = "carried"  # JSON: what a person took away as a file, services/bundles.py
SKEW = "skew_ms"  # our clock minus the server's
LAST_ANSWER = "last_answer_at"
FAILURES = "failures"  # in a row
NEXT_TRY = "next_try_at"
PROBLEM = "problem"  # code of the last failure
BATCH_OPS = "batch_ops"  # events in a push, after halving
STUCK = "stuck"  # JSON: op_id, failures, code
REPAIRS = "repairs"  # scopes loaded anew because a digest did not match
STREAM_CHANGES = "stream_changes"  # how often a new stream was begun
RELOAD = "load_anew"  # JSON: scopes to ask for from the start, "*" for all


def get(connection: Connection, name: str) -> str | None:
    found = connection.execute(select(sync_meta.c.v).where(sync_meta.c.k == name)).scalar()
    return None if found is None else str(found)


def get_many(connection: Connection, *names: str) -> dict[str, str]:
    """Those of the names that are known."""
    rows = connection.execute(select(sync_meta.c.k, sync_meta.c.v).where(sync_meta.c.k.in_(names)))
    return {row.k: row.v for row in rows if row.v is not None}


def put(connection: Connection, name: str, value: str) -> None:
    statement = insert(sync_meta).values(k=name, v=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["k"], set_={"v": statement.excluded.v})
    )


def delete_many(connection: Connection, *names: str) -> None:
    connection.execute(delete(sync_meta).where(sync_meta.c.k.in_(names)))
