"""Which data block is new, which one came twice, and which acknowledgement belongs to it.

A DEX/UCS block carries no number. A block that equals the one before, byte for byte and in its end
mark, is mostly that block again: the sender did not hear our acknowledgement. But machines that
send a line per block have true equal neighbours, and the line tells the two apart by this: who has
heard nothing waits out timer A (1 s) before it does anything, so a copy that comes at once shows
that we were heard. Such a machine finds our answer (the number of the block before) wrong, and
sends its block again: some at once, some after a second, some after ENQ. One copy at once may be a
fault of the machine or of the line; so the third copy counts as a new block where all came at
once, and the fourth where some were slow.

"At once" is half of timer A, or the pace of the machine where that is slower. What the line cannot
tell: a machine that goes on just when timer A is over looks like one that heard nothing (its equal
neighbours end in a failure, never in a lost block), and a last block that comes again is never
taken for two.
"""

from enum import Enum, auto

from cvd_desktop.link.dexucs_frames import Control, Frame

_COPIES_AT_ONCE = 2
_COPIES = 3
"""So many are taken for the block before; a machine sends a block five times at least."""

_EQUAL = 50
"""So many true equal neighbours make no report."""


class Verdict(Enum):
    NEW = auto()
    AGAIN = auto()
    RESTARTED = auto()  # the machine began the report anew
    TOO_LONG = auto()


class BlockSequence:
    """The blocks of one report so far, by their count, their size and their neighbours."""

    def __init__(self, longest_report: int) -> None:
        self._longest = longest_report
        self._first: Frame | None = None
        self._latest: Frame | None = None
        self._copies = 0  # of the latest, counted from the first that came at once
        self._at_once = 0  # of these, how many came at once
        self._asked = False  # an ENQ came since the last block, new or not
        self.after_enq = False  # ... since the last new block: the sender may have begun anew
        self._equal = 0  # neighbours in a row that were taken as true ones
        self.count = 0
        self.received = 0  # bytes

    @property
    def acknowledgement(self) -> Control:
        """What the latest block is answered with: ACK1 for the first, ACK0 for the second, ..."""
        return Control.ACK1 if self.count % 2 else Control.ACK0

    def hear_enq(self) -> None:
        """The sender asks how far we are."""
        self.after_enq = self._asked = True

    def take(self, frame: Frame, at_once: bool = False) -> Verdict:
        """Judges a good block and counts it when it is new. `at_once`: it began too soon after our
        last answer for a sender that was still waiting for it. Where that answered an ENQ it
        proves nothing at first: some senders repeat a block after ENQ whatever the answer was."""
        asked, self._asked = self._asked, False
        if frame == self._latest:
            if self._copies or (at_once and not asked):
                self._copies += 1
                self._at_once += at_once
            most = _COPIES_AT_ONCE if self._at_once == self._copies else _COPIES
            if frame.last or self._copies <= most:
                return Verdict.AGAIN
        elif self.after_enq and self.count > 1 and frame == self._first:
            return Verdict.RESTARTED
        self._equal = self._equal + 1 if frame == self._latest else 0
        if self.received + len(frame.text) > self._longest or self._equal > _EQUAL:
            return Verdict.TOO_LONG
        self._first = self._first or frame
        self._latest = frame
        self._copies = self._at_once = 0
        self.after_enq = False
        self.count += 1
        self.received += len(frame.text)
        return Verdict.NEW
