"""Beside the stops: progress, figures of the day with their sources, machines not on this run."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.route_records import RunView
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.today_run import TO_DO, to_do
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.today_words import TodayWords
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.rich_line import RichLine, Run
from cvd_desktop.ui.widgets.run_progress import DONE, NOW, OPEN, SKIPPED, RunProgress
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.sourced_facts import SourcedFact, SourcedFacts
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel


class ElsewhereCard(Card):
    """How many machines are due and on no run, and the way to them."""

    def __init__(self, look: Look, show: QAction, parent: QWidget) -> None:
        super().__init__(look, parent=parent)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space.s)
        column = QVBoxLayout()
        column.setSpacing(2)
        self.title = TextLabel(look, "", "bodyStrong", wrap=True)
        self.words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        column.addWidget(self.title)
        column.addWidget(self.words)
        shape = Shape(look, "map", Tone.PLAIN, 20, "bodyStrong")
        row.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.body.addLayout(row)
        self.button = ActionButton(look, show)
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_count(self, count: int, words: str) -> None:
        self.setVisible(count > 0)
        one = self.tr("1 machine not on this run")
        more = self.tr("{n} machines not on this run").format(n=formats.number(count))
        self.title.setText(one if count == 1 else more)
        self.words.setText(words)
        self.setAccessibleName(self.title.text())


class TodaySide(QWidget):
    """The cards of the side panel in their order."""

    def __init__(
        self, look: Look, words: TodayWords, show_elsewhere: QAction, load: QAction, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._words = words
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        self.progress = RunProgress(look, self)
        column.addWidget(self.progress)
        self.order = NoteLine(look)
        self.progress.body.addWidget(self.order)
        card = Card(look, parent=self)
        card.body.setContentsMargins(
            look.theme.space.l, look.theme.space.s, look.theme.space.l, look.theme.space.s
        )
        self.facts = SourcedFacts(look)
        card.body.addWidget(self.facts)
        self.not_loaded = NoteLine(look)
        card.body.addWidget(self.not_loaded)
        self.load_button = ActionButton(look, load, parent=card)
        card.body.addWidget(self.load_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(card)
        self.elsewhere = ElsewhereCard(look, show_elsewhere, self)
        column.addWidget(self.elsewhere)
        column.addStretch(1)
        self.office = NoteLine(look)
        column.addWidget(self.office)

    def show_run(self, view: RunView, now: datetime) -> None:
        self._show_progress(view)
        self._show_facts(view)
        self.elsewhere.show_count(len(view.elsewhere), self._words.elsewhere(view))
        self.office.show_note(TagKind.STALE, self._words.office_age(view, now))

    def _show_progress(self, view: RunView) -> None:
        waiting = to_do(view)
        first = waiting[0].stop_id if waiting else ""
        states = [
            NOW
            if stop.stop_id == first
            else {"done": DONE, "skipped": SKIPPED}.get(stop.state, OPEN)
            for stop in view.stops
        ]
        runs: list[Run] = []
        if view.skipped:
            runs.append(Run(formats.number(view.skipped), "denseStrong"))
            runs.append(Run(self.tr("skipped  "), "dense"))
        left = sum(stop.state in TO_DO for stop in view.stops)
        runs.append(Run(formats.number(left), "denseStrong"))
        if view.ends_about is not None and left:
            runs.append(Run(self.tr("to go, ends about"), "dense"))
            runs.append(Run(formats.clock_time(view.ends_about), "denseStrong"))
        else:
            runs.append(Run(self.tr("to go"), "dense"))
        rest = self.tr("of {n} done").format(n=formats.number(len(view.stops)))
        spoken = self.tr("{done} done, {skipped} skipped, {left} to go").format(
            done=view.done, skipped=view.skipped, left=left
        )
        line = RichLine(tuple(runs))
        self.progress.show_progress(formats.number(view.done), rest, states, line, spoken)
        reason = self._words.order_reason(view.order_reason)
        own = self.tr("Your own order: {reason}").format(reason=reason or self.tr("no reason"))
        self.order.show_note(TagKind.CHANGE, own if view.ordered_by_driver else "")

    def _show_facts(self, view: RunView) -> None:
        of = self.tr("{n} of {all}")
        today = self.tr("today, on this laptop")
        reads = of.format(n=formats.number(view.reads_first_try), all=formats.number(view.reads))
        units = of.format(
            n=formats.number(view.units_filled), all=formats.number(view.units_planned)
        )
        one, more = self.tr("1 product"), self.tr("{n} products")
        shorts = one if view.short_products == 1 else more.format(n=view.short_products)
        if not view.short_products:
            shorts = self.tr("none")
        self.facts.show_facts(
            [
                SourcedFact(
                    self.tr("Reads, first try"),
                    reads if view.reads else self.tr("none yet"),
                    Source.DEVICE,
                    today,
                ),
                SourcedFact(
                    self.tr("Units put in"),
                    units,
                    Source.MANUAL,
                    self.tr("the plan is calculated from the needs of the run"),
                ),
                SourcedFact(
                    self.tr("Bags in the truck"),
                    formats.number(view.bags),
                    Source.MANUAL,
                    self.tr("by the visits of this run"),
                ),
                SourcedFact(
                    self.tr("Load shorts"),
                    shorts if view.load_recorded else self.tr("not loaded yet"),
                    Source.CALCULATED,
                    self.tr("pick list minus load"),
                ),
            ]
        )
        waiting = not view.load_recorded and bool(to_do(view))
        self.not_loaded.show_note(
            TagKind.WARNING, self.tr("The load of this run is not recorded.") if waiting else ""
        )
        self.load_button.setVisible(waiting)
