"""The price audit of a read as rows: what is planned, what the machine says, and where."""

from dataclasses import dataclass

from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import ReadShown, selection_name
from cvd_shared.price_audit import PriceLine, PriceState

WORST_FIRST = (
    PriceState.DIFFERS,
    PriceState.SELECTION_MISSING,
    PriceState.UNMAPPED,
    PriceState.UNKNOWN,
    PriceState.MATCH,
)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One line of the audit with the product beside it; amounts in the machine's minor units."""

    line: PriceLine
    slot: str
    product: str
    planned: int | None
    price: int | None  # that decides: of the selection, else of the first list that has one
    others: int  # further prices, in price lists and by payment device
    differing: int  # of those, which are not the planned one; they may be so on purpose

    @property
    def name(self) -> str:
        return selection_name(self.line.selection, self.slot, self.product)


def price_rows(shown: ReadShown) -> tuple[PriceRow, ...]:
    """In the order of the report, then what is missing; nothing without a planogram."""
    audit = shown.detail.audit
    return tuple(_row(shown, line) for line in audit.lines) if audit is not None else ()


def _row(shown: ReadShown, line: PriceLine) -> PriceRow:
    beside = shown.by_selection.get(line.selection)
    said = sorted(line.said, key=lambda each: not each.price)  # 0 is a price where nothing else is
    return PriceRow(
        line,
        ", ".join(line.slots),
        (beside.product if beside is not None else None) or "",
        line.planned,
        said[0].price if said else None,
        len(said[1:]),
        sum(each.differs for each in said[1:]),
    )


def worst_first(rows: tuple[PriceRow, ...]) -> tuple[PriceRow, ...]:
    """What somebody has to look at first, else in the order of the audit."""
    return tuple(sorted(rows, key=lambda row: WORST_FIRST.index(row.line.state)))


def price_proof(shown: ReadShown, row: PriceRow, words: str) -> Proof:
    """The lines that say a price of this selection; without one, all of its lines."""
    said = row.line.said
    lines = tuple(sorted({each.line for each in said}))
    if not lines:
        lines = shown.lines.of_selection(row.line.selection, row.line.line)
    elements = tuple(dict.fromkeys(each.element for each in said))
    return Proof(row.name, words, lines, elements)
