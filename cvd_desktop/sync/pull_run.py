"""Pull: takes the server's records, page by page, until both sides are even.

Records change only by a complete pull that answers the present position.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.storage import outbox_store, pull_stage, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.pull_stage import Position, SnapshotError
from cvd_desktop.storage.pull_store import Taken
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.push_parcel import Stream
from cvd_desktop.sync.repair_run import RepairRun
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_desktop.sync.snapshot_run import SnapshotRun
from cvd_desktop.sync.sync_run import NEEDS_NEW_STREAM, NewStreamError, SyncRun, epoch_of
from cvd_shared.wire import PROTOCOL, PULL_ROWS, HelloAnswer, PullAnswer, PullRequest
from cvd_shared.wire_repair import SNAPSHOTS

_LATE_PAGES_MOST = 3
_LONGEST_WAIT = timedelta(hours=4)  # a server spreads its laptops over two
_RESETS_MOST = 3  # of one scope in one run


class PullRun:
    """The pull of one sync run."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run
        self._resets: Counter[str] = Counter()

    def pull_all(self, hello: HelloAnswer) -> None:
        """Take pages until caught up and every digest agrees; what does not is repaired."""
        repairs = RepairRun(self._run)
        repairs.rescan_if_due()
        snapshots = SnapshotRun(self._run, wanted=SNAPSHOTS in hello.features)
        late = 0
        while True:
            self._run.stop_if_asked()
            with self._run.database.read() as connection:
                stream = self._run.stream(connection)
                asked = pull_stage.position(connection)
            if asked.snapshot is not None:
                snapshots.fetch(asked.snapshot)
                continue
            answer = self._pull(_request(stream, asked, hello, snapshots=snapshots.wanted))
            taken = self._take(asked, answer, snapshots)
            late += not taken.used
            if late > _LATE_PAGES_MOST:
                raise Trouble(TroubleCode.BAD_ANSWER, "pages that do not fit the position")
            if not taken.caught_up:
                continue
            self._run.report = replace(
                self._run.report, pulled=self._run.report.pulled + taken.rows
            )
            if not taken.mismatched:
                self._run.report = replace(
                    self._run.report, digest="repaired" if repairs.repaired else "ok"
                )
                return
            repairs.repair([state for state in answer.scopes if state.id in taken.mismatched])

    def may_wait(self) -> bool:
        """Whether all that is left to do is to load everything anew, while that of before is in
        view; not for ever, whatever the server says."""
        with self._run.database.write() as connection:
            asked = pull_stage.position(connection)
            if asked.staged or not pull_store.shows_older_records(connection):
                return False
            return not self._has_waited_long(connection)

    def _has_waited_long(self, connection: Transaction) -> bool:
        """Since this epoch first asked to wait."""
        now, epoch = self._run.clock(), meta.get(connection, meta.EPOCH)
        known, since = json.loads(meta.get(connection, meta.WAITS) or "[null, null]")
        if known != epoch or from_wire(since) > now:  # or the clock was set back
            meta.put(connection, meta.WAITS, json.dumps([epoch, to_wire(now)]))
            return False
        return now - from_wire(since) > _LONGEST_WAIT

    def _take(self, asked: Position, answer: PullAnswer, snapshots: SnapshotRun) -> Taken:
        """Keep or apply a page, and fetch what it offers instead of rows."""
        has_offer = snapshots.wanted and any(state.snapshot for state in answer.scopes)
        try:
            self._check_progress(asked, answer, has_offer=has_offer)
        except Trouble:
            with self._run.database.write() as connection:
                pull_stage.clear(connection)  # those before it may be of the same kind
            raise
        offered = snapshots.begin(answer) if has_offer and answer.more else None
        try:
            with self._run.database.write() as connection:
                if pull_stage.is_current(connection, asked):
                    _refuse_a_twin(connection, asked, answer)
                taken = pull_store.take_page(connection, asked, answer)
        except pull_store.PageError as error:
            raise Trouble(TroubleCode.BAD_ANSWER, str(error)) from error
        except SnapshotError as error:
            snapshots.give_up(str(error))
            with self._run.database.write() as connection:
                pull_stage.clear(connection)
            return Taken(used=True)
        if taken.used and offered is not None:
            snapshots.fetch(offered)
        return taken

    def _check_progress(self, asked: Position, answer: PullAnswer, *, has_offer: bool) -> None:
        """Raises Trouble for a page that leads nowhere: pages of such could come for ever, and
        each of them is kept. A scope goes up, or begins again, which it says and seldom does."""
        onward = False
        for state in answer.scopes:
            before = 0 if state.reset else asked.cursors.get(state.id, 0)
            if not before <= state.cursor <= state.head:
                raise Trouble(TroubleCode.BAD_ANSWER, f"{state.id} goes back")
            onward = onward or state.cursor > before
            self._resets[state.id] += state.reset
            if self._resets[state.id] > _RESETS_MOST:
                raise Trouble(TroubleCode.BAD_ANSWER, f"{state.id} begins again and again")
        if answer.more and not has_offer and not (onward and answer.rows):
            raise Trouble(TroubleCode.BAD_ANSWER, "a page without progress")

    def _pull(self, request: PullRequest) -> PullAnswer:
        try:
            answer = self._run.access.call(lambda token: self._run.api.pull(token, request)).data
        except Trouble as trouble:
            if trouble.code in NEEDS_NEW_STREAM:
                raise NewStreamError(epoch_of(trouble)) from trouble
            raise
        if answer.epoch != request.epoch:
            raise NewStreamError(answer.epoch)
        return answer


def _refuse_a_twin(connection: Transaction, asked: Position, answer: PullAnswer) -> None:
    """Raises NewStreamError when the server has another event under a number of ours: a copy of
    this file goes on with the same stream, and what is told of it is not about our events."""
    if asked.incarnation is None or answer.applied_op is None:
        return
    ours = outbox_store.op_id_at(connection, asked.incarnation, answer.applied_seq)
    if ours != answer.applied_op:
        raise NewStreamError(None)


def _request(
    stream: Stream, asked: Position, hello: HelloAnswer, *, snapshots: bool
) -> PullRequest:
    return PullRequest(
        protocol=PROTOCOL,
        epoch=stream.epoch,
        device_id=stream.device,
        incarnation_id=stream.incarnation,
        cursors=asked.cursors,
        rereading=list(asked.rereading),
        floors=asked.floors,
        snapshots=snapshots,
        limit_rows=max(1, min(hello.limits.rows, PULL_ROWS)),
    )
