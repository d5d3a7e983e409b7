"""The bytes of a serial server's connection: Telnet (RFC 854) with its COM port option (RFC 2217).

Without a socket: bytes in, payload and answers out. pyserial has a client of its own, but it reads
single bytes, looks every 50 ms whether a speed was taken and closes after 300 ms at the earliest.
"""

import struct
from collections.abc import Callable

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44

SET_BAUD_RATE, SET_DATA_SIZE, SET_PARITY, SET_STOP_SIZE, SET_CONTROL = range(1, 6)
SET_LINE_STATE_MASK, SET_MODEM_STATE_MASK, PURGE_DATA = range(10, 13)
NO_FLOW_CONTROL, DTR_ON, DTR_OFF, RTS_ON, RTS_OFF = 1, 8, 9, 11, 12
PURGE_BOTH = 3

_OURS = (BINARY, SUPPRESS_GO_AHEAD, COM_PORT)  # what we say WILL to
_THEIRS = (BINARY, SUPPRESS_GO_AHEAD, COM_PORT)  # what we say DO to
_SERVER = 100  # is added to the number of a command in the server's answer
_PARAMETER_MAX = 64  # bytes; a longer one is none of ours


class Rfc2217Codec:
    """One connection. `answers` is what must be sent before anything else; take it and clear it."""

    def __init__(self) -> None:
        self.agreed: bool | None = None  # that this is a serial server; None: not yet known
        self.confirmed: dict[int, bytes] = {}  # command -> the value that the server has set
        self.answers = bytearray()
        self._said: set[tuple[int, int]] = set()
        self._read: Callable[[int, bytearray], None] = self._data
        self._verb = 0
        self._parameter = bytearray()

    def greeting(self) -> bytes:
        """What a client says first."""
        said = [(WILL, option) for option in _OURS] + [(DO, BINARY), (DO, SUPPRESS_GO_AHEAD)]
        self._said.update(said)
        return b"".join(bytes((IAC, verb, option)) for verb, option in said)

    def command(self, number: int, value: bytes) -> bytes:
        """A command of the COM port option; what the server set before is forgotten."""
        self.confirmed.pop(number, None)
        return bytes((IAC, SB, COM_PORT, number)) + escaped(value) + bytes((IAC, SE))

    def speed_command(self, baud_rate: int) -> bytes:
        return self.command(SET_BAUD_RATE, struct.pack("!I", baud_rate))

    @property
    def speed(self) -> int | None:
        """The speed that the server has confirmed."""
        value = self.confirmed.get(SET_BAUD_RATE, b"")
        return int(struct.unpack("!I", value)[0]) if len(value) == 4 else None

    def receive(self, data: bytes) -> bytes:
        """The payload of `data`, with everything else obeyed. Takes any bytes."""
        payload = bytearray()
        for byte in data:
            self._read(byte, payload)
        return bytes(payload)

    def _data(self, byte: int, payload: bytearray) -> None:
        if byte == IAC:
            self._read = self._after_iac
        else:
            payload.append(byte)

    def _after_iac(self, byte: int, payload: bytearray) -> None:
        self._read = self._data
        if byte == IAC:
            payload.append(byte)
        elif byte == SB:
            self._parameter.clear()
            self._read = self._in_parameter
        elif byte in (WILL, WONT, DO, DONT):
            self._verb = byte
            self._read = self._option

    def _option(self, option: int, _payload: bytearray) -> None:
        self._read = self._data
        if option == COM_PORT and self._verb in (DO, WILL):
            self.agreed = True
        elif option == COM_PORT and self._verb == DONT and not self.agreed:
            self.agreed = False
        if self._verb == DO:
            self._say(WILL if option in _OURS else WONT, option)
        elif self._verb == WILL:
            self._say(DO if option in _THEIRS else DONT, option)

    def _say(self, verb: int, option: int) -> None:
        """Each only once: two that answer each other's answers would never end."""
        if (verb, option) not in self._said:
            self._said.add((verb, option))
            self.answers += bytes((IAC, verb, option))

    def _in_parameter(self, byte: int, _payload: bytearray) -> None:
        if byte == IAC:
            self._read = self._iac_in_parameter
        elif len(self._parameter) < _PARAMETER_MAX:
            self._parameter.append(byte)

    def _iac_in_parameter(self, byte: int, payload: bytearray) -> None:
        self._read = self._in_parameter
        if byte == IAC:
            if len(self._parameter) < _PARAMETER_MAX:
                self._parameter.append(byte)
        elif byte == SE:
            self._read = self._data
            self._confirm(bytes(self._parameter))
        else:  # the end of the parameter was lost
            self._after_iac(byte, payload)

    def _confirm(self, parameter: bytes) -> None:
        if len(parameter) >= 2 and parameter[0] == COM_PORT and parameter[1] >= _SERVER:
            self.confirmed[parameter[1] - _SERVER] = parameter[2:]


def escaped(data: bytes) -> bytes:
    """`data` as payload or as a value."""
    return data.replace(b"\xff", b"\xff\xff")
