"""Who names bytes must have had them: to know the name of another's photo opens nothing.

An event may name bytes that are here already, through records of others. As long as its sender
has neither brought them nor may see such a record, they count as missing for him: he is asked for
them (`blob_expect`), and nobody gets them, nor what a report says, through the record that his
event has made. Whoever truly has the bytes sends them once more and hears no difference.
"""

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from cvd_server import tables
from cvd_server.change_feed import Key
from cvd_server.database import among, chunks

LOST = "lost"  # in place of an event's id: these bytes were stored and are gone

_MAKERS = ("photo.taken", "read.recorded", "visit.finished")
"""The events that make a record which shows bytes."""


def unproved(connection: Connection, operator_id: str, names: Iterable[str]) -> set[Key]:
    """The records that must not show these bytes yet: their senders have not brought them."""
    expect, log = tables.blob_expect, tables.op_log
    found: set[Key] = set()
    for part in chunks(sorted(names)):
        bodies = connection.scalars(
            select(log.c.body)
            .join(
                expect,
                and_(expect.c.operator_id == log.c.operator_id, expect.c.op_id == log.c.op_id),
            )
            .where(
                expect.c.operator_id == operator_id,
                among(connection, expect.c.sha256, part),
                log.c.outcome == "applied",
                log.c.alias_of.is_(None),
                log.c.type.in_(_MAKERS),
            )
        )
        for body in bodies:
            entity = json.loads(body)["entity"]
            found.add((entity["kind"], entity["id"]))
    return found


def expected_of(device_id: str, user_id: str) -> ColumnElement[bool]:
    """The rows of `blob_expect` that wait for this device or this person to bring the bytes."""
    expect, log = tables.blob_expect, tables.op_log
    recorded = exists().where(
        log.c.operator_id == expect.c.operator_id,
        log.c.op_id == expect.c.op_id,
        log.c.user_id == user_id,
    )
    return or_(expect.c.device_id == device_id, expect.c.op_id == LOST, recorded)


def is_expected_of(
    connection: Connection, operator_id: str, sha256: str, device_id: str, user_id: str
) -> bool:
    found = connection.scalar(
        select(func.count())
        .select_from(tables.blob_expect)
        .filter_by(operator_id=operator_id, sha256=sha256)
        .where(expected_of(device_id, user_id))
    )
    return bool(found)
