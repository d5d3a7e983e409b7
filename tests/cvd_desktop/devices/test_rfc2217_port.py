"""A serial server on the network: a real one in a process, and the bytes that any may send."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cvd_desktop.devices.adapter_profiles import AdapterProfile, Level
from cvd_desktop.devices.port import Port, PortError
from cvd_desktop.devices.rfc2217_codec import Rfc2217Codec, escaped
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.link.outputs import FailureCode
from tests.support.rfc2217_server import SerialServer, serial_server

termios = pytest.importorskip("termios")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")

EVERY = bytes(range(256))


@pytest.fixture
def far_end() -> Iterator[tuple[int, str]]:
    """What the cable of the server leads to: our end of it, and the device of the server."""
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def server(far_end: tuple[int, str]) -> Iterator[SerialServer]:
    with serial_server(far_end[1]) as running:
        yield running


def heard_at(end: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(end, 4096)
    return data


def read_on(port: Port) -> None:
    while True:
        port.read(5.0)


def test_all_bytes_go_both_ways_unchanged(far_end: tuple[int, str], server: SerialServer) -> None:
    with open_port(server.url, 115_200) as port:
        port.write(EVERY)
        assert heard_at(far_end[0], 256) == EVERY
        os.write(far_end[0], EVERY)
        heard = b""
        while len(heard) < 256:
            heard += port.read(5.0)
        assert heard == EVERY
        assert port.read(0.0) == b""


def test_a_change_of_speed_reaches_the_far_side_before_what_is_sent_next(
    far_end: tuple[int, str], server: SerialServer
) -> None:
    with open_port(server.url, 2400) as port:
        server.wait_for("speed 2400")
        assert termios.tcgetattr(far_end[0])[5] == termios.B2400
        port.write(b"\x05")
        port.set_baud_rate(19_200)
        assert termios.tcgetattr(far_end[0])[5] == termios.B19200
        port.write(b"\x06")
        server.wait_for("wrote 06")
    said = [line for line in server.said if line.split()[0] in ("speed", "wrote")]
    assert said[-3:] == ["wrote 05", "speed 19200", "wrote 06"]


def test_dtr_and_rts_are_as_the_profile_wants_before_anything_is_sent(
    server: SerialServer,
) -> None:
    profile = AdapterProfile("head", dtr=Level.OFF, rts=Level.ON)
    with open_port(server.url, profile=profile) as port:
        port.write(b"\x05")
        server.wait_for("wrote 05")
    lines = [line for line in server.said if line[:3] in ("dtr", "rts", "wro")]
    assert lines == ["dtr off", "rts on", "wrote 05"]


def test_lines_that_are_to_be_left_are_left(server: SerialServer) -> None:
    profile = AdapterProfile("head", dtr=Level.LEAVE, rts=Level.LEAVE)
    with open_port(server.url, profile=profile) as port:
        port.write(b"\x05")
        server.wait_for("wrote 05")
    assert not [line for line in server.said if line[:3] in ("dtr", "rts")]


def test_what_came_before_the_opening_is_forgotten(
    far_end: tuple[int, str], server: SerialServer
) -> None:
    os.write(far_end[0], b"\x05\x05\x05")
    with open_port(server.url) as port:
        assert port.read(0.05) == b""


def test_a_server_that_dies_is_gone(server: SerialServer) -> None:
    with open_port(server.url) as port:
        server.process.kill()
        with pytest.raises(PortError) as caught:
            read_on(port)
        assert caught.value.code is FailureCode.PORT_GONE
        port.close()


def test_the_port_is_free_again_at_once(server: SerialServer) -> None:
    for _ in range(3):
        open_port(server.url).close()


def test_a_server_that_hangs_up_at_once_is_in_use(far_end: tuple[int, str]) -> None:
    with serial_server(far_end[1], "refuse") as server:
        with pytest.raises(PortError) as caught:
            open_port(server.url)
        assert (caught.value.code, caught.value.why) == (FailureCode.PORT_BUSY, "network")


def test_nobody_there_is_missing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    for device in (f"rfc2217://127.0.0.1:{port}", "rfc2217://", "rfc2217://127.0.0.1:99999"):
        with pytest.raises(PortError) as caught:
            open_port(device)
        assert (caught.value.code, caught.value.why) == (FailureCode.PORT_MISSING, "network")


def _answering(said: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(said)
                while connection.recv(4096):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"rfc2217://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.fixture
def no_serial_server() -> Iterator[str]:
    """It speaks Telnet and refuses the COM port option."""
    yield from _answering(b"login: " + bytes((255, 254, 44)))


@pytest.fixture
def stubborn_server() -> Iterator[str]:
    """It agrees to everything and stays at 9600."""
    yield from _answering(bytes((255, 253, 44, 255, 250, 44, 101, 0, 0, 0x25, 0x80, 255, 240)))


def test_what_is_no_serial_server_is_said_to_be_none(no_serial_server: str) -> None:
    with pytest.raises(PortError) as caught:
        open_port(no_serial_server)
    assert (caught.value.code, caught.value.why) == (FailureCode.PORT_MISSING, "no_rfc2217")


def test_a_speed_that_is_not_taken_is_said(stubborn_server: str) -> None:
    codec = Rfc2217Codec()
    codec.receive(bytes((255, 250, 44, 101, 0, 0, 0x25, 0x80, 255, 240)))
    assert codec.speed == 9600
    with pytest.raises(PortError) as caught:
        open_port(stubborn_server, 2400)
    assert caught.value.why == "speed"
    assert "2400" in caught.value.reason


@pytest.fixture
def silent_server() -> Iterator[str]:
    yield from _answering(b"")


def test_opening_can_be_cancelled(silent_server: str) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(PortError) as caught:
        open_port(silent_server, cancelled=cancelled)
    assert caught.value.code is FailureCode.CANCELLED


@hypothesis_settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 7))
def test_payload_comes_whole_however_it_is_cut(pieces: list[bytes], size: int) -> None:
    notice = bytes((255, 250, 44, 107, 255, 255, 255, 240))  # modem state 255
    wire = notice.join(escaped(piece) for piece in pieces)
    codec = Rfc2217Codec()
    heard = b"".join(codec.receive(wire[n : n + size]) for n in range(0, len(wire), size))
    assert heard == b"".join(pieces)
    if len(pieces) > 1:
        assert codec.confirmed == {7: b"\xff"}


@hypothesis_settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_taken(wire: bytes) -> None:
    codec = Rfc2217Codec()
    codec.greeting()
    assert len(codec.receive(wire)) <= len(wire)
    assert len(codec.answers) <= 2 * len(wire)
    assert codec.speed is None or codec.speed >= 0


def test_a_parameter_without_end_does_not_grow() -> None:
    codec = Rfc2217Codec()
    assert codec.receive(bytes((255, 250, 44)) + b"x" * 100_000) == b""
    assert codec.receive(bytes((255, 240)) + b"ok") == b"ok"
    assert all(len(value) < 100 for value in codec.confirmed.values())


def test_what_we_do_not_want_is_refused_once() -> None:
    codec = Rfc2217Codec()
    codec.greeting()
    echo = bytes((255, 251, 1))  # WILL ECHO
    codec.receive(echo * 3)
    assert bytes(codec.answers) == bytes((255, 254, 1))
