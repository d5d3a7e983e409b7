"""An event that no push could bring: its bytes are kept unread, and its stream goes on behind it.

Taken from every registered device, a revoked one and that of a blocked person too; nothing is
applied here. `replay` looks at it later, with whatever the server has learned meanwhile.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from cvd_server import tables
from cvd_server.access import Sender
from cvd_server.answers import ApiError, malformed, try_later
from cvd_server.arrivals import without_nul
from cvd_server.audit_trail import record_audit
from cvd_server.blobs import BlobDesk, blobs_named_in
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.clock import to_wire
from cvd_server.database import insert_many
from cvd_server.device_trust import SHUT_POLICIES
from cvd_server.refusals import keep_refusals, names_of
from cvd_server.server_meta import read_epoch
from cvd_server.services import Services
from cvd_server.streams import Stream, known_events
from cvd_shared.wire import OpResult
from cvd_shared.wire_records import RefusalRecord
from cvd_shared.wire_repair import RESCUE_BYTES, RescueAnswer, RescueRequest

RESCUED = "rescued"
UNREADABLE = "unreadable"  # as the type of an event that does not say one

_MESSAGE = "Kept unread, to be looked at."
_LABEL_MOST = 100
_BLOBS_MOST = 100
SHUT_EVENTS = 20_000  # in 24 hours, of a device that nobody can shut any further
SHUT_BYTES = 64 * 1024 * 1024
_QUOTA_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Labels:
    """What the bytes seem to say of themselves. Nothing relies on it: it is for people."""

    type: str = UNREADABLE
    version: int = 0
    group: str | None = None
    actor: str = ""
    occurred_at: str = ""
    machine_id: str | None = None
    blobs: frozenset[str] = frozenset()


def labels_of(body: bytes) -> Labels:
    """Whatever can be read; a body that is no event has none."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return Labels()
    if not isinstance(event, dict):
        return Labels()
    payload = event.get("payload")
    version = event.get("v")
    return Labels(
        type=_text(event.get("type")) or UNREADABLE,
        version=version if type(version) is int and 0 <= version < 2**31 else 0,
        group=_text(event.get("grp")) or None,
        actor=_text(event.get("actor")),
        occurred_at=_text(event.get("occurred_at")),
        machine_id=_text(payload.get("machine_id")) or None if isinstance(payload, dict) else None,
        blobs=frozenset(sorted(blobs_named_in(event.get("blobs"), payload))[:_BLOBS_MOST]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return without_nul(value.encode("utf-8", "replace").decode())[:_LABEL_MOST]


def decoded(request: RescueRequest) -> bytes:
    """The event's bytes. Raises ApiError 422, 413."""
    try:
        body = base64.b64decode(request.body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed("The bytes of the event are not base64.") from error
    if len(body) > RESCUE_BYTES:
        raise ApiError(413, "too_large", "The event is too large.", max=RESCUE_BYTES)
    return body


def rescue(
    to: Services, connection: Connection, sender: Sender, request: RescueRequest, body: bytes
) -> RescueAnswer:
    """Raises ApiError 403 device_unknown, 409 epoch_changed, stream_fork or seq_gap, 429 quota."""
    epoch = read_epoch(connection)
    if request.epoch != epoch:
        raise ApiError(409, "epoch_changed", "The server's history has changed.", epoch=epoch)
    device = _registered(connection, sender, request.device_id)
    stream = Stream(connection, sender.operator_id, request.device_id, request.incarnation_id)
    stream.lock()
    if request.seq <= stream.last_seq:
        return RescueAnswer(result=_repeated(stream, request), last_seq=stream.last_seq)
    if request.seq != stream.last_seq + 1:
        raise stream.gap()
    if request.prev != stream.last_op_id:
        raise stream.fork()
    if device.status != "active" or device.policy in SHUT_POLICIES:
        _check_quota(to, connection, sender, request.device_id, len(body))
    else:
        to.day_quota.check(to, connection, sender.operator_id, request.device_id, len(body))
    result = _keep(to, connection, sender, stream, request, body)
    return RescueAnswer(result=result, last_seq=request.seq)


def _registered(connection: Connection, sender: Sender, device_id: str) -> Row[Any, Any]:
    """Also a revoked device. One that signs brings its own events only, a person those of his."""
    table = tables.device
    found = connection.execute(
        select(table.c.status, table.c.policy).filter_by(
            operator_id=sender.operator_id, device_id=device_id, user_id=sender.user_id
        )
    ).one_or_none()
    if found is None or sender.device_id not in (None, device_id):
        raise ApiError(403, "device_unknown", "This device is not registered.")
    return found


def _check_quota(
    to: Services, connection: Connection, sender: Sender, device_id: str, size: int
) -> None:
    """A stolen laptop may not fill the disk: more than weeks of work in a day is none. What is
    refused stays on the laptop and comes tomorrow."""
    log = tables.op_log
    day_ago = to_wire(to.clock() - timedelta(days=1))
    events, stored = connection.execute(
        select(func.count(), func.sum(func.length(log.c.body)))
        .filter_by(operator_id=sender.operator_id, device_id=device_id)
        .where(log.c.received_at >= day_ago)
    ).one()
    if events >= SHUT_EVENTS or int(stored or 0) + size > SHUT_BYTES:
        raise try_later(429, "quota", "This device has sent enough for a day.", _QUOTA_SECONDS)


def _repeated(stream: Stream, request: RescueRequest) -> OpResult:
    """The answer that was lost; another event with this number is a fork."""
    row = stream.logged([request.seq]).get(request.seq)
    if row is None or (row.alias_of or row.op_id) != request.op_id:
        raise stream.fork()
    return OpResult(
        seq=request.seq,
        op_id=request.op_id,
        outcome=row.outcome,
        code=row.code,
        msg=row.msg,
        ver=row.ver,
    )


def _keep(
    to: Services,
    connection: Connection,
    sender: Sender,
    stream: Stream,
    request: RescueRequest,
    body: bytes,
) -> OpResult:
    now, labels = to.now(), labels_of(body)
    result = OpResult(
        seq=request.seq, op_id=request.op_id, outcome="quarantined", code=RESCUED, msg=_MESSAGE
    )
    old = known_events(connection, sender.operator_id, {request.op_id}).get(request.op_id)
    if old is not None:
        outcome = "duplicate" if old.outcome == "applied" else old.outcome
        result = result.model_copy(
            update={"outcome": outcome, "code": old.code, "msg": old.msg, "ver": old.ver}
        )
    with change_feed(connection, sender.operator_id, now) as feed:
        if old is None:
            _tell(feed, sender, request, labels, now)
        row = _log_row(stream, sender, request, labels, body, now)
        aliased = {"op_id": to.new_id(), "alias_of": request.op_id} if old is not None else {}
        verdict = result.model_dump(include={"outcome", "code", "msg", "ver"})
        insert_many(connection, tables.op_log, [row | verdict | aliased])
        if old is None:
            _expect_blobs(connection, sender, request, labels, now)
        stream.move(request.seq, request.op_id)
        record_audit(
            connection,
            to.new_id,
            now,
            "event_rescued",
            operator_id=sender.operator_id,
            actor_id=sender.user_id,
            device_id=request.device_id,
            op_id=request.op_id,
            reason=request.reason,
        )
    return result


def _expect_blobs(
    connection: Connection, sender: Sender, request: RescueRequest, labels: Labels, now: str
) -> None:
    """The laptop is asked for what the event names: it may have the only copy, and what nobody
    asks for it takes for stored."""
    desk = BlobDesk(connection, sender.operator_id, (request.device_id, sender.user_id), now)
    new = {request.op_id: set(labels.blobs)}
    desk.look_up({}, new=new, known={}, reports=set(), repeated=set())
    desk.expect()


def _log_row(
    stream: Stream, sender: Sender, request: RescueRequest, labels: Labels, body: bytes, now: str
) -> dict[str, Any]:
    return stream.key | {
        "op_id": request.op_id,
        "seq": request.seq,
        "type": labels.type,
        "v": labels.version,
        "grp": labels.group,
        "actor": labels.actor,
        "user_id": sender.user_id,
        "occurred_at": labels.occurred_at,
        "received_at": now,
        "body": body,
        "alias_of": None,
    }


def _tell(
    feed: ChangeFeed, sender: Sender, request: RescueRequest, labels: Labels, now: str
) -> None:
    actor = labels.actor or sender.user_id
    names = names_of(feed.connection, sender.operator_id, {actor})
    record = RefusalRecord(
        id=request.op_id,
        type=labels.type,
        actor_id=actor,
        actor_name=names.get(actor, ""),
        occurred_at=labels.occurred_at or now,
        received_at=now,
        machine_id=labels.machine_id,
        outcome="quarantined",
        code=RESCUED,
        message=f"{_MESSAGE} ({request.reason})",
    )
    keep_refusals(feed, [record], sender.user_id)
