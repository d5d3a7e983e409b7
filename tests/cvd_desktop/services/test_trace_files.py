"""A trace goes out as a file without pass codes and comes back as it was."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.domain.bench_records import StoredTrace, TraceHead
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import trace_files
from cvd_desktop.services.trace_files import load_trace, parse_trace, replay, save_trace
from cvd_desktop.services.words import words
from tests.support import bench_traces as traces

HEAD = TraceHead(
    link="dexucs",
    baud_rate=9600,
    adapter="USB serial",
    port="COM3",
    machine="10433",
    model="Alder 5",
    at=datetime(2026, 11, 21, 7, 42, tzinfo=UTC),
)
GOOD = StoredTrace(HEAD, tuple(traces.dex_read()))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "read.cvdtrace"
    save_trace(path, GOOD)
    assert load_trace(path) == GOOD
    assert [file.name for file in tmp_path.iterdir()] == ["read.cvdtrace"]


def test_pass_codes_are_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "read.cvdtrace"
    trace = StoredTrace(replace(HEAD, link="ddcmp"), tuple(traces.ddcmp_read(traces.WHO_CODES)))
    save_trace(path, trace)
    text = path.read_text()
    assert traces.WHO_CODES.hex(" ").upper() not in text
    loaded = load_trace(path)
    assert loaded.blanked
    assert replay(loaded).report == traces.REPORT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "not json",
        '{"format":"cvd-trace","version":99}',
        '{"format":"cvd-trace","version":1,"link":3}',
        '{"format":"cvd-trace","version":1,"at":"yesterday"}',
        '{"format":"cvd-trace","version":1}\n[0,"X","05"]',
        '{"format":"cvd-trace","version":1}\n[0,"R","zz"]',
        '{"format":"cvd-trace","version":1}\n[-1,"R","05"]',
        '{"format":"cvd-trace","version":1}\n[0,"R"]',
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_words(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_trace(text, "a.txt")
    assert caught.value.code == "trace_unreadable"
    assert "a.txt" in words(caught.value.code, caught.value.values).what


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_trace_or_a_problem(text: str) -> None:
    for whole in (text, '{"format":"cvd-trace","version":1}\n' + text):
        with suppress(Problem):
            assert isinstance(parse_trace(whole), StoredTrace)


def test_a_place_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        save_trace(tmp_path / "nowhere" / "read.cvdtrace", GOOD)
    assert caught.value.code == "file_not_written"


def test_a_replay_tells_what_is_concluded_today() -> None:
    verdict = replay(GOOD)
    assert (verdict.failure, verdict.report, verdict.blocks) == ("", traces.REPORT, 2)
    cut = replace(GOOD, entries=GOOD.entries[:14])
    assert replay(cut).failure == "broken_off"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_without_an_end_is_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_files, "MOST_BYTES", 4096)
    with pytest.raises(Problem) as caught:
        load_trace(Path("/dev/zero"))
    assert caught.value.code == "trace_unreadable"
