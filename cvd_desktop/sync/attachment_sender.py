"""Sends the bytes that events name and the server does not have: files, in chunks, resumed.

It runs after push and pull, with a back-off of its own, and lets go as soon as something new is
recorded: attachments never keep an event waiting. What the server needs is what the server says;
it is asked when new events name bytes that did not come along with their push, every day, and after
its epoch has changed. A file that lies here only until the server has it counts as stored when the
server said so of that very file.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from cvd_desktop.domain.clock import Clock, Monotonic, from_wire, to_wire
from cvd_desktop.storage import attachment_store, outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.attachment_store import Attachment
from cvd_desktop.storage.database import Database
from cvd_desktop.sync.access import Access
from cvd_desktop.sync.backoff import Random, delay, is_due
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_shared.wire_attachments import (
    ATTACHMENT_BYTES,
    CHUNK_BYTES,
    BlobOffer,
    BlobOffered,
)

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(days=1)
_TURNS_MOST = 8  # of one file in one run: places corrected, offered again, begun again

OFFSET_DIFFERS = "offset_differs"
OFFER_AGAIN = frozenset({"upload_unknown"})
SEND_AGAIN = frozenset({"chunk_damaged"})
ONE_FILE = frozenset({"blob_not_named", "upload_busy", "too_large", "malformed"})
"""Codes of the server that are about one file: the others go on."""
LATER_TODAY = frozenset({"upload_busy"})

NOT_HERE = "attachment_gone"  # the file is not here any more, or is not what it was
TOO_LARGE = "attachment_too_large"
NOT_ACCEPTED = "attachment_not_accepted"  # it arrives as something else, again and again


@dataclass(frozen=True, slots=True)
class AttachmentReport:
    """What one run did; `waiting` and `lost` are what lies here now."""

    sent: int = 0
    waiting: int = 0
    lost: int = 0
    problem: str | None = None


class _LetGo(Exception):  # noqa: N818 - a turn in the road
    """Something more urgent, or the time is over: the rest in the next run."""


class _SetAside(Exception):  # noqa: N818 - a turn in the road
    """This file is not to be sent now; the others are."""


class AttachmentSender:
    """One run, over things that are passed in. The caller is the one sender."""

    def __init__(
        self,
        *,
        database: Database,
        api: ServerApi,
        access: Access,
        clock: Clock,
        monotonic: Monotonic,
        random: Random,
        data_dir: Path,
        should_stop: Callable[[], bool] = lambda: False,
        seconds: float | None = None,
        metered: bool = False,
    ) -> None:
        """`seconds` is how long a run may take. On a `metered` line only reports are sent."""
        self._database = database
        self._api = api
        self._access = access
        self._clock = clock
        self._monotonic = monotonic
        self._random = random
        self._data_dir = data_dir
        self._should_stop = should_stop
        self._seconds = seconds
        self._metered = metered
        self._sent = 0
        self._begun = 0.0
        self._newest = 0
        self._device = ""

    def run(self) -> AttachmentReport:
        """Send what waits, as far as it goes. Raises Problem of the disk."""
        self._sent, self._begun = 0, self._monotonic()
        with self._database.write() as connection:
            attachment_store.notice_new(connection)
            self._newest = outbox_store.newest_lseq(connection)
            known = meta.get_many(connection, meta.DEVICE, meta.ATTACHMENT_NEXT_TRY)
        self._device = known.get(meta.DEVICE, "")
        next_try = known.get(meta.ATTACHMENT_NEXT_TRY)
        due = is_due(None if next_try is None else from_wire(next_try), self._clock())
        problem = self._converge() if due and self._device else None
        with self._database.read() as connection:
            counts = attachment_store.counts(connection)
        return AttachmentReport(self._sent, counts.waiting, counts.lost, problem)

    def _converge(self) -> str | None:
        try:
            self._ask_missing()
            with self._database.read() as connection:
                waiting = attachment_store.to_send(connection)
            for each in waiting:
                if self._metered and each.kind != "report":
                    continue
                self._send(each)
        except _LetGo:
            return None
        except Trouble as trouble:
            return self._note_failure(trouble)
        with self._database.write() as connection:
            meta.delete_many(
                connection,
                meta.ATTACHMENT_FAILURES,
                meta.ATTACHMENT_NEXT_TRY,
                meta.ATTACHMENT_PROBLEM,
            )
        return None

    # --- what the server needs --------------------------------------------------------------

    def _ask_missing(self) -> None:
        with self._database.read() as connection:
            epoch = meta.get(connection, meta.EPOCH)
            asked = json.loads(meta.get(connection, meta.MISSING_ASKED) or "{}")
            new = attachment_store.has_new(connection)
        now = self._clock()
        age = now - from_wire(asked["at"]) if asked else None
        fresh = age is not None and timedelta(0) <= age < ASK_AGAIN
        if fresh and asked["epoch"] == epoch and not new:
            return
        answer = self._access.call(lambda token: self._api.attachments.missing(token, self._device))
        with self._database.write() as connection:
            if meta.get(connection, meta.EPOCH) != epoch:
                raise _LetGo
            if not fresh or asked["epoch"] != epoch:
                attachment_store.try_again(connection)
            attachment_store.take_missing(
                connection, answer.missing, to_wire(now), complete=not answer.more
            )
            told = {"at": to_wire(now), "epoch": epoch}
            if not answer.more:
                meta.put(connection, meta.MISSING_ASKED, json.dumps(told))

    # --- one file ---------------------------------------------------------------------------

    def _send(self, each: Attachment) -> None:
        try:
            self._send_whole(each)
        except _SetAside as reason:
            self._set_aside(each, str(reason))

    def _send_whole(self, each: Attachment) -> None:
        """Raises _SetAside with the reason, _LetGo, and Trouble where it is about the line."""
        source = self._source(each)
        for _ in range(_TURNS_MOST):
            self._pause()
            offered = self._about_the_file(lambda: self._offer(each, source))
            if offered is None:
                continue
            if offered.state == "stored":
                return self._stored(each)
            if self._chunks(offered, source):
                return self._stored(each)
        raise _SetAside(NOT_ACCEPTED)

    def _offer(self, each: Attachment, source: "_Source") -> BlobOffered:
        offer = BlobOffer(
            device_id=self._device, sha256=each.sha256, size=source.size, mime=source.mime
        )
        return self._access.call(lambda token: self._api.attachments.offer(token, offer))

    def _chunks(self, offered: BlobOffered, source: "_Source") -> bool:
        """True when the server has it all; False: offer it again."""
        upload_id, offset = offered.upload_id, offered.offset
        if upload_id is None or not 0 <= offset < source.size:
            raise Trouble(TroubleCode.BAD_ANSWER, "no place to go on")
        chunk = min(max(offered.chunk, 1), CHUNK_BYTES)
        while offset < source.size:
            self._pause()
            data = source.read(offset, chunk)
            progress = self._about_the_file(
                lambda data=data, at=offset: self._access.call(  # type: ignore[misc]
                    lambda token: self._api.attachments.send_chunk(token, upload_id, at, data)
                )
            )
            if progress is None:
                return False
            if progress.state == "stored":
                return True
            if progress.offset != offset + len(data):
                return False  # begun again, or another window has gone on
            offset = progress.offset
        return False

    def _about_the_file(self, ask: Callable[[], _T]) -> _T | None:
        """The answer; None where the file has to be offered again."""
        try:
            return ask()
        except Trouble as trouble:
            code = str(trouble.details.get("code", ""))
            if code == OFFSET_DIFFERS or code in OFFER_AGAIN or code in SEND_AGAIN:
                return None
            if code in ONE_FILE:
                raise _SetAside(code) from trouble
            raise

    def _source(self, each: Attachment) -> "_Source":
        """The bytes, which are what their name says. Raises _SetAside."""
        with self._database.read() as connection:
            path = attachment_store.path_of(connection, each.sha256)
            mime = attachment_store.mime_of(connection, each.sha256)
            data = (
                None
                if path is not None
                else outbox_store.blob_bytes(connection, each.sha256, each.op_id)
            )
        source = _Source(mime, data, None if path is None else self._data_dir / path)
        if source.size > ATTACHMENT_BYTES:
            raise _SetAside(TOO_LARGE)
        if source.sha256() != each.sha256:
            raise _SetAside(NOT_HERE)
        return source

    def _pause(self) -> None:
        """Between two chunks: does anything else want the line?"""
        if self._should_stop():
            raise Trouble(TroubleCode.STOPPED)
        if self._seconds is not None and self._monotonic() - self._begun >= self._seconds:
            raise _LetGo
        with self._database.read() as connection:
            if outbox_store.newest_lseq(connection) != self._newest:
                raise _LetGo

    # --- notes ------------------------------------------------------------------------------

    def _stored(self, each: Attachment) -> None:
        with self._database.write() as connection:
            attachment_store.mark(connection, each.sha256, "stored", to_wire(self._clock()))
        self._sent += 1

    def _set_aside(self, each: Attachment, reason: str) -> None:
        """Until the server is asked again; what is not here is told to a person."""
        if reason in LATER_TODAY:
            return  # another laptop is sending it
        state = each.state
        if reason == NOT_HERE:
            state = "lost"
            _log.error("attachment %s is not here any more", each.sha256)
        with self._database.write() as connection:
            now = to_wire(self._clock())
            attachment_store.mark(connection, each.sha256, state, now, problem=reason)

    def _note_failure(self, trouble: Trouble) -> str | None:
        if trouble.code is TroubleCode.STOPPED:
            return None
        with self._database.write() as connection:
            failures = int(meta.get(connection, meta.ATTACHMENT_FAILURES) or 0) + 1
            seconds = delay(failures, self._random, retry_after=trouble.retry_after)
            next_try = to_wire(self._clock() + timedelta(seconds=seconds))
            meta.put(connection, meta.ATTACHMENT_FAILURES, str(failures))
            meta.put(connection, meta.ATTACHMENT_PROBLEM, str(trouble.code))
            meta.put(connection, meta.ATTACHMENT_NEXT_TRY, next_try)
        return str(trouble.code)


class _Source:
    """Bytes in the database, or a file; a file that is gone is empty."""

    def __init__(self, mime: str, data: bytes | None, path: Path | None) -> None:
        self.mime = mime
        self._data = data or b""
        self._path = path
        self.size = len(self._data)
        if path is not None:
            try:
                self.size = path.stat().st_size
            except OSError:
                self.size = 0

    def read(self, offset: int, most: int) -> bytes:
        if self._path is None:
            return self._data[offset : offset + most]
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                return file.read(most)
        except OSError as error:
            raise _SetAside(NOT_HERE) from error

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for offset in range(0, self.size, CHUNK_BYTES):
            digest.update(self.read(offset, CHUNK_BYTES))
        return digest.hexdigest()
