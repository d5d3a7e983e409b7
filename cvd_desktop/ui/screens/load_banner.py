"""A banner of the Load screen: a shape, a strong sentence, what follows it, and one button."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.painting import paint_box
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone
from cvd_desktop.ui.widgets.text_label import TextLabel


class LoadBanner(QWidget):
    """In the soft colour of its kind, a line of its ink round it."""

    def __init__(self, look: Look, kind: TagKind, action: QAction | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._tone = kind_tone(kind)
        space = look.theme.space
        row = QHBoxLayout(self)
        row.setContentsMargins(space.l, space.s, space.m, space.s)
        row.setSpacing(space.m)
        row.addWidget(
            Shape(look, kind_icon(kind), self._tone, 20, "dense"), 0, Qt.AlignmentFlag.AlignVCenter
        )
        column = QVBoxLayout()
        column.setSpacing(0)
        self.head = TextLabel(look, "", "denseStrong", wrap=True)
        self.words = TextLabel(look, "", "dense", wrap=True)
        column.addStretch(1)
        column.addWidget(self.head)
        column.addWidget(self.words)
        column.addStretch(1)
        row.addLayout(column, 1)
        if action is not None:
            self.addAction(action)  # its key works while the banner is seen
            row.addWidget(ActionButton(look, action))
        self.hide()
        look.follow(self._restyle)

    def say(self, head: str, words: str) -> None:
        """Show both; without a head the banner goes."""
        self.head.setText(head)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.setAccessibleName(" ".join(part for part in (head, words) if part))
        self.setVisible(bool(head))

    def text(self) -> str:
        return self.accessibleName() if not self.isHidden() else ""

    def _restyle(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        paint_box(
            painter,
            self.rect(),
            fill=theme.soft_color(self._tone),
            border=theme.text_color(self._tone) if self._tone is not Tone.PLAIN else None,
            line=theme.colors.line_width,
            radius=theme.radius.card,
        )
        painter.end()
