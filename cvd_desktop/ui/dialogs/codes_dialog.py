"""Asks twice for the security and pass code of one machine (DDCMP)."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel

WIDE = 560  # px at text scale 1


class CodesDialog(QDialog):
    """Enter keeps the codes, Esc closes and keeps nothing. The codes are shown as they are typed:
    they are on a slip in the technician's hand, and a wrong one would be stored by the machine."""

    given = Signal(str, str)
    """The codes as typed first and second."""

    def __init__(self, look: Look, machine: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Codes of the machine"))
        self.finished.connect(parent.activateWindow)
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        heading = self.tr("Codes of machine {machine}").format(machine=machine)
        column.addWidget(TextLabel(look, heading, "head", wrap=True))
        column.addWidget(
            TextLabel(
                look,
                self.tr(
                    "Four digits of the security code, four of the pass code, as in the machine's "
                    "menu. They are kept encrypted on this laptop, and sent only to a machine that "
                    "has asked for codes."
                ),
                "body",
                Tone.MUTED,
                wrap=True,
            )
        )
        self.first = Field(look, self.tr("Codes"), hint=self.tr("0000-0000"), mono=True)
        self.second = Field(look, self.tr("The same again"), hint=self.tr("0000-0000"), mono=True)
        column.addWidget(self.first)
        column.addWidget(self.second)
        column.addStretch(1)
        keep = QAction(themed_icon(look, "check"), self.tr("Keep the codes"), self)
        keep.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        keep.triggered.connect(self._give)
        self.addAction(keep)
        self.button = ActionButton(look, keep, ButtonKind.PRIMARY)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        room = parent.window().width() - 2 * space.xxl
        self.resize(min(look.theme.text_px(WIDE), room), self.sizeHint().height())
        self.first.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def show_problem(self, told: Told) -> None:
        """Why the codes were not taken; a person types them anew."""
        self.second.show_error(f"{told.what} {told.do}")
        self.first.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give(self) -> None:
        """Enter in the first field goes to the second."""
        if not self.second.text():
            self.second.edit.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self.given.emit(self.first.text(), self.second.text())
