"""The checks of the session tests as one list, so that wrong variants can be put before them.

Each check plays some sessions, seeded and under a simulated clock, and raises AssertionError (Hang
among them) when a promise is broken.
"""

import random
from collections.abc import Callable, Iterator
from itertools import count

from cvd_desktop.link.ddcmp_frames import ControlFrame, ControlKind, build_control
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_frames import FirstHandshake, build_frame
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import Finished
from tests.support.ddcmp_line import ddcmp_wire
from tests.support.dex_lines import HANDSHAKE_1, LONG_REPORT, REAL_CALL, SMALL_REPORT
from tests.support.dex_mishaps import check_read, check_written, meddle_with
from tests.support.fifo_wire import FifoWire, Pieces, leave_alone

_SEEDS = 25
_HAPPENS = ["none"] * 8 + ["lost", "doubled", "damaged", "byte lost", "split", "late"]
_PATIENCE = DexSettings(max_wait=5.0)
_EQUAL = b"MA5*1\r\n" * 4 + b"MA5*2\r\n" + b"MA5*1\r\n" * 2


def _plan(seed: int) -> list[tuple[str, int, int, float]]:
    chance = random.Random(seed)
    return [
        (
            chance.choice(_HAPPENS),
            chance.randrange(260),
            chance.randrange(1, 255),
            chance.choice([0.05, 0.3]),
        )
        for _ in range(60)
    ]


def dex_bytes_are_those_of_real_machines() -> None:
    assert build_frame(FirstHandshake("CVD0000001", "R", "R01L01").frame()) == HANDSHAKE_1
    assert build_frame(FirstHandshake("CNV   DE32", "S", "R01L01").frame()) == REAL_CALL


def dex_reads_on_a_good_line() -> None:
    for faults in ([], ["machine_master"], ["lost_ack:2"], ["wrong_crc:2"], ["block_size:1000"]):
        for report in (b"", SMALL_REPORT, LONG_REPORT):
            machine = DexMachine(lambda report=report: report, faults=faults)
            run = FifoWire(DexReader(), machine).play()
            check_read(run, report)
            assert isinstance(run.end, Finished), run.end
            assert run.completed == 1
            if "lost_ack:2" not in faults and "wrong_crc:2" not in faults:
                assert run.end.detail["retries"] == 0


def dex_equal_lines_arrive() -> None:
    for faults in ([], ["slow_repeat"], ["slow_repeat", "no_enq"]):
        machine = DexMachine(lambda: _EQUAL, faults=[*faults, "block_size:7"])
        run = FifoWire(DexReader(), machine, chunk=16).play()
        check_read(run, _EQUAL)
        assert isinstance(run.end, Finished), run.end


def dex_lost_answers_make_no_block() -> None:
    """Four in a row, to a machine that repeats the block and to one that asks with ENQ."""
    for faults in (["no_enq"], []):
        sent = count()

        def meddle(sender: str, data: bytes, sent: Iterator[int] = sent) -> Pieces:
            lost = sender == "R" and 8 <= next(sent) < 12
            return [] if lost else [(0.0, data)]

        machine = DexMachine(lambda: LONG_REPORT, faults=faults)
        run = FifoWire(DexReader(), machine, meddle, chunk=16).play()
        check_read(run, LONG_REPORT)
        assert isinstance(run.end, Finished), run.end


def dex_reads_on_a_bad_line() -> None:
    for seed in range(_SEEDS):
        for report, faults in (
            (LONG_REPORT, ["no_enq"] if seed % 2 else []),
            (_EQUAL, ["block_size:7", *(["slow_repeat"] if seed % 3 else [])]),
        ):
            machine = DexMachine(lambda report=report: report, faults=faults)
            wire = FifoWire(DexReader(_PATIENCE), machine, meddle_with(_plan(seed)), chunk=16)
            check_read(wire.play(), report)


def dex_reader_is_killed() -> None:
    for outputs in range(40):
        run = FifoWire(
            DexReader(), DexMachine(lambda: SMALL_REPORT), leave_alone, dies_after=outputs
        ).play()
        if run.completed:
            assert run.document == SMALL_REPORT
            assert run.has_last
        if run.end:
            return
    raise AssertionError("never came to its end")


def dex_machine_that_begins_anew_is_noticed() -> None:
    for faults in (["restart_after:2"], ["give_up_after:2"], ["hang_in_block:2"]):
        run = FifoWire(DexReader(), DexMachine(lambda: LONG_REPORT, faults=faults)).play()
        check_read(run, LONG_REPORT)
        assert not isinstance(run.end, Finished)
        assert run.seconds < 30, "nobody waits so long"


def dex_writes() -> None:
    for faults in ([], ["write_lost_ack:2"], ["write_nak:3"]):
        run = FifoWire(DexWriter(LONG_REPORT), DexMachine(lambda: b"", faults=faults)).play()
        check_written(run, LONG_REPORT)
        assert isinstance(run.end, Finished), run.end
    for seed in range(_SEEDS):
        writer = DexWriter(LONG_REPORT, _PATIENCE)
        machine = DexMachine(lambda: b"")
        wire = FifoWire(writer, machine, meddle_with(_plan(seed)), chunk=16)
        check_written(wire.play(), LONG_REPORT)


def dex_machine_dies_in_a_write() -> None:
    for blocks in range(1, 6):
        machine = DexMachine(lambda: b"", faults=[f"write_deaf_after:{blocks}"])
        run = FifoWire(DexWriter(LONG_REPORT), machine).play()
        check_written(run, LONG_REPORT)
        assert not isinstance(run.end, Finished)


def ddcmp_bytes_are_those_of_the_standard() -> None:
    start = build_control(ControlFrame(ControlKind.START))
    assert start == bytes.fromhex("05 06 40 00 00 01 5C 55")


def ddcmp_reads_the_list_that_was_asked_for() -> None:
    for wanted in (1, 2):
        asked: list[int] = []

        def documents(number: int, asked: list[int] = asked) -> bytes:
            asked.append(number)
            return SMALL_REPORT

        run = ddcmp_wire(documents=documents, lists=[wanted]).play()
        assert asked == [wanted]
        assert run.document == SMALL_REPORT
        assert run.finished.detail["list"] == wanted


def ddcmp_reads_on_a_bad_line() -> None:
    for seed in range(_SEEDS):
        run = ddcmp_wire(meddle=meddle_with(_plan(seed)) if seed else leave_alone).play()
        _check_collect(run.document, run.has_last, run.whole_when_completed)
        if isinstance(run.end, Finished):
            assert run.document == LONG_REPORT
            assert run.completed == 1
        else:
            assert seed, run.end


def ddcmp_gets_over_one_mishap() -> None:
    for fault in ("lost_ack:3", "wrong_data_crc:3", "duplicate_block:2"):
        run = ddcmp_wire(fault).play()
        assert run.finished.detail["finish"] == "confirmed"
        assert run.document == LONG_REPORT
        assert run.completed == 1


def ddcmp_finish_counts_when_it_is_acknowledged_only() -> None:
    for fault in ("no_finish_ack", "nack_finish"):
        run = ddcmp_wire(fault).play()
        assert not isinstance(run.end, Finished)
        assert run.document == LONG_REPORT


def ddcmp_reader_is_killed() -> None:
    for outputs in range(60):
        run = ddcmp_wire(documents=lambda _: SMALL_REPORT, wire={"dies_after": outputs}).play()
        if run.completed:
            assert run.document == SMALL_REPORT
            assert run.has_last
        if run.end:
            return
    raise AssertionError("never came to its end")


def _check_collect(document: bytes, has_last: bool, whole: list[bool]) -> None:
    assert all(whole), "counted before it was stored"
    assert LONG_REPORT.startswith(document), "a wrong document"
    assert not has_last or document == LONG_REPORT


DEX_CHECKS: list[Callable[[], None]] = [
    dex_bytes_are_those_of_real_machines,
    dex_reads_on_a_good_line,
    dex_reader_is_killed,
    dex_machine_that_begins_anew_is_noticed,
    dex_equal_lines_arrive,
    dex_lost_answers_make_no_block,
    dex_machine_dies_in_a_write,
    dex_writes,
    dex_reads_on_a_bad_line,
]
DDCMP_CHECKS: list[Callable[[], None]] = [
    ddcmp_bytes_are_those_of_the_standard,
    ddcmp_reads_the_list_that_was_asked_for,
    ddcmp_gets_over_one_mishap,
    ddcmp_finish_counts_when_it_is_acknowledged_only,
    ddcmp_reader_is_killed,
    ddcmp_reads_on_a_bad_line,
]
