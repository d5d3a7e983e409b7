"""The ports of this computer and of the network, opened by their name and their profile."""

import contextlib
import errno
import math
import os
import threading
import time

import serial

from cvd_desktop.devices.adapter_profiles import AdapterProfile, Level, is_network
from cvd_desktop.devices.echo_filter import EchoFilter
from cvd_desktop.devices.port import ClosingPort, Port, PortError
from cvd_desktop.devices.port_trouble import THIS_PROGRAM, group_of, holder_of
from cvd_desktop.devices.rfc2217_port import open_rfc2217_port
from cvd_desktop.devices.tcp_port import open_tcp_port
from cvd_desktop.link.outputs import FailureCode

# On Windows a new time-out means a new set-up of the port, which some drivers answer by dropping
# bytes; there it stays fixed and longer waits are made of several.
_FIXED_TIMEOUT = 0.010 if os.name == "nt" else None
_WRITE_TIMEOUT = 10.0  # seconds; only a device that is gone takes longer
_SETTLING_BITS = 20  # a chip's own buffer is empty a little after the driver says so

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


# Of a port whose Bluetooth device is switched off or out of reach.
_FAR_AWAY = frozenset(
    getattr(errno, name)
    for name in ("EHOSTDOWN", "EHOSTUNREACH", "ECONNREFUSED", "ETIMEDOUT")
    if hasattr(errno, name)
)
_FAR_AWAY_FOR_WINDOWS = ", None, 121)"  # "The semaphore timeout period has expired"
_SHARED = "/dev/pts/"  # a virtual machine keeps the reader's end of its pty open itself
_BUSY_FOR_WINDOWS = "PermissionError"  # another program has it open


class _Line(serial.Serial):  # type: ignore[misc]
    """pyserial's, which may leave DTR and RTS as they are: at opening it sets them both."""

    leave_dtr = leave_rts = False

    def _update_dtr_state(self) -> None:
        if not self.leave_dtr:
            super()._update_dtr_state()

    def _update_rts_state(self) -> None:
        if not self.leave_rts:
            super()._update_rts_state()


class SerialPort(ClosingPort):
    """An open line, 8N1, locked against other programs. Implements devices.port.Port."""

    def __init__(self, device: str, line: _Line) -> None:
        self.device = device
        self._line = line

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
            time.sleep(_SETTLING_BITS / self._line.baudrate)
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


def open_port(
    device: str,
    baud_rate: int = 9600,
    profile: AdapterProfile | None = None,
    cancelled: threading.Event | None = None,
) -> Port:
    """Opens "/dev/ttyUSB0", "COM3", "socket://127.0.0.1:7000" or "rfc2217://127.0.0.1:4000".

    DTR and RTS are as the profile wants before anything is sent, and what has arrived before is
    forgotten. Setting `cancelled` ends the wait for a network. Raises PortError: missing, busy or
    denied, each with what is known of the reason; cancelled.
    """
    profile = profile or AdapterProfile(device)
    port = _open(device, baud_rate, profile, cancelled)
    return EchoFilter(port) if profile.echo else port


def _open(
    device: str, baud_rate: int, profile: AdapterProfile, cancelled: threading.Event | None
) -> Port:
    if device.startswith("socket://"):
        return open_tcp_port(device, baud_rate, cancelled)
    if device.startswith("rfc2217://"):
        return open_rfc2217_port(device, baud_rate, profile, cancelled)
    if is_network(device):
        raise PortError(FailureCode.PORT_MISSING, device, "an unknown kind of port", why="network")
    _refuse_taken(device)
    line = _Line(baudrate=baud_rate, write_timeout=_WRITE_TIMEOUT)
    line.port = device
    line.timeout = _FIXED_TIMEOUT or 0
    line.exclusive = True
    line.dtr, line.leave_dtr = profile.dtr is not Level.OFF, profile.dtr is Level.LEAVE
    line.rts, line.leave_rts = profile.rts is not Level.OFF, profile.rts is Level.LEAVE
    try:
        line.open()
        # An FTDI adapter keeps bytes back for 16 ms otherwise; not every driver knows how.
        with contextlib.suppress(OSError, ValueError, AttributeError, NotImplementedError):
            line.set_low_latency_mode(True)
        line.reset_input_buffer()
    except _OPEN_ERRORS as error:
        with contextlib.suppress(*_ERRORS):
            line.close()
        raise _not_opened(device, error) from error
    return SerialPort(device, line)


def _refuse_taken(device: str) -> None:
    """Many programs open a port without a lock, and two readers steal each other's bytes."""
    if not device.startswith(_SHARED):
        holder = holder_of(device)
        if holder not in (None, THIS_PROGRAM):
            raise PortError(FailureCode.PORT_BUSY, device, "it is open", holder=holder)


def _not_opened(device: str, error: Exception) -> PortError:
    code, why = _code_of(error)
    return PortError(
        code,
        device,
        str(error),
        holder=holder_of(device) if code is FailureCode.PORT_BUSY else None,
        group=group_of(device) if code is FailureCode.PORT_DENIED else None,
        why=why,
    )


def _code_of(error: Exception) -> tuple[FailureCode, str]:
    """pyserial keeps the number on Linux, and on Windows only the text of the first error."""
    if _BUSY_FOR_WINDOWS in str(error):
        return FailureCode.PORT_BUSY, ""
    number = error.errno if isinstance(error, OSError) else None
    if number in _FAR_AWAY or _FAR_AWAY_FOR_WINDOWS in str(error):
        return FailureCode.PORT_MISSING, "bluetooth"
    return _CODES.get(number or 0, FailureCode.PORT_MISSING), ""
