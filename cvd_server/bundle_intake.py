"""Unsent work that came as a file: proved, opened, played as a push would have been (D8).

Whoever brings the file needs no right to what is in it: the device's signature and the seal say
whose it is. What cannot be proved or may not be applied any more is kept all the same, set aside
for a person to look at. The same file brought twice gets the same receipt.
"""

import base64
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey
from sqlalchemy import Connection, select

from cvd_server import operator_keys, tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError
from cvd_server.audit_trail import record_audit
from cvd_server.carried_blobs import keep_whole
from cvd_server.database import among, chunks, insert_many
from cvd_server.handler_parts import Refusal
from cvd_server.push_batch import ParsedPush, parse_push, push
from cvd_server.server_meta import read_epoch
from cvd_server.services import Services
from cvd_shared.bundle_format import (
    BundledEvent,
    BundleError,
    BundleHeader,
    CarriedFile,
    Content,
    ReceiptHeader,
    ReceiptLine,
    build,
    open_bundle,
    pack_receipt,
    read_content,
)
from cvd_shared.permissions import Role
from cvd_shared.wire import (
    BATCH_OPS,
    INLINE_BLOB_BYTES,
    PROTOCOL,
    ClientVersion,
    Entity,
    Op,
    OpResult,
    PushRequest,
)
from cvd_shared.wire_repair import BundleAnswer

log = logging.getLogger(__name__)

UNREADABLE = "record.unreadable"
"""Stands in the log for an event whose bytes are no event; its payload keeps them."""

_BATCH_BYTES = 8 * 1024 * 1024  # of events and blobs in one transaction
_OTHER_STREAM = ("seq_gap", "stream_fork")
_NO_KEY = Refusal("quarantined", "bundle_unsigned", "Nobody can prove which laptop this is from.")
_REVOKED = Refusal("quarantined", "device_revoked", "It came from a laptop that was withdrawn.")
_BLOCKED = Refusal("quarantined", "user_blocked", "It came from a person who is blocked.")
_NOT_HIS = Refusal(
    "quarantined", "bundle_other_person", "The laptop that made it is another person's."
)
_NO_EVENT = Refusal("quarantined", "record_unreadable", "These bytes are no record.")


@dataclass(frozen=True, slots=True)
class Taken:
    """`answer` for whoever brought it; the counts are 0 when the bundle was known."""

    answer: BundleAnswer
    receipt: bytes
    header: BundleHeader
    outcomes: Mapping[str, int]


def take_bundle(to: Services, data: bytes, carrier: Principal | None) -> Taken:
    """Take a file in; `carrier` None: by the operator of the server himself.

    Raises ApiError: 422 bundle_not_one, bundle_newer, bundle_damaged, bundle_too_large,
    bundle_signature_wrong, bundle_seal_wrong; 403 bundle_foreign, device_unknown. Then nothing of
    it was taken.
    """
    try:
        opened = open_bundle(data)
        if carrier is not None and carrier.operator_id != opened.header.operator_id:
            raise ApiError(403, "bundle_foreign", "This bundle is another company's.")
        return _take(to, opened, carrier)
    except BundleError as error:
        log.info("a bundle was refused: %s", error)
        raise ApiError(422, error.code, "This file is no whole bundle.") from error


def _take(to: Services, opened: CarriedFile[BundleHeader], carrier: Principal | None) -> Taken:
    header = opened.header
    with to.database.read() as connection:
        who, aside = _standing(connection, opened)
        known = _stored_receipt(connection, header)
    if known is not None:
        return _taken("known", header, known, {})
    content = _unsealed(to, opened)
    played = _Played(to, who, header, content, aside)
    played.run()
    receipt = played.receipt()
    if not played.came_to_something():
        return _taken("taken", header, receipt, {})
    row = {
        "operator_id": header.operator_id,
        "bundle_id": header.bundle_id,
        "device_id": header.device_id,
        "received_at": to.now(),
        "receipt": receipt,
    }
    outcomes = played.outcomes()

    def keep(connection: Connection) -> bytes:
        insert_many(connection, tables.bundle, [row], on_conflict="skip")
        record_audit(
            connection,
            to.new_id,
            to.now(),
            "bundle_taken",
            operator_id=header.operator_id,
            actor_id=None if carrier is None else carrier.user_id,
            bundle_id=header.bundle_id,
            device_id=header.device_id,
            user_id=header.user_id,
            blobs=len(content.blobs),
            **outcomes,
        )
        stored = _stored_receipt(connection, header)  # of whoever was first
        assert stored is not None
        return stored

    return _taken("taken", header, to.database.in_transaction(keep), outcomes)


def _taken(state: Any, header: BundleHeader, receipt: bytes, outcomes: Mapping[str, int]) -> Taken:
    text = base64.b64encode(receipt).decode("ascii")
    answer = BundleAnswer(bundle_id=header.bundle_id, state=state, receipt=text)
    return Taken(answer, receipt, header, outcomes)


def _stored_receipt(connection: Connection, header: BundleHeader) -> bytes | None:
    table = tables.bundle
    found = connection.scalar(
        select(table.c.receipt).where(
            table.c.operator_id == header.operator_id,
            table.c.bundle_id == header.bundle_id,
            table.c.device_id == header.device_id,
        )
    )
    return None if found is None else bytes(found)


# --- whose it is --------------------------------------------------------------------------------


def _standing(
    connection: Connection, opened: CarriedFile[BundleHeader]
) -> tuple[Principal, Refusal | None]:
    """Whose work it is, and why it may not be applied, if so. Raises ApiError."""
    header = opened.header
    device = connection.execute(
        select(tables.device.c.pubkey, tables.device.c.status, tables.device.c.user_id).filter_by(
            operator_id=header.operator_id, device_id=header.device_id
        )
    ).one_or_none()
    if device is None:
        raise ApiError(
            403, "device_unknown", "The server does not know the laptop that made this bundle."
        )
    if device.pubkey is not None and not _fits(device.pubkey, opened.signed, opened.signature):
        raise ApiError(
            422, "bundle_signature_wrong", "The bundle was changed, or another laptop made it."
        )
    who, blocked = _person(connection, header)
    if device.pubkey is None:
        return who, _NO_KEY
    if device.status != "active":
        return who, _REVOKED
    if device.user_id != header.user_id:
        # The header says who worked; only a sign-in on this very device proves it.
        return who, _NOT_HIS
    return who, _BLOCKED if blocked else None


def _person(connection: Connection, header: BundleHeader) -> tuple[Principal, bool]:
    table = tables.user_account
    row = connection.execute(
        select(table).where(table.c.operator_id == header.operator_id, table.c.id == header.user_id)
    ).one_or_none()
    if row is None:
        return Principal(header.operator_id, header.user_id, "", "", Role.VIEWER), True
    who = Principal(row.operator_id, row.id, row.name, row.full_name, Role(row.role))
    return who, not row.active or row.removed


def _fits(pubkey: str, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(bytes.fromhex(pubkey)).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def _unsealed(to: Services, opened: CarriedFile[BundleHeader]) -> Content:
    with to.database.read() as connection:
        try:
            packed = operator_keys.open_sealed(
                to, connection, opened.header.operator_id, opened.payload
            )
        except (CryptoError, LookupError) as error:
            raise ApiError(
                422, "bundle_seal_wrong", "The bundle is not sealed to this company's key."
            ) from error
    return read_content(packed, opened.header)


# --- playing it ---------------------------------------------------------------------------------


class _Played:
    """The events of one bundle, pushed for the laptop that made it."""

    def __init__(
        self,
        to: Services,
        who: Principal,
        header: BundleHeader,
        content: Content,
        aside: Refusal | None,
    ) -> None:
        self._to = to
        self._who = who
        self._header = header
        self._content = content
        self._blobs = {blob.head.sha256: blob.body for blob in content.blobs}
        self._small = {
            name: body for name, body in self._blobs.items() if len(body) <= INLINE_BLOB_BYTES
        }
        self._aside = aside
        self._lines: list[ReceiptLine] = []
        self._moved = False

    def run(self) -> None:
        """Raises ApiError 409 epoch_changed when the server was restored meanwhile."""
        named: set[str] = set()
        for stream in _streams(self._content.events):
            ops = [_op(event, self._header) for event in stream]
            named |= {name for op, _ in ops for name in op.blobs}
            incarnation = stream[0].head.incarnation
            try:
                results = self._push_all(incarnation, ops)
            except ApiError as error:
                if error.code not in _OTHER_STREAM:
                    raise
                # The op_id keeps every event single, whatever number it has.
                self._moved = True
                results = self._push_all(self._to.new_id(), list(_renumbered(ops)))
            self._lines += [
                ReceiptLine(
                    incarnation=incarnation,
                    seq=event.head.seq,
                    op_id=event.head.op_id,
                    outcome=result.outcome,
                    code=result.code,
                    msg=result.msg,
                )
                for event, result in zip(stream, results, strict=True)
            ]
        self._bring(set(self._small) - named)
        for name in sorted(set(self._blobs) - set(self._small)):
            device_id = self._header.device_id
            keep_whole(self._to, self._who, device_id, name, self._blobs[name])

    def outcomes(self) -> dict[str, int]:
        names = ("applied", "duplicate", "rejected", "quarantined")
        return {name: sum(line.outcome == name for line in self._lines) for name in names}

    def came_to_something(self) -> bool:
        """False for a second file of an export that was brought before the first: nobody asks for
        what is in it yet. It may be brought once more."""
        with self._to.database.read() as connection:
            return bool(self._lines or not self._blobs or self._stored(connection))

    def receipt(self) -> bytes:
        header = self._header
        with self._to.database.read() as connection:
            head = ReceiptHeader(
                bundle_id=header.bundle_id,
                operator_id=header.operator_id,
                device_id=header.device_id,
                user_id=header.user_id,
                user_name=header.user_name,
                epoch=read_epoch(connection),
                bundle_epoch=header.epoch,
                taken_at=self._to.now(),
                moved=self._moved,
            )
            payload = pack_receipt(self._lines, self._stored(connection))
            return build(
                head,
                payload,
                lambda message: operator_keys.sign(
                    self._to, connection, header.operator_id, message
                ),
            )

    def _push_all(self, incarnation: str, ops: Sequence[tuple[Op, bool]]) -> list[OpResult]:
        results: list[OpResult] = []
        for batch in _batches(ops, self._small):
            results += self._push(incarnation, batch)
        return results

    def _push(self, incarnation: str, batch: Sequence[tuple[Op, bool]]) -> list[OpResult]:
        blobs = {
            name: self._small[name] for op, _ in batch for name in op.blobs if name in self._small
        }
        carried = {
            op.op_id: self._aside or _NO_EVENT
            for op, readable in batch
            if self._aside is not None or not readable
        }
        parsed = self._parsed(incarnation, [op for op, _ in batch], blobs)
        return self._to.database.in_transaction(
            lambda connection: push(self._to, connection, self._who, parsed, carried=carried)
        ).results

    def _bring(self, names: Iterable[str]) -> None:
        """Blobs of events that came before: they are awaited, or they are here."""
        for name in sorted(names):
            parsed = self._parsed(self._to.new_id(), [], {name: self._small[name]})
            self._to.database.in_transaction(
                lambda connection, parsed=parsed: push(  # type: ignore[misc]
                    self._to, connection, self._who, parsed, carried={}
                )
            )

    def _parsed(self, incarnation: str, ops: list[Op], blobs: Mapping[str, bytes]) -> ParsedPush:
        with self._to.database.read() as connection:
            epoch = read_epoch(connection)
        return parse_push(
            PushRequest.model_construct(
                protocol=PROTOCOL,
                epoch=epoch,
                device_id=self._header.device_id,
                incarnation_id=incarnation,
                client=ClientVersion(v="", schema_=0),
                ops=ops,
                inline_blobs={
                    name: base64.b64encode(data).decode("ascii") for name, data in blobs.items()
                },
            )
        )

    def _stored(self, connection: Connection) -> set[str]:
        table = tables.blob
        found: set[str] = set()
        for part in chunks(sorted(self._blobs)):
            found |= set(
                connection.scalars(
                    select(table.c.sha256).where(
                        table.c.operator_id == self._header.operator_id,
                        among(connection, table.c.sha256, part),
                        table.c.state == "stored",
                    )
                )
            )
        return found


def _streams(events: Sequence[BundledEvent]) -> Iterator[list[BundledEvent]]:
    """Neighbours of one incarnation together."""
    stream: list[BundledEvent] = []
    for event in events:
        if stream and event.head.incarnation != stream[-1].head.incarnation:
            yield stream
            stream = []
        stream.append(event)
    if stream:
        yield stream


def _op(event: BundledEvent, header: BundleHeader) -> tuple[Op, bool]:
    """The event as a push brings it; False with one that only keeps the bytes that are none."""
    numbers = {"seq": event.head.seq, "prev": event.head.prev}
    try:
        document = json.loads(event.body)
        op = Op.model_validate({"actor": header.user_id, **document, **numbers})
    except (ValueError, TypeError, RecursionError):
        return _stand_in(event, header, numbers), False
    if op.op_id != event.head.op_id:
        return _stand_in(event, header, numbers), False
    return op, True


def _stand_in(event: BundledEvent, header: BundleHeader, numbers: dict[str, Any]) -> Op:
    return Op(
        op_id=event.head.op_id,
        type=UNREADABLE,
        v=1,
        actor=header.user_id,
        occurred_at=header.made_at,
        entity=Entity(kind="record", id=event.head.op_id),
        payload={"bytes": base64.b64encode(event.body).decode("ascii")},
        **numbers,
    )


def _renumbered(ops: Sequence[tuple[Op, bool]]) -> Iterator[tuple[Op, bool]]:
    before: str | None = None
    for seq, (op, readable) in enumerate(ops, start=1):
        yield op.model_copy(update={"seq": seq, "prev": before}), readable
        before = op.op_id


def _batches(
    ops: Sequence[tuple[Op, bool]], blobs: Mapping[str, bytes]
) -> Iterator[list[tuple[Op, bool]]]:
    """Cut where a group ends; a group stays whole, whatever its size."""
    batch: list[tuple[Op, bool]] = []
    size = 0
    for op, readable in ops:
        more = sum(len(blobs.get(name, b"")) for name in op.blobs)
        same_group = bool(batch) and op.grp is not None and op.grp == batch[-1][0].grp
        full = len(batch) >= BATCH_OPS or size + more > _BATCH_BYTES
        if batch and full and not same_group:
            yield batch
            batch, size = [], 0
        batch.append((op, readable))
        size += more
    if batch:
        yield batch
