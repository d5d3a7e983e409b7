"""What the pages with a table of selections share: its columns, its cells, its last line."""

from cvd_desktop.domain.records import SelectionLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_cells import kind_cell, lately_cell, slot_cell, sold_cell
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown, count
from cvd_desktop.ui.read_view import known_value, sold_totals
from cvd_desktop.ui.screens.read_part import ReadPart
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Tone


class SelectionsPart(ReadPart):
    """A page with a table of selections; a subclass has the table."""

    def selections_model(self) -> TableModel[SelectionLine]:
        return TableModel(
            self._columns(), key=lambda line: (line.selection, line.slot), parent=self
        )

    def _columns(self) -> tuple[Column[SelectionLine], ...]:
        muted = Tone.MUTED
        return (
            Column("slot", self.tr("Slot"), self._slot, face=Face.LABEL),
            Column("selection", self.tr("Sel"), lambda n: n.selection, tone=muted),
            Column(
                "product",
                self.tr("Product"),
                lambda n: n.product or NOTHING,
                fit=Fit.REST,
                least=180,
            ),
            Column("lately", self.tr("Last reads"), lately_cell, rank=2, optional=True),
            Column(
                "before",
                self.tr("Meter before"),
                lambda n: count(n.sold_before),
                right=True,
                rank=4,
                tone=muted,
            ),
            Column("now", self.tr("Meter now"), lambda n: count(n.sold_now), right=True, rank=3),
            Column("sold", self.tr("Sold"), self._sold, right=True),
            Column("value", self.tr("Value"), lambda n: self.plain(known_value(n)), right=True),
            Column("note", self.tr("Note"), self.note, rank=1),
        )

    def sum_cells(self, shown: ReadShown) -> dict[str, Cell]:
        """The last line of the table: what the sales span, units, value."""
        sums = sold_totals(shown.detail.selections)
        known = sums.unknown < len(shown.detail.selections)
        unknown = ""
        if known and sums.unknown:
            unknown = self.tr(", {n} not known").format(n=formats.number(sums.unknown))
        words = self.words.facts.span(shown) + unknown
        value = shown.amounts.plain(sums.value if sums.value_known else None)
        return {
            "slot": Cell(words, face=Face.STRONG),
            "sold": Cell(count(sums.units if known else None), face=Face.FIGURE),
            "value": Cell(value, face=Face.FIGURE),
        }

    def plain(self, value: int | None) -> str:
        """An amount without its currency."""
        return self.shown.amounts.plain(value) if self.shown is not None else NOTHING

    def note(self, line: SelectionLine) -> Cell:
        """The class of the delta, where it is not an ordinary one."""
        return kind_cell(line, self.words.facts, self.shown)

    def selection_proof(self, line: SelectionLine) -> Proof | None:
        return self.shown.proof_of_selection(line) if self.shown is not None else None

    def _slot(self, line: SelectionLine) -> Cell:
        return slot_cell(line, self.tr("Slot: in no planogram"))

    def _sold(self, line: SelectionLine) -> Cell:
        return sold_cell(line, self.tr("Sold: not known"))
