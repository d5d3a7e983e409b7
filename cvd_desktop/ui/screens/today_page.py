"""The run on one page: what the office changed, the next stop, the stops after it, the side."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.route_records import RunView, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.today_list import StopList
from cvd_desktop.ui.screens.today_rows import RowMaker, StopRow
from cvd_desktop.ui.screens.today_run import done, skipped, to_do
from cvd_desktop.ui.screens.today_side import TodaySide
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.today_words import TodayWords
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.stop_card import CardFact, CardFacts, StopCard
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 296
_NARROW = 1000  # px of page below which the side panel is that of 1024x768
_AROUND = 24  # px that are seen around a chosen row


class ChangesCard(Card):
    """What the office changed since the driver last looked; stays until it was seen."""

    def __init__(self, look: Look, seen: QAction, parent: QWidget) -> None:
        super().__init__(look, strong=True, parent=parent)
        row, column = QHBoxLayout(), QVBoxLayout()
        column.setSpacing(look.theme.space.xs)
        row.setSpacing(look.theme.space.m)
        title = self.tr("The office changed this run")
        self.setAccessibleName(title)
        column.addWidget(TextLabel(look, title, "bodyStrong", wrap=True))
        self.note = NoteLine(look, "body")
        column.addWidget(self.note)
        self.safe = TextLabel(
            look,
            self.tr("What you did and your own order stay as they are."),
            "dense",
            Tone.MUTED,
            wrap=True,
        )
        column.addWidget(self.safe)
        row.addLayout(column, 1)
        row.addWidget(ActionButton(look, seen), 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)

    def show_changes(self, lines: list[str]) -> None:
        self.note.show_note(TagKind.CHANGE, "\n".join(lines))
        self.setVisible(bool(lines))
        self.setAccessibleDescription(". ".join(lines))


class AllDoneCard(Card):
    """In the place of the next stop when there is none."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, strong=True, parent=parent)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.words = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.body.addWidget(self.title)
        self.body.addWidget(self.words)

    def show_end(self, view: RunView) -> None:
        if not view.stops:
            self.title.setText(self.tr("This run has no stops"))
            self.words.setText(
                self.tr(
                    "The office has planned the run and put no stop on it yet. Sync again later, "
                    "or serve a machine that is not on the run."
                )
            )
        elif view.skipped:
            n = formats.number(view.skipped)
            self.title.setText(self.tr("Nothing is left to do"))
            one, more = self.tr("1 stop was skipped."), self.tr("{n} stops were skipped.")
            self.words.setText(
                (one if view.skipped == 1 else more.format(n=n))
                + " "
                + self.tr(
                    "You can still go there: choose it below. Else hand over the bags and count "
                    "the truck in Load."
                )
            )
        else:
            self.title.setText(self.tr("All stops are done"))
            self.words.setText(
                self.tr("Hand over the bags, then count what came back on the truck, in Load.")
            )
        self.setAccessibleName(self.title.text())


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows of a run at a moment; choosing another stop works nothing out again."""

    view: RunView
    at: datetime
    first: tuple[StopRow, ...]
    done: tuple[StopRow, ...]
    line: StopRow | None  # of the done ones, folded

    def rows(self, chosen: str) -> tuple[StopRow, ...]:
        """The done stops are unfolded while one of them is chosen."""
        if self.line is None or any(row.key == chosen for row in self.done):
            return (*self.first, *self.done)
        return (*self.first, self.line)


class TodayPage(TwoColumns):
    """Shows a RunView; `chosen` is the key of the stop that Enter means, "" for the next one."""

    def __init__(
        self,
        look: Look,
        words: TodayWords,
        actions: tuple[QAction, QAction, QAction],
        parent: QWidget,
    ) -> None:
        """`actions`: seen, show the machines elsewhere, load."""
        super().__init__(look, SIDE, parent=parent)
        self._look = look
        self._words = words
        self._maker = RowMaker(words, self)
        seen, show_elsewhere, load = actions
        page = self.widget()
        assert page is not None
        self.changes = ChangesCard(look, seen, page)
        self.card = StopCard(look, page)
        self.end = AllDoneCard(look, page)
        self.list = StopList(look, page)
        self.main.addWidget(self.changes)
        self.main.addWidget(self.card)
        self.main.addWidget(self.end)
        self.main.addWidget(self.list, 1)
        self.panel = TodaySide(look, words, show_elsewhere, load, page)
        self.side.addWidget(self.panel, 1)
        self.turned.connect(self._turn)
        self.list.focused.connect(lambda _: self._ring())
        self._chosen = ""
        self._known: _Known | None = None
        self._turn()

    def _turn(self) -> None:
        if hasattr(self, "list"):
            self.list.show_all_rows(self.in_one_column)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        narrow = event.size().width() < _NARROW
        self._side_px = self._compact_px if narrow else SIDE  # else main and side share too little
        super().resizeEvent(event)

    def show_run(self, view: RunView, chosen: str, now: datetime) -> None:
        """`chosen` is a stop's id, or "" for the next one."""
        now = now.replace(second=0, microsecond=0)  # words tell minutes
        another = chosen != self._chosen or self.list.moving
        self._chosen = chosen
        waiting = to_do(view)
        if self._known is None or self._known.view is not view or self._known.at != now:
            self._known = self._work_out(view, now)
            self.changes.show_changes([self._words.change(view, one) for one in view.changes])
            self.card.setVisible(bool(waiting))
            self.end.setVisible(not waiting)
            if waiting:
                self.card.show_stop(self.card_facts(view, waiting[0], now))
            else:
                self.end.show_end(view)
            self.list.setVisible(len(waiting) > 1 or len(waiting) < len(view.stops))
            self.panel.show_run(view, now)
        sign = self._words.sign(view.stops)
        title = self.tr("Cash, {sign}").format(sign=sign) if sign else self.tr("Cash")
        self.list.show_rows(self._known.rows(chosen), chosen, title)
        self._ring()
        if another:
            self._show_chosen()

    def _work_out(self, view: RunView, now: datetime) -> _Known:
        make, finished = self._maker, done(view)
        return _Known(
            view,
            now,
            (
                *(make.stop_row(stop, now) for stop in to_do(view)[1:]),
                *(make.sunk_row(stop, now) for stop in skipped(view)),
            ),
            tuple(make.sunk_row(stop, now) for stop in finished),
            make.done_line(finished, self._reads(view), now) if len(finished) > 1 else None,
        )

    def _reads(self, view: RunView) -> str:
        if not view.reads:
            return ""
        if view.reads == view.reads_first_try:
            one, more = self.tr("1 read, first try"), self.tr("{n} reads, first try")
            return one if view.reads == 1 else more.format(n=formats.number(view.reads))
        return self.tr("{n} reads, {first} at the first try").format(
            n=formats.number(view.reads), first=formats.number(view.reads_first_try)
        )

    def card_facts(self, view: RunView, stop: StopView, now: datetime) -> CardFacts:
        words = self._words
        window = words.window(stop, now)
        age = words.figures_age(stop.machines, now)
        sold_out = stop.urgency.sold_out
        unknown = all(machine.stock is None for machine in stop.machines)
        if sold_out:
            count = formats.number(sold_out)
            one, more = self.tr("1 slot"), self.tr("{n} slots")
            slots = CardFact(
                self.tr("Sold out"),
                one if sold_out == 1 else more.format(n=count),
                icon="alert",
                tone=Tone.CRITICAL,
                source=Source.CALCULATED,
                age=age,
            )
        else:
            none = self.tr("not known") if unknown else self.tr("none")
            slots = CardFact(self.tr("Sold out"), none, source=Source.CALCULATED, age=age)
        days = stop.urgency.days_left
        facts = (
            CardFact(window.label, window.value, window.detail, tone=window.tone),
            slots,
            CardFact(
                self.tr("Lowest core slot"),
                words.days(days) if days is not None else self.tr("not known"),
                source=Source.CALCULATED,
                age=age,
            ),
            CardFact(
                self.tr("Cash due"),
                words.cash(stop) if stop.urgency.cash_due is not None else self.tr("not known"),
                source=Source.CALCULATED,
                age=age,
            ),
        )
        there = stop.state == "arrived"
        return CardFacts(
            self.tr("Here") if there else self.tr("Next"),
            formats.number(stop.number),
            self.tr("of {n}").format(n=formats.number(len(view.stops))),
            stop.name,
            (TagKind.CURRENT, self.tr("Must do")) if stop.must_do else None,
            tuple(words.access(stop)),
            facts,
            tuple(words.machine(machine) for machine in stop.machines),
        )

    def _ring(self) -> None:
        self.card.set_ring(chosen=not self._chosen, focused=self.list.hasFocus())

    def _show_chosen(self) -> None:
        """Where the page scrolls, what was just chosen is scrolled to."""
        top, high = self.card.y(), 0
        if self._chosen:
            rect = self.list.place_in_page(self._chosen).intersected(self.list.rect())
            top, high = self.list.y() + rect.top(), rect.height()
        self.ensureVisible(0, top + high, 0, _AROUND)
        self.ensureVisible(0, top, 0, _AROUND)
