"""The trace table: every byte is there, in its kind; long traces scroll; keys open and copy."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cvd_desktop.link.byte_trace import Entry
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.link.trace_decoder_steps import TraceStep
from cvd_desktop.ui.bench_trace_model import BYTES, GAP, SAYS, TraceModel
from cvd_desktop.ui.bench_trace_rows import BandRow, hex_lines, trace_rows
from cvd_desktop.ui.bench_trace_table import TraceTable
from cvd_desktop.ui.theme import Look
from tests.support import bench_traces as traces


@pytest.fixture
def table(look: Look, qtbot: QtBot) -> TraceTable:
    made = TraceTable(look)
    qtbot.addWidget(made)
    made.resize(910, 600)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _step_row(table: TraceTable, code: str) -> int:
    rows = table.trace.rows()
    return next(n for n, r in enumerate(rows) if isinstance(r, TraceStep) and r.code == code)


def test_the_model_keeps_to_the_rules_of_qt_while_it_grows(qtmodeltester: ModelTester) -> None:
    model = TraceModel()
    qtmodeltester.check(model)
    entries = traces.noisy_read()
    for count in (3, 9, 9, len(entries), 5, 0):
        model.show_steps(decode_trace(entries[:count], growing=True))
        assert model.step_count == len(decode_trace(entries[:count], growing=True))


def test_bands_stand_before_their_steps() -> None:
    rows = trace_rows(decode_trace(traces.dex_read()))
    bands = [row for row in rows if isinstance(row, BandRow)]
    assert [band.steps[0].session for band in bands] == ["1", "2", "3"]
    assert len(rows) == 3 + sum(len(band.steps) for band in bands)


@pytest.mark.parametrize("per_line", [4, 8, 17, 40])
@pytest.mark.parametrize("entries", [traces.noisy_read(), traces.ddcmp_read()])
def test_a_long_frame_is_shortened_in_its_middle_only(entries: list[Entry], per_line: int) -> None:
    for step in decode_trace(entries):
        whole = [n for line in hex_lines(step, per_line, whole=True) for n in line]
        assert whole == list(range(len(step.data)))
        lines = hex_lines(step, per_line)
        assert len(lines) <= 2
        assert all(len(line) <= per_line for line in lines)
        shown = [n for line in lines for n in line if n is not None]
        assert shown == sorted(shown)
        assert shown[0] == 0
        assert shown[-1] == len(step.data) - 1


def test_a_row_says_its_bytes_in_hex_and_in_words(table: TraceTable) -> None:
    table.show_steps(decode_trace(traces.dex_read()))
    row = _step_row(table, "handshake_1")
    model = table.trace
    assert str(model.index(row, BYTES).data()).startswith("10 01 43 56 44")
    assert model.index(row, SAYS).data() == ("Id CVD0000001, R = read, R01L01, CRC 62 F3 right")
    assert model.index(row, GAP).data() == "+12"
    spoken = str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "this laptop" in spoken
    assert "62 F3 right" in spoken


def test_pass_codes_are_never_shown(table: TraceTable) -> None:
    table.show_steps(decode_trace(traces.ddcmp_read(traces.WHO_CODES)))
    model = table.trace
    said = " ".join(model.line(n) for n in range(model.rowCount()))
    assert "43 21 87 65" not in said
    assert "·· ·· ·· ··" in said


def test_enter_opens_all_bytes_of_a_step_and_copy_takes_it(table: TraceTable, qtbot: QtBot) -> None:
    table.show_steps(decode_trace(traces.dex_read()))
    row = _step_row(table, "block")
    table.go_to(row)
    closed = table.rowHeight(row)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert table.is_open(row)
    assert table.rowHeight(row) > closed * 4
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert table.rowHeight(row) == closed
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "44 58 53 2A" in QApplication.clipboard().text()


def test_who_comes_by_tab_finds_a_row(table: TraceTable) -> None:
    table.show_steps(decode_trace(traces.dex_read()))
    assert not table.currentIndex().isValid()
    by_tab = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(table, by_tab)
    assert table.currentIndex().row() == 0


def test_marks_are_walked_one_after_the_other(table: TraceTable) -> None:
    table.show_steps(decode_trace(traces.noisy_read()))
    seen = []
    for _ in range(5):
        table.go_to_marked()
        row = table.trace.row(table.currentIndex().row())
        assert isinstance(row, TraceStep)
        seen.append((row.code, row.values.get("damage")))
    assert ("bad_frame", "crc") in seen
    assert seen[-1] == seen[0]  # round again


def test_who_looks_at_the_end_of_a_growing_trace_stays_there(table: TraceTable) -> None:
    entries = traces.no_answer(60)
    for count in range(1, 61, 7):
        table.show_steps(decode_trace(entries[:count], growing=True), follow=True)
    bar = table.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    table.show_steps(decode_trace(entries, growing=True), follow=True)
    assert bar.value() == 0


def test_a_hundred_thousand_entries_are_rows_that_scroll(table: TraceTable) -> None:
    entries = [
        (n * 0.02, "RM"[n % 2], b"\x05" if n % 2 == 0 else b"\x10\x30") for n in range(100_000)
    ]
    table.show_steps(decode_trace(entries, "dexucs"))
    assert table.trace.step_count == 100_000
    table.go_to(table.trace.rowCount() - 1)
    assert table.verticalScrollBar().value() == table.verticalScrollBar().maximum()
