"""Which counter of the machine is which slot of its door, and the wizard that finds it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as NameOf
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.file_dialogs import ask_where_to_save
from cvd_desktop.ui.mapping_wizard import MappingWizard, mapping_csv
from cvd_desktop.ui.read_shown import NOTHING
from cvd_desktop.ui.screens.machine_part import LEAST_ROWS, ListCard, MachinePart, MachineShown
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.selection_mapping import Proposal, Question

CANDIDATES_TOLD = 3


class MappingPart(MachinePart):
    """The question at the top, below it every slot with what is believed and why."""

    save_wanted = Signal(str, object)
    """Text of a file, and the path where a person wants it."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self._machine_id = ""
        self.wizard: MappingWizard | None = None
        self._products: NameOf[str, str] = {}
        self._make_actions()
        self._build_question(look)
        self.proposals: TableModel[Proposal] = TableModel(
            self._columns(), key=lambda each: each.slot, parent=self
        )
        self.table = TableView(
            look, self.proposals, self.tr("Slots and selections"), look.theme.control.dense_row
        )
        self.table.keep_height(LEAST_ROWS)
        self.table.verticalScrollBar().rangeChanged.connect(self._go_to_question)
        self.card = ListCard(look, self.table, self.widget())
        self.main.addWidget(self.card, 1)
        self._build_side(look)

    def _make_actions(self) -> None:
        self.confirm_action = self.action("check", "", self._confirm, "")
        self.again_action = self.action("retry", "A", self._ask_again, self.tr("Vend it again"))
        self.none_action = self.action("close", "N", self._no_counter, self.tr("It has no counter"))
        self.skip_action = self.action("skip", "K", self._skip, self.tr("Another slot first"))
        self.undo_action = self.action("undo", "Ctrl+Z", self._undo, self.tr("Undo the answer"))
        self.save_action = self.action("arrow-down", "Ctrl+S", self._save, self.tr("Save as CSV"))
        self.copy_action = self.action(
            "file", "Ctrl+Shift+C", self._copy, self.tr("Copy the table")
        )

    def _build_question(self, look: Look) -> None:
        space = look.theme.space
        card = Card(look, strong=True, parent=self.widget())
        card.body.setSpacing(space.s)
        self.main.addWidget(card)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.lead = TextLabel(look, "", "body", wrap=True)
        self.note = NoteLine(look, "body")
        for widget in (self.title, self.lead, self.note):
            card.body.addWidget(widget)

    def _build_side(self, look: Look) -> None:
        self.facts_card = Card(look, self.tr("What is known"), parent=self.widget())
        self.side.addWidget(self.facts_card)
        self.facts = FactList(look)
        self.facts_card.body.addWidget(self.facts)
        self.unmapped_card = Card(look, self.tr("Counters of no slot"), parent=self.widget())
        self.side.addWidget(self.unmapped_card)
        self.unmapped = TextLabel(look, "", "dense", wrap=True)
        self.unmapped_card.body.addWidget(self.unmapped)
        keep = Card(look, self.tr("What becomes of it"), parent=self.widget())
        self.side.addWidget(keep)
        keep.body.addWidget(
            TextLabel(
                look,
                self.tr(
                    "Nothing is changed in the planogram by this. Save the table and send it to "
                    "the office, which sets the selections of the slots."
                ),
                "dense",
                Tone.MUTED,
                wrap=True,
            )
        )
        self.side.addStretch(1)

    def _columns(self) -> tuple[Column[Proposal], ...]:
        return (
            Column("slot", self.tr("Slot"), lambda p: p.slot, face=Face.LABEL),
            Column("product", self.tr("Product"), self._product, fit=Fit.REST, rank=2),
            Column("selection", self.tr("Sel"), self._selection),
            Column("sure", self.tr("How sure"), self._sure),
            Column("why", self.tr("Why"), self._why, fit=Fit.REST, least=160, rank=1),
        )

    # what the page asks

    def actions_here(self) -> Sequence[QAction]:
        wizard = self.wizard
        if wizard is None:
            return ()
        asked: list[QAction] = []
        if wizard.found is not None:
            asked = [self.again_action]
        elif wizard.question() is not None:
            asked = [self.skip_action, self.none_action]
        if wizard.answered:
            asked.append(self.undo_action)
        return (*asked, self.save_action, self.copy_action)

    def primary_here(self) -> QAction | None:
        """To confirm what moved; else the screen's own: read the machine."""
        found = self.wizard is not None and self.wizard.found is not None
        return self.confirm_action if found else None

    def read_begins(self) -> None:
        if self.wizard is not None and self.wizard.question() is not None:
            self.wizard.expecting = True

    def first_focus(self) -> QWidget | None:
        return self.table

    # showing

    def show_machine(self, shown: MachineShown) -> None:
        """Another machine begins anew; a newer read of this one answers the question."""
        super().show_machine(shown)
        last = shown.last
        mapping = last.detail.mapping if last is not None else None
        if shown.line.record.id != self._machine_id:
            self._machine_id, self.wizard = shown.line.record.id, None
        slots = shown.planogram.slots if shown.planogram is not None else ()
        names = shown.products or {}
        self._products = {
            slot.label: names.get(slot.product_id or "", "") for slot in slots if slot.product_id
        }
        if last is not None and mapping is not None:
            read_id, reading = last.detail.summary.id, last.detail.reading
            if self.wizard is None:
                self.wizard = MappingWizard(mapping, read_id, reading)
            else:
                self.wizard.read(read_id, reading)
        self._show()

    def _show(self) -> None:
        wizard = self.wizard
        self.card.setVisible(wizard is not None)
        self.facts_card.setVisible(wizard is not None)
        self.note.show_note(TagKind.INFO, "")
        if wizard is None:
            self.unmapped_card.hide()
            self.title.setText(self.tr("Slots and selections"))
            self.lead.setText(self._nothing())
            self.changed.emit()
            return
        question = wizard.question()
        self._show_question(wizard, question)
        self.proposals.set_rows(wizard.mapping.proposals)
        self._go_to_question()
        self._show_facts(wizard)
        self.changed.emit()

    def _go_to_question(self) -> None:
        question = self.wizard.question() if self.wizard is not None else None
        row = self.proposals.find(question.slot) if question is not None else None
        if row is not None:
            self.table.go_to(row)

    def _nothing(self) -> str:
        shown = self.shown
        if shown is not None and shown.trouble:
            return shown.trouble
        if shown is None or not shown.worked_out:
            return self.tr("Working out the last read of this machine.")
        if shown.last is None:
            return self.tr("No file of this machine is on this laptop. Read it to begin.")
        return self.tr(
            "The office has planned no slots for this machine, or they are not on this laptop yet: "
            "there is nothing that its counters could belong to."
        )

    def _show_question(self, wizard: MappingWizard, question: Question | None) -> None:
        if question is None:
            self.title.setText(self.tr("Every slot has its selection"))
            self.lead.setText(
                self.tr("What the names and your answers say is settled. Nothing is to be asked.")
            )
            return
        slot = question.slot
        if wizard.found is not None:
            self.title.setText(
                self.tr("Selection {n} moved: is it slot {slot}?").format(n=wizard.found, slot=slot)
            )
            self.lead.setText(
                self.tr(
                    "Exactly one counter moved by one since the read before. Confirm it when "
                    "nobody but you bought something meanwhile."
                )
            )
            self.confirm_action.setText(
                self.tr("{slot} is selection {n}").format(slot=slot, n=wizard.found)
            )
            if question.candidates and wizard.found not in question.candidates:
                self.note.show_note(
                    TagKind.WARNING,
                    self.tr(
                        "This was not expected. Look whether it was slot {slot} that you vended."
                    ).format(slot=slot),
                )
            return
        self.title.setText(
            self.tr("Vend {slot} now, then read the machine again").format(slot=slot)
        )
        likely = ", ".join(question.candidates[:CANDIDATES_TOLD])
        parts = [self.tr("One vend is enough, a test vend counts too.")]
        if question.settles > 1:
            words = self.tr("The answer settles about {n} slots.")
            parts.append(words.format(n=formats.number(question.settles)))
        if likely:
            parts.append(self.tr("Likely: {names}.").format(names=likely))
        self.lead.setText(" ".join(parts))
        if wizard.read_since:
            self.note.show_note(
                TagKind.WARNING,
                self.tr(
                    "The last read does not make it clear: no counter moved by one, or several "
                    "did. Vend {slot} once more while nobody else buys, then read again."
                ).format(slot=slot),
            )

    def _show_facts(self, wizard: MappingWizard) -> None:
        mapping, words = wizard.mapping, self.words.facts
        self.facts.show_lines(
            [
                (self.tr("Names on the door"), words.pattern(mapping.door_pattern)),
                (self.tr("Names in the file"), words.pattern(mapping.machine_pattern)),
                (
                    self.tr("This pattern is"),
                    words.confidence(mapping.machine_pattern.confidence)[1],
                ),
                (self.tr("The whole mapping is"), words.confidence(mapping.confidence)[1]),
                (self.tr("Answered"), formats.number(wizard.answered)),
                (self.tr("Worth asking"), formats.number(len(mapping.questions))),
            ]
        )
        self.unmapped_card.setVisible(bool(mapping.unmapped))
        self.unmapped.setText(", ".join(mapping.unmapped))

    # answers

    def _confirm(self) -> None:
        self._then(MappingWizard.confirm)

    def _ask_again(self) -> None:
        self._then(MappingWizard.ask_again)

    def _no_counter(self) -> None:
        if self.wizard is not None:
            self.wizard.settle(None)
            self._show()

    def _skip(self) -> None:
        self._then(MappingWizard.skip)

    def _undo(self) -> None:
        self._then(MappingWizard.undo)

    def _then(self, step: Callable[[MappingWizard], None]) -> None:
        if self.wizard is not None:
            step(self.wizard)
            self._show()

    # out of the program

    def table_text(self) -> str:
        """The proposals as CSV."""
        if self.wizard is None:
            return ""
        titles = (self.tr("Slot"), self.tr("Selection"), self.tr("Sure, %"), self.tr("Reason"))
        return mapping_csv(self.wizard.mapping, titles)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.table_text())

    def _save(self) -> None:
        asset = self.shown.line.record.asset_number if self.shown is not None else "machine"
        place = QStandardPaths.StandardLocation.DocumentsLocation
        folder = Path(QStandardPaths.writableLocation(place))
        ask_where_to_save(
            self,
            self.tr("Save the table"),
            folder / f"mapping-{asset}.csv",
            [self.tr("Table (*.csv)")],
            partial(self.save_wanted.emit, self.table_text()),
        )

    # cells

    def _product(self, proposal: Proposal) -> Cell:
        return Cell(self._products.get(proposal.slot, "") or NOTHING, Tone.MUTED)

    def _selection(self, proposal: Proposal) -> Cell:
        if proposal.selection is None:
            return Cell(self.tr("none"), Tone.MUTED, face=Face.PLAIN)
        return Cell(proposal.selection, face=Face.LABEL)

    def _sure(self, proposal: Proposal) -> Cell:
        mark, words = self.words.facts.confidence(proposal.confidence)
        return Cell(words, mark=mark)

    def _why(self, proposal: Proposal) -> Cell:
        words = self.words.messages.fact("mapping_reason", proposal.reason)
        return Cell(words, Tone.MUTED)
