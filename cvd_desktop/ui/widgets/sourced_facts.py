"""Facts one below the other, each with its figure and the mark of where the figure comes from."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.painting import RIGHT, paint_text, text_width
from cvd_desktop.ui.widgets.sizing import grow_down
from cvd_desktop.ui.widgets.source_mark import (
    Source,
    paint_source_mark,
    source_mark_side,
    source_words,
)

_ROW = 35  # px at text scale 1
_GAP = 8


class SourcedFact(NamedTuple):
    """`age` in words, e.g. "of today"."""

    name: str
    value: str
    source: Source
    age: str = ""

    @property
    def tip(self) -> str:
        return ", ".join(part for part in (source_words(self.source), self.age) if part)


class SourcedFacts(QWidget):
    """Painted rows. A value too long to stand beside its name stands below it, never cut."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._facts: tuple[SourcedFact, ...] = ()
        grow_down(self)
        look.follow(self._restyle)

    def show_facts(self, facts: Sequence[SourcedFact]) -> None:
        self._facts = tuple(facts)
        self.setAccessibleName("\n".join(f"{f.name}: {f.value}, {f.tip}" for f in facts))
        self._restyle()

    def facts(self) -> tuple[SourcedFact, ...]:
        return self._facts

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _beside(self, theme: Theme, fact: SourcedFact, width: int) -> bool:
        gap = theme.text_px(_GAP)
        needed = text_width(theme.font("dense"), fact.name) + source_mark_side(theme) + 3 * gap
        return needed + text_width(theme.font("denseStrong"), fact.value) <= width

    def _row_height(self, fact: SourcedFact, width: int) -> int:
        theme = self._look.theme
        below = 0 if self._beside(theme, fact, width) else theme.line_height("denseStrong")
        return theme.text_px(_ROW) + below

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # the least height is that of this width

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return sum(self._row_height(fact, width) for fact in self._facts)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(220, self.heightForWidth(max(self.width(), 220)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, self.heightForWidth(max(self.width(), 160)))

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            top = 0
            for fact in self._facts:
                top += self._row_height(fact, self.width())
                if event.pos().y() < top:
                    QToolTip.showText(event.globalPos(), fact.tip, self)
                    break
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        top, width = 0, self.width()
        side, gap = source_mark_side(theme), theme.text_px(_GAP)
        for n, fact in enumerate(self._facts):
            high = self._row_height(fact, width)
            first = QRect(0, top, width, theme.text_px(_ROW))
            paint_text(painter, first, theme, fact.name, "dense", tone=Tone.MUTED, elide=False)
            row = first
            if not self._beside(theme, fact, width):
                line = theme.line_height("denseStrong")
                row = QRect(0, first.bottom() - theme.text_px(6), width, line)
            paint_source_mark(painter, row.adjusted(width - side, 0, 0, 0), theme, fact.source)
            value = row.adjusted(0, 0, -side - gap, 0)
            paint_text(painter, value, theme, fact.value, "denseStrong", align=RIGHT, elide=False)
            top += high
            if n + 1 < len(self._facts):
                painter.fillRect(QRect(0, top - 1, width, 1), theme.colors.line.hairline)
        painter.end()
