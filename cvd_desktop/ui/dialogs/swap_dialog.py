"""Which product is in a slot from now on: by words, by scan, by touch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Job
from cvd_desktop.ui.dialogs.dialog_head import dialog_head
from cvd_desktop.ui.table_model import Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import NameLabel, TextLabel
from cvd_shared.wire_records import ProductRecord

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.fill_products import FillProducts

_WIDE = 640  # px at text scale 1
_WAIT_MS = 60  # after the last key: a scan is looked for as a whole
_WALK = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SwapDialog(QDialog):
    """Enter takes the product whose code was scanned, else the current one; Esc changes nothing."""

    chosen = Signal(object)
    """The ProductRecord."""

    def __init__(
        self,
        look: Look,
        products: FillProducts,
        slot: str,
        product: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._products = products
        self._job: Job[Sequence[ProductRecord]] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Other product"))
        self.setProperty("role", "card")
        self.finished.connect(parent.window().activateWindow)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        heading = self.tr("What is in {slot} now?").format(slot=slot)
        column.addLayout(dialog_head(look, heading, self))
        old = self.tr("{product} comes out, all of it").format(product=product)
        column.addWidget(NameLabel(look, old, "body", Tone.MUTED))
        self.field = Field(look, self.tr("Name, number or a scan"))
        self.field.edited.connect(self._edited)
        self.field.edit.installEventFilter(self)
        column.addWidget(self.field)
        self.model: TableModel[ProductRecord] = TableModel(
            self._columns(), key=lambda product: product.id, parent=self
        )
        self.table = TableView(
            look, self.model, self.tr("Products"), look.theme.control.row, parent=self
        )
        self.table.opened.connect(self._open)
        column.addWidget(self.table, 1)
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        column.addWidget(self.empty, 1, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.addStretch(1)
        take = QAction(themed_icon(look, "check"), self.tr("It is in now"), self)
        take.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        take.triggered.connect(self.take)
        self.addAction(take)
        row.addWidget(ActionButton(look, take, ButtonKind.PRIMARY))
        column.addLayout(row)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._look_for)
        room = parent.window().size()
        self.resize(
            min(look.theme.text_px(_WIDE), room.width() - 2 * space.xxl),
            room.height() - 2 * space.xxl,
        )
        self.field.setFocus()
        self._look_for()

    def _columns(self) -> tuple[Column[ProductRecord], ...]:
        return (
            Column("product", self.tr("Product"), lambda p: p.name, fit=Fit.REST, least=160),
            Column("sku", self.tr("Number"), lambda p: p.sku, face=Face.MONO, rank=1),
            Column("category", self.tr("Kind"), lambda p: p.category, tone=Tone.MUTED, rank=2),
            Column("price", self.tr("Price"), self._price, right=True, rank=1),
        )

    def _price(self, product: ProductRecord) -> str:
        return formats.money(product.price, 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Arrows walk the list while one types."""
        pressed = event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and isinstance(event, QKeyEvent) and event.key() in _WALK:
            self.table.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _edited(self, text: str) -> None:
        del text
        self._wait.start()

    def _look_for(self) -> None:
        text = self.field.text().strip()
        if self._job is not None:
            self._job.cancel()
        self._job = self._products.by_words(text, partial(self._show, text))

    def _show(self, text: str, found: Sequence[ProductRecord]) -> None:
        self.model.set_rows(tuple(found))
        if found:
            self.table.setCurrentIndex(self.model.index(0, 0))
        self.table.setVisible(bool(found))
        self.empty.setVisible(not found)
        nothing = self.tr('No product here has "{text}" in its name or number.').format(text=text)
        self.empty.setText(nothing if text else self.tr("No products are on this laptop yet."))

    def _open(self, row: int) -> None:
        product = self.model.row(row)
        if product is not None:
            self._choose(product)

    def take(self) -> None:
        """Enter: a code is a code, else the current line is meant."""
        code = self.field.text().strip()
        if not code:
            self._current_or_nothing(None)
            return
        self._products.by_code(code, self._current_or_nothing)

    def _current_or_nothing(self, product: ProductRecord | None) -> None:
        wanted = product or (self.table.current() if not self._wait.isActive() else None)
        if wanted is not None:
            self._choose(wanted)
        else:
            self.field.show_error(self.tr("Choose a product of the list, or scan one."))

    def _choose(self, product: ProductRecord) -> None:
        self.accept()
        self.chosen.emit(product)
