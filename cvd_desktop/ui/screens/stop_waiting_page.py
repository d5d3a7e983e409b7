"""In the place of a stop: that it is being opened, that there is none, or what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 296


class WaitingPage(TwoColumns):
    """Never blank: there is always a sentence."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, SIDE, parent=parent)
        self.failed = False
        self.sentence = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told = ToldCard(look, title_role="title")
        self.main.addWidget(self.sentence)
        self.main.addWidget(self.told)
        self.main.addStretch(1)
        self.show_loading()

    def show_loading(self) -> None:
        self.failed = False
        self.sentence.setText(self.tr("The stop is being opened: machines, slots, last visits."))
        self.sentence.show()
        self.told.hide()

    def show_told(self, told: Told, *, nothing_to_do: bool) -> None:
        """`nothing_to_do`: there is no stop, and that is no fault."""
        self.failed = True
        self.sentence.hide()
        title = self.tr("No stop is open") if nothing_to_do else self.tr("The stop cannot be shown")
        icon, tone = ("info", Tone.PLAIN) if nothing_to_do else ("alert", Tone.CRITICAL)
        self.told.show_told(title, "", told, icon, tone)
        self.told.show()
