"""Ends an answer whose head never comes to its end: a time-out for silence does not see it.

httpx waits anew after every byte, so a head that trickles, or announcements (1xx) without an
answer behind them, would hold the one sender for days. Set as httpx's `trace`.
"""

from collections.abc import Callable
from typing import Any

from cvd_desktop.domain.clock import Monotonic
from cvd_desktop.sync.server_api import Trouble, TroubleCode

HEAD_SECONDS = 60.0
"""From the end of the request to the end of the answer's head; a server is silent for half of it
at most (STALL_SECONDS)."""


class AnswerPatience:
    """For the connections of one client, which one thread uses."""

    def __init__(self, monotonic: Monotonic, should_stop: Callable[[], bool]) -> None:
        self._monotonic = monotonic
        self._should_stop = should_stop
        self._until: float | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """What httpx is at. Raises nothing itself: the reads of a new connection do."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            stream = info["return_value"]
            stream.read = self._watched(stream.read)
        elif event.endswith(".receive_response_headers.started"):
            self._until = self._monotonic() + HEAD_SECONDS
        elif ".receive_response_headers." in event:
            self._until = None

    def _watched(self, read: Callable[..., bytes]) -> Callable[..., bytes]:
        def watched_read(max_bytes: int, timeout: float | None = None) -> bytes:
            if self._until is not None:
                if self._should_stop():
                    raise Trouble(TroubleCode.STOPPED)
                if self._monotonic() > self._until:
                    raise Trouble(TroubleCode.OFFLINE, "the head of an answer without an end")
            return read(max_bytes, timeout)

        return watched_read
