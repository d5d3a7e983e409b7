"""A short list of facts without a header: what at the left, its figure at the right, its proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind

LEAST_NAME = 120  # px at text scale 1


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact. `key` tells rows apart; `detail` stands below the name in muted ink; `mark` is a
    shape before the name, which says the same in words; `strong` is for the row that counts;
    `proof` is what opening it shows."""

    key: str
    name: str
    value: str = ""
    detail: str = ""
    mark: TagKind | None = None
    tone: Tone = Tone.PLAIN
    strong: bool = False
    proof: Proof | None = None


class FactTable(TableView[FactRow]):
    """As high as its facts, up to `most` rows; then it scrolls. With `least` it takes what room
    there is, so many rows at the least."""

    def __init__(
        self,
        look: Look,
        name: str,
        *,
        most: int = 8,
        least: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        model: TableModel[FactRow] = TableModel(_columns(), key=lambda row: row.key)
        self._most = most
        self._least = least
        super().__init__(
            look, model, name, look.theme.control.dense_row, enter_opens=True, parent=parent
        )
        model.setParent(self)
        vertical = QSizePolicy.Policy.Expanding if least else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)
        self.horizontalHeader().hide()
        self._fit_height()

    def show_facts(self, rows: Sequence[FactRow]) -> None:
        self.rows_model().set_rows(rows)
        self._fit_rows()
        self._fit_height()
        self.setVisible(bool(rows))

    def facts(self) -> tuple[FactRow, ...]:
        """What is shown."""
        model = self.rows_model()
        rows = (model.row(n) for n in range(model.rowCount()))
        return tuple(row for row in rows if row is not None)

    def height_of(self, rows: int) -> int:
        """px that so many rows take: there is no header."""
        there = min(rows, self.rows_model().rowCount())
        return sum(self.rowHeight(n) for n in range(there))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Qt's own asks for the height of a scroll bar."""
        return QSize(96, self.minimumHeight())

    def _fit_height(self) -> None:
        if self._least:
            self.setMinimumHeight(self.height_of(self._least))
            return
        high = max(self.row_height(), self.height_of(self._most))
        if (self.minimumHeight(), self.maximumHeight()) != (high, high):
            self.setFixedHeight(high)


def _columns() -> tuple[Column[FactRow], ...]:
    return (
        Column("name", "", _name, fit=Fit.REST, least=LEAST_NAME),
        Column("value", "", _value, right=True),
    )


def _name(row: FactRow) -> Cell:
    face = Face.STRONG if row.strong else Face.PLAIN
    return Cell(row.name, row.tone, row.mark, detail=row.detail, face=face, wrap=True)


def _value(row: FactRow) -> Cell:
    return Cell(row.value, row.tone, face=Face.STRONG)
