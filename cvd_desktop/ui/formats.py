"""Numbers, money, times and sizes as a person reads them, in the person's locale and local time."""

from datetime import datetime
from functools import cache

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

MINUS = "\N{MINUS SIGN}"


@cache
def locale() -> QLocale:
    """The person's locale at the start; a computer without one ("C") gets British English."""
    chosen = QLocale()
    if chosen.language() == QLocale.Language.C:
        return QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return chosen


def number(value: int) -> str:
    return locale().toString(value).replace("-", MINUS)


def decimal(value: float, places: int = 1) -> str:
    return locale().toString(value, "f", places).replace("-", MINUS)


def money(minor_units: int, decimals: int) -> str:
    """An amount without its currency, every digit kept: 1234 with 2 decimals is 12.34."""
    here = locale()
    sign = MINUS if minor_units < 0 else ""
    whole, rest = divmod(abs(minor_units), 10**decimals)
    text = sign + here.toString(whole)
    return f"{text}{here.decimalPoint()}{rest:0{decimals}d}" if decimals else text


def clock_time(moment: datetime, *, seconds: bool = False) -> str:
    """Local time of day in the person's locale, 07:44; with seconds always 07:44:19."""
    local = moment.astimezone()
    time = QTime(local.hour, local.minute, local.second)
    if seconds:
        return time.toString("HH:mm:ss")
    return locale().toString(time, QLocale.FormatType.ShortFormat)


def day(moment: datetime) -> str:
    """Local day in short: Mon 16 Nov."""
    local = moment.astimezone()
    return locale().toString(QDate(local.year, local.month, local.day), "ddd d MMM")


def day_and_time(moment: datetime) -> str:
    return f"{day(moment)} {clock_time(moment)}"


def moment_beside(moment: datetime, now: datetime) -> str:
    """The time alone when it is of the same local day as `now`, else day and time."""
    same = moment.astimezone().date() == now.astimezone().date()
    return clock_time(moment) if same else day_and_time(moment)


def size(byte_count: int) -> str:
    """6,204 bytes; from a megabyte on 1.4 MB."""
    if byte_count >= 1_000_000:
        return QCoreApplication.translate("formats", "{n} MB").format(n=decimal(byte_count / 1e6))
    if byte_count == 1:
        return QCoreApplication.translate("formats", "1 byte")
    return QCoreApplication.translate("formats", "{n} bytes").format(n=number(byte_count))
