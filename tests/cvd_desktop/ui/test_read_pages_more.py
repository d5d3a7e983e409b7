"""The pages of a read: events, findings, whose read it is, empty and crowded ones."""

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.read_cash_page import CashPage
from cvd_desktop.ui.screens.read_events_page import EventsPage
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.read_verdict import Actor, Answer, State
from tests.support import fact_parts as parts
from tests.support import read_facts as facts
from tests.support.read_window import Show, go, marked, texts, window_of
from tests.support.sample_window import press
from tests.support.screens_at_work import Bench

Key = Qt.Key


# events


def test_an_event_says_what_to_do_and_the_door_comes_last(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "e", "events", qtbot)
    page = screen.done.part("events")
    assert isinstance(page, EventsPage)
    assert texts(page.table, "text") == ["Coin changer lost contact", "Door opened"]
    assert texts(page.table, "advice")[0].startswith("Driver: pull the plug of the coin")
    assert texts(page.table, "now") == ["", "Now"]
    assert page.foreign.text().startswith("Another reader took an audit and reset the counters")
    page.table.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    assert marked(screen) == ["EA1*EAR*201117*1412**", "EA2*EAR*2*14"]


def test_the_overview_tells_what_happened_since_the_read_before(show: Show) -> None:
    screen = show(facts.detail())
    card = screen.done.overview.events
    assert card.open_head.heading() == "Events since Mon 16 Nov"
    assert texts(card.table, "text") == ["Coin changer lost contact", "Door opened"]
    quiet = facts.detail(interval=parts.interval(events=()))
    screen.done.show_detail(replace(quiet, summary=facts.summary(id="quiet")), facts.NOW)
    assert texts(card.table, "text") == ["Door opened"]  # it is open now
    assert card.rest.text() == "1 from before"


# findings


def test_a_finding_opens_its_line_with_rule_and_advice(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail())
    go(screen, "f", "file", qtbot)
    page = screen.done.file
    assert page.finding_counts.accessibleName() == "1 error, 1 warning, 1 note"
    assert [row.mark for row in page.findings.facts()] == [
        TagKind.ALERT,
        TagKind.WARNING,
        TagKind.INFO,
    ]
    page.findings.setFocus(Qt.FocusReason.TabFocusReason)
    page.findings.go_to(1)
    press(window_of(screen), Key.Key_Return)
    assert page.segments.marked() == (5,)
    assert page.proof_heading.text() == "Warning, line 5"
    assert "The rule: SE01 is the number of segments" in page.proof_words.text()
    assert page.proof_who.text().startswith("For the maker: Count every line")
    assert screen.done.current == "file"


def test_a_finding_about_several_lines_marks_all_of_them(show: Show, qtbot: QtBot) -> None:
    several = (replace(parts.findings(1)[0], lines=(4, 6)),)
    screen = show(facts.detail(findings=several))
    go(screen, "f", "file", qtbot)
    page = screen.done.file
    page.findings.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Key.Key_Return)
    assert page.segments.marked() == (4, 6)
    assert page.proof_lines.text() == "Lines 4, 6 say it."
    assert page.next_action in screen.secondary()


def test_findings_of_one_kind_stand_together(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.detail(findings=parts.findings(100)))
    go(screen, "f", "file", qtbot)
    marks = [row.mark for row in screen.done.file.findings.facts()]
    assert marks == sorted(marks, key=[TagKind.ALERT, TagKind.WARNING, TagKind.INFO].index)


# whose read it is


def test_a_file_of_another_machine_waits_for_a_person_to_say_whose_it_is(
    look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> None:
    told: list[tuple[str, str]] = []
    meant = facts.machine_line(33).record
    wrong = Answer(State.FAILED, "other_machine", Actor.DRIVER)
    detail = facts.detail(meant=meant, verdict=facts.verdict(plausibility=wrong))
    bench = Bench(detail=detail, assign_read=lambda *said: told.append(said))
    screen = bench.screen(look, background)
    window = MainWindow(look, [screen])
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: screen.ready.ports_known() and not background.busy)
    screen.show_read(detail, fresh=True)
    card = screen.done.overview.whose
    assert card.said.text() == "The file is of machine 10427. You chose machine 10433."
    press(window, "w")
    qtbot.waitUntil(lambda: told == [(detail.summary.id, meant.id)])
    qtbot.waitUntil(lambda: screen.fact().startswith("The read belongs to it now"))
    screen.done.show_detail(facts.detail(), facts.NOW)
    assert not card.isVisible()
    assert bugs == []


def test_where_nobody_writes_it_down_the_mismatch_is_only_told(show: Show) -> None:
    wrong = Answer(State.FAILED, "other_machine", Actor.DRIVER)
    meant = facts.machine_line(33).record
    screen = show(facts.detail(meant=meant, verdict=facts.verdict(plausibility=wrong)))
    assert screen.done.overview.whose.isVisible()
    assert not screen.done.overview.whose.button.isVisible()


# empty and odd reads


def test_a_file_that_says_nothing_says_so_on_every_page(show: Show, qtbot: QtBot) -> None:
    screen = show(facts.empty_detail())
    overview = screen.done.overview
    assert overview.no_selections.text().startswith("This file tells of no selection")
    assert overview.prices.none.isVisible()
    assert overview.events.none.text() == "The machine tells of no event."
    for key, name in (("s", "sales"), ("c", "cash"), ("p", "prices"), ("e", "events")):
        go(screen, key, name, qtbot)
        tables = screen.done.part(name).findChildren(TableView)
        assert [table for table in tables if table.isVisible()] == []
    cash = screen.done.part("cash")
    assert isinstance(cash, CashPage)
    assert cash.no_totals.isVisibleTo(cash)
    assert cash.payment_words.text() == "The machine does not say how people paid."


def test_nothing_of_a_crowded_read_is_cut(show: Show, qtbot: QtBot, look: Look) -> None:
    """Rows of facts are as high as their lines need; figures are never elided."""
    screen = show(facts.crowded_detail())
    for key, name in (("s", "sales"), ("c", "cash"), ("p", "prices"), ("f", "file")):
        go(screen, key, name, qtbot)
        for table in screen.done.part(name).findChildren(TableView):
            if not table.isVisible():
                continue
            for place, column in enumerate(table.rows_model().columns):
                if column.right and not table.isColumnHidden(place):
                    needed = table.sizeHintForColumn(place)
                    assert table.columnWidth(place) >= needed, (name, column.key)


def test_large_text_puts_the_pages_in_one_column(show: Show, qtbot: QtBot, look: Look) -> None:
    screen = show(facts.detail())
    look.show("light", 2.0)
    table = screen.done.overview.table
    assert screen.done.overview.in_one_column
    qtbot.waitUntil(lambda: table.height() >= table.height_of(8))
    go(screen, "f", "file", qtbot)
    segments = screen.done.file.segments
    assert segments.height() >= segments.height_of(7)
