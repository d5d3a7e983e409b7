"""Ctrl-C for commands that can be ended half-way and keep what they have."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cancelled_by_ctrl_c() -> Iterator[threading.Event]:
    """The first Ctrl-C ends the work properly and keeps what is done, the second ends at once."""
    cancelled = threading.Event()

    def cancel(*_: object) -> None:
        cancelled.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield cancelled
    finally:
        signal.signal(signal.SIGINT, before)
