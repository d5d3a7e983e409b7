"""Asks why: a digit gives a reason that is usual, other reasons are written in words."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QScrollArea, QScroller, QVBoxLayout, QWidget

from cvd_desktop.ui.dialogs.dialog_head import dialog_head
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel

OTHER = "other"
MOST_WORDS = 500  # characters, as the wire takes them
_WIDE = 560  # px at text scale 1


class ReasonDialog(QDialog):
    """One key answers; Esc asks nothing of anybody. Words need Enter or the button."""

    given = Signal(str, str)
    """Code of the reason, and the words of another one."""

    def __init__(
        self,
        look: Look,
        title: str,
        detail: str,
        reasons: Sequence[tuple[str, str]],
        go: str,
        parent: QWidget,
    ) -> None:
        """`reasons` are codes with their words; `go` is what the button for own words says."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(title)
        self.finished.connect(parent.activateWindow)
        space = look.theme.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(space.l, space.l, space.l, space.l)
        outer.setSpacing(space.m)
        outer.addLayout(dialog_head(look, title, self))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(area.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.control.touch_gap)
        if detail:
            column.addWidget(TextLabel(look, detail, "body", Tone.MUTED, wrap=True))
        self.choices: list[QAction] = []
        for number, (code, words) in enumerate(reasons, 1):
            action = self._action(look, "arrow-right", words, str(number))
            action.triggered.connect(partial(self._give, code))
            self.choices.append(action)
            column.addWidget(ActionButton(look, action, fill_width=True))
        other = self._action(
            look, "more", self.tr("Another reason, in words"), str(len(reasons) + 1)
        )
        self.other = other
        column.addWidget(ActionButton(look, other, fill_width=True))
        self.words = Field(look, self.tr("In your words"))
        self.words.edit.setMaxLength(MOST_WORDS)
        column.addWidget(self.words)
        column.addStretch(1)
        other.triggered.connect(self._to_words)
        area.setWidget(inner)
        FocusFollower(area)
        outer.addWidget(area, 1)
        self.go_action = QAction(themed_icon(look, "check"), go, self)
        self.go_action.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        self.go_action.triggered.connect(self._go)
        self.addAction(self.go_action)
        self.button = ActionButton(look, self.go_action, ButtonKind.PRIMARY)
        outer.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        self.words.edited.connect(self._typed)
        self._typed("")
        room = parent.window().size()
        wanted = inner.sizeHint().height() + self.button.sizeHint().height()
        wanted += look.theme.chrome_px(look.theme.control.touch) + 4 * space.l
        self.resize(
            min(look.theme.text_px(_WIDE), room.width() - 2 * space.xxl),
            min(wanted, room.height() - 2 * space.xxl),
        )
        self.setFocus()  # digits are answers until somebody goes to the field

    def _action(self, look: Look, icon: str, words: str, key: str) -> QAction:
        action = QAction(themed_icon(look, icon), words, self)
        action.setShortcut(QKeySequence(key))
        self.addAction(action)
        return action

    def _to_words(self) -> None:
        self.words.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _typed(self, text: str) -> None:
        self.words.show_error("")
        missing = "" if text.strip() else self.tr("Choose a reason, or write one")
        self.go_action.setStatusTip(missing)

    def _go(self) -> None:
        words = self.words.text().strip()
        if words:
            self._give(OTHER, words)
            return
        self.words.show_error(self.tr("Say why in a few words, or choose a reason by its digit."))
        self._to_words()

    def _give(self, code: str, words: str | bool = "") -> None:
        self.accept()
        self.given.emit(code, words if isinstance(words, str) else "")
