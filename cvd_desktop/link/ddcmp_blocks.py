"""Which block of a report is due, when the report is whole, and how a document is cut in blocks."""

import re
from enum import Enum, auto

from cvd_desktop.link.ddcmp_commands import BLOCK_DATA, UNKNOWN_LENGTH, build_block

_OVERHEAD = 12
"""Bytes of a frame beyond the document: header, 99 and number, CRC."""


_HEADER = b"DXS*"
_TRAILER = re.compile(rb"\nDXE\*[0-9*]*\r\n\s*\Z")
_TAIL = 64  # bytes that are searched for it


class Verdict(Enum):
    MORE = auto()
    LAST = auto()
    RESTARTED = auto()  # the machine lost its place
    TOO_LONG = auto()


class ReportBlocks:
    """The blocks of all reads of a session; each READ counts its blocks from 0."""

    def __init__(self, longest_report: int, most_blocks: int) -> None:
        self._longest = longest_report
        self._most = most_blocks
        self._due: int | None = None  # number of the next block
        self._left: int | None = None  # bytes of this read that are still to come; None: unknown
        self._head = b""
        self._tail = b""
        self._flagged = False  # the last block had the select flag
        self.count = 0
        self.received = 0  # bytes of all reads

    def begin(self, length: int) -> None:
        """A new read. A length of 0, as some echo it from the command, says nothing."""
        self._due = None
        self._left = None if length in (0, UNKNOWN_LENGTH) else length
        self._head = self._tail = b""

    def take(self, number: int, data: bytes, select: bool) -> Verdict:
        """Judges a new block and counts it, unless the verdict is RESTARTED or TOO_LONG.

        Where the length is known it decides: old devices leave out the select flag or toggle it. A
        length that a block goes beyond was wrong, and then only the flag can tell. Blocks
        are numbered from 0 or 1, and after 255 once more from there.
        """
        if not (number == self._due or (number in (0, 1) and self._due in (None, 0))):
            return Verdict.RESTARTED
        if self.received + len(data) > self._longest or self.count == self._most:
            return Verdict.TOO_LONG
        self._due = (number + 1) & 0xFF
        self.count += 1
        self.received += len(data)
        self._head = (self._head + data)[: len(_HEADER)]
        self._tail = (self._tail + data)[-_TAIL:]
        self._flagged = select
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self._left = None
        if self._left is None:
            over = select and (self._head != _HEADER or self._at_trailer)
        else:
            over = self._left == 0
        return Verdict.LAST if over else Verdict.MORE

    @property
    def may_be_over(self) -> bool:
        """Whether silence would mean the end of this read: its length is unknown, and either its
        DXE segment came without the flag, or the flag without the DXE that belongs to its DXS.
        """
        return self._left is None and (self._flagged or self._at_trailer)

    @property
    def _at_trailer(self) -> bool:
        return _TRAILER.search(self._tail) is not None


class SameAgain:
    """Holds back an extra read for as long as it repeats the first read of its list, byte for byte.

    Machines offer extra reads for a second device behind the same eye; some send the first report
    once more. What is held back is stored already.
    """

    def __init__(self) -> None:
        self._first = bytearray()
        self._at: int | None = None  # so much of an extra read is as in the first; None: no more
        self._extra = False

    def begin(self, extra: bool) -> None:
        self._extra = extra
        self._at = 0 if extra else None
        if not extra:
            self._first.clear()

    def give(self, data: bytes) -> bytes:
        """What is to be given out of a block, and of what was held back before it."""
        if not self._extra:
            self._first += data
            return data
        if self._at is None:
            return data
        if self._first.startswith(data, self._at):
            self._at += len(data)
            return b""
        held, self._at = bytes(self._first[: self._at]), None
        return held + data

    def end(self) -> bytes:
        """What is left to be given out when the read is whole: a report that is only shorter."""
        same = self._at in (None, len(self._first))
        return b"" if same else bytes(self._first[: self._at])


def split_document(document: bytes, largest_frame: int) -> list[bytes]:
    """The 99 messages of a document, none of them in a frame larger than the slave's buffer."""
    size = max(1, min(BLOCK_DATA, largest_frame - _OVERHEAD))
    starts = range(0, len(document), size) or range(1)
    return [build_block(n, document[at : at + size]) for n, at in enumerate(starts)]
