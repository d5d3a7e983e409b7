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
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from cvd_desktop.domain.clock import Clock, from_wire, to_wire
from cvd_desktop.storage import outbox_store, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import Access, load_session, save_session
from cvd_desktop.sync.backoff import Random, delay
from cvd_desktop.sync.push_parcel import Parcel, Stream, next_parcel
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_shared.wire import (
    BATCH_OPS,
    PROTOCOL,
    PULL_ROWS,
    ClientVersion,
    DeviceRequest,
    HelloAnswer,
    HelloRequest,
    KnownRequest,
    Limits,
    PullAnswer,
    PullRequest,
    PushAnswer,
)

_log = logging.getLogger(__name__)

STUCK_AFTER = 5  # failures of one event by itself, each in another minute
_NEW_STREAMS_MOST = 3  # in one run
_LATE_PAGES_MOST = 3
_KNOWN_AT_ONCE = 5000

_NEEDS_NEW_STREAM = frozenset(
    {TroubleCode.EPOCH_CHANGED, TroubleCode.STREAM_FORK, TroubleCode.SEQ_GAP}
)
_MAY_BE_ONE_EVENT = frozenset(
    {TroubleCode.SERVER_ERROR, TroubleCode.MALFORMED, TroubleCode.TOO_LARGE}
)
_MAY_BE_THE_SIZE = frozenset(
    {
        TroubleCode.OFFLINE,
        TroubleCode.CAPTIVE_OR_PROXY,
        TroubleCode.BAD_ANSWER,
        TroubleCode.SERVER_BUSY,
    }
)
_PULL_CAN_GO_ON = _MAY_BE_ONE_EVENT | {TroubleCode.NOT_ALLOWED}

RECORD_STUCK = "record_stuck"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one run did. `waiting` and `refused` are what lies here now, the rest is of this run."""

    pushed: int = 0  # events that got an outcome
    pulled: int = 0  # records
    waiting: int = 0
    refused: int = 0
    newly_refused: int = 0
    digest: Literal["ok", "repaired", "unknown"] = "unknown"
    problem: str | None = None  # a TroubleCode, record_stuck, digest_mismatch, ...


class _NewStream(Exception):  # noqa: N818 - a turn in the road
    """The present stream cannot go on; `epoch` when it is the server that changed."""

    def __init__(self, epoch: str | None) -> None:
        super().__init__(epoch)
        self.epoch = epoch


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
        self._database = database
        self._api = api
        self._access = access
        self._clock = clock
        self._random = random
        self._new_id = new_id
        self._client = client
        self._device = device
        self._should_stop = should_stop
        self._report = SyncReport()
        self._answered = False

    def run(self) -> SyncReport:
        """Push and pull until both sides are even, or say why not. Raises Problem of the disk."""
        self._report = SyncReport()
        self._answered = False
        try:
            self._converge()
        except Trouble as trouble:
            self._note_failure(self._problem_of(trouble), trouble)
        else:
            self._note_success()
        return self._with_counts()

    # --- the order of things ----------------------------------------------------------------

    def _converge(self) -> None:
        """Each turn begins with hello; a new stream begins a new turn."""
        for turn in range(_NEW_STREAMS_MOST + 1):
            try:
                limits = self._hello()
                blocked = self._push_all(limits)
                self._pull_all(limits)
            except _NewStream as reason:
                if turn == _NEW_STREAMS_MOST:
                    raise Trouble(TroubleCode.STREAM_FORK, "no stream is accepted") from reason
                self._begin_stream(reason.epoch)
                continue
            except Trouble as trouble:
                if trouble.code is not TroubleCode.DEVICE_UNKNOWN or turn == _NEW_STREAMS_MOST:
                    raise
                register_device(self._database, self._api, self._access, self._device)
                continue
            if blocked is not None:
                raise blocked
            return

    def _hello(self) -> Limits:
        with self._database.write() as connection:
            if meta.get(connection, meta.INCARNATION) is None:
                meta.put(connection, meta.INCARNATION, self._new_id())
            known = meta.get_many(connection, meta.DEVICE, meta.INCARNATION, meta.EPOCH)
            last_seq = outbox_store.last_seq(connection, known[meta.INCARNATION])
            unsent = outbox_store.counts(connection).waiting
        if meta.DEVICE not in known:
            raise Trouble(TroubleCode.DEVICE_UNKNOWN, "not registered yet")
        request = HelloRequest(
            device_id=known[meta.DEVICE],
            incarnation_id=known[meta.INCARNATION],
            client=self._client,
            unsent=unsent,
        )
        hello = self._access.call(lambda token: self._api.hello(token, request)).data
        self._answered = True
        with self._database.write() as connection:
            self._note_skew(connection, hello)
            if meta.EPOCH not in known:
                meta.put(connection, meta.EPOCH, hello.epoch)
        if known.get(meta.EPOCH, hello.epoch) != hello.epoch:
            raise _NewStream(hello.epoch)
        if hello.last_seq > last_seq:
            # The file is older than itself: it was restored from a copy.
            raise _NewStream(None)
        return hello.limits

    # --- push -------------------------------------------------------------------------------

    def _push_all(self, limits: Limits) -> Trouble | None:
        """Send what waits. Returns what stands in the way of the rest while pull can go on."""
        while True:
            self._stop_if_asked()
            with self._database.read() as connection:
                stream = self._stream(connection)
                most = min(limits.ops, BATCH_OPS, _batch_ops(connection))
                parcel = next_parcel(connection, stream, limits, max(1, most))
            if parcel is None:
                return None
            try:
                self._push(parcel, stream)
            except Trouble as trouble:
                if trouble.code in _NEEDS_NEW_STREAM:
                    raise _NewStream(_epoch_of(trouble)) from trouble
                self._note_unsent(parcel, stream, trouble)
                if trouble.code in _MAY_BE_ONE_EVENT and parcel.divisible:
                    continue  # with half of it
                if trouble.code in _PULL_CAN_GO_ON:
                    return trouble
                raise

    def _push(self, parcel: Parcel, stream: Stream) -> None:
        answer = self._access.call(lambda token: self._api.push(token, parcel.document)).data
        if answer.epoch != stream.epoch:
            raise _NewStream(answer.epoch)
        if not parcel.is_answered_by(answer.results):
            raise Trouble(TroubleCode.BAD_ANSWER, "outcomes that do not fit what was sent")
        with self._database.write() as connection:
            if self._stream(connection) != stream:
                return  # a late answer: what it says is asked again
            self._take_outcomes(connection, stream, answer)

    def _take_outcomes(self, connection: Transaction, stream: Stream, answer: PushAnswer) -> None:
        news = outbox_store.record_outcomes(
            connection, stream.incarnation, answer.results, to_wire(self._clock())
        )
        if not news:
            raise Trouble(TroubleCode.BAD_ANSWER, "outcomes without news")  # else for ever
        refused = sum(each.outcome in outbox_store.REFUSED for each in answer.results)
        grown = min(_batch_ops(connection) * 2, BATCH_OPS)
        meta.put(connection, meta.BATCH_OPS, str(grown))
        meta.delete_many(connection, meta.STUCK)
        self._report = replace(
            self._report,
            pushed=self._report.pushed + news,
            newly_refused=self._report.newly_refused + refused,
        )

    def _note_unsent(self, parcel: Parcel, stream: Stream, trouble: Trouble) -> None:
        """Count the attempt, send less next time, remember an event that fails by itself."""
        code = trouble.code
        if code not in _MAY_BE_ONE_EVENT | _MAY_BE_THE_SIZE:
            return
        with self._database.write() as connection:
            outbox_store.count_attempt(connection, stream.incarnation, parcel.first, parcel.last)
            meta.put(connection, meta.BATCH_OPS, str(max(1, len(parcel.events) // 2)))
            if code in _MAY_BE_ONE_EVENT and not parcel.divisible:
                _note_stuck(connection, parcel.events[0].op_id, code, to_wire(self._clock()))

    # --- pull -------------------------------------------------------------------------------

    def _pull_all(self, limits: Limits) -> None:
        """Take pages until caught up and every digest agrees; a scope that does not is reloaded."""
        repaired: set[str] = set()
        late = 0
        while True:
            self._stop_if_asked()
            with self._database.read() as connection:
                stream = self._stream(connection)
                asked = pull_store.position(connection)
            request = PullRequest(
                protocol=PROTOCOL,
                epoch=stream.epoch,
                device_id=stream.device,
                incarnation_id=stream.incarnation,
                cursors=asked.cursors,
                rereading=list(asked.rereading),
                limit_rows=max(1, min(limits.rows, PULL_ROWS)),
            )
            answer = self._pull(request)
            if answer.more and not answer.rows and _cursors(answer) == asked.cursors:
                raise Trouble(TroubleCode.BAD_ANSWER, "a page without progress")
            try:
                with self._database.write() as connection:
                    taken = pull_store.take_page(connection, asked, answer)
                    again = set(taken.mismatched) & repaired
                    if taken.mismatched and not again:
                        self._repair(connection, taken.mismatched)
            except pull_store.PageError as error:
                raise Trouble(TroubleCode.BAD_ANSWER, str(error)) from error
            late += not taken.used
            if late > _LATE_PAGES_MOST:
                raise Trouble(TroubleCode.BAD_ANSWER, "pages that do not fit the position")
            if not taken.caught_up:
                continue
            self._report = replace(self._report, pulled=self._report.pulled + taken.rows)
            if again:
                raise Trouble(TroubleCode.DIGEST_MISMATCH, ", ".join(sorted(again)))
            if not taken.mismatched:
                self._report = replace(self._report, digest="repaired" if repaired else "ok")
                return
            repaired |= set(taken.mismatched)

    def _pull(self, request: PullRequest) -> PullAnswer:
        try:
            answer = self._access.call(lambda token: self._api.pull(token, request)).data
        except Trouble as trouble:
            if trouble.code in _NEEDS_NEW_STREAM:
                raise _NewStream(_epoch_of(trouble)) from trouble
            raise
        if answer.epoch != request.epoch:
            raise _NewStream(answer.epoch)
        return answer

    def _repair(self, connection: Transaction, scopes: tuple[str, ...]) -> None:
        """Every repair is an incident: somewhere a change was missed."""
        _log.warning("digest mismatch in %s: loading anew", ", ".join(scopes))
        pull_store.load_anew(connection, scopes)
        count = int(meta.get(connection, meta.REPAIRS) or 0) + len(scopes)
        meta.put(connection, meta.REPAIRS, str(count))

    # --- a new stream -----------------------------------------------------------------------

    def _begin_stream(self, epoch: str | None) -> None:
        """Number what waits, and what the server has to be told again, anew.

        With a new `epoch` the records are loaded anew too; those of before stay in view until the
        new ones are complete.
        """
        with self._database.read() as connection:
            stream = self._stream(connection)
            answered = outbox_store.answered(connection, after_lseq=owner_since(connection))
        again = self._to_send_again(stream, answered)
        if epoch is not None:
            self._database.copy("before-new-epoch")
        with self._database.write() as connection:
            if self._stream(connection) != stream:
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
            self._stop_if_asked()
            asked = op_ids[start : start + _KNOWN_AT_ONCE]
            request = KnownRequest(device_id=stream.device, op_ids=asked)
            answer = self._access.call(
                lambda token, request=request: self._api.known(token, request)  # type: ignore[misc]
            ).data
            known, refused = set(answer.known), set(answer.refused)
            again += [
                op_id
                for op_id in asked
                if op_id not in known or (op_id in refused) != answered[op_id]
            ]
        return again

    # --- notes ------------------------------------------------------------------------------

    def _stream(self, connection: Transaction) -> Stream:
        known = meta.get_many(connection, meta.DEVICE, meta.INCARNATION, meta.EPOCH)
        session = load_session(connection)
        if session is None:
            raise Trouble(TroubleCode.SIGN_IN_NEEDED, "signed out")
        return Stream(
            device=known[meta.DEVICE],
            incarnation=known[meta.INCARNATION],
            epoch=known[meta.EPOCH],
            user=session.user_id,
            client=self._client.model_dump(by_alias=True),
        )

    def _stop_if_asked(self) -> None:
        if self._should_stop():
            raise Trouble(TroubleCode.STOPPED)

    def _note_skew(self, connection: Transaction, hello: HelloAnswer) -> None:
        try:
            skew = self._clock() - from_wire(hello.server_time)
        except (ValueError, OverflowError) as error:
            raise Trouble(TroubleCode.BAD_ANSWER, "server_time") from error
        meta.put(connection, meta.SKEW, str(int(skew / timedelta(milliseconds=1))))

    def _note_success(self) -> None:
        with self._database.write() as connection:
            meta.put(connection, meta.LAST_ANSWER, to_wire(self._clock()))
            meta.delete_many(connection, meta.FAILURES, meta.NEXT_TRY, meta.PROBLEM)

    def _note_failure(self, problem: str, trouble: Trouble) -> None:
        self._report = replace(self._report, problem=problem)
        with self._database.write() as connection:
            if self._answered:
                meta.put(connection, meta.LAST_ANSWER, to_wire(self._clock()))
            if trouble.code is TroubleCode.STOPPED:
                return
            failures = int(meta.get(connection, meta.FAILURES) or 0) + 1
            seconds = delay(failures, self._random, retry_after=trouble.retry_after)
            meta.put(connection, meta.FAILURES, str(failures))
            meta.put(connection, meta.PROBLEM, problem)
            meta.put(connection, meta.NEXT_TRY, to_wire(self._clock() + timedelta(seconds=seconds)))

    def _problem_of(self, trouble: Trouble) -> str:
        if trouble.code in _MAY_BE_ONE_EVENT:
            with self._database.read() as connection:
                stuck = json.loads(meta.get(connection, meta.STUCK) or "{}")
            if stuck.get("failures", 0) >= STUCK_AFTER:
                return RECORD_STUCK
        return str(trouble.code)

    def _with_counts(self) -> SyncReport:
        with self._database.read() as connection:
            counts = outbox_store.counts(connection, after_lseq=owner_since(connection))
        return replace(self._report, waiting=counts.waiting, refused=counts.refused)


def register_device(
    database: Database, api: ServerApi, access: Access, device: DeviceRequest
) -> str:
    """Make this data folder known to the server; returns its device id. Raises Trouble."""
    answer = access.call(lambda token: api.register_device(token, device)).data
    with database.write() as connection:
        meta.put(connection, meta.DEVICE, answer.device_id)
        session = load_session(connection)
        if session is not None:
            save_session(connection, replace(session, device_id=answer.device_id))
    return answer.device_id


def owner_since(connection: Transaction) -> int:
    """Events after this one are of the person to whom the data folder belongs."""
    return int(meta.get(connection, meta.OWNER_SINCE) or 0)


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


def _epoch_of(trouble: Trouble) -> str | None:
    """The server's new epoch, where the trouble is about that."""
    if trouble.code is not TroubleCode.EPOCH_CHANGED:
        return None
    epoch = trouble.details.get("epoch")
    if not isinstance(epoch, str) or not epoch:
        raise Trouble(TroubleCode.BAD_ANSWER, "a new epoch without its name") from trouble
    return epoch


def _cursors(answer: PullAnswer) -> dict[str, int]:
    return {scope.id: scope.cursor for scope in answer.scopes}
