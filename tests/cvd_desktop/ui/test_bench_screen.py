"""The Bench: what a technician sees and does before, while and after a read."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.bench_records import StoredTrace, TraceHead
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.bench_player import LONGEST_PAUSE, pauses
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screens.bench_screen import Page
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState
from tests.support import bench_traces as traces
from tests.support.bench_desk import (
    GOOD_AT,
    OTHER,
    PORT,
    PRACTICE,
    Desk,
    busy,
    machine_record,
    silent,
)
from tests.support.sample_screen import sample_screens
from tests.support.sample_window import press


class Bench:
    """A shown screen and the desk behind it."""

    def __init__(self, desk: Desk, look: Look, background: Background, qtbot: QtBot) -> None:
        self.desk = desk
        self._background = background
        self._qtbot = qtbot
        self.screen = desk.screen(look, background)
        qtbot.addWidget(self.screen)
        self.screen.resize(1192, 640)
        with qtbot.waitExposed(self.screen):
            self.screen.show()
        self.screen.reload()
        self.settle()

    def settle(self) -> None:
        self._qtbot.waitUntil(lambda: not self._background.busy)

    def page(self) -> str:
        return next(p for p in Page if getattr(self.screen, p.value).isVisible()).value

    def words(self) -> list[str]:
        return [action.text() for action in self.screen.secondary()]


@pytest.fixture
def bench(look: Look, background: Background, qtbot: QtBot) -> Bench:
    return Bench(Desk(), look, background, qtbot)


def _bench(desk: Desk, look: Look, background: Background, qtbot: QtBot) -> Bench:
    return Bench(desk, look, background, qtbot)


def test_the_only_adapter_is_chosen_and_can_be_read(bench: Bench) -> None:
    screen = bench.screen
    assert bench.page() == "ports"
    assert screen.ports.ports.rowCount() == 1
    assert screen.ports.reads.rowCount() == 4
    primary = screen.primary()
    assert primary is not None
    assert primary.isEnabled()
    assert primary.shortcut().toString() == "F9"
    assert "USB serial, true RS-232" in screen.port_card.checks.texts()


def test_while_another_screen_reads_the_bench_waits_and_says_so(
    bench: Bench, background: Background, qtbot: QtBot
) -> None:
    screen, end = bench.screen, threading.Event()
    background.run(Lane.MACHINE, end.wait)
    screen.line.look()
    screen.line.look()
    primary = screen.primary()
    assert primary is not None
    assert not primary.isEnabled()
    assert "on another screen" in primary.statusTip()
    assert screen.port_card.checks.texts() == ["In use: a machine is being read"]
    end.set()
    qtbot.waitUntil(primary.isEnabled)
    assert "USB serial, true RS-232" in screen.port_card.checks.texts()


def test_without_an_adapter_it_says_what_to_do(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    bench = _bench(Desk(ports=[], reads=[]), look, background, qtbot)
    assert "Plug one into a USB socket" in bench.screen.ports.no_ports.text()
    assert "No machine was read" in bench.screen.ports.no_reads.text()
    primary = bench.screen.primary()
    assert primary is not None
    assert not primary.isEnabled()
    assert "plug the adapter in" in primary.statusTip()


def test_a_port_without_a_known_adapter_is_chosen_by_the_person(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    bench = _bench(Desk(ports=[OTHER]), look, background, qtbot)
    assert not bench.screen.do.read.isEnabled()
    bench.screen.ports.port_table.go_to(0)
    assert bench.screen.do.read.isEnabled()


def test_a_read_shows_every_step_and_the_last_good_trace(bench: Bench) -> None:
    screen = bench.screen
    screen.choose_machine(machine_record())
    screen.do.read.trigger()
    bench.settle()
    assert bench.page() == "trace"
    assert bench.desk.asked[0]["asset_number"] == "10433"
    assert screen.place() == ("Bench, 10433", "coffee, Harbour Works")
    assert screen.trace.table.trace.step_count == len(bench.desk.entries)
    assert screen.read_card.facts.lines() == [("NAK, resent", "0, 0"), ("CRC right", "4 of 4")]
    assert ("Leads", "this laptop") in screen.port_card.facts.lines()
    assert screen.good_card.whose.text() == "14 Oct 2026, same machine"
    assert "Before session 2: then 410, now 1,550 ms" in screen.good_card.table.lines()
    assert screen.good_card.note.texts() == [
        "The machine is 1.1 s slower before session 2. Allowed, no limit there."
    ]
    assert screen.fact() == "SAVE mode: a read resets nothing"


def test_bytes_are_shown_while_the_read_runs_and_it_can_be_cancelled(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    desk = Desk(hold=True)
    bench = _bench(desk, look, background, qtbot)
    screen = bench.screen
    states: list[object] = []
    screen.machine_state_changed.connect(lambda state, percent: states.append(state))
    screen.start_read()
    qtbot.waitUntil(lambda: screen.trace.table.trace.step_count > 0)
    assert screen.primary() is None
    assert bench.words() == ["Cancel the read"]
    assert states[-1] is MachineChipState.READING
    screen.do.cancel.trigger()
    assert desk.asked[0]["cancelled"].is_set()
    desk.go_on.set()
    bench.settle()
    assert states[-1] is MachineChipState.ADAPTER_READY


def test_a_machine_that_is_silent_is_told_with_the_part(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    desk = Desk(entries=traces.no_answer(), problem=silent())
    bench = _bench(desk, look, background, qtbot)
    bench.screen.start_read()
    bench.settle()
    failure = bench.screen.trace.failure
    assert failure.isVisible()
    assert "did not answer" in failure.what.text()
    assert "Most likely the cable" in failure.part.text()
    assert bench.screen.good_card.note.texts()[0].startswith("Now not one byte came back")
    assert bench.screen.trace.table.trace.step_count == 8


def test_a_port_that_is_taken_says_so_with_no_trace(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    bench = _bench(Desk(entries=(), problem=busy()), look, background, qtbot)
    bench.screen.start_read()
    bench.settle()
    assert "uses /dev/ttyUSB0" in bench.screen.trace.failure.what.text()
    assert bench.screen.trace.table.trace.step_count == 0


def test_the_loop_back_test_is_remembered_for_its_port(bench: Bench) -> None:
    bench.screen.do.loop_back.trigger()
    bench.settle()
    assert bench.screen.port_card.checks.texts()[1].startswith("Loop-back right, ")
    bench.desk.finding = ("loop_back_silent", {"sent": 10, "right": 0, "round_trip": "?"})
    bench.screen.do.loop_back.trigger()
    bench.settle()
    assert "right" not in bench.screen.port_card.checks.texts()[1]


def test_f7_shows_every_turn_with_its_limit(bench: Bench) -> None:
    screen = bench.screen
    assert not screen.do.compare.isEnabled()
    screen.start_read()
    bench.settle()
    screen.do.compare.trigger()
    assert bench.page() == "compare"
    turns = {
        (line.name, line.who): line for line in map(screen.compare.lines.row, range(6)) if line
    }
    assert turns["ENQ to ACK", "the machine"].limit == "950"
    screen.do.back.trigger()
    assert bench.page() == "trace"


def test_without_a_good_trace_comparing_says_why_not(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    bench = _bench(Desk(good=None), look, background, qtbot)
    bench.screen.start_read()
    bench.settle()
    assert not bench.screen.do.compare.isEnabled()
    assert "No good trace" in bench.screen.good_card.whose.text()
    assert bench.screen.do.compare.statusTip()


def test_a_trace_of_another_machine_of_the_model_is_named_so(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    head = TraceHead(link="dexucs", machine="10427", at=GOOD_AT)
    good = StoredTrace(head, tuple(traces.dex_read()), same_machine=False)
    bench = _bench(Desk(good=good), look, background, qtbot)
    bench.screen.start_read()
    bench.settle()
    assert "machine 10427, same model" in bench.screen.good_card.whose.text()


def test_a_stored_trace_is_opened_from_the_list(bench: Bench, qtbot: QtBot) -> None:
    table = bench.screen.ports.read_table
    table.go_to(1)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    bench.settle()
    assert bench.page() == "trace"
    assert ("Link", "DDCMP") in bench.screen.port_card.facts.lines()
    assert ("Speed", "38400 8N1") in bench.screen.port_card.facts.lines()


def test_a_trace_is_loaded_replayed_and_goes_into_the_bundle(bench: Bench, tmp_path: Path) -> None:
    screen = bench.screen
    screen.files.load(tmp_path / "read-1.cvdtrace")
    bench.settle()
    assert bench.page() == "trace"
    screen.replay()
    bench.settle()
    assert screen.fact() == "Replayed: this version reads it whole, 410 bytes"


def test_parts_tell_who_is_suspect(bench: Bench) -> None:
    bench.screen.do.parts.trigger()
    bench.settle()
    assert bench.page() == "parts"
    first = bench.screen.parts.parts.index(0, 4)
    assert bench.screen.parts.parts.cell(first).text == "suspect"
    why = bench.screen.parts.parts.cell(bench.screen.parts.parts.index(0, 5)).text
    assert "10433, 10427, 10402" in why


def test_tab_goes_from_the_practice_machines_over_the_links_to_the_faults(bench: Bench) -> None:
    screen = bench.screen
    screen.do.practice.trigger()
    bench.settle()
    page = screen.practice
    page.model_choices.choices()[1].setChecked(True)
    page.model_choices.choices()[1].setFocus()
    seen = []
    for _ in range(2):
        QTest.keyClick(screen, Qt.Key.Key_Tab)
        seen.append(screen.focusWidget())
    assert seen == [page.link_choices.choices()[0], page.table]


def test_a_practice_machine_starts_and_is_plainly_marked(bench: Bench) -> None:
    screen = bench.screen
    screen.do.practice.trigger()
    assert bench.page() == "practice"
    bench.settle()
    screen.practice.model_choices.choices()[1].setChecked(True)
    assert screen.practice.link() == "ddcmp"
    screen.practice.table.opened.emit(0)
    screen.practice.table.go_to(1)
    QTest.keyClicks(screen.practice.value.edit, "30")
    assert screen.primary() is screen.do.start
    screen.do.start.trigger()
    bench.settle()
    assert bench.desk.started == [("coffee", "ddcmp", ("bad_crc", "slow:30"))]
    screen.reload()
    bench.settle()
    assert screen.line.device == PRACTICE.device
    assert "Practice: nothing of this reaches the server" in screen.port_card.checks.texts()
    screen.do.stop.trigger()
    bench.settle()
    screen.reload()
    bench.settle()
    assert screen.line.device == PORT.device


def test_other_parts_are_made_ahead(bench: Bench) -> None:
    made = 0
    while bench.screen.make_next():
        made += 1
    assert made == 4


def test_every_action_has_a_word_and_no_key_stands_twice(bench: Bench) -> None:
    bench.screen.start_read()
    bench.settle()
    primary = bench.screen.primary()
    assert primary is not None
    actions = [*bench.screen.secondary(), primary]
    keys = [action.shortcut().toString() for action in actions]
    assert all(action.text() for action in actions)
    assert len(set(keys)) == len(keys)


def test_a_read_of_another_machine_is_titled_by_it(bench: Bench) -> None:
    stored = bench.desk.trace_of("read-1")
    other = replace(stored, head=replace(stored.head, machine="10402"))
    bench.screen.choose_machine(machine_record())
    bench.screen.show_stored(other)
    bench.settle()
    assert bench.screen.place()[0] == "Bench, 10402"


def test_a_trace_is_played_step_by_step_and_can_be_shown_at_once(bench: Bench) -> None:
    screen = bench.screen
    screen.start_read()
    bench.settle()
    whole = screen.trace.table.trace.step_count
    screen.do.play.trigger()
    assert 0 < screen.trace.table.trace.step_count < whole
    assert screen.primary() is None
    assert bench.words() == ["Show all of it"]
    screen.do.stop_play.trigger()
    assert screen.trace.table.trace.step_count == whole
    assert screen.primary() is screen.do.again


def test_the_pauses_of_a_played_trace_are_those_of_the_line() -> None:
    steps = decode_trace(traces.dex_read(before_session_2=40.0))
    waited = pauses(steps)
    assert len(waited) == len(steps)
    assert waited[0] == 0
    assert max(waited) == LONGEST_PAUSE
    assert waited[1] == pytest.approx(steps[1].at - steps[0].at)
    assert pauses(()) == []


def test_a_technician_may_fix_the_link(bench: Bench) -> None:
    screen = bench.screen
    seen = [screen.do.link.text()]
    for _ in range(2):
        screen.do.link.trigger()
        seen.append(screen.do.link.text())
    assert seen == ["Link: found out", "Link: DEX/UCS", "Link: DDCMP"]
    assert "Link: DDCMP" in screen.port_card.checks.texts()
    screen.start_read()
    bench.settle()
    assert bench.desk.asked[0]["link"] == "ddcmp"


def test_the_keys_of_the_frame_lead_through_the_bench(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    desk = Desk()
    screen = desk.screen(look, background)
    window = MainWindow(look, [*sample_screens(look)[:1], screen], calls=FrameCalls())
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.open_screen("bench")

    def settle() -> None:
        qtbot.waitUntil(lambda: not background.busy)

    settle()
    press(window, Qt.Key.Key_F9)
    settle()
    qtbot.waitUntil(lambda: screen.trace.table.trace.step_count == 17)
    press(window, Qt.Key.Key_F7)
    assert screen.compare.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert screen.trace.isVisible()
    press(window, Qt.Key.Key_F8)
    assert screen.write.isVisible()
