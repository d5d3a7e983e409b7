"""The Read screen: from the adapter to the verdict, by keys alone, over plain services."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.delegates import cell_padding, wrapped_height
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState
from cvd_desktop.ui.widgets.tag import TagKind
from tests.support import read_facts as facts
from tests.support.sample_window import press
from tests.support.screens_at_work import Bench

Key = Qt.Key


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def screen(
    bench: Bench, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[ReadScreen]:
    """The screen shown in the window; a bug in a lane or an answer fails the test."""
    made = bench.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    made.machine_state_changed.connect(window.show_machine_chip)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: made.ready.ports_known() and not background.busy)
    yield made
    bench.go_on.set()
    background.close()
    assert bugs == []


def window_of(screen: ReadScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def run_read(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    """Read to the end by Enter."""
    bench.go_on.set()
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(lambda: screen.fact() != "" or screen.failed.isVisible())


def test_the_only_likely_port_is_chosen_by_itself(screen: ReadScreen) -> None:
    assert screen.ready.port() == "/dev/ttyUSB0"
    assert screen.ready.port_words.text() == "FTDI cable is ready on /dev/ttyUSB0"
    assert screen.start_action.isEnabled()


def test_several_likely_ports_wait_for_a_person(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.ports = [facts.port(), facts.port("/dev/ttyUSB1")]
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    assert not screen.start_action.isEnabled()
    assert screen.ready.port_words.text() == "2 adapters are plugged in. Choose one:"
    assert screen.fact() == "Choose a port first"
    assert window_of(screen).top_bar.machine_chip.face().text == "Choose a port"
    second = screen.ready.choices()[1]
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert screen.ready.port() == "/dev/ttyUSB1"
    assert screen.start_action.isEnabled()
    screen.ready.show_ports([*bench.ports, facts.port("/dev/ttyUSB2")])
    assert screen.ready.port() == "/dev/ttyUSB1"  # another one plugged in changes no choice


def test_virtual_machines_are_told_apart_and_other_ports_come_last(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.ports = [
        facts.plain_port("/dev/ttyS0"),
        facts.virtual_port(10001),
        facts.virtual_port(10002),
    ]
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    first, second, other = screen.ready.choices()
    assert (first.word, first.detail) == ("Virtual machine (10001)", "/dev/pts/10001")
    assert second.word == "Virtual machine (10002)"
    assert (other.word, other.detail) == ("/dev/ttyS0", "")
    first.click()
    other.click()  # exclusive across the word between them
    assert not first.isChecked()
    assert screen.ready.port() == "/dev/ttyS0"


def test_one_port_with_an_unknown_adapter_can_be_chosen(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.ports = [facts.plain_port("/dev/ttyS0")]
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    words = screen.ready.port_words.text()
    assert words == "One port is here, its adapter is not known. You can choose it:"
    screen.ready.choices()[0].click()
    assert screen.start_action.isEnabled()


def test_the_port_of_the_settings_is_taken_by_itself(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    both = [facts.port(), facts.port("/dev/ttyUSB1")]
    bench.ports = both
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    screen.ready.choices()[0].click()
    bench.ports = [replace(port, likely=port.device == "/dev/ttyUSB1") for port in both]
    screen.reload()  # the settings make the chosen one the only likely one
    qtbot.waitUntil(lambda: screen.ready.port() == "/dev/ttyUSB1")
    assert screen.ready.choices() == ()
    assert screen.start_action.isEnabled()


def test_ports_and_purpose_fit_the_window_without_scrolling(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    window_of(screen).resize(1280, 800)
    machines = [facts.virtual_port(n) for n in (10001, 10002, 10003)]
    bench.ports = [*machines, facts.plain_port("/dev/ttyS0")]
    screen.reload()
    qtbot.waitUntil(lambda: len(screen.ready.choices()) == 4)
    qtbot.waitUntil(lambda: screen.ready.verticalScrollBar().maximum() == 0)


def test_without_a_port_the_screen_says_what_to_do(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.ports = []
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    assert screen.ready.port_words.text() == "No adapter found"
    assert "USB socket" in screen.ready.port_help.text()
    assert screen.ready.port_help.isVisible()


def test_empty_list_says_why(screen: ReadScreen) -> None:
    assert "No machine was read on this laptop yet" in screen.ready.no_reads.text()
    assert not screen.ready.table.isVisible()


def test_running_read_shows_blocks_bytes_and_steps(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    states: list[tuple[object, object]] = []
    screen.machine_state_changed.connect(lambda state, percent: states.append((state, percent)))
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(lambda: screen.running.boxes.blocks == 17)
    assert screen.reading
    assert screen.running.boxes.total == 26
    assert screen.running.bytes.accessibleName() == "Bytes 4,131"
    assert "block 18 of about 26" in screen.running.steps.accessibleName()
    assert states[-1] == (MachineChipState.READING, 65)
    assert screen.primary() is None
    assert bench.asked == [{"port": "/dev/ttyUSB0", "purpose": "look", "asset": None}]


def test_escape_cancels_and_what_arrived_is_one_key_away(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(bench.reading.is_set)
    press(window_of(screen), Key.Key_Escape)
    qtbot.waitUntil(lambda: screen.failed.isVisible())
    assert screen.failed.told.title.text() == "Read cancelled"
    assert screen.failed.arrived.text() == "17 blocks, 4,131 bytes"
    bench.detail = facts.partial_detail()
    press(window_of(screen), Key.Key_F11)
    qtbot.waitUntil(lambda: screen.done.isVisible())
    assert screen.done.title.text().startswith("Read is not whole")


def test_good_read_ends_with_its_verdict(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    run_read(bench, screen, qtbot)
    assert screen.done.isVisible()
    assert screen.done.title.text() == "Read is good, 1 thing for the office"
    assert screen.fact() == "Pull the plug, so that the machine sells again"
    names = [button.accessibleName() for button in screen.done.verdict.buttons]
    assert names[3] == (
        "Mapping: 47 of 48 match. Selection 48 missing, 90 new: the same column?. "
        "Open, the office acts"
    )
    assert screen.done.audit.accessibleName() == "45 match, 2 differ, 1 missing, 1 new"
    assert screen.done.selections.rowCount() == 49
    assert screen.done.selections.data(screen.done.selections.index(0, 5)) == "11"


def test_key_l_turns_the_order_of_the_selections(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    run_read(bench, screen, qtbot)
    model = screen.done.selections
    press(window_of(screen), "l")
    qtbot.waitUntil(lambda: model.data(model.index(0, 0)) == "A1")
    press(window_of(screen), "l")
    qtbot.waitUntil(lambda: model.data(model.index(0, 0)) != "A1")


def test_a_selection_opens_the_lines_that_say_it_and_escape_comes_back(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    run_read(bench, screen, qtbot)
    screen.done.table.setFocus(Qt.FocusReason.TabFocusReason)
    line = screen.done.table.current()
    assert line is not None
    press(window_of(screen), Key.Key_Return)  # the list has the focus: the row, not the primary
    assert screen.raw.isVisible()
    text = dict(bench.detail.segments)
    marked = [text[n] for n in screen.raw.segments.marked()]
    assert marked[0].startswith(f"PA1*{line.selection}*")
    assert screen.raw.segments.current_line() == screen.raw.segments.marked()[0]
    press(window_of(screen), Key.Key_Escape)
    assert screen.done.isVisible()
    assert screen.done.table.hasFocus()


@pytest.mark.parametrize(
    ("question", "proof"), [(2, {"G85", "SE"}), (3, {"PA1"}), (4, {"PA2", "VA1", "ID1"})]
)
def test_a_verdict_row_opens_its_proof(
    bench: Bench, screen: ReadScreen, qtbot: QtBot, question: int, proof: set[str]
) -> None:
    run_read(bench, screen, qtbot)
    qtbot.mouseClick(screen.done.verdict.buttons[question], Qt.MouseButton.LeftButton)
    text = dict(bench.detail.segments)
    assert {text[n].split("*")[0] for n in screen.raw.segments.marked()} == proof


def test_the_proof_of_the_link_is_the_trace(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    run_read(bench, screen, qtbot)
    screen.done.verdict.buttons[0].click()
    assert screen.raw.trace_shown
    assert screen.raw.facts.text() == "5 lines, 11.2 s"
    model = screen.raw.trace
    assert model.data(model.index(2, 3)) == "DLE SOH CVD0000001R01L01 DLE ETX 12 34"
    press(window_of(screen), "t")
    qtbot.waitUntil(lambda: not screen.raw.trace_shown)
    assert "segments" in screen.raw.facts.text()


def test_enter_after_a_read_goes_to_the_next_machine(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    screen.choose_machine(facts.machine_line(27).record)
    run_read(bench, screen, qtbot)
    assert bench.asked[0]["asset"] == "10427"
    press(window_of(screen), Key.Key_Return)
    assert screen.ready.isVisible()
    assert screen.ready.title.text() == "Read a machine"


def test_failed_read_says_what_happened_and_keeps_what_arrived(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.problem = Problem("broken_off", ExitCode.BROKEN_OFF, port="/dev/ttyUSB0", blocks=17)
    run_read(bench, screen, qtbot)
    assert screen.failed.told.title.text() == "The read broke off"
    told = screen.failed.told.accessibleDescription()
    assert "17 blocks, 4,131 bytes, are on this laptop" in told
    assert screen.failed.steps.accessibleName().startswith("failed: Transfer")
    assert screen.failed.boxes.blocks == 17
    bench.problem = None
    press(window_of(screen), Key.Key_F9)
    qtbot.waitUntil(lambda: screen.done.isVisible())


def test_after_a_failure_it_says_where_another_port_is_chosen(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.problem = Problem("broken_off", ExitCode.BROKEN_OFF, port="/dev/ttyUSB0", blocks=17)
    run_read(bench, screen, qtbot)
    bench.ports = [facts.port("/dev/ttyUSB1"), facts.port("/dev/ttyUSB2")]
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    assert screen.primary() is screen.again_action
    assert screen.again_action.statusTip() == "Go back and choose a port"


def test_purpose_collect_is_asked_for_by_its_key(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    press(window_of(screen), "c")
    qtbot.waitUntil(lambda: screen.start_action.text() == "Read and collect")
    run_read(bench, screen, qtbot)
    assert bench.asked[0]["purpose"] == "collect"


def test_totals_and_events_are_told_in_full(
    bench: Bench, screen: ReadScreen, look: Look, qtbot: QtBot
) -> None:
    window_of(screen).resize(1280, 800)
    bench.detail = replace(bench.detail, totals=facts.long_totals(), events=facts.logged_events())
    run_read(bench, screen, qtbot)
    totals, events = screen.done.totals, screen.done.events
    first = totals.cell(totals.index(0, 0))
    assert (first.text, first.detail) == ("Value of All Paid Vends", "VA101, since the start")
    door = events.cell(events.index(1, 0))
    assert door.text == "Cabinet / door: door is open"
    assert door.detail.startswith("EGS, 3 ×, last")
    for table in (screen.done.totals_table, screen.done.events_table):
        shown = table.rows_model()
        for n in range(shown.rowCount()):
            room = table.columnWidth(0) - cell_padding(0, table.last_column())
            needed = wrapped_height(look.theme, shown.cell(shown.index(n, 0)), room)
            assert table.rowHeight(n) >= needed


def test_in_one_column_the_lists_of_a_read_show_more_rows(
    bench: Bench, screen: ReadScreen, look: Look, qtbot: QtBot
) -> None:
    window_of(screen).resize(1280, 800)
    run_read(bench, screen, qtbot)
    table = screen.done.totals_table
    look.show("light", 2.0)
    qtbot.waitUntil(lambda: table.height() >= table.height_of(5))
    look.show("light", 1.0)
    qtbot.waitUntil(lambda: screen.done.verticalScrollBar().maximum() == 0)


def test_an_event_that_is_active_comes_first_and_opens_its_segments(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    run_read(bench, screen, qtbot)
    events = screen.done.events
    assert events.cell(events.index(0, 1)).text == "Now"
    assert events.cell(events.index(0, 1)).mark is TagKind.WARNING
    screen.done.events_table.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    text = dict(bench.detail.segments)
    assert [text[n] for n in screen.raw.segments.marked()] == ["EA2*EGS*1*36*1"]


def test_earlier_read_opens_from_the_list(
    bench: Bench, screen: ReadScreen, background: Background, qtbot: QtBot
) -> None:
    bench.reads = [facts.summary(id=str(n), machine_asset=str(n)) for n in range(3)]
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.table.isVisible())
    screen.ready.table.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(lambda: screen.done.isVisible())
    assert screen.fact() == ""  # nothing is plugged in now
    assert screen.next_action.text() == "Back to the reads"


def test_a_read_that_is_not_here_is_said_in_words(screen: ReadScreen, qtbot: QtBot) -> None:
    screen.open_read("gone")
    qtbot.waitUntil(lambda: screen.failed.isVisible())
    assert "read_unknown" in screen.failed.told.accessibleDescription()


def test_state_of_a_shown_read_follows_the_outbox(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    run_read(bench, screen, qtbot)
    assert screen.done.state.accessibleName() == "Recorded here"
    sent = replace(bench.detail.summary, state=facts.RecordState.ON_THE_SERVER)
    bench.detail = replace(bench.detail, summary=sent)
    window_of(screen).topics_changed({"outbox"})
    qtbot.waitUntil(lambda: screen.done.state.accessibleName() == "On the server")


def test_closing_the_lanes_stops_a_running_read(
    bench: Bench, screen: ReadScreen, background: Background, qtbot: QtBot
) -> None:
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(bench.reading.is_set)
    background.close()  # returns: the read was cancelled, not waited for
    assert screen.failed.told.title.text() == "Read cancelled"


def test_a_file_without_selections_events_or_planogram_says_so(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.detail = replace(bench.detail, selections=(), events=(), totals=(), previous_at=None)
    run_read(bench, screen, qtbot)
    assert screen.done.no_selections.isVisible()
    assert screen.done.no_events.isVisible()
    assert screen.done.no_audit.isVisible()


def test_figures_that_are_not_known_are_no_zeros(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    unknown = tuple(
        replace(line, sold_before=None, sold=None, value=None) for line in bench.detail.selections
    )
    bench.detail = replace(bench.detail, selections=unknown, previous_at=None)
    run_read(bench, screen, qtbot)
    model = screen.done.selections
    assert {model.data(model.index(row, 5)) for row in range(model.rowCount())} == {"·"}
    assert "0" not in screen.done.sums.accessibleName().replace("No read before", "")


def test_everything_that_takes_the_focus_has_a_name(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    run_read(bench, screen, qtbot)
    for page in (screen.ready, screen.running, screen.done, screen.failed, screen.raw):
        for widget in page.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.focusProxy():
                named = widget.accessibleName() or widget.parent().metaObject().className()
                assert widget.accessibleName() or "Scroll" in named, widget
