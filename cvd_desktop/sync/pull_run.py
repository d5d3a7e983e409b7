"""Pull: takes the server's records, page by page, until both sides are even.

Records change only by a complete pull that answers the present position.
"""

import logging
from dataclasses import replace

from cvd_desktop.storage import pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_desktop.sync.sync_run import NEEDS_NEW_STREAM, NewStreamError, SyncRun, epoch_of
from cvd_shared.wire import PROTOCOL, PULL_ROWS, Limits, PullAnswer, PullRequest

_log = logging.getLogger(__name__)

_LATE_PAGES_MOST = 3


class PullRun:
    """The pull of one sync run."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run

    def pull_all(self, limits: Limits) -> None:
        """Take pages until caught up and every digest agrees; a scope that does not is reloaded."""
        repaired: set[str] = set()
        late = 0
        while True:
            self._run.stop_if_asked()
            with self._run.database.read() as connection:
                stream = self._run.stream(connection)
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
                with self._run.database.write() as connection:
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
            self._run.report = replace(
                self._run.report, pulled=self._run.report.pulled + taken.rows
            )
            if again:
                raise Trouble(TroubleCode.DIGEST_MISMATCH, ", ".join(sorted(again)))
            if not taken.mismatched:
                self._run.report = replace(
                    self._run.report, digest="repaired" if repaired else "ok"
                )
                return
            repaired |= set(taken.mismatched)

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

    def _repair(self, connection: Transaction, scopes: tuple[str, ...]) -> None:
        """Every repair is an incident: somewhere a change was missed."""
        _log.warning("digest mismatch in %s: loading anew", ", ".join(scopes))
        pull_store.load_anew(connection, scopes)
        count = int(meta.get(connection, meta.REPAIRS) or 0) + len(scopes)
        meta.put(connection, meta.REPAIRS, str(count))


def _cursors(answer: PullAnswer) -> dict[str, int]:
    return {scope.id: scope.cursor for scope in answer.scopes}
