"""The running account of one slot: what people put in and took out, what reads say was sold.

Sales between two reads are known as one number. Where a slot was counted in between, the time
before and the time after have to be told apart: an Anchor keeps what the ledger knew then, until
the later of the two reads says the number.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey, StockKind, StockRow
from cvd_shared.visit_facts import is_swap, spoiled_units
from cvd_shared.wire_events import FigureSource
from cvd_shared.wire_records import PlanogramSlot, VisitAmendment, VisitedSlot, VisitRecord


class Anchor(NamedTuple):
    """A moment since which it is known what a slot holds, whatever was sold before."""

    at: datetime
    since: datetime | None  # up to here sales were in the ledger before
    missing: int | None  # units less than the ledger had; None: it could not tell
    most: int | None  # so many can have been sold since then at the most


class LineEntry(NamedTuple):
    """What a visit says of a slot, and when that was in the order of the ledger."""

    place: datetime
    at: datetime  # end of the visit
    key: SlotKey
    visit: VisitRecord
    line: VisitedSlot  # as it holds now
    first: VisitedSlot | None  # as it was recorded, when an amendment changed it
    amendment: VisitAmendment | None


@dataclass(slots=True)
class SlotAccount:
    """`planned` None: the planogram does not have the slot (any more)."""

    key: SlotKey
    planned: PlanogramSlot | None
    selections: list[tuple[datetime, str]] = field(default_factory=list)
    """(until, selection key) of lines, oldest first, where it is not always as planned"""
    stock: int | None = None  # may be below zero
    until: datetime | None = None  # sales up to here are in it
    product_id: str | None = None
    price: int | None = None
    expiry: str | None = None
    line_place: datetime | None = None  # of the last line
    known_at: datetime | None = None
    known_units: int | None = None
    source: FigureSource = "M"
    sold: int = 0  # since the last line
    doubts: set[str] = field(default_factory=set)
    rows: list[StockRow] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)  # since the last read

    @property
    def weight(self) -> int:
        """Its part of the sales of a selection that several slots share."""
        if self.stock is not None:
            return max(0, self.stock)
        if self.planned is None or self.line_place is None:
            return 0  # nobody has ever seen it: it may not be there yet
        return max(0, self.planned.par)

    # --- a visit --------------------------------------------------------------------------------

    def visited(self, entry: LineEntry) -> None:
        line = entry.line
        work = _work(self.stock, line, entry.at, entry.visit.id)
        anchored = line.counted is not None or is_swap(line) or work.stated
        if anchored:
            self.anchors.append(
                Anchor(entry.place, self.until, *_gap(self.stock, line, doubtful=bool(self.doubts)))
            )
            self.doubts.clear()
            self.until = entry.place
        if work.lifted:
            self.doubts.add("below_zero")
        self.rows = _with_correction(self.stock, entry, work)
        self.stock = self.known_units = work.after
        self.line_place, self.known_at = entry.place, entry.at
        self.source = line.before_source if work.stated else "M"
        self.sold = 0
        self.product_id = line.product_id or self.product_id
        self.price = self.price if line.price is None else line.price
        self.expiry = line.expiry or (None if work.emptied else self.expiry)

    # --- a read ---------------------------------------------------------------------------------

    def claim(self, since: datetime) -> int:
        """Units that counts since then found missing: sold before these counts, if anybody."""
        return sum(max(0, each.missing or 0) for each in self.anchors if _tells(each, since))

    def contradicts(self, since: datetime) -> bool:
        """Whether a count since then found more than there can have been."""
        return any(
            each.missing is not None and each.missing < 0
            for each in self.anchors
            if _tells(each, since)
        )

    def sell(self, units: int, since: datetime, at: datetime, read_id: str, *, own: bool) -> None:
        """Its part of what was sold between two reads, but for its claim; `own`: not shared."""
        tail = units
        if self.anchors:
            inside = [each for each in self.anchors if each.at > since]
            open_ = [each for each in inside if not _tells(each, since)]
            if open_:
                tail = self._after_last_anchor(units, open_, inside[-1].at, since, at)
                own = False
        if self.stock is not None:
            if self.until is not None and self.until < since:
                self.doubts.add("meter_unknown")  # nobody read the machine in between
            self.stock -= tail
        self.sold += tail
        if tail:
            source: FigureSource = "D" if own else "C"
            self.rows.append(StockRow(at, StockKind.SALE, -tail, self.stock, source, read_id))
        self._read(at)

    def _after_last_anchor(
        self, units: int, open_: list[Anchor], last: datetime, since: datetime, at: datetime
    ) -> int:
        """How many of the units were sold after the last count, as the time went, rounded up.

        No more than were in it then, and no fewer than could not have been sold before.
        """
        most = [each.most for each in open_ if each.most is not None]
        least = max(0, units - sum(most)) if len(most) == len(open_) else 0
        highest = units if self.stock is None else min(units, max(0, self.stock))
        if highest > least:
            self.doubts.add("count_without_read")
        before = sum((each.at - max(since, each.since or since) for each in open_), timedelta())
        after = at - last
        whole = (before + after) // timedelta(microseconds=1)
        part = units if whole == 0 else -(-units * (after // timedelta(microseconds=1)) // whole)
        return max(least, min(part, highest))

    def not_told(self, at: datetime) -> None:
        """A read that does not say what was sold here."""
        if self.stock is not None:
            self.doubts.add("meter_unknown")
        self._read(at)

    def _read(self, at: datetime) -> None:
        self.until = at if self.until is None else max(at, self.until)
        self.anchors.clear()


def _tells(anchor: Anchor, since: datetime) -> bool:
    """Whether what was missing at a count was sold since then: the ledger was complete up to it."""
    return (
        anchor.at > since
        and anchor.missing is not None
        and anchor.since is not None
        and anchor.since >= since
    )


def _gap(stock: int | None, line: VisitedSlot, *, doubtful: bool) -> tuple[int | None, int | None]:
    """What the ledger had too much at a count, and the most that can have been sold before it."""
    if stock is None or stock < 0 or doubtful:
        return None, None
    if line.counted is not None:
        return stock - line.counted, stock
    out = line.removed + spoiled_units(line)
    if is_swap(line) and out and out != line.before:
        return stock - out, stock  # a person said how many came out
    return None, stock


class _Work(NamedTuple):
    rows: list[StockRow]
    after: int | None
    stated: bool  # it begins with what a person saw
    lifted: bool  # more came out than was in it
    emptied: bool  # nothing of what was in it is left


def _work(stock: int | None, line: VisitedSlot, at: datetime, ref: str) -> _Work:
    """The rows of a line, and what the slot holds after them."""
    rows: list[StockRow] = []
    stated = lifted = False

    def row(kind: StockKind, units: int, source: FigureSource = "M") -> None:
        rows.append(StockRow(at, kind, units, stock, source, ref))

    out = line.removed + spoiled_units(line)
    if line.counted is not None:
        stock = line.counted
        row(StockKind.COUNT, stock)
    elif stock is None and line.before is not None:
        stock, stated = line.before, True
        row(StockKind.STATED, stock, line.before_source)
    least = 0 if is_swap(line) else out
    if stock is not None and stock < least:
        # what came out was in it: the ledger had too little
        units, stock, lifted = least - stock, least, True
        row(StockKind.CORRECTION, units, "C")
    if is_swap(line):
        units, stock = -(stock or 0), 0
        row(StockKind.SWAP, units)
    else:
        for kind, units in (
            (StockKind.REMOVAL, line.removed),
            (StockKind.SPOILAGE, spoiled_units(line)),
        ):
            if units:
                stock = None if stock is None else stock - units
                row(kind, -units)
    emptied = stock == 0
    if line.filled or not rows:
        stock = None if stock is None else stock + line.filled
        row(StockKind.FILL, line.filled)
    return _Work(rows, stock, stated, lifted, emptied)


def _with_correction(stock: int | None, entry: LineEntry, work: _Work) -> list[StockRow]:
    """An amended line as it was recorded first, and what the amendment changed as a row."""
    first, amendment = entry.first, entry.amendment
    if first is None or amendment is None or is_swap(first) or is_swap(entry.line):
        return work.rows
    before = _work(stock, first, entry.at, entry.visit.id)
    if before.after is None or work.after is None or before.after == work.after:
        return work.rows
    units = work.after - before.after
    row = StockRow(moment(amendment.at), StockKind.CORRECTION, units, work.after, "M", amendment.id)
    return [*before.rows, row]
