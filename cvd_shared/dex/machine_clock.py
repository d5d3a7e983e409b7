"""The clock of a machine: what it says as a time, and how it went beside the real time."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cvd_shared.dex.interval_facts import Evidence
from cvd_shared.dex.machine_reading import MachineReading

_ANY_ZONE = timedelta(hours=14)  # machines show local time, nobody says of which zone
_SLACK = timedelta(minutes=10)
_DRIFT_A_DAY = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


class MachineTime(NamedTuple):
    """A moment of the machine's own clock, without a zone."""

    at: datetime
    precise: bool  # False: only the date is known


def machine_time(text: str | None) -> MachineTime | None:
    """The moment of an ISO 8601 text as a reading holds it; None where it is none."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return MachineTime(at.replace(tzinfo=None), "T" in text)


def clock_evidence(
    before: MachineReading, now: MachineReading, read_at: tuple[datetime, datetime] | None
) -> list[Evidence]:
    """What is odd about the machine's clock. `read_at`: when the two reads really were, UTC."""
    elements = ("ID501", "ID502")
    texts = before.machine_clock, now.machine_clock
    if not all(texts):
        elements = ("EA302", "EA303")
        texts = before.read_outs.at, now.read_outs.at
    then, shown = machine_time(texts[0]), machine_time(texts[1])
    told = []
    if then is not None and shown is not None:
        moved = shown.at - then.at
        coarse = timedelta(0) if then.precise and shown.precise else timedelta(days=1)
        if moved + coarse < timedelta(0):
            values: dict[str, str | int] = {
                "clock_before": texts[0] or "",
                "clock_now": texts[1] or "",
            }
            told.append(Evidence("clock_set_back", values, elements))
        elif read_at is not None:
            told += _against_real_time(moved, read_at[1] - read_at[0], coarse, elements)
    if shown is not None and read_at is not None:
        days = _days_ahead(shown.at, read_at[1])
        if days:
            code = "clock_ahead" if days > 0 else "clock_behind"
            told.append(Evidence(code, {"days": abs(days)}, elements))
    return told


def _against_real_time(
    moved: timedelta, real: timedelta, coarse: timedelta, elements: tuple[str, ...]
) -> list[Evidence]:
    more = moved - real
    allowed = _SLACK + coarse + abs(real.days) * _DRIFT_A_DAY
    if abs(more) <= allowed:
        return []
    if abs(abs(more) - _HOUR) <= allowed:
        return [Evidence("clock_hour_changed", {}, elements)]
    code = "clock_gained" if more > timedelta(0) else "clock_lost"
    return [Evidence(code, {"minutes": round(abs(more) / timedelta(minutes=1))}, elements)]


def _days_ahead(shown: datetime, really: datetime) -> int:
    """Whole days by which the machine's clock is wrong whatever its zone; negative is behind."""
    if really.tzinfo is not None:
        really = really.astimezone(UTC).replace(tzinfo=None)
    off = shown - really
    days = max(timedelta(0), abs(off) - _ANY_ZONE) // timedelta(days=1)
    return days if off > timedelta(0) else -days
