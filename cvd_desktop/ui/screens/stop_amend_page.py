"""A correction of a finished visit: why, and what stands in the place of what was recorded."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.fill_sheet import CellEdit, SlotFacts
from cvd_desktop.domain.visit_records import CashDraft, VisitView
from cvd_desktop.ui.dialogs.expiry_dialog import as_typed, typed_day
from cvd_desktop.ui.fill_words import FillWords
from cvd_desktop.ui.meter_figures import parse_count
from cvd_desktop.ui.screens.stop_bag_card import EnterCommits
from cvd_desktop.ui.screens.stop_cash_part import (
    amounts_of,
    asked_amounts,
    cash_of,
    recorded_cash,
    with_amounts,
)
from cvd_desktop.ui.screens.stop_money import MoneyForm
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice_box import ChoiceBox
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_area import TextArea
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_shared.route_shapes import SlotKey
from cvd_shared.visit_facts import effective_lines, slot_of
from cvd_shared.wire_events import SpoilReason
from cvd_shared.wire_records import VisitedSlot

SIDE = 440
SIDE_COMPACT = 360


class AmendPage(TwoColumns):
    """Reason, note, slots at the left; the cash at the right."""

    changed = Signal()

    def __init__(self, tools: StopTools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, SIDE_COMPACT, parent)
        self._tools = tools
        self._view: VisitView | None = None
        self._cash = CashDraft()
        self.edits: dict[SlotKey, CellEdit] = {}
        self._spoiled: dict[SpoilReason, int] = {}  # of the slot that is shown
        self._reason: SpoilReason = "expired"  # the one whose units are shown
        look = tools.look
        card = Card(look, strong=True, parent=self.widget())
        self.main.addWidget(card)
        self.title = TextLabel(look, "", "title", wrap=True)
        about = TextLabel(
            look,
            self.tr(
                "The visit stays as it was recorded. The correction is a record of its own: it "
                "says what is right instead, and why."
            ),
            "body",
            Tone.MUTED,
            wrap=True,
        )
        self.refused = NoteLine(look, "body")
        self.reason = TextArea(look, self.tr("Why is it corrected?"), most=500)
        self.note = TextArea(look, self.tr("Note to the office"), most=4000)
        for widget in (self.title, about, self.refused, self.reason, self.note):
            card.body.addWidget(widget)
        self.reason.edited.connect(self.changed)
        self.note.edited.connect(self.changed)
        self._build_slots()
        self.main.addStretch(1)
        self.cash_card = Card(look, self.tr("Cash"), parent=self.widget())
        self.side.addWidget(self.cash_card)
        self.bag = Field(look, self.tr("Bag number"), mono=True)
        self.bag.edit.setMaxLength(64)
        self.bag.edited.connect(lambda _: self.changed.emit())
        self.money = MoneyForm(look, asked_amounts(self))
        self.money.changed.connect(lambda _: self.changed.emit())
        EnterCommits(self.bag.edit, lambda: self.money.take_focus("counted"))
        self.cash_card.body.addWidget(self.bag)
        self.cash_card.body.addWidget(self.money)
        self.side.addStretch(1)
        FocusFollower(self)

    def _build_slots(self) -> None:
        look = self._tools.look
        card = Card(look, self.tr("What was put in"), parent=self.widget())
        self.main.addWidget(card)
        self.slot = ChoiceBox(look, self.tr("Slot"))
        self.slot.currentIndexChanged.connect(lambda _: self._show_slot())
        self.filled = Field(look, self.tr("Put in"))
        self.counted = Field(look, self.tr("Counted before"))
        self.removed = Field(look, self.tr("Taken out, good"))
        self.spoiled = Field(look, self.tr("Spoiled"))
        self.why = ChoiceBox(look, self.tr("Why is it spoiled?"))
        for reason, word in FillWords(self._tools.messages, self).reasons():
            self.why.addItem(word, reason)
        self.why.currentIndexChanged.connect(lambda _: self._turn_reason())
        self.expiry = Field(look, self.tr("Earliest date in it"))
        for field in (self.filled, self.counted, self.removed, self.spoiled, self.expiry):
            EnterCommits(field.edit, self._set)
        for field in self._counts():
            field.edit.setMaxLength(6)
            field.edit.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        row, second = QHBoxLayout(), QHBoxLayout()
        for each in (row, second):
            each.setSpacing(look.theme.space.m)
        for field in (self.filled, self.counted, self.removed):
            row.addWidget(field, 1)
        self.spoiled.row.addWidget(self.why, 2)
        second.addWidget(self.spoiled, 2)
        second.addWidget(self.expiry, 1)
        action = self._tools.action(self, "check", "Ctrl+S", self._set, self.tr("Correct the slot"))
        self.addAction(action)
        self.slot_words = NoteLine(look, "body")
        card.body.addWidget(self.slot)
        card.body.addLayout(row)
        card.body.addLayout(second)
        card.body.addWidget(ActionButton(look, action, parent=card), 0, Qt.AlignmentFlag.AlignLeft)
        card.body.addWidget(self.slot_words)

    def _counts(self) -> tuple[Field, ...]:
        return (self.filled, self.counted, self.removed, self.spoiled)

    # showing

    def begin(self, view: VisitView) -> None:
        """An empty correction of this visit, or the one that the server refused, to be mended."""
        self._view = view
        again = view.refused_correction
        self.edits = {slot_of(each): _edit_of(each) for each in again.lines} if again else {}
        asset = view.machine.record.asset_number
        self.title.setText(self.tr("Correct the visit of {asset}").format(asset=asset))
        self.refused.show_note(TagKind.REFUSED, self._refused_words() if again else "")
        self.reason.set_text(again.reason if again else "")
        self.note.set_text(again.note if again else "")
        self._cash = recorded_cash(view.standing)
        shown = cash_of(again.cash, self._cash.no_collect) if again and again.cash else self._cash
        self.bag.set_text(shown.bag)
        self.money.show_amounts(amounts_of(shown), view.cash.decimals, locked=False)
        self.slot.clear()
        several = len({facts.key.cabinet for facts in view.sheet.slots}) > 1
        for facts in view.sheet.slots:
            label = f"{facts.key.cabinet}/{facts.key.label}" if several else facts.key.label
            self.slot.addItem(f"{label}  {facts.product_name}", facts.key)
        self._show_slot()
        self._tell_edits()

    def _refused_words(self) -> str:
        return self.tr(
            "The server refused this correction; the outbox says why. Mend what was wrong and "
            "record it anew."
        )

    def take_focus(self) -> None:
        """Where a person begins: the reason."""
        self.reason.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def _key(self) -> SlotKey | None:
        data = self.slot.currentData()
        return SlotKey(*data) if data is not None else None

    def _show_slot(self) -> None:
        """What is recorded of the slot, or corrected just now."""
        key, view = self._key(), self._view
        if key is None or view is None or view.standing is None:
            return
        edit = self.edits.get(key, self._recorded(key))
        self.filled.set_text(str(edit.filled or 0))
        self.counted.set_text("" if edit.counted is None else str(edit.counted))
        self.removed.set_text(str(edit.removed))
        self.expiry.set_text(as_typed(edit.expiry or ""))
        self._spoiled = {}
        for units, reason in edit.spoiled:
            self._spoiled[reason] = self._spoiled.get(reason, 0) + units
        self._show_reason(next(iter(self._spoiled), "expired"))
        for field in (*self._counts(), self.expiry):
            field.show_error("")

    def _show_reason(self, reason: SpoilReason) -> None:
        self._reason = reason
        self.why.setCurrentIndex(self.why.findData(reason))
        self.spoiled.set_text(str(self._spoiled.get(reason, 0)))

    def _turn_reason(self) -> None:
        """Other units are spoiled for another reason: those typed before are kept."""
        reason = self.why.currentData()
        if reason is not None and reason != self._reason:
            self._spoiled[self._reason] = parse_count(self.spoiled.text().strip() or "0") or 0
            self._show_reason(reason)

    def _recorded(self, key: SlotKey) -> CellEdit:
        view = self._view
        line = effective_lines(view.standing).get(key) if view and view.standing else None
        return CellEdit() if line is None else _edit_of(line)

    # typing

    def _set(self) -> None:
        key = self._key()
        if key is None:
            return
        figures: list[int | None] = []
        for field in self._counts():
            text = field.text().strip()
            figure = parse_count(text) if text else None
            if text and figure is None:
                field.show_error(self.tr("This is no number."))
                return
            figures.append(figure)
        filled, counted, removed, spoiled = figures
        self._spoiled[self._reason] = spoiled or 0
        typed = self.expiry.text().strip()
        day = typed_day(typed, self._tools.clock().astimezone().date()) if typed else None
        if typed and day is None:
            self.expiry.show_error(self.tr("This is no date."))
            return
        capacity = next((f.capacity for f in self._slots() if f.key == key), 0)
        if (filled or 0) > capacity or (counted or 0) > capacity:
            wrong = self.filled if (filled or 0) > capacity else self.counted
            wrong.show_error(self.tr("Only {n} fit in there.").format(n=capacity))
            return
        before = self._recorded(key)
        self.edits[key] = CellEdit(
            filled=filled or 0,
            counted=counted,
            removed=removed or 0,
            spoiled=tuple((units, reason) for reason, units in self._spoiled.items() if units),
            swapped_to=before.swapped_to,
            price=before.price,
            expiry=day.isoformat() if day is not None else None,
        )
        self._tell_edits()
        self.changed.emit()

    def _slots(self) -> tuple[SlotFacts, ...]:
        return self._view.sheet.slots if self._view is not None else ()

    def _tell_edits(self) -> None:
        slots = ", ".join(sorted(each.label for each in self.edits))
        words = self.tr("Corrected: {slots}").format(slots=slots) if slots else ""
        self.slot_words.show_note(TagKind.CHANGE, words)

    # what is recorded

    def cash(self) -> CashDraft | None:
        """The cash as it is right; None where it is as recorded."""
        cash = with_amounts(self._cash, self.money)
        bag = self.bag.text().strip()
        cash = CashDraft(
            bag=bag,
            counted=cash.counted,
            refunds=cash.refunds,
            changer_refill=cash.changer_refill,
            float_left=cash.float_left,
            test_vends=cash.test_vends,
            no_collect=self._cash.no_collect,
        )
        return None if cash == self._cash or not bag else cash

    def slots(self) -> Mapping[SlotKey, CellEdit] | None:
        """The slots as they are right; None where they are as recorded."""
        return dict(self.edits) or None

    def reason_text(self) -> str:
        return self.reason.text().strip()

    def note_text(self) -> str:
        return self.note.text().strip()

    def why_not(self) -> str:
        """Why it cannot be recorded yet."""
        if not self.reason_text():
            return self.tr("Say why it is corrected")
        if not self.money.all_right():
            return self.tr("An amount is no amount")
        if self.cash() is None and self.slots() is None and not self.note_text():
            return self.tr("Nothing is corrected yet")
        return ""


def _edit_of(line: VisitedSlot) -> CellEdit:
    return CellEdit(
        filled=line.filled,
        counted=line.counted,
        removed=line.removed,
        spoiled=tuple((each.units, each.reason) for each in line.spoiled),
        swapped_to=line.product_id if line.was_product_id is not None else None,
        price=line.price,
        expiry=line.expiry,
    )
