"""The bytes of a running read, on their way from the machine lane to the screen."""

import threading

from cvd_desktop.link.byte_trace import ByteTrace, Entry


class LiveTrace:
    """`add` is called in the machine lane, `entries` on the GUI thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trace = ByteTrace()

    def add(self, seconds: float, sender: str, data: bytes) -> int:
        """Take what was just sent or heard; the number of entries so far."""
        with self._lock:
            self._trace.add(seconds, sender, data)
            return len(self._trace)

    def entries(self) -> tuple[Entry, ...]:
        """All of it up to now."""
        with self._lock:
            return tuple(self._trace)
