"""What the count came to: expected, counted, difference; the share of the load that came back."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.route_records import ReturnView, TruckLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.load_words import NOTHING, number, signed
from cvd_desktop.ui.screens.load_figures import CaseFigures
from cvd_desktop.ui.screens.load_part import LoadTools
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_ROWS = 5


class CountDone(Card):
    """The table; `side` is the card beside it, which belongs into the side column."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools.look, padding=1, parent=parent)
        look, self._words = tools.look, tools.words
        space = look.theme.space
        self._counted: dict[str, int] = {}
        self.body.setSpacing(0)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.title.setContentsMargins(space.l, space.l, space.l, space.m)
        self.body.addWidget(self.title)
        translate = QCoreApplication.translate
        model: TableModel[TruckLine] = TableModel(
            (
                Column(
                    "product",
                    translate("LoadTable", "Product"),
                    lambda one: one.product.name,
                    Face.STRONG,
                    fit=Fit.REST,
                    least=160,
                ),
                Column(
                    "expected",
                    translate("LoadTable", "Expected"),
                    lambda one: Cell(number(max(0, one.units)), Tone.MUTED),
                    right=True,
                    rank=1,
                ),
                Column(
                    "counted", translate("LoadTable", "Counted"), self._figure, Face.FIGURE, True
                ),
                Column(
                    "difference",
                    translate("LoadTable", "Difference"),
                    self._difference,
                    fit=Fit.REST,
                    least=150,
                ),
            ),
            key=lambda one: one.product.id,
            parent=self,
        )
        self.table = TableView(look, model, self.tr("What was counted"), look.theme.control.row)
        self.table.keep_height(LEAST_ROWS)
        self.body.addWidget(self.table, 1)
        self.hide()
        self.side = Card(look, self.tr("Came back"), parent=parent)
        self.figures = CaseFigures(look)
        self.said = TextLabel(look, "", "body", wrap=True)
        self.note = NoteLine(look, "body")
        self.facts = FactList(look)
        self.doubt = NoteLine(look)
        for widget in (self.figures, self.said, self.note, self.facts, self.doubt):
            self.side.body.addWidget(widget)
        self.side.hide()

    def _figure(self, one: TruckLine) -> Cell:
        counted = self._counted.get(one.product.id)
        if counted is None:
            return Cell(NOTHING, Tone.MUTED)
        return Cell(number(counted))

    def _difference(self, one: TruckLine) -> Cell:
        tone, mark, words = self._finding(one)
        return Cell(words, tone, mark, wrap=True)

    def _finding(self, one: TruckLine) -> tuple[Tone, TagKind, str]:
        counted = self._counted.get(one.product.id)
        if counted is None:
            return Tone.MUTED, TagKind.UNKNOWN, self.tr("Not counted, stays as it is")
        if one.units < 0:
            words = self.tr("Below zero by the records; put right by this count")
            return Tone.WARNING, TagKind.WARNING, words
        off = counted - one.units
        if off == 0:
            return Tone.POSITIVE, TagKind.GOOD, self.tr("As expected")
        words = self.tr("{n} missing") if off < 0 else self.tr("{n} more")
        return Tone.WARNING, TagKind.WARNING, words.format(n=number(abs(off)))

    def take_focus(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_view(self, view: ReturnView) -> None:
        words = self._words
        self._counted = view.counted
        at = view.recorded_at
        self.title.setText(
            self.tr("The count is recorded, {time}").format(
                time=formats.moment_beside(at, words.clock()) if at is not None else ""
            )
        )
        self.table.rows_model().set_rows(view.lines)
        percent = view.returns_percent
        self.figures.setVisible(percent is not None)
        self.note.setVisible(percent is not None)
        if percent is not None:
            self.figures.show_pairs([(f"{formats.decimal(percent)} %", self.tr("of the load"))])
            kind = TagKind.GOOD if percent < 20 else TagKind.WARNING
            self.note.show_note(kind, words.yardstick(percent))
        self.said.setText(words.returns(view))
        counted = [one for one in view.lines if one.product.id in view.counted]
        expected = sum(max(0, one.units) for one in counted)
        found = sum(view.counted.values())
        self.facts.show_lines(
            [
                (self.tr("Expected"), words.units(expected)),
                (self.tr("Counted"), words.units(found)),
                (self.tr("Difference"), signed(found - expected)),
            ]
        )
        left = len(view.lines) - len(counted)
        self.doubt.show_note(
            TagKind.INFO,
            self.tr("{products} not counted: they stay as the records have them.").format(
                products=words.products(left)
            )
            if left
            else "",
        )
