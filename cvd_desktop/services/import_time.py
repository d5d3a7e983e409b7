"""When a read of a file was taken: what the report says where that can be, else the file's date."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cvd_shared.dex.machine_reading import MachineReading

# Handhelds, gateways and this program put the moment into the name; copying does not change it.
_STAMP = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_.T ]?"
    r"(\d\d)[-_.:]?(\d\d)(?:[-_.:]?(\d\d))?(?!\d)"
)
_FIRST_YEAR = 1990  # a file or a machine that says less was never told the date
_YEARS_OFF = timedelta(days=3653)  # ten years: a clock that lost its battery, no old archive
_SLACK = timedelta(days=1)  # clocks and time zones differ


def read_time(
    reading: MachineReading, *, name: str, modified: datetime | None, now: datetime
) -> datetime:
    """UTC, never after `now`.

    A machine's clock has no zone and is taken for this computer's. It is believed when it is not
    after the file's date, nor ten years before it; the file's date is the moment in its name, else
    `modified`, which may be None or nonsense.
    """
    file_date = _file_date(name, modified, now)
    for said in _clocks(reading):
        if said <= now and (
            file_date is None or file_date - _YEARS_OFF <= said <= file_date + _SLACK
        ):
            return said
    return file_date or now


def _clocks(reading: MachineReading) -> Iterator[datetime]:
    """What the report says: the moment of the read (EA3), then its clock (ID5); days alone last."""
    said = [text for text in (reading.read_outs.at, reading.machine_clock) if text]
    for text in sorted(said, key=lambda text: "T" not in text):
        moment = _from_local(text)
        if moment is not None:
            yield moment


def _file_date(name: str, modified: datetime | None, now: datetime) -> datetime | None:
    found = [
        _from_local(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}")
        for year, month, day, hour, minute, second in _STAMP.findall(name)
    ]
    for moment in (*reversed(found), modified):
        if moment is not None and moment.year >= _FIRST_YEAR and moment <= now:
            return moment
    return None


def _from_local(text: str) -> datetime | None:
    """ISO 8601 without a zone, by the clock on this computer's wall."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.year >= _FIRST_YEAR else None
    except (ValueError, OverflowError, OSError):
        return None
