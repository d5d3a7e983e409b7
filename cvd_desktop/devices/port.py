"""What the link runner needs of a line to a machine, and the error that every port raises."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Protocol, Self

from cvd_desktop.link.outputs import FailureCode


class PortError(Exception):
    """The port failed: PORT_MISSING, PORT_BUSY or PORT_DENIED at opening, PORT_GONE afterwards;
    CANCELLED when a person ended the opening of a port on the network.

    `holder` is the program that has it open, `group` the group whose members may open it; None
    when that is not known. `why` chooses among the sentences for one code (word_table_ports.py).
    """

    def __init__(
        self,
        code: FailureCode,
        device: str,
        reason: str = "",
        *,
        holder: str | None = None,
        group: str | None = None,
        why: str = "",
    ) -> None:
        super().__init__(f"{code}: {device} {reason}".rstrip())
        self.code = code
        self.device = device
        self.reason = reason
        self.holder = holder
        self.group = group
        self.why = why


class Port(Protocol):
    """A byte line. Every method raises PortError(PORT_GONE) when the device is no longer there.

    A port is a context manager that closes itself.
    """

    def __enter__(self) -> "Port": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def read(self, timeout: float) -> bytes:
        """What has arrived, as soon as it arrives; empty when nothing came in `timeout` seconds."""
        ...

    def write(self, data: bytes) -> None:
        """Hands `data` to the line and returns when the last byte has left the driver."""
        ...

    def set_baud_rate(self, baud_rate: int) -> None:
        """Lets the output drain, then changes the speed (bits per second)."""
        ...

    def close(self) -> None:
        """Gives the device back. Closing twice is harmless; never raises."""
        ...


class ClosingPort(ABC):
    """A port that closes itself when its block is left."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """As in Port."""
