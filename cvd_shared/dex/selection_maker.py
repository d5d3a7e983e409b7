"""Groups the product segments of a report (PA1 to PA8) into selections with their meters."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from cvd_shared.dex.dex_report import BLANKS, Segment
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.machine_reading import Meters, Selection

_NOT_PRESENT = 1  # PA107
_NOTHING = Segment(0, [])


class _Draft(NamedTuple):
    product: Segment  # PA1
    parts: dict[str, Segment]  # PA2 to PA5


class SelectionMaker:
    """Takes the product segments in their order, then gives the selections."""

    def __init__(self, values: ElementReader) -> None:
        self._values = values
        self._drafts: list[_Draft] = []
        self._payments: dict[str, list[Segment]] = {}

    def open(self, segment: Segment) -> None:
        """A PA1."""
        self._drafts.append(_Draft(segment, {}))

    def part(self, segment: Segment) -> None:
        """A segment that belongs to the PA1 above it; the first of each kind counts."""
        if self._drafts:
            self._drafts[-1][1].setdefault(segment[1][0].strip(BLANKS), segment)
        else:
            self._values.note(
                "info", "no_selection_above", segment.line, "Product meters without a PA1 above"
            )

    def payment(self, segment: Segment) -> None:
        """A PA7, which names its selection itself."""
        if (name := self._values.text(segment, 1)) is not None:
            self._payments.setdefault(name, []).append(segment)

    def selections(self) -> tuple[Selection, ...]:
        """The selections of PA1 in their order, then those that only PA7 names."""
        names = [self._values.text(draft.product, 1) for draft in self._drafts]
        times = Counter(name for name in names if name is not None)
        found = []
        for position, (draft, name) in enumerate(zip(self._drafts, names, strict=True), 1):
            spare = f"#{position}" if str(position) in times else str(position)
            found.append(self._selection(draft, name or spare, named=name is not None))
            if name is None:
                message = "The machine gives the selection no name; its position is shown"
                self._values.note("info", "selection_unnamed", draft.product.line, message)
            elif times[name] > 1:
                message = f"Selection {name} is there more than once"
                self._values.note("warning", "selection_twice", draft.product.line, message, name)
        for name, payments in self._payments.items():
            if name not in times:
                product = Segment(payments[0].line, [])
                found.append(self._selection(_Draft(product, {}), name, named=True))
        return tuple(found)

    def _selection(self, draft: _Draft, name: str, *, named: bool) -> Selection:
        values, (product, parts) = self._values, draft
        payments = tuple(self._payments.get(name, ())) if named else ()
        sold = parts.get("PA2")
        capacity, fill_level, _, status, level = values.numbers(product, 4, 8)
        return Selection(
            product.line,
            name,
            named,
            values.number(product, 2),
            values.text(product, 3),
            capacity,
            fill_level,
            status != _NOT_PRESENT,
            level,
            Meters(*values.numbers(sold, 1, 4)) if sold else self._sums(payments),
            values.number(parts.get("PA3", _NOTHING), 1),
            values.number(parts.get("PA4", _NOTHING), 1),
            values.moment(parts.get("PA5", _NOTHING), 1),
            payments,
        )

    def _sums(self, payments: Iterable[Segment]) -> Meters:
        """The meters from PA7, for machines that send no PA2."""
        columns = zip(*(self._values.numbers(row, 5, 8) for row in payments), strict=True)
        return Meters(*map(_sum, columns))


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
