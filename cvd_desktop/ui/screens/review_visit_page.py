"""One visit as it was recorded: line by line, its read, its cash, and what was changed after."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.review_records import AmendmentReview, VisitReview
from cvd_desktop.ui import formats
from cvd_desktop.ui.fill_words import FillWords, day_words
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_shown import NOTHING, Amounts
from cvd_desktop.ui.read_words import VerdictRow
from cvd_desktop.ui.review_words import ReviewWords, amounts_of, figure, proven_of
from cvd_desktop.ui.screens.review_photos import ReviewPhotos
from cvd_desktop.ui.screens.stop_cash_proof import elements_of
from cvd_desktop.ui.screens.stop_expected_card import DifferenceBox
from cvd_desktop.ui.screens.stop_lines import StopLine, StopLines
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source, source_words
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_desktop.ui.widgets.verdict_list import VerdictList
from cvd_shared.cash_facts import CashTerm
from cvd_shared.read_verdict import State
from cvd_shared.visit_facts import slot_of
from cvd_shared.wire_records import VisitedSlot

SIDE = 400
LEAST_ROWS, MOST_ROWS = 3, 60
QUESTIONS = ("link", "transfer", "integrity", "mapping", "plausibility")


class ReviewVisitPage(TwoColumns):
    """`read_opened`: a person wants to see the read (its id)."""

    read_opened = Signal(str)

    def __init__(
        self,
        look: Look,
        words: ReviewWords,
        messages: Messages,
        photos: ReviewPhotos,
        parent: QWidget,
    ) -> None:
        super().__init__(look, SIDE, parent=parent)
        self._words, self._messages = words, messages
        self._reasons = dict(FillWords(messages, self).reasons())
        self.review: VisitReview | None = None
        self.photos = photos
        page = self.widget()
        self._build_lines(look, page)
        self._build_cash(look, page)
        self._build_facts(look, page)
        self.read_card = Card(look, self.tr("Read"), parent=page)
        self.read_line = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.verdict = VerdictList(look)
        self.verdict.opened.connect(self._open_read)
        self.read_card.body.addWidget(self.read_line)
        self.read_card.body.addWidget(self.verdict)
        self.side.addWidget(self.read_card)
        self.side.addWidget(photos)
        self.side.addStretch(1)
        FocusFollower(self)

    def _build_lines(self, look: Look, page: QWidget | None) -> None:
        card = Card(look, padding=1, parent=page)
        card.body.setSpacing(0)
        space = look.theme.space
        self.lines_title = TextLabel(look, "", "head")
        self.lines_title.setContentsMargins(space.l, space.m, space.l, space.s)
        self.lines: TableModel[VisitedSlot] = TableModel(self._columns(), slot_of, self)
        row = look.theme.control.dense_row
        self.table = TableView(look, self.lines, self.tr("Lines of the visit"), row)
        self.table.keep_height(LEAST_ROWS, MOST_ROWS)
        self.no_lines = TextLabel(
            look, self.tr("No slot was recorded at this visit."), "body", Tone.MUTED, wrap=True
        )
        self.no_lines.setContentsMargins(space.l, space.s, space.l, space.l)
        for widget in (self.lines_title, self.table, self.no_lines):
            card.body.addWidget(widget)
        self.main.addWidget(card)
        self.changes = Card(look, self.tr("Changed afterwards"), parent=page)
        self.change_words = TextLabel(look, "", "body", wrap=True)
        self.changes.body.addWidget(self.change_words)
        self.main.addWidget(self.changes)
        self.main.addStretch(1)

    def _build_cash(self, look: Look, page: QWidget | None) -> None:
        self.cash_card = Card(look, self.tr("Cash"), parent=page)
        self.box = DifferenceBox(look)
        self.cash_lines = StopLines(look, self.tr("Cash of the visit"))
        self.cash_reasons = TextLabel(look, "", "dense", wrap=True)
        for widget in (self.box, self.cash_lines, self.cash_reasons):
            self.cash_card.body.addWidget(widget)
        self.side.addWidget(self.cash_card)

    def _build_facts(self, look: Look, page: QWidget | None) -> None:
        card = Card(look, self.tr("Visit"), parent=page)
        self.facts = FactList(look)
        self.note_head = TextLabel(look, "", "bodyStrong")
        self.note = TextLabel(look, "", "body", wrap=True)
        self.checks = TextLabel(look, "", "dense", wrap=True)
        self.flags = NoteLine(look)
        self.tickets = TextLabel(look, "", "dense", wrap=True)
        for widget in (
            self.flags,
            self.facts,
            self.note_head,
            self.note,
            self.checks,
            self.tickets,
        ):
            card.body.addWidget(widget)
        self.side.addWidget(card)

    # showing

    def show_visit(self, review: VisitReview, now: datetime) -> None:
        self.review = review
        count = formats.number(len(review.lines))
        self.lines_title.setText(
            self.tr("1 slot") if len(review.lines) == 1 else self.tr("{n} slots").format(n=count)
        )
        self.lines.set_rows(review.lines)
        self.table.setVisible(bool(review.lines))
        self.no_lines.setVisible(not review.lines)
        self._show_facts(review)
        self._show_cash(review)
        self._show_read(review, now)
        told = [self._amended(review, each, now) for each in review.amendments]
        self.change_words.setText("\n\n".join(told))
        self.changes.setVisible(bool(told))
        self.photos.show_photos(review.photos)

    def _columns(self) -> tuple[Column[VisitedSlot], ...]:
        return (
            Column("slot", self.tr("Slot"), lambda line: line.slot, Face.LABEL),
            Column("product", self.tr("Product"), self._product, fit=Fit.REST, least=110),
            Column("before", self.tr("Before"), self._before, right=True),
            Column("counted", self.tr("Counted"), self._counted, right=True, optional=True),
            Column("removed", self.tr("Out"), self._removed, right=True, optional=True),
            Column("spoiled", self.tr("Spoiled"), self._spoiled, optional=True),
            Column("filled", self.tr("Filled"), lambda e: figure(e.filled), right=True),
            Column("after", self.tr("After"), lambda e: figure(e.after), Face.STRONG, right=True),
            Column("price", self.tr("Price"), self._price, right=True, rank=2, optional=True),
            Column("differs", self.tr("Price differs"), self._differs, rank=1, optional=True),
            Column("expiry", self.tr("Best before"), self._expiry, rank=3, optional=True),
        )

    def _name(self, product_id: str | None) -> str:
        if product_id is None:
            return ""
        known = self.review.products if self.review else {}
        return known.get(product_id, self.tr("unknown product"))

    def _product(self, line: VisitedSlot) -> str:
        now = self._name(line.product_id)
        if line.was_product_id is None or line.was_product_id == line.product_id:
            return now
        words = self.tr("{new}, was {old}")
        return words.format(new=now or self.tr("empty"), old=self._name(line.was_product_id))

    def _before(self, line: VisitedSlot) -> Cell:
        if line.before is None:
            return Cell(NOTHING)
        source = Source(line.before_source) if line.before_source else None
        value = formats.number(line.before)
        spoken = ", ".join((value, source_words(source))) if source else value
        return Cell(value, source=source, spoken=f"{self.tr('Before')} {spoken}")

    def _counted(self, line: VisitedSlot) -> Cell:
        if line.counted is None:
            return Cell("")
        return Cell(formats.number(line.counted), source=Source.MANUAL)

    def _removed(self, line: VisitedSlot) -> str:
        return formats.number(line.removed) if line.removed else ""

    def _spoiled(self, line: VisitedSlot) -> str:
        return ", ".join(
            f"{formats.number(each.units)} {self._reasons.get(each.reason, each.reason)}"
            for each in line.spoiled or ()
        )

    def _price(self, line: VisitedSlot) -> str:
        return self._money().plain(line.price) if line.price is not None else ""

    def _differs(self, line: VisitedSlot) -> Cell:
        planned = self.review.planned.get(slot_of(line)) if self.review else None
        if planned is None or line.price is None or planned == line.price:
            return Cell("")
        words = self.tr("plan {planned}").format(planned=self._money().plain(planned))
        return Cell(words, mark=TagKind.WARNING)

    def _expiry(self, line: VisitedSlot) -> str:
        return day_words(line.expiry) if line.expiry else ""

    def _money(self) -> Amounts:
        return amounts_of(self.review.machine if self.review else None)

    # cards

    def _show_facts(self, review: VisitReview) -> None:
        visit = review.visit
        begin, end = from_wire(visit.arrived_at), from_wire(visit.finished_at)
        facts = [
            (self.tr("Driver"), visit.actor_name or NOTHING),
            (self.tr("Day"), formats.day(begin)),
            (self.tr("Time"), self._words.span(begin, end)),
            (self.tr("Filled"), formats.number(review.filled)),
        ]
        if review.route_number:
            facts.insert(1, (self.tr("Route"), review.route_number))
        if visit.tasks:
            facts.append(
                (self.tr("Asked for"), ", ".join(map(self._words.stops.task, visit.tasks)))
            )
        if visit.no_read:
            facts.append((self.tr("No read"), self._words.stops.no_read(visit.no_read)))
        if visit.no_collect:
            facts.append((self.tr("No collect"), self._words.stops.no_collect(visit.no_collect)))
        if visit.answer:
            facts.append((self.tr("Answer"), visit.answer))
        if visit.signature is not None:
            facts.append((self.tr("Signed by"), visit.signature.name))
        self.facts.show_lines(facts)
        note = f"\N{LEFT DOUBLE QUOTATION MARK}{visit.note}\N{RIGHT DOUBLE QUOTATION MARK}"
        _say(self.note_head, self._words.wrote(visit.actor_name) if visit.note else "")
        _say(self.note, note if visit.note else "")
        done, left = self.tr("Done"), self.tr("Not done")
        checks = [f"{done if each.done else left}: {each.text}" for each in visit.checks]
        _say(self.checks, "\n".join(checks))
        flags = ". ".join(map(self._words.flag, visit.flags))
        self.flags.show_note(TagKind.ALERT, flags)
        _say(self.tickets, self._words.tickets(review.tickets))

    def _show_cash(self, review: VisitReview) -> None:
        cash = review.cash
        self.cash_card.setVisible(cash is not None)
        if cash is None:
            return
        money = self._money()
        state = proven_of(review)
        amount = review.over_short.amount if review.over_short else None
        figure_words = "" if amount is None else money.signed(amount)
        self.box.show_state(state, figure_words)
        terms = review.expected.terms if review.expected else ()
        lines = [self._term(term, money) for term in terms]
        lines += self._words.figures(review)
        recorded = (
            (self.tr("Refunds"), cash.refunds or None),
            (self.tr("Test vends"), cash.test_vends or None),
            (self.tr("Changer refill"), cash.changer_refill or None),
            (self.tr("Float left"), cash.float_left),
        )
        lines.append(StopLine(self.tr("Bag"), cash.bag, Source.MANUAL))
        lines += [
            StopLine(name, money.plain(value), Source.MANUAL)
            for name, value in recorded
            if value is not None
        ]
        self.cash_lines.show_lines(lines)
        _say(self.cash_reasons, "\n".join(self._words.reasons(review)))

    def _term(self, term: CashTerm, money: Amounts) -> StopLine:
        words = self._messages.fact("cash_term", term.code)
        value = money.plain(term.amount) if term.amount is not None else NOTHING
        source = Source.MANUAL if term.by_hand else Source.DEVICE
        return StopLine(words[:1].upper() + words[1:], value, source, "", elements_of(term))

    def _show_read(self, review: VisitReview, now: datetime) -> None:
        read = review.read
        self.verdict.setVisible(read is not None)
        if read is None:
            there = review.visit.read_id is not None
            words = self.tr("The read is not on this laptop yet.") if there else ""
            self.read_line.setText(words or self.tr("The machine was not read at this visit."))
            return
        when = formats.moment_beside(from_wire(read.at), now)
        parts = (when, formats.size(read.size), read.actor_name)
        self.read_line.setText(", ".join(part for part in parts if part))
        self.verdict.show_rows([self._verdict_row(question, review) for question in QUESTIONS])

    def _verdict_row(self, question: str, review: VisitReview) -> VerdictRow:
        assert review.read is not None
        state = State(getattr(review.read.verdict, question))
        word = {
            State.OK: self.tr("Right"),
            State.WARNING: self.tr("Open"),
            State.FAILED: self.tr("Wrong"),
            State.UNKNOWN: self.tr("Not known"),
        }[state]
        say = self._messages
        return VerdictRow(question, state, say.question(question), say.asked(question), word)

    def _open_read(self, question: str) -> None:
        del question
        if self.review is not None and self.review.read is not None:
            self.read_opened.emit(self.review.read.id)

    # amendments

    def _amended(self, review: VisitReview, each: AmendmentReview, now: datetime) -> str:
        """When, who and why; then line by line what stood there and what stands there now."""
        amendment, money = each.amendment, amounts_of(review.machine)
        when = formats.moment_beside(from_wire(amendment.at), now)
        head = ", ".join(part for part in (when, amendment.by) if part)
        told = [f"{head}: {amendment.reason}" if amendment.reason else head]
        for before, after in each.lines:
            told.append(
                self.tr("{slot}: {before} before, now {after}").format(
                    slot=after.slot, before=self._figures(before), after=self._figures(after)
                )
            )
        if each.cash_after is not None:
            was = each.cash_before
            told.append(
                self.tr("Cash: {before} before, now {after}").format(
                    before=money.full(was.counted) if was else self.tr("nothing"),
                    after=money.full(each.cash_after.counted),
                )
            )
        if amendment.note:
            told.append(amendment.note)
        return "\n".join(told)

    def _figures(self, line: VisitedSlot | None) -> str:
        if line is None:
            return self.tr("nothing")
        words = self.tr("filled {filled}, after {after}")
        told = words.format(filled=figure(line.filled), after=figure(line.after))
        spoiled = self._spoiled(line)
        return f"{told}, {spoiled}" if spoiled else told


def _say(label: TextLabel, words: str | Sequence[str]) -> None:
    """Without words it takes no room."""
    label.setText(str(words))
    label.setVisible(bool(words))
