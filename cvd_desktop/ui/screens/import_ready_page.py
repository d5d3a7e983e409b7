"""The Import screen before an import: what can be imported, and that nothing is harmed by it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns


class ImportReadyPage(TwoColumns):
    """Words only: the files come by a key, a button, or are dropped on the window."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, 356, 320, parent)
        space = look.theme.space
        card = Card(look, strong=True, padding=space.xl, parent=self.widget())
        self.main.addWidget(card)
        self.main.addStretch(1)
        card.body.setSpacing(space.m)
        self.title = TextLabel(look, self.tr("Import files of machines"), "title", wrap=True)
        card.body.addWidget(self.title)
        card.body.addWidget(
            TextLabel(
                look,
                self.tr("Choose files, or drop files, folders and zips anywhere on this window."),
                "body",
                wrap=True,
            )
        )
        for icon, strong, plain in (
            (
                "file",
                self.tr("Any file with an EVA-DTS report"),
                self.tr(
                    "Of a handheld, of another program, of a telemetry box; several reports in one "
                    "file are taken apart."
                ),
            ),
            (
                "folder",
                self.tr("Folders and zips with all that is in them"),
                self.tr("Other files in between are left alone and named afterwards."),
            ),
            (
                "check-circle",
                self.tr("The same report is taken only once"),
                self.tr("It is known by its content, whatever its file is called."),
            ),
        ):
            card.body.addLayout(_point(look, icon, strong, plain))
        side = Card(look, self.tr("What is safe"), parent=self.widget())
        self.side.addWidget(side)
        side.body.addWidget(
            TextLabel(
                look,
                self.tr(
                    "Your files stay where and as they are. You can stop at any time and go on "
                    "later; reading a machine and looking at other screens goes on meanwhile."
                ),
                "dense",
                Tone.MUTED,
                wrap=True,
            )
        )
        self.side.addStretch(1)


def _point(look: Look, icon: str, strong: str, plain: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(look.theme.space.m)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(TextLabel(look, strong, "bodyStrong", wrap=True))
    words.addWidget(TextLabel(look, plain, "dense", Tone.MUTED, wrap=True))
    row.addWidget(Shape(look, icon, Tone.PLAIN, 20, "body"), 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(words, 1)
    return row
