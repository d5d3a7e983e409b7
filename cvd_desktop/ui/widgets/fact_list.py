"""Facts one below the other: what at the left in muted ink, its value at the right, a hairline."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import LEFT, RIGHT, paint_text, text_width
from cvd_desktop.ui.widgets.sizing import grow_down

_ROW = 36  # px at text scale 1
_GAP = 16


class FactList(QWidget):
    """Painted rows. A value too long to stand beside its name stands below it, never cut."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines: tuple[tuple[str, str], ...] = ()
        grow_down(self)
        look.follow(self._restyle)

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Name and formatted value of every fact."""
        self._lines = tuple(lines)
        self.setAccessibleName("\n".join(f"{name}: {value}" for name, value in lines))
        self._restyle()

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What is shown."""
        return self._lines

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _beside(self, name: str, value: str, width: int) -> bool:
        theme = self._look.theme
        needed = text_width(theme.font("dense"), name)
        needed += text_width(theme.font("denseStrong"), value) + _GAP
        return needed <= width

    def _value_lines(self, value: str, width: int) -> list[str]:
        """The value broken anywhere it must be: paths and addresses have no blanks."""
        metrics = QFontMetrics(self._look.theme.font("denseStrong"))
        broken = [""]
        for letter in value:
            if metrics.horizontalAdvance(broken[-1] + letter) > width and broken[-1]:
                broken.append("")
            broken[-1] += letter
        return broken

    def _row_height(self, name: str, value: str, width: int) -> int:
        theme = self._look.theme
        row = theme.text_px(_ROW)
        if self._beside(name, value, width):
            return row
        return row + len(self._value_lines(value, width)) * theme.line_height("denseStrong")

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return sum(self._row_height(name, value, width) for name, value in self._lines)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, self.heightForWidth(max(self.width(), 240)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, self.heightForWidth(max(self.width(), 160)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        top, width = 0, self.width()
        for number, (name, value) in enumerate(self._lines):
            high = self._row_height(name, value, width)
            first = QRect(0, top, width, theme.text_px(_ROW))
            paint_text(painter, first, theme, name, "dense", tone=Tone.MUTED, elide=False)
            if self._beside(name, value, width):
                paint_text(painter, first, theme, value, "denseStrong", align=RIGHT, elide=False)
            else:
                line = theme.line_height("denseStrong")
                below = first.bottom() - theme.text_px(6)
                for index, part in enumerate(self._value_lines(value, width)):
                    rect = QRect(0, below + index * line, width, line)
                    paint_text(painter, rect, theme, part, "denseStrong", align=LEFT, elide=False)
            top += high
            if number + 1 < len(self._lines):
                painter.fillRect(QRect(0, top - 1, width, 1), theme.colors.line.hairline)
        painter.end()
