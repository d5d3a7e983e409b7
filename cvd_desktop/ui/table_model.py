"""The one table model of the application: columns are data, rows are frozen facts.

To add a list: 1. a tuple of `Column`s over your row type; 2. a `TableModel(columns, key)`;
3. `set_rows` with all rows, or `set_paged` with the total and a callable that fetches pages off the
GUI thread. Sorting and filtering belong to the query that gives the rows, never to a proxy.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.state_boxes import Box
from cvd_desktop.ui.widgets.tag import TagKind

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
Deliver = Callable[[Sequence[R]], None]
Fetch = Callable[[int, int, Deliver[R]], object]
"""fetch(offset, limit, deliver): get these rows off the GUI thread, then call deliver(rows) on it.
A late delivery, after the table asks for something else, does nothing."""

PAGE_ROWS = 200
PAGES_KEPT = 40
CELL_ROLE = Qt.ItemDataRole.UserRole + 1


class Face(StrEnum):
    """How the text of a cell is set."""

    PLAIN = "dense"
    STRONG = "denseStrong"
    MONO = "mono"  # segments, hex
    LABEL = "cellLabel"  # asset numbers, slot labels
    FIGURE = "cellStock"  # the one figure of a row that counts


class Fit(StrEnum):
    """The width rule of a column."""

    CONTENT = "content"  # as wide as its title and its texts
    REST = "rest"  # shares what is left, elides: names only


@dataclass(frozen=True, slots=True)
class Cell:
    """What is painted in one cell. `mark` puts its shape before the text and gives both their tone;
    `boxed` makes it a tag. `detail` is muted: a second line in rows of 48 px and more, else beside
    the text. `wrap` breaks text and detail into lines instead of cutting them: the row grows.
    `bars` are painted before the text, see widgets/sparkline.py, `boxes` too, see
    widgets/state_boxes.py; the mark of the `source` stands behind it. `spoken` is for a screen
    reader where the text alone would not do."""

    text: str
    tone: Tone = Tone.PLAIN
    mark: TagKind | None = None
    boxed: bool = False
    detail: str = ""
    face: Face | None = None  # else the column's
    wrap: bool = False
    spoken: str = ""
    bars: tuple[int | None, ...] = ()
    boxes: tuple[Box, ...] = ()
    source: Source | None = None


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column as data. `rank` 0 always stays; the highest rank is left out first when the
    window is narrow or the text large. An `optional` one is left out where no row says anything."""

    key: str
    title: str
    value: Callable[[R], Cell | str]
    face: Face = Face.PLAIN
    right: bool = False
    fit: Fit = Fit.CONTENT
    rank: int = 0
    tone: Tone = Tone.PLAIN
    least: int = 120  # px at text scale 1 that a column of names keeps
    optional: bool = False

    def cell(self, row: R) -> Cell:
        value = self.value(row)
        if isinstance(value, str):
            return Cell(value, self.tone, face=self.face)
        if value.face:
            return value
        return Cell(  # as `replace`, which takes four times as long
            value.text,
            value.tone,
            value.mark,
            value.boxed,
            value.detail,
            self.face,
            value.wrap,
            value.spoken,
            value.bars,
            value.boxes,
            value.source,
        )


def _differ(pair: tuple[object, object]) -> bool:
    return pair[0] is not pair[1] and pair[0] != pair[1]


class TableModel(QAbstractTableModel, Generic[R]):
    """Rows as a table. `key` tells rows apart, so that a reload keeps the place in the list."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        key: Callable[[R], Hashable],
        parent: QObject | None = None,
        *,
        rows_alone: bool = False,
    ) -> None:
        """With `rows_alone` a row that is equal to the one before it looks the same: it is neither
        measured nor painted again. Not for cells that depend on the time or on anything else."""
        super().__init__(parent)
        self._rows_alone = rows_alone
        self.columns = tuple(columns)
        self.key = key
        self._total = 0
        self._pages: OrderedDict[int, tuple[R, ...]] = OrderedDict()
        self._whole: tuple[R, ...] | None = ()
        self._fetch: Fetch[R] | None = None
        self._asked: set[int] = set()
        self._version = 0

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show exactly these rows. The same keys in the same order repaint, without a reset."""
        new = tuple(rows)
        if new and self._whole and list(map(self.key, new)) == list(map(self.key, self._whole)):
            old, self._whole = self._whole, new
            if self._rows_alone:
                self._tell(
                    [n for n, pair in enumerate(zip(old, new, strict=True)) if _differ(pair)]
                )
            else:
                self._tell(range(len(new)))
        else:
            self._reset(len(new), new, None)

    def _tell(self, numbers: Sequence[int]) -> None:
        """These rows, in order, say something else: told by runs."""
        last_column = len(self.columns) - 1
        begun = 0
        for at, number in enumerate(numbers):
            if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
                first = self.index(numbers[begun], 0)
                self.dataChanged.emit(first, self.index(number, last_column))
                begun = at + 1

    def set_paged(self, total: int, fetch: Fetch[R], first: Sequence[R] = ()) -> None:
        """Show `total` rows that are fetched by page when they are looked at."""
        self._reset(total, None, fetch, first[:PAGE_ROWS])

    def row(self, number: int) -> R | None:
        """The facts of a row, or None while they are being fetched."""
        if self._whole is not None:
            return self._whole[number] if 0 <= number < len(self._whole) else None
        if not 0 <= number < self._total:
            return None
        page = number // PAGE_ROWS
        rows = self._pages.get(page)
        if rows is None:
            self._ask(page)
            return None
        self._pages.move_to_end(page)
        within = number % PAGE_ROWS
        return rows[within] if within < len(rows) else None

    def find(self, key: Hashable) -> int | None:
        """The number of the row with this key among the rows that are here."""
        if self._whole is not None:
            return next((n for n, r in enumerate(self._whole) if self.key(r) == key), None)
        for page, rows in self._pages.items():
            for within, row in enumerate(rows):
                if self.key(row) == key:
                    return page * PAGE_ROWS + within
        return None

    def cell(self, index: Index) -> Cell:
        row = self.row(index.row())
        if row is None:
            return Cell("…", Tone.MUTED, face=Face.PLAIN, spoken=self.tr("being fetched"))
        return self.columns[index.column()].cell(row)

    # QAbstractTableModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == CELL_ROLE:
            return self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index).text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(index)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        return None

    def headerData(  # noqa: N802 - Qt's name
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.columns[column].right else None
        return (side or Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter

    def _spoken(self, index: Index) -> str:
        cell = self.cell(index)
        if cell.spoken:
            return cell.spoken
        title = self.columns[index.column()].title
        return " ".join(part for part in (title, cell.text, cell.detail) if part)

    def _reset(
        self,
        total: int,
        whole: tuple[R, ...] | None,
        fetch: Fetch[R] | None,
        first: Sequence[R] = (),
    ) -> None:
        """`first` is there when views look: else they would ask for that page at once."""
        self.beginResetModel()
        self._version += 1
        self._total, self._whole, self._fetch = total, whole, fetch
        self._pages.clear()
        self._asked.clear()
        if first:
            self._pages[0] = tuple(first)
        self.endResetModel()

    def _ask(self, page: int) -> None:
        if page in self._asked or self._fetch is None:
            return
        self._asked.add(page)
        version = self._version

        def deliver(rows: Sequence[R]) -> None:
            if version == self._version:
                self._asked.discard(page)
                self._keep(page, rows)

        self._fetch(page * PAGE_ROWS, PAGE_ROWS, deliver)

    def _keep(self, page: int, rows: Sequence[R]) -> None:
        self._pages[page] = tuple(rows)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        first = page * PAGE_ROWS
        last = min(first + PAGE_ROWS, self._total) - 1
        if last >= first:
            self.dataChanged.emit(
                self.index(first, 0), self.index(last, max(0, len(self.columns) - 1))
            )
