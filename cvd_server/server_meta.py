"""Facts about this database: its epoch, the key that signs tokens, what the backups cover."""

from uuid import uuid4

from sqlalchemy import Connection, bindparam, select

from cvd_server.tables import server_meta

EPOCH = "epoch"
EPOCH_AT = "epoch_at"
"""When the first laptop came after the last restore; "" before that."""
SIGNING_KEY = "signing_key"
DURABLE_AT = "durable_at"
"""Everything received up to this time is in a verified off-site backup."""

_META = select(server_meta.c.v).where(server_meta.c.k == bindparam("key"))


def read_meta(connection: Connection, key: str) -> str | None:
    return connection.scalar(_META, {"key": key})


def read_epoch(connection: Connection) -> str:
    """The identity of this database's history. Raises LookupError before the first migration."""
    epoch = read_meta(connection, EPOCH)
    if epoch is None:
        raise LookupError("the database has no epoch: run `cvd-server migrate`")
    return epoch


def write_meta(connection: Connection, key: str, value: str) -> None:
    found = connection.execute(
        server_meta.update().where(server_meta.c.k == key).values(v=value)
    ).rowcount
    if not found:
        connection.execute(server_meta.insert().values(k=key, v=value))


def new_epoch(connection: Connection) -> str:
    """To be called at every restore: it tells the clients that the past may have changed."""
    write_meta(connection, EPOCH_AT, "")
    epoch = str(uuid4())
    write_meta(connection, EPOCH, epoch)
    return epoch
