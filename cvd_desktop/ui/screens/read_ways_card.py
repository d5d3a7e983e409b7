"""After a read that failed: the part at fault with its evidence, and the links to try instead."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.text_label import TextLabel

LINKS = ("auto", "dexucs", "ddcmp")


class FaultCard(Card):
    """Hidden while nothing is known."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, padding=look.theme.space.xl, parent=parent)
        self.set_heading(self.tr("Which part"))
        self.part = TextLabel(look, "", "bodyStrong", wrap=True)
        self.proof = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.body.addWidget(self.part)
        self.body.addWidget(self.proof)
        self.hide()

    def show_sentences(self, sentences: Sequence[str]) -> None:
        """The first names the part, the others say why; none hides the card."""
        self.part.setText(sentences[0] if sentences else "")
        self.proof.setText(" ".join(sentences[1:]))
        self.proof.setVisible(len(sentences) > 1)
        self.setVisible(bool(sentences))


class WaysCard(Card):
    """By which link the next read is made. Found out by itself unless a person says more."""

    chosen = Signal(str)
    """One of LINKS."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent=parent)
        self.set_heading(self.tr("Read again by"))
        words = {
            "auto": (
                self.tr("Automatic"),
                self.tr("The program finds link and speed out, and remembers them."),
            ),
            "dexucs": (self.tr("DEX/UCS"), self.tr("The 6.35 mm jack, 9600 baud.")),
            "ddcmp": (self.tr("DDCMP"), self.tr("The optical eye, 2400 baud and up.")),
        }
        self.links = {link: Choice(look, *words[link]) for link in LINKS}
        self.links["auto"].setChecked(True)
        grid = ChoiceGrid(look)
        grid.set_choices(tuple(self.links.values()))
        self.body.addWidget(grid)
        for link, choice in self.links.items():
            choice.toggled.connect(lambda on, link=link: self._toggled(link, on=on))

    def show_link(self, link: str) -> None:
        self.links[link].setChecked(True)

    def link(self) -> str:
        return next(link for link, choice in self.links.items() if choice.isChecked())

    def _toggled(self, link: str, *, on: bool) -> None:
        if on:
            self.chosen.emit(link)
