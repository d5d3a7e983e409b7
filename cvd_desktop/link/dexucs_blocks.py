"""Which data block is new, which one came twice, and which acknowledgement belongs to it.

A DEX/UCS block carries no number. It is the same block again when it equals the one before, byte
for byte and in its end mark: the sender lost our acknowledgement. Two equal neighbours in a real
report are practically impossible at 243 characters, but machines that send a line per block have
them. Such a machine hears our acknowledgement, finds the number wrong and repeats at once, where
one that hears nothing lets a second pass: the third such copy in a row is a new block.
"""

from enum import Enum, auto

from cvd_desktop.link.dexucs_frames import Control, Frame

_COPIES_REFUSED = 2
"""So many are taken for the block before; a machine repeats at least once more."""


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
        self._copies = 0  # of the latest, each sent by a machine that had heard our answer
        self.count = 0
        self.received = 0  # bytes

    @property
    def acknowledgement(self) -> Control:
        """What the latest block is answered with: ACK1 for the first, ACK0 for the second, ..."""
        return Control.ACK1 if self.count % 2 else Control.ACK0

    def take(self, frame: Frame, after_enq: bool, at_once: bool = False) -> Verdict:
        """Judges a good block and counts it when it is new. `after_enq`: the machine has sent ENQ
        since the block before, so it may have forgotten how far it was. `at_once`: the block began
        too soon after our acknowledgement for a machine that was still waiting for it."""
        if frame == self._latest:
            self._copies += at_once
            if frame.last or self._copies <= _COPIES_REFUSED:
                return Verdict.AGAIN
        elif after_enq and self.count > 1 and frame == self._first:
            return Verdict.RESTARTED
        if self.received + len(frame.text) > self._longest:
            return Verdict.TOO_LONG
        self._first = self._first or frame
        self._latest = frame
        self._copies = 0
        self.count += 1
        self.received += len(frame.text)
        return Verdict.NEW
