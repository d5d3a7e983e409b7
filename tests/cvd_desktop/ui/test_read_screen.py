"""The Read screen: from the adapter to the verdict, by keys alone, over plain services."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.codes_dialog import CodesDialog
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.table_model import Cell
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState
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
    assert screen.do.start.isEnabled()


def test_several_likely_ports_wait_for_a_person(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.ports = [facts.port(), facts.port("/dev/ttyUSB1")]
    screen.reload()
    qtbot.waitUntil(lambda: screen.ready.port() is None)
    assert not screen.do.start.isEnabled()
    assert screen.ready.port_words.text() == "2 adapters are plugged in. Choose one:"
    assert screen.fact() == "Choose a port first"
    assert window_of(screen).top_bar.machine_chip.face().text == "Choose a port"
    second = screen.ready.choices()[1]
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert screen.ready.port() == "/dev/ttyUSB1"
    assert screen.do.start.isEnabled()
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
    assert screen.do.start.isEnabled()


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
    assert screen.do.start.isEnabled()


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
    assert bench.asked == [
        {"port": "/dev/ttyUSB0", "purpose": "look", "asset": None, "link": "auto"}
    ]


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
    assert screen.done.overview.title.text().startswith("Read is not whole")


def test_good_read_ends_with_its_verdict(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    run_read(bench, screen, qtbot)
    page = screen.done.overview
    assert page.title.text() == "Read is good, 1 thing for the office"
    assert screen.fact() == "Pull the plug, so that the machine sells again"
    names = [button.accessibleName() for button in page.verdict.buttons]
    assert names[3] == (
        "Mapping: 47 of 48 match. Selection 48 missing, 90 new: the same column?. "
        "Open, the office acts"
    )
    assert page.prices.counts.accessibleName() == "45 match, 2 differ, 1 missing, 1 new"
    assert page.selections.data(page.selections.index(0, 6)) == "11"


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
    assert screen.primary() is screen.do.again
    assert screen.do.again.statusTip() == "Go back and choose a port"


def test_purpose_collect_is_asked_for_by_its_key(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    press(window_of(screen), "c")
    qtbot.waitUntil(lambda: screen.do.start.text() == "Read and collect")
    run_read(bench, screen, qtbot)
    assert bench.asked[0]["purpose"] == "collect"


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
    assert screen.done.overview.state.accessibleName() == "Recorded here"
    sent = replace(bench.detail.summary, state=facts.RecordState.ON_THE_SERVER)
    bench.detail = replace(bench.detail, summary=sent)
    window_of(screen).topics_changed({"outbox"})
    qtbot.waitUntil(lambda: screen.done.overview.state.accessibleName() == "On the server")


def test_closing_the_lanes_stops_a_running_read(
    bench: Bench, screen: ReadScreen, background: Background, qtbot: QtBot
) -> None:
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(bench.reading.is_set)
    background.close()  # returns: the read was cancelled, not waited for
    assert screen.failed.told.title.text() == "Read cancelled"


def test_everything_that_takes_the_focus_has_a_name(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    run_read(bench, screen, qtbot)
    while screen.done.make_next():
        pass
    for page in (screen.ready, screen.running, screen.done, screen.failed):
        for widget in page.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.focusProxy():
                named = widget.accessibleName() or widget.parent().metaObject().className()
                assert widget.accessibleName() or "Scroll" in named, widget


def test_files_are_imported_by_key_before_a_read_and_after_a_failed_one(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    asked: list[str] = []
    bench = Bench(import_files=lambda: asked.append("import"))
    screen = bench.screen(look, background)
    window = MainWindow(look, [screen])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: screen.ready.ports_known() and not background.busy)
    press(window, "i")
    qtbot.waitUntil(lambda: asked == ["import"])
    screen.open_read("gone")
    qtbot.waitUntil(lambda: screen.failed.isVisible())
    press(window, "i")
    qtbot.waitUntil(lambda: asked == ["import", "import"])


def test_where_nothing_imports_no_such_action_is_offered(screen: ReadScreen) -> None:
    assert screen.do.imports not in screen.secondary()


REFUSED = Problem("refused", ExitCode.REFUSED, response="codes")


def failed_read(bench: Bench, screen: ReadScreen, qtbot: QtBot, problem: Problem) -> None:
    """A read of machine 10427 that fails."""
    bench.problem = problem
    bench.go_on.set()
    screen.choose_machine(facts.machine_line(27).record)
    screen.start_read()
    qtbot.waitUntil(lambda: screen.primary() is screen.do.again and not screen.reading)


def test_a_failed_read_names_the_part_and_says_why(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.evidence = ("Most likely the cable.", "This adapter failed at 10428 too.")
    failed_read(bench, screen, qtbot, Problem("no_answer", ExitCode.NO_ANSWER))
    qtbot.waitUntil(screen.failed.fault.isVisible)
    assert screen.failed.fault.part.text() == "Most likely the cable."
    assert screen.failed.fault.proof.text() == "This adapter failed at 10428 too."


def test_after_a_failure_another_link_is_one_choice_away(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    failed_read(bench, screen, qtbot, Problem("no_answer", ExitCode.NO_ANSWER))
    screen.failed.ways.links["ddcmp"].click()
    screen.do.again.trigger()
    qtbot.waitUntil(lambda: len(bench.asked) == 2 and not screen.reading)
    assert [asked["link"] for asked in bench.asked] == ["auto", "ddcmp"]
    assert screen.failed.ways.link() == "ddcmp"


def test_codes_are_typed_twice_and_the_read_goes_on(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    failed_read(bench, screen, qtbot, REFUSED)
    assert screen.do.codes in screen.secondary()
    screen.do.codes.trigger()
    (dialog,) = screen.findChildren(CodesDialog)
    dialog.first.set_text("0000-1A2B")
    dialog.second.set_text("0000-1A2C")
    dialog.button.click()
    qtbot.waitUntil(lambda: "codes_differ" in dialog.second.error())
    assert bench.codes == []
    dialog.second.set_text("0000-1A2B")
    bench.problem = None
    dialog.button.click()
    qtbot.waitUntil(lambda: screen.primary() is screen.next_action)
    assert bench.codes == [("10427", "0000-1A2B", "0000-1A2B")]


def test_meters_by_hand_are_one_key_away_for_a_chosen_machine(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    failed_read(bench, screen, qtbot, Problem("no_answer", ExitCode.NO_ANSWER))
    assert screen.do.codes not in screen.secondary()
    screen.do.meters.trigger()
    assert bench.metered == ["10427"]


def bank(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    """Three adapters are plugged in, and their machines are being read at once."""
    bench.ports = [facts.port(f"/dev/ttyUSB{number}") for number in range(3)]
    screen.ready.show_ports(bench.ports)
    assert screen.do.bank in screen.secondary()
    screen.do.bank.trigger()
    qtbot.waitUntil(bench.reading.is_set)


def test_a_bank_of_machines_is_read_at_once_by_one_key(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bank(bench, screen, qtbot)
    qtbot.waitUntil(lambda: "Transfer" in [cell.text for cell in bank_cells(screen, 2)])
    assert screen.reading
    assert screen.secondary() == (screen.do.cancel,)
    bench.go_on.set()
    qtbot.waitUntil(lambda: not screen.reading)
    assert bench.asked == [{"ports": tuple(port.device for port in bench.ports), "purpose": "look"}]
    assert screen.bank.title.text() == "2 of 3 machines are read"
    assert screen.primary() is screen.do.bank_again
    assert bank_cells(screen, 1)[0].text == bench.detail.summary.machine_asset
    assert bank_cells(screen, 2)[2].text.startswith("The line stopped")


def test_a_row_of_a_bank_opens_its_read(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    bench.go_on.set()
    bank(bench, screen, qtbot)
    qtbot.waitUntil(lambda: not screen.reading)
    press(window_of(screen), Key.Key_Return)
    qtbot.waitUntil(lambda: screen.primary() is screen.next_action)
    screen.next_action.trigger()
    assert screen.bank.isVisible(), "the other machines of the bank"
    assert screen.primary() is screen.do.bank_again


def test_escape_ends_a_bank(bench: Bench, screen: ReadScreen, qtbot: QtBot) -> None:
    bank(bench, screen, qtbot)
    press(window_of(screen), Key.Key_Escape)
    qtbot.waitUntil(lambda: not screen.reading)
    assert screen.do.back in screen.secondary()


def bank_cells(screen: ReadScreen, column: int) -> list[Cell]:
    rows = screen.bank.rows
    return [rows.cell(rows.index(number, column)) for number in range(rows.rowCount())]


def test_a_read_of_a_practice_machine_is_marked_as_such(
    bench: Bench, screen: ReadScreen, qtbot: QtBot
) -> None:
    bench.detail = replace(bench.detail, summary=replace(bench.detail.summary, practice=True))
    bench.reads = [bench.detail.summary]
    screen.reload()
    rows = screen.ready.reads
    qtbot.waitUntil(lambda: rows.rowCount() == 1)
    texts = [rows.cell(rows.index(0, column)).text for column in range(rows.columnCount())]
    assert "Practice" in texts
    screen.open_read(bench.detail.summary.id)
    qtbot.waitUntil(lambda: screen.primary() is screen.next_action)
    assert screen.done.overview.state.accessibleName() == "Practice: it stays on this laptop"
