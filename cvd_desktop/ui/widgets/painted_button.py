"""What every button painted by us shares: hover, press, focus by Tab, Enter and Space."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look


class PaintedButton(QAbstractButton):
    """Base of buttons, chips and rail items. A subclass gives `sizeHint` and `paintEvent`.

    Focus comes by Tab only: after a click or a touch Enter still means the primary action.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.hovered = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def start(self) -> None:
        """Call at the end of the subclass's constructor: dress now and at every change."""
        self.look.follow(self.restyle)

    def restyle(self) -> None:
        """Theme, scale or content changed: measure and paint again."""
        self.updateGeometry()
        self.update()

    def touched_ground(self) -> QColor | None:
        """The ground under a finger or the pointer; None while nobody is there."""
        surface = self.look.theme.colors.surface
        if self.isDown():
            return surface.pressed
        return surface.hover if self.hovered else None

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        self.hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self.hovered = False
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)
