"""The head of a dialog that asks something: its question, and a way out for a finger."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel


def dialog_head(look: Look, question: str, dialog: QDialog) -> QHBoxLayout:
    """A row with the question and a button that changes nothing, as Esc does."""
    row = QHBoxLayout()
    row.setSpacing(look.theme.space.m)
    row.addWidget(TextLabel(look, question, "head", wrap=True), 1)
    row.addWidget(close_button(look, dialog), 0, Qt.AlignmentFlag.AlignTop)
    return row


def close_button(look: Look, dialog: QDialog) -> ActionButton:
    """Changes nothing, as Esc does."""
    close = QAction(
        themed_icon(look, "close"), QCoreApplication.translate("DialogHead", "Close"), dialog
    )
    close.setShortcut(QKeySequence("Esc"))
    close.triggered.connect(dialog.reject)
    dialog.addAction(close)
    return ActionButton(look, close, ButtonKind.ICON, parent=dialog)
