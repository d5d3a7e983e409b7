"""Ages and moments in words: "22 min", "3 h", "2 days"; the time of day in the user's locale."""

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale


def age_words(age: timedelta) -> str:
    """How long ago, in the largest unit that fits; below a minute "less than 1 min"."""
    translate = QCoreApplication.translate
    minutes = max(int(age.total_seconds() // 60), 0)
    if minutes < 1:
        return translate("Ages", "less than 1 min")
    if minutes < 60:
        return translate("Ages", "%n min", "", minutes)
    hours = minutes // 60
    if hours < 48:
        return translate("Ages", "%n h", "", hours)
    return translate("Ages", "%n days", "", hours // 24)


def time_words(moment: datetime, now: datetime) -> str:
    """The local time of day; with the date in front when it is another day."""
    locale = QLocale()
    local = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    time = locale.toString(local.time(), QLocale.FormatType.ShortFormat)
    today = QDateTime.fromSecsSinceEpoch(int(now.timestamp())).date()
    if local.date() == today:
        return time
    return f"{locale.toString(local.date(), QLocale.FormatType.ShortFormat)} {time}"
