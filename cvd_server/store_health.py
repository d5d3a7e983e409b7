"""Does the store of attachments answer? Asked seldom, and nobody waits for it twice."""

import logging
import threading

from cvd_server.attachment_store import AttachmentStore, StoreFull, StoreUnavailable

log = logging.getLogger(__name__)

_KEPT_SECONDS = 15


class StoreHealth:
    """Of one worker process; the answer of before is told while a question is under way."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._state = "unknown"
        self._at: float | None = None

    def state(self, store: AttachmentStore, now: float) -> str:
        """ok, full, unreachable; unknown before the first answer. `now` in seconds."""
        fresh = self._at is not None and 0 <= now - self._at < _KEPT_SECONDS
        if not fresh and self._asking.acquire(blocking=False):
            try:
                self._state, self._at = _asked(store), now
            finally:
                self._asking.release()
        return self._state


def _asked(store: AttachmentStore) -> str:
    try:
        store.check()
    except StoreFull:
        return "full"
    except StoreUnavailable as error:
        log.warning("the store of attachments does not answer: %s", error)
        return "unreachable"
    return "ok"
