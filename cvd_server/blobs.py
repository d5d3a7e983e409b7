"""Raw reports and other bytes, named by their SHA-256: stored, expected, completed later."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.attachment_store import AttachmentMissing, AttachmentStore, attachment_key
from cvd_server.blob_claims import expected_of, unproved
from cvd_server.change_feed import ChangeFeed, Key
from cvd_server.database import among, chunks, insert_many
from cvd_server.handler_parts import Situation
from cvd_server.records import KINDS
from cvd_shared.wire import Op
from cvd_shared.wire_records import ReadRecord

REPORT_BYTES = 2 * 1024 * 1024  # what is larger is kept and not read: it is no report
_NAME = re.compile("[0-9a-f]{64}")


def blobs_of(op: Op) -> set[str]:
    """The blobs that an event names, also one whose type is not known here: the report of a read,
    the picture of a photo, that of a signature."""
    return blobs_named_in(op.blobs, op.payload)


def blobs_named_in(blobs: object, payload: object) -> set[str]:
    """As `blobs_of`, of an event that was not understood."""
    told = payload if isinstance(payload, dict) else {}
    signature = told.get("signature")
    signed = signature.get("sha256") if isinstance(signature, dict) else None
    others = blobs if isinstance(blobs, list) else ()
    return _names(*others, told.get("raw_sha256"), told.get("sha256"), signed)


def reports_of(op: Op) -> set[str]:
    """Those that are raw reports."""
    return _names(op.payload.get("raw_sha256"))


def is_blob_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _names(*values: object) -> set[str]:
    return {name for name in values if isinstance(name, str) and is_blob_name(name)}


def blob_row(
    operator_id: str,
    name: str,
    data: bytes | None,
    device_id: str | None,
    now: str,
    *,
    size: int | None = None,
    mime: str = "application/octet-stream",
) -> dict[str, object]:
    """`data` None: its `size` bytes lie in the attachment store."""
    return {
        "operator_id": operator_id,
        "sha256": name,
        "size": len(data) if data is not None else size,
        "mime": mime,
        "state": "stored",
        "body": data,
        "first_device_id": device_id,
        "stored_at": now,
    }


class BlobDesk:
    """The blobs of one push: which are here, which come with it, which are missing."""

    def __init__(
        self,
        connection: Connection,
        operator_id: str,
        sender: tuple[str, str],
        now: str,
        *,
        store: AttachmentStore | None = None,
        may_see: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`sender`: device and person. `store` is asked for the raw reports that lie there,
        `may_see` whether the person may have these bytes anyway."""
        self._store = store
        self._may_see = may_see
        self._connection = connection
        self._operator_id = operator_id
        self._device_id, self._user_id = sender
        self._now = now
        self.bodies: dict[str, bytes] = {}
        self.missing: set[str] = set()
        self._new: Mapping[str, set[str]] = {}  # op_id -> blobs
        self._known: Mapping[str, set[str]] = {}
        self._claimed: set[str] = set()  # here, but not through this sender (blob_claims)
        self._to_store: dict[str, bytes] = {}
        self._awaited: set[str] = set()

    def look_up(
        self,
        inline: Mapping[str, bytes],
        *,
        new: Mapping[str, set[str]],
        known: Mapping[str, set[str]],
        reports: set[str],
        repeated: set[str],
    ) -> None:
        """`inline` came with the push; `new` says what its new events name, by op_id, `known` what
        those name that came before by another stream, `reports` which of that are raw reports:
        the only bodies that handlers look into."""
        self._new, self._known = new, known
        mine = set[str]().union(*new.values())
        named = repeated.union(mine, *known.values())
        self._awaited = self._expected(inline)
        holders = self._stored(named | self._awaited)
        stored = set(holders)
        strange = {n for n in mine & stored - set(inline) if holders[n] != self._device_id}
        self._claimed = {name for name in sorted(strange) if not self._may_see(name)}
        self.missing = (named - stored - set(inline)) | self._claimed
        self._to_store = {
            name: inline[name]
            for name in sorted((named | self._awaited) - stored)
            if name in inline
        }
        self.bodies = dict(inline)
        self._load_bodies(reports & stored - set(inline) - self._claimed)

    def has_come(self, name: str) -> None:
        """In chunks, not with a push: its reads are completed."""
        self._awaited = {name}

    def reads_to_complete(self) -> set[Key]:
        """Reads that wait for a blob of this push, and their machines."""
        table = tables.read
        keys: set[Key] = set()
        for part in chunks(sorted(self._awaited)):
            rows = self._connection.execute(
                select(table.c.id, table.c.machine_id).where(
                    table.c.operator_id == self._operator_id,
                    among(self._connection, table.c.raw_sha256, part),
                )
            )
            for read_id, machine_id in rows:
                keys.add(("read", read_id))
                if machine_id is not None:
                    keys.add(("machine", machine_id))
        return keys

    def store(self) -> None:
        rows = [
            blob_row(self._operator_id, name, data, self._device_id, self._now)
            for name, data in self._to_store.items()
        ]
        insert_many(self._connection, tables.blob, rows, on_conflict="skip")

    def complete_reads(self, feed: ChangeFeed, situation: Situation) -> None:
        """What was awaited is here: its reads get their facts, its sender waits no more. Others
        who named it have to bring it too."""
        if not self._awaited:
            return
        table = tables.blob_expect
        for part in chunks(sorted(self._awaited)):
            self._connection.execute(
                table.delete().where(
                    table.c.operator_id == self._operator_id,
                    among(self._connection, table.c.sha256, part),
                    expected_of(self._device_id, self._user_id),
                )
            )
        held = unproved(self._connection, self._operator_id, self._awaited)
        fields = KINDS["read"].fields
        records = [
            ReadRecord(
                **{name: row[name] for name in fields} | situation.reading_facts(row["raw_sha256"])
            )
            for (kind, row_id), row in sorted(situation.rows.items())
            if kind == "read"
            and row["raw_sha256"] in self._awaited
            and not row["removed"]
            and (kind, row_id) not in held
        ]
        feed.put(records)

    def expect(self) -> None:
        """Remember what the logged events name and nobody has sent yet."""
        gone = self.missing - self._claimed
        waits = {op_id: names & self.missing for op_id, names in self._new.items()}
        # The first sender of a known event has proved what it names, or is asked already.
        waits |= {op_id: names & gone for op_id, names in self._known.items()}
        rows = [
            {
                "operator_id": self._operator_id,
                "sha256": name,
                "op_id": op_id,
                "device_id": self._device_id,
                "since": self._now,
            }
            for op_id in sorted(waits)
            for name in sorted(waits[op_id])
        ]
        insert_many(self._connection, tables.blob_expect, rows, on_conflict="skip")

    def _expected(self, inline: Mapping[str, bytes]) -> set[str]:
        table = tables.blob_expect
        found: set[str] = set()
        for part in chunks(sorted(inline)):
            found |= set(
                self._connection.scalars(
                    select(table.c.sha256)
                    .distinct()
                    .where(
                        table.c.operator_id == self._operator_id,
                        among(self._connection, table.c.sha256, part),
                    )
                )
            )
        return found

    def _stored(self, names: set[str]) -> dict[str, str | None]:
        """Name -> the device that brought it first."""
        table = tables.blob
        found: dict[str, str | None] = {}
        for part in chunks(sorted(names)):
            rows = self._connection.execute(
                select(table.c.sha256, table.c.first_device_id).where(
                    table.c.operator_id == self._operator_id,
                    among(self._connection, table.c.sha256, part),
                )
            )
            found |= {row.sha256: row.first_device_id for row in rows}
        return found

    def _load_bodies(self, names: set[str]) -> None:
        table = tables.blob
        for part in chunks(sorted(names)):
            rows = self._connection.execute(
                select(table.c.sha256, table.c.body).where(
                    table.c.operator_id == self._operator_id,
                    among(self._connection, table.c.sha256, part),
                )
            )
            for name, body in rows:
                if body is not None:
                    self.bodies[name] = body
                elif self._store is not None:
                    self._load_stored(self._store, name)

    def _load_stored(self, store: AttachmentStore, name: str) -> None:
        """A report that came in chunks; when it is gone there, the record waits for it."""
        with suppress(AttachmentMissing):
            key = attachment_key(self._operator_id, name)
            self.bodies[name] = b"".join(store.open(key, 0, REPORT_BYTES))
