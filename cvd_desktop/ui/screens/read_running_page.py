"""The Read screen while it reads: blocks, figures, the line's limit, the steps."""

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from cvd_desktop.link.outputs import Phase
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_view import ReadProgress
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screens.read_ready_page import safe_note
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.block_progress import BlockProgress, RateBar
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.facts_row import FactsRow
from cvd_desktop.ui.widgets.figure import Figure
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.painting import RIGHT
from cvd_desktop.ui.widgets.read_steps import ReadSteps
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 380


class RunningPage(TwoColumns):
    """Shows a `ReadProgress`; between two of them only the seconds go on."""

    def __init__(self, look: Look, words: ReadWords, parent: QWidget) -> None:
        super().__init__(look, SIDE, parent=parent)
        self._words = words
        self._progress = ReadProgress()
        self._max_wait = 0.0
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // look.theme.motion.progress_fps)
        self._timer.timeout.connect(self._tick)
        self._build_main(look)
        self._build_side(look)

    def _build_main(self, look: Look) -> None:
        space = look.theme.space
        card = Card(look, padding=space.xl)
        self.main.addWidget(card)
        card.body.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(space.m)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.step_tag = TagBox(look)
        head.addWidget(self.title, 1)
        head.addWidget(self.step_tag)
        card.body.addLayout(head)
        self.sentence = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        card.body.addWidget(self.sentence)
        card.body.addSpacing(space.xl)
        self.boxes = BlockProgress(look)
        card.body.addWidget(self.boxes)
        below = QHBoxLayout()
        below.setContentsMargins(0, space.xs, 0, 0)
        self.stored = TextLabel(look, "", "dense", Tone.MUTED)
        self.last_time = TextLabel(look, "", "dense", Tone.MUTED)
        below.addWidget(self.stored)
        below.addStretch(1)
        below.addWidget(self.last_time)
        card.body.addLayout(below)
        card.body.addSpacing(space.xl)
        self.blocks = Figure(look, self.tr("Blocks"), "liveFigure")
        self.bytes = Figure(look, self.tr("Bytes"), "liveFigure")
        self.seconds = Figure(look, self.tr("Seconds"), "liveFigure")
        self.figures = FactsRow(look, (self.blocks, self.bytes, self.seconds))
        card.body.addWidget(self.figures)
        card.body.addSpacing(space.xl)
        card.body.addWidget(Hairline(look))
        card.body.addSpacing(space.l)
        card.body.addLayout(self._rates(look))
        card.body.addSpacing(space.l)
        card.body.addWidget(Hairline(look))
        card.body.addStretch(1)
        card.body.addSpacing(space.l)
        card.body.addLayout(
            safe_note(
                look,
                self.tr('Every block is on disk before the machine is told "received".'),
                self.tr("If the cable falls out or the battery dies, the blocks so far are kept."),
            )
        )

    def _rates(self, look: Look) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.theme.space.xl)
        grid.setVerticalSpacing(look.theme.space.m)
        grid.setColumnStretch(1, 1)
        self.limit_bar = RateBar(look, ruled=True)
        self.rate_bar = RateBar(look)
        self.limit_words = TextLabel(look, "", "denseStrong")
        self.rate_words = TextLabel(look, "", "denseStrong")
        rows = (
            (self.tr("This line can carry"), self.limit_bar, self.limit_words),
            (self.tr("This read carries"), self.rate_bar, self.rate_words),
        )
        for row, (word, bar, figure) in enumerate(rows):
            grid.addWidget(TextLabel(look, word, "dense", Tone.MUTED), row, 0)
            grid.addWidget(bar, row, 1)
            figure.setAlignment(RIGHT)
            grid.addWidget(figure, row, 2)
        return grid

    def _build_side(self, look: Look) -> None:
        steps = Card(look, padding=look.theme.space.l)
        self.side.addWidget(steps)
        steps.body.setContentsMargins(16, 6, 16, 6)
        self.steps = ReadSteps(look)
        steps.body.addWidget(self.steps)
        go_on = Card(look, self.tr("You can go on"))
        self.side.addWidget(go_on, 1)
        go_on.body.addWidget(
            TextLabel(
                look,
                self.tr(
                    "Look at other screens while it reads: the read goes on behind them, and the "
                    "chip at the top tells how far it is."
                ),
                "dense",
                Tone.MUTED,
                wrap=True,
            )
        )
        go_on.body.addStretch(1)

    def begin(self, title: str, max_wait: float) -> None:
        """A read begins now; `max_wait` is how long (seconds) the machine may stay silent."""
        self.title.setText(title)
        self._max_wait = max_wait
        self._progress = ReadProgress()
        self._elapsed.start()
        self._timer.start()
        self._show()

    def end(self) -> None:
        self._timer.stop()

    def show_progress(self, progress: ReadProgress) -> None:
        self._progress = progress
        self._show()

    def percent(self) -> int | None:
        """How far the read is, from the number of blocks of the read before."""
        progress = self._progress
        if not progress.blocks_last_time or progress.span(Phase.TRANSFER) is None:
            return None
        return min(99, round(100 * progress.blocks / progress.blocks_last_time))

    def _tick(self) -> None:
        if self.isVisible():
            self._show()

    def _seconds(self) -> float:
        """Seconds of the read: the last step's, and what has gone by since it began."""
        gone = self._elapsed.elapsed() / 1000 if self._timer.isActive() else 0.0
        return max(self._progress.seconds, gone)

    def _show(self) -> None:
        progress, seconds = self._progress, self._seconds()
        words = self._words
        phase = progress.phase or Phase.PORT
        self.step_tag.show_tag(TagKind.CURRENT, words.phase(phase))
        self.sentence.setText(words.time_left(progress, seconds))
        self.boxes.show_blocks(
            progress.blocks, progress.blocks_last_time, arriving=phase is Phase.TRANSFER
        )
        self._show_figures(progress, phase, seconds)
        self._show_rate(progress, seconds)
        self.steps.show_steps(words.steps(progress, seconds))

    def _show_figures(self, progress: ReadProgress, phase: Phase, seconds: float) -> None:
        number = formats.number
        last = progress.blocks_last_time
        stored = self.tr("1 block stored on this laptop")
        if progress.blocks != 1:
            stored = self.tr("{n} blocks stored on this laptop").format(n=number(progress.blocks))
        self.stored.setText(stored)
        self.last_time.setText(self.tr("{n} blocks last time").format(n=last) if last else "")
        about = self.tr("of about {n}").format(n=number(last)) if last else ""
        self.blocks.show_figure(number(progress.blocks), about)
        self.bytes.show_figure(number(progress.received))
        waiting = phase in (Phase.PORT, Phase.ANSWER) and seconds <= self._max_wait
        limit = self.tr("of {n}").format(n=round(self._max_wait)) if waiting else ""
        self.seconds.show_figure(formats.decimal(seconds), limit)
        self.figures.arrange()

    def _show_rate(self, progress: ReadProgress, seconds: float) -> None:
        limit = progress.line_limit
        self.limit_words.setText(
            self.tr("{n} bytes a second").format(n=formats.number(round(limit)))
        )
        achieved = progress.achieved(seconds)
        if achieved is None:
            self.rate_bar.show_share(None)
            self.rate_words.setText(self.tr("nothing yet"))
            return
        self.rate_bar.show_share(achieved / limit)
        self.rate_words.setText(
            self.tr("{n}, or {percent} %").format(
                n=formats.number(round(achieved)), percent=round(100 * achieved / limit)
            )
        )
