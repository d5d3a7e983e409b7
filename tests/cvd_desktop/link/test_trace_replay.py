"""Our reader hears a recorded machine once more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.dexucs_frames import Frame, build_frame
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.trace_replay import replay_facts, replay_reader
from tests.support import bench_traces as traces
from tests.support.fifo_wire import FifoWire


@pytest.mark.parametrize(
    "entries",
    [traces.dex_read(), traces.noisy_read(), traces.ddcmp_read(), traces.ddcmp_read(speed=6)],
)
def test_a_good_trace_gives_its_report_again(entries: list[Entry]) -> None:
    played = replay_reader(entries)
    assert replay_facts(played)[0] == ""
    assert played.report == traces.REPORT


def test_a_trace_that_ends_early_is_said_to_have_broken_off() -> None:
    played = replay_reader(traces.dex_read()[:14])
    failure, values = replay_facts(played)
    assert failure == "broken_off"
    assert values["blocks"] == 1
    assert traces.REPORT.startswith(played.report)


def test_a_write_is_written_again() -> None:
    machine = DexMachine(lambda: traces.REPORT)
    run = FifoWire(DexWriter(traces.REPORT), machine).play()
    played = replay_reader(sorted(run.sent, key=lambda entry: entry[0]))
    assert replay_facts(played)[0] == ""
    assert run.written


@pytest.mark.parametrize("link", ["dexucs", "ddcmp"])
def test_a_block_of_ours_that_nobody_would_write_is_taken(link: str) -> None:
    block = build_frame(Frame(False, b"\xff\x81odd", True))
    data = traces.ddcmp_data(0, 1, b"\x99\x00\xff\x81odd", 0xC0)
    failure, _ = replay_facts(replay_reader([(0.0, "R", block), (1.0, "R", data)], link))
    assert failure


def test_silence_stays_silence() -> None:
    assert replay_facts(replay_reader(traces.no_answer()))[0] == "no_answer"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("RM"), st.binary(max_size=30)), max_size=8),
    st.sampled_from(["dexucs", "ddcmp"]),
)
def test_any_bytes_come_to_an_end(drawn: list[tuple[str, bytes]], link: str) -> None:
    entries = [(n * 0.2, who, data) for n, (who, data) in enumerate(drawn)]
    failure, _ = replay_facts(replay_reader(entries, link))
    assert failure or drawn
