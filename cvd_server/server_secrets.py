"""The server's secret: it signs access tokens and locks the operators' keys away.

Rotation: the operation sets a new `CVD_SERVER_SECRET_KEY` and keeps the old one in
`CVD_SERVER_PREVIOUS_SECRET_KEY`. The database remembers since when the new one is in use; tokens
of the old one are accepted for one life of a token from then on, and no longer, however long it
stays set.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cvd_server.clock import from_wire, to_wire
from cvd_server.database import Database
from cvd_server.server_meta import SIGNING_KEY, read_meta, write_meta
from cvd_server.settings import Settings

_KEY_NAME = "secret_name"
_KEY_SINCE = "secret_since"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The server's secret and the one before it; never printed."""

    present: str
    previous: str | None = None
    previous_until: datetime | None = None  # tokens of the previous one are accepted so long

    def __repr__(self) -> str:
        return f"Secrets({key_name(self.present)})"


def key_name(secret: str) -> str:
    """The `kid` of tokens; tells nothing about the secret."""
    return hashlib.sha256(b"cvd token key\0" + secret.encode()).hexdigest()[:16]


def server_secrets(settings: Settings, database: Database, now: datetime) -> Secrets:
    """Those of the settings, else the random one that the database keeps. At every start."""
    with database.read() as connection:
        secrets = secrets_of(settings, connection)
        known = read_meta(connection, _KEY_NAME), read_meta(connection, _KEY_SINCE)
    name = key_name(secrets.present)
    if known[0] != name or known[1] is None:
        database.in_transaction(lambda tx: _remember(tx, name, to_wire(now)))
        since = now
    else:
        since = from_wire(known[1])
    until = since + timedelta(minutes=settings.access_minutes)
    return Secrets(secrets.present, secrets.previous, until)


def secrets_of(settings: Settings, connection: Connection) -> Secrets:
    present = settings.secret_key.get_secret_value() if settings.secret_key else None
    previous = settings.previous_secret_key
    present = present or read_meta(connection, SIGNING_KEY)
    assert present, "a migrated database has a signing key"
    return Secrets(present, previous.get_secret_value() if previous else None)


def _remember(connection: Connection, name: str, now: str) -> None:
    if read_meta(connection, _KEY_NAME) == name:
        return  # another worker was first
    write_meta(connection, _KEY_NAME, name)
    write_meta(connection, _KEY_SINCE, now)
