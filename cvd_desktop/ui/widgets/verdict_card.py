"""The card that opens a read: its title, where its record is, when it was, the five questions."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.verdict_list import VerdictList


class VerdictCard(Card):
    """`lines` stand between the title and the questions."""

    def __init__(self, look: Look, parent: QWidget | None, *lines: QWidget) -> None:
        super().__init__(look, strong=True, parent=parent)
        space = look.theme.space
        self.body.setContentsMargins(space.s, space.s, space.s, space.xs)
        self.body.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(space.m)
        head.setContentsMargins(space.s, 0, space.s, 0)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.state = TagBox(look, boxed=False)
        self.at = TextLabel(look, "", "dense", Tone.MUTED)
        head.addWidget(self.title, 1)
        head.addWidget(self.state)
        head.addWidget(self.at)
        self.body.addLayout(head)
        for line in lines:
            line.setContentsMargins(space.s, 0, space.s, space.xs)
            self.body.addWidget(line)
        self.verdict = VerdictList(look)
        self.body.addWidget(self.verdict)
