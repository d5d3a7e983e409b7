"""A screen with made-up facts, for tests and pictures of the frame itself."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout

from cvd_desktop.domain.records import SyncStatus
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.figure import Figure
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

NOW = datetime(2026, 11, 19, 7, 42, tzinfo=UTC)


def sample_status(*, waiting: int = 14, hours: float = 2, refused: int = 0) -> SyncStatus:
    """A sync status whose oldest waiting record is so many hours old at `NOW`."""
    return SyncStatus(
        signed_in=True,
        waiting=waiting,
        oldest_waiting=NOW - timedelta(hours=hours) if waiting else None,
        refused=refused,
        on_server=47,
        last_answer_at=NOW - timedelta(minutes=7),
        next_try_at=NOW + timedelta(minutes=5),
    )


class SampleScreen(Screen):
    """Two cards, a field, a primary action and some others; it notes what was asked of it."""

    topics = frozenset({"reads"})

    def __init__(
        self, look: Look, name: str, word: str, icon: str, *, secondaries: int = 3
    ) -> None:
        super().__init__()
        self.name = name
        self.icon = icon
        self._word = word
        self.reloads = 0
        self.scans: list[str] = []
        self.uses_scans = True
        self.pressed: list[str] = []
        self.detail = "Route 14  ·  Stop 4 of 9"
        self.fact_words = "Pull the plug, so that the machine sells again"
        self.main = self._make(look, "Go to Fill", "arrow-right", "")
        keys = [
            ("Raw file", "info", "F11"),
            ("Read again", "undo", "R"),
            ("Export unsent", "usb", "U"),
        ]
        self.others = [self._make(look, *entry) for entry in keys[:secondaries]]
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = TwoColumns(look, 296)
        outer.addWidget(page)
        column = page.main
        top = Card(look, "", strong=True)
        top.body.addWidget(
            TextLabel(look, "Read is good, 1 thing for the office", "title", wrap=True)
        )
        figures = QGridLayout()
        for place, (label, figure, unit) in enumerate(
            [("Blocks", "26", "of 26"), ("Bytes", "6,204", ""), ("Seconds", "11.2", "of 60")]
        ):
            one = Figure(look, label, "figure", source=Source.DEVICE)
            one.show_figure(figure, unit)
            figures.addWidget(one, 0, place)
        top.body.addLayout(figures)
        column.addWidget(top)
        below = Card(look, "Where the label is scanned")
        self.field = Field(look, "Asset number", mono=True)
        below.body.addWidget(self.field)
        below.body.addWidget(
            TextLabel(look, "Sales here span it; nothing is lost.", "dense", Tone.MUTED, wrap=True)
        )
        self.inner = QAction("Show the record as sent", self)
        self.inner.setIcon(themed_icon(look, "info"))
        self.inner.setShortcut("D")
        below.body.addWidget(ActionButton(look, self.inner))
        column.addWidget(below)
        column.addStretch(1)
        aside = Card(look, "Cash expected in the bag")
        cash = Figure(look, "since the collect of Thu 12 Nov", "figure", source=Source.CALCULATED)
        cash.show_figure("€ 413.70")
        aside.body.addWidget(cash)
        page.side.addWidget(aside)
        page.side.addStretch(1)

    def _make(self, look: Look, text: str, icon: str, key: str) -> QAction:
        action = QAction(themed_icon(look, icon), text, self)
        if key:
            action.setShortcut(key)
        action.triggered.connect(self._noting(text))
        return action

    def _noting(self, text: str) -> Callable[[], None]:
        return lambda: self.pressed.append(text)

    def edit(self) -> QLineEdit:
        return self.field.edit

    def word(self) -> str:
        return self._word

    def place(self) -> tuple[str, str]:
        return "Harbour Works, canteen", self.detail

    def primary(self) -> QAction:
        return self.main

    def secondary(self) -> Sequence[QAction]:
        return self.others

    def fact(self) -> str:
        return self.fact_words

    def reload(self) -> None:
        self.reloads += 1

    def scanned(self, text: str) -> bool:
        self.scans.append(text)
        return self.uses_scans


def sample_screens(look: Look) -> list[SampleScreen]:
    """Five screens as a rail has them."""
    return [
        SampleScreen(look, "read", "Read", "read"),
        SampleScreen(look, "machines", "Machine", "machine"),
        SampleScreen(look, "outbox", "Outbox", "outbox"),
        SampleScreen(look, "settings", "Settings", "settings"),
        SampleScreen(look, "help", "Help", "help"),
    ]
