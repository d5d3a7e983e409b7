"""The file is of another machine than the one that was meant: the person decides whose it is."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout

from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.screens.read_part import ReadPart
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.read_verdict import State


class WhoseCard(Card):
    """Hidden unless the file names another machine than was chosen. Nothing is mixed before the
    person has decided: the read stays with whom the file names."""

    decided = Signal(str)
    """Id of the machine that the read belongs to, as the person says."""

    def __init__(self, look: Look, page: ReadPart) -> None:
        super().__init__(look, tone=Tone.CRITICAL, parent=page.widget())
        self._meant = ""
        self.said = NoteLine(look, "bodyStrong")
        self.means = TextLabel(look, "", "dense", wrap=True)
        self.action = QAction(themed_icon(look, "check"), self.tr("It is the chosen one"), self)
        self.action.setShortcut(QKeySequence("W"))
        self.action.triggered.connect(lambda: self.decided.emit(self._meant))
        self.addAction(self.action)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space.l)
        row.addWidget(self.means, 1)
        self.button = ActionButton(look, self.action, parent=self)
        row.addWidget(self.button)
        self.body.addWidget(self.said)
        self.body.addLayout(row)
        self.hide()

    def take_away(self) -> None:
        """Nobody writes the decision down: it is only told what is so."""
        self.action.setVisible(False)
        self.button.hide()

    def show_read(self, shown: ReadShown) -> None:
        meant, asset = shown.detail.meant, shown.detail.summary.machine_asset
        failed = shown.detail.verdict.plausibility.state is State.FAILED
        self.setVisible(meant is not None and failed)
        if meant is None:
            return
        self._meant = meant.id
        if asset and asset != meant.asset_number:
            said = self.tr("The file is of machine {asset}. You chose machine {meant}.")
        else:
            said = self.tr("The file is not of machine {meant}, which you chose.")
        self.said.show_note(TagKind.ALERT, said.format(asset=asset, meant=meant.asset_number))
        self.setAccessibleName(self.said.text())
        self.means.setText(
            self.tr(
                "Its figures are mixed with no other machine's. Look at the label on the machine: "
                "only where it is machine {meant} with another board or a wrong number inside, "
                "say so."
            ).format(meant=meant.asset_number)
        )
        self.action.setText(self.tr("It is machine {meant}").format(meant=meant.asset_number))
