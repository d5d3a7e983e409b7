"""The pick list as tables: by product and by tote, one model and one delegate."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter

from cvd_desktop.domain.route_records import LoadLineView, LoadView
from cvd_desktop.ui.delegates import CellDelegate
from cvd_desktop.ui.load_words import NOTHING, LoadWords, is_open, number, off, short_place
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import RIGHT, paint_text
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.route_shapes import Tote

STATE = "state"
TIMES = " × "
Index = QModelIndex | QPersistentModelIndex


class PickTable(TableView[LoadLineView]):
    """By product. A click on the state of a row ticks it, or takes the tick back."""

    ticked = Signal(int)
    """Row whose state was touched."""

    def __init__(self, look: Look, words: LoadWords, current: Callable[[], str]) -> None:
        """`current` gives the id of the product that is being picked."""
        translate = QCoreApplication.translate
        model = TableModel(
            _columns(words, current), key=lambda line: line.product.id, rows_alone=True
        )
        super().__init__(look, model, translate("LoadTable", "Pick list"), look.theme.control.row)
        model.setParent(self)
        self.setItemDelegate(PickDelegate(look, self, self.last_column))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseReleaseEvent(event)
        _tell_touch(self, self.rows_model(), event, self.ticked.emit)


@dataclass(frozen=True, slots=True)
class ToteRow:
    """A tote with what the table says of it."""

    tote: Tote
    place: str
    ticked: bool


def tote_rows(view: LoadView) -> list[ToteRow]:
    names, ticked = view.place_names, view.totes_ticked
    return [
        ToteRow(one, names.get(one.machine_id, ""), one.machine_id in ticked) for one in view.totes
    ]


class ToteTable(TableView[ToteRow]):
    """By tote; as above."""

    ticked = Signal(int)

    def __init__(self, look: Look, current: Callable[[], str]) -> None:
        """`current` gives the machine id of the tote that is being packed."""
        translate = QCoreApplication.translate
        model = TableModel(
            _tote_columns(current), key=lambda row: row.tote.machine_id, rows_alone=True
        )
        super().__init__(look, model, translate("LoadTable", "Totes"), look.theme.control.row)
        model.setParent(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseReleaseEvent(event)
        _tell_touch(self, self.rows_model(), event, self.ticked.emit)


def _tell_touch(
    view: "PickTable | ToteTable",
    model: "TableModel[LoadLineView] | TableModel[ToteRow]",
    event: QMouseEvent,
    tell: Callable[[int], object],
) -> None:
    index = view.indexAt(event.position().toPoint())
    left = event.button() is Qt.MouseButton.LeftButton
    if left and index.isValid() and model.columns[index.column()].key == STATE:
        tell(index.row())


class PickDelegate(CellDelegate):
    """Paints "4 × 24" with a big figure and the size of the case in small."""

    def _paint_cell(
        self, painter: QPainter, rect: QRect, theme: Theme, cell: Cell, index: Index
    ) -> None:
        figure, times, size = cell.text.partition(TIMES)
        if not times or cell.mark is not None:
            super()._paint_cell(painter, rect, theme, cell, index)
            return
        behind = f"{TIMES}{size}"
        small = QFontMetrics(theme.font("dense")).horizontalAdvance(behind)
        paint_text(painter, rect, theme, behind, tone=Tone.MUTED, align=RIGHT, elide=False)
        left = rect.adjusted(0, 0, -small, 0)
        paint_text(
            painter, left, theme, figure, "cellStock", tone=cell.tone, align=RIGHT, elide=False
        )


def _columns(words: LoadWords, current: Callable[[], str]) -> tuple[Column[LoadLineView], ...]:
    translate = QCoreApplication.translate

    def tone(line: LoadLineView) -> Tone:
        return Tone.PLAIN if is_open(line) else Tone.MUTED

    def cases(line: LoadLineView) -> Cell:
        if not line.cases:
            return Cell(NOTHING, Tone.MUTED, face=Face.STRONG)
        text = f"{number(line.cases)}{TIMES}{number(line.product.case_size)}"
        return Cell(text, tone(line))

    def singles(line: LoadLineView) -> Cell:
        if not line.singles:
            return Cell(NOTHING, Tone.MUTED, face=Face.STRONG)
        return Cell(number(line.singles), tone(line))

    def state(line: LoadLineView) -> Cell:
        if line.short:
            return Cell(words.state(line), Tone.WARNING, TagKind.WARNING)
        if line.picked is not None:
            return Cell(words.state(line), Tone.POSITIVE, TagKind.GOOD)
        if not is_open(line):
            return Cell(words.state(line), Tone.MUTED, TagKind.QUIET, face=Face.PLAIN)
        if line.product.id == current():
            return Cell(translate("LoadTable", "Picking"), Tone.ACCENT, TagKind.CURRENT)
        return Cell(translate("LoadTable", "To pick"), Tone.MUTED, TagKind.TO_DO, face=Face.PLAIN)

    return (
        Column(
            "place",
            translate("LoadTable", "Place"),
            lambda line: Cell(short_place(line.product.pick_place) or NOTHING, Tone.MUTED),
            face=Face.LABEL,
        ),
        Column(
            "product",
            translate("LoadTable", "Product"),
            lambda line: Cell(line.product.name, tone(line)),
            face=Face.STRONG,
            fit=Fit.REST,
            least=104,
        ),
        Column(
            "need",
            translate("LoadTable", "Need"),
            lambda line: Cell(number(line.need), tone(line)),
            right=True,
            rank=4,
        ),
        Column(
            "on_truck",
            translate("LoadTable", "On truck"),
            lambda line: Cell(off(line.on_truck), Tone.MUTED),
            right=True,
            rank=5,
        ),
        Column(
            "to_pick",
            translate("LoadTable", "To pick"),
            lambda line: Cell(number(line.to_pick), tone(line)),
            face=Face.FIGURE,
            right=True,
            rank=3,
        ),
        Column("cases", translate("LoadTable", "Cases"), cases, face=Face.FIGURE, right=True),
        Column("singles", translate("LoadTable", "Singles"), singles, face=Face.FIGURE, right=True),
        Column(STATE, translate("LoadTable", "State"), state, face=Face.STRONG),
    )


def _tote_columns(current: Callable[[], str]) -> tuple[Column[ToteRow], ...]:
    translate = QCoreApplication.translate

    def tone(row: ToteRow) -> Tone:
        return Tone.MUTED if row.ticked else Tone.PLAIN

    def state(row: ToteRow) -> Cell:
        if row.ticked:
            return Cell(translate("LoadTable", "Packed"), Tone.POSITIVE, TagKind.GOOD)
        if row.tote.machine_id == current():
            return Cell(translate("LoadTable", "Packing"), Tone.ACCENT, TagKind.CURRENT)
        return Cell(translate("LoadTable", "To pack"), Tone.MUTED, TagKind.TO_DO, face=Face.PLAIN)

    return (
        Column(
            "number",
            translate("LoadTable", "Tote"),
            lambda row: Cell(number(row.tote.number), tone(row)),
            face=Face.FIGURE,
            right=True,
        ),
        Column(
            "machine",
            translate("LoadTable", "Machine"),
            lambda row: Cell(row.tote.asset_number, tone(row)),
            face=Face.LABEL,
        ),
        Column(
            "place",
            translate("LoadTable", "Place"),
            lambda row: Cell(row.place, tone(row)),
            face=Face.STRONG,
            fit=Fit.REST,
            least=160,
        ),
        Column(
            "lines",
            translate("LoadTable", "Slots"),
            lambda row: Cell(number(len(row.tote.lines)), Tone.MUTED),
            right=True,
            rank=2,
        ),
        Column(
            "units",
            translate("LoadTable", "Units"),
            lambda row: Cell(number(row.tote.units), tone(row)),
            face=Face.FIGURE,
            right=True,
            rank=1,
        ),
        Column(STATE, translate("LoadTable", "State"), state, face=Face.STRONG),
    )
