"""The exceptions of a day by filter, or the stops and visits of one run, in one card."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.review_records import (
    DayException,
    DayReview,
    RunReview,
    StopReview,
    VisitBrief,
)
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_shown import NOTHING
from cvd_desktop.ui.review_words import (
    FILTERS,
    PROOF_MARKS,
    ReviewWords,
    amounts_of,
    of_filter,
)
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

LEAST_ROWS = 5
STOPS = "stops"
KEYS = {"all": "A", "cash": "C", "machine": "M", "driver": "R", STOPS: "S"}


@dataclass(frozen=True, slots=True)
class StopLine:
    """A visit at a stop, or a stop without any; `first` of a stop says its number and place."""

    stop: StopReview | None
    visit: VisitBrief | None
    first: bool


class ListsCard(Card):
    """What is chosen in it is an exception, or a stop with or without a visit."""

    chosen = Signal()
    opened = Signal()
    """A line was pressed twice, or Enter was pressed on it."""

    def __init__(self, look: Look, words: ReviewWords, parent: QWidget | None) -> None:
        super().__init__(look, padding=1, parent=parent)
        self._words = words
        self._exceptions: tuple[DayException, ...] = ()
        self._run: RunReview | None = None
        space = look.theme.space
        self.body.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(space.l, space.s, space.s, space.s)
        head.setSpacing(space.m)
        self.title = TextLabel(look, "", "head")
        self.strip = ViewStrip(look, self.tr("Which of them"))
        self.strip.chosen.connect(self.show_list)
        head.addWidget(self.title)
        head.addWidget(self.strip, 1)
        self.body.addLayout(head)
        self.exceptions: TableModel[tuple[int, DayException]] = TableModel(
            self._exception_columns(), key=_exception_key, parent=self
        )
        self.stops: TableModel[StopLine] = TableModel(
            self._stop_columns(), key=_stop_key, parent=self
        )
        row = look.theme.control.dense_row
        self.exception_table = TableView(
            look, self.exceptions, self.tr("Exceptions"), row, enter_opens=True
        )
        self.stop_table = TableView(
            look, self.stops, self.tr("Stops and visits"), row, enter_opens=True
        )
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(space.l, space.l, space.l, space.l)
        for table in (self.exception_table, self.stop_table):
            table.keep_height(LEAST_ROWS)
            table.current_changed.connect(self._told)
            table.opened.connect(lambda _row: self.opened.emit())
            self.body.addWidget(table, 1)
        self.body.addWidget(self.empty)
        self.body.addStretch(0)
        self._name_views()

    # what is shown

    def show_day(self, review: DayReview) -> None:
        self._exceptions = review.exceptions
        self._name_views()
        self._fill()

    def show_run(self, run: RunReview | None) -> None:
        """Whose stops stand under `Stops`."""
        self._run = run
        self._name_views()
        if self.strip.current() == STOPS:
            self._fill()

    def show_list(self, name: str) -> None:
        """One of FILTERS, or STOPS."""
        self.strip.show_view(name)
        self._fill()
        self.chosen.emit()

    def go_to_visit(self, visit_id: str) -> None:
        """Choose a visit under `Stops`, where it is."""
        for n in range(self.stops.rowCount()):
            line = self.stops.row(n)
            if line is not None and line.visit is not None and line.visit.visit_id == visit_id:
                self.stop_table.go_to(n)

    def exception(self) -> DayException | None:
        """The one that is chosen."""
        if self.strip.current() == STOPS:
            return None
        found = self.exception_table.current()
        return found[1] if found else None

    def stop_line(self) -> StopLine | None:
        return self.stop_table.current() if self.strip.current() == STOPS else None

    def visit_id(self) -> str | None:
        """Of what is chosen; None where there is no visit behind it."""
        one, line = self.exception(), self.stop_line()
        if one is not None:
            return one.visit_id
        return line.visit.visit_id if line is not None and line.visit is not None else None

    def _told(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit()

    def _name_views(self) -> None:
        views = []
        for name in FILTERS:
            count = formats.number(len(of_filter(self._exceptions, name)))
            words = self.tr("{filter} {n}").format(filter=self._words.filter(name), n=count)
            views.append(View(name, words, KEYS[name]))
        count = formats.number(len(self._run.stops) or len(self._run.visits)) if self._run else ""
        word = f"{self._words.filter(STOPS)} {count}".strip()
        about = self._words.run_name(self._run) if self._run else ""
        views.append(View(STOPS, word, KEYS[STOPS], about=about))
        self.strip.set_views(views)

    def _fill(self) -> None:
        name = self.strip.current()
        stops = name == STOPS
        shown = of_filter(self._exceptions, name) if not stops else []
        if stops:
            self.stops.set_rows(_lines_of(self._run) if self._run else [])
            self.title.setText(self._words.run_name(self._run) if self._run else "")
        else:
            self.exceptions.set_rows(list(enumerate(shown)))
            self.title.setText(self._words.exceptions(len(self._exceptions)))
        table = self.stop_table if stops else self.exception_table
        nothing = table.rows_model().rowCount() == 0
        self.empty.setText(self._nothing(stops=stops) if nothing else "")
        self.empty.setVisible(nothing)
        self.exception_table.setVisible(not stops and not nothing)
        self.stop_table.setVisible(stops and not nothing)
        if not nothing and not table.currentIndex().isValid():
            table.blockSignals(True)
            table.go_to(0)
            table.blockSignals(False)

    def _nothing(self, *, stops: bool) -> str:
        if stops:
            return self.tr("This run has no stops.")
        if self._exceptions:
            return self.tr("None of this kind. The other filters have some.")
        return self.tr("Nothing of this day needs a look.")

    # exceptions

    def _exception_columns(self) -> tuple[Column[tuple[int, DayException]], ...]:
        words = self._words
        return (
            Column("what", self.tr("What"), lambda row: self._what(row[1])),
            Column(
                "machine",
                self.tr("Machine"),
                lambda row: row[1].machine.asset_number if row[1].machine else "",
                Face.LABEL,
            ),
            Column(
                "where",
                self.tr("Where"),
                lambda row: words.where(row[1]),
                fit=Fit.REST,
                least=110,
                rank=2,
                tone=Tone.MUTED,
            ),
            Column("why", self.tr("Why"), lambda row: words.why(row[1]), fit=Fit.REST, least=180),
            Column(
                "at",
                self.tr("At"),
                lambda row: formats.clock_time(row[1].at),
                right=True,
                rank=3,
                tone=Tone.MUTED,
            ),
        )

    def _what(self, one: DayException) -> Cell:
        return Cell(self._words.what(one.kind), mark=self._words.mark(one.kind), face=Face.STRONG)

    # stops

    def _stop_columns(self) -> tuple[Column[StopLine], ...]:
        return (
            Column("number", self.tr("Stop"), self._number, Face.STRONG),
            Column("place", self.tr("Place"), self._place, fit=Fit.REST, least=110),
            Column("state", self.tr("State"), self._stop_state, rank=1),
            Column("machine", self.tr("Machine"), self._asset, Face.LABEL),
            Column("at", self.tr("At"), self._at, rank=3, tone=Tone.MUTED),
            Column("filled", self.tr("Filled"), self._filled, right=True, rank=4),
            Column("over", self.tr("Over/short"), self._over, Face.STRONG, right=True),
            Column("proof", self.tr("Proof"), self._proof, rank=2),
        )

    def _number(self, line: StopLine) -> str:
        return formats.number(line.stop.number) if line.stop and line.first else ""

    def _place(self, line: StopLine) -> str:
        if line.stop is not None:
            return line.stop.name if line.first else ""
        return line.visit.place if line.visit else ""

    def _stop_state(self, line: StopLine) -> Cell:
        stop = line.stop
        if stop is None or not line.first:
            return Cell("")
        detail = self._words.today.skip_reason(stop.reason, stop.note)
        return Cell(
            self._words.stop_state(stop),
            mark=self._words.stop_mark(stop),
            detail=detail if stop.state == "skipped" else "",
        )

    def _asset(self, line: StopLine) -> str:
        machine = line.visit.machine if line.visit else None
        return machine.asset_number if machine else ""

    def _at(self, line: StopLine) -> str:
        if line.visit is not None:
            return self._words.times(line.visit)
        return formats.clock_time(line.stop.at) if line.stop and line.stop.at else ""

    def _filled(self, line: StopLine) -> str:
        return formats.number(line.visit.filled) if line.visit else ""

    def _over(self, line: StopLine) -> str:
        visit = line.visit
        if visit is None or visit.proof == "no_cash":
            return ""
        known = visit.over_short is not None
        return amounts_of(visit.machine).signed(visit.over_short) if known else NOTHING

    def _proof(self, line: StopLine) -> Cell:
        if line.visit is None:
            return Cell("")
        proof = line.visit.proof
        return Cell(self._words.proof(proof), mark=PROOF_MARKS[proof])


def _lines_of(run: RunReview) -> list[StopLine]:
    """Stop by stop with its visits, then the visits at none of them."""
    by_id = {visit.visit_id: visit for visit in run.visits}
    lines = []
    for stop in run.stops:
        visits: Sequence[VisitBrief | None] = [by_id.pop(each) for each in stop.visit_ids]
        lines += [StopLine(stop, visit, n == 0) for n, visit in enumerate(visits or [None])]
    return [*lines, *(StopLine(None, visit, True) for visit in by_id.values())]


def _exception_key(row: tuple[int, DayException]) -> tuple[str, ...]:
    one = row[1]
    said = str(one.values.get("op_id", ""))
    return (one.kind, one.visit_id or "", one.run_id or "", one.at.isoformat(), said)


def _stop_key(line: StopLine) -> tuple[str, str]:
    return (
        line.stop.stop_id if line.stop else "",
        line.visit.visit_id if line.visit else "",
    )
