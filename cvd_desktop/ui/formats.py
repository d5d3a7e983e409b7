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


def date(moment: datetime) -> str:
    """Local day with its year: 16 Nov 2026."""
    local = moment.astimezone()
    return locale().toString(QDate(local.year, local.month, local.day), "d MMM yyyy")


def day_and_time(moment: datetime, beside: datetime | None = None) -> str:
    """Local day and time, and the year where it is not that of `beside`: old files are here too."""
    same_year = beside is None or moment.astimezone().year == beside.astimezone().year
    return f"{day(moment) if same_year else date(moment)} {clock_time(moment)}"


def moment_beside(moment: datetime, now: datetime) -> str:
    """The time alone when it is of the same local day as `now`, else day and time."""
    same = moment.astimezone().date() == now.astimezone().date()
    return clock_time(moment) if same else day_and_time(moment, now)


def machine_time(text: str, beside: datetime) -> str:
    """A time as a machine wrote it ("2026-11-19T08:14:00", or a day alone) in the person's words.

    It is of the machine's own clock and no zone, so nothing is converted. The year is told where it
    is not that of `beside`; what is no time stays as it is.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    same_year = moment.year == beside.astimezone().year
    date = QDate(moment.year, moment.month, moment.day)
    words = locale().toString(date, "ddd d MMM" if same_year else "ddd d MMM yyyy")
    if "T" not in text and " " not in text:
        return words
    time = QTime(moment.hour, moment.minute, moment.second)
    return f"{words} {locale().toString(time, QLocale.FormatType.ShortFormat)}"


def make_and_model(make: str, model: str) -> str:
    """Both, the make once: many models begin with it ("Alder" and "ALDER SNACK 48")."""
    head, rest = model[: len(make)], model[len(make) :]
    if head.casefold() == make.casefold() and not rest[:1].isalnum():
        return model or make
    return f"{make} {model}".strip()


def size(byte_count: int) -> str:
    """6,204 bytes; from a megabyte on 1.4 MB."""
    if byte_count >= 1_000_000:
        return QCoreApplication.translate("formats", "{n} MB").format(n=decimal(byte_count / 1e6))
    if byte_count == 1:
        return QCoreApplication.translate("formats", "1 byte")
    return QCoreApplication.translate("formats", "{n} bytes").format(n=number(byte_count))
