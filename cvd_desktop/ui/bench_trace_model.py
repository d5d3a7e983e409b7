"""The trace as a table model: grows at its end while a read runs, tells each row in words."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cvd_desktop.link.trace_decoder_steps import TraceStep
from cvd_desktop.services.trace_words import StepWords, sender_words, session_words, step_words
from cvd_desktop.ui import formats
from cvd_desktop.ui.bench_trace_rows import BandRow, TraceRow, trace_rows

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
SECONDS, SENDER, BYTES, SAYS, GAP = range(5)


class TraceModel(QAbstractTableModel):
    """Rows of bench_trace_rows.py. Rows that stay the same keep their place and selection."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[TraceRow] = []
        self._steps = 0
        self._titles = (
            self.tr("Seconds"),
            "",
            self.tr("Bytes, hex"),
            self.tr("What it says"),
            self.tr("Gap, ms"),
        )

    def show_steps(self, steps: Sequence[TraceStep]) -> None:
        """Other steps; those at the beginning that are as before are left alone."""
        rows = trace_rows(steps)
        self._steps = len(steps)
        same = 0
        for old, new in zip(self._rows, rows, strict=False):
            if isinstance(new, BandRow) and isinstance(old, BandRow):
                if new.steps[0] != old.steps[0]:
                    break
            elif old != new:
                break
            same += 1
        if same < len(self._rows):
            self.beginRemoveRows(_ROOT, same, len(self._rows) - 1)
            del self._rows[same:]
            self.endRemoveRows()
        self._rows[:] = rows[:same]  # a band may have grown
        if same < len(rows):
            self.beginInsertRows(_ROOT, same, len(rows) - 1)
            self._rows.extend(rows[same:])
            self.endInsertRows()
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(same - 1, GAP))

    def row(self, number: int) -> TraceRow | None:
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rows(self) -> Sequence[TraceRow]:
        return self._rows

    @property
    def step_count(self) -> int:
        return self._steps

    def find_step(self, step: TraceStep) -> int | None:
        """The row of a step."""
        return next((n for n, row in enumerate(self._rows) if row is step), None)

    def words(self, number: int) -> StepWords:
        """What a row says; of a band its title and length."""
        row = self._rows[number]
        if isinstance(row, BandRow):
            length = self.tr("{n} ms").format(n=formats.number(round(row.milliseconds)))
            return StepWords(session_words(row.steps, again=row.again), length)
        return step_words(row)

    def line(self, number: int) -> str:
        """A row in one line, for a screen reader and for the clipboard."""
        row, words = self._rows[number], self.words(number)
        if isinstance(row, BandRow):
            return f"{words.strong}, {words.plain}"
        who = sender_words(row.sender)
        hexed = shown_hex(row)
        return f"{row.at:.3f} s, {who}: {words.line()}. {hexed}. +{row.gap:.0f} ms"

    # Qt

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._titles)

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.line(index.row()) if index.column() == SECONDS else self._cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(index)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, TraceStep):
            return step_words(row).line()  # large text may cut it
        return None

    def _cell(self, index: Index) -> str:
        row, column = self._rows[index.row()], index.column()
        if isinstance(row, BandRow):
            words = self.words(index.row())
            return {SECONDS: words.strong, GAP: words.plain}.get(column, "")
        if column == SECONDS:
            return f"{row.at:.3f}"
        if column == SENDER:
            return sender_words(row.sender)
        if column == BYTES:
            return shown_hex(row)
        return step_words(row).line() if column == SAYS else f"+{row.gap:.0f}"


def shown_hex(step: TraceStep) -> str:
    """All bytes in hex; pass codes are dots."""
    pairs = [f"{byte:02X}" for byte in step.data]
    for first, after in step.secrets:
        pairs[first:after] = ["··"] * (after - first)
    return " ".join(pairs)
