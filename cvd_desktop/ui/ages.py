"""Ages in words: "22 min", "3 h", "2 days"."""

from datetime import timedelta

from PySide6.QtCore import QCoreApplication


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
