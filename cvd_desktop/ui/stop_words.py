"""Short words of the Stop screen: tabs, tasks, reasons, photos. Sentences are in the services."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject

from cvd_desktop.domain.route_records import StopMachine
from cvd_desktop.domain.visit_records import BagCheck, Missing, TabState
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.photo_shrinker import PhotoError, PhotoFault
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.route_shapes import Band

MARKS = {
    "todo": TagKind.RECORDED_HERE,  # a hollow ring
    "now": TagKind.CURRENT,
    "done": TagKind.GOOD,
    "warning": TagKind.WARNING,
}


class StopWords(QObject):
    """Made once by the screen."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages

    # machines

    def kind(self, machine_type: str) -> str:
        """What a machine sells."""
        return {
            "snack": self.tr("Snack"),
            "drink": self.tr("Drink"),
            "coffee": self.tr("Coffee"),
            "combined": self.tr("Snack and drink"),
        }.get(machine_type, machine_type or self.tr("Machine"))

    def slots(self, count: int) -> str:
        word = self.tr("1 slot") if count == 1 else self.tr("{n} slots")
        return word.format(n=formats.number(count))

    def title(self, machine: StopMachine) -> str:
        """ "Snack and drink, 48 slots"."""
        return f"{self.kind(machine.record.machine_type)}, {self.slots(machine.slots)}"

    def last_visit(self, machine: StopMachine, now: datetime) -> str:
        at = machine.last_visit_at
        if at is None:
            return self.tr("Never visited before, as far as this laptop knows")
        when, ago = self.when(at, now), self.ago(at, now)
        return self.tr("Last visit {when}, {ago}").format(when=when, ago=ago)

    def when(self, at: datetime, now: datetime) -> str:
        """The day; of today the time."""
        if at.astimezone().date() == now.astimezone().date():
            return formats.clock_time(at)
        same_year = at.astimezone().year == now.astimezone().year
        return formats.day(at) if same_year else formats.date(at)

    def ago(self, at: datetime, now: datetime) -> str:
        """In days of the calendar, as people count; of today in hours."""
        days = (now.astimezone().date() - at.astimezone().date()).days
        if days == 1:
            return self.tr("yesterday")
        if days > 1:
            return self.tr("{n} days ago").format(n=formats.number(days))
        return self.tr("{age} ago").format(age=age_words(now - at))

    def task(self, task: str) -> str:
        return {
            "fill": self.tr("Fill"),
            "collect": self.tr("Collect"),
            "inventory": self.tr("Inventory"),
            "audit": self.tr("Audit"),
            "repair": self.tr("Repair"),
        }.get(task, task)

    def band(self, machine: StopMachine) -> str:
        """How badly it wants to be served; empty where nothing is known or nothing is low."""
        sold_out = machine.urgency.sold_out
        if sold_out:
            word = self.tr("1 slot sold out") if sold_out == 1 else self.tr("{n} slots sold out")
            return word.format(n=formats.number(sold_out))
        if machine.band in (Band.CRITICAL, Band.WARNING):
            return self.tr("{n} low").format(n=formats.number(machine.urgency.low))
        return ""

    def tickets(self, count: int) -> str:
        if count == 1:
            return self.tr("1 ticket")
        return self.tr("{n} tickets").format(n=formats.number(count))

    # tabs

    def tab(self, name: str) -> str:
        return {
            "read": self.tr("Read"),
            "fill": self.tr("Fill"),
            "cash": self.tr("Cash"),
            "evidence": self.tr("Evidence"),
            "finish": self.tr("Finish"),
        }[name]

    def tab_state(self, state: TabState) -> str:
        return self._messages.fact("visit_tab", state.code, state.values) if state.code else ""

    def missing(self, missing: Missing) -> str:
        """What is missing and why it matters."""
        return self._messages.fact("visit_missing", missing.code, missing.values)

    def go_to(self, name: str) -> str:
        return {
            "read": self.tr("Go to Read"),
            "fill": self.tr("Go to Fill"),
            "cash": self.tr("Go to Cash"),
            "evidence": self.tr("Go to Evidence"),
            "finish": self.tr("Go to Finish"),
        }[name]

    # reasons

    def no_read(self, reason: str) -> str:
        """A code of NO_READ_REASONS; other words stay as they are."""
        return {
            "no_port": self.tr("The machine has no port"),
            "no_answer": self.tr("The machine did not answer"),
            "no_adapter": self.tr("No adapter or cable here"),
            "machine_off": self.tr("The machine is off"),
            "other": self.tr("Something else"),
        }.get(reason, reason)

    def no_collect(self, reason: str) -> str:
        """A code of NO_COLLECT_REASONS; other words stay as they are."""
        return {
            "not_asked": self.tr("It was not asked for"),
            "no_key": self.tr("No key to the cash box"),
            "little_cash": self.tr("Too little cash in it"),
            "other": self.tr("Something else"),
        }.get(reason, reason)

    def bag_used(self, check: BagCheck, now: datetime) -> str:
        """When and for which machine a bag was used."""
        when = formats.moment_beside(check.used_at, now) if check.used_at is not None else ""
        if check.used_by_asset and when:
            words = self.tr("used {when} for {asset}")
            return words.format(when=when, asset=check.used_by_asset)
        return self.tr("used before")

    # photos

    def subject(self, subject: str) -> str:
        return {
            "before": self.tr("Before"),
            "after": self.tr("After"),
            "damage": self.tr("Damage"),
            "other": self.tr("Photo"),
        }[subject]

    def photo_fault(self, error: PhotoError) -> str:
        """Why a picture is not taken, and what to do."""
        name = error.name or self.tr("The picture")
        words = {
            PhotoFault.NOT_FOUND: self.tr("{name} cannot be read. Choose it again."),
            PhotoFault.TOO_LARGE: self.tr("{name} is larger than 60 MB. Take a smaller picture."),
            PhotoFault.TOO_MANY_PIXELS: self.tr(
                "{name} has more pixels than this laptop can take. Take a smaller picture."
            ),
            PhotoFault.NO_PICTURE: self.tr("{name} is no picture that is known here. Use JPEG."),
            PhotoFault.BROKEN: self.tr("{name} is broken. Take the picture again."),
        }[error.fault]
        return words.format(name=name)
