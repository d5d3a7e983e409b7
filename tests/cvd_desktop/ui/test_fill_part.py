"""The Fill tab by keys, scans and touch: fill, take out, count, swap, confirm, undo, keep."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.visit_records import VisitView
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import SlotKey
from tests.support.fill_scenes import (
    PRODUCTS,
    FillShop,
    drawn_slots,
    product_id,
    slot,
    visit,
)
from tests.support.fill_screen import (
    FillScreen,
    Press,
    keys_of,
    opened_fill,
    picture_of_a_product,
)
from tests.support.sample_window import scan
from tests.support.ticket_keys import Idle

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier


def at(label: str, cabinet: int = 1) -> SlotKey:
    return SlotKey(cabinet, label)


@pytest.fixture
def shop() -> FillShop:
    return FillShop(pictures={product_id("Cheese bites"): picture_of_a_product()})


@pytest.fixture
def screen(
    look: Look, background: Background, bugs: list[BaseException], shop: FillShop, qtbot: QtBot
) -> Iterator[FillScreen]:
    with opened_fill(look, background, qtbot, shop) as made:
        yield made
    assert bugs == []


@pytest.fixture
def part(screen: FillScreen) -> FillPart:
    return screen.part


@pytest.fixture
def key(screen: FillScreen) -> Press:
    return keys_of(screen)


def edit(part: FillPart, label: str) -> CellEdit:
    return part.hand.sheet.edits.get(at(label), CellEdit())


def held(action: Callable[[], bool], qtbot: QtBot) -> None:
    """A letter is held for 50 ms, so that a scan is never taken for a command."""
    qtbot.waitUntil(action)


# --- filling --------------------------------------------------------------------------------------


def test_one_key_fills_everything_to_par_as_far_as_the_load_reaches(
    part: FillPart, shop: FillShop, key: Press, idle: Idle
) -> None:
    key(Key.Key_F8)
    sheet = part.hand.sheet
    assert edit(part, "A1").filled == 5
    assert edit(part, "C1").filled == 4, "no more was brought for it"
    assert edit(part, "D7").filled is None, "it waits for another product"
    assert edit(part, "D8").filled is None, "it is to be counted first"
    assert part.view.face(at("B1")).before == "5"
    assert part.view.face(at("B1")).after == "11"
    assert part.view.face(at("C1")).beside == "of 10"
    assert part.view.face(at("C7")).beside == "full"
    assert part.view.face(at("D8")).after == "6?"
    head = part.heads.heads[0]
    assert f"→ {sheet.totals().after} of par 403" in head.words()
    idle()
    assert shop.kept[-1] == ("v1", dict(sheet.edits))
    key(Key.Key_Z, Control)
    assert part.hand.sheet.edits == {}
    key(Key.Key_Y, Control)
    assert part.hand.sheet.edits == sheet.edits
    idle()
    assert shop.kept[-1][1] == dict(sheet.edits)


def test_digits_make_a_number_at_once_and_a_cell_later_begin_anew(
    part: FillPart, key: Press
) -> None:
    part.go(at("B1"))
    key("1")
    assert edit(part, "B1").filled == 1
    assert part.view.face(at("B1")).after == "6"
    key("2")
    assert part.panel.field.figure() == "12"
    assert edit(part, "B1").filled is None, "12 do not fit: nothing is counted"
    key("7")
    assert edit(part, "B1").filled == 7, "after a refusal a digit begins anew"
    key(Key.Key_Backspace)
    assert edit(part, "B1").filled is None
    key("3")
    key(Key.Key_Right)
    key("2")
    assert (edit(part, "B1").filled, edit(part, "B2").filled) == (3, 2)
    key(Key.Key_Z, Control)
    key(Key.Key_Z, Control)
    assert part.hand.sheet.edits == {}


def test_too_many_are_refused_in_words_and_counted_nowhere(
    part: FillPart, shop: FillShop, key: Press, idle: Idle
) -> None:
    key("8")
    assert part.panel.hint_words() == "C1: At most 7 fit here. Nothing was changed."
    assert part.hand.sheet.edits == {}
    key(Key.Key_Escape)
    assert part.panel.hint_words() == "7 below par: the load was short"
    idle()
    assert all(edits == {} for _, edits in shop.kept)


def test_enter_ends_a_number_first_and_only_then_goes_on(
    screen: FillScreen, part: FillPart, key: Press
) -> None:
    key("4")
    key(Key.Key_Return)
    assert screen.went_on == 0
    key("2")
    assert edit(part, "C1").filled == 2, "the number before was ended"
    key(Key.Key_Return)
    key(Key.Key_Return)
    assert screen.went_on == 1


def test_removed_counted_and_spoiled_with_its_reason(
    part: FillPart, key: Press, qtbot: QtBot
) -> None:
    part.go(at("B1"))  # five in it, par 11, fits 12
    key(Key.Key_F8)
    key("-")
    held(lambda: part.panel.field.words().startswith("Removed"), qtbot)
    key("2")
    assert edit(part, "B1").removed == 2
    assert edit(part, "B1").filled == 8, "what was filled to par is filled to par still"
    key(Key.Key_Return)
    key("c")
    held(lambda: part.panel.field.words().startswith("Counted"), qtbot)
    key("4")
    assert edit(part, "B1").counted == 4
    key(Key.Key_Return)
    key("s")
    held(lambda: QApplication.activeModalWidget() is not None, qtbot)
    dialog = QApplication.activeModalWidget()
    QTest.keyClick(dialog, Key.Key_2)
    assert edit(part, "B1").spoiled == ((1, "damaged"),)
    part.view.typed.emit("2")
    assert edit(part, "B1").spoiled == ((2, "damaged"),)
    assert part.view.face(at("B1")).flag is not None
    part.view.typed.emit("9")
    assert "only" in part.panel.hint_words()
    assert edit(part, "B1").spoiled == ()
    part.do.par.trigger()
    assert part.panel.field.figure() == "9"


def test_a_change_of_the_office_is_confirmed_at_its_slot_with_enter(
    screen: FillScreen, part: FillPart, key: Press
) -> None:
    part.go(at("D7"))
    assert screen.primary() is part.do.confirm
    assert part.do.confirm.text() == "Confirm D7"
    assert "Beef jerky comes out, Seed bar 40 g goes in" in part.panel.change.words()
    assert "the price becomes 1.90" in part.panel.change.words()
    key(Key.Key_Return)
    assert screen.went_on == 0
    assert edit(part, "D7").swapped_to == product_id("Seed bar")
    face = part.view.face(at("D7"))
    assert (face.product, face.price, face.after) == ("Seed bar 40 g", "1.90", "0")
    assert part.panel.hint_words() == "Take out 4 Beef jerky"
    units = part.hand.sheet.cell(at("D7")).facts.par
    assert part.do.put_in.text() == f"Put {units} into D7", "an empty slot is not left behind"
    key(Key.Key_Return)
    assert part.view.face(at("D7")).after == str(units)
    assert screen.primary() is screen.cash_action
    key("5")
    assert part.view.face(at("D7")).after == "5"


def test_a_price_that_differs_is_said_and_settled_with_a_key(
    part: FillPart, key: Press, qtbot: QtBot
) -> None:
    part.go(at("B6"))
    assert part.panel.change.words() == "The machine takes 1.20, planned is 1.30"
    key("v")
    held(lambda: edit(part, "B6").price == 130, qtbot)
    assert part.panel.change.isHidden()
    assert part.view.face(at("B6")).flag is None


def test_the_flags_are_gone_through_and_the_tags_jump(
    part: FillPart, key: Press, qtbot: QtBot
) -> None:
    key("n")
    held(lambda: part.view.current() == at("C8"), qtbot)
    (head,) = part.heads.heads
    assert [button.tag.face.word for button in head.tags()] == [
        "4 sold out",
        "2 prices",
        "1 change",
        "1 to count",
    ]
    head.tags()[3].click()
    assert part.view.current() == at("D8")
    assert "More was sold than was in it" in part.panel.hint_words()
    head.tags()[0].click()
    assert part.view.current() == at("E3"), "the next one after the current cell"


def test_another_product_is_searched_or_scanned(
    part: FillPart, key: Press, qtbot: QtBot, idle: Idle
) -> None:
    part.do.swap.trigger()
    dialog = QApplication.activeModalWidget()
    idle()
    assert dialog.model.rowCount() == len(PRODUCTS)  # type: ignore[union-attr]
    QTest.keyClicks(dialog.field.edit, "no such")  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 0)  # type: ignore[union-attr]
    assert "no such" in dialog.empty.text()  # type: ignore[union-attr]
    dialog.field.set_text("4006381333931")  # type: ignore[union-attr]
    QTest.keyClick(dialog.field.edit, Key.Key_Return)  # type: ignore[union-attr]
    idle()
    assert edit(part, "C1").swapped_to == product_id("Seed bar")
    assert part.view.face(at("C1")).product == "Seed bar"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("24.11", "2026-11-24"), ("031226", "2026-12-03"), ("5 1", "2027-01-05")],
)
def test_a_date_is_typed_as_it_stands_on_the_pack(part: FillPart, typed: str, kept: str) -> None:
    part.do.expiry.trigger()
    QApplication.processEvents()
    dialog = QApplication.activeModalWidget()
    dialog.field.set_text("32.11")  # type: ignore[union-attr]
    QTest.keyClick(dialog, Key.Key_Return)
    assert "no date" in dialog.field.error()  # type: ignore[union-attr]
    dialog.field.set_text(typed)  # type: ignore[union-attr]
    QTest.keyClick(dialog, Key.Key_Return)
    assert edit(part, "C1").expiry == kept


def test_every_question_can_be_left_with_a_finger(part: FillPart) -> None:
    for asks in (part.do.spoil, part.do.swap, part.do.expiry):
        asks.trigger()
        QApplication.processEvents()
        dialog = QApplication.activeModalWidget()
        (close,) = (
            button
            for button in dialog.findChildren(QAbstractButton)
            if button.accessibleName() == "Close"
        )
        assert min(close.width(), close.height()) >= 48
        close.click()
        QApplication.processEvents()
        assert QApplication.activeModalWidget() is None
    assert part.hand.sheet.edits == {}


# --- scans ----------------------------------------------------------------------------------------


def test_the_digits_of_a_scan_are_taken_back_and_its_slots_come_one_after_the_other(
    screen: FillScreen, part: FillPart, idle: Idle
) -> None:
    window = screen.window()
    assert isinstance(window, MainWindow)
    for expected in ("D3", "D4", "D3"):
        scan(window, "4006381333948")
        idle()
        assert part.view.current() == at(expected)
        assert part.hand.sheet.edits == {}
    asked: list[str] = []
    part.not_a_product.connect(asked.append)
    scan(window, "99999999")
    idle()
    assert "99999999" in part.panel.hint_words()
    scan(window, "10433")
    idle()
    assert asked == ["10433"], "no product and no number of the trade: somebody else may know it"
    scan(window, PRODUCTS[3].barcode)
    idle()
    assert "is in no slot of this machine" in part.panel.hint_words()
    assert screen.went_on == 0, "the Enter of a scan presses nothing"


# --- touch ----------------------------------------------------------------------------------------


def test_touch_alone_fills_a_cell(part: FillPart) -> None:
    view = part.view
    place = view.box_of(at("E7")).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    keys = part.panel.keypad.keys
    for key in keys.values():
        assert key.height() >= 48, key.accessibleName()
        assert key.width() >= 48, key.accessibleName()
    QTest.mouseClick(keys["3"], Qt.MouseButton.LeftButton)
    assert edit(part, "E7").filled == 3
    QTest.mouseClick(keys["clear"], Qt.MouseButton.LeftButton)
    assert edit(part, "E7").filled is None
    QTest.mouseClick(keys["par"], Qt.MouseButton.LeftButton)
    assert edit(part, "E7").filled == 5
    assert view.hasFocus()


# --- what is known --------------------------------------------------------------------------------


def test_the_panel_says_how_the_stock_is_known_and_opens_the_read(part: FillPart) -> None:
    lines = [(line.name, line.value, line.source) for line in part.panel.ledger.lines()]
    assert lines == [
        ("After the fill, 16 Nov", "10", "M"),
        ("Sold since", "− 7", "D"),
        ("Stock now", "3", "C"),
        ("Sells a day, 28 days", "2.3", "C"),
    ]
    assert part.panel.price.text() == "price 1.60, matches"
    opened: list[tuple[str, str]] = []
    part.proof_wanted.connect(lambda read_id, selection: opened.append((read_id, selection)))
    ledger = part.panel.ledger
    high = ledger.height() // 4
    for line in range(4):
        QTest.mouseClick(ledger, Qt.MouseButton.LeftButton, pos=QPoint(20, line * high + high // 2))
    assert opened == [("read-9", "31")]
    part.do.source.trigger()
    assert opened[1:] == [("read-9", "31")]


def test_what_nobody_knows_is_no_zero(part: FillPart, key: Press) -> None:
    odd = (
        slot("A1", 1, 1, "Crisps", stock=None),
        slot("A2", 1, 2, "No room", stock=0, par=0, fits=0),
        slot("A3", 1, 3, ""),
    )
    part.show_visit(visit(odd, visit_id="v2"))
    assert part.view.face(at("A1")).after == "?"
    assert "stock not known" in part.view.face(at("A1")).spoken
    key("4")
    face = part.view.face(at("A1"))
    assert (face.before, face.after, face.beside) == ("?", "+4", "")
    key(Key.Key_Right)
    key("1")
    assert "At most 0 fit" in part.panel.hint_words()
    key(Key.Key_Right)
    key("1")
    assert "No product is planned here" in part.panel.hint_words()
    assert set(part.hand.sheet.edits) == {at("A1")}


def test_a_picture_stands_beside_its_name(part: FillPart, idle: Idle) -> None:
    idle()
    part.go(at("D8"))
    assert not part.panel.picture.isHidden()
    part.go(at("D7"))
    assert part.panel.picture.isHidden()


# --- keeping --------------------------------------------------------------------------------------


def _newer(view: VisitView, **changes: object) -> VisitView:
    slots = tuple(
        replace(facts, **changes) if facts.key == at("C1") else facts  # type: ignore[arg-type]
        for facts in view.sheet.slots
    )
    return visit(slots, cell=at("A1"))


def test_newer_facts_come_in_while_one_types(part: FillPart, key: Press, idle: Idle) -> None:
    key("4")
    part.show_visit(_newer(visit(drawn_slots()), stock=5))
    assert part.view.current() == at("C1"), "the person stays where they are"
    face = part.view.face(at("C1"))
    assert (face.before, face.after) == ("5", "9")
    key("2")
    assert "At most 5 fit here" in part.panel.hint_words()
    key(Key.Key_Return)
    part.show_visit(_newer(visit(drawn_slots()), stock=5))
    assert edit(part, "C1").filled is None
    part.show_visit(visit(drawn_slots(), {at("A1"): CellEdit(filled=2)}, visit_id="other"))
    assert part.hand.sheet.edits == {at("A1"): CellEdit(filled=2)}


def test_the_last_of_many_changes_is_always_kept(
    part: FillPart, shop: FillShop, key: Press, idle: Idle
) -> None:
    for way in (Key.Key_Right, Key.Key_Down, Key.Key_Left):
        key(way)
        key("1")
    key("2")
    part.leave()
    assert part.hand.typing is None
    idle()
    assert shop.kept[-1] == ("v1", dict(part.hand.sheet.edits))
    assert shop.places[-1] == part.view.current()


def test_others_hear_of_a_change_once_it_is_kept(
    part: FillPart, shop: FillShop, background: Background, key: Press, idle: Idle
) -> None:
    told: list[tuple[object, int]] = []
    background.changed.connect(lambda topics: told.append((topics, len(shop.kept))))
    key("1")
    key(Key.Key_Right)
    key("2")
    part.leave()
    idle()
    assert told == [(frozenset({"visit"}), len(shop.kept))]


def test_the_keys_belong_to_the_cells_whatever_was_clicked_or_opened(
    screen: FillScreen, part: FillPart, key: Press
) -> None:
    screen.setFocus()
    QApplication.processEvents()
    assert part.view.hasFocus()
    head = part.heads.heads[0]
    head.tags()[0].setFocus(Qt.FocusReason.TabFocusReason)
    assert not part.view.hasFocus(), "Tab reaches what else there is"
    part.hide()
    part.view.clearFocus()
    part.show()
    key("3")
    assert edit(part, "C1").filled == 3


def test_what_could_not_be_kept_is_said_and_tried_again(
    part: FillPart, shop: FillShop, key: Press, idle: Idle
) -> None:
    shop.trouble = Problem("disk_full", 9)
    key("1")
    idle()
    assert "disk_full" in part.panel.hint_words()
    shop.trouble = None
    key("2")
    idle()
    assert shop.kept[-1][1] == dict(part.hand.sheet.edits)


@pytest.mark.parametrize("begun", [True, False])
def test_a_finished_visit_and_one_not_begun_are_looked_at_only(
    part: FillPart, shop: FillShop, key: Press, idle: Idle, begun: bool
) -> None:
    part.show_visit(visit(drawn_slots(), finished=begun, begun=begun))
    assert not part.do.all.isEnabled()
    assert part.do.all.statusTip()
    key("4")
    idle()
    assert part.hand.sheet.edits == {}
    assert shop.kept == []
    assert part.panel.hint_words() == part.fact()
