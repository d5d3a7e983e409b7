"""Fetches the snapshot of a scope, a piece at a time; what is here stays, the rest is resumed.

Whatever is odd about it - other bytes, a proxy that knows no ranges, a store that has lost it -
only means that the pages are fetched instead.
"""

import logging
import re

from pydantic import ValidationError

from cvd_desktop.storage import pull_stage
from cvd_desktop.storage.pull_stage import SnapshotError, StagedSnapshot
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_desktop.sync.sync_run import SyncRun
from cvd_shared.wire import PullAnswer, ScopeState
from cvd_shared.wire_repair import SNAPSHOT_CHUNK_BYTES, SnapshotOffer

_log = logging.getLogger(__name__)

_SHA256 = re.compile("[0-9a-f]{64}")
_MOST_BYTES = 1 << 30
_LINE_OR_PERSON = frozenset(
    {
        TroubleCode.OFFLINE,
        TroubleCode.NOT_TRUSTED,
        TroubleCode.SERVER_BUSY,
        TroubleCode.STOPPED,
        TroubleCode.TOKEN_EXPIRED,
        TroubleCode.SIGN_IN_NEEDED,
        TroubleCode.USER_BLOCKED,
        TroubleCode.DEVICE_REVOKED,
        TroubleCode.DEVICE_UNKNOWN,
    }
)
"""What the pages would meet too: no reason to give the snapshot up."""


class SnapshotRun:
    """The snapshots of one sync run. `wanted` until one of them was odd."""

    def __init__(self, run: SyncRun, *, wanted: bool) -> None:
        self._run = run
        self.wanted = wanted

    def begin(self, answer: PullAnswer) -> StagedSnapshot | None:
        """The first that the page offers; none when it is no offer."""
        for state in answer.scopes:
            if state.snapshot is not None:
                offered = _offer_of(state)
                if offered is None:
                    self.give_up(f"offer for {state.id}")
                return offered
        return None

    def fetch(self, snapshot: StagedSnapshot) -> None:
        """Stage it to its end. Returns early when it was given up or overtaken."""
        while snapshot.have < snapshot.size:
            self._run.stop_if_asked()
            with self._run.database.read() as connection:
                asked = pull_stage.position(connection)
            last = min(snapshot.have + SNAPSHOT_CHUNK_BYTES, snapshot.size) - 1
            try:
                data = self._piece(snapshot, last)
                with self._run.database.write() as connection:
                    if not pull_stage.is_current(connection, asked):
                        return
                    pull_stage.stage_piece(connection, asked, snapshot, data)
            except (SnapshotError, Trouble) as error:
                if isinstance(error, Trouble) and error.code in _LINE_OR_PERSON:
                    raise
                self.give_up(str(error))
                with self._run.database.write() as connection:
                    pull_stage.drop_pieces(connection, snapshot.sha256)
                return
            snapshot = _with(snapshot, len(data))

    def give_up(self, reason: str) -> None:
        _log.info("no snapshot, pages instead: %s", reason)
        self.wanted = False

    def _piece(self, snapshot: StagedSnapshot, last: int) -> bytes:
        data = self._run.access.call(
            lambda token: self._run.api.snapshot(token, snapshot.sha256, snapshot.have, last)
        ).data
        if len(data) != last - snapshot.have + 1:
            raise SnapshotError(f"{len(data)} bytes of another part")
        return data


def _offer_of(state: ScopeState) -> StagedSnapshot | None:
    try:
        offer = SnapshotOffer.model_validate(state.snapshot)
    except ValidationError:
        return None
    good = _SHA256.fullmatch(offer.sha256) and 0 < offer.bytes <= _MOST_BYTES
    if not good or not 0 < offer.cursor <= state.head or not 0 <= offer.rows <= offer.cursor:
        return None
    if state.cursor != 0:
        return None  # only for a scope that is read from its start
    return StagedSnapshot(state.id, offer.sha256, offer.bytes, offer.rows, offer.cursor)


def _with(snapshot: StagedSnapshot, more: int) -> StagedSnapshot:
    return StagedSnapshot(**(snapshot.as_json() | {"have": snapshot.have + more}))
