"""The classes of a delta between two reads; alone here, because lists name them at the start."""

from enum import StrEnum


class DeltaKind(StrEnum):
    """The class of a delta. Only normal and rolled-over ones move stock (domain)."""

    NORMAL = "normal"
    NO_CHANGE = "no_change"
    ROLLED_OVER = "rolled_over"  # went through its largest value; the amount is right
    RESTARTED = "restarted"  # lower than before: nobody knows what was sold
    BOARD_CHANGED = "board_changed"  # another control board or serial number counts now
    OTHER_MACHINE = "other_machine"  # the file is another machine's
    PARTIAL_FILE = "partial_file"  # the later report is not whole; the next good read spans both
    CLOCK_ONLY = "clock_only"  # no counter moved, only the machine's clock
    UNKNOWN = "unknown"  # one of the two is missing
