"""The price audit: planogram prices against the prices that the machine says.

What decides is the base price of a selection: PA102, else its price on price list 0 or 1 (LA1),
else the cash price of its sales (PA7). Other price lists may differ on purpose, as for cards: they
are told and decide nothing. 0 and the largest numbers of a machine stand for "no price" in many
reports, so 0 differs only on a machine that has prices at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from cvd_shared.dex.machine_reading import MachineReading, Selection
from cvd_shared.selection_names import Names

if TYPE_CHECKING:
    from cvd_shared.wire_records import PlanogramSlot

_NOT_SET = frozenset((65535, 99_999, 999_999, 9_999_999, 99_999_999, 2**32 - 1))
_BASE_LISTS = (None, 0, 1)  # an empty list number is list 0; some makers count from 1
_ABSENT = 1  # PA107


class _OfSelection(Protocol):
    """What names a selection: a slot, an LA1, a PA7."""

    @property
    def selection(self) -> str | None: ...


_RowT = TypeVar("_RowT", bound=_OfSelection)


class PriceState(StrEnum):
    MATCH = "match"
    DIFFERS = "differs"
    SELECTION_MISSING = "selection_missing"  # planned, but the machine does not have it
    UNMAPPED = "unmapped"  # in the report, planned for no slot
    UNKNOWN = "unknown"  # nothing to compare: no price is said, an empty slot, a cut report


class SaidPrice(NamedTuple):
    """One price that the machine says for a selection, in the machine's own minor units."""

    element: str  # PA102, LA103 or PA704
    price: int
    price_list: int | None  # LA101, PA703
    device: str | None  # PA702
    line: int
    differs: bool  # from the planned one


class PriceLine(NamedTuple):
    """One selection of the audit. `planned` is in the machine's minor units too.

    It is None where nothing is planned, and rounded where the machine has too few decimals for it.
    """

    selection: str
    slots: tuple[str, ...]  # door labels; empty when unmapped
    state: PriceState
    planned: int | None
    said: tuple[SaidPrice, ...]
    line: int | None = None  # of its PA1; None when the report does not have the selection


@dataclass(frozen=True, slots=True)
class PriceAudit:
    """Every line, in the order of the report, then the missing ones."""

    lines: tuple[PriceLine, ...]

    def count(self, state: PriceState) -> int:
        return sum(line.state is state for line in self.lines)


class _Price(NamedTuple):
    """A price as it was said."""

    element: str
    price: int
    price_list: int | None
    device: str | None
    line: int


class _Frame(NamedTuple):
    """What the prices of one audit are measured with."""

    said_unit: int  # minor units of the machine in one whole unit
    planned_unit: int
    complete: bool  # the report is whole
    has_prices: bool  # the machine says more than 0 for some selection
    knows_absent: bool  # PA107 tells present selections from absent ones

    def exact(self, planned: int) -> int | None:
        """In the machine's minor units; None where it has too few decimals to say it."""
        whole, rest = divmod(planned * self.said_unit, self.planned_unit)
        return None if rest else whole

    def shown(self, planned: int) -> int:
        """In the machine's minor units, half rounded up."""
        return (2 * planned * self.said_unit + self.planned_unit) // (2 * self.planned_unit)


def audit_prices(
    reading: MachineReading, slots: Sequence[PlanogramSlot], decimals: int | None = None
) -> PriceAudit:
    """Every selection of the report, then the planned ones that it does not have.

    `decimals` are those of the planogram's prices, which are those of the machine's record; None:
    the same as the report's. A report that does not say its decimals has those of the record.
    """
    groups: dict[str, list[Selection]] = {}  # some machines use a name twice
    for selection in reading.selections:
        groups.setdefault(selection.selection, []).append(selection)
    names = Names(groups)
    prices = _said_prices(reading, groups, names)
    bases = {name: _base_prices(found) for name, found in prices.items()}
    frame = _frame(reading, bases.values(), decimals)
    planned = _by_name(slots, names)
    lines = [
        _line(name, group, planned.get(name, []), prices[name], bases[name], frame)
        for name, group in groups.items()
        if name in planned or not _absent(group, frame)
    ]
    missing: dict[str, list[PlanogramSlot]] = {}
    for slot in planned.get(None, []):
        if slot.product_id is not None:
            missing.setdefault(slot.selection, []).append(slot)
    state = PriceState.SELECTION_MISSING if frame.complete else PriceState.UNKNOWN
    lines += [
        PriceLine(name, _labels(group), state, frame.shown(group[0].price), ())
        for name, group in missing.items()
    ]
    return PriceAudit(tuple(lines))


def _line(
    name: str,
    group: list[Selection],
    slots: list[PlanogramSlot],
    prices: list[_Price],
    base: set[int],
    frame: _Frame,
) -> PriceLine:
    wanted = [slot.price for slot in slots if slot.product_id is not None]
    differing = [price for price in wanted if frame.exact(price) not in base]
    if not slots:
        state = PriceState.UNMAPPED
    elif wanted and not differing:
        state = PriceState.MATCH
    elif wanted and _absent(group, frame):
        state = PriceState.SELECTION_MISSING
    elif wanted and base and frame.has_prices:
        state = PriceState.DIFFERS
    else:
        state = PriceState.UNKNOWN
    planned = next(iter([*differing, *wanted]), None)
    if planned is None:
        exact, shown = None, None
    else:
        exact, shown = frame.exact(planned), frame.shown(planned)
    zero_is_said = 0 in base and frame.has_prices
    said = tuple(
        [
            SaidPrice(*each, shown is not None and each.price != exact)
            for each in prices
            if each.price or zero_is_said
        ]
    )
    return PriceLine(name, _labels(slots), state, shown, said, group[0].line)


def _absent(group: list[Selection], frame: _Frame) -> bool:
    return frame.knows_absent and all(each.status == _ABSENT for each in group)


def _labels(slots: Iterable[PlanogramSlot]) -> tuple[str, ...]:
    return tuple(slot.label for slot in slots)


def _frame(reading: MachineReading, bases: Iterable[set[int]], decimals: int | None) -> _Frame:
    said = reading.money.decimals
    if decimals is not None and (
        not reading.money.decimals_known or "ID4" not in reading.first_lines
    ):
        said = decimals
    return _Frame(
        said_unit=10**said,
        planned_unit=10 ** (said if decimals is None else decimals),
        complete=reading.complete,
        # All 0: it is free, or its payment system holds the prices.
        has_prices=any(price for base in bases for price in base),
        # Marked everywhere: this maker means something else by it.
        knows_absent=any(each.status != _ABSENT for each in reading.selections),
    )


def _said_prices(
    reading: MachineReading, groups: Mapping[str, list[Selection]], names: Names
) -> dict[str, list[_Price]]:
    """Every price that is one, by selection: PA1, then LA1, then PA7."""
    found: dict[str, list[_Price]] = {
        name: [
            _Price("PA102", each.price, None, None, each.line)
            for each in group
            if each.price is not None and each.price not in _NOT_SET
        ]
        for name, group in groups.items()
    }
    lists = _by_name(reading.price_list, names)
    payments = _by_name(reading.payments, names)
    for name, prices in found.items():
        prices += [
            _Price("LA103", entry.price, entry.price_list, None, entry.line)
            for entry in lists.get(name, ())
            if entry.price is not None and entry.price not in _NOT_SET
        ]
        prices += [  # 0 where nothing was sold yet
            _Price("PA704", sales.price, sales.price_list, sales.device, sales.line)
            for sales in payments.get(name, ())
            if sales.price and sales.price not in _NOT_SET
        ]
    return found


def _base_prices(prices: list[_Price]) -> set[int]:
    """The prices that decide: more than one only where several selections share a name."""
    products = {each.price for each in prices if each.element == "PA102"}
    if any(products):
        return products
    for element in ("LA103", "PA704"):
        for price_list in _BASE_LISTS:
            base = {
                each.price
                for each in prices
                if each.element == element
                and each.price_list == price_list
                and each.price
                and each.device in (None, "CA")
            }
            if base:
                return base
    zeros = [each for each in prices if not each.price and each.price_list in _BASE_LISTS]
    return {0} if zeros else set()


def _by_name(rows: Iterable[_RowT], names: Names) -> dict[str | None, list[_RowT]]:
    """Rows by the selection of the report that they name; None: the report does not have it."""
    written: dict[str | None, list[_RowT]] = {}
    for row in rows:
        written.setdefault(row.selection, []).append(row)
    grouped: dict[str | None, list[_RowT]] = {}
    for name, its_rows in written.items():
        grouped.setdefault(names.find(name or ""), []).extend(its_rows)
    return grouped
