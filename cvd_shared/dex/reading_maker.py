"""From a report to its MachineReading.

To read one more segment: 1. its facts in machine_reading.py; 2. a method here and its line in
`takers`. Counters of the machine as a whole need neither: the table makes them totals.
"""

from collections.abc import Callable
from functools import cache

from cvd_shared.dex.dex_events import event_meaning
from cvd_shared.dex.dex_report import BLANKS, Report, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.machine_reading import (
    Event,
    Identity,
    MachineReading,
    PaidVends,
    ReadOuts,
)
from cvd_shared.dex.money_frame import MoneyFrame, bills_unit, money_frame
from cvd_shared.dex.selection_maker import SelectionMaker


def make_reading(report: Report) -> MachineReading:
    """The typed facts of `report`. Never raises."""
    maker = _ReadingMaker()
    takers = maker.takers
    for segment in report.reliable_segments():
        name = segment[1][0]
        taker = takers.get(name) or takers.get(name.strip(BLANKS))
        if taker is not None:
            taker(segment)
    return maker.reading(report)


class _ReadingMaker:
    """Collects the facts of one report; where a segment is doubled, the first one counts."""

    def __init__(self) -> None:
        self._values = ElementReader()
        self._selections = SelectionMaker(self._values)
        self._identity: dict[str, Segment] = {}
        self._money: MoneyFrame | None = None
        self._counters: dict[str, int] = {}
        self._events: list[Event] = []
        self._read_outs: ReadOuts | None = None
        self._clock: str | None = None
        self.takers: dict[str, Callable[[Segment], None]] = {
            **dict.fromkeys(_counters(), self._take_counters),
            "ID1": self._take_identity,
            "CB1": self._take_identity,
            "SD1": self._take_identity,
            "ID4": self._take_currency,
            "ID5": self._take_clock,
            "PA1": self._selections.open,
            "PA2": self._selections.part,
            "PA3": self._selections.part,
            "PA4": self._selections.part,
            "PA5": self._selections.part,
            "PA8": self._selections.part,
            "PA7": self._selections.payment,
            "EA1": self._take_dated_event,
            "EA2": self._take_counted_event,
            "EA3": self._take_read_outs,
        }

    def _take_counters(self, segment: Segment) -> None:
        number, counters, elements = self._values.number, self._counters, segment.elements
        count = len(elements)
        for position, code in _counters()[segment.id]:
            if position < count and elements[position] and code not in counters:
                value = number(segment, position)
                if value is not None:
                    counters[code] = value

    def _take_identity(self, segment: Segment) -> None:
        self._identity.setdefault(segment.id, segment)

    def _take_currency(self, segment: Segment) -> None:
        if self._money is not None:
            return
        elements = segment.elements[1:4]
        self._money = money_frame(*elements)
        if not self._money.decimals_known:
            message = "ID401 is no sensible number of decimals; 2 are taken"
            self._values.note("warning", "decimals_unknown", segment.line, message)
        if self._money.currency is None and any(elements[1:]):
            message = "ID4 names no currency that is known"
            self._values.note("info", "currency_unknown", segment.line, message)

    def _take_clock(self, segment: Segment) -> None:
        self._clock = self._clock or self._values.moment(segment, 1)

    def _take_dated_event(self, segment: Segment) -> None:
        code, meaning = self._event(segment)
        at, minutes = self._values.moment(segment, 2), self._values.number(segment, 4)
        self._events.append(Event(segment.line, code, meaning, None, None, None, at, minutes))

    def _take_counted_event(self, segment: Segment) -> None:
        code, meaning = self._event(segment)
        number = self._values.number
        since_reset, since_init = number(segment, 2), number(segment, 3)
        active = _ACTIVE.get(number(segment, 5))
        self._events.append(
            Event(segment.line, code, meaning, since_reset, since_init, active, None, None)
        )

    def _event(self, segment: Segment) -> tuple[str, str]:
        code = self._values.text(segment, 1)
        if code is None:
            self._values.note("info", "event_unnamed", segment.line, "An event without a code")
            return "", "event without a code"
        return code, event_meaning(code).text

    def _take_read_outs(self, segment: Segment) -> None:
        values = self._values
        self._take_counters(segment)
        self._read_outs = self._read_outs or ReadOuts(
            with_reset=values.number(segment, 1),
            at=values.moment(segment, 2),
            reader=values.text(segment, 4),
            last_at=values.moment(segment, 5),
            last_reader=values.text(segment, 7),
            reads=values.number(segment, 9),
            resets=values.number(segment, 10),
        )

    def reading(self, report: Report) -> MachineReading:
        values = self._values
        header = report.header or _NOTHING
        identity, board, commands = (
            self._identity.get(name, _NOTHING) for name in ("ID1", "CB1", "SD1")
        )
        money = self._money or money_frame()
        cash_in = [self._counters.get(code) for code in _CASH_IN]
        reset_mode = values.text(commands, 5)
        if reset_mode == "AUTO":
            message = "The machine clears its interval counters after every good read"
            values.note("info", "resets_when_read", commands.line, message)
        selections = self._selections.selections()
        return MachineReading(
            communication_id=values.text(header, 1),
            version=values.text(header, 3),
            complete=report.complete,
            identity=Identity(
                asset_number=values.text(identity, 6),
                serial_number=values.text(identity, 1),
                model=values.text(identity, 2),
                build=values.text(identity, 3),
                location=values.text(identity, 4),
                control_board=values.text(board, 1),
                software=values.text(board, 3),
            ),
            money=money,
            paid_vends=PaidVends(*map(self._counters.get, _PAID_VENDS)),
            bills_unit=bills_unit(cash_in, money.decimals),
            counters=self._counters,
            selections=selections,
            events=tuple(self._events),
            read_outs=self._read_outs or ReadOuts(),
            machine_clock=self._clock,
            reset_mode=reset_mode,
            findings=values.findings(),
        )


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


_NOTHING = Segment(0, [])
_TUBES = "CA1501"
_ACTIVE: dict[int | None, bool] = {0: False, 1: True}
_PAID_VENDS = tuple(f"VA1{position:02d}" for position in range(1, 5))
_CASH_IN = tuple(f"CA3{position:02d}" for position in range(1, 11))
