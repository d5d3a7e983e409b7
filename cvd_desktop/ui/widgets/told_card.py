"""What happened, what is safe, what to do, who acts: the panel of everything that went wrong."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel


class ToldCard(Card):
    """A card with a titled shape, a detail line and up to four told sections."""

    def __init__(self, look: Look, *, title_role: str = "head") -> None:
        super().__init__(look)
        space = look.theme.space
        head = QHBoxLayout()
        head.setSpacing(space.m)
        self.shape_mark = Shape(look, "info", Tone.PLAIN, 22, title_role)
        self.title = TextLabel(look, "", title_role, wrap=True)
        head.addWidget(self.shape_mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.title, 1)
        self.detail = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.body.addLayout(head)
        self.body.addWidget(self.detail)
        self._sections = []
        for heading in (
            self.tr("What happened"),
            self.tr("What is safe"),
            self.tr("What to do"),
            self.tr("Who acts"),
        ):
            label = TextLabel(look, heading, "bodyStrong")
            words = TextLabel(look, "", "body", wrap=True)
            self.body.addSpacing(space.l)
            self.body.addWidget(label)
            self.body.addSpacing(space.xs)
            self.body.addWidget(words)
            self._sections.append((label, words))
        self.body.setSpacing(0)
        self.body.addStretch(1)

    def show_told(self, title: str, detail: str, told: Told, icon: str, tone: Tone) -> None:
        """Sections without words are left out."""
        self.shape_mark.show_icon(icon, tone)
        self.title.setText(title)
        self.title.set_tone(tone)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self.set_tone(Tone.CRITICAL if tone is Tone.CRITICAL else Tone.PLAIN)
        texts = (told.what, told.safe, told.do, _sentence(told.who))
        for (label, words), text in zip(self._sections, texts, strict=True):
            words.setText(text)
            label.setVisible(bool(text))
            words.setVisible(bool(text))
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join(text for text in texts if text))


def _sentence(who: str) -> str:
    """ "the office" begins with a capital where it stands alone."""
    return who[:1].upper() + who[1:]
