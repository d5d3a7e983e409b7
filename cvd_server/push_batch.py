"""One batch of the outbox, in one transaction (sync protocol, 2.5): nothing lost, nothing twice.

Order of work, which is also the order of locks: epoch, device, stream, known events, records
(sorted), bags, blobs, records written, op log, stream, and last the feed with its heads.
"""

import base64
import binascii
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError, malformed
from cvd_server.bag_book import BagBook
from cvd_server.blobs import BlobDesk, blobs_of, reports_of
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.clock import from_wire
from cvd_server.database import among, insert_many, is_conflict
from cvd_server.devices import check_device, durable_seq
from cvd_server.event_handlers import HANDLERS
from cvd_server.grants import grants_of
from cvd_server.handler_parts import Event, Key, Refusal, Situation, Wanted
from cvd_server.records import KINDS
from cvd_server.request_body import has_nul
from cvd_server.server_meta import read_epoch
from cvd_server.services import Services
from cvd_shared.canonical import canonical_json, sha256_hex
from cvd_shared.record_facts import Facts, reading_facts
from cvd_shared.wire import INLINE_BLOB_BYTES, Op, OpResult, Outcome, PushAnswer, PushRequest
from cvd_shared.wire_events import EVENTS

log = logging.getLogger(__name__)


@dataclass
class _Arrival:
    """One event of the batch and what becomes of it."""

    op: Op
    body: bytes
    event: Event | None = None
    key: Key | None = None
    outcome: Outcome = "applied"
    code: str | None = None
    msg: str | None = None
    ver: int | None = None
    alias_of: str | None = None
    answer_only: bool = False  # it is in the log already

    def refuse(self, refusal: Refusal) -> None:
        self.outcome, self.code, self.msg = refusal.outcome, refusal.code, refusal.msg
        self.key = None

    @property
    def open(self) -> bool:
        return self.outcome == "applied" and not self.answer_only

    def result(self) -> OpResult:
        return OpResult.model_construct(
            seq=self.op.seq,
            op_id=self.op.op_id,
            outcome=self.outcome,
            code=self.code,
            msg=self.msg,
            ver=self.ver,
        )


@dataclass
class ParsedPush:
    """What can be prepared before the transaction begins."""

    request: PushRequest
    bodies: list[bytes]
    blobs: dict[str, bytes]
    facts: dict[str, Facts]  # of the blobs that are raw reports


def parse_push(request: PushRequest) -> ParsedPush:
    """Raises ApiError 422 for numbers that JSON does not know (NaN, infinities)."""
    try:
        bodies = [canonical_json(op.model_dump()) for op in request.ops]
    except ValueError as error:
        raise malformed("A number in the body is none.") from error
    blobs = dict(_decoded(request.inline_blobs))
    raws = {name for op in request.ops for name in reports_of(op)} & set(blobs)
    return ParsedPush(request, bodies, blobs, dict(_facts(blobs, raws)))


def _decoded(inline: Mapping[str, str]) -> Iterable[tuple[str, bytes]]:
    """The blobs that are what their name says. A damaged one counts as not sent: it is missing."""
    for name, text in inline.items():
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(data) <= INLINE_BLOB_BYTES and sha256_hex(data) == name:
            yield name, data


def _facts(blobs: Mapping[str, bytes], raws: Iterable[str]) -> Iterable[tuple[str, Facts]]:
    """Read before any lock is held. Where our reader fails, only that event will be set aside."""
    for name in raws:
        try:
            yield name, reading_facts(blobs[name])
        except Exception:
            log.exception("cannot read the report %s", name)


def push(to: Services, connection: Connection, who: Principal, parsed: ParsedPush) -> PushAnswer:
    """Raises ApiError 403 device_..., 409 epoch_changed, stream_fork or seq_gap."""
    return _Push(to, connection, who, parsed).run()


class _Push:
    def __init__(
        self, to: Services, connection: Connection, who: Principal, parsed: ParsedPush
    ) -> None:
        self.to = to
        self.connection = connection
        self.who = who
        self.request = parsed.request
        self.now = to.now()
        self.blobs = BlobDesk(connection, who.operator_id, parsed.request.device_id, self.now)
        self.bags = BagBook(connection, who.operator_id)
        self.inline = parsed.blobs
        self.facts = parsed.facts
        self.arrivals = [
            _Arrival(op, body) for op, body in zip(parsed.request.ops, parsed.bodies, strict=True)
        ]

    def run(self) -> PushAnswer:
        epoch = read_epoch(self.connection)
        if self.request.epoch != epoch:
            raise ApiError(409, "epoch_changed", "The server's history has changed.", epoch=epoch)
        check_device(self.connection, self.who, self.request.device_id)
        last_seq, last_op_id = self._lock_stream()
        self._repeat_answers(last_seq)
        last_seq, last_op_id = self._check_order(last_seq, last_op_id)
        self._find_duplicates()
        for arrival in self.arrivals:
            if arrival.open:
                _understand(arrival, self.who, from_wire(self.now))
        with change_feed(self.connection, self.who.operator_id, self.now) as feed:
            situation = self._situation(feed)
            self._decide(situation)
            self._store(feed, situation)
            self._write_log()
            self._move_stream(last_seq, last_op_id)
        return PushAnswer.model_construct(
            epoch=epoch,
            server_time=self.now,
            last_seq=last_seq,
            durable_seq=durable_seq(
                self.connection, self.who, self.request.device_id, self.request.incarnation_id
            ),
            results=[arrival.result() for arrival in self.arrivals],
            missing_blobs=sorted(self.blobs.missing),
            pull_hint=bool(feed.versions),
        )

    # --- the stream ---------------------------------------------------------------------------

    @property
    def _stream(self) -> dict[str, str]:
        return {
            "operator_id": self.who.operator_id,
            "device_id": self.request.device_id,
            "incarnation_id": self.request.incarnation_id,
        }

    def _lock_stream(self) -> tuple[int, str | None]:
        table = tables.device_stream
        wanted = select(table.c.last_seq, table.c.last_op_id).filter_by(**self._stream)
        row = self.connection.execute(wanted.with_for_update()).one_or_none()
        if row is None:
            insert_many(
                self.connection, table, [self._stream | {"last_seq": 0}], on_conflict="skip"
            )
            row = self.connection.execute(wanted.with_for_update()).one()
        return row.last_seq, row.last_op_id

    def _repeat_answers(self, last_seq: int) -> None:
        """Events whose answer was lost get the same answer; another event there is a fork."""
        old = {a.op.seq: a for a in self.arrivals if a.op.seq <= last_seq}
        if not old:
            return
        table = tables.op_log
        rows = self.connection.execute(
            select(table)
            .filter_by(**self._stream)
            .where(among(self.connection, table.c.seq, sorted(old)))
        )
        stored = {row.seq: row for row in rows}
        for arrival in self.arrivals:
            if arrival.op.seq > last_seq:
                continue
            row = stored.get(arrival.op.seq)
            if row is None or (row.alias_of or row.op_id) != arrival.op.op_id:
                raise self._fork(last_seq)
            arrival.answer_only = True
            arrival.outcome, arrival.code, arrival.msg = row.outcome, row.code, row.msg
            arrival.ver = row.ver

    def _check_order(self, last_seq: int, last_op_id: str | None) -> tuple[int, str | None]:
        stored = last_seq
        for arrival in self.arrivals:
            op = arrival.op
            if arrival.answer_only:
                continue
            if op.seq != last_seq + 1:
                raise ApiError(409, "seq_gap", "Events before these are missing.", last_seq=stored)
            if op.prev != last_op_id:
                raise self._fork(stored)
            last_seq, last_op_id = op.seq, op.op_id
        return last_seq, last_op_id

    def _fork(self, last_seq: int) -> ApiError:
        return ApiError(
            409, "stream_fork", "This stream was continued differently.", last_seq=last_seq
        )

    def _find_duplicates(self) -> None:
        """Events that came before, through another incarnation or twice in this batch."""
        new = [arrival for arrival in self.arrivals if arrival.open]
        if not new:
            return
        table = tables.op_log
        rows = self.connection.execute(
            select(table.c.op_id, table.c.outcome, table.c.code, table.c.msg, table.c.ver).where(
                table.c.operator_id == self.who.operator_id,
                among(
                    self.connection, table.c.op_id, sorted({arrival.op.op_id for arrival in new})
                ),
            )
        )
        known = {row.op_id: row for row in rows}
        seen: set[str] = set()
        for arrival in new:
            op_id = arrival.op.op_id
            row = known.get(op_id)
            if row is not None:
                # A refusal stays a refusal, so that the person hears of it again.
                arrival.alias_of, arrival.ver = op_id, row.ver
                arrival.outcome = "duplicate" if row.outcome == "applied" else row.outcome
                arrival.code, arrival.msg = row.code, row.msg
            elif op_id in seen:
                arrival.alias_of, arrival.outcome = op_id, "duplicate"
            seen.add(op_id)

    # --- verdicts -----------------------------------------------------------------------------

    def _situation(self, feed: ChangeFeed) -> Situation:
        """Everything that the handlers will ask for, locked in sorted order."""
        wanted = [
            HANDLERS[type(arrival.event.payload)].wanted(arrival.event.payload)
            for arrival in self.arrivals
            if arrival.open and arrival.event is not None
        ]
        situation = Situation(grants_of(self.connection, self.who))
        keys = frozenset[Key]().union(*(want.keys for want in wanted))
        situation.by_asset = self._machines_by_asset(wanted)
        keys |= {("machine", machine_id) for machine_id in situation.by_asset.values()}
        keys |= {("machine", machine_id) for machine_id in self._machines_under(wanted)}
        self.blobs.look_up(
            self.inline,
            new={a.op.op_id: blobs_of(a.op) for a in self.arrivals if not a.answer_only},
            reports={name for a in self.arrivals if not a.answer_only for name in reports_of(a.op)},
            repeated={name for a in self.arrivals if a.answer_only for name in blobs_of(a.op)},
        )
        keys |= self.blobs.reads_to_complete()
        for kind in sorted({kind for kind, _ in keys}):
            rows = feed.load(kind, [row_id for other, row_id in keys if other == kind])
            situation.rows |= {(kind, row_id): row for row_id, row in rows.items()}
        situation.bags = self.bags.look_up(bag for want in wanted for bag in want.bags)
        situation.blobs = self.blobs.bodies
        situation.facts = self.facts
        return situation

    def _machines_by_asset(self, wanted: list[Wanted]) -> dict[str, str]:
        assets = sorted({asset for want in wanted for asset in want.assets})
        if not assets:
            return {}
        table = tables.machine
        rows = self.connection.execute(
            select(table.c.asset_number, func.min(table.c.id).label("id"))
            .where(
                table.c.operator_id == self.who.operator_id,
                among(self.connection, table.c.asset_number, assets),
                table.c.removed.is_(False),
            )
            .group_by(table.c.asset_number)
            .having(func.count() == 1)
        )
        return {row.asset_number: row.id for row in rows}

    def _machines_under(self, wanted: list[Wanted]) -> set[str]:
        """Where the records stand whose events do not say it. They never move to another machine,
        so that they can be asked before they are locked: machines are locked first."""
        stands = frozenset[Key]().union(*(want.stands for want in wanted))
        found: set[str] = set()
        for kind in sorted({kind for kind, _ in stands}):
            table = KINDS[kind].table
            ids = sorted(row_id for other, row_id in stands if other == kind)
            found |= set(
                self.connection.scalars(
                    select(table.c.machine_id).where(
                        table.c.operator_id == self.who.operator_id,
                        among(self.connection, table.c.id, ids),
                        table.c.machine_id.is_not(None),
                    )
                )
            )
        return found

    def _decide(self, situation: Situation) -> None:
        """Apply unit by unit; the events of a group stand or fall together."""
        closed_groups: set[str] = set()
        for unit in _units(self.arrivals):
            group = unit[0].op.grp
            if group is not None and group in closed_groups:
                split = Refusal("quarantined", "group_split", "The group is torn apart.")
                for arrival in unit:
                    if arrival.open:
                        arrival.refuse(split)
            if group is not None:
                closed_groups.add(group)
            before = dict(situation.writes), dict(situation.bags)
            for arrival in unit:
                if arrival.open:
                    self._apply(arrival, situation)
            if _fall_together(unit):
                situation.writes, situation.bags = before

    def _apply(self, arrival: _Arrival, situation: Situation) -> None:
        assert arrival.event is not None
        handler = HANDLERS[type(arrival.event.payload)]
        try:
            arrival.key = handler.apply(arrival.event, situation)
        except Refusal as refusal:
            arrival.refuse(refusal)
        except Exception:  # our bug must not block this person's other records
            log.exception("handler failed: %s %s", arrival.op.type, arrival.op.op_id)
            arrival.refuse(_OUR_FAULT)

    # --- writing ------------------------------------------------------------------------------

    def _store(self, feed: ChangeFeed, situation: Situation) -> None:
        self.blobs.store()
        self._store_units(feed, situation, _units(self.arrivals))
        for arrival in self.arrivals:
            if arrival.open and arrival.key is not None:
                arrival.ver = feed.versions[arrival.key]
        self.bags.keep(situation.bags, {a.key for a in self.arrivals if a.open})
        self.blobs.complete_reads(feed, situation)

    def _store_units(
        self, feed: ChangeFeed, situation: Situation, units: list[list[_Arrival]]
    ) -> None:
        """All at once; what the database refuses is found by halving and quarantined alone."""
        keys = {a.key: None for unit in units for a in unit if a.open and a.key is not None}
        if not keys:
            return
        writes = {key: situation.writes[key] for key in keys}
        try:
            with feed.savepoint():
                feed.put(
                    [record for record, _ in writes.values()],
                    {key: extras for key, (_, extras) in writes.items()},
                )
        except (DBAPIError, OverflowError) as error:
            if isinstance(error, DBAPIError) and (
                is_conflict(error) or error.connection_invalidated
            ):
                raise
            if len(units) == 1:
                log.exception("the database refused event %s", units[0][0].op.op_id)
                for arrival in units[0]:
                    if arrival.open:
                        arrival.refuse(_OUR_FAULT)
                return
            middle = len(units) // 2
            self._store_units(feed, situation, units[:middle])
            self._store_units(feed, situation, units[middle:])

    def _write_log(self) -> None:
        rows = [self._log_row(a) for a in self.arrivals if not a.answer_only]
        rows.sort(key=lambda row: str(row["op_id"]))
        insert_many(self.connection, tables.op_log, rows)
        self.blobs.expect()

    def _log_row(self, arrival: _Arrival) -> dict[str, Any]:
        op = arrival.op
        return self._stream | {
            "op_id": op.op_id if arrival.alias_of is None else self.to.new_id(),
            "seq": op.seq,
            "type": _without_nul(op.type),
            "v": op.v,
            "grp": None if op.grp is None else _without_nul(op.grp),
            "actor": _without_nul(op.actor),
            "user_id": self.who.user_id,
            "occurred_at": _without_nul(op.occurred_at),
            "received_at": self.now,
            "body": arrival.body,
            "outcome": arrival.outcome,
            "code": arrival.code,
            "msg": arrival.msg,
            "ver": arrival.ver,
            "alias_of": arrival.alias_of,
        }

    def _move_stream(self, last_seq: int, last_op_id: str | None) -> None:
        if any(not arrival.answer_only for arrival in self.arrivals):
            self.connection.execute(
                tables.device_stream.update()
                .filter_by(**self._stream)
                .values(last_seq=last_seq, last_op_id=last_op_id)
            )


def _understand(arrival: _Arrival, who: Principal, now: datetime) -> None:
    try:
        arrival.event = _event(arrival.op, who, now)
    except Refusal as refusal:
        arrival.refuse(refusal)


def _event(op: Op, who: Principal, now: datetime) -> Event:
    """Raises Refusal: unknown, somebody else's, not allowed, or not what its type says."""
    model = EVENTS.get((op.type, op.v))
    if model is None:
        raise Refusal("quarantined", "type_unknown", "This server does not know the event.")
    if op.actor != who.user_id:
        raise Refusal("quarantined", "actor_differs", "Recorded by another person.")
    if not who.may(HANDLERS[model].right):
        raise Refusal("quarantined", "not_allowed", "Your role does not allow this.")
    body = canonical_json(op.payload)
    if b"\\u0000" in body and has_nul(op.payload):
        raise Refusal("rejected", "payload_invalid", "A text holds the character NUL.")
    try:
        payload = model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        raise Refusal("rejected", "payload_invalid", f"{at}: {first['msg']}") from error
    try:
        occurred_at = from_wire(op.occurred_at)
    except ValueError as error:
        raise Refusal("rejected", "time_invalid", "The time of the event is no time.") from error
    return Event(op, payload, occurred_at, now, who)


_OUR_FAULT = Refusal("quarantined", "server_error", "The server could not store this record yet.")


def _units(arrivals: list[_Arrival]) -> list[list[_Arrival]]:
    """Groups in one piece, everything else alone."""
    units: list[list[_Arrival]] = []
    for arrival in arrivals:
        group = arrival.op.grp
        if group is not None and units and units[-1][0].op.grp == group:
            units[-1].append(arrival)
        else:
            units.append([arrival])
    return units


def _fall_together(unit: list[_Arrival]) -> bool:
    """True when the unit was refused; then no event of it is applied any more."""
    refused = {a.outcome for a in unit if a.outcome in ("rejected", "quarantined")}
    if not refused:
        return False
    outcome: Any = "rejected" if "rejected" in refused else "quarantined"
    together = Refusal(outcome, "group_refused", "Another record of this group was refused.")
    for arrival in unit:
        if arrival.open:
            arrival.refuse(together)
    return True


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
