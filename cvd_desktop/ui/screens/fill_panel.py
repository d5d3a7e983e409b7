"""Beside the planogram: the current slot, how its stock is known, the figure that is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFont, QFontMetrics, QPixmap
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from cvd_desktop.domain.fill_sheet import Cell
from cvd_desktop.ui import formats
from cvd_desktop.ui.fill_words import FillWords, Hint
from cvd_desktop.ui.screens.fill_field import FillField
from cvd_desktop.ui.screens.fill_keypad import FillKeypad
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.ledger_lines import LedgerLines
from cvd_desktop.ui.widgets.painting import text_width
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel

PICTURE = 48  # px at text scale 1


@dataclass(frozen=True, slots=True)
class PanelActions:
    """The actions that the panel has buttons for."""

    spoil: QAction
    remove: QAction
    count: QAction
    par: QAction
    confirm: QAction
    price: QAction
    close: QAction


@dataclass(frozen=True, slots=True)
class PanelShown:
    """What the panel shows of the current cell."""

    cell: Cell
    now: datetime
    name: str  # of the figure: Put in, Removed, Counted, Spoiled
    figure: str
    hint: Hint | None
    wrong: bool = False
    able: bool = True  # something may be typed
    picture: QPixmap | None = None


class ChangeCard(QFrame):
    """What waits to be confirmed at the slot, and the button that does it."""

    def __init__(self, look: Look, parent: QWidget, confirm: QAction, price: QAction) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space.xs)
        row = QHBoxLayout()
        row.setSpacing(space.s)
        self._shape = Shape(look, "diamond", Tone.ACCENT, 16, "dense")
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        self._words = TextLabel(look, "", "dense", Tone.ACCENT, wrap=True, strong=True)
        row.addWidget(self._words, 1)
        column.addLayout(row)
        self.confirm = self._button(look, confirm, column)
        self.price = self._button(look, price, column)
        self.hide()

    def _button(self, look: Look, action: QAction, column: QVBoxLayout) -> QWidget:
        """In a place of its own: a button shows itself whenever its action changes."""
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(ActionButton(look, action, fill_width=True, parent=place))
        column.addWidget(place)
        return place

    def words(self) -> str:
        return self._words.text()

    def show_change(self, words: str) -> None:
        """A planned change."""
        self._show("diamond", Tone.ACCENT, words, change=True)

    def show_price(self, words: str) -> None:
        """The machine takes another price than is planned."""
        self._show("warning", Tone.WARNING, words, change=False)

    def _show(self, icon: str, tone: Tone, words: str, *, change: bool) -> None:
        self._shape.show_icon(icon, tone)
        self._words.set_tone(tone)
        self._words.setText(words)
        self.confirm.setVisible(change)
        self.price.setVisible(not change)
        self.show()


class FillPanel(QFrame):
    """One below the other, or in two columns where it lies over the grid as a sheet."""

    typed = Signal(str)
    erased = Signal()
    source_wanted = Signal(str)
    """Id of the read behind a line of the ledger."""

    def __init__(
        self, look: Look, words: FillWords, actions: PanelActions, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._words = words
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("role", "card")
        self.setAccessibleName(self.tr("The current slot"))
        space = look.theme.space
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._pad = space.m
        self._columns.setSpacing(space.s)
        self._info = QWidget(self)
        info = self._info_column = QVBoxLayout(self._info)
        info.setContentsMargins(0, 0, 0, 0)
        info.setSpacing(space.xs)
        info.addLayout(self._head(look, actions.close))
        self.ledger = LedgerLines(look, self._info)
        self.ledger.opened.connect(self.source_wanted)
        self._gap = QSpacerItem(0, space.m)
        info.addItem(self._gap)
        info.addWidget(self.ledger)
        self.change = ChangeCard(look, self._info, actions.confirm, actions.price)
        info.addWidget(self.change)
        info.addStretch(0)
        self._work = QWidget(self)
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(space.s)
        self.field = FillField(look, self._work)
        work.addWidget(self.field)
        self._hint_row = QWidget(self._work)
        row = self._hint_line = QHBoxLayout(self._hint_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space.s)
        self._hint_shape = Shape(look, "info", Tone.INFO, 16, "dense")
        self.hint = TextLabel(look, "", "dense", Tone.INFO, wrap=True, strong=True)
        row.addWidget(self._hint_shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.hint, 1)
        work.addWidget(self._hint_row)
        self.keypad = FillKeypad(
            look,
            self._work,
            spoil=actions.spoil,
            remove=actions.remove,
            count=actions.count,
            par=actions.par,
        )
        self.keypad.typed.connect(self.typed)
        self.keypad.erased.connect(self.erased)
        work.addWidget(self.keypad, 1)
        work.addStretch(0)
        self._columns.addWidget(self._info, 0)
        self._columns.addWidget(self._work, 1)

    def _head(self, look: Look, close: QAction) -> QHBoxLayout:
        space = look.theme.space
        row = QHBoxLayout()
        row.setSpacing(space.s)
        self.picture = QLabel(self)
        self.picture.setAccessibleName(self.tr("Picture of the product"))
        self.picture.hide()
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        names = QHBoxLayout()
        names.setSpacing(space.s)
        self.label = QLabel(self)
        look.follow(self._restyle_label)
        self.product = TextLabel(look, "", "head", wrap=True)  # the whole name: cells elide it
        self.selection = TextLabel(look, "", "dense", Tone.MUTED)
        names.addWidget(self.label, 0, Qt.AlignmentFlag.AlignTop)
        names.addWidget(self.product, 1)
        names.addWidget(self.selection, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(names)
        facts = QHBoxLayout()
        facts.setSpacing(space.s)
        self.par = TextLabel(look, "", "dense", Tone.MUTED)
        self.price = TextLabel(look, "", "dense", Tone.MUTED)
        facts.addWidget(self.par)
        facts.addStretch(1)
        facts.addWidget(self.price)
        column.addLayout(facts)
        self._price_below = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        column.addWidget(self._price_below)
        row.addLayout(column, 1)
        self.close_button = ActionButton(look, close, ButtonKind.ICON, parent=self)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _restyle_label(self) -> None:
        """The label of the door, as high as the name beside it."""
        font = QFont(self._look.theme.font("cellLabel"))
        font.setPixelSize(self._look.theme.font("head").pixelSize())
        self.label.setFont(font)

    def set_wide(self, *, wide: bool) -> None:
        """Two columns side by side."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(across if wide else down)
        self._columns.setStretch(0, 4 if wide else 0)
        self._columns.setStretch(1, 5 if wide else 1)
        self._columns.setSpacing(self._look.theme.space.xl if wide else self._look.theme.space.s)

    def set_sheet(self, *, sheet: bool) -> None:
        """It lies over the grid and can be closed."""
        self.close_button.setVisible(sheet)
        space = self._look.theme.space
        self._pad = space.s if sheet else space.m
        self._columns.setContentsMargins(self._pad, self._pad, self._pad, self._pad)
        self._gap.changeSize(0, 0 if sheet else space.m)
        self._info_column.invalidate()

    def show_cell(self, shown: PanelShown) -> None:
        """Show this slot."""
        cell, facts = shown.cell, shown.cell.facts
        words = self._words
        self.label.setText(facts.key.label)
        selection = self.tr("sel {n}").format(n=facts.selection) if facts.selection else ""
        self._show_picture(shown.picture)
        taken = (self.picture, self.close_button)  # they take the room beside the name
        below = any(not one.isHidden() for one in taken)
        self.selection.setText("" if below else selection)
        self.selection.setVisible(not below)
        self._show_name(words.face(cell).product)
        par = words.par_and_fits(facts)
        beside = f"{par}  ·  {selection}"
        if below and selection and self._fits_beside(beside):
            par, selection = beside, ""
        self.par.setText(par)
        price = words.price_state(cell)
        if below and selection:
            kept_together = selection.replace(" ", "\u00a0")
            price = f"{price} · {kept_together}"
        self._show_price(price, differs=facts.price_differs)
        self._show_change(cell)
        self._show_figure(shown)
        self._show_hint(shown.hint)
        lines = words.ledger(facts, shown.now)
        for fewer in (lines, [line for line in lines if line.strong], ()):
            self.ledger.show_lines(fewer)  # a card or a long hint needs the room: the sum stays
            self.ledger.setVisible(bool(fewer))
            if self._fits():
                break
        else:
            self.change.hide()  # a refused number goes first; the big button confirms too
        self.keypad.set_able(able=shown.able)

    def _fits(self) -> bool:
        """Everything has its height, the keys as high as a finger."""
        space = self._look.theme.space
        wide = self.width() - 2 * self._pad
        info = self._info_column
        if self._columns.direction() is QBoxLayout.Direction.LeftToRight:
            wide = (wide - space.xl) * 4 // 9
            return info.totalHeightForWidth(wide) <= self.height() - 2 * self._pad
        info.invalidate()
        needed = info.totalHeightForWidth(wide) + self.field.sizeHint().height()
        if not self._hint_row.isHidden():
            self._hint_line.invalidate()
            needed += self._hint_line.totalHeightForWidth(wide) + space.s
        needed += self.keypad.minimumSizeHint().height() + 2 * space.s
        return needed <= self.height() - 2 * self._pad

    def _room(self) -> int:
        """px beside the picture and the button that closes."""
        theme = self._look.theme
        room = self.width() - 2 * self._pad - 2 * theme.colors.line_width
        if self._columns.direction() is QBoxLayout.Direction.LeftToRight:
            room = (room - theme.space.xl) * 4 // 9
        for taken in (self.picture, self.close_button):
            if not taken.isHidden():
                room -= taken.sizeHint().width() + theme.space.s
        return room

    def _fits_beside(self, words: str) -> bool:
        return text_width(self._look.theme.font("dense"), words) <= self._room()

    def _show_name(self, name: str) -> None:
        """In two lines where it needs them; a longer one ends in dots."""
        room = self._room() - self.label.sizeHint().width() - self._look.theme.space.s
        if not self.selection.isHidden():
            room -= self.selection.sizeHint().width() + self._look.theme.space.s
        font = self._look.theme.font("head")
        two_lines = max(room, room * 7 // 4)  # a line ends where a word does
        self.product.setText(
            QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideRight, two_lines)
        )
        self.product.setToolTip(name)

    def _show_price(self, words: str, *, differs: bool) -> None:
        """Beside par where there is room, else below."""
        theme, room = self._look.theme, self._room()
        font = theme.font("dense")
        needed = text_width(font, self.par.text()) + text_width(font, words) + theme.space.m
        beside = needed <= room
        for label, text in ((self.price, words if beside else ""), (self._price_below, words)):
            label.setText(text)
            label.set_tone(Tone.WARNING if differs else Tone.MUTED)
        self._price_below.setVisible(not beside)

    def _show_picture(self, picture: QPixmap | None) -> None:
        if picture is not None:
            side = self._look.theme.text_px(PICTURE)
            ratio = self.devicePixelRatioF()
            fitted = picture.scaled(
                round(side * ratio),
                round(side * ratio),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            fitted.setDevicePixelRatio(ratio)
            self.picture.setPixmap(fitted)
            self.picture.setFixedSize(side, side)
        self.picture.setVisible(picture is not None)

    def _show_change(self, cell: Cell) -> None:
        facts = cell.facts
        change = facts.change if "change" in cell.flags else None
        if change is not None:
            parts: list[str] = []
            if change.product_id is not None and cell.edit.swapped_to is None:
                parts.append(
                    self.tr("{old} comes out, {new} goes in").format(
                        old=facts.product_name or self.tr("What is in it"),
                        new=change.product_name,
                    )
                )
            if change.price is not None and cell.edit.price is None:
                price = self._words.price(change.price)
                parts.append(self.tr("the price becomes {price}").format(price=price))
            said = self.tr("Planned: {what}").format(what=", ".join(parts))
            self.change.show_change(said)
        elif "price" in cell.flags and facts.machine_price is not None:
            self.change.show_price(
                self.tr("The machine takes {machine}, planned is {planned}").format(
                    machine=self._words.price(facts.machine_price),
                    planned=self._words.price(facts.price),
                )
            )
        else:
            self.change.hide()

    def _show_figure(self, shown: PanelShown) -> None:
        cell = shown.cell
        after = "" if cell.after is None else formats.number(cell.after)
        of = self.tr("of {par}").format(par=formats.number(cell.facts.par)) if after else ""
        self.field.show_figure(
            shown.name,
            shown.figure,
            makes=self.tr("makes"),
            after=after,
            of=of,
            wrong=shown.wrong,
        )

    def _show_hint(self, hint: Hint | None) -> None:
        self._hint_row.setVisible(hint is not None)
        if hint is not None:
            self._hint_shape.show_icon(hint.icon, hint.tone)
            self.hint.set_tone(hint.tone)
            self.hint.setText(hint.words)

    def hint_words(self) -> str:
        """The hint shown, or nothing."""
        return self.hint.text() if not self._hint_row.isHidden() else ""
