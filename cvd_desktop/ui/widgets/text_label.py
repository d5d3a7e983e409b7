"""A label with a type role and a tone that follows theme and text scale."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import LEFT, paint_text


class TextLabel(QLabel):
    """Words in one role of the type scale. Plain text only, wrapped where asked."""

    def __init__(
        self,
        look: Look,
        text: str = "",
        role: str = "body",
        tone: Tone = Tone.PLAIN,
        *,
        wrap: bool = False,
        strong: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._look = look
        self._role = role
        self._tone = tone
        self._strong = strong
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        look.follow(self._restyle)

    def set_tone(self, tone: Tone) -> None:
        """Change the tone; the words should change with it."""
        self._tone = tone
        self._restyle()

    def set_role(self, role: str) -> None:
        """Change the type role."""
        self._role = role
        self._restyle()

    def _restyle(self) -> None:
        theme = self._look.theme
        self.setFont(theme.font(self._role, strong=self._strong))
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, theme.text_color(self._tone))
        self.setPalette(palette)
        self.updateGeometry()


class NameLabel(QWidget):
    """One line with a name that may be longer than its place: it elides, the tooltip has it all."""

    def __init__(
        self, look: Look, text: str = "", role: str = "body", tone: Tone = Tone.PLAIN
    ) -> None:
        super().__init__()
        self._look = look
        self._role = role
        self._tone = tone
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_text(text)
        look.follow(self._restyle)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        """Show another name."""
        if text == self._text:
            return
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self._restyle()

    def baseline(self) -> int:
        """px from the middle of the line down to the foot of its letters."""
        metrics = QFontMetrics(self._look.theme.font(self._role))
        return (metrics.ascent() - metrics.descent()) // 2

    def full_width(self) -> int:
        """px that the whole name needs."""
        return QFontMetrics(self._look.theme.font(self._role)).horizontalAdvance(self._text) + 1

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        high = self._look.theme.line_height(self._role) + self.contentsMargins().top()
        return QSize(self.full_width(), high)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.EnabledChange:
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        tone = self._tone if self.isEnabled() else Tone.DISABLED
        paint_text(
            painter,
            self.contentsRect(),
            self._look.theme,
            self._text,
            self._role,
            tone=tone,
            align=LEFT,
        )
        painter.end()
