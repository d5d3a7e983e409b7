"""The cash of a read: what should be in the bag, where the cash went, how people paid."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.records import TotalLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_rows import PaymentRow
from cvd_desktop.ui.read_shown import NOTHING, ReadShown, count
from cvd_desktop.ui.screens.read_part import (
    LEAST_ROWS,
    PartWords,
    ReadPart,
    card_heading,
    edge_card,
)
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_table import FactTable
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

SIDE = 420
ACCOUNT_LEAST = 440  # px at text scale 1 of an account beside another
NOTES = 6  # reasons that are told; more help nobody


class CashPage(ReadPart):
    """Bag and account at the left, payments, tubes and all totals at the right."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent, SIDE)
        self._marks: list[SourceMark] = []
        self._pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pair.setSpacing(look.theme.space.m)
        self.main.addLayout(self._pair)
        self.main.addStretch(1)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(look.theme.space.m)
            self._pair.addLayout(column, 1)
        self._build_expected(look, left)
        left.addStretch(1)
        self.went_card, self.went_words, self.went, self.went_reasons = self._build_account(
            look, right, self.tr("Where the cash went")
        )
        self.earned_card, self.earned_words, self.earned, self.earned_reasons = self._build_account(
            look, right, self.tr("What the cash was for")
        )
        right.addStretch(1)
        self._build_payments(look)
        self._build_tubes(look)
        self._build_totals(look)

    def _build_expected(self, look: Look, column: QVBoxLayout) -> None:
        space = look.theme.space
        card = edge_card(look, self.widget(), strong=True)
        column.addWidget(card)
        heading = self.tr("Cash expected in the bag")
        self.expected_mark = SourceMark(look, Source.CALCULATED)
        card_heading(card, look, heading).addWidget(self.expected_mark)
        words = QVBoxLayout()
        words.setContentsMargins(space.l, 0, space.l, space.m)
        words.setSpacing(space.xs)
        self.expected = TextLabel(look, "", "figure")
        self.since = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.proved = NoteLine(look)
        words.addWidget(self.expected)
        words.addWidget(self.since)
        words.addWidget(self.proved)
        self.missing = [NoteLine(look) for _ in range(NOTES)]
        for note in self.missing:
            words.addWidget(note)
        card.body.addLayout(words)
        self.expected_terms = self.fact_table(card, heading, most=9)

    def _build_account(
        self, look: Look, column: QVBoxLayout, heading: str
    ) -> tuple[Card, TextLabel, FactTable, list[NoteLine]]:
        """A card with an account: its lead, its terms, the reasons of what is left over."""
        space = look.theme.space
        card = edge_card(look, self.widget())
        column.addWidget(card)
        mark = SourceMark(look, Source.DEVICE)
        self._marks.append(mark)
        card_heading(card, look, heading).addWidget(mark)
        lead = QVBoxLayout()
        lead.setContentsMargins(space.l, 0, space.l, space.s)
        words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        lead.addWidget(words)
        card.body.addLayout(lead)
        table = self.fact_table(card, heading, most=12)
        reasons = [NoteLine(look) for _ in range(NOTES)]
        foot = QVBoxLayout()
        foot.setContentsMargins(space.l, 0, space.l, 0)
        foot.setSpacing(space.xs)
        for note in reasons:
            note.setContentsMargins(0, space.s, 0, space.s)
            foot.addWidget(note)
        card.body.addLayout(foot)
        return card, words, table, reasons

    def _build_payments(self, look: Look) -> None:
        space = look.theme.space
        card = edge_card(look, self.widget())
        self.side.addWidget(card)
        self.payment_card = card
        mark = SourceMark(look, Source.DEVICE)
        self._marks.append(mark)
        card_heading(card, look, self.tr("Paid by")).addWidget(mark)
        self.payments: TableModel[PaymentRow] = TableModel(
            (
                Column("name", self.tr("Paid by"), lambda row: row.name, fit=Fit.REST),
                Column("units", self.tr("Vends"), lambda row: count(row.units), right=True),
                Column(
                    "value",
                    self.tr("Value"),
                    lambda row: self._plain(row.value),
                    right=True,
                    face=Face.STRONG,
                ),
                Column("note", "", self._payment_note),
            ),
            key=lambda row: row.device,
            parent=self,
        )
        self.payment_table = self.side_table(
            card, self.payments, self.tr("Paid by"), look.theme.control.dense_row
        )
        self.payment_table.keep_height(1, 4)
        self.proves(self.payment_table, self._payment_proof)
        foot = QHBoxLayout()
        foot.setContentsMargins(space.l, space.s, space.l, space.m)
        self.payment_words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        foot.addWidget(self.payment_words)
        card.body.addLayout(foot)

    def _build_tubes(self, look: Look) -> None:
        card = edge_card(look, self.widget())
        self.side.addWidget(card)
        self.tube_card = card
        heading = self.tr("Change in the machine")
        mark = SourceMark(look, Source.DEVICE)
        self._marks.append(mark)
        card_heading(card, look, heading).addWidget(mark)
        self.tubes = self.fact_table(card, heading, most=4)

    def _build_totals(self, look: Look) -> None:
        card = edge_card(look, self.widget())
        self.side.addWidget(card, 1)
        mark = SourceMark(look, Source.DEVICE)
        self._marks.append(mark)
        card_heading(card, look, self.tr("All totals")).addWidget(mark)
        self.totals: TableModel[TotalLine] = TableModel(
            (
                Column("name", self.tr("Total"), self._total_name, fit=Fit.REST),
                Column("moved", self.tr("Moved"), self._moved, right=True, tone=Tone.MUTED),
                Column("value", self.tr("Value"), self._total, right=True, face=Face.STRONG),
            ),
            key=lambda line: line.code,
            parent=self,
        )
        self.total_table = self.side_table(
            card, self.totals, self.tr("All totals"), look.theme.control.row
        )
        self.total_table.keep_height(LEAST_ROWS - 1)
        self.proves(self.total_table, self._total_proof)
        self.no_totals = TextLabel(
            look, self.tr("The machine sends no totals."), "dense", Tone.MUTED, wrap=True
        )
        space = look.theme.space
        self.no_totals.setContentsMargins(space.l, 0, space.l, space.m)
        self.no_totals.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(self.no_totals)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Bag and accounts side by side where both have room for their lines."""
        super().resizeEvent(event)
        room = self.width() - (0 if self.in_one_column else SIDE)
        wide = room >= self._look.theme.text_px(2 * ACCOUNT_LEAST)
        self._pair.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    # showing

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        self.expected_mark.show_source(Source.CALCULATED, shown.age())
        for mark in self._marks:
            mark.show_source(Source.DEVICE, shown.age())
        self._show_expected(shown)
        self._show_account(shown)
        self._show_payments(shown)
        tubes = self.words.rows.tube_rows(shown)
        self.tubes.show_facts(tubes)
        self.tube_card.setVisible(bool(tubes))
        self.totals.set_rows(in_order(shown.detail.totals))
        self.total_table.setVisible(bool(shown.detail.totals))
        self.no_totals.setVisible(not shown.detail.totals)

    def _show_expected(self, shown: ReadShown) -> None:
        expected = shown.detail.cash_expected
        rows = self.words.rows
        known = expected is not None and expected.amount is not None
        self.expected.set_role("figure" if known else "title")
        self.expected.setText(self.words.facts.expected(shown))
        self.since.setText(self.words.facts.collected(shown))
        missing = rows.reason_words(shown, expected.missing) if expected is not None else ()
        if expected is None:
            self.proved.show_note(
                TagKind.UNKNOWN,
                self.tr("A read for a collect begins the count; the next read tells the amount."),
            )
        elif not missing:
            self.proved.show_note(TagKind.GOOD, self.tr("Nothing is missing for a proof."))
        elif known:
            self.proved.show_note(
                TagKind.UNKNOWN, self.tr("As far as the machine says it. For a proof is missing:")
            )
        else:
            self.proved.show_note(TagKind.WARNING, self.tr("For a proof is missing:"))
        _show_notes(self.missing, missing, TagKind.NEED)
        self.expected_terms.show_facts(
            rows.term_rows(shown, expected.terms if expected is not None else ())
        )

    def _show_account(self, shown: ReadShown) -> None:
        account, rows = shown.detail.cash, self.words.rows
        self.went.show_facts(rows.account_rows(shown))
        earned = rows.earned_rows(shown)
        self.earned.show_facts(earned)
        self.earned_card.setVisible(bool(earned))
        went_reasons = rows.reason_words(shown, account.reasons if account else ())
        earned_reasons = rows.reason_words(shown, account.earned_reasons if account else ())
        _show_notes(self.went_reasons, went_reasons, TagKind.INFO)
        _show_notes(self.earned_reasons, earned_reasons, TagKind.INFO)
        since = self.tr("Since {moment}").format(moment=shown.since(shown.detail.previous_at))
        self.earned_words.setText(since)
        interval = shown.detail.interval
        if account is not None:
            self.went_words.setText(since)
        elif interval is not None and interval.trusted:
            self.went_words.setText(self.tr("The machine does not say what cash it took."))
        else:
            self.went_words.setText(self.words.facts.moves(shown)[1])

    def _show_payments(self, shown: ReadShown) -> None:
        rows = self.words.rows.payment_rows(shown)
        self.payments.set_rows(rows)
        self.payment_table.setVisible(bool(rows))
        if not rows:
            words = self.tr("The machine does not say how people paid.")
        elif shown.detail.interval is None:
            words = self.tr("Since the start: there is no read before to compare with.")
        else:
            words = self.tr("Since {moment}").format(moment=shown.since(shown.detail.previous_at))
        self.payment_words.setText(words)

    # cells

    def _plain(self, value: int | None) -> str:
        return self.shown.amounts.plain(value) if self.shown is not None else NOTHING

    def _payment_note(self, row: PaymentRow) -> Cell:
        if row.word:
            return Cell(row.word, mark=row.mark)
        if row.mixed:
            return Cell(self.tr("{n} mixed").format(n=formats.number(row.mixed)), Tone.MUTED)
        return Cell("")

    def _total_name(self, line: TotalLine) -> Cell:
        name, detail = self.words.read.total(line)
        return Cell(name, detail=detail, wrap=True)

    def _total(self, line: TotalLine) -> str:
        return self._plain(line.value) if line.money else formats.number(line.value)

    def _moved(self, line: TotalLine) -> str:
        interval = self.shown.detail.interval if self.shown is not None else None
        moved = interval.amount(line.code) if interval is not None else None
        if moved is None:
            return ""
        return self._plain(moved) if line.money else formats.number(moved)

    # proof

    def _payment_proof(self, row: PaymentRow) -> Proof | None:
        if self.shown is None:
            return None
        words = self.tr("{n} vends, {value}").format(
            n=count(row.units), value=self.shown.amounts.full(row.value)
        )
        return self.shown.proof_of(row.name, words, row.elements)

    def _total_proof(self, line: TotalLine) -> Proof | None:
        if self.shown is None:
            return None
        words = f"{line.name}: {self._total(line)}"
        return self.shown.proof_of(line.code, words, (line.code,))


def in_order(totals: tuple[TotalLine, ...]) -> list[TotalLine]:
    """Sales first, then cash, cards, tokens, the rest; within them as the machine sent them."""
    order = {kind: n for n, kind in enumerate(("VA", "CA", "BA", "DA", "DB", "TA"))}
    return sorted(totals, key=lambda line: order.get(line.code[:2], len(order)))


def _show_notes(lines: list[NoteLine], words: tuple[str, ...], kind: TagKind) -> None:
    for n, line in enumerate(lines):
        line.show_note(kind, words[n] if n < len(words) else "")
