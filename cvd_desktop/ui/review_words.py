"""The words of the Review screen: runs, exceptions, what proves the cash of a visit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import QDate, QObject

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.review_records import (
    CATEGORY,
    CashProof,
    DayException,
    DayReview,
    ExceptionKind,
    ProofPart,
    RunReview,
    StopReview,
    VisitBrief,
    VisitReview,
)
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_shown import NOTHING, Amounts
from cvd_desktop.ui.screens.stop_cash_proof import Proven
from cvd_desktop.ui.screens.stop_lines import StopLine
from cvd_desktop.ui.stop_words import StopWords
from cvd_desktop.ui.today_words import TodayWords
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.state_boxes import Box
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.wire_records import MachineRecord, TicketRecord

LIVE_FOR = timedelta(minutes=2)  # a sync every minute, and one that failed
PROOF_MARKS: Mapping[CashProof, TagKind] = {
    "proven": TagKind.GOOD,
    "not_provable": TagKind.WARNING,
    "not_counted": TagKind.RECORDED_HERE,
    "no_cash": TagKind.QUIET,
}
_MARKS: Mapping[ExceptionKind, TagKind] = {
    "refused": TagKind.REFUSED,
    "identity_differs": TagKind.ALERT,
    "bag_used_before": TagKind.ALERT,
    "no_read": TagKind.ALERT,
    "meter_restarted": TagKind.WARNING,
    "price_differs": TagKind.WARNING,
    "unmapped": TagKind.WARNING,
    "fill_above_need": TagKind.INFO,
    "late": TagKind.INFO,
}
_TOLD_BY_PROOFS = frozenset({"no_read_at_last_collect", "bag_not_counted"})
FILTERS = ("all", "cash", "machine", "driver")


def amounts_of(machine: MachineRecord | None) -> Amounts:
    """How the money of a machine is written."""
    return Amounts(machine.currency, machine.decimals) if machine else Amounts("", 2)


class ReviewWords(QObject):
    """Made once by the screen."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self.stops = StopWords(messages, self)
        self.today = TodayWords(self)

    # the day

    def day(self, day: date) -> str:
        """ "Thursday 19 Nov"."""
        here = formats.locale()
        return here.toString(QDate(day.year, day.month, day.day), "dddd d MMM")

    def short_day(self, day: date) -> str:
        """ "19 Nov"."""
        return formats.locale().toString(QDate(day.year, day.month, day.day), "d MMM")

    def place(self, review: DayReview) -> str:
        return f"{self.day(review.day)}, {self.runs(len(review.runs))}"

    def runs(self, count: int) -> str:
        word = self.tr("1 run") if count == 1 else self.tr("{n} runs")
        return word.format(n=formats.number(count))

    def age(self, synced_at: datetime | None, now: datetime) -> str:
        """How old all of it is: "Live, 14:26" or "As of the last sync, 14:26"."""
        if synced_at is None:
            return self.tr("Nothing was synced yet")
        live = timedelta(0) <= now - synced_at <= LIVE_FOR
        words = self.tr("Live, {when}") if live else self.tr("As of the last sync, {when}")
        return words.format(when=formats.moment_beside(synced_at, now))

    # runs

    def run_name(self, run: RunReview) -> str:
        if not run.run_id:
            return self.tr("Outside of runs")
        return self.tr("Route {number}").format(number=run.route_number)

    def notes(self, run: RunReview) -> str:
        """ "2 late, 1 skipped"; empty when there is nothing to say."""
        told = []
        if run.late:
            told.append(self.tr("{n} late").format(n=formats.number(run.late)))
        if skipped := run.count("skipped"):
            told.append(self.tr("{n} skipped").format(n=formats.number(skipped)))
        return ", ".join(told)

    def of(self, done: int, whole: int) -> str:
        return self.tr("{n} of {all}").format(n=formats.number(done), all=formats.number(whole))

    def proof(self, proof: CashProof) -> str:
        return {
            "proven": self.tr("Proven"),
            "not_provable": self.tr("Not provable"),
            "not_counted": self.tr("Not counted"),
            "no_cash": self.tr("No collect"),
        }[proof]

    # stops and visits of a run

    def stop_box(self, stop: StopReview) -> Box:
        if stop.state == "skipped":
            return Box.SKIPPED
        if stop.state == "open":
            return Box.OPEN
        return Box.LATE if stop.late else Box.DONE

    def stop_state(self, stop: StopReview) -> str:
        word = {
            "open": self.tr("Open"),
            "arrived": self.tr("Arrived"),
            "done": self.tr("Done"),
            "skipped": self.tr("Skipped"),
        }[stop.state]
        return self.tr("{state}, late").format(state=word) if stop.late else word

    def stop_mark(self, stop: StopReview) -> TagKind:
        if stop.late:
            return TagKind.STALE
        return {
            "open": TagKind.TO_DO,
            "arrived": TagKind.CURRENT,
            "done": TagKind.GOOD,
            "skipped": TagKind.NEED,
        }[stop.state]

    def boxes_told(self, run: RunReview) -> str:
        """The row of boxes for a screen reader."""
        counts = [
            (self.tr("{n} done"), run.count("done") + run.count("arrived")),
            (self.tr("{n} late"), run.late),
            (self.tr("{n} skipped"), run.count("skipped")),
            (self.tr("{n} open"), run.count("open")),
        ]
        told = [word.format(n=formats.number(count)) for word, count in counts if count]
        return ", ".join(told) or self.tr("no stops")

    def times(self, visit: VisitBrief) -> str:
        return self.span(visit.arrived_at, visit.finished_at)

    def span(self, begin: datetime, end: datetime) -> str:
        return self.tr("{from} to {to}").format(
            **{"from": formats.clock_time(begin), "to": formats.clock_time(end)}
        )

    # exceptions

    def exceptions(self, count: int) -> str:
        word = self.tr("1 exception") if count == 1 else self.tr("{n} exceptions")
        return word.format(n=formats.number(count))

    def filter(self, name: str) -> str:
        return {
            "all": self.tr("All"),
            "cash": self.tr("Cash"),
            "machine": self.tr("Machine"),
            "driver": self.tr("Driver"),
            "stops": self.tr("Stops"),
        }[name]

    def what(self, kind: ExceptionKind) -> str:
        return {
            "no_read": self.tr("No read"),
            "bag_used_before": self.tr("Bag used before"),
            "price_differs": self.tr("Price differs"),
            "unmapped": self.tr("Unmapped"),
            "meter_restarted": self.tr("Meter restarted"),
            "identity_differs": self.tr("Other identity"),
            "fill_above_need": self.tr("Fill above need"),
            "late": self.tr("Late"),
            "refused": self.tr("Refused"),
        }[kind]

    def mark(self, kind: ExceptionKind) -> TagKind:
        return _MARKS[kind]

    def where(self, one: DayException) -> str:
        route = self.tr("Route {number}").format(number=one.route_number)
        return ", ".join(part for part in (route if one.route_number else "", one.place) if part)

    def why(self, one: DayException) -> str:
        """The sentence with its figures."""
        values = one.values
        more = values.get("more", 0)
        words = {
            "no_read": self._no_read(str(values.get("reason", ""))),
            "bag_used_before": self.tr("Bag {bag} was used before"),
            "price_differs": self.tr("{slot} plan {planned}, machine {machine}"),
            "unmapped": self.tr("Selection {selection} sold {sold}, no slot has it"),
            "meter_restarted": self._restarted(values),
            "identity_differs": self.tr("The machine says it is {asset}"),
            "fill_above_need": self.tr("Put in {filled}, need was {need}"),
            "late": self.tr("Arrived {arrived}, window ended {window_to}"),
            "refused": self._refused(values),
        }[one.kind]
        told = words.format(**self._said(one))
        if isinstance(more, int) and more > 0:
            told = self.tr("{words}; {n} more").format(words=told, n=formats.number(more))
        return told

    def _said(self, one: DayException) -> dict[str, str]:
        money = amounts_of(one.machine)
        said = {}
        for name, value in one.values.items():
            if name in ("planned", "machine") and isinstance(value, int):
                said[name] = money.plain(value)
            elif isinstance(value, int):
                said[name] = formats.number(value)
            elif name in ("arrived", "at"):
                said[name] = formats.clock_time(from_wire(value))
            else:
                said[name] = value
        return said

    def _no_read(self, reason: str) -> str:
        told = self.stops.no_read(reason)
        if not told:
            return self.tr("The cash of this collect cannot be proved")
        told = told.replace("{", "{{").replace("}", "}}")
        return self.tr("{reason}; the cash cannot be proved").replace("{reason}", told)

    def _restarted(self, values: Mapping[str, str | int]) -> str:
        if values.get("count") == 1:
            return self.tr("Selection {selections} began anew, seen {at}")
        return self.tr("{count} selections began anew ({selections}), seen {at}")

    def _refused(self, values: Mapping[str, str | int]) -> str:
        told = str(values.get("said", "")) or str(values.get("code", ""))
        return told.replace("{", "{{").replace("}", "}}")

    # a visit

    def title(self, machine: MachineRecord | None, place: str) -> str:
        return ", ".join(part for part in (machine.asset_number if machine else "", place) if part)

    def visit_line(self, review: VisitReview) -> str:
        """ "12:38 to 12:51, filled 34, bag 0048 2240"."""
        visit = review.visit
        told = [
            self.span(from_wire(visit.arrived_at), from_wire(visit.finished_at)),
            self.tr("filled {n}").format(n=formats.number(review.filled)),
        ]
        if review.cash is not None:
            told.append(self.tr("bag {bag}").format(bag=review.cash.bag))
        return ", ".join(told)

    def part(self, part: ProofPart, day: date) -> tuple[str, str]:
        """One of the things that a proof needs, and when it was there: of the visit's own day the
        time, else the day."""
        words = {
            "read_at_collect": self.tr("Read at this collect"),
            "read_at_last_collect": self.tr("Read at the last collect"),
            "bag_counted": self.tr("Bag counted"),
            "meters_go_on": self.tr("Same board, no restart known"),
        }[part.code]
        if part.at is None or not part.holds:
            return words, ""
        there = part.at.astimezone().date()
        return words, formats.clock_time(part.at) if there == day else self.short_day(there)

    def tickets(self, tickets: Sequence[TicketRecord]) -> str:
        if not tickets:
            return ""
        faults = ", ".join(ticket.fault for ticket in tickets)
        word = self.tr("Open ticket: {faults}")
        if len(tickets) > 1:
            word = self.tr("{n} open tickets: {faults}")
        return word.format(n=formats.number(len(tickets)), faults=faults)

    def wrote(self, name: str) -> str:
        if not name:
            return self.tr("The driver wrote")
        return self.tr("{name} wrote").format(name=name)

    def figures(self, review: VisitReview) -> list[StopLine]:
        """Expected and counted with their sources."""
        money = amounts_of(review.machine)
        expected = review.expected.amount if review.expected else None
        counted = review.cash.counted if review.cash else None
        read = formats.clock_time(from_wire(review.read.at)) if review.read else ""
        return [
            StopLine(
                self.tr("Expected"),
                money.full(expected) if expected is not None else self.tr("not known"),
                Source.CALCULATED if expected is not None else None,
                self.tr("by the read of {when}").format(when=read) if read else "",
                strong=True,
            ),
            StopLine(
                self.tr("Counted"),
                money.full(counted) if counted is not None else self.tr("not yet"),
                Source.MANUAL if counted is not None else None,
                strong=True,
            ),
        ]

    def reasons(self, review: VisitReview) -> list[str]:
        """What else keeps the cash from being proved, beside the proofs with lines of their own."""
        money = amounts_of(review.machine)
        missing = review.over_short.missing if review.over_short else ()
        told = []
        for reason in missing:
            if reason.code not in _TOLD_BY_PROOFS:
                values = {name: _value(money, name, each) for name, each in reason.values.items()}
                told.append(self._messages.fact("cash_reason", reason.code, values))
        return told

    def flag(self, flag: str) -> str:
        if flag == "bag_used_before":
            return self.tr("The number of this bag was used before")
        return flag.replace("_", " ")


def of_filter(exceptions: Sequence[DayException], name: str) -> list[DayException]:
    """Those of one filter."""
    return [each for each in exceptions if name in ("all", CATEGORY[each.kind])]


def proven_of(review: VisitReview) -> Proven:
    """What the band of over and short says."""
    if review.proof == "not_counted":
        return Proven.NOT_COUNTED
    amount = review.over_short.amount if review.over_short else None
    if review.proof != "proven" or amount is None:
        return Proven.NOT_PROVABLE
    if amount == 0:
        return Proven.MATCHES
    return Proven.SHORT if amount < 0 else Proven.OVER


def _value(money: Amounts, name: str, value: str | int) -> str:
    """A value of a reason as people read it."""
    if isinstance(value, str):
        return value
    return money.full(value) if name.endswith("amount") else formats.number(value)


def figure(value: int | None) -> str:
    """A count, or the dot where nobody knows it."""
    return NOTHING if value is None else formats.number(value)
