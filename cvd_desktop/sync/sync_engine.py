"""Brings the outbox to the server and the server's records back: push, then pull, until even.

Nothing is ever deleted because of a failure. An event changes only by an outcome for that very
event; records change only by a complete pull that answers the present position. When the server's
past or our file is not what it was (epoch, fork, gap), a new stream begins: everything that waits
and everything the server has forgotten gets new numbers, the lasting op_id keeps it single.
One engine runs at a time: the caller holds the sync lock.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from cvd_desktop.domain.clock import Clock, from_wire, to_wire
from cvd_desktop.storage import outbox_store, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import Access, load_session, save_session
from cvd_desktop.sync.backoff import Random, delay
from cvd_desktop.sync.pull_run import PullRun
from cvd_desktop.sync.push_parcel import Stream
from cvd_desktop.sync.push_run import PushRun
from cvd_desktop.sync.repair_run import load_everything_anew
from cvd_desktop.sync.rescue_run import STUCK_AFTER, RescueRun
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_desktop.sync.sync_run import (
    MAY_BE_ONE_EVENT,
    NewStreamError,
    SyncReport,
    SyncRun,
    owner_since,
)
from cvd_shared.wire import (
    ClientVersion,
    DeviceRequest,
    HelloAnswer,
    HelloRequest,
    KnownRequest,
)

_NEW_STREAMS_MOST = 3  # in one run
_KNOWN_AT_ONCE = 5000

_SHUT_OUT = (TroubleCode.USER_BLOCKED, TroubleCode.DEVICE_REVOKED)

RECORD_STUCK = "record_stuck"

_log = logging.getLogger(__name__)


class SyncEngine:
    """One run of sync, over things that are passed in."""

    def __init__(
        self,
        *,
        database: Database,
        api: ServerApi,
        access: Access,
        clock: Clock,
        random: Random,
        new_id: Callable[[], str],
        client: ClientVersion,
        device: DeviceRequest,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._run = SyncRun(database, api, access, clock, client, should_stop)
        self._random = random
        self._new_id = new_id
        self._device = device
        self._answered = False

    def run(self) -> SyncReport:
        """Push and pull until both sides are even, or say why not. Raises Problem of the disk."""
        self._run.report = SyncReport()
        self._answered = False
        try:
            later = self._converge()
        except Trouble as trouble:
            self._note_failure(self._problem_of(trouble), trouble)
        else:
            self._note_success(TroubleCode.LOADS_LATER if later else None)
        return self._with_counts()

    # --- the order of things ----------------------------------------------------------------

    def _converge(self) -> bool:
        """Each turn begins with hello; a new stream begins a new turn. True: nothing was pulled,
        since the server asks to load everything anew later."""
        for turn in range(_NEW_STREAMS_MOST + 1):
            try:
                hello = self._hello()
                blocked = PushRun(self._run).push_all(hello.limits)
                pull = PullRun(self._run)
                later = hello.load_after > 0 and pull.may_wait()
                if not later:
                    pull.pull_all(hello)
            except NewStreamError as reason:
                if turn == _NEW_STREAMS_MOST:
                    raise Trouble(TroubleCode.STREAM_REFUSED, "no new one either") from reason
                self._begin_stream(reason.epoch)
                continue
            except Trouble as trouble:
                if trouble.code in _SHUT_OUT:
                    self._rescue_everything(trouble)
                if trouble.code is not TroubleCode.DEVICE_UNKNOWN or turn == _NEW_STREAMS_MOST:
                    raise
                register_device(self._run.database, self._run.api, self._run.access, self._device)
                continue
            if blocked is not None:
                raise blocked
            return later
        raise AssertionError("a turn ends, or the next one begins")

    def _rescue_everything(self, shut_out: Trouble) -> None:
        """Who may not push any more still brings what he recorded: the office decides on it."""
        try:
            RescueRun(self._run).rescue_everything(str(shut_out.code))
        except (Trouble, NewStreamError) as trouble:
            _log.info("not everything was rescued: %s", trouble)

    def _hello(self) -> HelloAnswer:
        with self._run.database.write() as connection:
            if meta.get(connection, meta.INCARNATION) is None:
                meta.put(connection, meta.INCARNATION, self._new_id())
            known = meta.get_many(connection, meta.DEVICE, meta.INCARNATION, meta.EPOCH)
            last_seq = outbox_store.last_seq(connection, known[meta.INCARNATION])
            answered = outbox_store.last_seq(connection, known[meta.INCARNATION], answered=True)
            unsent = outbox_store.counts(connection).waiting
            repairs = int(meta.get(connection, meta.REPAIRS) or 0)
        if meta.DEVICE not in known:
            raise Trouble(TroubleCode.DEVICE_UNKNOWN, "not registered yet")
        request = HelloRequest(
            device_id=known[meta.DEVICE],
            incarnation_id=known[meta.INCARNATION],
            client=self._run.client,
            unsent=unsent,
            repairs=repairs,
        )
        hello = self._run.access.call(lambda token: self._run.api.hello(token, request)).data
        self._answered = True
        self._run.features = frozenset(hello.features)
        self._run.access.note_policy(hello.policy)
        with self._run.database.write() as connection:
            self._note_skew(connection, hello)
            _note_durable(connection, known[meta.INCARNATION], hello.durable_seq)
            if meta.EPOCH not in known:
                meta.put(connection, meta.EPOCH, hello.epoch)
        if known.get(meta.EPOCH, hello.epoch) != hello.epoch:
            raise NewStreamError(hello.epoch)
        if hello.last_seq > last_seq:
            # The file is older than itself: it was restored from a copy.
            raise NewStreamError(None)
        if hello.last_seq < answered:
            # The server has forgotten the stream, or knows this device by another name by now.
            raise NewStreamError(None)
        if hello.load_anew is not None:
            load_everything_anew(self._run, hello.load_anew)
        return hello

    # --- a new stream -----------------------------------------------------------------------

    def _begin_stream(self, epoch: str | None) -> None:
        """Number what waits, and what the server has to be told again, anew.

        The records are loaded anew too, whether the server or this file is older than it was; those
        of before stay in view until the new ones are complete.
        """
        with self._run.database.read() as connection:
            stream = self._run.stream(connection)
            answered = outbox_store.answered(connection, after_lseq=owner_since(connection))
        again = self._to_send_again(stream, answered)
        self._run.database.copy("before-new-stream")
        with self._run.database.write() as connection:
            if self._run.stream(connection) != stream:
                return  # hello finds out what to do now
            outbox_store.renumber(connection, self._new_id(), again)
            meta.delete_many(connection, meta.STUCK)
            count = int(meta.get(connection, meta.STREAM_CHANGES) or 0) + 1
            meta.put(connection, meta.STREAM_CHANGES, str(count))
            if epoch is not None:
                meta.put(connection, meta.EPOCH, epoch)
            pull_store.load_anew(connection)

    def _to_send_again(self, stream: Stream, answered: dict[str, bool]) -> list[str]:
        """Answered events that the server does not have, or of which it thinks differently now."""
        op_ids = list(answered)
        again: list[str] = []
        for start in range(0, len(op_ids), _KNOWN_AT_ONCE):
            self._run.stop_if_asked()
            asked = op_ids[start : start + _KNOWN_AT_ONCE]
            request = KnownRequest(device_id=stream.device, op_ids=asked)
            answer = self._run.access.call(
                lambda token, request=request: self._run.api.known(token, request)  # type: ignore[misc]
            ).data
            known, refused = set(answer.known), set(answer.refused)
            again += [
                op_id
                for op_id in asked
                if op_id not in known or (op_id in refused) != answered[op_id]
            ]
        return again

    # --- notes ------------------------------------------------------------------------------

    def _note_skew(self, connection: Transaction, hello: HelloAnswer) -> None:
        try:
            skew = self._run.clock() - from_wire(hello.server_time)
        except (ValueError, OverflowError) as error:
            raise Trouble(TroubleCode.BAD_ANSWER, "server_time") from error
        meta.put(connection, meta.SKEW, str(int(skew / timedelta(milliseconds=1))))

    def _note_success(self, still: TroubleCode | None) -> None:
        self._run.report = replace(self._run.report, problem=still and str(still))
        with self._run.database.write() as connection:
            meta.put(connection, meta.LAST_ANSWER, to_wire(self._run.clock()))
            meta.delete_many(connection, meta.FAILURES, meta.NEXT_TRY, meta.PROBLEM)
            if still is not None:
                meta.put(connection, meta.PROBLEM, str(still))

    def _note_failure(self, problem: str, trouble: Trouble) -> None:
        self._run.report = replace(self._run.report, problem=problem)
        with self._run.database.write() as connection:
            if self._answered:
                meta.put(connection, meta.LAST_ANSWER, to_wire(self._run.clock()))
            if trouble.code is TroubleCode.STOPPED:
                return
            failures = int(meta.get(connection, meta.FAILURES) or 0) + 1
            seconds = delay(failures, self._random, retry_after=trouble.retry_after)
            meta.put(connection, meta.FAILURES, str(failures))
            meta.put(connection, meta.PROBLEM, problem)
            meta.put(
                connection, meta.NEXT_TRY, to_wire(self._run.clock() + timedelta(seconds=seconds))
            )

    def _problem_of(self, trouble: Trouble) -> str:
        if trouble.code in MAY_BE_ONE_EVENT:
            with self._run.database.read() as connection:
                stuck = json.loads(meta.get(connection, meta.STUCK) or "{}")
            if stuck.get("failures", 0) >= STUCK_AFTER:
                return RECORD_STUCK
        return str(trouble.code)

    def _with_counts(self) -> SyncReport:
        with self._run.database.read() as connection:
            counts = outbox_store.counts(connection, after_lseq=owner_since(connection))
        return replace(self._run.report, waiting=counts.waiting, refused=counts.refused)


def _note_durable(connection: Transaction, incarnation: str, durable_seq: int) -> None:
    """Up to where a backup elsewhere covers this stream; what was said of earlier ones stays."""
    durable = json.loads(meta.get(connection, meta.DURABLE) or "{}")
    if durable.get(incarnation, 0) < durable_seq:
        meta.put(connection, meta.DURABLE, json.dumps(durable | {incarnation: durable_seq}))


def register_device(
    database: Database, api: ServerApi, access: Access, device: DeviceRequest
) -> str:
    """Make this data folder known to the server; returns its device id. Raises Trouble."""
    answer = access.call(lambda token: api.register_device(token, device)).data
    with database.write() as connection:
        meta.put(connection, meta.DEVICE, answer.device_id)
        meta.put(connection, meta.DEVICE_PUBKEY, device.pubkey or "")
        session = load_session(connection)
        if session is not None:
            save_session(connection, replace(session, device_id=answer.device_id))
    return answer.device_id
