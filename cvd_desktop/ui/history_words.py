"""The words of the history of a machine: what was sold between two reads, and why it is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from PySide6.QtCore import QDate, QObject

from cvd_desktop.domain.records import HistoryPoint, MachineHistory
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.dex.meters import DeltaKind

DAYS_FROM = timedelta(hours=40)  # shorter intervals are told in hours
_PASSED_OVER = (DeltaKind.PARTIAL_FILE, DeltaKind.OTHER_MACHINE)
"""A read of these classes begins no interval: the next good one goes back behind it."""


class Metric(StrEnum):
    """What the bars of a history show."""

    VALUE = "value"
    UNITS = "units"

    def of(self, point: HistoryPoint) -> int | None:
        return point.value if self is Metric.VALUE else point.units


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of one interval: a mark, its word, the words of the reading line."""

    mark: TagKind
    word: str
    sentence: str


def spans(points: Sequence[HistoryPoint]) -> tuple[int | None, ...]:
    """For each read the read that its interval begins with; None for the first."""
    begins: list[int | None] = []
    usable: int | None = None
    for n, point in enumerate(points):
        begins.append(usable)
        if point.kind not in _PASSED_OVER:
            usable = n
    return tuple(begins)


class HistoryWords(QObject):
    """Puts the points of a history into words."""

    def remark(self, point: HistoryPoint, begin: int | None, number: int) -> Remark | None:
        """What is out of the ordinary at a read; `begin` is from `spans`, `number` its place."""
        known = {
            DeltaKind.RESTARTED: Remark(
                TagKind.WARNING,
                self.tr("restarted"),
                self.tr("not known, the meters were restarted"),
            ),
            DeltaKind.BOARD_CHANGED: Remark(
                TagKind.CHANGE,
                self.tr("board changed"),
                self.tr("not known, another board counts now"),
            ),
            DeltaKind.OTHER_MACHINE: Remark(
                TagKind.REFUSED,
                self.tr("other machine"),
                self.tr("not counted, the file is another machine's"),
            ),
            DeltaKind.PARTIAL_FILE: Remark(
                TagKind.ALERT,
                self.tr("not whole"),
                self.tr("not known, the file is not whole; the next good read spans it"),
            ),
        }.get(point.kind)
        if known is not None:
            return known
        if begin is not None and begin < number - 1:
            return Remark(
                TagKind.NEED,
                self.tr("bridged"),
                self.tr("spans a read that could not be used"),
            )
        if point.kind is DeltaKind.ROLLED_OVER:
            return Remark(
                TagKind.INFO,
                self.tr("rolled over"),
                self.tr("the meter went through its largest value and was followed"),
            )
        if point.kind is DeltaKind.UNKNOWN and number:
            return Remark(
                TagKind.UNKNOWN,
                self.tr("not known"),
                self.tr("not known, a meter is missing in one of the two files"),
            )
        return None

    def readouts(self, history: MachineHistory) -> tuple[str, ...]:
        """One line for each read: "Thu 19 Nov 07:44, 3 days: 193 vends, 296.40, cash 231.10,
        cashless 65.30"."""
        begins = spans(history.points)
        return tuple(self._readout(history, n, begin) for n, begin in enumerate(begins))

    def _readout(self, history: MachineHistory, number: int, begin: int | None) -> str:
        point = history.points[number]
        when = formats.day_and_time(point.at, history.points[-1].at)
        if begin is None and point.kind is DeltaKind.UNKNOWN:
            return self.tr("{when}: the first read, nothing to compare it with").format(when=when)
        if begin is not None:
            when = f"{when}, {self.lasting(history.points[begin].at, point.at)}"
        parts = [each for each in self._figures(history, point) if each]
        remark = self.remark(point, begin, number)
        if remark is not None:
            parts.append(remark.sentence)
        if not parts:
            parts.append(self.tr("not known"))
        return f"{when}: {', '.join(parts)}"

    def _figures(self, history: MachineHistory, point: HistoryPoint) -> list[str]:
        def money(value: int | None, words: str) -> str:
            if value is None:
                return ""
            return words.format(n=formats.money(value, history.decimals))

        units = ""
        if point.units is not None:
            units = self.tr("{n} vends").format(n=formats.number(point.units))
            if point.units == 1:
                units = self.tr("1 vend")
        value = money(point.value, "{n}")
        cash = money(point.cash, self.tr("cash {n}"))
        cashless = money(point.cashless, self.tr("cashless {n}"))
        return [units, value, cash, cashless]

    def lasting(self, begin: datetime, end: datetime) -> str:
        """How long an interval is, by the clock on the wall: "3 days", "5 h".

        A day on which summer time begins or ends is a day, and a read every other morning is two
        days even when it comes a little earlier.
        """
        wall = end.astimezone().replace(tzinfo=None) - begin.astimezone().replace(tzinfo=None)
        days = round(wall / timedelta(days=1))
        return age_words(timedelta(days=days) if wall >= DAYS_FROM and days > 1 else wall)

    def day_labels(self, points: Sequence[HistoryPoint], now: datetime) -> tuple[str, ...]:
        """The local day of each read for the axis; years only where there is more than this one."""
        locals_ = [point.at.astimezone() for point in points]
        years = {local.year for local in locals_}
        form = "d MMM" if years <= {now.astimezone().year} else "d MMM yyyy"
        here = formats.locale()
        return tuple(here.toString(QDate(at.year, at.month, at.day), form) for at in locals_)

    def summary(self, history: MachineHistory) -> str:
        """For a screen reader: what the chart shows as a whole."""
        points = history.points
        if not points:
            return self.tr("No read of this machine is known")
        intervals = len(points) - 1
        unknown = sum(point.units is None and point.value is None for point in points[1:])
        words = self.tr("{n} reads from {first} to {last}, {unknown} of {all} intervals not known")
        return words.format(
            n=formats.number(len(points)),
            first=formats.day(points[0].at),
            last=formats.day(points[-1].at),
            unknown=formats.number(unknown),
            all=formats.number(intervals),
        )


def without_split(history: MachineHistory) -> bool:
    """Whether no interval says how it was paid."""
    return all(point.cash is None and point.cashless is None for point in history.points)


def parts_of(point: HistoryPoint) -> tuple[int, int, int]:
    """The value of an interval as (cash, cashless, not told how), which add up to the value.

    Cash and cashless of a machine may add up to more than its sales; the bar stays as high as
    those, the reading line tells what the machine says.
    """
    value = max(0, point.value or 0)
    cash = min(max(0, point.cash or 0), value)
    cashless = min(max(0, point.cashless or 0), value - cash)
    return cash, cashless, value - cash - cashless
