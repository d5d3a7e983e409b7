"""One photo of a visit, as large as the window lets it."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QSizePolicy, QVBoxLayout, QWidget

from cvd_desktop.ui.dialogs.dialog_head import dialog_head
from cvd_desktop.ui.theme import Look


class _Picture(QWidget):
    """Whole, in its own shape, never larger than it is."""

    def __init__(self, image: QImage, words: str) -> None:
        super().__init__()
        self._image = image
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        size = self._image.size()
        if size.width() > self.width() or size.height() > self.height():
            size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(self.rect().center())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        painter.end()


class PhotoDialog(QDialog):
    """Esc, or the button at the top, closes it."""

    def __init__(self, look: Look, image: QImage, words: str, parent: QWidget) -> None:
        """`words` say what the photo shows and when it was taken."""
        super().__init__(parent)
        self.setModal(True)
        self.setWindowTitle(words)
        self.finished.connect(parent.window().activateWindow)
        self.finished.connect(self.deleteLater)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        column.addLayout(dialog_head(look, words, self))
        self.picture = _Picture(image, words)
        column.addWidget(self.picture, 1)
        room = parent.window().size()
        self.resize(room.width() - 2 * space.xxl, room.height() - 2 * space.xxl)
