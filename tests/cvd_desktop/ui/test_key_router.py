"""A scanner's burst is one scan wherever the focus is; a person's keys stay a person's keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.key_router import SCAN_GAP_MS, SCAN_MIN, KeyRouter

GAP = SCAN_GAP_MS


class Cells(QWidget):
    """Takes digits at once, as a planogram does."""

    takes_digits = True

    def __init__(self) -> None:
        super().__init__()
        self.typed = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.typed += event.text()

    def take_back(self, count: int) -> None:
        self.typed = self.typed[:-count]


class Bench:
    """A window with a field, a button and the commands R and 4; its clock is the test's."""

    def __init__(self, qtbot: QtBot) -> None:
        self.now = 1000
        self.window = QWidget()
        self.field = QLineEdit()
        self.notes = QPlainTextEdit()
        self.raw = QPlainTextEdit("*ST*001*0001")
        self.raw.setReadOnly(True)
        self.button = QPushButton("press")
        self.cells = Cells()
        column = QVBoxLayout(self.window)
        for widget in (self.field, self.notes, self.raw, self.button, self.cells):
            column.addWidget(widget)
        self.done: list[str] = []
        self.scans: list[str] = []
        self.button.clicked.connect(lambda: self.done.append("button"))
        for key in ("R", "4", "+", "Return", "Ctrl+Return"):
            action = QAction(key, self.window)
            action.setShortcut(key)
            action.triggered.connect(lambda _=False, key=key: self.done.append(key))
            self.window.addAction(action)
        self.router = KeyRouter(self.window, self._stamp)
        self.router.scanned.connect(self.scans.append)
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        self.router.watch()

    def _stamp(self, event: QKeyEvent) -> int:
        return self.now

    def type(self, text: str, gap: int, *, enter: bool) -> None:
        """Press the keys through the window, `gap` ms apart by the test's clock."""
        handle = self.window.windowHandle()
        for letter in text:
            self.now += gap
            QTest.keyClick(handle, letter)
        if enter:
            self.now += gap
            QTest.keyClick(handle, Qt.Key.Key_Return)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


@pytest.mark.parametrize("gap", [1, 10, GAP])
@pytest.mark.parametrize("place", ["field", "notes", "raw", "button"])
def test_a_burst_is_a_scan_wherever_the_focus_is(bench: Bench, place: str, gap: int) -> None:
    getattr(bench, place).setFocus()
    bench.now += 10 * GAP
    bench.type("4R410427", gap, enter=True)
    assert bench.scans == ["4R410427"]
    assert bench.done == [], "no letter of a scan is a command, its Enter presses nothing"


def test_a_scan_leaves_the_field_as_it_was(bench: Bench) -> None:
    for edit in (bench.field, bench.notes):
        edit.setFocus()
        bench.now += 500
        bench.type("12", 200, enter=False)
        bench.now += 500
        bench.type("4006381333931", 8, enter=True)
    assert bench.scans == ["4006381333931", "4006381333931"]
    assert bench.field.text() == "12"
    assert bench.notes.toPlainText() == "12"


def test_a_person_types_into_a_field_and_enter_is_an_enter(bench: Bench) -> None:
    bench.field.setFocus()
    bench.type("R410427", 90, enter=True)
    assert bench.field.text() == "R410427"
    assert bench.scans == []
    assert bench.done == ["Return"]


def test_a_burst_shorter_than_any_label_is_no_scan(bench: Bench) -> None:
    bench.field.setFocus()
    bench.type("7" * (SCAN_MIN - 1), 5, enter=True)
    assert bench.scans == []
    assert bench.done == ["Return"]
    assert bench.field.text() == "7" * (SCAN_MIN - 1)


def test_a_single_letter_is_a_command_after_the_wait(bench: Bench, qtbot: QtBot) -> None:
    bench.raw.setFocus()
    bench.type("r", 200, enter=False)
    assert bench.done == [], "it might be the first letter of a scan"
    qtbot.waitUntil(lambda: bench.done == ["R"])


def test_the_next_key_of_a_person_settles_the_one_before(bench: Bench, qtbot: QtBot) -> None:
    bench.raw.setFocus()
    bench.type("4r", GAP + 1, enter=False)
    assert bench.done == ["4"]
    qtbot.waitUntil(lambda: bench.done == ["4", "R"])


def test_two_keys_rolled_over_are_two_commands_in_order(bench: Bench, qtbot: QtBot) -> None:
    bench.raw.setFocus()
    bench.type("r4", 20, enter=False)
    qtbot.waitUntil(lambda: bench.done == ["R", "4"])


def test_a_broken_burst_is_never_commands(bench: Bench, qtbot: QtBot) -> None:
    bench.raw.setFocus()
    bench.type("4R4R4R", 5, enter=False)
    bench.now += 10 * GAP
    bench.type("4", 1, enter=False)
    qtbot.waitUntil(lambda: bench.done == ["4"])
    assert bench.scans == []


def test_an_enter_that_comes_late_is_a_persons(bench: Bench) -> None:
    bench.raw.setFocus()
    bench.type("4006381", 5, enter=False)
    bench.now += GAP + 1
    bench.type("", 0, enter=True)
    assert bench.scans == []
    assert bench.done == ["Return"]


def test_enter_belongs_to_the_button_that_has_the_focus(bench: Bench, qtbot: QtBot) -> None:
    got: list[int] = []
    bench.button.setFocus()
    bench.button.installEventFilter(_Watch(bench.window, got))
    bench.now += 500
    bench.type("", 0, enter=True)
    assert got == [Qt.Key.Key_Return]
    assert "Return" not in bench.done


def test_space_presses_a_button_at_once(bench: Bench) -> None:
    bench.button.setFocus()
    bench.now += 500
    bench.type(" ", 1, enter=False)
    assert bench.done == ["button"]


def test_a_shifted_symbol_is_its_own_key(bench: Bench, qtbot: QtBot) -> None:
    bench.raw.setFocus()
    bench.now += 500
    handle = bench.window.windowHandle()
    QTest.keyClick(handle, Qt.Key.Key_Plus, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bench.done == ["+"])
    QTest.keyClick(handle, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert bench.done == ["+"], "Ctrl R is not R"


def test_a_command_that_is_disabled_stays_silent(bench: Bench, qtbot: QtBot) -> None:
    bench.raw.setFocus()
    for action in bench.window.actions():
        action.setEnabled(action.text() != "R")
    bench.type("r", 200, enter=False)
    bench.type("4", GAP + 1, enter=False)
    qtbot.waitUntil(lambda: bench.done == ["4"])


def test_upper_case_and_symbols_of_a_code_arrive_as_they_are(bench: Bench) -> None:
    bench.raw.setFocus()
    handle = bench.window.windowHandle()
    bench.now += 500
    for letter in "Ab-$/+ %9":
        bench.now += 3
        QTest.keyClick(handle, letter)
    bench.now += 3
    QTest.keyClick(handle, Qt.Key.Key_Enter)
    assert bench.scans == ["Ab-$/+ %9"]


class _Watch(QWidget):
    """Notes the Enter presses that a widget gets."""

    def __init__(self, parent: QWidget, got: list[int]) -> None:
        super().__init__(parent)
        self._got = got

    def eventFilter(self, watched: object, event: object) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QKeyEvent.Type.KeyPress:
            self._got.append(event.key())
        return False


def test_ctrl_enter_is_a_shortcut_even_on_a_button(bench: Bench) -> None:
    bench.button.setFocus()
    handle = bench.window.windowHandle()
    QTest.keyClick(handle, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert bench.done == ["Ctrl+Return"]


def test_a_digit_reaches_what_takes_digits_at_once(bench: Bench) -> None:
    bench.cells.setFocus()
    bench.type("12", GAP + 10, enter=False)
    assert bench.cells.typed == "12"
    bench.type("4", GAP + 10, enter=False)
    assert bench.cells.typed == "124"
    assert not bench.done


def test_a_letter_stays_a_command_where_digits_are_taken(bench: Bench, qtbot: QtBot) -> None:
    bench.cells.setFocus()
    bench.type("1", GAP + 10, enter=False)
    bench.type("r", GAP + 10, enter=False)
    qtbot.waitUntil(lambda: bench.done == ["R"])
    assert bench.cells.typed == "1"


@pytest.mark.parametrize("code", ["4012345678901", "10427", "A10427", "10427A"])
def test_the_digits_of_a_scan_are_taken_back(bench: Bench, code: str) -> None:
    bench.cells.setFocus()
    bench.type("7", GAP + 10, enter=False)
    bench.now += GAP + 10
    bench.type(code, 5, enter=True)
    assert bench.scans == [code]
    assert bench.cells.typed == "7"
    assert not bench.done


def test_a_burst_without_its_enter_is_taken_back_too(bench: Bench, qtbot: QtBot) -> None:
    bench.cells.setFocus()
    bench.type("4012345678901", 5, enter=False)
    qtbot.waitUntil(lambda: bench.cells.typed == "")
    assert not bench.scans
    assert not bench.done
