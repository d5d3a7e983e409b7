"""A tag as a widget, for cards; lists paint theirs in the delegate."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.tag import TagKind, mark_width, paint_mark, paint_tag, tag_size


class TagBox(QWidget):
    """A shape and a word, boxed or (`boxed=False`) as a mark. Without a word it takes no room."""

    def __init__(self, look: Look, *, boxed: bool = True, role: str = "denseStrong") -> None:
        super().__init__()
        self._look = look
        self._boxed = boxed
        self._role = role
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
        high = max(size.height(), theme.line_height(self._role))
        return QSize(mark_width(theme, self._word, self._role), high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        theme, area = self._look.theme, self.rect()
        if self._boxed:
            paint_tag(painter, area, theme, self._kind, self._word)
        else:
            paint_mark(painter, area, theme, self._kind, self._word, role=self._role)
        painter.end()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
