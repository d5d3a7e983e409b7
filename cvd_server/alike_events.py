"""Events of a push that are told by their difference from earlier ones (cvd_shared/alike.py).

The earlier ones are the sender's own, of the same stream, and so are their reports: whoever could
name any other text would learn what stands in it. Where one is not here any more, the laptop sends
everything in full.
"""

from contextlib import suppress
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, func, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError
from cvd_server.database import among
from cvd_server.request_body import MAX_DECODED_BYTES
from cvd_server.services import Services
from cvd_shared.alike import known_text, understood
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import INLINE_BLOB_BYTES, Alike, Op, PushRequest

BASE_BYTES = 64 * 1024
"""Of an earlier event. zlib looks at half of it; each of 200 others may name a large one again."""

_Bases = dict[int, dict[str, Any]]  # seq -> payload


def in_full(
    to: Services, who: Principal, request: PushRequest
) -> tuple[PushRequest, dict[str, bytes]]:
    """The push with every payload as it was recorded, and reports by their name.

    Raises ApiError 409 base_unknown: the same again, in full, and it will be understood.
    """
    if not request.alike:
        return request, {}
    with to.database.read() as connection:
        bases = _payloads(connection, who, request)
        bodies = _reports(connection, who, request, bases)
    try:
        return _unpacked(request, bases, bodies)
    except (KeyError, TypeError, ValueError) as error:
        raise ApiError(
            409, "base_unknown", "An event is told by another one that is not here."
        ) from error


def _unpacked(
    request: PushRequest, bases: _Bases, bodies: dict[str, bytes]
) -> tuple[PushRequest, dict[str, bytes]]:
    """Raises KeyError, TypeError or ValueError."""
    ops: list[Op] = []
    reports: dict[str, bytes] = {}
    room = MAX_DECODED_BYTES
    for op in request.ops:
        alike = request.alike.get(op.op_id)
        if alike is None:
            ops.append(op)
            continue
        base = bases[alike.seq]
        like = known_text(base, op.occurred_at, op.entity.id, op.blobs)
        text = understood(alike.payload, like, room)
        room -= len(text)
        payload = _object(text)
        ops.append(op.model_copy(update={"payload": payload}))
        if alike.report is not None:
            earlier = bodies[base["raw_sha256"]]
            report = understood(alike.report, earlier, min(INLINE_BLOB_BYTES, room))
            room -= len(report)
            reports[sha256_hex(report)] = report
    return request.model_copy(update={"ops": ops}), reports


def _payloads(connection: Connection, who: Principal, request: PushRequest) -> _Bases:
    table = tables.op_log
    rows = connection.execute(
        select(table.c.seq, table.c.body)
        .filter_by(
            operator_id=who.operator_id,
            device_id=request.device_id,
            incarnation_id=request.incarnation_id,
            user_id=who.user_id,
        )
        .where(
            among(connection, table.c.seq, {each.seq for each in request.alike.values()}),
            func.length(table.c.body) <= BASE_BYTES,
        )
    )
    bases: _Bases = {}
    for row in rows:
        with suppress(KeyError, TypeError, ValueError):  # a rescued one may be anything
            payload = _object(row.body)["payload"]
            if isinstance(payload, dict):
                bases[row.seq] = payload
    return bases


def _object(text: bytes) -> dict[str, Any]:
    """As strict as the body of a push: its depth, its texts, its numbers. Raises TypeError or
    ValueError."""
    found = from_json(text, allow_inf_nan=False)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _reports(
    connection: Connection, who: Principal, request: PushRequest, bases: _Bases
) -> dict[str, bytes]:
    """By their names; those that this very device has brought."""
    names = {_report_of(bases, each) for each in request.alike.values() if each.report} - {None}
    if not names:
        return {}
    table = tables.blob
    rows = connection.execute(
        select(table.c.sha256, table.c.body)
        .filter_by(operator_id=who.operator_id, first_device_id=request.device_id)
        .where(among(connection, table.c.sha256, names), table.c.body.is_not(None))
    )
    return {row.sha256: row.body for row in rows}


def _report_of(bases: _Bases, alike: Alike) -> str | None:
    name = bases.get(alike.seq, {}).get("raw_sha256")
    return name if isinstance(name, str) else None
