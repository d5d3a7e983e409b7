"""What the panel of a slot says of its stock: no sales are a figure only where a read says so."""

from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from cvd_desktop.domain.fill_cell import SlotFacts
from cvd_desktop.ui.fill_words import FillWords
from tests.support.fill_scenes import NOW, plain_messages, slot


def said(facts: SlotFacts) -> list[tuple[str, str, str | None]]:
    owner = QObject()
    lines = FillWords(plain_messages(), owner).ledger(facts, NOW)
    return [(line.name, line.value, line.source) for line in lines]


def test_what_no_read_tells_is_no_zero(qapp: QApplication) -> None:
    full = slot("A1", 1, 1, "Oat bar", stock=8)
    assert said(full)[1] == ("Sold since", "0", "D")
    assert said(replace(full, sold_told=False))[1] == ("Sold since", "not known", None)
    sold = slot("A1", 1, 1, "Oat bar", stock=3)
    assert said(sold)[1] == ("Sold since", "\N{MINUS SIGN} 5", "D")
    assert said(replace(sold, sold_told=False))[1] == ("Sold since", "\N{MINUS SIGN} 5?", "D")


def test_a_part_of_what_several_slots_sold_is_worked_out(qapp: QApplication) -> None:
    sold = slot("A1", 1, 1, "Oat bar", stock=3)
    fill, sale = sold.rows
    shared = replace(sold, rows=(fill, sale._replace(source="C")))
    assert said(shared)[1] == ("Sold since", "\N{MINUS SIGN} 5", "C")


def test_of_a_recorded_visit_the_panel_says_what_was_found(qapp: QApplication) -> None:
    found = replace(
        slot("A1", 1, 1, "Oat bar", stock=3), known_at=None, known_units=None, sold_since=0, rows=()
    )
    assert said(found) == [("Before the visit", "3", "C")]
