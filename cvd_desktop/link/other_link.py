"""Signs that what answers speaks the other link: heard by the reader of the one, and by `auto`."""

from cvd_desktop.link.ddcmp_frames import ControlFrame, ControlKind, DataFrame, DdcmpParser


class DdcmpSign:
    """Listens for DDCMP frames among other bytes; two check bytes and the kind make it sure.

    START is none of a machine: it is what a reader says, and may be the echo of our own.
    """

    def __init__(self) -> None:
        self._parser = DdcmpParser(longest=1024)

    def heard(self, data: bytes) -> bool:
        """Whether a frame of a machine ends in these bytes. After a frame that never ends (its
        header is noise) nothing more is recognised for at most 1,024 bytes."""
        return any(_of_a_machine(event) for event in self._parser.feed(data))


def _of_a_machine(event: object) -> bool:
    if isinstance(event, ControlFrame):
        return event.kind is not ControlKind.START
    return isinstance(event, DataFrame)
