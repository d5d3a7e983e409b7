"""How the last file of a machine keeps to the standard: every finding with its rule and advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import FindingLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_fact_words import MARK_OF_SEVERITY
from cvd_desktop.ui.read_file_words import FileWords, by_severity, sorted_counts
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.screens.machine_part import LEAST_ROWS, ListCard, MachinePart, MachineShown
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel


class FindingsPart(MachinePart):
    """The list at the left; at the right what the current finding means to the maker."""

    report_wanted = Signal(bool)
    """A person wants the report of this file: on paper (True) or as a PDF (False)."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self._file_words = FileWords(self)
        self.pdf_action = self.action(
            "load", "Ctrl+S", lambda: self.report_wanted.emit(False), self.tr("Save the report")
        )
        self.print_action = self.action(
            "file", "Ctrl+P", lambda: self.report_wanted.emit(True), self.tr("Print the report")
        )
        self.findings: TableModel[FindingLine] = TableModel(
            (
                Column("kind", "", self._severity),
                Column("text", self.tr("Finding"), self._text, fit=Fit.REST),
                Column("line", self.tr("Line"), self._line, right=True, tone=Tone.MUTED),
            ),
            key=lambda each: (each.code, each.line, each.message),
            parent=self,
        )
        self.table = TableView(
            look, self.findings, self.tr("Findings"), look.theme.control.row, enter_opens=True
        )
        self.table.keep_height(LEAST_ROWS)
        self.card = ListCard(look, self.table, self.widget())
        self.main.addWidget(self.card, 1)
        self.proves(self.table, self._proof)
        self.table.current_changed.connect(self._show_current)
        self._build_side(look)

    def _build_side(self, look: Look) -> None:
        counts = Card(look, self.tr("Against the standard"), parent=self.widget())
        self.side.addWidget(counts)
        self.counts = CountLine(look)
        self.words_label = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        counts.body.addWidget(self.counts)
        counts.body.addWidget(self.words_label)
        self.detail = Card(look, parent=self.widget())
        self.side.addWidget(self.detail)
        self.detail.heading.setWordWrap(True)
        self.about = TextLabel(look, "", "dense", wrap=True)
        self.advice = TextLabel(look, "", "denseStrong", wrap=True)
        self.detail.body.addWidget(self.about)
        self.detail.body.addWidget(self.advice)
        self.side.addStretch(1)

    def actions_here(self) -> Sequence[QAction]:
        there = self.shown is not None and self.shown.last is not None
        return (self.pdf_action, self.print_action) if there else ()

    def first_focus(self) -> QWidget | None:
        return self.table

    def show_machine(self, shown: MachineShown) -> None:
        super().show_machine(shown)
        last = shown.last
        findings = by_severity(last.detail.findings) if last is not None else []
        self.findings.set_rows(findings)
        self.card.say("" if findings else self._nothing(shown))
        if findings and self.table.current() is None:
            self.table.go_to(0)
        counted = Counter(each.severity for each in findings)
        self.counts.setVisible(bool(findings))
        self.counts.show_counts(
            [Count(n, self.words.facts.severity(kind, n)) for kind, n in sorted_counts(counted)]
        )
        words = self._nothing(shown)
        if last is not None:
            when = formats.moment_beside(last.detail.summary.at, shown.now)
            words = self.tr(
                "Of the file of {when}. No finding rejects a file: they are for who makes or sets "
                "up the machine."
            ).format(when=when)
        self.words_label.setText(words)
        self._show_current()

    def _nothing(self, shown: MachineShown) -> str:
        if shown.trouble:
            return shown.trouble
        if not shown.worked_out:
            return self.tr("Working out the last read of this machine.")
        if shown.last is None:
            return self.tr("No file of this machine is on this laptop.")
        return self.tr("Nothing about this file is odd.")

    def _show_current(self) -> None:
        finding = self.table.current()
        self.detail.setVisible(finding is not None)
        if finding is not None:
            proof = self._file_words.finding_proof(finding)
            self.detail.set_heading(proof.heading)
            self.about.setText(proof.words)
            self.advice.setText(proof.who)
            self.advice.setVisible(bool(proof.who))
        self.changed.emit()

    # cells

    def _severity(self, finding: FindingLine) -> Cell:
        word = self.words.facts.severity(finding.severity, 1)
        return Cell("", mark=MARK_OF_SEVERITY[finding.severity], spoken=word)

    def _text(self, finding: FindingLine) -> Cell:
        face = Face.STRONG if finding.severity == "error" else Face.PLAIN
        return Cell(finding.message, wrap=True, face=face)

    def _line(self, finding: FindingLine) -> str:
        return formats.number(finding.line) if finding.line > 0 else ""

    def _proof(self, finding: FindingLine) -> Proof:
        return self._file_words.finding_proof(finding)
