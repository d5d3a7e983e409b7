"""One batch of the outbox, in one transaction (sync protocol, 2.5): nothing lost, nothing twice.

Order of work, which is also the order of locks: epoch, device, stream, known events, records
(sorted), bags, blobs, records written, op log, stream, and last the feed with its heads.
"""

import base64
import binascii
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.answers import ApiError, malformed
from cvd_server.arrivals import REFUSED, Arrival, understand, without_nul
from cvd_server.audited_events import audit_events
from cvd_server.blobs import reports_of
from cvd_server.change_feed import change_feed
from cvd_server.clock import from_wire
from cvd_server.database import insert_many
from cvd_server.devices import check_device, durable_seq
from cvd_server.handler_parts import Refusal
from cvd_server.refusals import write_refusals
from cvd_server.server_meta import read_epoch
from cvd_server.services import Services
from cvd_server.streams import Stream, known_events
from cvd_server.verdicts import Luggage, Verdicts
from cvd_shared.canonical import canonical_json, sha256_hex
from cvd_shared.record_facts import Facts, reading_facts
from cvd_shared.wire import INLINE_BLOB_BYTES, PushAnswer, PushRequest

log = logging.getLogger(__name__)


@dataclass
class ParsedPush:
    """What can be prepared before the transaction begins."""

    request: PushRequest
    bodies: list[bytes]
    blobs: dict[str, bytes]
    facts: dict[str, Facts]  # of the blobs that are raw reports


def parse_push(request: PushRequest, reports: Mapping[str, bytes] | None = None) -> ParsedPush:
    """`reports` came by their difference from others (alike_events.py). Raises ApiError 422 for
    numbers that JSON does not know (NaN, infinities)."""
    try:
        bodies = [canonical_json(op.model_dump()) for op in request.ops]
    except ValueError as error:
        raise malformed("A number in the body is infinite, or none (NaN).") from error
    blobs = dict(reports or {}) | dict(_decoded(request))
    raws = {name for op in request.ops for name in reports_of(op)} & set(blobs)
    return ParsedPush(request, bodies, blobs, dict(_facts(blobs, raws)))


def _decoded(request: PushRequest) -> Iterable[tuple[str, bytes]]:
    """The blobs that are what their name says. A damaged one counts as not sent: it is missing."""
    everything: list[tuple[str, bytes]] = []
    for name, text in request.inline_blobs.items():
        with suppress(binascii.Error, ValueError):
            everything.append((name, base64.b64decode(text, validate=True)))
    for name, text in request.inline_texts.items():
        with suppress(UnicodeEncodeError):
            everything.append((name, text.encode()))
    for name, data in everything:
        if len(data) <= INLINE_BLOB_BYTES and sha256_hex(data) == name:
            yield name, data


def _facts(blobs: Mapping[str, bytes], raws: Iterable[str]) -> Iterable[tuple[str, Facts]]:
    """Read before any lock is held. Where our reader fails, only that event will be set aside."""
    for name in raws:
        try:
            yield name, reading_facts(blobs[name])
        except Exception:
            log.exception("cannot read the report %s", name)


def push(
    to: Services,
    connection: Connection,
    who: Principal,
    parsed: ParsedPush,
    *,
    carried: Mapping[str, Refusal] | None = None,
) -> PushAnswer:
    """Raises ApiError 403 device_..., 409 epoch_changed, stream_fork or seq_gap.

    `carried`: it came as a file, whose device was judged before; the events named here (op_id)
    are kept but not applied."""
    return _Push(to, connection, who, parsed, carried).run()


class _Push:
    def __init__(
        self,
        to: Services,
        connection: Connection,
        who: Principal,
        parsed: ParsedPush,
        carried: Mapping[str, Refusal] | None,
    ) -> None:
        self.to = to
        self.carried = carried
        self.connection = connection
        self.who = who
        self.request = parsed.request
        self.now = to.now()
        self.luggage = Luggage(parsed.blobs, parsed.facts, to.store)
        self.stream = Stream(
            connection, who.operator_id, parsed.request.device_id, parsed.request.incarnation_id
        )
        self.arrivals = [
            Arrival(op, body) for op, body in zip(parsed.request.ops, parsed.bodies, strict=True)
        ]

    def run(self) -> PushAnswer:
        epoch = read_epoch(self.connection)
        if self.request.epoch != epoch:
            raise ApiError(409, "epoch_changed", "The server's history has changed.", epoch=epoch)
        if self.carried is None:
            check_device(self.connection, self.who, self.request.device_id)
        self.stream.lock()
        self._repeat_answers()
        last_seq, last_op_id = self._check_order()
        self._find_duplicates()
        for arrival in self.arrivals:
            if not arrival.open:
                continue
            if (aside := (self.carried or {}).get(arrival.op.op_id)) is not None:
                arrival.refuse(aside)
            else:
                understand(arrival, self.who, from_wire(self.now))
        verdicts = Verdicts(
            self.connection,
            self.who,
            self.arrivals,
            device_id=self.request.device_id,
            now=self.now,
            luggage=self.luggage,
            torn_groups=self._torn_groups(),
        )
        with change_feed(self.connection, self.who.operator_id, self.now) as feed:
            verdicts.judge(feed)
            self._answer_twins()
            write_refusals(feed, self.who, self.arrivals, self.now)
            self._write_log()
            audit_events(self.connection, self.to, self.who, self.request.device_id, self.arrivals)
            verdicts.expect_blobs()
            if any(not arrival.answer_only for arrival in self.arrivals):
                self.stream.move(last_seq, last_op_id)
        return PushAnswer.model_construct(
            epoch=epoch,
            server_time=self.now,
            last_seq=last_seq,
            durable_seq=durable_seq(
                self.connection, self.who, self.request.device_id, self.request.incarnation_id
            ),
            results=[arrival.result() for arrival in self.arrivals],
            missing_blobs=sorted(verdicts.blobs.missing),
            pull_hint=bool(feed.versions),
        )

    def _repeat_answers(self) -> None:
        """Events whose answer was lost get the same answer; another event there is a fork."""
        last_seq = self.stream.last_seq
        old = [arrival for arrival in self.arrivals if arrival.op.seq <= last_seq]
        stored = self.stream.logged([arrival.op.seq for arrival in old])
        for arrival in old:
            row = stored.get(arrival.op.seq)
            if row is None or (row.alias_of or row.op_id) != arrival.op.op_id:
                raise self.stream.fork()
            arrival.answer_only = True
            arrival.outcome, arrival.code, arrival.msg = row.outcome, row.code, row.msg
            arrival.ver = row.ver

    def _check_order(self) -> tuple[int, str | None]:
        """The new end of the stream."""
        last_seq, last_op_id = self.stream.last_seq, self.stream.last_op_id
        for arrival in self.arrivals:
            op = arrival.op
            if arrival.answer_only:
                continue
            if op.seq != last_seq + 1:
                raise self.stream.gap()
            if op.prev != last_op_id:
                raise self.stream.fork()
            last_seq, last_op_id = op.seq, op.op_id
        return last_seq, last_op_id

    def _find_duplicates(self) -> None:
        """Events that came before, through another incarnation or twice in this batch."""
        new = [arrival for arrival in self.arrivals if arrival.open]
        if not new:
            return
        known = known_events(
            self.connection, self.who.operator_id, {arrival.op.op_id for arrival in new}
        )
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

    def _answer_twins(self) -> None:
        """What came twice in this batch hears the verdict on the first: a refusal stays one."""
        first = {a.op.op_id: a for a in self.arrivals if a.alias_of is None}
        for arrival in self.arrivals:
            judged = first.get(arrival.alias_of or "")
            if judged is None:
                continue
            arrival.ver = judged.ver
            if judged.outcome in REFUSED:
                arrival.outcome, arrival.code, arrival.msg = (
                    judged.outcome, judged.code, judged.msg,
                )  # fmt: skip

    def _torn_groups(self) -> set[str]:
        """The group that an earlier batch, or a rescue, has begun already."""
        first = next((arrival for arrival in self.arrivals if not arrival.answer_only), None)
        if first is None or first.op.grp is None or self.stream.last_seq == 0:
            return set()
        group = self.stream.last_group()
        return {group} if group is not None else set()

    # --- writing ------------------------------------------------------------------------------

    def _write_log(self) -> None:
        rows = [self._log_row(a) for a in self.arrivals if not a.answer_only]
        rows.sort(key=lambda row: str(row["op_id"]))
        insert_many(self.connection, tables.op_log, rows)

    def _log_row(self, arrival: Arrival) -> dict[str, Any]:
        op = arrival.op
        return self.stream.key | {
            "op_id": op.op_id if arrival.alias_of is None else self.to.new_id(),
            "seq": op.seq,
            "type": without_nul(op.type),
            "v": op.v,
            "grp": None if op.grp is None else without_nul(op.grp),
            "actor": without_nul(op.actor),
            "user_id": self.who.user_id,
            "occurred_at": without_nul(op.occurred_at),
            "received_at": self.now,
            "body": arrival.body,
            "outcome": arrival.outcome,
            "code": arrival.code,
            "msg": arrival.msg,
            "ver": arrival.ver,
            "alias_of": arrival.alias_of,
        }
