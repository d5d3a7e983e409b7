"""The date on what is in a slot: typed as it stands on the pack, or one of the usual ones."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.dialogs.dialog_head import dialog_head
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import NameLabel, TextLabel

_WIDE = 560  # px at text scale 1


class ExpiryDialog(QDialog):
    """Enter keeps the date, Esc changes nothing."""

    chosen = Signal(str)
    """ISO 8601; empty: there is no date any more."""

    def __init__(self, look: Look, name: str, known: str, today: date, parent: QWidget) -> None:
        """`known` is the ISO date that is known, or nothing."""
        super().__init__(parent)
        self._today = today
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Date"))
        self.setProperty("role", "card")
        self.finished.connect(parent.window().activateWindow)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        column.addLayout(dialog_head(look, self.tr("The earliest date in this slot"), self))
        column.addWidget(NameLabel(look, name, "body", Tone.MUTED))
        self.field = Field(
            look,
            self.tr("Day and month, with the year where it is not the next one to come"),
            hint=_example(today),
        )
        self.field.label.setWordWrap(True)
        self.field.set_text(as_typed(known))
        self.field.edit.selectAll()
        self.field.edited.connect(self._show_meaning)
        column.addWidget(self.field)
        self.meaning = TextLabel(look, "", "bodyStrong", wrap=True)
        column.addWidget(self.meaning)
        row = QHBoxLayout()
        row.setSpacing(space.s)
        none = QAction(themed_icon(look, "close"), self.tr("No date"), self)
        none.setShortcut(QKeySequence("Ctrl+Delete"))
        none.triggered.connect(self._none)
        self.addAction(none)
        row.addWidget(ActionButton(look, none))
        row.addStretch(1)
        keep = QAction(themed_icon(look, "check"), self.tr("Keep the date"), self)
        keep.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        keep.triggered.connect(self._keep)
        self.addAction(keep)
        row.addWidget(ActionButton(look, keep, ButtonKind.PRIMARY))
        column.addLayout(row)
        room = parent.window().width() - 2 * space.xxl
        self.setFixedWidth(min(look.theme.text_px(_WIDE), room))
        self._show_meaning()
        self.field.setFocus()

    def _show_meaning(self) -> None:
        day = typed_day(self.field.text(), self._today)
        self.meaning.setText(_long(day) if day is not None else "")

    def _keep(self) -> None:
        day = typed_day(self.field.text(), self._today)
        if day is None:
            self.field.show_error(
                self.tr("This is no date. Type it as on the pack, for example {example}.").format(
                    example=_example(self._today)
                )
            )
            return
        self.accept()
        self.chosen.emit(day.isoformat())

    def _none(self) -> None:
        self.accept()
        self.chosen.emit("")


def typed_day(text: str, today: date) -> date | None:
    """A day from "24.11", "24 11 26", "241126", "2026-11-24", or a month alone: its last day.

    Day before month, as in the person's locale; without a year the next such day to come, half a
    year back counting as past. None for what is no date.
    """
    words = text.strip()
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", words):
        year, month, day = (int(part) for part in words.split("-"))
        return _day(year, month, day)
    parts = re.findall(r"\d+", words)
    if len(parts) == 1 and len(parts[0]) in (4, 6, 8):
        digits = parts[0]
        parts = [digits[:2], digits[2:4], *([digits[4:]] if digits[4:] else [])]
    if re.search(r"[^\d\s./-]", words) or not 2 <= len(parts) <= 3:
        return None
    numbers = [int(part) for part in parts]
    if len(numbers) == 2 and len(parts[1]) == 4:  # 11/2026: the pack names the month alone
        month, year = numbers
        if not 1 <= month <= 12:
            return None
        return _day(year, month, monthrange(year, month)[1]) if 1 <= year <= 9999 else None
    day, month = numbers[:2] if _day_first() else (numbers[1], numbers[0])
    if len(numbers) == 3:
        year = numbers[2] + (2000 if numbers[2] < 100 else 0)
        return _day(year, month, day)
    found = _day(today.year, month, day) or _day(today.year + 1, month, day)
    if found is not None and (today - found).days > 183:
        found = _day(found.year + 1, month, day)
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day_first() -> bool:
    short = formats.locale().dateFormat(formats.locale().FormatType.ShortFormat)
    return short.find("d") <= short.find("M") or short.startswith("y")


def as_typed(iso: str) -> str:
    """An ISO day as a person types it, with its year; empty for what is none."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return ""
    first, second = (day.day, day.month) if _day_first() else (day.month, day.day)
    return f"{first:02d}.{second:02d}.{day.year}"


def _example(today: date) -> str:
    return as_typed(today.isoformat())[:5]


def _long(day: date) -> str:
    return formats.locale().toString(QDate(day.year, day.month, day.day), "ddd d MMM yyyy")
