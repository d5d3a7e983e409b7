"""The price audit: planogram prices against the prices that the machine says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class PriceState(StrEnum):
    MATCH = "match"
    DIFFERS = "differs"
    SELECTION_MISSING = "selection_missing"  # planned, but the report does not have it
    UNMAPPED = "unmapped"  # in the report, planned for no slot
    UNKNOWN = "unknown"  # mapped, but the machine says no price


class SaidPrice(NamedTuple):
    """One price that the machine says for a selection, in the machine's own minor units."""

    element: str  # PA102, LA103 or PA704
    price: int
    price_list: int | None  # LA101, PA703
    device: str | None  # PA702
    line: int
    differs: bool


class PriceLine(NamedTuple):
    """One selection of the audit. `planned` is in the machine's minor units too."""

    selection: str
    slots: tuple[str, ...]  # door labels; empty when unmapped
    state: PriceState
    planned: int | None
    said: tuple[SaidPrice, ...]


@dataclass(frozen=True, slots=True)
class PriceAudit:
    """Every line, in the order of the report, then the missing ones."""

    lines: tuple[PriceLine, ...]

    def count(self, state: PriceState) -> int:
        return sum(line.state is state for line in self.lines)
