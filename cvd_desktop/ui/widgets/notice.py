"""Toasts for facts, which go by themselves, and the banner for what needs an answer."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel

TOAST_MS = 6000
"""How long a fact stays: 15 words at a slow reading speed, and time to look up."""

_ICONS = {
    Tone.PLAIN: "info",
    Tone.INFO: "info",
    Tone.POSITIVE: "check-circle",
    Tone.WARNING: "warning",
    Tone.CRITICAL: "alert",
}


def announce(widget: QWidget, words: str) -> None:
    """Let a screen reader say it without moving the focus."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


_made: list[object] = []


def make_announcing() -> bool:
    """Ahead of the first `announce`: PySide makes the enumerations of QAccessible when it is used
    first, which takes 12 ms. False when that is done already."""
    if _made:
        return False
    from PySide6.QtGui import QAccessible

    _made.append(QAccessible.isActive())
    return True


class Toast(QFrame):
    """One sentence above the action bar; the next one takes its place. A click takes it away."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("role", "card")
        self.setProperty("weight", "strong")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = self._row = QHBoxLayout(self)
        space = look.theme.space
        row.setContentsMargins(space.l, space.m, space.l, space.m)
        row.setSpacing(space.m)
        self._shape = Shape(look, "info")
        self._words = TextLabel(look, "", "body", wrap=True)
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST_MS)
        self._timer.timeout.connect(self.expire)
        self.hide()

    def text(self) -> str:
        return self._words.text()

    def show_fact(self, words: str, tone: Tone, corner: QPoint, most_wide: int) -> None:
        """Show a sentence with its bottom left at `corner`, at most so many px wide."""
        self._shape.show_icon(_ICONS.get(tone, "info"), tone)
        self._words.setText(words)
        self.setAccessibleName(words)
        self.place(corner, most_wide)
        self.show()
        self.raise_()
        self._timer.start()
        announce(self, words)

    def place(self, corner: QPoint, most_wide: int) -> None:
        """Keep the place when the window changes."""
        metrics = self._words.fontMetrics()
        margins = self._row.contentsMargins()
        around = margins.left() + margins.right() + self._shape.width() + 2 * 8
        wide = min(metrics.horizontalAdvance(self._words.text()) + around + 4, most_wide)
        self.setFixedWidth(wide)
        high = max(self.heightForWidth(wide), self._look.theme.control.touch)
        self.setFixedHeight(high)
        self.move(corner.x(), corner.y() - high)

    def expire(self) -> None:
        """Its time is over."""
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        del event
        self.hide()


class Banner(QFrame):
    """What happened, what is safe, what to do; the answers are buttons at the right."""

    shown = Signal(bool)
    """Whether there is a banner now."""

    def __init__(self, look: Look, close: QAction) -> None:
        super().__init__()
        self._look = look
        self._buttons: list[ActionButton] = []
        self.setProperty("role", "banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = look.theme.space
        row = QHBoxLayout(self)
        row.setContentsMargins(space.l, space.m, space.m, space.m)
        row.setSpacing(space.m)
        self._shape = Shape(look, "warning", Tone.WARNING, 20, "bodyStrong")
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._what = TextLabel(look, "", "bodyStrong", wrap=True)
        self._safe = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self._do = TextLabel(look, "", "dense", wrap=True)
        for label in (self._what, self._safe, self._do):
            column.addWidget(label)
        row.addLayout(column, 1)
        self._answers = QHBoxLayout()
        self._answers.setSpacing(look.theme.control.touch_gap)
        row.addLayout(self._answers)
        if close.icon().isNull():
            close.setIcon(themed_icon(look, "close"))
        row.addWidget(ActionButton(look, close, ButtonKind.ICON))
        close.triggered.connect(self.close_banner)
        self.hide()

    def ask(self, what: str, safe: str, do: str, answers: Sequence[QAction], tone: Tone) -> None:
        """Show it until it is answered or closed."""
        self.setProperty("tone", tone.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self._shape.show_icon(_ICONS.get(tone, "info"), tone)
        for label, words in ((self._what, what), (self._safe, safe), (self._do, do)):
            label.setText(words)
            label.setVisible(bool(words))
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [ActionButton(self._look, answer) for answer in answers]
        for button in self._buttons:
            self._answers.addWidget(button)
            button.clicked.connect(self.close_banner)
        whole = " ".join(part for part in (what, safe, do) if part)
        self.setAccessibleName(whole)
        self.show()
        self.shown.emit(True)
        announce(self, whole)

    def close_banner(self) -> None:
        """It was answered, or is not wanted."""
        self.hide()
        self.shown.emit(False)
