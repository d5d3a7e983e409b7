"""A thin line between two parts of a card; it only repeats what the space says."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.theme import Look


class Hairline(QWidget):
    """One pixel high, in the hairline colour of the theme."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setFixedHeight(1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._look.theme.colors.line.hairline)
        painter.end()
