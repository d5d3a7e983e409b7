"""Devices and their streams: is this one welcome, how far is it, what do the backups cover."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError, malformed
from cvd_server.audit_trail import record_audit
from cvd_server.device_trust import refuse_shut_device, usable_key
from cvd_server.reload_spread import load_after
from cvd_server.server_meta import DURABLE_AT, EPOCH, EPOCH_AT, read_meta
from cvd_server.services import Services
from cvd_server.sessions import note_device
from cvd_server.versions import protocols
from cvd_shared.wire import (
    ALIKE,
    TEXTS,
    DeviceAnswer,
    DeviceRequest,
    HelloAnswer,
    HelloRequest,
    Limits,
)
from cvd_shared.wire_repair import SNAPSHOTS

MIN_CLIENT_VERSION = "0.1.0"


def register_device(
    to: Services, connection: Connection, who: Principal, request: DeviceRequest
) -> DeviceAnswer:
    """Raises ApiError 422 for a public key that is none."""
    if request.pubkey is not None and not usable_key(request.pubkey):
        raise malformed("This is no public key.")
    device_id = to.new_id()
    now = to.now()
    connection.execute(
        tables.device.insert().values(
            operator_id=who.operator_id,
            device_id=device_id,
            user_id=who.user_id,
            name=request.name,
            platform=request.platform,
            app_version=request.app_version,
            pubkey=request.pubkey,
            status="active",
            policy="normal",
            registered_at=now,
            last_seen_at=None,
            unsent=0,
        )
    )
    note_device(connection, who.operator_id, who.family_id, device_id)
    record_audit(
        connection, to.new_id, now, "device_registered",
        operator_id=who.operator_id, actor_id=who.user_id, device_id=device_id, name=request.name,
    )  # fmt: skip
    return DeviceAnswer(device_id=device_id, operator_id=who.operator_id)


def check_device(connection: Connection, who: Principal, device_id: str) -> None:
    """May it push and pull? Raises ApiError 403: device_unknown (also another person's),
    device_revoked{policy} (also one that is locked or shall wipe itself at once)."""
    row = _device(connection, who, device_id)
    refuse_shut_device(row.status, row.policy)


def _device(connection: Connection, who: Principal, device_id: str) -> Row[Any, Any]:
    """Each person has a device of his own on a laptop; its name is no secret (bundles tell it)."""
    table = tables.device
    row = connection.execute(
        select(table.c.status, table.c.policy).where(
            table.c.operator_id == who.operator_id,
            table.c.device_id == device_id,
            table.c.user_id == who.user_id,
        )
    ).one_or_none()
    if row is None:
        raise unknown_device()
    return row


def unknown_device() -> ApiError:
    return ApiError(403, "device_unknown", "This device is not registered.")


def durable_seq(connection: Connection, who: Principal, device_id: str, incarnation_id: str) -> int:
    """The last event of this stream that a verified off-site backup covers."""
    durable_at = read_meta(connection, DURABLE_AT)
    return _last_until(connection, who, device_id, incarnation_id, durable_at)


def _last_until(
    connection: Connection, who: Principal, device_id: str, incarnation_id: str, until: str | None
) -> int:
    """The last event of this stream that was received up to this moment; 0 when there is none."""
    if until is None:
        return 0
    table = tables.op_log
    last = connection.scalar(
        select(func.max(table.c.seq))
        .filter_by(operator_id=who.operator_id, device_id=device_id, incarnation_id=incarnation_id)
        .where(table.c.received_at <= until)
    )
    return last or 0


def _greeted_query() -> Select[Any]:
    """Every run of a laptop begins with it: one question, made once."""
    device, stream, family = tables.device, tables.device_stream, tables.refresh_family
    facts = tables.server_meta
    last = select(stream.c.last_seq).where(
        stream.c.operator_id == bindparam("operator"),
        stream.c.device_id == bindparam("device"),
        stream.c.incarnation_id == bindparam("incarnation"),
    )
    at_work = select(family.c.device_id).where(
        family.c.operator_id == bindparam("operator"), family.c.family_id == bindparam("family")
    )
    return select(
        device.c.status,
        device.c.policy,
        device.c.repairs,
        device.c.load_anew,
        last.scalar_subquery().label("last_seq"),
        at_work.scalar_subquery().label("session_device"),
        select(facts.c.v).where(facts.c.k == EPOCH).scalar_subquery().label("epoch"),
        select(facts.c.v).where(facts.c.k == DURABLE_AT).scalar_subquery().label("durable_at"),
        select(facts.c.v).where(facts.c.k == EPOCH_AT).scalar_subquery().label("epoch_at"),
    ).where(
        device.c.operator_id == bindparam("operator"),
        device.c.device_id == bindparam("device"),
        device.c.user_id == bindparam("user"),
    )


_GREETED = _greeted_query()


class Greeted(NamedTuple):
    """The answer, and how many repairs the device had told before."""

    answer: HelloAnswer
    repairs: int


def hello(to: Services, connection: Connection, who: Principal, request: HelloRequest) -> Greeted:
    """Greet a device, note how it is (version, unsent records) and tell what it is to do with
    itself. Raises ApiError 403: device_unknown, device_revoked{policy}."""
    found = connection.execute(
        _GREETED,
        {
            "operator": who.operator_id,
            "user": who.user_id,
            "family": who.family_id,
            "device": request.device_id,
            "incarnation": request.incarnation_id,
        },
    ).one_or_none()
    if found is None:
        raise unknown_device()
    if found.status != "active":
        refuse_shut_device(found.status, found.policy)
    now = to.now()
    if found.session_device is None:
        note_device(connection, who.operator_id, who.family_id, request.device_id)
    connection.execute(
        tables.device.update()
        .filter_by(operator_id=who.operator_id, device_id=request.device_id)
        .values(
            app_version=request.client.v,
            last_seen_at=now,
            unsent=min(request.unsent, 2**53),
        )
    )
    answer = HelloAnswer(
        epoch=found.epoch,
        server_time=now,
        protocol=protocols(),
        min_client_version=MIN_CLIENT_VERSION,
        limits=Limits(),
        last_seq=found.last_seq or 0,
        durable_seq=_last_until(
            connection, who, request.device_id, request.incarnation_id, found.durable_at
        ),
        features=[
            *("inline_blobs", TEXTS, ALIKE, "late_blobs", "attachments", "rescue", SNAPSHOTS)
        ],
        policy=found.policy,
        load_anew=found.load_anew,
        load_after=load_after(connection, who.operator_id, request.device_id, found.epoch_at, now),
    )
    return Greeted(answer, found.repairs or 0)
