"""The two questions of the Today screen: why is a stop skipped, why is the order another one."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.route_records import SKIP_REASONS, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.dialogs.reason_dialog import OTHER, ReasonDialog
from cvd_desktop.ui.screens.today_services import ORDER_REASONS
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.today_words import TodayWords

Answered = Callable[[str, str], object]
"""answered(code, words)"""


class TodayQuestions(QObject):
    """`parent` is the screen: the dialog stands over its window."""

    def __init__(self, look: Look, words: TodayWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._words = words
        self._widget = parent

    def ask_skip(self, stop: StopView, answered: Answered) -> None:
        """The codes are those of SKIP_REASONS."""
        title = self.tr("Skip stop {n}, {name}: why?").format(
            n=formats.number(stop.number), name=stop.name
        )
        dialog = ReasonDialog(
            self._look,
            title,
            self.tr("The office sees the reason. Undo takes the skip back."),
            [(c, _capital(self._words.skip_reason(c))) for c in SKIP_REASONS if c != OTHER],
            self.tr("Skip with these words"),
            self._widget,
        )
        dialog.given.connect(lambda code, words: answered(code, words))
        dialog.open()

    def ask_order(self, answered: Answered) -> None:
        """The codes are those of ORDER_REASONS, or "other" with words."""
        dialog = ReasonDialog(
            self._look,
            self.tr("Another order: why?"),
            self.tr("The office sees your order and the reason."),
            [(code, _capital(self._words.order_reason(code))) for code in ORDER_REASONS],
            self.tr("Keep it with these words"),
            self._widget,
        )
        dialog.given.connect(lambda code, words: answered(code, words))
        dialog.open()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
