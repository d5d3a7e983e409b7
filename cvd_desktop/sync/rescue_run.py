"""Rescue: what no push can bring goes to the server unread, so that the rest goes on.

The server keeps the bytes, people see that they lie there, and they are played again later.
"""

import base64
import json
from dataclasses import replace

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.outbox_store import StoredEvent
from cvd_desktop.storage.refusal_store import take_decisions
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.push_parcel import Stream
from cvd_desktop.sync.server_api import Answered, Trouble, TroubleCode
from cvd_desktop.sync.sync_run import NewStreamError, SyncRun
from cvd_shared.wire import BATCH_OPS, MAX_BODY_BYTES, Limits
from cvd_shared.wire_repair import RESCUE_BYTES, RescueAnswer, RescueRequest

FEATURE = "rescue"
STUCK_AFTER = 5  # failures of one event by itself, each in another minute

_LEAST_LIMIT = 64 * 1024
"""Bytes. A server that says less has not said what it takes: by that, everything were rescued."""

_GROUP_BYTES = MAX_BODY_BYTES // 2  # of a group; its blobs travel along
_TOO_LARGE = "too_large"
_GROUP_TORN = "group_torn"
_NOT_BY_TOKEN = frozenset(
    {TroubleCode.SIGN_IN_NEEDED, TroubleCode.USER_BLOCKED, TroubleCode.DEVICE_REVOKED}
)


class RescueRun:
    """The rescue of one sync run."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run

    def reason(
        self, connection: Transaction, events: list[StoredEvent], limits: Limits
    ) -> str | None:
        """Why the first event, or the first group, of `events` has to be rescued; None: push it."""
        if FEATURE not in self._run.features:
            return None
        unit = first_unit(events)
        sizes = [event.size for event in unit]
        if max(sizes) > RESCUE_BYTES:
            return None  # no such event is recorded; if there is one, it is called stuck
        if len(unit) == 1 and sizes[0] > max(limits.bytes, _LEAST_LIMIT):
            return _TOO_LARGE
        if len(unit) > BATCH_OPS or (len(unit) > 1 and sum(sizes) > _GROUP_BYTES):
            return _TOO_LARGE
        if outbox_store.continues_refused_group(connection, unit[0]):
            return _GROUP_TORN
        stuck = json.loads(meta.get(connection, meta.STUCK) or "{}")
        if stuck.get("op_id") == unit[0].op_id and stuck["failures"] >= STUCK_AFTER:
            return str(stuck["code"])
        return None

    def rescue(self, events: list[StoredEvent], stream: Stream, reason: str) -> None:
        """Bring these events, in order. Raises Trouble; those before stay rescued."""
        for event in events:
            self._run.stop_if_asked()
            if event.size > RESCUE_BYTES:
                raise Trouble(TroubleCode.TOO_LARGE, "more than the server keeps of one event")
            with self._run.database.read() as connection:
                request = _request(connection, event, stream, reason)
            answer = self._asked(request)
            result = answer.data.result
            if answer.epoch != stream.epoch:
                raise NewStreamError(answer.epoch)
            if (result.seq, result.op_id) != (event.seq, event.op_id):
                raise Trouble(TroubleCode.BAD_ANSWER, "the outcome of another event")
            with self._run.database.write() as connection:
                if self._run.stream(connection) != stream:
                    return  # a late answer: what it says is asked again
                news = outbox_store.record_outcomes(
                    connection, stream.incarnation, [result], to_wire(self._run.clock())
                )
                take_decisions(connection)
                if not news:
                    raise Trouble(TroubleCode.BAD_ANSWER, "an outcome without news")
                meta.delete_many(connection, meta.STUCK)
            refused = result.outcome in outbox_store.REFUSED
            report = self._run.report
            self._run.report = replace(
                report,
                pushed=report.pushed + news,
                newly_refused=report.newly_refused + refused,
            )

    def rescue_everything(self, reason: str) -> None:
        """Of a person or a device that may not push any more. Raises Trouble."""
        while True:
            with self._run.database.read() as connection:
                stream = self._run.stream(connection)
                events = outbox_store.next_batch(
                    connection, stream.incarnation, max_events=BATCH_OPS, max_bytes=RESCUE_BYTES
                )
            if not events:
                return
            self.rescue(events, stream, reason)

    def _asked(self, request: RescueRequest) -> Answered[RescueAnswer]:
        """In the name of the person; where that is not possible, in that of the device."""
        run = self._run
        try:
            return run.access.call(lambda token: run.api.rescue(token, request, None))
        except Trouble as trouble:
            if trouble.code not in _NOT_BY_TOKEN or run.access.sign is None:
                raise
            try:
                return run.api.rescue(None, request, run.access.sign)
            except Trouble as unsigned:
                if unsigned.code is not TroubleCode.TOKEN_EXPIRED:
                    raise
                raise trouble from unsigned


def first_unit(events: list[StoredEvent]) -> list[StoredEvent]:
    """The first event, with the rest of its group."""
    group = events[0].group
    if group is None:
        return events[:1]
    rest = next((n for n, event in enumerate(events) if event.group != group), len(events))
    return events[:rest]


def _request(
    connection: Transaction, event: StoredEvent, stream: Stream, reason: str
) -> RescueRequest:
    body = outbox_store.body_bytes(connection, event.lseq)
    return RescueRequest(
        device_id=stream.device,
        incarnation_id=stream.incarnation,
        epoch=stream.epoch,
        seq=event.seq,
        op_id=event.op_id,
        prev=outbox_store.op_id_at(connection, stream.incarnation, event.seq - 1),
        body=base64.b64encode(body).decode("ascii"),
        reason=reason,
    )
