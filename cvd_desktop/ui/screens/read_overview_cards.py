"""The cards beside the verdict: prices, cash, events; each head opens the page with all of it."""

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from cvd_desktop.ui import formats
from cvd_desktop.ui.read_cells import event_cell, event_proof, now_cell, price_cell
from cvd_desktop.ui.read_events import EventGroup, group_events
from cvd_desktop.ui.read_prices import PriceRow, price_proof, price_rows
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown
from cvd_desktop.ui.screens.read_part import ReadPart
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.open_head import OpenHead
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.top_table import LATER, TopTable
from cvd_shared.price_audit import PriceState

TOP_PRICES = 2
TOP_EVENTS = 1
ALONE_EVENTS = 4  # where the page is one column


class OverviewCard(Card):
    """Head, then a body with the usual margins; lists go to the edges below it."""

    def __init__(
        self, look: Look, page: ReadPart, heading: str, part: str, key: str, source: Source
    ) -> None:
        """`part` is the page that the head opens, `key` the cap shown on it."""
        super().__init__(look, padding=1, parent=page.widget())
        self.page = page
        self.shown: ReadShown | None = None
        space = look.theme.space
        self.body.setSpacing(0)
        self.setAccessibleName(heading)
        self.open_head = OpenHead(look, heading, self.tr("Opens the page"), key, source)
        self.open_head.clicked.connect(lambda: page.part_wanted.emit(part))
        self.body.addWidget(self.open_head)
        self.words = QVBoxLayout()
        self.words.setContentsMargins(space.l, 0, space.l, space.m)
        self.words.setSpacing(space.xs)
        self.body.addLayout(self.words)

    def show_read(self, shown: ReadShown) -> None:
        self.shown = shown
        self.open_head.set_age(shown.age())

    def plain(self, value: int | None) -> str:
        return self.shown.amounts.plain(value) if self.shown is not None else NOTHING


class PricesCard(OverviewCard):
    """Counts of the audit, and the first prices that differ."""

    def __init__(self, look: Look, page: ReadPart) -> None:
        super().__init__(look, page, self.tr("Price audit"), "prices", "P", Source.DEVICE)
        self.counts = CountLine(look)
        self.none = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.words.addWidget(self.counts)
        self.words.addWidget(self.none)
        self.rows: TableModel[PriceRow] = TableModel(
            (
                Column("slot", "", lambda n: n.slot or NOTHING, face=Face.LABEL),
                Column("product", "", lambda n: n.product or NOTHING, fit=Fit.REST),
                Column("planned", "", self._planned, right=True, tone=Tone.MUTED),
                Column("price", "", self._price, right=True),
            ),
            key=lambda row: row.line.selection,
            parent=self,
        )
        row_px = look.theme.control.dense_row
        name = self.tr("Prices that differ")
        self.table = TopTable(look, self.rows, name, row_px, header=False)
        page.proves(self.table, self._proof)
        self.body.addWidget(self.table)

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        audit = shown.detail.audit
        self.counts.setVisible(audit is not None)
        self.none.setVisible(audit is None)
        self.none.setText(
            self.tr("No planogram of this machine is on this laptop, so there is no price plan.")
        )
        differing = 0
        if audit is not None:
            differing = audit.count(PriceState.DIFFERS)
            counts = [
                Count(audit.count(PriceState.MATCH), self.tr("match")),
                Count(differing, self.tr("differ"), Tone.WARNING if differing else Tone.PLAIN),
                Count(audit.count(PriceState.SELECTION_MISSING), self.tr("missing")),
                Count(audit.count(PriceState.UNMAPPED), self.tr("new")),
            ]
            if unknown := audit.count(PriceState.UNKNOWN):
                counts.append(Count(unknown, self.tr("without a price")))
            self.counts.show_counts(counts)
        rows = [row for row in price_rows(shown) if row.line.state is PriceState.DIFFERS]
        self.table.show_top(rows)
        self.table.setVisible(bool(rows))
        most = min(TOP_PRICES, len(rows))
        self.table.keep_height(most, most)

    def _planned(self, row: PriceRow) -> str:
        return self.plain(row.planned)

    def _price(self, row: PriceRow) -> Cell:
        return price_cell(row, self.plain(row.price))

    def _proof(self, row: PriceRow) -> Proof | None:
        if self.shown is None:
            return None
        means = self.page.words.facts.price_state_means(row.line.state)
        return price_proof(self.shown, row, means)


class CashCard(OverviewCard):
    """The one figure that a collecting driver compares the bag with."""

    def __init__(self, look: Look, page: ReadPart) -> None:
        heading = self.tr("Cash expected in the bag")
        super().__init__(look, page, heading, "cash", "C", Source.CALCULATED)
        self.figure = TextLabel(look, "", "figure")
        self.since = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.missing = NoteLine(look)
        for widget in (self.figure, self.since, self.missing):
            self.words.addWidget(widget)

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        words = self.page.words
        expected = shown.detail.cash_expected
        amount = expected.amount if expected is not None else None
        missing: tuple[str, ...] = ()
        if expected is not None and shown.detail.collected_at is not None:
            missing = words.rows.reason_words(shown, expected.missing)
        self.figure.set_role("value" if amount is None else "figure")
        self.figure.setText(words.facts.expected(shown))
        self.since.setText(words.facts.collected(shown))
        more = self.tr(" And {n} more.").format(n=len(missing) - 1) if len(missing) > 1 else ""
        kind = TagKind.WARNING if amount is None else TagKind.UNKNOWN
        self.missing.show_note(kind, missing[0] + more if missing else "")


class EventsCard(OverviewCard):
    """What is so now and what happened since the read before; what another reader did."""

    def __init__(self, look: Look, page: ReadPart) -> None:
        super().__init__(look, page, self.tr("Events"), "events", "E", Source.DEVICE)
        self._older = 0
        self.none = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.words.addWidget(self.none)
        self.words.setContentsMargins(look.theme.space.l, 0, look.theme.space.l, 0)
        self.rows: TableModel[EventGroup] = TableModel(
            (
                Column("text", "", self._text, fit=Fit.REST),
                Column("now", "", lambda group: now_cell(group, self.tr("Now"))),
            ),
            key=lambda group: group.code,
            parent=self,
        )
        row_px = look.theme.control.row
        self.table = TopTable(look, self.rows, self.tr("Events"), row_px, header=False)
        self.table.rest_changed.connect(self._show_rest, LATER)
        page.proves(self.table, self._proof)
        self.body.addWidget(self.table, 1)
        foot = QVBoxLayout()
        space = look.theme.space
        foot.setContentsMargins(space.l, space.s, space.l, space.m)
        self.rest = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.foreign = NoteLine(look)
        foot.addWidget(self.rest)
        foot.addWidget(self.foreign)
        self.body.addLayout(foot)
        self.body.addStretch(0)
        self.set_alone(alone=False)

    def set_alone(self, *, alone: bool) -> None:
        """Where the page is one column the list has a height of its own."""
        vertical = QSizePolicy.Policy.Fixed if alone else QSizePolicy.Policy.Expanding
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)
        self.table.keep_height(ALONE_EVENTS if alone else TOP_EVENTS)

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        detail = shown.detail
        recent = groups = group_events(detail.events, detail.interval)
        if detail.interval is not None and detail.previous_at is not None:
            recent = tuple(group for group in groups if group.active or group.happened)
            words = self.tr("Events since {day}").format(day=formats.day(detail.previous_at))
            self.open_head.set_heading(words)
        else:
            self.open_head.set_heading(self.tr("Events"))
        nothing = self.tr("Nothing happened since the read before.")
        self.none.setText(nothing if groups else self.tr("The machine tells of no event."))
        self.none.setVisible(not recent)
        self.table.setVisible(bool(recent))
        self._older = len(groups) - len(recent)
        self.table.show_top(recent)
        self._show_rest()
        foreign = detail.interval.foreign if detail.interval is not None else None
        self.foreign.show_note(*self.page.words.facts.foreign(foreign, detail.summary.at))

    def _show_rest(self) -> None:
        rest = len(self.table.rest())
        parts = []
        if rest:
            parts.append(self.tr("{n} more").format(n=formats.number(rest)))
        if self._older:
            parts.append(self.tr("{n} from before").format(n=formats.number(self._older)))
        self.rest.setText(", ".join(parts))
        self.rest.setVisible(bool(parts))

    def _text(self, group: EventGroup) -> Cell:
        return event_cell(self.page.words.read, group, self.shown, short=True)

    def _proof(self, group: EventGroup) -> Proof | None:
        return event_proof(group, self.shown) if self.shown is not None else None
