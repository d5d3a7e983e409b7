"""A port whose other end a test writes down: what comes when, and what is wrong."""

from collections.abc import Callable

from cvd_desktop.devices.port import ClosingPort, PortError
from cvd_desktop.link.outputs import FailureCode


class ScriptedPort(ClosingPort):
    """`answer` is called with each sending and gives what comes back. Its clock is its own."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._waiting = b""
        self.now = 0.0
        self.written: list[bytes] = []
        self.gone = False

    def monotonic(self) -> float:
        return self.now

    def read(self, timeout: float) -> bytes:
        self._check()
        if not self._waiting:
            self.now += timeout
            return b""
        data, self._waiting = self._waiting, b""
        return data

    def write(self, data: bytes) -> None:
        self._check()
        self.written.append(data)
        self._waiting += self._answer(data)

    def set_baud_rate(self, baud_rate: int) -> None:
        self._check()

    def close(self) -> None:
        self.gone = True

    def _check(self) -> None:
        if self.gone:
            raise PortError(FailureCode.PORT_GONE, "scripted")
