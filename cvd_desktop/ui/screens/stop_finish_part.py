"""The Finish tab: what will be recorded, what is missing; afterwards what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.visit_records import CashDraft, EvidenceDraft, Missing, VisitView
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.screens.stop_finish_lines import amendment_lines, draft_lines, recorded_lines
from cvd_desktop.ui.screens.stop_lines import StopLine, StopLines
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 520
SIDE_COMPACT = 372
ROOM = 400  # px at text scale 1 for words and their button side by side
_TOP_LEFT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
FINDABLE = ("read", "fill", "cash", "evidence")


class MissingRow(QWidget):
    """What is missing in a tab, and the button with the key that goes there: beside the words
    where there is room, else below them."""

    def __init__(self, tools: StopTools, go: QAction) -> None:
        super().__init__()
        self._look = tools.look
        space = tools.look.theme.space
        row = QHBoxLayout(self)
        row.setContentsMargins(0, space.xs, 0, space.xs)
        row.setSpacing(space.m)
        shape = Shape(tools.look, "warning", Tone.WARNING, 20)
        row.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._box.setSpacing(space.s)
        self.words = TextLabel(tools.look, "", "body", wrap=True)
        self.button = ActionButton(tools.look, go, parent=self)
        self._box.addWidget(self.words, 1)
        self._box.addWidget(self.button, 0, _TOP_LEFT)
        row.addLayout(self._box, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        wide = self.width() >= self._look.theme.text_px(ROOM)
        wanted = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._box.direction() is not wanted:
            self._box.setDirection(wanted)


class FinishPart(StopPart):
    """`go` are the actions of the tabs: their keys are shown beside what is missing there."""

    read_wanted = Signal()
    """The read of the visit is to be seen."""

    def __init__(self, tools: StopTools, go: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self._view: VisitView | None = None
        self._lines: list[StopLine] = []
        look = tools.look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.page = TwoColumns(look, SIDE, SIDE_COMPACT, self)
        column.addWidget(self.page)
        self.trouble = ToldCard(look)
        self.page.main.addWidget(self.trouble)
        self.card = Card(look, strong=True, parent=self.page.widget())
        self.page.main.addWidget(self.card)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.card.head.addWidget(self.title, 1)
        self.mark = TagBox(look, boxed=False)
        self.card.head.addWidget(self.mark)
        self.about = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.card.body.addWidget(self.about)
        self.lines = StopLines(look, self.tr("What is recorded"))
        self.lines.opened.connect(lambda _: self.read_wanted.emit())
        self.card.body.addWidget(self.lines)
        self.page.main.addStretch(1)
        self.missing_card = Card(look, self.tr("Missing"), parent=self.page.widget())
        self.page.side.addWidget(self.missing_card)
        self.nothing = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.missing_card.body.addWidget(self.nothing)
        self.rows = {name: MissingRow(tools, go[name]) for name in FINDABLE}
        for row in self.rows.values():
            self.missing_card.body.addWidget(row)
        self.corrections = Card(look, self.tr("Corrections"), parent=self.page.widget())
        self.correction_lines = StopLines(look, self.tr("Corrections"))
        self.corrections.body.addWidget(self.correction_lines)
        self.page.side.addWidget(self.corrections)
        self.page.side.addStretch(1)
        self.show_trouble(None)

    def show_visit(self, view: VisitView) -> None:
        """As the database has it; `show_typed` says what is typed just now."""
        before = self._view
        if before is not None and before.machine.record.id != view.machine.record.id:
            self.show_trouble(None)
        self._view = view
        if view.draft is not None:
            self.show_typed(view.draft.cash, view.draft.evidence)
        else:
            self._show_recorded(view)

    def show_typed(self, cash: CashDraft, evidence: EvidenceDraft) -> None:
        """What would be recorded now."""
        view = self._view
        if view is None or view.draft is None:
            return
        now, words = self._tools.clock(), self._tools.words
        asset = view.machine.record.asset_number
        self.title.setText(self.tr("This will be recorded of {asset}").format(asset=asset))
        self.mark.show_tag(TagKind.QUIET, "")
        self.about.setText(
            self.tr("One key records it on this laptop. It goes to the office by itself.")
        )
        self.lines.show_lines(draft_lines(view, view.draft, cash, evidence, words, now))
        self._show_missing(view.missing)
        self.corrections.hide()
        self.changed.emit()

    def _show_recorded(self, view: VisitView) -> None:
        visit = view.finished
        if visit is None:
            return
        now, words = self._tools.clock(), self._tools.words
        asset = view.machine.record.asset_number
        self.title.setText(self.tr("Visit of {asset}").format(asset=asset))
        state = view.finished_state or RecordState.RECORDED_HERE
        self.mark.show_tag(TagKind(state.value), self._tools.messages.state(state))
        told = {
            RecordState.RECORDED_HERE: self.tr(
                "It is on this laptop and goes to the office by itself. It stays as it is: a "
                "mistake is corrected beside it."
            ),
            RecordState.ON_THE_SERVER: self.tr(
                "The office has it. It stays as it is: a mistake is corrected beside it."
            ),
            RecordState.REFUSED: self.tr(
                "The server refused it. It is kept here; the outbox says why."
            ),
        }[state]
        self.about.setText(told)
        self.lines.show_lines(recorded_lines(view, visit, words, now))
        self.missing_card.hide()
        corrections = [line for one in visit.amendments for line in amendment_lines(one, now)]
        self.correction_lines.show_lines(corrections)
        self.corrections.setVisible(bool(corrections))
        self.changed.emit()

    def _show_missing(self, missing: Sequence[Missing]) -> None:
        words = self._tools.words
        self.missing_card.show()
        count = len(missing)
        heading = self.tr("1 thing is missing") if count == 1 else self.tr("{n} things are missing")
        self.missing_card.set_heading(
            heading.format(n=formats.number(count)) if count else self.tr("Nothing is missing")
        )
        self.nothing.setText(
            self.tr("You can finish without it: it is recorded that it is missing.")
            if count
            else self.tr("All that was asked for is there.")
        )
        for name, row in self.rows.items():
            sentences = [words.missing(each) for each in missing if each.tab == name]
            row.words.setText("\n".join(sentences))
            row.setVisible(bool(sentences))

    def show_trouble(self, told: Told | None) -> None:
        """It was not recorded, and why; None takes it away."""
        self.trouble.setVisible(told is not None)
        if told is not None:
            self.trouble.show_told(self.tr("Not saved"), "", told, "alert", Tone.CRITICAL)
