"""Opening a port, and what is said when that cannot be done."""

import errno
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from cvd_desktop.devices.adapter_profiles import AdapterProfile, Level
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.port_trouble import group_of
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.devices.tcp_port import TcpPort
from cvd_desktop.link.outputs import FailureCode

termios = pytest.importorskip("termios")

NOBODY = 65534

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """The other end and the name of a pseudo terminal."""
    import pty

    ours, theirs = pty.openpty()
    yield ours, os.ttyname(theirs)
    for handle in (ours, theirs):
        try:
            os.close(handle)
        except OSError:
            continue


@contextmanager
def as_nobody() -> Iterator[None]:
    """The block runs without any right; only root may do that."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def code_of_opening(device: str) -> FailureCode:
    with pytest.raises(PortError) as caught:
        open_port(device)
    assert caught.value.device == device
    return caught.value.code


def test_bytes_go_both_ways_unchanged(terminal: tuple[int, str]) -> None:
    every = bytes(range(256))
    with open_port(terminal[1]) as port:
        port.write(every)
        assert os.read(terminal[0], 1000) == every
        os.write(terminal[0], every)
        heard = b""
        while len(heard) < 256:
            heard += port.read(1.0)
        assert heard == every


def test_reading_ends_with_the_time_out(terminal: tuple[int, str]) -> None:
    with open_port(terminal[1]) as port:
        assert port.read(0.0) == b""
        assert port.read(0.01) == b""


def test_what_came_before_the_opening_is_forgotten(terminal: tuple[int, str]) -> None:
    os.write(terminal[0], b"\x05\x05\x05")
    with open_port(terminal[1]) as port:
        assert port.read(0.01) == b""


def test_the_speed_can_be_changed(terminal: tuple[int, str]) -> None:
    with open_port(terminal[1], 19_200) as port:
        assert termios.tcgetattr(terminal[0])[5] == termios.B19200
        port.set_baud_rate(2400)
        assert termios.tcgetattr(terminal[0])[5] == termios.B2400
        os.write(terminal[0], b"x")
        assert port.read(1.0) == b"x"


def test_a_port_that_there_is_not_is_missing(tmp_path: Path) -> None:
    assert code_of_opening(str(tmp_path / "ttyUSB9")) is FailureCode.PORT_MISSING


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert code_of_opening(str(tmp_path / "file")) is FailureCode.PORT_MISSING


def test_an_unknown_kind_of_port_is_missing() -> None:
    assert code_of_opening("carrier-pigeon://loft") is FailureCode.PORT_MISSING


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EHOSTDOWN, "Host is down"),
        OSError(errno.ECONNREFUSED, "Connection refused"),
        serial.SerialException(
            "could not open port 'COM7': OSError(22, 'The semaphore timeout period has expired.', "
            "None, 121)"
        ),
    ],
)
def test_a_bluetooth_device_out_of_reach_is_said_to_be_one(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(*_: object) -> None:
        raise error

    monkeypatch.setattr(serial.Serial, "open", out_of_reach)
    with pytest.raises(PortError) as caught:
        open_port("/dev/rfcomm0")
    assert (caught.value.code, caught.value.why) == (FailureCode.PORT_MISSING, "bluetooth")


def test_a_port_in_use_is_busy(terminal: tuple[int, str]) -> None:
    with open_port(terminal[1]):
        assert code_of_opening(terminal[1]) is FailureCode.PORT_BUSY
    open_port(terminal[1]).close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open everything")
def test_a_port_without_permission_is_denied(terminal: tuple[int, str]) -> None:
    Path(terminal[1]).chmod(0)
    assert code_of_opening(terminal[1]) is FailureCode.PORT_DENIED


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.parametrize("locks", [True, False])
def test_the_program_that_uses_a_port_is_named(
    terminal: tuple[int, str], locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvd_desktop.devices.serial_port._SHARED", "none is")  # like a real port
    script = (
        "import fcntl, sys; f = open(sys.argv[1], 'rb'); "
        f"{'fcntl.flock(f, fcntl.LOCK_EX); ' if locks else ''}"
        "print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, terminal[1]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(PortError) as caught:
            open_port(terminal[1])
        other.communicate(b"")
    assert caught.value.code is FailureCode.PORT_BUSY
    assert caught.value.holder is not None
    assert caught.value.holder.endswith(f" ({other.pid})")


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root may be somebody else"
)
def test_the_group_that_may_use_a_port_is_named(terminal: tuple[int, str]) -> None:
    import grp

    group = next(one for one in grp.getgrall() if one.gr_gid != 0)
    os.chown(terminal[1], 0, group.gr_gid)
    Path(terminal[1]).chmod(0o660)
    with as_nobody(), pytest.raises(PortError) as caught:
        open_port(terminal[1])
    assert caught.value.code is FailureCode.PORT_DENIED
    assert caught.value.group == group.gr_name


def test_only_a_group_that_may_read_and_write_is_named(tmp_path: Path) -> None:
    device = tmp_path / "device"
    device.touch(mode=0o600)
    assert group_of(str(device)) is None
    assert group_of(str(tmp_path / "nothing")) is None


@pytest.mark.parametrize(
    ("profile", "lines"),
    [
        (None, ["dtr on", "rts on"]),
        (AdapterProfile("head", dtr=Level.OFF, rts=Level.ON), ["dtr off", "rts on"]),
        (AdapterProfile("head", dtr=Level.LEAVE, rts=Level.OFF), ["rts off"]),
        (AdapterProfile("head", dtr=Level.LEAVE, rts=Level.LEAVE), []),
    ],
)
def test_dtr_and_rts_are_as_the_profile_wants_once_it_is_open(
    terminal: tuple[int, str],
    profile: AdapterProfile | None,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pty has no modem lines, so what the system is asked for is what can be seen."""
    import fcntl

    asked: list[str] = []
    names = {
        struct.pack("I", termios.TIOCM_DTR): "dtr",
        struct.pack("I", termios.TIOCM_RTS): "rts",
    }
    levels = {termios.TIOCMBIS: "on", termios.TIOCMBIC: "off"}
    real = fcntl.ioctl

    def ioctl(handle: int, request: int, *rest: Any) -> Any:
        if request in levels:
            asked.append(f"{names[rest[0]]} {levels[request]}")
            return 0
        return real(handle, request, *rest)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    with open_port(terminal[1], profile=profile) as port:
        assert asked == lines
        port.write(b"\x05")
    assert os.read(terminal[0], 10) == b"\x05"


def test_the_echo_of_a_head_is_not_heard(terminal: tuple[int, str]) -> None:
    with open_port(terminal[1], profile=AdapterProfile("head", echo=True)) as port:
        port.write(b"\x05\x06")
        os.write(terminal[0], b"\x05\x06\x10")
        assert port.read(1.0) == b"\x10"


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue is answered elsewhere")
def test_waiting_for_a_network_can_be_cancelled() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as queue:
        for _ in range(3):  # until nobody gets an answer any more
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        with pytest.raises(PortError) as caught:
            open_port(f"socket://127.0.0.1:{server.getsockname()[1]}", cancelled=cancelled)
    assert caught.value.code is FailureCode.CANCELLED


def test_network_sending_takes_as_long_as_a_line_of_that_speed() -> None:
    ours, theirs = socket.socketpair()
    pauses: list[float] = []
    with ours, theirs, TcpPort("socket://x:1", ours, 300, pauses.append) as port:
        port.write(b"123")
        port.set_baud_rate(2400)
        port.write(b"123456")
        assert theirs.recv(100) == b"123123456"
    assert pauses == [0.1, 0.025]


def test_an_unplugged_port_is_gone(terminal: tuple[int, str]) -> None:
    import pty

    ours, theirs = pty.openpty()
    with open_port(os.ttyname(theirs)) as port:
        os.close(ours)
        os.close(theirs)
        for attempt in (lambda: port.read(0.1), lambda: port.write(b"x")):
            with pytest.raises(PortError) as caught:
                attempt()
            assert caught.value.code is FailureCode.PORT_GONE
        port.close()
        port.close()


def test_a_network_port_carries_bytes_and_is_gone_when_hung_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        device = f"socket://127.0.0.1:{server.getsockname()[1]}"
        with open_port(device) as port:
            peer, _ = server.accept()
            with peer:
                port.write(b"\x05")
                assert peer.recv(10) == b"\x05"
                peer.sendall(b"\x100")
                assert port.read(1.0) == b"\x100"
                assert port.read(0.0) == b""
            with pytest.raises(PortError) as caught:
                port.read(1.0)
            assert caught.value.code is FailureCode.PORT_GONE
    assert code_of_opening(device) is FailureCode.PORT_MISSING


@pytest.mark.parametrize("device", ["socket://", "socket://127.0.0.1", "socket://127.0.0.1:99999"])
def test_a_wrong_network_address_is_missing(device: str) -> None:
    assert code_of_opening(device) is FailureCode.PORT_MISSING
