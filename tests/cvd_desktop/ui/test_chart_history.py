"""The history chart: what each bar says, gaps with their class, keys, any size, any theme."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.records import MachineHistory
from cvd_desktop.ui.history_words import HistoryWords, parts_of, spans
from cvd_desktop.ui.screens.machine_history_card import HistoryCard
from cvd_desktop.ui.theme import THEME_KEYS, Look, load_theme
from cvd_desktop.ui.widgets.history_bars import Pattern, pattern_color
from cvd_shared.dex.meters import DeltaKind
from tests.support.machine_facts import eventful, history, point
from tests.support.read_facts import NOW

Key = Qt.Key


@pytest.fixture
def card(look: Look, qtbot: QtBot) -> Iterator[HistoryCard]:
    page = QWidget()
    made = HistoryCard(look)
    QVBoxLayout(page).addWidget(made)
    page.resize(820, 360)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    yield made
    page.close()


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer in a zone with summer time."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system changes its zone for all programs at once")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def image_of(card: HistoryCard) -> QImage:
    return card.chart.grab().toImage()


def inks(image: QImage, x: int) -> list[QColor]:
    return [image.pixelColor(x, y) for y in range(image.height())]


def ink_of(look: Look, pattern: Pattern) -> QColor:
    return pattern_color(look.theme, pattern)


def test_the_newest_read_is_told_first(card: HistoryCard) -> None:
    card.show_history(history(12), NOW)
    text = card.readout.text()
    assert text.startswith("Thu 19 Nov ")
    assert "4 days: 158 vends, 237.00, cash 165.90, cashless 71.10" in text


def test_arrows_walk_and_enter_opens_the_read(card: HistoryCard, qtbot: QtBot) -> None:
    card.show_history(history(12), NOW)
    card.chart.setFocus()
    moved: list[str] = []
    card.read_chosen.connect(moved.append)
    QTest.keyClick(card.chart, Key.Key_Left)
    QTest.keyClick(card.chart, Key.Key_Left)
    QTest.keyClick(card.chart, Key.Key_Right)
    assert moved == ["read-10", "read-9", "read-10"]
    QTest.keyClick(card.chart, Key.Key_Home)
    assert "the first read" in card.readout.text()
    QTest.keyClick(card.chart, Key.Key_Left)  # there is nothing before it
    assert card.chart.current() == 0
    QTest.keyClick(card.chart, Key.Key_End)
    with qtbot.waitSignal(card.read_opened) as opened:
        QTest.keyClick(card.chart, Key.Key_Return)
    assert opened.args == ["read-11"]


def test_the_mouse_tells_and_leaves_the_cursor_where_it_was(card: HistoryCard) -> None:
    card.show_history(history(12), NOW)
    last = card.readout.text()
    middle = card.chart.height() // 2
    QTest.mouseMove(card.chart, QPoint(card.chart.bar_middle(4), middle))
    assert card.readout.text() == card.chart.readouts()[4] != last
    assert card.chart.current() == 11
    QTest.mouseClick(
        card.chart,
        Qt.MouseButton.LeftButton,
        pos=QPoint(card.chart.bar_middle(2), middle),
    )
    assert card.chart.current() == 2


def test_a_double_click_opens(card: HistoryCard, qtbot: QtBot) -> None:
    card.show_history(history(5), NOW)
    place = QPoint(card.chart.bar_middle(3), card.chart.height() // 2)
    with qtbot.waitSignal(card.read_opened) as opened:
        QTest.mouseDClick(card.chart, Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == ["read-3"]


def test_vends_instead_of_value_by_key(card: HistoryCard) -> None:
    card.show_history(history(6), NOW)
    assert card.heading.text() == "Sold between the reads, EUR"
    assert card.legend.entries() == ("cash", "cashless")
    QTest.keyClick(card.window(), Key.Key_U)
    assert card.legend.entries() == ()
    QTest.keyClick(card.window(), Key.Key_V)
    assert card.legend.entries() == ("cash", "cashless")


@pytest.mark.parametrize("key", THEME_KEYS)
def test_cash_is_solid_and_cashless_striped(card: HistoryCard, look: Look, key: str) -> None:
    look.show(key, 1.0)
    card.show_history(history(3), NOW)
    column = inks(image_of(card), card.chart.bar_middle(1))
    solid, striped = ink_of(look, Pattern.SOLID), ink_of(look, Pattern.STRIPED)
    changes = sum(one == striped != other for one, other in pairwise(column))
    runs = sum(one == solid != other for one, other in pairwise(column))
    assert runs == 1  # one piece
    assert changes >= 3  # told apart without its colour
    assert column.index(striped) < column.index(solid)  # cash stands at the bottom


@pytest.mark.parametrize("key", THEME_KEYS)
def test_a_gap_and_nothing_sold_look_different(card: HistoryCard, look: Look, key: str) -> None:
    look.show(key, 1.0)
    kinds = [DeltaKind.UNKNOWN, DeltaKind.NORMAL, DeltaKind.RESTARTED, DeltaKind.NO_CHANGE]
    card.show_history(history([*kinds, DeltaKind.NORMAL]), NOW)
    image = image_of(card)
    gap, zero = (inks(image, card.chart.bar_middle(n)) for n in (2, 3))
    dots = ink_of(look, Pattern.GAP)
    assert sum(one == dots != other for one, other in pairwise(gap)) > 8
    ink = look.theme.colors.text.primary
    assert ink in zero
    assert dots not in zero[: zero.index(ink)]


def test_every_class_is_told_by_mark_and_word(card: HistoryCard) -> None:
    card.show_history(eventful(), NOW)
    words = set(card.legend.entries())
    assert words >= {
        "restarted",
        "board changed",
        "not whole",
        "other machine",
        "rolled over",
        "bridged",
        "not known",
    }
    told = dict(enumerate(card.chart.readouts()))
    assert "the meters were restarted" in told[3]
    assert "the next good read spans it" in told[6]
    assert "spans a read that could not be used" in told[7]
    assert "7 days" in told[7]  # from read 5 to read 7
    assert "0 vends" in told[8]
    assert "another board counts now" in told[10]
    assert "another machine's" in told[13]


@pytest.mark.parametrize("count", [2, 3, 12, 60, 365])
@pytest.mark.parametrize("width", [360, 820, 1500])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_words_on_the_axis_never_collide_nor_leave_the_chart(
    card: HistoryCard, look: Look, count: int, width: int, scale: float
) -> None:
    look.show("light", scale)
    card.window().resize(width, 500)
    card.show_history(history(count), NOW)
    labels = [span for _, span in card.chart.labels_shown()]
    marks = [span for _, _, span in card.chart.marks_shown()]
    assert labels
    for words in (labels, marks):
        assert all(one.right < other.left for one, other in pairwise(words))
        assert all(span.left >= 0 and span.right <= card.chart.width() for span in words)


def test_a_day_with_two_reads_has_one_label(card: HistoryCard) -> None:
    points = tuple(point(n, NOW + timedelta(minutes=n)) for n in range(4))
    card.show_history(MachineHistory(points, {}, "EUR", 2), NOW)
    assert [words for words, _ in card.chart.labels_shown()] == ["19 Nov"]


def test_years_stand_on_the_axis_when_there_is_more_than_this_one(card: HistoryCard) -> None:
    card.show_history(history(60, days=(30,)), NOW)
    assert all(words[-4:].isdigit() for words, _ in card.chart.labels_shown())


@pytest.mark.parametrize(
    ("first", "last"), [("2026-10-24", "2026-10-26"), ("2026-03-28", "2026-03-30")]
)
def test_days_across_a_change_of_summer_time(in_berlin: None, first: str, last: str) -> None:
    begin, end = (datetime.fromisoformat(f"{day}T07:00:00").astimezone() for day in (first, last))
    assert HistoryWords().lasting(begin, end) == "2 days"
    assert HistoryWords().lasting(begin, end - timedelta(minutes=20)) == "2 days"
    assert HistoryWords().lasting(begin, begin + timedelta(hours=5)) in ("5 h", "4 h")


def test_reads_of_another_year_are_told_with_it(card: HistoryCard) -> None:
    card.show_history(history(5, days=(400,)), NOW)
    assert card.chart.readouts()[-1].startswith("Thu 19 Nov 07:44")
    assert card.chart.readouts()[0].startswith("3 Jul 2022 ")


def test_a_read_just_after_midnight_stands_on_its_local_day(in_berlin: None) -> None:
    points = (point(0, datetime(2026, 7, 1, 22, 30, tzinfo=UTC)),)
    assert HistoryWords().day_labels(points, NOW) == ("2 Jul",)


@pytest.mark.parametrize("price", [1, 10**6, 10**12, 10**16])
def test_any_amount_has_room(card: HistoryCard, price: int) -> None:
    card.show_history(history(20, price=price), NOW)
    assert not image_of(card).isNull()
    assert card.chart.bar_middle(19) < card.chart.width()


def test_no_read_and_one_read_say_so(card: HistoryCard) -> None:
    card.show_history(history(0), NOW)
    assert card.sentence.text() == "No read of this machine is known yet. Read it to begin."
    assert not card.chart.isVisible()
    card.show_history(history(1), NOW)
    assert card.sentence.text().startswith("One read is known.")
    card.show_history(history(2), NOW)
    assert card.chart.isVisible()
    assert not card.sentence.isVisible()


def test_nothing_known_at_all(card: HistoryCard) -> None:
    card.show_history(history([DeltaKind.UNKNOWN] * 4), NOW)
    assert card.legend.entries() == ("not known",) * 2  # the dots, and the mark below them


def test_the_same_machine_again_keeps_the_cursor(card: HistoryCard) -> None:
    card.show_history(history(12), NOW)
    card.go_to("read-4")
    card.show_history(history(12), NOW)
    assert card.chart.current_id() == "read-4"


def test_a_screen_reader_hears_the_read_and_the_whole(card: HistoryCard) -> None:
    card.show_history(eventful(), NOW)
    said = card.chart.accessibleDescription()
    assert card.readout.text() in said
    assert "20 reads from " in said
    assert "5 of 19 intervals not known" in said


def test_the_chart_stands_still_while_the_cursor_moves(card: HistoryCard, qtbot: QtBot) -> None:
    card.show_history(eventful(), NOW)
    card.chart.setFocus()
    tops = set()
    for _ in range(20):
        QTest.keyClick(card.chart, Key.Key_Left)
        qtbot.wait(0)
        tops.add((card.chart.y(), card.chart.height()))
    assert len(tops) == 1


def test_parts_add_up_to_the_value_whatever_the_machine_says() -> None:
    whole = point(1, NOW, units=100)
    assert parts_of(whole) == (10_500, 4_500, 0)
    assert sum(parts_of(whole)) == whole.value


def test_an_interval_begins_at_the_last_usable_read() -> None:
    assert spans(eventful().points) == (
        None, 0, 1, 2, 3, 4, 5, 5, 7, 8, 9, 10, 11, 12, 12, 14, 15, 16, 17, 18,
    )  # fmt: skip


@pytest.mark.parametrize("key", THEME_KEYS)
def test_patterns_have_the_contrast_of_a_shape(look: Look, key: str) -> None:
    theme = load_theme(key)

    def light(color: QColor) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (color.redF(), color.greenF(), color.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for pattern in Pattern:
        for ground in (theme.colors.surface.surface, theme.colors.selection.row):
            one, other = sorted((light(pattern_color(theme, pattern)), light(ground)))
            assert (other + 0.05) / (one + 0.05) >= 3
