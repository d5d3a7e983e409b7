"""Opening a port, and what is said when that cannot be done."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.link.outputs import FailureCode

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
    with open_port(terminal[1]) as port:
        port.set_baud_rate(2400)
        os.write(terminal[0], b"x")
        assert port.read(1.0) == b"x"


def test_a_port_that_there_is_not_is_missing(tmp_path: Path) -> None:
    assert code_of_opening(str(tmp_path / "ttyUSB9")) is FailureCode.PORT_MISSING


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert code_of_opening(str(tmp_path / "file")) is FailureCode.PORT_MISSING


def test_an_unknown_kind_of_port_is_missing() -> None:
    assert code_of_opening("carrier-pigeon://loft") is FailureCode.PORT_MISSING


def test_a_port_in_use_is_busy(terminal: tuple[int, str]) -> None:
    with open_port(terminal[1]):
        assert code_of_opening(terminal[1]) is FailureCode.PORT_BUSY
    open_port(terminal[1]).close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open everything")
def test_a_port_without_permission_is_denied(terminal: tuple[int, str]) -> None:
    Path(terminal[1]).chmod(0)
    assert code_of_opening(terminal[1]) is FailureCode.PORT_DENIED


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
