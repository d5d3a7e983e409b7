"""A line between a reader and a virtual machine that kills the reader at a chosen byte.

What the reader had written before it died still reaches the machine, as it would from the buffer
of a real port; nothing else does.
"""

import os
import pty
import select
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LOOK_UP = 0.2


@dataclass
class CutLine:
    """`port` is for the reader; `passed` counts the bytes of both directions."""

    port: str
    _reader: int
    _machine: int
    passed: int = 0
    heard: bytearray = field(default_factory=bytearray)  # what the reader sent

    def carry(self, running: Callable[[], bool], kill_at: int, kill: Callable[[], None]) -> bool:
        """Carry bytes until `kill_at` of them have passed, or nobody runs; True when killed."""
        while running():
            ready, _, _ = select.select([self._reader, self._machine], [], [], _LOOK_UP)
            for source in ready:
                if self.passed >= kill_at:
                    break
                self._pass(source, kill_at - self.passed)
            if self.passed >= kill_at:
                kill()
                while select.select([self._reader], [], [], 0)[0]:
                    self._pass(self._reader, 4096)
                return True
        return False

    def _pass(self, source: int, most: int) -> None:
        data = os.read(source, most)
        self.passed += len(data)
        if source == self._reader:
            self.heard += data
        os.write(self._machine if source == self._reader else self._reader, data)


@contextmanager
def cut_line(device: str) -> Iterator[CutLine]:
    """A line to the virtual machine on `device` (a pty)."""
    ours, theirs = pty.openpty()
    machine = os.open(device, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(theirs)
    try:
        yield CutLine(os.ttyname(theirs), ours, machine)
    finally:
        for end in (ours, theirs, machine):
            os.close(end)
