"""Push: brings what waits in the outbox to the server, in order, less at a time when it fails.

An event changes only by an outcome for that very event.
"""

import json
from dataclasses import replace

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.storage import attachment_store, outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.refusal_store import take_decisions
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.push_parcel import Parcel, Stream, next_parcel
from cvd_desktop.sync.rescue_run import RescueRun, first_unit
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_desktop.sync.sync_run import (
    MAY_BE_ONE_EVENT,
    NEEDS_NEW_STREAM,
    NewStreamError,
    SyncRun,
    epoch_of,
)
from cvd_shared.wire import ALIKE, BATCH_OPS, Limits, PushAnswer

_MAY_BE_THE_SIZE = frozenset(
    {
        TroubleCode.OFFLINE,
        TroubleCode.CAPTIVE_OR_PROXY,
        TroubleCode.BAD_ANSWER,
        TroubleCode.SERVER_BUSY,
    }
)
_PULL_CAN_GO_ON = MAY_BE_ONE_EVENT | {TroubleCode.NOT_ALLOWED, TroubleCode.QUOTA}


class PushRun:
    """The push of one sync run."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run
        self._rescue = RescueRun(run)
        self._in_full = False

    def push_all(self, limits: Limits) -> Trouble | None:
        """Send what waits. Returns what stands in the way of the rest while pull can go on."""
        while True:
            self._run.stop_if_asked()
            with self._run.database.read() as connection:
                stream = self._run.stream(connection)
                most = min(limits.ops, BATCH_OPS, _batch_ops(connection))
                features = self._run.features - ({ALIKE} if self._in_full else set())
                parcel = next_parcel(connection, stream, limits, max(1, most), features)
                if parcel is None:
                    return None
                reason = self._rescue.reason(connection, parcel.events, limits)
            if reason is not None:
                parcel = Parcel(first_unit(parcel.events))
            try:
                if reason is None:
                    self._send(parcel, stream)
                else:
                    self._rescue.rescue(parcel.events, stream, reason)
            except Trouble as trouble:
                if trouble.code in NEEDS_NEW_STREAM:
                    raise NewStreamError(epoch_of(trouble)) from trouble
                if trouble.details.get("code") == "base_unknown" and not self._in_full:
                    self._in_full = True
                    continue
                self._note_unsent(parcel, stream, trouble)
                if reason is None and self._is_worth_another_try(trouble, parcel, limits):
                    continue  # with half of it, or by rescue
                if trouble.code in _PULL_CAN_GO_ON:
                    return trouble
                raise

    def _is_worth_another_try(self, trouble: Trouble, parcel: Parcel, limits: Limits) -> bool:
        if trouble.code not in MAY_BE_ONE_EVENT:
            return False
        with self._run.database.read() as connection:
            return parcel.divisible or bool(self._rescue.reason(connection, parcel.events, limits))

    def _send(self, parcel: Parcel, stream: Stream) -> None:
        answer = self._run.access.call(
            lambda token: self._run.api.push(token, parcel.document)
        ).data
        if answer.epoch != stream.epoch:
            raise NewStreamError(answer.epoch)
        if not parcel.is_answered_by(answer.results):
            raise Trouble(TroubleCode.BAD_ANSWER, "outcomes that do not fit what was sent")
        with self._run.database.write() as connection:
            if self._run.stream(connection) != stream:
                return  # a late answer: what it says is asked again
            self._take_outcomes(connection, stream, answer)
            arrived = parcel.names - set(answer.missing_blobs)
            if arrived:
                attachment_store.came_along(connection, arrived, to_wire(self._run.clock()))

    def _take_outcomes(self, connection: Transaction, stream: Stream, answer: PushAnswer) -> None:
        news = outbox_store.record_outcomes(
            connection, stream.incarnation, answer.results, to_wire(self._run.clock())
        )
        take_decisions(connection)
        if not news:
            raise Trouble(TroubleCode.BAD_ANSWER, "outcomes without news")  # else for ever
        refused = sum(each.outcome in outbox_store.REFUSED for each in answer.results)
        grown = min(_batch_ops(connection) * 2, BATCH_OPS)
        meta.put(connection, meta.BATCH_OPS, str(grown))
        meta.delete_many(connection, meta.STUCK)
        self._run.report = replace(
            self._run.report,
            pushed=self._run.report.pushed + news,
            newly_refused=self._run.report.newly_refused + refused,
        )

    def _note_unsent(self, parcel: Parcel, stream: Stream, trouble: Trouble) -> None:
        """Count the attempt, send less next time, remember an event that fails by itself."""
        code = trouble.code
        if code not in MAY_BE_ONE_EVENT | _MAY_BE_THE_SIZE:
            return
        with self._run.database.write() as connection:
            outbox_store.count_attempt(connection, stream.incarnation, parcel.first, parcel.last)
            meta.put(connection, meta.BATCH_OPS, str(max(1, len(parcel.events) // 2)))
            if code in MAY_BE_ONE_EVENT and not parcel.divisible:
                _note_stuck(connection, parcel.events[0].op_id, code, to_wire(self._run.clock()))


def _batch_ops(connection: Transaction) -> int:
    return int(meta.get(connection, meta.BATCH_OPS) or BATCH_OPS)


def _note_stuck(connection: Transaction, op_id: str, code: TroubleCode, now: str) -> None:
    """Count failures of one event that is sent by itself, at most one a minute."""
    stuck = json.loads(meta.get(connection, meta.STUCK) or "{}")
    if stuck.get("op_id") != op_id:
        stuck = {"op_id": op_id, "failures": 0, "at": ""}
    if stuck["at"][:16] != now[:16]:  # up to the minute
        stuck["failures"] += 1
    meta.put(connection, meta.STUCK, json.dumps({**stuck, "at": now, "code": str(code)}))
