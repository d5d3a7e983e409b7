"""A long text to read, as licences: scrolls by keys and by touch, closes with Esc or Enter."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QScroller, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel


class TextDialog(QDialog):
    """Shows itself in the middle of the window; the text can be selected and copied."""

    def __init__(self, look: Look, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(title)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        column.addWidget(TextLabel(look, title, "head"))
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setFont(look.theme.font("mono"))
        self.text.setAccessibleName(title)
        self.text.setTabChangesFocus(True)
        QScroller.grabGesture(self.text.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        column.addWidget(self.text, 1)
        close = QAction(themed_icon(look, "check"), self.tr("Close"), self)
        close.setShortcut("Return")
        close.triggered.connect(self.accept)
        self.addAction(close)
        column.addWidget(
            ActionButton(look, close, ButtonKind.PRIMARY), 0, Qt.AlignmentFlag.AlignRight
        )
        room = parent.window().size()
        self.resize(min(look.theme.text_px(760), room.width() - 96), room.height() - 128)
        self.text.setFocus()
