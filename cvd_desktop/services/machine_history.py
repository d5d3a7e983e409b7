"""The reads of a machine one after the other, and what was sold between them: for charts."""

from collections.abc import Sequence

from cvd_desktop.domain.records import HistoryPoint, MachineHistory
from cvd_desktop.services.read_history import KnownRead, reads_before
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import snapshot_store
from cvd_shared.dex.interval import history
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.selection_names import selection_key
from cvd_shared.wire_records import MachineRecord

_CASH = "CA"
_CASHLESS = ("DA", "DB")


def machine_history(wp: Workplace, machine_id: str, *, limit: int = 60) -> MachineHistory:
    """The last `limit` reads of a machine, of this laptop and of the server, oldest first."""
    with wp.database.read() as connection:
        machine = snapshot_store.record(connection, MachineRecord, machine_id)
    known = list(reads_before(wp, machine_id=machine_id, asset_number=None, limit=limit))
    known.reverse()
    between = intervals(known)
    points = tuple(_point(read, since) for read, since in zip(known, between, strict=True))
    currency, decimals = (machine.currency, machine.decimals) if machine else ("", 2)
    said = next((read.reading for read in reversed(known) if read.reading and read.here), None)
    if said is not None:
        currency, decimals = said.money.currency or currency, said.money.decimals
    return MachineHistory(points, selection_history(between), currency, decimals)


def intervals(known: Sequence[KnownRead]) -> list[Interval | None]:
    """For each read, oldest first, what happened since the usable one before it."""
    readings: list[MachineReading] = [read.reading for read in known if read.reading is not None]
    found = iter(history(readings))
    return [next(found) if read.reading is not None else None for read in known]


def selection_history(between: Sequence[Interval | None]) -> dict[str, tuple[int | None, ...]]:
    """Units by selection key (selection_names.py), one figure for each interval."""
    columns = [
        {selection_key(each.selection): each.units.amount for each in since.selections}
        if since is not None
        else {}
        for since in between
    ]
    keys = dict.fromkeys(key for column in columns for key in column)
    return {key: tuple(column.get(key) for column in columns) for key in keys}


def _point(read: KnownRead, since: Interval | None) -> HistoryPoint:
    trusted = since if since is not None and since.trusted else None
    paid = {each.device: each.value.amount for each in trusted.payments} if trusted else {}
    cashless = [paid[device] for device in _CASHLESS if paid.get(device) is not None]
    return HistoryPoint(
        read_id=read.id,
        at=read.at,
        kind=since.kind if since is not None else DeltaKind.UNKNOWN,
        units=trusted.units if trusted else None,
        value=trusted.value if trusted else None,
        cash=paid.get(_CASH),
        cashless=sum(filter(None, cashless)) if cashless else None,
        here=read.here,
    )
