"""DEX/UCS on a wire that loses, doubles, damages, splits, delays and is cut: reading and writing.

CVD_LINK_SESSIONS sets how many sessions each of the random tests plays.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import Finished
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.dex_mishaps import (
    CHUNKS,
    PLANS,
    check_read,
    check_written,
    meddle_with,
    sessions,
)
from tests.support.fifo_wire import FifoWire
from tests.support.line_mishaps import cut_after

REPORTS = st.one_of(
    st.sampled_from([b"", SMALL_REPORT, LONG_REPORT, b"A" * 486]),
    st.text(st.sampled_from("AB*01\r\n"), max_size=600).map(str.encode),
)
EQUAL_LINES = st.lists(st.sampled_from([b"MA5*1\r\n", b"MA5*2\r\n"]), min_size=1, max_size=6).map(
    b"".join
)
PECULIARITIES = st.lists(
    st.sampled_from(
        [
            "machine_master",
            "no_enq",
            "glued_eot_enq",
            "no_eot",
            "ack0_handshake",
            "noise",
            "tsyn",
            "slow_repeat",
            "slow_answers:300",
            "block_size:90",
            "lost_ack:2",
            "wack:1",
        ]
    ),
    unique=True,
    max_size=3,
)
WRITE_PECULIARITIES = st.lists(
    st.sampled_from(
        [
            "glued_eot_enq",
            "ack0_handshake",
            "noise",
            "tsyn",
            "slow_answers:300",
            "write_lost_ack:2",
            "write_wack:1",
            "write_nak:2",
            "old_order",
        ]
    ),
    unique=True,
    max_size=3,
)
PATIENCE = DexSettings(max_wait=20.0)


@sessions
@given(
    REPORTS,
    PECULIARITIES,
    PLANS,
    CHUNKS,
    st.lists(st.sampled_from([0.0, 0.02, 0.5, 1.5]), max_size=5),
)
def test_the_report_arrives_whole_or_the_reader_says_that_it_failed(
    report: bytes,
    peculiarities: list[str],
    plan: list[tuple[str, int, int, float]],
    chunk: int | None,
    store_seconds: list[float],
) -> None:
    slow = iter(store_seconds)
    wire = FifoWire(
        DexReader(PATIENCE),
        DexMachine(lambda: report, faults=peculiarities),
        meddle_with(plan),
        store_seconds=lambda: next(slow, 0.0),
        chunk=chunk,
    )
    check_read(wire.play(), report)


@sessions
@given(EQUAL_LINES, PECULIARITIES, PLANS, CHUNKS)
def test_equal_lines_in_blocks_of_their_own_are_never_lost_or_doubled(
    report: bytes,
    peculiarities: list[str],
    plan: list[tuple[str, int, int, float]],
    chunk: int | None,
) -> None:
    faults = [*(name for name in peculiarities if "block_size" not in name), "block_size:7"]
    machine = DexMachine(lambda: report, faults=faults)
    check_read(
        FifoWire(DexReader(PATIENCE), machine, meddle_with(plan), chunk=chunk).play(), report
    )


@sessions
@given(REPORTS, WRITE_PECULIARITIES, PLANS, CHUNKS)
def test_the_document_is_written_whole_or_the_writer_says_that_it_failed(
    document: bytes,
    peculiarities: list[str],
    plan: list[tuple[str, int, int, float]],
    chunk: int | None,
) -> None:
    machine = DexMachine(lambda: b"", faults=peculiarities)
    wire = FifoWire(DexWriter(document, PATIENCE), machine, meddle_with(plan), chunk=chunk)
    check_written(wire.play(), document)


@pytest.mark.parametrize("faults", [[], ["machine_master"]])
@pytest.mark.parametrize("direction", ["R", "M", "RM"])
def test_the_plug_is_pulled_at_every_byte_of_a_read(faults: list[str], direction: str) -> None:
    report = SMALL_REPORT * 2
    whole = part = 0
    for count in range(500):
        machine = DexMachine(lambda: report, faults=faults)
        run = FifoWire(
            DexReader(DexSettings(max_wait=5.0)), machine, cut_after(count, direction)
        ).play()
        check_read(run, report)
        whole += isinstance(run.end, Finished)
        part += run.has_last is False
    assert whole
    assert part


@pytest.mark.parametrize("direction", ["R", "M", "RM"])
def test_the_plug_is_pulled_at_every_byte_of_a_write(direction: str) -> None:
    document = SMALL_REPORT * 2
    whole = part = 0
    for count in range(500):
        machine = DexMachine(lambda: b"")
        writer = DexWriter(document, DexSettings(max_wait=5.0))
        run = FifoWire(writer, machine, cut_after(count, direction)).play()
        check_written(run, document)
        whole += isinstance(run.end, Finished)
        part += not run.written
    assert whole
    assert part
