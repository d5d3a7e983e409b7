"""Groups the product segments of a report (PA1 to PA8) into selections with their meters."""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from cvd_shared.dex.dex_report import BLANKS, Segment
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.element_values import text
from cvd_shared.dex.machine_reading import Meters, Selection

_NOT_PRESENT = 1  # PA107


class _Draft(NamedTuple):
    product: Segment  # PA1
    parts: list[Segment]  # PA2 to PA5


class SelectionMaker:
    """Takes the product segments in their order, then gives the selections."""

    def __init__(self, values: ElementReader) -> None:
        self._values = values
        self._drafts: list[_Draft] = []
        self.payments: list[Segment] = []  # PA7, which name their selection themselves

    def open(self, segment: Segment) -> None:
        """A PA1."""
        self._drafts.append(_Draft(segment, []))

    def part(self, segment: Segment) -> None:
        """A segment that belongs to the PA1 above it."""
        if self._drafts:
            self._drafts[-1][1].append(segment)
        else:
            self._values.open(segment)
            self._values.note("info", "no_selection_above", "Product meters without a PA1 above")

    def selections(self) -> tuple[Selection, ...]:
        """The selections in the order of PA1; of PA7 for a machine that sends no PA1."""
        if not self._drafts:
            for name, payments in self._payments_by_name.items():
                self.open(Segment(payments[0].line, f"PA1*{name}"))
        found = [self._selection(draft) for draft in self._drafts]
        times = Counter(selection.selection for selection in found)
        for place, selection in enumerate(found):
            name = selection.selection
            if times[name] == 1 and name:
                continue
            self._values.open(self._drafts[place].product)
            if name:
                message = f"Selection {name} is there more than once"
                self._values.note("warning", "selection_twice", message, name)
            else:
                message = "The machine gives the selection no name; its position is shown"
                self._values.note("info", "selection_unnamed", message)
                position = str(place + 1)
                name = f"#{position}" if position in times else position
                found[place] = selection._replace(selection=name, named=False)
        return tuple(found)

    def _selection(self, draft: _Draft) -> Selection:
        values = self._values
        values.open(draft.product)
        name = values.text(1) or ""
        price, product = values.number(2), values.text(3)
        capacity, fill_level, _, status, level = values.numbers(4, 8)
        parts = {part[1].lstrip(BLANKS)[:3]: part for part in reversed(draft.parts)}
        return Selection(
            draft.product.line,
            name,
            True,
            price,
            product,
            capacity,
            fill_level,
            status != _NOT_PRESENT,
            level,
            self._meters(name, parts.get("PA2")),
            self._first_number(parts.get("PA3")),
            self._first_number(parts.get("PA4")),
            self._first_moment(parts.get("PA5")),
        )

    def _meters(self, name: str, sold: Segment | None) -> Meters:
        """From PA2; where a machine sends none, from its PA7."""
        if sold is not None:
            self._values.open(sold)
            return Meters(*self._values.numbers(1, 4))
        rows = []
        for payment in self._payments_by_name.get(name, ()):
            self._values.open(payment)
            rows.append(self._values.numbers(5, 8))
        return Meters(*map(_sum, zip(*rows, strict=True)))

    @cached_property
    def _payments_by_name(self) -> dict[str, list[Segment]]:
        """PA7 by selection; only asked for by machines that leave out PA1 or PA2."""
        found: dict[str, list[Segment]] = {}
        for segment in self.payments:
            if name := text("".join(segment.elements[1:2])):
                found.setdefault(name, []).append(segment)
        return found

    def _first_number(self, segment: Segment | None) -> int | None:
        if segment is None:
            return None
        self._values.open(segment)
        return self._values.number(1)

    def _first_moment(self, segment: Segment | None) -> str | None:
        if segment is None:
            return None
        self._values.open(segment)
        return self._values.moment(1)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
