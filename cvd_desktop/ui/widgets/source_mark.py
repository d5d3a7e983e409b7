"""The box that says where a figure comes from: D read, M entered by a person, C calculated."""

from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Theme
from cvd_desktop.ui.widgets.painting import CENTER, paint_box, paint_text

_SIDE = 18


class Source(StrEnum):
    """The letter of a source."""

    DEVICE = "D"
    MANUAL = "M"
    CALCULATED = "C"


def source_words(source: Source) -> str:
    """The source in words, for tooltips and screen readers."""
    translate = QCoreApplication.translate
    return {
        Source.DEVICE: translate("SourceMark", "Read from the machine"),
        Source.MANUAL: translate("SourceMark", "Entered by a person"),
        Source.CALCULATED: translate("SourceMark", "Calculated"),
    }[source]


def source_mark_side(theme: Theme) -> int:
    """px of the box: 18 at text scale 1."""
    return theme.text_px(_SIDE)


def paint_source_mark(painter: QPainter, rect: QRect, theme: Theme, source: Source) -> QRect:
    """The box at the left of `rect`, centred in its height; returns the box."""
    side = source_mark_side(theme)
    box = QRect(rect.left(), rect.top() + (rect.height() - side) // 2, side, side)
    paint_box(
        painter,
        box,
        fill=None,
        border=theme.colors.line.border,
        line=theme.colors.line_width,
        radius=theme.radius.tag,
    )
    paint_text(
        painter,
        box,
        theme,
        source.value,
        "label",
        color=theme.colors.text.muted,
        align=CENTER,
        elide=False,
    )
    return box


class SourceMark(QWidget):
    """The box as a widget; the tooltip says source and age."""

    def __init__(self, look: Look, source: Source, age: str = "") -> None:
        super().__init__()
        self._look = look
        self._source = source
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_source(source, age)
        look.follow(self._restyle)

    def show_source(self, source: Source, age: str = "") -> None:
        """Change the source; `age` in words, e.g. "3 h old"."""
        self._source = source
        words = ", ".join(part for part in (source_words(source), age) if part)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        side = source_mark_side(self._look.theme)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        paint_source_mark(painter, self.rect(), self._look.theme, self._source)
        painter.end()
