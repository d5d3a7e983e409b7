"""From a report to its MachineReading.

To read one more segment: 1. its facts in machine_reading.py; 2. a method here and its line in
`_TAKERS`. Counters of the machine as a whole need neither: the table makes them totals.
"""

from collections.abc import Callable
from functools import cache

from cvd_shared.dex.dex_events import event_meaning
from cvd_shared.dex.dex_report import Report, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.machine_reading import (
    Event,
    Identity,
    MachineReading,
    PaidVends,
    ReadOuts,
    Settings,
)
from cvd_shared.dex.money_frame import MoneyFrame, bills_unit, money_frame
from cvd_shared.dex.selection_maker import SelectionMaker

SALES = frozenset({"VA1", "PA1", "PA2", "PA7"})
"""The segments that tell what was sold: a fifth of the time of a whole reading is saved."""


def make_reading(report: Report, only: frozenset[str] | None = None) -> MachineReading:
    """The typed facts of `report`, or those of the segments named in `only`. Never raises."""
    maker = _ReadingMaker()
    takers = _takers(only)
    for segment in report.reliable_segments():
        taker = takers.get(segment[1][:4])  # nearly all have an id of three characters
        if taker is None:
            taker = takers.get(f"{segment.id}*", _ReadingMaker.pass_by)
        taker(maker, segment)
    return maker.reading(report)


class _ReadingMaker(SelectionMaker):
    """Collects the facts of one report; where a segment is doubled, the first one counts."""

    def __init__(self) -> None:
        super().__init__(ElementReader())
        self._identity: dict[str, Segment] = {}
        self._money: MoneyFrame | None = None
        self._counters: dict[str, int] = {}
        self._events: list[Event] = []
        self._read_outs: ReadOuts | None = None
        self._clock: str | None = None

    def pass_by(self, segment: Segment) -> None:
        """Nothing to read: told by its raw text alone."""

    def take_counters(self, segment: Segment) -> None:
        values, counters = self._values, self._counters
        values.open(segment)
        for position, code in _counters()[segment.id]:
            value = values.number(position)
            if value is not None:
                counters.setdefault(code, value)

    def take_identity(self, segment: Segment) -> None:
        self._identity.setdefault(segment.id, segment)

    def take_currency(self, segment: Segment) -> None:
        if self._money is not None:
            return
        elements = segment.elements[1:4]
        self._money = money_frame(*elements)
        self._values.open(segment)
        if not self._money.decimals_known:
            message = "ID401 is no sensible number of decimals; 2 are taken"
            self._values.note("warning", "decimals_unknown", message)
        if self._money.currency is None and any(elements[1:]):
            self._values.note("info", "currency_unknown", "ID4 names no currency that is known")

    def take_clock(self, segment: Segment) -> None:
        self._values.open(segment)
        self._clock = self._clock or self._values.moment(1)

    def take_dated_event(self, segment: Segment) -> None:
        code, meaning = self._event(segment)
        at, minutes = self._values.moment(2), self._values.number(4)
        self._events.append(Event(segment.line, code, meaning, None, None, None, at, minutes))

    def take_counted_event(self, segment: Segment) -> None:
        code, meaning = self._event(segment)
        number = self._values.number
        since_reset, since_init, active = number(2), number(3), _ACTIVE.get(number(5))
        self._events.append(
            Event(segment.line, code, meaning, since_reset, since_init, active, None, None)
        )

    def _event(self, segment: Segment) -> tuple[str, str]:
        self._values.open(segment)
        code = self._values.text(1)
        if code is None:
            self._values.note("info", "event_unnamed", "An event without a code")
            return "", "event without a code"
        return code, event_meaning(code).text

    def take_read_outs(self, segment: Segment) -> None:
        self.take_counters(segment)
        values = self._values
        self._read_outs = self._read_outs or ReadOuts(
            with_reset=values.number(1),
            at=values.moment(2),
            reader=values.text(4),
            last_at=values.moment(5),
            last_reader=values.text(7),
            reads=values.number(9),
            resets=values.number(10),
        )

    def reading(self, report: Report) -> MachineReading:
        counters, money = self._counters, self._money or money_frame()
        communication_id, version = self._texts(report.header, 1, 3)
        identity = Identity(
            *self._texts(self._identity.get("ID1"), 6, 1, 2, 3, 4),
            *self._texts(self._identity.get("CB1"), 1, 3),
        )
        if not (identity.asset_number or identity.serial_number or identity.control_board):
            self._values.open(self._identity.get("ID1", report.segments[0]))
            self._values.note("warning", "no_identity", "The machine does not say which one it is")
        reset_mode = self._reset_mode()
        return MachineReading(
            communication_id=communication_id,
            version=version,
            complete=report.complete,
            identity=identity,
            money=money,
            paid_vends=PaidVends(*map(counters.get, _PAID_VENDS)),
            bills_unit=bills_unit([counters.get(code) for code in _CASH_IN], money.decimals),
            counters=counters,
            selections=self.selections(),
            payments=(),
            events=tuple(self._events),
            read_outs=self._read_outs or ReadOuts(),
            machine_clock=self._clock,
            settings=Settings(interval_reset=reset_mode),
            findings=self._values.findings(),
        )

    def _texts(self, segment: Segment | None, *positions: int) -> list[str | None]:
        """The texts at `positions`; all None when there is no such segment."""
        self._values.open(segment or _NOTHING)
        return [self._values.text(position) for position in positions]

    def _reset_mode(self) -> str | None:
        (mode,) = self._texts(self._identity.get("SD1"), 5)
        if mode == "AUTO":
            message = "The machine clears its interval counters after every good read"
            self._values.note("info", "resets_when_read", message)
        return mode


@cache
def _counters() -> dict[str, tuple[tuple[int, str], ...]]:
    """By segment id, the counters that a report has once, and the tube contents: position, code."""
    found = {}
    for kind in segment_table().values():
        counters = tuple(
            (element.position, element.code)
            for element in kind.elements.values()
            if element.code == _TUBES or (element.is_number and element.scope and not kind.repeats)
        )
        if counters:
            found[kind.id] = counters
    return found


@cache
def _takers(only: frozenset[str] | None) -> dict[str, Callable[[_ReadingMaker, Segment], None]]:
    """What reads a segment, by how its line begins."""
    takers = dict.fromkeys(_counters(), _ReadingMaker.take_counters) | _TAKERS
    if only is not None:
        takers = {id_: taker for id_, taker in takers.items() if id_ in only}
    takers = dict.fromkeys(segment_table(), _ReadingMaker.pass_by) | takers
    return {f"{id_}*": taker for id_, taker in takers.items()}


_NOTHING = Segment(0, "")
_TUBES = "CA1501"
_ACTIVE: dict[int | None, bool] = {0: False, 1: True}
_PAID_VENDS = tuple(f"VA1{position:02d}" for position in range(1, 5))
_CASH_IN = tuple(f"CA3{position:02d}" for position in range(1, 11))
_TAKERS = {
    "ID1": _ReadingMaker.take_identity,
    "CB1": _ReadingMaker.take_identity,
    "SD1": _ReadingMaker.take_identity,
    "ID4": _ReadingMaker.take_currency,
    "ID5": _ReadingMaker.take_clock,
    "PA1": _ReadingMaker.take_product,
    "PA2": _ReadingMaker.take_sold,
    "PA3": _ReadingMaker.take_tests,
    "PA4": _ReadingMaker.take_free,
    "PA5": _ReadingMaker.take_sold_out,
    "PA7": _ReadingMaker.take_payment,
    "EA1": _ReadingMaker.take_dated_event,
    "EA2": _ReadingMaker.take_counted_event,
    "EA3": _ReadingMaker.take_read_outs,
}
