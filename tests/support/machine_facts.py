"""Made-up histories of machines for tests of charts and of the Machine screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cvd_desktop.domain.records import HistoryPoint, MachineHistory
from cvd_shared.dex.meters import DeltaKind
from tests.support.read_facts import NOW

KNOWN = (DeltaKind.NORMAL, DeltaKind.ROLLED_OVER, DeltaKind.NO_CHANGE, DeltaKind.CLOCK_ONLY)


def point(
    number: int,
    at: datetime,
    kind: DeltaKind = DeltaKind.NORMAL,
    units: int | None = None,
    price: int = 150,
) -> HistoryPoint:
    """A read of which everything is known that its class lets be known; 70 % is paid in cash."""
    if kind not in KNOWN:
        return HistoryPoint(f"read-{number}", at, kind, None, None, None, None, here=True)
    count = units if units is not None else (37 * number + 11) % 140 + 20
    if kind in (DeltaKind.NO_CHANGE, DeltaKind.CLOCK_ONLY):
        count = 0
    value = count * price
    cash = value * 7 // 10
    return HistoryPoint(f"read-{number}", at, kind, count, value, cash, value - cash, here=True)


def history(
    kinds: Sequence[DeltaKind] | int = 12,
    *,
    until: datetime = NOW,
    days: Sequence[int] = (3, 4, 3, 7, 1),
    price: int = 150,
) -> MachineHistory:
    """Reads of these classes, the first of all one without an interval, the newest at `until`."""
    if isinstance(kinds, int):
        kinds = [DeltaKind.UNKNOWN] * min(kinds, 1) + [DeltaKind.NORMAL] * (kinds - 1)
    count = len(kinds)
    at = until - timedelta(days=sum(days[n % len(days)] for n in range(1, count)))
    points = []
    for n, kind in enumerate(kinds):
        at += timedelta(days=days[n % len(days)]) if n else timedelta()
        points.append(point(n, at, kind, price=price))
    return MachineHistory(tuple(points), {}, "EUR", 2)


def eventful() -> MachineHistory:
    """Every class that can stand in a history."""
    kind = DeltaKind
    return history(
        [
            kind.UNKNOWN,
            kind.NORMAL,
            kind.NORMAL,
            kind.RESTARTED,
            kind.NORMAL,
            kind.NORMAL,
            kind.PARTIAL_FILE,
            kind.NORMAL,
            kind.NO_CHANGE,
            kind.NORMAL,
            kind.BOARD_CHANGED,
            kind.NORMAL,
            kind.NORMAL,
            kind.OTHER_MACHINE,
            kind.NORMAL,
            kind.ROLLED_OVER,
            kind.NORMAL,
            kind.UNKNOWN,
            kind.NORMAL,
            kind.NORMAL,
        ]
    )
