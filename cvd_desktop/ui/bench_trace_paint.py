"""Paints the rows of the trace table: times, triangles, bytes by their kind, words and verdicts."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPolygonF
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from cvd_desktop.link.byte_trace import READER
from cvd_desktop.link.trace_decoder_steps import Crc, TraceStep
from cvd_desktop.services.trace_words import StepWords
from cvd_desktop.ui import formats
from cvd_desktop.ui.bench_trace_model import BYTES, GAP, SAYS, SECONDS, SENDER, TraceModel
from cvd_desktop.ui.bench_trace_rows import (
    BandRow,
    HexLine,
    TraceRow,
    has_second_line,
    hex_lines,
    notable_gap,
)
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import ACCENT_BAR, LEFT, RIGHT, paint_text

Index = QModelIndex | QPersistentModelIndex

EDGE = 12  # px, left and right of the table
PAD = 12  # px between columns
LINE = 20
ARROW = 8


class TraceView(Protocol):
    """What the painter asks of the table."""

    trace: TraceModel
    per_line: int

    def is_open(self, row: int) -> bool: ...
    def byte_width(self) -> int: ...
    def title_left(self) -> int: ...
    def whole_width(self) -> int: ...


class TraceHeader(QHeaderView):
    """Titles in the label font over a strong line."""

    def __init__(self, look: Look, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:  # noqa: N802
        theme = self._look.theme
        painter.save()
        painter.fillRect(rect, theme.colors.surface.surface)
        edge = theme.pad_px(EDGE)
        box = rect.adjusted(edge if index == SECONDS else 0, 0, -edge if index == GAP else 0, -2)
        title = str(self.model().headerData(index, Qt.Orientation.Horizontal))
        paint_text(
            painter,
            box,
            theme,
            title,
            "label",
            tone=Tone.MUTED,
            align=RIGHT if index == GAP else LEFT,
            elide=False,
        )
        thick = theme.colors.line_width_strong
        painter.fillRect(
            QRect(rect.left(), rect.bottom() + 1 - thick, rect.width(), thick),
            theme.colors.line.border,
        )
        painter.restore()


class TraceDelegate(QStyledItemDelegate):
    """Paints one cell of a step or of a band."""

    def __init__(self, look: Look, table: TraceView, parent: QTableView) -> None:
        super().__init__(parent)
        self._look = look
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._table.trace.row(index.row())
        if row is None:
            return
        theme = self._look.theme
        painter.save()
        painter.setClipRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._paint_ground(painter, option.rect, theme, row, index, selected=selected)
        if isinstance(row, BandRow):
            self._paint_band(painter, option.rect, theme, index)
        else:
            self._paint_step(painter, option.rect, theme, row, index)
        painter.restore()

    def _paint_ground(
        self,
        painter: QPainter,
        rect: QRect,
        theme: Theme,
        row: TraceRow,
        index: Index,
        *,
        selected: bool,
    ) -> None:
        colors = theme.colors
        if selected:
            painter.fillRect(rect, colors.selection.row)
            if index.column() == SECONDS:
                bar = QRect(rect.left(), rect.top(), ACCENT_BAR, rect.height())
                painter.fillRect(bar, colors.accent.base)
        elif isinstance(row, BandRow):
            painter.fillRect(rect, colors.surface.sunken)
        line = QRect(rect.left(), rect.bottom(), rect.width(), 1)
        painter.fillRect(line, colors.line.hairline)

    def _paint_band(self, painter: QPainter, rect: QRect, theme: Theme, index: Index) -> None:
        """The title runs over all columns: each cell paints the part that is its own."""
        edge = theme.pad_px(EDGE)
        words = self._table.trace.words(index.row())
        whole = QRect(
            self._table.title_left(), rect.top(), self._table.whole_width(), rect.height()
        )
        whole = whole.adjusted(edge, 0, -edge, 0)
        length = words.plain
        paint_text(
            painter, whole, theme, length, "denseStrong", tone=Tone.MUTED, align=RIGHT, elide=False
        )
        used = QFontMetrics(theme.font("denseStrong")).horizontalAdvance(length) + edge
        paint_text(painter, whole.adjusted(0, 0, -used, 0), theme, words.strong, "denseStrong")

    def _paint_step(
        self, painter: QPainter, rect: QRect, theme: Theme, step: TraceStep, index: Index
    ) -> None:
        column = index.column()
        edge, line = theme.pad_px(EDGE), theme.text_px(LINE)
        top = rect.top() + theme.text_px(1)
        first = QRect(rect.left(), top, rect.width(), line)
        if column == SECONDS:
            box = first.adjusted(edge, 0, 0, 0)
            paint_text(painter, box, theme, f"{step.at:.3f}", "mono", tone=Tone.MUTED, elide=False)
        elif column == SENDER:
            paint_arrow(painter, first, theme, ours=step.sender == READER)
        elif column == BYTES:
            self._paint_bytes(painter, first, theme, step, index.row())
        elif column == SAYS:
            self._paint_words(painter, first, theme, step, index.row())
        else:
            notable = notable_gap(step)
            paint_text(
                painter,
                first.adjusted(0, 0, -edge, 0),
                theme,
                f"+{step.gap:.0f}",
                "mono",
                tone=Tone.WARNING if notable else Tone.MUTED,
                align=RIGHT,
                strong=notable,
                elide=False,
            )

    def _paint_bytes(
        self, painter: QPainter, first: QRect, theme: Theme, step: TraceStep, number: int
    ) -> None:
        table = self._table
        whole = table.is_open(number)
        start = (2 if has_second_line(step) else 1) if whole else 0
        kinds = _byte_kinds(step)
        high = first.height()
        if whole:
            size = formats.size(len(step.data))
            paint_text(painter, first, theme, size, "dense", tone=Tone.MUTED)
        for n, line in enumerate(hex_lines(step, table.per_line, whole=whole)):
            box = QRect(first.left(), first.top() + (start + n) * high, first.width(), high)
            _paint_hex(painter, box, theme, step, line, kinds, table.byte_width())

    def _paint_words(
        self, painter: QPainter, first: QRect, theme: Theme, step: TraceStep, number: int
    ) -> None:
        words = self._table.trace.words(number)
        damaged = step.crc is Crc.WRONG or step.code in ("bad_frame", "noise")
        tone = Tone.CRITICAL if damaged else Tone.PLAIN
        box = first.adjusted(0, 0, -theme.pad_px(PAD), 0)
        used = paint_text(painter, box, theme, words.strong, "denseStrong", tone=tone)
        second = has_second_line(step)
        plain = _joined(words)
        if plain and not second:
            gap = QFontMetrics(theme.font("dense")).horizontalAdvance(" ")
            tone = Tone.WARNING if words.mark else Tone.MUTED
            paint_text(painter, box.adjusted(used + gap, 0, 0, 0), theme, plain, "dense", tone=tone)
        high = first.height()
        if second:
            self._paint_crc(painter, box.translated(0, high), theme, step, words)
        if self._table.is_open(number):
            _paint_characters(painter, box, theme, step, self._table.per_line, 2 if second else 1)

    def _paint_crc(
        self, painter: QPainter, box: QRect, theme: Theme, step: TraceStep, words: StepWords
    ) -> None:
        tone = Tone.POSITIVE if step.crc is Crc.RIGHT else Tone.CRITICAL
        used = paint_text(painter, box, theme, words.crc, "denseStrong", tone=tone)
        more = _joined(words)
        if more:
            tone = Tone.WARNING if words.mark else Tone.MUTED
            rest = box.adjusted(used, 0, 0, 0)
            paint_text(painter, rest, theme, f", {more}", "dense", tone=tone)


def _joined(words: StepWords) -> str:
    if not words.mark:
        return words.plain
    return f"{words.plain}, {words.mark}" if words.plain else words.mark


def _byte_kinds(step: TraceStep) -> list[Tone]:
    """The tone of every byte: control bytes accent, CRC as it was found."""
    kinds = [Tone.PLAIN] * len(step.data)
    for first, after in step.controls:
        kinds[first:after] = [Tone.ACCENT] * (after - first)
    crc = Tone.POSITIVE if step.crc is Crc.RIGHT else Tone.CRITICAL
    for first, after in step.crcs:
        kinds[first:after] = [crc] * (after - first)
    if step.code == "noise":
        kinds = [Tone.CRITICAL] * len(step.data)
    return kinds


def _paint_hex(
    painter: QPainter,
    box: QRect,
    theme: Theme,
    step: TraceStep,
    line: HexLine,
    kinds: Sequence[Tone],
    byte: int,
) -> None:
    hidden = {n for first, after in step.secrets for n in range(first, after)}
    left = box.left()
    for number in line:
        text, tone = "…", Tone.MUTED
        if number is not None:
            tone = kinds[number]
            text = "··" if number in hidden else f"{step.data[number]:02X}"
        wide = byte if number is not None else byte * 2 // 3
        cell = QRect(left, box.top(), wide, box.height())
        strong = tone not in (Tone.PLAIN, Tone.MUTED)
        role = "cellLabel" if strong else "mono"
        paint_text(painter, cell, theme, text, role, tone=tone, elide=False)
        left += wide


def _paint_characters(
    painter: QPainter, box: QRect, theme: Theme, step: TraceStep, per_line: int, start: int
) -> None:
    """What the bytes are as characters, beside their hex."""
    hidden = {n for first, after in step.secrets for n in range(first, after)}
    letters = "".join(
        "·" if n in hidden or not 0x20 <= byte <= 0x7E else chr(byte)
        for n, byte in enumerate(step.data)
    )
    for n, line in enumerate(hex_lines(step, per_line, whole=True)):
        below = box.translated(0, (start + n) * box.height())
        shown = letters[line[0] : line[0] + len(line)] if line and line[0] is not None else ""
        paint_text(painter, below, theme, shown, "mono", tone=Tone.MUTED, elide=False)


def paint_arrow(painter: QPainter, box: QRect, theme: Theme, *, ours: bool) -> None:
    """Points right when this laptop speaks, left when the machine does."""
    side = theme.text_px(ARROW)
    left, middle = box.left() + theme.pad_px(PAD) // 2, box.center().y() + 0.5
    tip, back = (left + side, left) if ours else (left, left + side)
    points = (
        QPointF(back, middle - side / 2),
        QPointF(tip, middle),
        QPointF(back, middle + side / 2),
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.text_color(Tone.ACCENT if ours else Tone.PLAIN))
    painter.drawPolygon(QPolygonF(points))
    painter.restore()
