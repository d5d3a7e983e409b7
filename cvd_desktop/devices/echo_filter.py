"""A port at which everything that is sent comes back, freed of its own echo (notes A2.7)."""

from cvd_desktop.devices.port import ClosingPort, Port
from cvd_desktop.domain.clock import Monotonic, system_monotonic

_LATE = 0.1  # seconds after the last byte has left; an adapter may keep bytes back for 16 ms


class EchoFilter(ClosingPort):
    """Drops exactly what was just sent. Implements devices.port.Port.

    What begins like the echo is held back until it is sure. Where it turns out to be something
    else, or where nothing came back at all, everything is handed over and nothing more is dropped
    until the next sending: an answer is never lost.
    """

    def __init__(self, port: Port, monotonic: Monotonic = system_monotonic) -> None:
        self._port = port
        self._now = monotonic
        self._expected = b""  # of the echo, from where it is going on
        self._held = b""  # came already and was as expected
        self._until = 0.0

    def read(self, timeout: float) -> bytes:
        deadline = self._now() + timeout
        while True:
            until = max(self._now(), deadline)
            heard = self._port.read(max(0.0, deadline - self._now()))
            data = self._without_echo(heard) if heard else self._given_up(until)
            if data or self._now() >= deadline:
                return data

    def write(self, data: bytes) -> None:
        self._port.write(data)
        self._expected += data
        self._until = self._now() + _LATE

    def set_baud_rate(self, baud_rate: int) -> None:
        self._port.set_baud_rate(baud_rate)

    def close(self) -> None:
        self._port.close()

    def _without_echo(self, heard: bytes) -> bytes:
        size = min(len(heard), len(self._expected))
        if heard[:size] != self._expected[:size]:
            return self._all(heard)
        self._expected = self._expected[size:]
        if self._expected:
            self._held += heard
            return b""
        self._held = b""
        return heard[size:]

    def _given_up(self, silent_until: float) -> bytes:
        """Nothing came although the echo was due: there is none."""
        return self._all(b"") if self._expected and silent_until >= self._until else b""

    def _all(self, heard: bytes) -> bytes:
        data = self._held + heard
        self._held = self._expected = b""
        return data
