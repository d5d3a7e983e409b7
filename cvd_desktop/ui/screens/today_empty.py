"""In the place of the run while there is none: why, what is safe, what to do."""

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.told_card import ToldCard


class TodayEmpty(QScrollArea):
    """One card with sentences; loading is told in words too."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        page = QWidget()
        page.setProperty("role", "page")
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(page)
        column.setContentsMargins(pad, pad, pad, pad)
        self.card = ToldCard(look)
        column.addWidget(self.card)
        column.addStretch(1)
        self.setWidget(page)

    def show_loading(self) -> None:
        told = Told(self.tr("Fetching the run of today, its stops and machines."), "", "", "")
        self._show(self.tr("Today"), told, "clock")

    def show_nobody(self) -> None:
        told = Told(
            self.tr("Nobody is signed in, so this laptop does not know whose run it shows."),
            self.tr("What was recorded here before is kept."),
            self.tr("Sign in. The run comes with the next sync and works offline from then on."),
            self.tr("you"),
        )
        self._show(self.tr("Nobody is signed in"), told, "person")

    def show_no_run(self) -> None:
        told = Told(
            self.tr("The office has planned no run for you today, or this laptop has not heard."),
            self.tr("Everything recorded here is kept."),
            self.tr(
                "Sync in Outbox and look again. A machine can be served without a run: scan its "
                "label, or find it with Ctrl+K or in Machine."
            ),
            self.tr("you, then the office"),
        )
        self._show(self.tr("No run today"), told, "today")

    def show_error(self, told: Told) -> None:
        self._show(self.tr("The run cannot be shown"), told, "alert", Tone.CRITICAL)

    def _show(self, title: str, told: Told, icon: str, tone: Tone = Tone.PLAIN) -> None:
        self.card.show_told(title, "", told, icon, tone)
