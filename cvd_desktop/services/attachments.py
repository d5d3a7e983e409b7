"""Files that belong to records: which of them are still on their way, and those of colleagues."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.server_line import NOT_SIGNED_IN, access_of, one_sender, open_line
from cvd_desktop.services.server_line import problem_of as problem_of_line
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store, photo_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.attachment_store import Attachment, Kind
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import Access
from cvd_desktop.sync.server_api import ServerApi, Trouble
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_attachments import ATTACHMENT_BYTES

TOPICS = frozenset({"sync"})
CACHE_BYTES = 64 * 1024 * 1024  # of all pictures of colleagues that are kept
CACHED_BYTES = 8 * 1024 * 1024  # of one
_PIECE = 1024 * 1024
_NOT_THERE = frozenset({"not_found"})
_AT_THE_END = frozenset({"range_wrong"})


class AttachmentState(StrEnum):
    """Where the bytes are. `lost`: the server needs them, and they are not on this laptop."""

    ON_ITS_WAY = "on_its_way"
    ON_THE_SERVER = "on_the_server"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class WaitingAttachment:
    sha256: str
    op_id: str  # of the record's event
    kind: Kind
    size: int  # bytes
    recorded_at: datetime
    state: AttachmentState
    problem: str | None  # code: why it is not sent, when it is not the line


@dataclass(frozen=True, slots=True)
class AttachmentsView:
    """What the server does not have yet of records that it has. Oldest first."""

    waiting: tuple[WaitingAttachment, ...] = ()
    size: int = 0  # bytes of those that are not lost
    lost: int = 0
    next_try_at: datetime | None = None
    problem: str | None = None  # code of the last failure


def attachments_waiting(wp: Workplace) -> AttachmentsView:
    """For the outbox and the chip; cheap enough to ask often."""
    with wp.database.read() as connection:
        found = [_waiting(each) for each in attachment_store.unsettled(connection)]
        known = meta.get_many(connection, meta.ATTACHMENT_NEXT_TRY, meta.ATTACHMENT_PROBLEM)
    next_try = known.get(meta.ATTACHMENT_NEXT_TRY)
    lost = sum(each.state is AttachmentState.LOST for each in found)
    return AttachmentsView(
        waiting=tuple(found),
        size=sum(each.size for each in found if each.state is AttachmentState.ON_ITS_WAY),
        lost=lost,
        next_try_at=None if next_try is None else from_wire(next_try),
        problem=known.get(meta.ATTACHMENT_PROBLEM),
    )


def attachment_states(wp: Workplace, names: Collection[str]) -> dict[str, AttachmentState]:
    """sha256 -> where its bytes are, of records of this laptop; of others nothing is known."""
    with wp.database.read() as connection:
        found = attachment_store.states(connection, names)
    return {name: _state(each) for name, each in found.items()}


def send_attachments_again(wp: Workplace) -> None:
    """Do not wait any longer, also for those that were set aside. Topics of change: `TOPICS`."""
    with wp.database.write() as connection:
        attachment_store.try_again(connection)
        meta.delete_many(connection, meta.ATTACHMENT_NEXT_TRY, meta.ATTACHMENT_FAILURES)


def fetch_attachment(wp: Workplace, sha256: str, *, visit_id: str | None = None) -> bytes:
    """A photo, an original, a report or a signature, from here or from the server; verified.

    It asks the network: never in the database lane. `visit_id` is needed for a signature. Pictures
    of colleagues are kept for the next time. Raises Problem: attachment_not_there (on its way from
    its laptop, or not for this person), attachment_damaged, not_signed_in, sync_running, and the
    troubles of the line.
    """
    here = kept_attachment(wp, sha256)
    if here is not None:
        return here
    session = current_session(wp)
    if session is None:
        raise Problem(NOT_SIGNED_IN, ExitCode.USAGE)
    with one_sender(wp), open_line(wp, session.server) as api:
        return fetch_through(wp, api, sha256, visit_id)


def kept_attachment(wp: Workplace, sha256: str) -> bytes | None:
    """What lies on this laptop; None where it has to be fetched."""
    with wp.database.read() as connection:
        data = photo_store.bytes_of(connection, sha256)
        if data is None:
            data = attachment_store.fetched_bytes(connection, sha256)
    if data is not None and sha256_hex(data) == sha256:
        return data
    return None


def fetch_through(wp: Workplace, api: ServerApi, sha256: str, visit_id: str | None) -> bytes:
    """As `fetch_attachment`, over an API that is open already. The caller is the one sender."""
    try:
        data = _fetched(api, access_of(wp, api), sha256, visit_id)
    except Trouble as trouble:
        if trouble.details.get("code") in _NOT_THERE:
            raise Problem("attachment_not_there", ExitCode.REFUSED) from trouble
        raise problem_of_line(trouble) from trouble
    if sha256_hex(data) != sha256:
        raise Problem("attachment_damaged", ExitCode.OFFLINE)
    if len(data) <= CACHED_BYTES:
        with wp.database.write() as connection:
            _keep(connection, sha256, data, to_wire(wp.clock()))
    return data


def _keep(connection: Transaction, sha256: str, data: bytes, now: str) -> None:
    attachment_store.keep_fetched(connection, sha256, data, now, CACHE_BYTES)


def _fetched(api: ServerApi, access: Access, sha256: str, visit_id: str | None) -> bytes:
    """Piece by piece, until one is short; never more than an attachment may have."""
    data = bytearray()
    while len(data) <= ATTACHMENT_BYTES:
        first = len(data)
        try:
            piece = access.call(
                lambda token, first=first: api.attachments.fetch(  # type: ignore[misc]
                    token, sha256, first, first + _PIECE - 1, visit_id
                )
            )
        except Trouble as trouble:
            if trouble.details.get("code") not in _AT_THE_END:
                raise
            break
        data += piece
        if len(piece) < _PIECE:
            break
    return bytes(data)


def _waiting(each: Attachment) -> WaitingAttachment:
    return WaitingAttachment(
        sha256=each.sha256,
        op_id=each.op_id,
        kind=each.kind,
        size=each.size,
        recorded_at=from_wire(each.at),
        state=_state(each),
        problem=each.problem,
    )


def _state(each: Attachment) -> AttachmentState:
    if each.state == "stored":
        return AttachmentState.ON_THE_SERVER
    return AttachmentState.LOST if each.state == "lost" else AttachmentState.ON_ITS_WAY
