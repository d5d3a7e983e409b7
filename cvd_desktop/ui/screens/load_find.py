"""Finding a product that is not on the list: a field, and what the catalogue has for it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.ui.background import Job, Lane
from cvd_desktop.ui.screens.load_part import LoadTools
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.wire_records import ProductRecord

MOST_FOUND = 50
LEAST_ROWS = 5


class FindCard(Card):
    """Type a part of a name, an SKU or a barcode; arrow keys walk what is found."""

    chosen = Signal(object)
    """ProductRecord that a person opened."""
    changed = Signal()
    """Another product is the current one."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools.look, parent=parent)
        look = tools.look
        self._tools = tools
        self._job: Job[Sequence[ProductRecord]] | None = None
        self.set_heading(self.tr("Add a product"))
        self.field = Field(look, self.tr("Name, SKU or barcode"))
        self.field.edited.connect(self._look_for)
        self.field.edit.installEventFilter(self)
        self.body.addWidget(self.field)
        translate = QCoreApplication.translate
        model: TableModel[ProductRecord] = TableModel(
            (
                Column(
                    "product",
                    translate("LoadTable", "Product"),
                    lambda one: Cell(one.name, detail=one.sku),
                    Face.STRONG,
                    fit=Fit.REST,
                    least=96,
                ),
            ),
            key=lambda one: one.id,
            parent=self,
        )
        self.table = TableView(look, model, self.tr("Found"), look.theme.control.stop_row)
        self.table.keep_height(LEAST_ROWS)
        self.table.current_changed.connect(lambda _: self.changed.emit())
        self.table.opened.connect(self._open)
        self.body.addWidget(self.table, 1)
        self.words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.body.addWidget(self.words)

    def begin(self) -> None:
        """Empty, with the first products."""
        self.field.set_text("")
        self._look_for("")

    def take_focus(self) -> None:
        self.field.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def current(self) -> ProductRecord | None:
        return self.table.current()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        ):
            QApplication.sendEvent(self.table, event)
            return True
        return super().eventFilter(watched, event)

    def _look_for(self, text: str) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._tools.background.run(
            Lane.DATABASE,
            partial(self._tools.services.find_products, text.strip(), MOST_FOUND),
            self._found,
            self._failed,
        )

    def _found(self, products: Sequence[ProductRecord]) -> None:
        self.table.rows_model().set_rows(tuple(products))
        if products:
            self.table.go_to(0)
        self.words.setText(
            ""
            if products
            else self.tr("The catalogue of this laptop has no such product. Tell the office.")
        )
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self.words.setText(self._tools.messages.error(error).what)

    def _open(self, row: int) -> None:
        product = self.table.rows_model().row(row)
        if product is not None:
            self.chosen.emit(product)
