"""`cvd-server replay`: events that were set aside are judged again, with what is known by now.

For verdicts that time can cure: a type that a newer server knows, a machine that arrived since, a
fault of ours that is mended, a scope that was given back. One transaction for each event, or for
each group, so that it may die at any point and be run again. What the office left aside stays so.

A group that was begun in one stream and came again in a later one, with its rest, is played there:
the rows of what came before name the first arrivals.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, exists, func, literal_column, or_, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.arrivals import GROUP_REFUSED, GROUP_SPLIT, REFUSED, Arrival, understand
from cvd_server.attachment_store import AttachmentStore
from cvd_server.audit_trail import record_audit
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.clock import Clock, from_wire, to_wire
from cvd_server.database import Database
from cvd_server.device_trust import SHUT_POLICIES
from cvd_server.handler_parts import Refusal
from cvd_server.refusals import decide_refusals
from cvd_server.rescue import RESCUED
from cvd_server.streams import Stream
from cvd_server.verdicts import Luggage, Verdicts
from cvd_shared.ids import IdMaker
from cvd_shared.permissions import Role
from cvd_shared.wire import Op

CURABLE = frozenset(
    {
        "type_unknown", RESCUED, "server_error",
        "scope_doubt", "out_of_scope", "route_not_held",
        "machine_unknown", "route_unknown", "person_unknown",
        "visit_unknown", "read_unknown", "ticket_unknown",
        "device_revoked", "user_blocked",
    }
)  # fmt: skip
_OF_A_GROUP = frozenset({GROUP_SPLIT.code, GROUP_REFUSED})
_SET_ASIDE = "set_aside"
_QUARANTINED: ColumnElement[str] = literal_column(
    "'quarantined'"
)  # a parameter would not find the index

_REVOKED = Refusal("quarantined", "device_revoked", "It came from a laptop that was withdrawn.")
_BLOCKED = Refusal("quarantined", "user_blocked", "It came from a person who is blocked.")


@dataclass
class ReplayReport:
    """As `cvd-server replay` prints it; events."""

    tried: int = 0
    applied: int = 0

    def as_json(self) -> dict[str, int]:
        return {"tried": self.tried, "applied": self.applied, "still_set_aside": self.still}

    @property
    def still(self) -> int:
        return self.tried - self.applied


class _Unit(NamedTuple):
    """An event, or the group that it belongs to."""

    operator_id: str
    device_id: str
    incarnation_id: str
    group: str | None
    op_id: str


def replay(
    database: Database,
    clock: Clock,
    new_id: IdMaker,
    *,
    event: str | None = None,
    store: AttachmentStore | None = None,
) -> ReplayReport:
    """Judge again what is set aside; one `event` (op_id) whatever its code and its sender.
    `store` has the raw reports that came in chunks.

    Goes round until nothing more is applied: an event may wait for one that is set aside too.
    """
    report = ReplayReport()
    while True:
        with database.read() as connection:
            found = _units(connection, event)
        tried, applied = 0, 0
        for unit in found:
            player = _Player(unit, to_wire(clock()), new_id, store, forced=event is not None)
            done = database.in_transaction(player.play)
            tried += done.tried
            applied += done.applied
        report.tried = max(report.tried, report.applied + tried)
        report.applied += applied
        if not applied:
            break
    database.in_transaction(_tell_aliases)
    return report


def _units(connection: Connection, event: str | None) -> list[_Unit]:
    """In the order of arrival; a group once."""
    log = tables.op_log
    wanted = (
        log.c.code.in_(sorted(CURABLE | _OF_A_GROUP)) if event is None else log.c.op_id == event
    )
    rows = connection.execute(
        select(log.c.operator_id, log.c.device_id, log.c.incarnation_id, log.c.grp, log.c.op_id)
        .where(log.c.outcome == _QUARANTINED, log.c.alias_of.is_(None), wanted)
        .order_by(log.c.received_at, log.c.device_id, log.c.incarnation_id, log.c.seq)
    )
    units: dict[tuple[str | None, ...], _Unit] = {}
    for row in rows:
        unit = _Unit(*row)
        units.setdefault(unit if unit.group is None else unit[:4], unit)
    return list(units.values())


class _Player:
    """Plays one unit in a transaction of its own."""

    def __init__(
        self,
        unit: _Unit,
        now: str,
        new_id: IdMaker,
        store: AttachmentStore | None,
        *,
        forced: bool,
    ) -> None:
        self.unit = unit
        self.store = store
        self.now = now
        self.new_id = new_id
        self.forced = forced

    def play(self, connection: Connection) -> ReplayReport:
        """What became of it; nothing where somebody else was faster."""
        unit = self.unit
        Stream(connection, unit.operator_id, unit.device_id, unit.incarnation_id).lock()
        everything = self._rows(connection)
        rows = [row for row in everything if row.outcome != "applied"]
        stands = len(rows) < len(everything)
        if not self._may_be_played(connection, rows, stands=stands):
            return ReplayReport()
        who, standing = self._sender(connection, rows[0].user_id)
        arrivals = [_arrival(row) for row in rows]
        if who is None or any(arrival is None for arrival in arrivals):
            return ReplayReport(tried=len(rows))
        known = [arrival for arrival in arrivals if arrival is not None]
        for row, arrival in zip(rows, known, strict=True):
            if standing is not None:
                arrival.refuse(standing)
            else:
                understand(arrival, who, _moment(row.received_at, self.now))
        with change_feed(connection, unit.operator_id, self.now) as feed:
            verdicts = Verdicts(
                connection, who, known,
                device_id=unit.device_id, now=self.now, luggage=Luggage({}, {}, self.store),
            )  # fmt: skip
            verdicts.judge(feed)
            verdicts.expect_blobs()
            self._write(connection, feed, rows, known)
        applied = sum(arrival.outcome == "applied" for arrival in known)
        return ReplayReport(tried=len(rows), applied=applied)

    def _rows(self, connection: Connection) -> Sequence[Row[Any]]:
        """The first arrivals of the unit, in its order; of a group also those that came through an
        earlier stream, and none of one that is whole in a later stream."""
        log, unit = tables.op_log, self.unit
        mine = log.c.op_id == unit.op_id if unit.group is None else log.c.grp == unit.group
        here = connection.execute(
            select(log.c.op_id, log.c.alias_of, log.c.received_at)
            .where(
                log.c.operator_id == unit.operator_id,
                log.c.device_id == unit.device_id,
                log.c.incarnation_id == unit.incarnation_id,
                mine,
            )
            .order_by(log.c.seq)
        ).all()
        if unit.group is not None and not self.forced and self._is_whole_later(connection, here):
            return []
        order = [row.alias_of or row.op_id for row in here]
        found = connection.execute(
            select(log)
            .where(log.c.operator_id == unit.operator_id, log.c.op_id.in_(order))
            .order_by(log.c.op_id)
            .with_for_update()
        )
        return sorted(found, key=lambda row: order.index(row.op_id))

    def _is_whole_later(self, connection: Connection, here: Sequence[Any]) -> bool:
        """Whether it came once more, later, and what came with it then is set aside as well."""
        log, unit = tables.op_log, self.unit
        first = [row.op_id for row in here if row.alias_of is None]
        now = (max((row.received_at for row in here), default=""), unit.incarnation_id)
        again, rest = log.alias(), log.alias()
        later = connection.execute(
            select(rest.c.incarnation_id, func.max(again.c.received_at), func.min(rest.c.outcome))
            .where(
                again.c.operator_id == unit.operator_id,
                again.c.alias_of.in_(first),
                again.c.grp == unit.group,
                rest.c.operator_id == again.c.operator_id,
                rest.c.device_id == again.c.device_id,
                rest.c.incarnation_id == again.c.incarnation_id,
                rest.c.device_id == unit.device_id,
                rest.c.grp == unit.group,
                rest.c.alias_of.is_(None),
            )
            .group_by(rest.c.incarnation_id)
            .having(func.min(rest.c.outcome) == func.max(rest.c.outcome))
        )
        return any(row[2] == "quarantined" and (row[1], row[0]) > now for row in later)

    def _may_be_played(
        self, connection: Connection, rows: Sequence[Row[Any]], *, stands: bool
    ) -> bool:
        """All of it is set aside still, one of it for a reason that time cures; where some of it
        `stands`, the rest of its group may follow."""
        if not rows or any(row.outcome != "quarantined" for row in rows):
            return False
        if self.forced:
            return True
        curable = CURABLE | _OF_A_GROUP if stands else CURABLE
        if not any(row.code in curable for row in rows):
            return False
        table = tables.refusal
        states = connection.scalars(
            select(table.c.state).where(
                table.c.operator_id == self.unit.operator_id,
                table.c.id.in_([row.op_id for row in rows]),
            )
        )
        return _SET_ASIDE not in set(states)

    def _sender(
        self, connection: Connection, user_id: str
    ) -> tuple[Principal | None, Refusal | None]:
        """Whose device brought it, and why that does not count any more."""
        user, device = tables.user_account, tables.device
        row = connection.execute(
            select(user).filter_by(operator_id=self.unit.operator_id, id=user_id)
        ).one_or_none()
        if row is None:
            return None, None
        who = Principal(row.operator_id, row.id, row.name, row.full_name, Role(row.role))
        if self.forced:
            return who, None
        stands = connection.execute(
            select(device.c.status, device.c.policy).filter_by(
                operator_id=self.unit.operator_id, device_id=self.unit.device_id
            )
        ).one_or_none()
        if stands and (stands.status != "active" or stands.policy in SHUT_POLICIES):
            return who, _REVOKED
        return who, None if row.active and not row.removed else _BLOCKED

    def _write(
        self,
        connection: Connection,
        feed: ChangeFeed,
        rows: Sequence[Row[Any]],
        arrivals: list[Arrival],
    ) -> None:
        """The new verdicts, in the log and in the records that people see."""
        log = tables.op_log
        news = [
            (row, arrival)
            for row, arrival in zip(rows, arrivals, strict=True)
            if (row.outcome, row.code, row.msg) != (arrival.outcome, arrival.code, arrival.msg)
        ]
        for row, arrival in news:
            connection.execute(
                log.update()
                .filter_by(operator_id=self.unit.operator_id, op_id=row.op_id)
                .values(
                    outcome=arrival.outcome,
                    code=arrival.code,
                    msg=arrival.msg,
                    ver=arrival.ver,
                    first_outcome=row.first_outcome or row.outcome,
                    decided_at=self.now,
                )
            )
            if arrival.outcome == "applied":
                record_audit(
                    connection, self.new_id, self.now, "event_replayed",
                    operator_id=self.unit.operator_id, op_id=row.op_id, code=row.code,
                )  # fmt: skip
        decide_refusals(feed, news, self.now)


def _arrival(row: Row[Any]) -> Arrival | None:
    """The event as it was sent; None while its bytes cannot be read as one."""
    try:
        told = json.loads(row.body)
        event = {"actor": row.user_id, **told, "seq": row.seq}
        op = Op.model_validate_json(json.dumps(event))
    except (ValidationError, ValueError, TypeError, RecursionError):
        return None
    if op.op_id != row.op_id:
        return None
    return Arrival(op, bytes(row.body))


def _moment(received_at: str, now: str) -> datetime:
    """When it arrived: times of a clock that is ahead are judged by that."""
    return min(from_wire(received_at), from_wire(now))


def _tell_aliases(connection: Connection) -> None:
    """What came again through another stream is a duplicate of what is applied by now."""
    log = tables.op_log
    first = log.alias()
    connection.execute(
        log.update()
        .where(
            log.c.alias_of.is_not(None),
            or_(*(log.c.outcome == outcome for outcome in REFUSED)),
            exists().where(
                first.c.operator_id == log.c.operator_id,
                first.c.op_id == log.c.alias_of,
                first.c.outcome == "applied",
            ),
        )
        .values(outcome="duplicate", code=None, msg=None)
    )
