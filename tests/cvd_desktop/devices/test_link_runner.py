"""The loop between a protocol machine and a port."""

import errno
import threading

from cvd_desktop.devices.link_runner import RunResult, run_link
from cvd_desktop.link.byte_trace import MACHINE, READER
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_frames import build_frame, split_blocks
from cvd_desktop.link.outputs import FailureCode, Party, Phase, Progress, Received
from tests.support.dex_lines import HANDSHAKE_1, HANDSHAKE_2, LONG_REPORT
from tests.support.scripted_port import ScriptedPort

BLOCKS = [build_frame(frame) for frame in split_blocks(LONG_REPORT)]


class Machine:
    """Answers as a machine that serves LONG_REPORT without any mishap."""

    def __init__(self) -> None:
        self._talk = [b"\x100", b"\x101", b"\x05", HANDSHAKE_2, b"\x04\x05", *BLOCKS, b"\x04"]

    def answer(self, _sent: bytes) -> bytes:
        return self._talk.pop(0)


def run(
    port: ScriptedPort, store: list[bytes], cancelled: threading.Event | None = None
) -> RunResult:
    return run_link(
        port,
        DexReader(),
        store=lambda piece: store.append(piece.data),
        cancelled=cancelled,
        monotonic=port.monotonic,
    )


def test_a_read_is_stored_traced_and_counted() -> None:
    port, store = ScriptedPort(Machine().answer), list[bytes]()
    result = run(port, store)
    assert result.finished is not None
    assert result.failed is None
    assert b"".join(store) == LONG_REPORT
    assert (result.blocks, result.received) == (len(BLOCKS), len(LONG_REPORT))
    sent = b"".join(data for _, who, data in result.trace if who == READER)
    heard = b"".join(data for _, who, data in result.trace if who == MACHINE)
    assert sent == b"".join(port.written)
    assert sent.startswith(b"\x05" + HANDSHAKE_1)
    assert heard.endswith(BLOCKS[-1] + b"\x04")
    assert not port.gone


def test_each_block_is_stored_before_its_acknowledgement_is_written() -> None:
    port = ScriptedPort(Machine().answer)
    written_when_stored: list[int] = []
    run_link(
        port,
        DexReader(),
        store=lambda _: written_when_stored.append(len(port.written)),
        monotonic=port.monotonic,
    )
    first = 5  # ENQ, handshake, EOT, ACK0, ACK1, ACK0 went out before
    assert written_when_stored == [first + number for number in range(1, len(BLOCKS) + 1)]


def test_a_full_disk_ends_the_read_and_nothing_more_is_sent() -> None:
    port = ScriptedPort(Machine().answer)
    full = OSError(errno.ENOSPC, "No space left on device")

    def store(piece: Received) -> None:
        if len(piece.data) < 243:
            raise full

    result = run_link(port, DexReader(), store=store, monotonic=port.monotonic)
    assert result.failed is not None
    assert result.failed.code is FailureCode.DISK_FULL
    assert result.failed.party is Party.PROGRAM
    assert result.blocks == len(BLOCKS) - 1
    assert len(port.written) == 6 + len(BLOCKS) - 1


def test_a_port_that_vanishes_keeps_what_was_stored() -> None:
    machine, store = Machine(), list[bytes]()

    def answer(sent: bytes) -> bytes:
        port.gone = len(store) == 2
        return machine.answer(sent)

    port = ScriptedPort(answer)
    result = run(port, store)
    assert result.failed is not None
    assert result.failed.code is FailureCode.PORT_GONE
    assert result.failed.party is Party.PORT
    assert (result.blocks, result.received) == (2, 486)


def test_a_plug_pulled_after_the_last_block_spoils_nothing() -> None:
    machine, store = Machine(), list[bytes]()

    def answer(sent: bytes) -> bytes:
        port.gone = len(store) == len(BLOCKS)
        return machine.answer(sent)

    port = ScriptedPort(answer)
    result = run(port, store)
    assert result.finished is not None
    assert b"".join(store) == LONG_REPORT


def test_cancelling_ends_the_read() -> None:
    cancelled = threading.Event()
    machine, store = Machine(), list[bytes]()

    def answer(sent: bytes) -> bytes:
        if len(store) == 1:
            cancelled.set()
        return machine.answer(sent)

    result = run(ScriptedPort(answer), store, cancelled)
    assert result.failed is not None
    assert result.failed.code is FailureCode.CANCELLED
    assert result.blocks == 1


def test_cancelling_beforehand_asks_the_machine_nothing_further() -> None:
    cancelled = threading.Event()
    cancelled.set()
    port = ScriptedPort(lambda _: b"")
    result = run(port, [], cancelled)
    assert result.failed is not None
    assert result.failed.code is FailureCode.CANCELLED
    assert port.written == [b"\x05"]


def test_silence_ends_with_the_time_that_was_allowed() -> None:
    result = run(ScriptedPort(lambda _: b""), [])
    assert result.failed is not None
    assert result.failed.code is FailureCode.NO_ANSWER
    assert 60.0 <= result.seconds < 60.2


def test_progress_is_told() -> None:
    port, told = ScriptedPort(Machine().answer), list[Progress]()
    run_link(
        port, DexReader(), store=lambda _: None, on_progress=told.append, monotonic=port.monotonic
    )
    assert [step.blocks for step in told if step.phase is Phase.TRANSFER] == [
        *range(1, len(BLOCKS) + 1)
    ]
