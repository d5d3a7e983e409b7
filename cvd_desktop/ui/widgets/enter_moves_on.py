"""Enter in a field of a form goes on to the next field, so that it never sends the whole form."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class EnterMovesOn(QObject):
    """`EnterMovesOn(form, edits)`: as a till does it. A form with this needs another key too."""

    def __init__(self, form: QWidget, edits: tuple[QLineEdit, ...]) -> None:
        super().__init__(form)
        for edit in edits:
            edit.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(event, QKeyEvent) or event.key() not in _ENTER:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()  # the key comes to the field, not to the primary action
            return True
        if event.type() is QEvent.Type.KeyPress and isinstance(watched, QLineEdit):
            following: QWidget | None = watched.nextInFocusChain()
            while following is not None and following is not watched:
                if _takes_tab(following):
                    following.setFocus(Qt.FocusReason.TabFocusReason)
                    break
                following = following.nextInFocusChain()
            return True
        return False


def _takes_tab(widget: QWidget) -> bool:
    by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(by_tab) and widget.isEnabled() and widget.isVisible()
