"""An icon as a widget, for layouts of words: it follows theme and text scale."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon


class Shape(QWidget):
    """An icon in a layout, in a tone, as high as a line of its type role."""

    def __init__(
        self, look: Look, icon: str, tone: Tone = Tone.PLAIN, size: int = 20, role: str = "body"
    ) -> None:
        super().__init__()
        self._look = look
        self._icon = icon
        self._tone = tone
        self._size = size
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.follow(self._restyle)

    def show_icon(self, icon: str, tone: Tone) -> None:
        """Another shape; words beside it must say the same."""
        self._icon = icon
        self._tone = tone
        self.update()

    def _restyle(self) -> None:
        theme = self._look.theme
        high = max(theme.text_px(self._size), theme.line_height(self._role))
        self.setFixedSize(theme.text_px(self._size), high)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        side = theme.text_px(self._size)
        painter = QPainter(self)
        area = self.rect()
        area.setHeight(side)
        area.moveTop((self.height() - side) // 2)
        paint_icon(painter, area, self._icon, theme.text_color(self._tone), theme)
        painter.end()
