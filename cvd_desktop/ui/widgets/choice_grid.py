"""A group of choices in two columns where there is room, else in one."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_COLUMN = 236  # px at text scale 1: below it details break into too many lines


class ChoiceGrid(QWidget):
    """Choices are exclusive among themselves, across the muted word that sets some apart."""

    def __init__(self, look: Look, others_word: str = "") -> None:
        """`others_word` stands above the choices that are given as `others`."""
        super().__init__()
        self._look = look
        self._choices: tuple[Choice, ...] = ()
        self._others: tuple[Choice, ...] = ()
        self._columns = 0
        self._word = TextLabel(look, others_word, "dense", Tone.MUTED, parent=self)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(look.theme.control.touch_gap)
        look.follow(self._restyle)

    def set_choices(self, choices: Sequence[Choice], others: Sequence[Choice] = ()) -> None:
        """Show these instead of those of before."""
        for gone in self.choices():
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._choices, self._others = tuple(choices), tuple(others)
        self._lay_out(self._columns_now())

    def choices(self) -> tuple[Choice, ...]:
        """All of them, in the order in which they stand."""
        return self._choices + self._others

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._restyle()

    def _restyle(self) -> None:
        if self._columns_now() != self._columns:
            self._lay_out(self._columns_now())

    def _columns_now(self) -> int:
        least = self._look.theme.text_px(LEAST_COLUMN)
        wide = max([least, *(choice.word_width() for choice in self.choices())])
        return 2 if 2 * wide + self._grid.horizontalSpacing() <= self.width() else 1

    def _lay_out(self, columns: int) -> None:
        self._columns = columns
        while self._grid.takeAt(0) is not None:
            pass
        row = self._place(self._choices, 0, columns)
        self._word.setVisible(bool(self._choices and self._others))
        if self._choices and self._others:
            self._grid.addWidget(self._word, row, 0, 1, columns)
            row += 1
        self._place(self._others, row, columns)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def _place(self, choices: Sequence[Choice], row: int, columns: int) -> int:
        """Put them from this row on; the first row that is free then."""
        for n, choice in enumerate(choices):
            self._grid.addWidget(choice, row + n // columns, n % columns)
            choice.show()
        return row + -(-len(choices) // columns)
