"""Slots against selections: what is believed, why, and a question where it is not sure."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.read_mapping import MappingTalk
from cvd_desktop.ui.read_proof import Proof
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
from cvd_desktop.ui.widgets.fact_table import FactRow, FactTable
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.selection_mapping import Mapping, Proposal, Question

NONE_MOVED = "none"


class MappingPage(ReadPart):
    """The question stands on top while there is one; the list below shows what it settled."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(look, words, parent)
        self._talk = MappingTalk()
        self._mapping: Mapping | None = None
        self.undo_action = self.action("undo", "U", self._undo, self.tr("Undo the answer"))
        self.copy_action = self.action("list", "K", self._copy, self.tr("Copy the list"))
        self._build_question(look)
        self._build_list(look)
        self._build_side(look)

    def _build_question(self, look: Look) -> None:
        space = look.theme.space
        self.question_card = edge_card(look, self.widget(), strong=True)
        self.main.addWidget(self.question_card)
        lead = QVBoxLayout()
        lead.setContentsMargins(space.l, space.m, space.l, space.s)
        lead.setSpacing(space.xs)
        self.question = TextLabel(look, "", "head", wrap=True)
        self.steps = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.moved = NoteLine(look)
        for widget in (self.question, self.steps, self.moved):
            lead.addWidget(widget)
        self.question_card.body.addLayout(lead)
        name = self.tr("Which counter moved?")
        self.candidates = FactTable(look, name, most=6, parent=self.question_card)
        self.candidates.opened.connect(self._answer)
        self.question_card.body.addWidget(self.candidates)

    def _build_list(self, look: Look) -> None:
        card = edge_card(look, self.widget())
        self.main.addWidget(card, 1)
        self.rows: TableModel[Proposal] = TableModel(
            (
                Column("slot", self.tr("Slot"), lambda each: each.slot, face=Face.LABEL),
                Column("product", self.tr("Product"), self._product, fit=Fit.REST, least=120),
                Column(
                    "selection",
                    self.tr("Selection"),
                    lambda each: each.selection or NOTHING,
                    face=Face.STRONG,
                ),
                Column("sure", self.tr("How sure"), self._sure),
                Column("why", self.tr("Because"), self._why, fit=Fit.REST, least=160, rank=1),
            ),
            key=lambda each: each.slot,
            parent=self,
        )
        row = look.theme.control.dense_row
        self.table = TableView(look, self.rows, self.tr("Slots"), row, enter_opens=True)
        self.table.keep_height(LEAST_ROWS)
        self.proves(self.table, self._proof)
        card.body.addWidget(self.table, 1)

    def _build_side(self, look: Look) -> None:
        self.whole = Card(look, self.tr("The mapping as a whole"), parent=self.widget())
        self.side.addWidget(self.whole)
        self.whole.head.addWidget(SourceMark(look, Source.CALCULATED))
        self.sure = NoteLine(look, "body")
        self.told = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.whole.body.addWidget(self.sure)
        self.whole.body.addWidget(self.told)
        names = self.tr("How they are named")
        self.name_card = edge_card(look, self.widget())
        self.side.addWidget(self.name_card)
        card_heading(self.name_card, look, names)
        self.names = self.fact_table(self.name_card, names, most=2)
        left = self.tr("In no slot")
        self.left_card = edge_card(look, self.widget())
        self.side.addWidget(self.left_card)
        card_heading(self.left_card, look, left)
        self.left = self.fact_table(self.left_card, left, most=6)
        self.side.addStretch(1)

    def actions_here(self) -> Sequence[QAction]:
        if self.shown is None or self._mapping is None:
            return ()
        answered = bool(self._talk.answers(self.shown.detail))
        return (*((self.undo_action,) if answered else ()), self.copy_action)

    # showing

    def show_read(self, shown: ReadShown) -> None:
        super().show_read(shown)
        self._talk.note(shown.detail)
        self._show()

    def _show(self) -> None:
        if self.shown is None:
            return
        detail = self.shown.detail
        self._mapping = mapping = self._talk.mapping(detail)
        if mapping is None:
            return
        self.rows.set_rows(mapping.proposals)
        kind, words = self.words.facts.confidence(mapping.confidence)
        self.sure.show_note(kind, self.tr("It is {words}.").format(words=words))
        answered = len(self._talk.answers(detail))
        self.told.setText(
            self.tr(
                "{n} answered here. The answers last while this window is open: copy the list for "
                "the office, who changes the planogram."
            ).format(n=answered)
            if answered
            else ""
        )
        self.told.setVisible(bool(answered))
        self._show_names(mapping)
        self._show_left(self.shown, mapping)
        self._show_question(self.shown, mapping)
        self.changed.emit()

    def _show_names(self, mapping: Mapping) -> None:
        self.names.show_facts(
            [
                FactRow(key, name, self.words.facts.pattern(pattern), how)
                for key, name, pattern in (
                    ("door", self.tr("On the door"), mapping.door_pattern),
                    ("machine", self.tr("By the machine"), mapping.machine_pattern),
                )
                for how in (self.words.facts.confidence(pattern.confidence)[1],)
            ]
        )

    def _show_left(self, shown: ReadShown, mapping: Mapping) -> None:
        rows = []
        for name in mapping.unmapped:
            line = shown.by_selection.get(name)
            proof = shown.proof_of_selection(line) if line is not None else None
            product = (line.product if line is not None else None) or ""
            sold = self.tr("{n} sold").format(n=count(line.sold_now)) if line is not None else ""
            word = self.tr("Selection {n}").format(n=name)
            rows.append(FactRow(name, word, sold, product, proof=proof))
        self.left.show_facts(rows)
        self.left_card.setVisible(bool(rows))

    def _show_question(self, shown: ReadShown, mapping: Mapping) -> None:
        self.question_card.setVisible(bool(mapping.questions))
        if not mapping.questions:
            return
        question = mapping.questions[0]
        asked = self.tr("Vend {slot} now. Which counter moved?").format(slot=question.slot)
        self.question.setText(asked)
        rest = len(mapping.questions)
        left = self.tr("1 question is left.") if rest == 1 else self.tr("{n} questions are left.")
        settles = self.tr("The answer settles {n} slots.").format(n=question.settles)
        how = self.tr("Do a test vend, read again, then choose the selection that moved.")
        parts = [how, *([settles] if question.settles > 1 else []), left.format(n=rest)]
        self.steps.setText(" ".join(parts))
        candidates = self._candidates(question)
        self.candidates.show_facts([self._candidate(shown, name) for name in candidates])
        if self._talk.moved in candidates:
            words = self.tr("Since the read before only selection {n} moved.")
            self.moved.show_note(TagKind.GOOD, words.format(n=self._talk.moved))
            self.candidates.go_to(candidates.index(self._talk.moved))
        else:
            self.moved.show_note(TagKind.INFO, "")
            self.candidates.clearSelection()

    def _candidates(self, question: Question) -> list[str]:
        """The likeliest first, the one that moved always among them; none of them last."""
        names = list(question.candidates)
        moved = self._talk.moved
        if moved is not None and moved not in names:
            names.insert(0, moved)
        return [*names, NONE_MOVED]

    def _candidate(self, shown: ReadShown, name: str) -> FactRow:
        if name == NONE_MOVED:
            return FactRow(NONE_MOVED, self.tr("None of them moved"))
        line = shown.by_selection.get(name)
        sold = line.sold_now if line is not None else None
        moved = name == self._talk.moved
        return FactRow(
            name,
            self.tr("Selection {n}").format(n=name),
            self.tr("{n} sold").format(n=count(sold)),
            self.tr("moved by one") if moved else "",
            mark=TagKind.CURRENT if moved else None,
            strong=moved,
        )

    # answering

    def _answer(self, row: int) -> None:
        fact = self.candidates.rows_model().row(row)
        mapping = self._mapping
        if fact is None or mapping is None or not mapping.questions or self.shown is None:
            return
        moved = None if fact.key == NONE_MOVED else fact.key
        self._talk.tell(self.shown.detail, mapping.questions[0].slot, moved)
        self._show()
        focus = self.candidates if self.question_card.isVisibleTo(self) else self.table
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undo(self) -> None:
        if self.shown is not None:
            self._talk.undo(self.shown.detail)
            self._show()

    def _copy(self) -> None:
        """Slot, selection and how sure, a line each, as a spreadsheet takes it."""
        if self._mapping is None:
            return
        lines = [
            "\t".join((each.slot, each.selection or "", f"{each.confidence:.2f}"))
            for each in self._mapping.proposals
        ]
        QApplication.clipboard().setText("\n".join(lines))
        words = self.tr("{n} slots are copied: paste them into a message or a table.")
        self.told.setText(words.format(n=formats.number(len(lines))))
        self.told.show()

    # cells

    def _product(self, each: Proposal) -> str:
        line = self.shown.by_selection.get(each.selection or "") if self.shown else None
        return (line.product if line is not None else None) or NOTHING

    def _sure(self, each: Proposal) -> Cell:
        kind, words = self.words.facts.confidence(each.confidence)
        return Cell(words, mark=kind, face=Face.PLAIN)

    def _why(self, each: Proposal) -> Cell:
        return Cell(self.words.messages.fact("mapping_reason", each.reason), Tone.MUTED)

    def _proof(self, each: Proposal) -> Proof | None:
        line = self.shown.by_selection.get(each.selection or "") if self.shown else None
        if line is None or self.shown is None:
            return None
        return self.shown.proof_of_selection(line)
