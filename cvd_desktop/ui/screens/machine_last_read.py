"""A view of a machine that shows a page of its last read: the same page as on the Read screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.screens.machine_part import MachineShown
from cvd_desktop.ui.screens.read_part import PartWords, ReadPart
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.text_label import TextLabel

MakePart = Callable[[Look, PartWords, QWidget], ReadPart]


class LastReadView(QWidget):
    """The page of the read, and above it which read that is; a sentence where there is none."""

    read_opened = Signal(str)
    """Id of a read that a person wants to see."""
    proof_wanted = Signal(object)
    """The `Proof` of a figure of the last read that a person opened."""
    changed = Signal()
    """Actions or what is picked are others now."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget, make: MakePart) -> None:
        super().__init__(parent)
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.which = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.which.setContentsMargins(pad, pad, pad, 0)
        self.part = make(look, words, self)
        column.addWidget(self.which)
        column.addWidget(self.part, 1)
        column.addStretch(0)
        self.part.proof_wanted.connect(self.proof_wanted)
        self.part.changed.connect(self.changed)
        self._read_id = ""

    def show_machine(self, shown: MachineShown) -> None:
        """The page begins anew only for another read."""
        last = shown.last
        self.part.setVisible(last is not None)
        self.which.setText(self._which(shown))
        if last is None:
            self._read_id = ""
        elif self.part.shown is not last:
            self._read_id = last.detail.summary.id
            self.part.show_read(last)

    def _which(self, shown: MachineShown) -> str:
        last = shown.last
        if last is not None:
            at = last.detail.summary.at
            return self.tr("As the read of {when} says, {age} ago").format(
                when=formats.moment_beside(at, shown.now), age=age_words(shown.now - at)
            )
        if shown.trouble:
            return shown.trouble
        if not shown.worked_out:
            return self.tr("Working out the last read of this machine.")
        return self.tr(
            "No file of this machine is on this laptop: read it, or import its files, to see this."
        )

    def actions_here(self) -> Sequence[QAction]:
        return self.part.actions_here() if self._read_id else ()

    def primary_here(self) -> QAction | None:
        """To read the machine, as everywhere."""
        return None

    def read_begins(self) -> None:
        """Nothing here waits for a read."""

    def first_focus(self) -> QWidget | None:
        return None
