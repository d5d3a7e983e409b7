"""A line to a virtual machine on which the reader hears all that it sends, as light does."""

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_UP = 0.1


@contextmanager
def echoing_line(device: str) -> Iterator[str]:
    """The port for the reader, while bytes are carried to and from the machine on `device`."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    machine = os.open(device, os.O_RDWR | os.O_NOCTTY)
    ended = threading.Event()

    def carry() -> None:
        while not ended.is_set():
            ready, _, _ = select.select([ours, machine], [], [], _LOOK_UP)
            if ours in ready:
                data = os.read(ours, 4096)
                os.write(ours, data)  # the echo comes before any answer
                os.write(machine, data)
            if machine in ready:
                os.write(ours, os.read(machine, 4096))

    thread = threading.Thread(target=carry, name="echoing line")
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        ended.set()
        thread.join()
        for end in (ours, theirs, machine):
            os.close(end)
