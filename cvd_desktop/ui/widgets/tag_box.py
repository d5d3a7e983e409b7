"""A tag as a widget, for cards; lists paint theirs in the delegate."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.tag import TagKind, mark_width, paint_mark, paint_tag, tag_size


class TagBox(QWidget):
    """A shape and a word, boxed or (`boxed=False`) as a mark. Without a word it takes no room."""

    def __init__(self, look: Look, *, boxed: bool = True) -> None:
        super().__init__()
        self._look = look
        self._boxed = boxed
        self._kind = TagKind.QUIET
        self._word = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_tag(self, kind: TagKind, word: str) -> None:
        self._kind, self._word = kind, word
        self.setAccessibleName(word)
        self.setVisible(bool(word))
        self._restyle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self._look.theme
        size = tag_size(theme, self._kind, self._word)
        if self._boxed:
            return size
        return QSize(mark_width(theme, self._word), max(size.height(), theme.text_px(20)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        paint = paint_tag if self._boxed else paint_mark
        paint(painter, self.rect(), self._look.theme, self._kind, self._word)
        painter.end()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
