"""A cable with a jumper: right, silent, damaging, or with a machine at its end after all."""

import os
import threading
from collections.abc import Callable

import pytest

from cvd_desktop.devices.loop_back import (
    LISTEN_SECONDS,
    PATTERN,
    SPEEDS,
    LoopBackResult,
    LoopBackVerdict,
    loop_back_test,
)
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.link.outputs import FailureCode
from tests.support.scripted_port import ScriptedPort


class Jumper(ScriptedPort):
    """What is sent comes back through `cable(baud_rate, data)`."""

    def __init__(self, cable: Callable[[int, bytes], bytes], unasked: bytes = b"") -> None:
        super().__init__(lambda data: cable(self.speed, data))
        self.speed = 0
        self._waiting = unasked

    def set_baud_rate(self, baud_rate: int) -> None:
        super().set_baud_rate(baud_rate)
        self.speed = baud_rate


def outcome_of(line: Jumper, seconds: float = 8.0) -> LoopBackResult:
    return loop_back_test(line, seconds, monotonic=line.monotonic)


def test_a_good_cable_is_right_at_every_speed() -> None:
    line = Jumper(lambda _, data: data)
    result = outcome_of(line)
    assert result.verdict is LoopBackVerdict.RIGHT
    assert [speed.baud_rate for speed in result.speeds] == list(SPEEDS)
    assert result.right == result.sent == sum(map(len, line.written))
    assert result.round_trip_ms is not None
    assert line.now >= LISTEN_SECONDS


def test_without_a_jumper_nothing_comes_back_and_little_is_sent() -> None:
    line = Jumper(lambda _, data: b"")
    result = outcome_of(line)
    assert (result.verdict, result.speeds, result.round_trip_ms) == (
        LoopBackVerdict.SILENT,
        (),
        None,
    )
    assert sum(map(len, line.written)) <= 4


@pytest.mark.parametrize(
    ("cable", "right"),
    [
        (lambda data: data[:100] + data[101:], 241),  # one lost
        (lambda data: data[:7] + b"\x00" + data[8:], 241),  # one changed
        (lambda data: data[:50], 50),  # the rest is lost
    ],
)
def test_damage_is_counted(cable: Callable[[bytes], bytes], right: int) -> None:
    def at(speed: int, data: bytes) -> bytes:
        return cable(data) if speed == 57_600 and len(data) > 1 else data

    result = outcome_of(Jumper(at))
    assert result.verdict is LoopBackVerdict.DAMAGED
    damaged = [speed for speed in result.speeds if speed.right < speed.sent]
    assert [speed.baud_rate for speed in damaged] == [57_600]
    assert damaged[0].sent - damaged[0].right == len(PATTERN) - right


def test_a_speed_that_does_not_pass_is_damage() -> None:
    result = outcome_of(Jumper(lambda speed, data: data if speed < 100_000 else b""))
    assert result.verdict is LoopBackVerdict.DAMAGED
    assert result.speeds[-1].right == 0


def test_a_cable_that_passes_nothing_right_is_not_tried_further() -> None:
    line = Jumper(lambda _, data: bytes(byte ^ 0x01 for byte in data))
    result = outcome_of(line)
    assert result.verdict is LoopBackVerdict.DAMAGED
    assert (len(result.speeds), result.right) == (1, 0)
    assert PATTERN not in line.written


def test_a_machine_that_speaks_first_is_sent_nothing() -> None:
    line = Jumper(lambda _, data: data, unasked=b"\x05")
    result = outcome_of(line)
    assert (result.verdict, result.heard) == (LoopBackVerdict.OTHER, b"\x05")
    assert line.written == []


@pytest.mark.parametrize("answer", [b"\x15", b"\x05", b"\x100", b"\x04\x05", b"\x05\x02\x4e\x00"])
def test_a_machine_that_answers_is_sent_nothing_more(answer: bytes) -> None:
    line = Jumper(lambda _, data: answer)
    result = outcome_of(line)
    assert (result.verdict, result.heard) == (LoopBackVerdict.OTHER, answer)
    assert len(line.written) == 1


def test_a_machine_that_answers_beside_the_echo_is_noticed() -> None:
    line = Jumper(lambda _, data: data + b"\x15")
    result = outcome_of(line)
    assert result.verdict is LoopBackVerdict.OTHER
    assert len(line.written) == 1


def test_nothing_is_sent_that_means_something_to_a_machine() -> None:
    line = Jumper(lambda _, data: data)
    outcome_of(line)
    sent = set(b"".join(line.written))
    assert not sent & {0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x15, 0x81, 0x90}
    assert {0x00, 0xFF, 0x11, 0x13, 0x55, 0xAA} <= sent


def test_it_ends_in_its_time() -> None:
    line = Jumper(lambda _, data: data[:-1] if len(data) > 1 else data)  # each waits in vain
    result = outcome_of(line, seconds=4.0)
    assert line.now <= 4.0
    assert 0 < len(result.speeds) < len(SPEEDS)


def test_it_can_be_cancelled() -> None:
    cancelled = threading.Event()
    line = Jumper(lambda _, data: data)
    result = loop_back_test(
        line,
        cancelled=cancelled,
        monotonic=line.monotonic,
        on_speed=lambda _: cancelled.set(),
    )
    assert result.verdict is LoopBackVerdict.CANCELLED
    assert len(result.speeds) == 1


def test_an_adapter_that_is_pulled_out_is_gone() -> None:
    line = Jumper(lambda _, data: line.close() or data)  # type: ignore[func-returns-value]
    with pytest.raises(PortError) as caught:
        outcome_of(line)
    assert caught.value.code is FailureCode.PORT_GONE


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")
def test_a_jumper_on_a_real_port() -> None:
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)

    def echo() -> None:
        while data := os.read(ours, 4096):
            if data == b"\x03":
                return
            os.write(ours, data)

    jumper = threading.Thread(target=echo)
    jumper.start()
    with open_port(os.ttyname(theirs)) as port:
        result = loop_back_test(port, 6.0, speeds=(9600, 115_200))
        port.write(b"\x03")
        jumper.join()
    os.close(ours)
    os.close(theirs)
    assert result.verdict is LoopBackVerdict.RIGHT
    assert result.right == 2 * (len(PATTERN) + 3)
    assert result.round_trip_ms is not None
