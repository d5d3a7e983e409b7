"""A serial port of this computer, by way of pyserial."""

import contextlib
import errno
import math
import os
from types import TracebackType

import serial

from cvd_desktop.devices.port import Port, PortError
from cvd_desktop.devices.tcp_port import open_tcp_port
from cvd_desktop.link.outputs import FailureCode

# On Windows a new time-out means a new set-up of the port, which some drivers answer by dropping
# bytes; there it stays fixed and longer waits are made of several.
_FIXED_TIMEOUT = 0.010 if os.name == "nt" else None
_WRITE_TIMEOUT = 10.0  # seconds; only a device that is gone takes longer

if os.name == "posix":
    import termios

    _ERRORS: tuple[type[Exception], ...] = (OSError, termios.error)
else:
    _ERRORS = (OSError,)  # SerialException is one
_OPEN_ERRORS: tuple[type[Exception], ...] = (*_ERRORS, ValueError)

_CODES = {
    errno.EACCES: FailureCode.PORT_DENIED,
    errno.EPERM: FailureCode.PORT_DENIED,
    errno.EBUSY: FailureCode.PORT_BUSY,
    errno.EAGAIN: FailureCode.PORT_BUSY,  # somebody else holds the lock
}


class SerialPort:
    """An open line, 8N1, locked against other programs. Implements devices.port.Port."""

    def __init__(self, device: str, line: serial.SerialBase) -> None:
        self.device = device
        self._line = line

    def __enter__(self) -> "SerialPort":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, timeout: float) -> bytes:
        try:
            first = self._first_byte(timeout)
            more: bytes = self._line.read(self._line.in_waiting) if first else b""
        except _ERRORS as error:
            raise self._gone(error) from error
        return first + more

    def _first_byte(self, timeout: float) -> bytes:
        turns = 1
        if _FIXED_TIMEOUT is not None:
            turns = max(1, math.ceil(timeout / _FIXED_TIMEOUT))
        elif self._line.timeout != timeout:
            self._line.timeout = timeout
        for _ in range(turns):
            first: bytes = self._line.read(1)
            if first:
                return first
        return b""

    def write(self, data: bytes) -> None:
        try:
            self._line.write(data)
            self._drain()
        except _ERRORS as error:
            raise self._gone(error) from error

    def set_baud_rate(self, baud_rate: int) -> None:
        try:
            self._drain()
            self._line.baudrate = baud_rate
        except _ERRORS as error:
            raise self._gone(error) from error

    def close(self) -> None:
        with contextlib.suppress(*_ERRORS):  # gone is what was wanted
            self._line.close()

    def _drain(self) -> None:
        """On Windows write has waited already, and flush would wait in steps of 50 ms."""
        if os.name == "posix":
            self._line.flush()

    def _gone(self, error: Exception) -> PortError:
        return PortError(FailureCode.PORT_GONE, self.device, str(error))


def open_port(device: str, baud_rate: int = 9600) -> Port:
    """Opens "/dev/ttyUSB0", "COM3" or "socket://127.0.0.1:7000" and forgets what has arrived
    before. Raises PortError: missing, busy or denied."""
    if device.startswith("socket://"):
        return open_tcp_port(device)
    try:
        line = serial.serial_for_url(
            device, baudrate=baud_rate, write_timeout=_WRITE_TIMEOUT, do_not_open=True
        )
        line.timeout = _FIXED_TIMEOUT or 0
        line.exclusive = True
        line.open()
        # An FTDI adapter keeps bytes back for 16 ms otherwise; not every driver knows how.
        with contextlib.suppress(OSError, ValueError, AttributeError, NotImplementedError):
            line.set_low_latency_mode(True)
        line.reset_input_buffer()
    except _OPEN_ERRORS as error:
        raise PortError(_code_of(error), device, str(error)) from error
    return SerialPort(device, line)


def _code_of(error: Exception) -> FailureCode:
    """pyserial keeps the number on Linux, and on Windows only the name of the first error."""
    if "PermissionError" in str(error):  # Windows: another program has it open
        return FailureCode.PORT_BUSY
    number = error.errno if isinstance(error, OSError) else None
    return _CODES.get(number or 0, FailureCode.PORT_MISSING)
