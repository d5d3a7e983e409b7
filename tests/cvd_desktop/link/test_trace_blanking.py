"""No pass code leaves this computer in a trace, and the trace still decodes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.dexucs_frames import build_frame, split_blocks
from cvd_desktop.link.trace_blanking import blank_codes, blank_report
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.link.trace_decoder_steps import Crc
from tests.support import bench_traces as traces

WRITE = b"DXS*CVD0000001*VA*V0/6*1\r\nST*001*0001\r\nSD1*X4321SECRET*X8765SECRET\r\nDXE*1*1\r\n"


def _all(entries: object) -> bytes:
    return b"".join(data for _, _, data in entries)  # type: ignore[attr-defined]


def test_codes_of_who_are_you_are_zeros_and_every_crc_stays_right() -> None:
    entries = traces.ddcmp_read(traces.WHO_CODES)
    blanked, changed = blank_codes(entries)
    assert changed
    assert traces.WHO_CODES not in _all(blanked)
    assert [(at, who, len(data)) for at, who, data in blanked] == [
        (at, who, len(data)) for at, who, data in entries
    ]
    steps = decode_trace(blanked)
    assert {step.crc for step in steps} == {Crc.RIGHT}
    assert [step.code for step in steps] == [step.code for step in decode_trace(entries)]


def test_a_trace_without_codes_stays_as_it_is() -> None:
    for entries in (traces.dex_read(), traces.ddcmp_read(), traces.noisy_read()):
        assert blank_codes(entries) == (tuple(entries), False)


@pytest.mark.parametrize("size", [243, 40, 7, 1])
def test_new_codes_of_a_write_are_blanked_wherever_a_block_ends(size: int) -> None:
    blocks = [build_frame(frame) for frame in split_blocks(WRITE, size)]
    entries = [(n * 0.5, "R", block) for n, block in enumerate(blocks)]
    blanked, changed = blank_codes(entries, "dexucs")
    steps = decode_trace(blanked, "dexucs")
    text = b"".join(step.data[2:-4] for step in steps)
    assert changed
    assert b"SECRET" not in text
    assert b"SD1*000" in text
    assert {step.crc for step in steps} == {Crc.RIGHT}


def test_a_code_is_blanked_in_damaged_frames_too() -> None:
    entries = traces.ddcmp_read(traces.WHO_CODES)
    at, sender, who = entries[2]
    damaged = who[:-1] + bytes([who[-1] ^ 1])
    blanked, _ = blank_codes([*entries, (at + 9, sender, damaged), (at + 12, "M", who[6:30])])
    assert traces.WHO_CODES not in _all(blanked)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("RM"), st.binary(max_size=40)), max_size=8))
def test_any_bytes_are_taken(drawn: list[tuple[str, bytes]]) -> None:
    entries = [(n * 0.1, who, data) for n, (who, data) in enumerate(drawn) if data]
    blanked, _ = blank_codes(entries)
    assert [(who, len(data)) for _, who, data in blanked] == [
        (who, len(data)) for _, who, data in entries
    ]


def test_a_report_loses_its_codes_and_nothing_else() -> None:
    blanked = blank_report(WRITE)
    assert b"SECRET" not in blanked
    assert len(blanked) == len(WRITE)
    assert blank_report(traces.REPORT) == traces.REPORT
