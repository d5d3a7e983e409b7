"""The Import screen while it imports: how far it is, what was found, how long it takes."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.import_records import ImportStep
from cvd_desktop.ui import formats
from cvd_desktop.ui.import_words import ImportWords
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.block_progress import RateBar
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.facts_row import FactsRow
from cvd_desktop.ui.widgets.figure import Figure
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import NameLabel, TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns


class ImportRunningPage(TwoColumns):
    """Shows an `ImportStep`."""

    def __init__(self, look: Look, words: ImportWords, parent: QWidget) -> None:
        super().__init__(look, 356, 320, parent)
        self._words = words
        space = look.theme.space
        card = Card(look, strong=True, padding=space.xl, parent=self.widget())
        self.main.addWidget(card)
        self.main.addStretch(1)
        card.body.setSpacing(space.s)
        head = QHBoxLayout()
        head.setSpacing(space.m)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.percent = TagBox(look)
        head.addWidget(self.title, 1)
        head.addWidget(self.percent)
        card.body.addLayout(head)
        self.sentence = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.file = NameLabel(look, "", "dense", Tone.MUTED)
        self.bar = RateBar(look)
        card.body.addWidget(self.sentence)
        card.body.addSpacing(space.m)
        card.body.addWidget(self.bar)
        card.body.addWidget(self.file)
        card.body.addSpacing(space.l)
        self.files = Figure(look, self.tr("Files looked through"), "figure")
        self.bytes = Figure(look, self.tr("Read of them"), "figure")
        self.reads = Figure(look, self.tr("New reads"), "figure")
        self.figures = FactsRow(look, (self.files, self.bytes, self.reads))
        card.body.addWidget(self.figures)
        card.body.addSpacing(space.l)
        card.body.addWidget(Hairline(look))
        card.body.addSpacing(space.s)
        self.rest = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        card.body.addWidget(self.rest)
        side = Card(look, self.tr("You can go on"), parent=self.widget())
        self.side.addWidget(side)
        side.body.addWidget(
            TextLabel(
                look,
                self.tr(
                    "Look at other screens or read a machine while it imports. You can stop it at "
                    "any time: every new read that is counted here is kept, and the same files can "
                    "be imported again to go on."
                ),
                "dense",
                Tone.MUTED,
                wrap=True,
            )
        )
        self.side.addStretch(1)

    def begin(self) -> None:
        """An import begins now."""
        self.title.setText(self.tr("Importing"))
        self.sentence.setText(self.tr("Looking which files there are"))
        self.file.set_text("")
        self.percent.show_tag(TagKind.CURRENT, "")
        self.bar.show_share(None)
        self.rest.setText("")
        for figure in (self.files, self.bytes, self.reads):
            figure.show_figure("0")
        self.figures.arrange()

    def stopping(self) -> None:
        """Cancel was pressed."""
        self.sentence.setText(self.tr("Stopping. What was taken over is kept."))

    def show_step(self, step: ImportStep, *, stopping: bool) -> None:
        number = formats.number
        self.title.setText(self._words.phase(step))
        if not stopping:
            self.sentence.setText(self._words.time_left(step))
        self.file.set_text(step.file)
        self.bar.show_share(step.part)
        percent = self.tr("{n} %").format(n=min(99, int(100 * step.part)))
        self.percent.show_tag(TagKind.CURRENT, percent)
        self.files.show_figure(
            number(step.files), self.tr("of {n}").format(n=number(step.files_found))
        )
        self.bytes.show_figure(*_size(step.bytes))
        found = self.tr("of {n}").format(n=number(step.reads_found)) if step.reads_found else ""
        self.reads.show_figure(number(step.reads), found)
        self.figures.arrange()
        self.rest.setText(
            self.tr("{a} here already, {b} without a report, {c} left out").format(
                a=number(step.duplicates), b=number(step.without_report), c=number(step.skipped)
            )
        )


def _size(byte_count: int) -> tuple[str, str]:
    """Figure and unit apart: ("1.4", "MB")."""
    figure, _, unit = formats.size(byte_count).rpartition(" ")
    return figure, unit
