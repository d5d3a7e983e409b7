"""What stands in the place of a day that there is none of: why, and what to do."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.text_label import TextLabel


class ReviewToldPage(QWidget):
    """`wants_sign_in`: to sign in is what helps."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.wants_sign_in = False
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        card = Card(look, parent=self)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.detail = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        card.body.addWidget(self.title)
        card.body.addWidget(self.detail)
        column.addWidget(card)
        column.addStretch(1)

    def show_words(
        self, title: str, detail: str, tone: Tone = Tone.PLAIN, *, sign_in: bool = False
    ) -> None:
        self.wants_sign_in = sign_in
        self.title.setText(title)
        self.title.set_tone(tone)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
