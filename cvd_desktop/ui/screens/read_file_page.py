"""The raw file of a read: its lines as they came, the ones that prove a figure, what each element
says, what is odd about them; and the trace of the line."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.read_file_words import FileWords, by_severity, said, sorted_counts
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.screens.read_part import PartWords, ReadPart, card_heading, edge_card
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.fact_table import FactTable
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.segment_table import SegmentTable
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel

SIDE = 372
HEX_BYTES = 10  # of a long frame; the raw file has the rest
OUTSIDE_LETTERS = 2000
LEAST_ELEMENTS = 3
LEAST_FINDINGS = 2
LEAST_LINES = 5
ALONE_ROWS = 7  # where the page is one column
TraceRow = tuple[int, float, str, bytes]


class FilePage(ReadPart):
    """Opened by itself it shows the whole file; opened by a figure, the lines that say it."""

    save_wanted = Signal()
    print_wanted = Signal()
    """A person wants the conformance report about this file as a PDF, or on paper."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent, SIDE, 320)
        self._proof = Proof("")
        self.file_words = FileWords(self)
        self.trace_action = self.action("pulse", "T", self._turn_trace, "")
        self.next_action = self.action("arrow-down", "N", self._go_to_next, self.tr("Next line"))
        self.save_action = self.action(
            "load", "Ctrl+S", self.save_wanted.emit, self.tr("Save the report")
        )
        self.print_action = self.action(
            "file", "Ctrl+P", self.print_wanted.emit, self.tr("Print the report")
        )
        self._reports = False
        self._build_file(look)
        self._build_proof(look)
        self._build_elements(look)
        self._build_findings(look)
        self._build_outside(look)
        self._name_trace()
        self._keep_rows()

    def _build_file(self, look: Look) -> None:
        space = look.theme.space
        card = edge_card(look, self.widget())
        self.main.addWidget(card, 1)
        head = QHBoxLayout()
        head.setContentsMargins(space.l, space.s, space.l, space.s)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.facts = TextLabel(look, "", "dense", Tone.MUTED)
        head.addWidget(self.title, 1)
        head.addWidget(self.facts)
        card.body.addLayout(head)
        card.body.addWidget(Hairline(look))
        self.segments = SegmentTable(look)
        self.segments.current_changed.connect(self._show_line)
        self.trace: TableModel[TraceRow] = TableModel(
            self._trace_columns(), key=lambda row: row[0], parent=self
        )
        row = look.theme.control.dense_row
        self.trace_table = TableView(look, self.trace, self.tr("Trace of the line"), row)
        self._stack = QStackedWidget(card)
        self._stack.addWidget(self.segments)
        self._stack.addWidget(self.trace_table)
        self.turned.connect(self._keep_rows)
        card.body.addWidget(self._stack, 1)

    def _keep_rows(self) -> None:
        """In one column the file has a height of its own."""
        rows = ALONE_ROWS if self.in_one_column else LEAST_LINES
        for table in (self.segments, self.trace_table):
            table.keep_height(rows)

    def _trace_columns(self) -> tuple[Column[TraceRow], ...]:
        return (
            Column("at", self.tr("Seconds"), lambda r: formats.decimal(r[1], 3), right=True),
            Column("who", self.tr("Who"), self._who, face=Face.STRONG),
            Column("size", self.tr("Bytes"), lambda r: formats.number(len(r[3])), right=True),
            Column(
                "text",
                self.tr("Said"),
                lambda r: said(r[3]),
                face=Face.MONO,
                fit=Fit.REST,
                least=240,
            ),
            Column("hex", self.tr("Hex"), _hex, face=Face.MONO, tone=Tone.MUTED, rank=1),
        )

    def _who(self, row: TraceRow) -> Cell:
        if row[2] == "R":
            return Cell(self.tr("▶ laptop"), Tone.PLAIN, face=Face.STRONG)
        return Cell(self.tr("◀ machine"), Tone.ACCENT, face=Face.STRONG)

    def _build_proof(self, look: Look) -> None:
        self.proof_card = Card(look, strong=True, parent=self.widget())
        self.proof_card.body.setSpacing(look.theme.space.xs)
        self.side.addWidget(self.proof_card)
        self.proof_heading = self.proof_card.heading
        self.proof_heading.setWordWrap(True)
        self.proof_words = TextLabel(look, "", "dense", wrap=True)
        self.proof_who = TextLabel(look, "", "denseStrong", wrap=True)
        self.proof_lines = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        for label in (self.proof_words, self.proof_who, self.proof_lines):
            self.proof_card.body.addWidget(label)

    def _build_elements(self, look: Look) -> None:
        self.line_card = edge_card(look, self.widget())
        self.side.addWidget(self.line_card, 2)
        card_heading(self.line_card, look, self.tr("This line"))
        self.line_card.heading.setWordWrap(True)
        name = self.tr("Elements of this line")
        self.elements = FactTable(look, name, least=LEAST_ELEMENTS, parent=self.line_card)
        self.line_card.body.addWidget(self.elements, 1)

    def _build_findings(self, look: Look) -> None:
        space = look.theme.space
        self.finding_card = edge_card(look, self.widget())
        self.side.addWidget(self.finding_card, 3)
        card_heading(self.finding_card, look, self.tr("Against the standard"))
        head = QVBoxLayout()
        head.setContentsMargins(space.l, 0, space.l, space.s)
        self.finding_counts = CountLine(look)
        self.no_findings = TextLabel(
            look, self.tr("Nothing about this file is odd."), "dense", Tone.MUTED, wrap=True
        )
        head.addWidget(self.finding_counts)
        head.addWidget(self.no_findings)
        self.finding_card.body.addLayout(head)
        name = self.tr("Findings")
        self.findings = FactTable(look, name, least=LEAST_FINDINGS, parent=self.finding_card)
        self.finding_card.body.addWidget(self.findings, 1)
        self.findings.opened.connect(self._open_finding)
        self.findings.clicked.connect(lambda index: self._open_finding(index.row()))

    def _build_outside(self, look: Look) -> None:
        self.outside_card = Card(look, self.tr("Text around the file"), parent=self.widget())
        self.side.addWidget(self.outside_card)
        self.outside = TextLabel(look, "", "mono", wrap=True)
        self.outside.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.outside_card.body.addWidget(self.outside)
        self.side.addStretch(0)

    def actions_here(self) -> Sequence[QAction]:
        actions = []
        if len(self._proof.lines) > 1 and not self.trace_shown:
            actions.append(self.next_action)
        if self.shown is not None and self.shown.detail.trace:
            actions.append(self.trace_action)
        if self._reports and self.shown is not None and self.shown.detail.segments:
            actions += [self.save_action, self.print_action]
        return actions

    def offer_report(self) -> None:
        """There is somebody who makes the report."""
        self._reports = True

    # showing

    def show_read(self, shown: ReadShown) -> None:
        before = self.shown.detail.segments if self.shown is not None else None
        super().show_read(shown)
        detail = shown.detail
        if detail.segments is not before:
            self.segments.show_segments(detail.segments)
            self.trace.set_rows([(n, *row) for n, row in enumerate(detail.trace)])
            self.show_proof(Proof(""))
            self.segments.go_to(0)
        findings = by_severity(detail.findings)
        self.findings.show_facts(
            [self.file_words.finding_row(n, each) for n, each in enumerate(findings)]
        )
        self.finding_counts.setVisible(bool(findings))
        self.no_findings.setVisible(not findings)
        counted = Counter(each.severity for each in findings)
        self.finding_counts.show_counts(
            [Count(n, self.words.facts.severity(kind, n)) for kind, n in sorted_counts(counted)]
        )
        around = "\n".join(text for text in detail.outside if text.strip())
        self.outside.setText(around[:OUTSIDE_LETTERS])
        self.outside_card.setVisible(bool(around))

    def show_proof(self, proof: Proof) -> None:
        """Mark the lines that prove something, or show the trace where that is the proof."""
        self._proof = proof
        self.segments.mark(proof.lines, proof.elements)
        self.proof_card.setVisible(bool(proof.heading))
        self.proof_card.set_heading(proof.heading)
        self.proof_words.setText(proof.words)
        self.proof_who.setText(proof.who)
        for label in (self.proof_words, self.proof_who):
            label.setVisible(bool(label.text()))
        self.show_trace(proof.in_trace)
        self._show_line()

    def proof_shown(self) -> Proof:
        return self._proof

    def show_trace(self, shown: bool) -> None:
        self._stack.setCurrentWidget(self.trace_table if shown else self.segments)
        self.title.setText(self.tr("Trace of the line") if shown else self.tr("Raw file"))
        self.proof_lines.setText(self._lines_words())
        self.line_card.setVisible(not shown)
        self._show_facts()
        self._name_trace()
        self.changed.emit()

    @property
    def trace_shown(self) -> bool:
        return self._stack.currentWidget() is self.trace_table

    def take_focus(self) -> None:
        table = self.trace_table if self.trace_shown else self.segments
        table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lines_words(self) -> str:
        lines = self._proof.lines
        if self.trace_shown:
            return self.tr("The trace shows every byte that went over the line.")
        if lines and not self.segments.marked():
            words = self.tr("Line {n} is outside the report, in the text around it.")
            return words.format(n=lines[0])
        if len(lines) == 1:
            return self.tr("Line {n} says it.").format(n=lines[0])
        if lines:
            shown = ", ".join(str(n) for n in lines[:6])
            more = self.tr(" and more") if len(lines) > 6 else ""
            return self.tr("Lines {lines} say it.").format(lines=shown + more)
        return self.tr("No line of the file tells of it.")

    def _show_facts(self) -> None:
        """How much there is of what is shown."""
        if self.shown is None:
            return
        detail = self.shown.detail
        if self.trace_shown:
            words = self.tr("{n} lines, {seconds} s").format(
                n=formats.number(len(detail.trace)), seconds=formats.decimal(detail.seconds)
            )
        else:
            words = self.tr("{n} segments, {bytes}").format(
                n=formats.number(len(detail.segments)), bytes=formats.size(len(detail.raw))
            )
        self.facts.setText(words)

    def _show_line(self) -> None:
        """The elements of the current line."""
        row = self.segments.current()
        self.line_card.setVisible(row is not None and not self.trace_shown)
        if row is None or self.shown is None:
            return
        line, text = row
        self.line_card.set_heading(self.file_words.line_name(text))
        segment = text.partition("*")[0].strip()
        proving = self.segments.marks.positions(line, segment)
        self.elements.show_facts(self.file_words.element_rows(self.shown, text, proving))

    def _turn_trace(self) -> None:
        self.show_trace(not self.trace_shown)

    def _name_trace(self) -> None:
        self.trace_action.setText(
            self.tr("Raw file") if self.trace_shown else self.tr("Trace of the line")
        )

    def _go_to_next(self) -> None:
        self.segments.go_to_next()

    def _open_finding(self, row: int) -> None:
        fact = self.findings.rows_model().row(row)
        if fact is not None and fact.proof is not None:
            self.show_proof(fact.proof)


def _hex(row: TraceRow) -> str:
    more = " …" if len(row[3]) > HEX_BYTES else ""
    return row[3][:HEX_BYTES].hex(" ").upper() + more
