"""What the parts of one sync run share: where it runs, what it has found, who is sending."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from cvd_desktop.domain.clock import Clock
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import Access, load_session
from cvd_desktop.sync.push_parcel import Stream
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_shared.wire import ClientVersion

NEEDS_NEW_STREAM = frozenset(
    {TroubleCode.EPOCH_CHANGED, TroubleCode.STREAM_FORK, TroubleCode.SEQ_GAP}
)
MAY_BE_ONE_EVENT = frozenset(
    {TroubleCode.SERVER_ERROR, TroubleCode.MALFORMED, TroubleCode.TOO_LARGE}
)


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
    attachments_sent: int = 0
    attachments_waiting: int = 0  # what lies here now and the server needs


class NewStreamError(Exception):
    """The present stream cannot go on; `epoch` when it is the server that changed."""

    def __init__(self, epoch: str | None) -> None:
        super().__init__(epoch)
        self.epoch = epoch


@dataclass(slots=True)
class SyncRun:
    """One run: the things that are passed in, and what was done so far."""

    database: Database
    api: ServerApi
    access: Access
    clock: Clock
    client: ClientVersion
    should_stop: Callable[[], bool]
    report: SyncReport = field(default_factory=SyncReport)
    features: frozenset[str] = frozenset()  # of the server, as it says in `hello`

    def stream(self, connection: Transaction) -> Stream:
        """Who is sending. Raises Trouble when nobody is signed in."""
        known = meta.get_many(connection, meta.DEVICE, meta.INCARNATION, meta.EPOCH)
        session = load_session(connection)
        if session is None:
            raise Trouble(TroubleCode.SIGN_IN_NEEDED, "signed out")
        if meta.DEVICE not in known or meta.EPOCH not in known:
            # Shut out before the server ever greeted it: what was recorded waits here.
            raise Trouble(TroubleCode.DEVICE_UNKNOWN, "not greeted yet")
        return Stream(
            device=known[meta.DEVICE],
            incarnation=known[meta.INCARNATION],
            epoch=known[meta.EPOCH],
            user=session.user_id,
            client=self.client.model_dump(by_alias=True),
        )

    def stop_if_asked(self) -> None:
        """Raises Trouble when the run was told to end."""
        if self.should_stop():
            raise Trouble(TroubleCode.STOPPED)


def owner_since(connection: Transaction) -> int:
    """Events after this one are of the person to whom the data folder belongs."""
    return int(meta.get(connection, meta.OWNER_SINCE) or 0)


def epoch_of(trouble: Trouble) -> str | None:
    """The server's new epoch, where the trouble is about that."""
    if trouble.code is not TroubleCode.EPOCH_CHANGED:
        return None
    epoch = trouble.details.get("epoch")
    if not isinstance(epoch, str) or not epoch:
        raise Trouble(TroubleCode.BAD_ANSWER, "a new epoch without its name") from trouble
    return epoch
