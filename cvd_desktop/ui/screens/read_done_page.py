"""The Read screen after a read: verdict, selections, price audit, totals, events."""

from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cvd_desktop.domain.records import ReadDetail, SelectionLine, TotalLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import (
    EventGroup,
    Priced,
    by_sales,
    by_slot,
    element_lines,
    event_lines,
    group_events,
    price_audit,
    priced,
    question_lines,
    selection_lines,
    sold_totals,
)
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.table_view import TableView, TotalsRow
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_desktop.ui.widgets.verdict_list import VerdictList

R = TypeVar("R")

SIDE = 356
SIDE_COMPACT = 320
NOTHING = "·"  # where a figure is not known: never a zero
LEAST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Proof:
    """What a figure or an answer rests on: the line numbers of the raw file that say it."""

    heading: str
    words: str = ""
    lines: tuple[int, ...] = ()
    who: str = ""
    in_trace: bool = False


class DonePage(TwoColumns):
    """Every row and every figure opens the lines of the raw file that say it."""

    proof_wanted = Signal(object)
    """The `Proof` of a question or a figure that a person opened."""

    def __init__(self, look: Look, messages: Messages, words: ReadWords, parent: QWidget) -> None:
        super().__init__(look, SIDE, SIDE_COMPACT, parent)
        self._messages = messages
        self._words = words
        self._detail: ReadDetail | None = None
        self._in_slot_order = False
        self._build_main(look)
        self._build_side(look)
        self.turned.connect(self._keep_rows)
        self._keep_rows()

    # building

    def _build_main(self, look: Look) -> None:
        space = look.theme.space
        verdict = Card(look, strong=True)
        self.main.addWidget(verdict)
        verdict.body.setContentsMargins(space.s, space.s, space.s, space.xs)
        verdict.body.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(space.m)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.state = TagBox(look, boxed=False)
        self.at = TextLabel(look, "", "dense", Tone.MUTED)
        head.setContentsMargins(space.s, 0, space.s, 0)
        head.addWidget(self.title, 1)
        head.addWidget(self.state)
        head.addWidget(self.at)
        verdict.body.addLayout(head)
        self.verdict = VerdictList(look)
        self.verdict.opened.connect(self._open_question)
        verdict.body.addWidget(self.verdict)
        table = Card(look, padding=1)
        self.main.addWidget(table, 1)
        table.body.setSpacing(0)
        self.selections = TableModel(
            self._selection_columns(), key=lambda line: (line.selection, line.slot), parent=self
        )
        self.table = TableView(
            look,
            self.selections,
            self.tr("Selections"),
            look.theme.control.dense_row,
            enter_opens=True,
        )
        self.table.keep_height(LEAST_ROWS)
        self.table.opened.connect(self._open_selection)
        self.sums = TotalsRow(look, self.table, look.theme.control.dense_row + 4)
        self.no_selections = TextLabel(
            look,
            self.tr("This file tells of no selection: the machine counts only in total."),
            "body",
            Tone.MUTED,
            wrap=True,
        )
        self.no_selections.setContentsMargins(space.l, space.l, space.l, space.l)
        table.body.addWidget(self.no_selections)
        table.body.addWidget(self.table, 1)
        table.body.addWidget(self.sums)

    def _selection_columns(self) -> tuple[Column[SelectionLine], ...]:
        return (
            Column("slot", self.tr("Slot"), self._slot, face=Face.LABEL),
            Column("selection", self.tr("Sel"), lambda n: n.selection, tone=Tone.MUTED),
            Column(
                "product",
                self.tr("Product"),
                lambda n: n.product or NOTHING,
                fit=Fit.REST,
                least=160,
            ),
            Column(
                "before",
                self.tr("Meter before"),
                lambda n: _count(n.sold_before),
                right=True,
                rank=3,
                tone=Tone.MUTED,
            ),
            Column("now", self.tr("Meter now"), lambda n: _count(n.sold_now), right=True, rank=2),
            Column("sold", self.tr("Sold"), self._sold, right=True),
            Column("value", self._value_title(), lambda n: self._money(n.value), right=True),
            Column("planned", self.tr("Plan"), self._planned, right=True, rank=4, tone=Tone.MUTED),
            Column("price", self.tr("Price"), self._price, right=True, rank=1),
        )

    def _build_side(self, look: Look) -> None:
        space = look.theme.space
        audit = Card(look, padding=1)
        self.side.addWidget(audit)
        _heading(audit, look, self.tr("Price audit")).addWidget(SourceMark(look, Source.DEVICE))
        self.audit = CountLine(look)
        self.no_audit = TextLabel(
            look,
            self.tr("No planogram of this machine is on this laptop, so there is no price plan."),
            "dense",
            Tone.MUTED,
            wrap=True,
        )
        words = QVBoxLayout()
        words.setContentsMargins(space.l, 0, space.l, space.xs)
        words.addWidget(self.audit)
        words.addWidget(self.no_audit)
        audit.body.addLayout(words)
        self.differ = TableModel(
            self._differ_columns(), key=lambda line: line.selection, parent=self
        )
        self.differ_table = _side_table(look, self.differ, self.tr("Prices that differ"))
        self.differ_table.keep_height(1, 3)
        self.differ_table.opened.connect(self._open_differ)
        audit.body.addWidget(self.differ_table)

        totals = Card(look, padding=1)
        self.side.addWidget(totals, 3)
        _heading(totals, look, self.tr("Totals")).addWidget(SourceMark(look, Source.DEVICE))
        self.totals = TableModel(self._total_columns(), key=lambda line: line.code, parent=self)
        row = look.theme.control.row
        self.totals_table = _side_table(look, self.totals, self.tr("Totals"), row)
        self.totals_table.opened.connect(self._open_total)
        totals.body.addWidget(self.totals_table, 1)

        events = Card(look, padding=1)
        self.side.addWidget(events, 2)
        _heading(events, look, self.tr("Events")).addWidget(SourceMark(look, Source.DEVICE))
        self.no_events = TextLabel(
            look, self.tr("The machine tells of no event."), "dense", Tone.MUTED, wrap=True
        )
        self.no_events.setContentsMargins(space.l, 0, space.l, space.m)
        self.events = TableModel(self._event_columns(), key=lambda line: line.code, parent=self)
        self.events_table = _side_table(look, self.events, self.tr("Events"), row)
        self.events_table.opened.connect(self._open_event)
        events.body.addWidget(self.no_events)
        events.body.addWidget(self.events_table, 1)

    def _keep_rows(self) -> None:
        """Where the page scrolls as a whole, its lists show more at a time."""
        alone = self.in_one_column
        self.totals_table.keep_height(LEAST_ROWS if alone else 2)
        self.events_table.keep_height(3 if alone else 2)

    def _differ_columns(self) -> tuple[Column[SelectionLine], ...]:
        return (
            Column("slot", self.tr("Slot"), self._slot, face=Face.LABEL),
            Column("product", self.tr("Product"), lambda n: n.product or NOTHING, fit=Fit.REST),
            Column("planned", self.tr("Plan"), lambda n: self._money(n.planned_price), right=True),
            Column("price", self.tr("Machine"), self._price, right=True),
        )

    def _total_columns(self) -> tuple[Column[TotalLine], ...]:
        return (
            Column("name", self.tr("Total"), self._total_name, fit=Fit.REST),
            Column("value", self.tr("Value"), self._total, right=True, face=Face.STRONG),
        )

    def _event_columns(self) -> tuple[Column[EventGroup], ...]:
        return (
            Column("text", self.tr("Event"), self._event_text, fit=Fit.REST),
            Column("now", "", self._event_now),
        )

    # showing

    def show_detail(self, detail: ReadDetail) -> None:
        self._detail = detail
        words = self._words
        self.title.setText(words.title(detail))
        state = detail.summary.state
        self.state.show_tag(TagKind(state.value), self._messages.state(state))
        self.at.setText(formats.clock_time(detail.summary.at, seconds=True))
        self.verdict.show_rows(words.verdict_rows(detail))
        self._show_selections(detail)
        self._show_audit(detail)
        self.totals.set_rows(detail.totals)
        self.events.set_rows(group_events(detail.events))
        self.events_table.setVisible(bool(detail.events))
        self.no_events.setVisible(not detail.events)

    def detail(self) -> ReadDetail | None:
        return self._detail

    def set_slot_order(self, in_slot_order: bool) -> None:
        """By the order of the door, else most sold first."""
        self._in_slot_order = in_slot_order
        if self._detail is not None:
            self._show_selections(self._detail)

    def _show_selections(self, detail: ReadDetail) -> None:
        order = by_slot if self._in_slot_order else by_sales
        lines = order(detail.selections)
        self.selections.set_rows(lines)
        for widget, shown in (
            (self.table, bool(lines)),
            (self.sums, bool(lines)),
            (self.no_selections, not lines),
        ):
            widget.setVisible(shown)
        sums = sold_totals(lines)
        known = detail.previous_at is not None
        unknown = ""
        if known and sums.unknown:
            unknown = self.tr(", {n} not known").format(n=sums.unknown)
        strong = Face.STRONG
        self.sums.set_cells(
            {
                "slot": Cell(self._words.since(detail) + unknown, face=strong),
                "sold": Cell(formats.number(sums.units) if known else NOTHING, face=Face.FIGURE),
                "value": Cell(
                    self._money(sums.value) if known and sums.value_known else NOTHING,
                    face=Face.FIGURE,
                ),
            }
        )

    def _show_audit(self, detail: ReadDetail) -> None:
        audit = price_audit(detail.selections)
        self.audit.setVisible(audit.possible)
        self.no_audit.setVisible(not audit.possible)
        differ = len(audit.differ)
        self.audit.show_counts(
            (
                Count(audit.match, self.tr("match")),
                Count(differ, self.tr("differ"), Tone.WARNING if differ else Tone.PLAIN),
                Count(audit.missing, self.tr("missing")),
                Count(audit.new, self.tr("new")),
            )
        )
        shown = audit.differ if audit.possible else ()
        self.differ.set_rows(shown)
        self.differ_table.setVisible(bool(shown))

    # cells

    def _value_title(self) -> str:
        return self.tr("Value")

    def _money(self, value: int | None) -> str:
        if value is None or self._detail is None:
            return NOTHING
        return formats.money(value, self._detail.decimals)

    def _slot(self, line: SelectionLine) -> Cell:
        if line.slot is not None:
            return Cell(line.slot, face=Face.LABEL)
        return Cell(NOTHING, Tone.MUTED, face=Face.PLAIN, spoken=self.tr("Slot: in no planogram"))

    def _sold(self, line: SelectionLine) -> Cell:
        if line.sold is None:
            return Cell(NOTHING, Tone.MUTED, spoken=self.tr("Sold: not known"))
        return Cell(formats.number(line.sold), face=Face.STRONG)

    def _planned(self, line: SelectionLine) -> str:
        return self._money(line.planned_price)

    def _price(self, line: SelectionLine) -> Cell:
        """The machine's price; the word beside it where it is not the planned one."""
        kind = priced(line)
        if kind is Priced.DIFFERS:
            return Cell(
                self._money(line.price),
                Tone.WARNING,
                face=Face.STRONG,
                spoken=self.tr("Price of the machine {price} differs").format(
                    price=self._money(line.price)
                ),
            )
        if kind is Priced.MISSING:
            return Cell(self.tr("missing"), Tone.WARNING, face=Face.STRONG)
        return Cell(self._money(line.price))

    def _total(self, line: TotalLine) -> str:
        return self._money(line.value) if line.money else formats.number(line.value)

    def _total_name(self, line: TotalLine) -> Cell:
        name, detail = self._words.total(line)
        return Cell(name, detail=detail, wrap=True)

    def _event_text(self, group: EventGroup) -> Cell:
        if self._detail is None:
            return Cell(group.text)
        text, detail = self._words.event_lines(group, self._detail.summary.at)
        face = Face.STRONG if group.active else Face.PLAIN
        return Cell(text, detail=detail, face=face, wrap=True)

    def _event_now(self, group: EventGroup) -> Cell:
        if not group.active:
            return Cell("")
        return Cell(self.tr("Now"), mark=TagKind.WARNING, face=Face.STRONG)

    # proof

    def _open_question(self, question: str) -> None:
        detail = self._detail
        if detail is None:
            return
        answer = getattr(detail.verdict, question)
        self.proof_wanted.emit(
            Proof(
                self._messages.asked(question),
                self._messages.answer(question, answer),
                question_lines(detail.segments, question),
                who=self._messages.who_acts(answer),
                in_trace=question == "link",
            )
        )

    def _open_selection(self, row: int) -> None:
        self._open_line(self.selections.row(row))

    def _open_differ(self, row: int) -> None:
        self._open_line(self.differ.row(row))

    def _open_line(self, line: SelectionLine | None) -> None:
        if line is None or self._detail is None:
            return
        lines = selection_lines(self._detail.segments, line.selection)
        slot = self.tr("Slot {slot}").format(slot=line.slot) if line.slot else ""
        words = ", ".join(part for part in (slot, line.product) if part)
        heading = self.tr("Selection {n}").format(n=line.selection)
        self.proof_wanted.emit(Proof(heading, words, lines))

    def _open_total(self, row: int) -> None:
        line = self.totals.row(row)
        if line is not None and self._detail is not None:
            lines = element_lines(self._detail.segments, line.code)
            words = f"{line.name}: {self._total(line)}"
            self.proof_wanted.emit(Proof(line.code, words, lines))

    def _open_event(self, row: int) -> None:
        line = self.events.row(row)
        if line is not None and self._detail is not None:
            lines = event_lines(self._detail.segments, line.code)
            self.proof_wanted.emit(Proof(line.code, line.text, lines))


def _count(value: int | None) -> str:
    return NOTHING if value is None else formats.number(value)


def _heading(card: Card, look: Look, text: str) -> QHBoxLayout:
    """The heading of a card whose table goes to its edges."""
    space = look.theme.space
    card.head.setContentsMargins(space.l, space.m, space.l, 0)
    card.set_heading(text)
    return card.head


def _side_table(
    look: Look, model: TableModel[R], name: str, row_px: int | None = None
) -> TableView[R]:
    high = row_px or look.theme.control.dense_row
    view = TableView(look, model, name, high, enter_opens=True)
    view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    return view
