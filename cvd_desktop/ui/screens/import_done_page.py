"""The Import screen after an import: what was taken over by machine, what was not, and why."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.ui import formats
from cvd_desktop.ui.import_view import Duplicate, Imported, LeftFile, MachineReads
from cvd_desktop.ui.import_words import ImportWords
from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.read_words import MARK_OF_STATE, ReadWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.count_line import Count, CountLine
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

LEAST_ROWS = 4
MACHINES, READS, DUPLICATES, NO_REPORT, SKIPPED = (
    "machines",
    "reads",
    "duplicates",
    "no_report",
    "skipped",
)


class ImportDonePage(TwoColumns):
    """A row of a machine opens it, a row of a read or a duplicate opens the read."""

    machine_opened = Signal(object)
    """`MachineReads` that a person wants to see."""
    read_opened = Signal(str)
    """Id of a read that a person wants to see."""
    changed = Signal()
    """Another row is current now."""

    def __init__(self, look: Look, words: ImportWords, reads: ReadWords, parent: QWidget) -> None:
        super().__init__(look, 356, 320, parent)
        self._words = words
        self._read_words = reads
        self._now: datetime | None = None
        self.shown: Imported | None = None
        self._filled: set[str] = set()
        self._build_head(look)
        self._build_lists(look)
        self._build_side(look)

    def _build_head(self, look: Look) -> None:
        space = look.theme.space
        card = Card(look, strong=True, parent=self.widget())
        self.main.addWidget(card)
        card.body.setSpacing(space.s)
        head = QHBoxLayout()
        head.setSpacing(space.m)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.facts = TextLabel(look, "", "dense", Tone.MUTED)
        head.addWidget(self.title, 1)
        head.addWidget(self.facts)
        card.body.addLayout(head)
        self.counts = CountLine(look)
        card.body.addWidget(self.counts)

    def _build_lists(self, look: Look) -> None:
        self.strip = ViewStrip(look, self.tr("What came of the files"))
        self.strip.chosen.connect(self._show_list)
        self.main.addWidget(self.strip)
        row = look.theme.control.row
        self.machines: TableModel[MachineReads] = TableModel(
            self._machine_columns(), key=lambda each: (each.machine_id, each.asset), parent=self
        )
        self.reads: TableModel[ReadSummary] = TableModel(
            self._read_columns(), key=lambda each: each.id, parent=self
        )
        self.duplicates: TableModel[Duplicate] = TableModel(
            self._duplicate_columns(),
            key=lambda each: (each.file, each.report.number),
            parent=self,
        )
        self.left: TableModel[LeftFile] = TableModel(
            self._left_columns(), key=lambda each: (each.file, each.words), parent=self
        )
        self.machine_table = TableView(look, self.machines, self.tr("Machines"), row)
        self.read_table = TableView(look, self.reads, self.tr("New reads"), row)
        self.duplicate_table = TableView(look, self.duplicates, self.tr("Here already"), row)
        self.left_table = TableView(look, self.left, self.tr("Files that gave nothing"), row)
        self.list_card = Card(look, padding=1, parent=self.widget())
        self.list_card.body.setSpacing(0)
        self.main.addWidget(self.list_card, 1)
        for table in (
            self.machine_table,
            self.read_table,
            self.duplicate_table,
            self.left_table,
        ):
            table.keep_height(LEAST_ROWS)
            table.current_changed.connect(self.changed)
            table.opened.connect(self.open_current)
            self.list_card.body.addWidget(table, 1)
        self.main.addStretch(0)

    def _build_side(self, look: Look) -> None:
        self.trouble = Card(look, self.tr("What happened"), parent=self.widget())
        self.trouble_words = TextLabel(look, "", "dense", wrap=True)
        self.trouble.body.addWidget(self.trouble_words)
        self.side.addWidget(self.trouble)
        next_card = Card(look, self.tr("What to do next"), parent=self.widget())
        self.side.addWidget(next_card)
        self.next_words = TextLabel(look, "", "dense", wrap=True)
        next_card.body.addWidget(self.next_words)
        self.unknown = NoteLine(look)
        next_card.body.addWidget(self.unknown)
        safe = Card(look, self.tr("What is safe"), parent=self.widget())
        self.side.addWidget(safe)
        self.safe_words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        safe.body.addWidget(self.safe_words)
        self.side.addStretch(1)

    def _machine_columns(self) -> tuple[Column[MachineReads], ...]:
        return (
            Column("asset", self.tr("Machine"), self._asset),
            Column("reads", self.tr("Reads"), lambda m: formats.number(len(m.reads)), right=True),
            Column("first", self.tr("From"), lambda m: self._when(m.first), rank=1),
            Column("last", self.tr("To"), lambda m: self._when(m.last)),
            Column("verdict", self.tr("Newest read"), lambda m: self._verdict(m.reads[-1])),
            Column("list", self.tr("In your list"), self._known, fit=Fit.REST, rank=2),
        )

    def _read_columns(self) -> tuple[Column[ReadSummary], ...]:
        return (
            Column(
                "asset",
                self.tr("Machine"),
                lambda r: self._read_words.machine(r.machine_asset),
                face=Face.LABEL,
            ),
            Column(
                "at", self.tr("Read"), lambda r: self._when(r.at), face=Face.STRONG, fit=Fit.REST
            ),
            Column("verdict", self.tr("Verdict"), self._verdict),
            Column("size", self.tr("Size"), lambda r: formats.size(r.size), right=True, rank=1),
        )

    def _duplicate_columns(self) -> tuple[Column[Duplicate], ...]:
        return (
            Column("file", self.tr("File"), self._file, fit=Fit.REST, least=220),
            Column("read", self.tr("Is the read"), self._same_read),
            Column("new", self.tr("Since"), self._since, rank=1),
        )

    def _left_columns(self) -> tuple[Column[LeftFile], ...]:
        return (
            Column("file", self.tr("File"), lambda f: f.file, fit=Fit.REST, least=180),
            Column(
                "why",
                self.tr("Why, and what to do"),
                lambda f: Cell(f.words, wrap=True),
                fit=Fit.REST,
                least=260,
            ),
        )

    # showing

    def show_import(self, shown: Imported, now: datetime, told: Told | None) -> None:
        """`told` is what ended it early, in words."""
        self.shown, self._now = shown, now
        report = shown.report
        self.title.setText(self._words.title(shown))
        self.facts.setText(self._words.facts(report))
        self.counts.show_counts(
            (
                Count(len(report.reads), self.tr("new")),
                Count(len(shown.duplicates), self.tr("here already")),
                Count(len(shown.without_report), self.tr("without a report")),
                Count(
                    len(shown.skipped),
                    self.tr("left out"),
                    Tone.WARNING if shown.skipped else Tone.PLAIN,
                ),
            )
        )
        self._filled.clear()
        views = self._views(shown)
        self.strip.set_views(views)
        self.strip.setVisible(bool(views))
        self.list_card.setVisible(bool(views))
        if views:
            self.strip.show_view(views[0].name)
            self._show_list(views[0].name)
        self.trouble.setVisible(told is not None)
        if told is not None:
            self.trouble_words.setText(" ".join(part for part in (told.what, told.do) if part))
        self.next_words.setText(self._words.next_step(shown))
        self.unknown.show_note(TagKind.UNKNOWN, self._words.strangers(shown))
        self.safe_words.setText(self._words.safe())
        self.changed.emit()

    def _views(self, shown: Imported) -> tuple[View, ...]:
        """Only lists that have something."""

        def words(word: str, rows: int) -> str:
            return f"{word} {formats.number(rows)}"

        reads = len(shown.report.reads)
        views = (
            (View(MACHINES, words(self.tr("Machines"), shown.named), "M"), reads),
            (View(READS, words(self.tr("Reads"), reads), "R"), reads),
            (
                View(DUPLICATES, words(self.tr("Here already"), len(shown.duplicates)), "H"),
                len(shown.duplicates),
            ),
            (
                View(NO_REPORT, words(self.tr("No report"), len(shown.without_report)), "N"),
                len(shown.without_report),
            ),
            (
                View(
                    SKIPPED,
                    words(self.tr("Left out"), len(shown.skipped)),
                    "L",
                    TagKind.WARNING,
                ),
                len(shown.skipped),
            ),
        )
        return tuple(view for view, rows in views if rows)

    def _show_list(self, name: str) -> None:
        self._fill(name)
        table = self._table(name)
        tables = (self.machine_table, self.read_table, self.duplicate_table, self.left_table)
        table.show()
        if any(each.hasFocus() for each in tables):
            table.setFocus()  # before the others hide: else Qt moves it to any widget
        for each in tables:
            each.setVisible(each is table)
        if not table.currentIndex().isValid():
            table.go_to(0)
        self.changed.emit()

    def _fill(self, name: str) -> None:
        """A list of thousands is measured when it is looked at, not before."""
        shown = self.shown
        if shown is None or name in self._filled:
            return
        if name == MACHINES:
            self.machines.set_rows(shown.machines)
        elif name == READS:
            self.reads.set_rows([read for machine in shown.machines for read in machine.reads])
        elif name == DUPLICATES:
            self.duplicates.set_rows(shown.duplicates)
        else:  # both are shown by the same table
            self.left.set_rows(shown.skipped if name == SKIPPED else shown.without_report)
            self._filled -= {NO_REPORT, SKIPPED}
        self._filled.add(name)

    def _table(
        self, name: str
    ) -> (
        TableView[MachineReads]
        | TableView[ReadSummary]
        | TableView[Duplicate]
        | TableView[LeftFile]
    ):
        tables = {
            MACHINES: self.machine_table,
            READS: self.read_table,
            DUPLICATES: self.duplicate_table,
        }
        return tables.get(name, self.left_table)  # type: ignore[return-value]

    def take_focus(self) -> None:
        """The arrow keys walk the list that is shown."""
        if self.strip.current():
            self._table(self.strip.current()).setFocus()

    # what can be opened

    def current_machine(self) -> MachineReads | None:
        return self.machine_table.current() if self.strip.current() == MACHINES else None

    def current_read(self) -> str | None:
        """Id of the read under the cursor, new or here already."""
        if self.strip.current() == READS:
            read = self.read_table.current()
            return read.id if read is not None else None
        if self.strip.current() == DUPLICATES:
            duplicate = self.duplicate_table.current()
            return duplicate.report.read_id if duplicate is not None else None
        return None

    def open_current(self) -> None:
        """Open the machine or the read of the current row."""
        machine, read_id = self.current_machine(), self.current_read()
        if machine is not None:
            self.machine_opened.emit(machine)
        elif read_id is not None:
            self.read_opened.emit(read_id)

    # cells

    def _when(self, at: datetime) -> str:
        return formats.day_and_time(at, self._now)

    def _verdict(self, read: ReadSummary) -> Cell:
        word, state = self._read_words.summary_verdict(read)
        return Cell(word, mark=MARK_OF_STATE[state], face=Face.STRONG)

    def _asset(self, machine: MachineReads) -> Cell:
        face = Face.LABEL if machine.asset else Face.PLAIN
        return Cell(self._words.machine(machine), face=face)

    def _known(self, machine: MachineReads) -> Cell:
        if machine.known:
            return Cell(self.tr("yes"), mark=TagKind.QUIET)
        if not machine.asset:
            return Cell("")
        return Cell(self.tr("no"), mark=TagKind.UNKNOWN)

    def _file(self, duplicate: Duplicate) -> Cell:
        report = duplicate.report
        detail = self.tr("report {n}").format(n=report.number) if report.number > 1 else ""
        return Cell(duplicate.file, detail=detail)

    def _same_read(self, duplicate: Duplicate) -> Cell:
        read = duplicate.read
        if read is None:
            return Cell(self.tr("a read of this laptop"), Tone.MUTED)
        return Cell(self._when(read.at), detail=self._read_words.machine(read.machine_asset))

    def _since(self, duplicate: Duplicate) -> str:
        return self.tr("this import") if duplicate.new else self.tr("before")
