"""The Read screen after a read that did not end well: what happened, what is safe, what to do."""

from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import ReadProgress
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screens.read_ways_card import FaultCard, WaysCard
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.block_progress import BlockProgress
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.read_steps import ReadSteps
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 380
CANCELLED = "cancelled"

_OTHER_LINK_HELPS = frozenset({"no_answer", "other_link", "broken_off", "bad_crc", "too_long"})


class FailedPage(TwoColumns):
    """Names the failing step; what arrived is one key away."""

    def __init__(self, look: Look, messages: Messages, words: ReadWords, parent: QWidget) -> None:
        super().__init__(look, SIDE, parent=parent)
        self._messages = messages
        self._words = words
        self.told = ToldCard(look, title_role="title")
        space = look.theme.space
        self.told.body.setContentsMargins(space.xl, space.xl, space.xl, space.xl)
        self.main.addWidget(self.told)
        self.fault = FaultCard(look, self)
        self.main.addWidget(self.fault)
        self.kept = Card(look, self.tr("What arrived is kept"), padding=space.xl)
        self.main.addWidget(self.kept)
        self.kept_state = TagBox(look, boxed=False)
        self.kept.head.addWidget(self.kept_state)
        self.boxes = BlockProgress(look)
        self.arrived = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.kept.body.addWidget(self.boxes)
        self.kept.body.addWidget(self.arrived)
        self.main.addStretch(1)
        self._steps_card = Card(look)
        self.side.addWidget(self._steps_card)
        self._steps_card.body.setContentsMargins(16, 6, 16, 6)
        self.steps = ReadSteps(look)
        self._steps_card.body.addWidget(self.steps)
        self.ways = WaysCard(look, self)
        self.side.addWidget(self.ways)
        self.side.addStretch(1)

    def show_failure(
        self, error: BaseException, read: ReadSummary | None, progress: ReadProgress
    ) -> None:
        """`read` is what was kept of it, if anything arrived."""
        cancelled = isinstance(error, Problem) and error.code == CANCELLED
        self.told.show_told(
            self._title(error),
            "",
            self._messages.error(error),
            "info" if cancelled else "alert",
            Tone.PLAIN if cancelled else Tone.CRITICAL,
        )
        self.steps.show_steps(self._words.steps(progress, progress.seconds, failed=not cancelled))
        self._steps_card.setVisible(bool(progress.spans))
        self.fault.show_sentences(())
        self.ways.setVisible(isinstance(error, Problem) and error.code in _OTHER_LINK_HELPS)
        self._show_kept(read, progress)

    def _title(self, error: BaseException) -> str:
        if not isinstance(error, Problem):
            return self.tr("This program made a mistake")
        if error.code == CANCELLED:
            return self.tr("Read cancelled")
        return {
            ExitCode.NO_ANSWER: self.tr("The machine did not answer"),
            ExitCode.BROKEN_OFF: self.tr("The read broke off"),
            ExitCode.REFUSED: self.tr("The machine refused"),
        }.get(error.exit_code, self.tr("The read could not be made"))

    def _show_kept(self, read: ReadSummary | None, progress: ReadProgress) -> None:
        self.kept.setVisible(read is not None)
        if read is None:
            return
        blocks = self.tr("1 block") if progress.blocks == 1 else self.tr("{n} blocks")
        self.boxes.show_blocks(progress.blocks, progress.blocks_last_time, arriving=False)
        self.boxes.setVisible(progress.blocks > 0)
        self.arrived.setText(f"{blocks.format(n=progress.blocks)}, {formats.size(read.size)}")
        self.kept_state.show_tag(TagKind(read.state.value), self._messages.state(read.state))
