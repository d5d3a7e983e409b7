"""A field for several lines, label above, error in words below; it grows while one types."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import FOCUS_RING, paint_box
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_LINES = 3
MOST_LINES = 10
_PAD = 8  # px between the border and the text


class _Frame(QWidget):
    """Paints the box of a field around the text, as the style sheet does for one line."""

    def __init__(self, look: Look, edit: QPlainTextEdit) -> None:
        super().__init__()
        self._look = look
        self._edit = edit
        self.wrong = False
        row = QHBoxLayout(self)
        row.setContentsMargins(_PAD, _PAD, _PAD, _PAD)
        row.addWidget(edit)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        colors, radius = self._look.theme.colors, self._look.theme.radius.control
        border, line = colors.line.border, colors.line_width
        if self.wrong:
            border, line = colors.critical.base, colors.line_width_strong
        if self._edit.hasFocus():
            border, line = colors.focus_ring, FOCUS_RING
        painter = QPainter(self)
        fill = colors.surface.raised
        paint_box(painter, self.rect(), fill=fill, border=border, line=line, radius=radius)
        painter.end()


class TextArea(QWidget):
    """Tab goes on to the next field; Enter begins a line. At least three lines, at most ten."""

    edited = Signal()

    def __init__(self, look: Look, label: str, *, hint: str = "", most: int = 4000) -> None:
        """`most` is how many characters it takes."""
        super().__init__()
        self._look = look
        self._most = most
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space.xs)
        self.label = TextLabel(look, label, "denseStrong", wrap=True)
        self.edit = QPlainTextEdit()
        self.edit.setFrameShape(QFrame.Shape.NoFrame)
        self.edit.setTabChangesFocus(True)
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(label)
        self.edit.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.edit.document().setDocumentMargin(2)
        self.label.setBuddy(self.edit)
        self._frame = _Frame(look, self.edit)
        self._error_row = QWidget()
        errors = QHBoxLayout(self._error_row)
        errors.setContentsMargins(0, 0, 0, 0)
        errors.setSpacing(space.s)
        shape = Shape(look, "warning", Tone.CRITICAL, 16, "dense")
        errors.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
        self._error = TextLabel(look, "", "dense", Tone.CRITICAL, wrap=True)
        errors.addWidget(self._error, 1)
        self._error_row.hide()
        column.addWidget(self.label)
        column.addWidget(self._frame)
        column.addWidget(self._error_row)
        self.setFocusProxy(self.edit)
        self.edit.installEventFilter(self)
        self.edit.textChanged.connect(self._text_changed)
        self._silent = False
        look.follow(self._restyle)

    def text(self) -> str:
        return self.edit.toPlainText()

    def set_text(self, text: str) -> None:
        """Show a text; nobody is told."""
        if text != self.edit.toPlainText():
            self._silent = True
            self.edit.setPlainText(text)
            self.edit.moveCursor(QTextCursor.MoveOperation.End)
            self._silent = False
        self.show_error("")

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with the text; an empty sentence takes the error away."""
        self._error.setText(sentence)
        self._error_row.setVisible(bool(sentence))
        self.edit.setAccessibleDescription(sentence)
        self._frame.wrong = bool(sentence)
        self._frame.update()

    def error(self) -> str:
        """The sentence shown, or nothing."""
        return self._error.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._frame.update()
        elif event.type() is QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _text_changed(self) -> None:
        text = self.edit.toPlainText()
        if len(text) > self._most:  # said, and not cut behind one's back when it is recorded
            self.set_text(text[: self._most])
            self.edit.moveCursor(QTextCursor.MoveOperation.End)
            most = formats.number(self._most)
            self.show_error(self.tr("It holds {n} characters; the rest is cut.").format(n=most))
            self.edited.emit()
            return
        self._fit()
        if not self._silent:
            self.show_error("")
            self.edited.emit()

    def _fit(self) -> None:
        """As high as its lines at this width."""
        metrics = QFontMetrics(self.edit.font())
        box = QRect(0, 0, max(60, self.edit.viewport().width() - 8), 1_000_000)
        text = self.edit.toPlainText() or " "
        flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
        needed = metrics.boundingRect(box, flags, text).height() // metrics.lineSpacing()
        needed += text.endswith("\n")
        lines = min(MOST_LINES, max(LEAST_LINES, needed))
        high = lines * metrics.lineSpacing() + 2 * _PAD + 6
        if self._frame.height() != high or self._frame.minimumHeight() != high:
            self._frame.setFixedHeight(high)

    def _restyle(self) -> None:
        self.edit.setFont(self._look.theme.font("body"))
        self._frame.update()
        self._fit()
