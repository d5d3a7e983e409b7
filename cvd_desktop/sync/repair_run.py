"""A digest that does not match: find what differs, fetch just that, or load the scope anew (2.14).

Every mismatch is an incident: somewhere a change was missed. It is logged, counted in this data
folder, and told to the server with the next hello.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.storage import pull_repair, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.pull_repair import ScopeHere
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_desktop.sync.sync_run import SyncRun
from cvd_shared.digest import Digest, bucket_of
from cvd_shared.wire import Row, ScopeState
from cvd_shared.wire_repair import ROWS_WANTED, DigestAnswer, DigestRequest, RowsRequest

_log = logging.getLogger(__name__)

_BAD_MOST = 0.05  # of a scope's rows; more of them, and it is loaded anew
_RESCAN_EVERY = timedelta(days=7)
_COPY_EVERY = timedelta(days=1)  # so that the copies of before the trouble stay
_CANNOT_COMPARE = frozenset(
    {TroubleCode.MALFORMED, TroubleCode.BAD_ANSWER, TroubleCode.SERVER_ERROR}
)

_Name = tuple[str, str]  # kind, id


class RepairRun:
    """The repairs of one sync run."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run
        self._compared: set[str] = set()
        self._anew: set[str] = set()

    @property
    def repaired(self) -> bool:
        """Whether anything had to be."""
        return bool(self._compared)

    def repair(self, states: Sequence[ScopeState]) -> None:
        """Mend these scopes. Raises Trouble when loading anew did not help."""
        for state in states:
            if state.id in self._anew:
                raise Trouble(TroubleCode.DIGEST_MISMATCH, state.id)
            told = Digest(state.n, int(state.sum))
            self._note_incident(state, told)
            first = state.id not in self._compared
            self._compared.add(state.id)
            if not first or not self._mended(state, told):
                _log.warning("%s is loaded anew", state.id)
                self._load_anew(state.id)
                self._anew.add(state.id)

    def rescan_if_due(self) -> None:
        """Count everything afresh weekly and after an unclean end, before the server is asked."""
        now = self._run.clock()
        with self._run.database.read() as connection:
            known = meta.get_many(connection, meta.RESCANNED, meta.UNCLEAN_END)
            if meta.UNCLEAN_END not in known and _is_recent(known.get(meta.RESCANNED), now):
                return
            whole = pull_repair.is_whole(connection)
        with self._run.database.write() as connection:
            found = [] if whole else pull_repair.rescan(connection)
            if found:
                _log.warning("counted afresh, other than kept: %s", ", ".join(found))
                _count_repairs(connection, len(found))
            meta.put(connection, meta.RESCANNED, to_wire(now))
            meta.delete_many(connection, meta.UNCLEAN_END)

    # --- one scope --------------------------------------------------------------------------

    def _mended(self, state: ScopeState, told: Digest) -> bool:
        """Compare buckets, fetch what differs. False when the scope has to be loaded anew."""
        with self._run.database.read() as connection:
            here = pull_repair.scope_here(connection, state.id)
        if here is None:
            return False
        try:
            answer = self._compare(state, here)
            if answer.moved:
                return True  # the next pull tells more
            gone, wanted = _differences(here, answer)
            if answer.too_many or len(gone) + len(wanted) > _BAD_MOST * told.rows:
                return False
            rows = self._fetch(state.id, here.seq, wanted)
        except Trouble as trouble:
            if trouble.code not in _CANNOT_COMPARE:
                raise
            return False
        if rows is None:
            return True  # it has moved meanwhile
        with self._run.database.write() as connection:
            counted = pull_repair.mend(connection, state.id, here.seq, gone, rows)
            if counted is not None and counted != told:
                return False
        return True

    def _compare(self, state: ScopeState, here: ScopeHere) -> DigestAnswer:
        with self._run.database.read() as connection:
            stream = self._run.stream(connection)
        request = DigestRequest(
            device_id=stream.device,
            epoch=stream.epoch,
            scope=state.id,
            head=here.seq,
            counts=[bucket.rows for bucket in here.buckets],
            sums=[str(bucket.total) for bucket in here.buckets],
        )
        return self._run.access.call(lambda token: self._run.api.digest(token, request)).data

    def _fetch(self, scope: str, head: int, wanted: Sequence[_Name]) -> list[Row] | None:
        """The server's records of these names; None when the scope has moved on."""
        with self._run.database.read() as connection:
            stream = self._run.stream(connection)
        rows: dict[_Name, Row] = {}
        left = list(wanted)
        while left:
            self._run.stop_if_asked()
            request = RowsRequest(
                device_id=stream.device,
                epoch=stream.epoch,
                scope=scope,
                head=head,
                wanted=left[:ROWS_WANTED],
            )
            answer = self._run.access.call(
                lambda token, request=request: self._run.api.rows(token, request)  # type: ignore[misc]
            ).data
            if answer.moved:
                return None
            fresh = {(row.k, row.i): row for row in answer.rows if _fits(row, scope)}
            rows |= fresh
            before = len(left)
            left = [name for name in left if name not in rows]
            if len(left) == before:
                raise Trouble(TroubleCode.BAD_ANSWER, "rows that were not asked for")
        return [rows[name] for name in wanted]

    def _load_anew(self, scope: str) -> None:
        now = self._run.clock()
        with self._run.database.read() as connection:
            copied = _is_recent(meta.get(connection, meta.COPIED), now, _COPY_EVERY)
        if not copied:
            self._run.database.copy("before-loading-anew")
        with self._run.database.write() as connection:
            pull_store.load_anew(connection, [scope])
            if not copied:
                meta.put(connection, meta.COPIED, to_wire(now))

    def _note_incident(self, state: ScopeState, told: Digest) -> None:
        with self._run.database.write() as connection:
            here = pull_store.digests(connection).get(state.id, Digest())
            _count_repairs(connection, 1)
        _log.warning(
            "digest mismatch: %s",
            json.dumps({"scope": state.id, "cursor": state.cursor, "here": here, "there": told}),
        )


def load_everything_anew(run: SyncRun, wish: str) -> None:
    """An administrator's wish, heeded once: a copy of the file, then every record is asked for
    again. What waits in the outbox, drafts and attachments are not touched."""
    with run.database.read() as connection:
        if meta.get(connection, meta.WISH_HEEDED) == wish:
            return
    run.database.copy("before-loading-anew")
    with run.database.write() as connection:
        pull_store.load_anew(connection)
        meta.put(connection, meta.WISH_HEEDED, wish)


def _differences(here: ScopeHere, answer: DigestAnswer) -> tuple[list[_Name], list[_Name]]:
    """(what is only here, what is missing or other here)."""
    buckets = set(answer.buckets)
    theirs = {(entry.k, entry.i): entry.ver for entry in answer.entries}
    ours = {name: ver for name, ver in here.entries.items() if bucket_of(*name) in buckets}
    gone = sorted(ours.keys() - theirs.keys())
    wanted = sorted(name for name, ver in theirs.items() if ours.get(name) != ver)
    return gone, wanted


def _fits(row: Row, scope: str) -> bool:
    return row.s == scope and row.op == "put" and row.d is not None and 0 <= row.ver < 1 << 63


def _count_repairs(connection: Transaction, more: int) -> None:
    count = int(meta.get(connection, meta.REPAIRS) or 0) + more
    meta.put(connection, meta.REPAIRS, str(count))


def _is_recent(text: str | None, now: datetime, span: timedelta = _RESCAN_EVERY) -> bool:
    """False also for a moment to come: the clock was set back."""
    if text is None:
        return False
    return timedelta(0) <= now - from_wire(text) < span
