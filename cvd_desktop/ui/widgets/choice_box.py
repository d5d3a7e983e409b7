"""One of several words: as a field, with an arrow that says that there are more."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import paint_icon


class ChoiceBox(QComboBox):
    """The style sheet takes the arrow of the style away; this paints one in the theme's colour."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self.setProperty("role", "field")
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        look.follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(self._look.theme.font("body"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        theme = self._look.theme
        side = theme.text_px(theme.icon.inline)
        rect = QRect(0, 0, side, side)
        rect.moveCenter(self.rect().center())
        rect.moveRight(self.rect().right() - theme.space.m)
        colors = theme.colors.text
        color = colors.primary if self.isEnabled() else colors.disabled
        with QPainter(self) as painter:
            paint_icon(painter, rect, "arrow-down", color, theme)
