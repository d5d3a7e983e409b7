"""What every part of the Stop screen is made with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.stop_keeper import Keeper
from cvd_desktop.ui.screens.stop_services import StopServices
from cvd_desktop.ui.stop_words import StopWords
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import themed_icon


class StopTools(NamedTuple):
    """Passed from the screen to its parts."""

    look: Look
    background: Background
    messages: Messages
    services: StopServices
    clock: Clock
    words: StopWords
    keeper: Keeper

    def action(
        self, owner: QWidget, icon: str, keys: str, run: Callable[[], object], text: str
    ) -> QAction:
        """Something that can be done; of several `keys`, apart by a blank, the first is shown."""
        made = QAction(themed_icon(self.look, icon), text, owner)
        made.setShortcuts([QKeySequence(key) for key in keys.split()])
        made.triggered.connect(lambda: run())
        return made


def allow(action: QAction, reason: str) -> None:
    """Enabled, or disabled with the sentence that says why."""
    action.setEnabled(not reason)
    action.setStatusTip(reason)
