"""Groups the product segments of a report (PA1 to PA7) into selections with their meters."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from cvd_shared.dex.dex_report import Segment
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.element_values import text
from cvd_shared.dex.machine_reading import Meters, Selection, SoldOut, VendCount


@dataclass(slots=True)
class _Draft:
    """A selection that is being collected; of doubled segments the first one counts."""

    product: Segment  # PA1
    name: str
    price: int | None
    title: str | None
    levels: list[int | None]  # PA104 to PA109
    sold: list[int | None] | None = None
    tests: int | None = None
    free: int | None = None
    sold_out_at: str | None = None


class SelectionMaker:
    """Takes the product segments in their order, then gives the selections."""

    def __init__(self, values: ElementReader) -> None:
        self._values = values
        self._drafts: list[_Draft] = []
        self._payments: list[Segment] = []

    def take_product(self, segment: Segment) -> None:
        """A PA1; PA2 to PA5 belong to the one above them."""
        values = self._values
        values.open(segment)
        name, price, title = values.text(1) or "", values.number(2), values.text(3)
        self._drafts.append(_Draft(segment, name, price, title, values.numbers(4, 9)))

    def take_sold(self, segment: Segment) -> None:
        draft = self._draft(segment)
        if draft is not None and draft.sold is None:
            draft.sold = self._values.numbers(1, 4)

    def take_tests(self, segment: Segment) -> None:
        draft = self._draft(segment)
        if draft is not None and draft.tests is None:
            draft.tests = self._values.number(1)

    def take_free(self, segment: Segment) -> None:
        draft = self._draft(segment)
        if draft is not None and draft.free is None:
            draft.free = self._values.number(1)

    def take_sold_out(self, segment: Segment) -> None:
        draft = self._draft(segment)
        if draft is not None and draft.sold_out_at is None:
            draft.sold_out_at = self._values.moment(1)

    def take_payment(self, segment: Segment) -> None:
        """A PA7, which names its selection itself."""
        self._payments.append(segment)

    def _draft(self, segment: Segment) -> _Draft | None:
        """Go to a segment that belongs to the product above it."""
        self._values.open(segment)
        if self._drafts:
            return self._drafts[-1]
        self._values.note("info", "no_selection_above", "Product meters without a PA1 above")
        return None

    def selections(self) -> tuple[Selection, ...]:
        """The selections in the order of PA1; of PA7 for a machine that sends no PA1."""
        if not self._drafts:
            for first, *_ in self._payments_by_name.values():
                self.take_product(Segment(first.line, f"PA1*{first.elements[1]}"))
        times = Counter(draft.name for draft in self._drafts)
        return tuple(
            self._selection(draft, position, times)
            for position, draft in enumerate(self._drafts, 1)
        )

    def _selection(self, draft: _Draft, position: int, times: Counter[str]) -> Selection:
        name = draft.name
        capacity, fill_level, dispensed, status, level, least = draft.levels
        if not name or times[name] > 1:
            name = self._odd_name(draft, position, times)
        return Selection(
            draft.product.line,
            name,
            bool(draft.name),
            draft.price,
            draft.title,
            capacity,
            fill_level,
            dispensed,
            status,
            level,
            least,
            Meters(*(draft.sold or self._sold_by_payments(draft.name))),
            VendCount(draft.tests),
            VendCount(draft.free),
            VendCount(),
            SoldOut(draft.sold_out_at),
        )

    def _odd_name(self, draft: _Draft, position: int, times: Counter[str]) -> str:
        self._values.open(draft.product)
        if draft.name:
            message = f"Selection {draft.name} is there more than once"
            self._values.note("warning", "selection_twice", message, draft.name)
            return draft.name
        message = "The machine gives the selection no name; its position is shown"
        self._values.note("info", "selection_unnamed", message)
        return f"#{position}" if str(position) in times else str(position)

    def _sold_by_payments(self, name: str) -> list[int | None]:
        """The meters from PA7, for machines that send no PA2."""
        rows = []
        for payment in self._payments_by_name.get(name, ()):
            self._values.open(payment)
            rows.append(self._values.numbers(5, 8))
        return [_sum(column) for column in zip(*rows, strict=True)]

    @cached_property
    def _payments_by_name(self) -> dict[str, list[Segment]]:
        """PA7 by selection; only asked for by machines that leave out PA1 or PA2."""
        found: dict[str, list[Segment]] = {}
        for segment in self._payments:
            if name := text("".join(segment.elements[1:2])):
                found.setdefault(name, []).append(segment)
        return found


def _sum(values: tuple[int | None, ...]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
