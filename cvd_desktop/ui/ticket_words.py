"""Tickets and meters by hand in words: states, urgency, distance, time on site, what is missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QObject

from cvd_desktop.domain.ticket_records import EventWords, TicketLine, TicketRights, WorkLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.ticket_states import TicketState
from cvd_shared.wire_events import MeterKind, PartUsed, Urgency

_ALL_KM = 100_000  # metres from which on nobody asks for decimals
_NEAR = 1_000


class TicketWords(QObject):
    """Made by each screen; knows nothing of widgets."""

    def urgency(self, urgency: Urgency) -> str:
        return {
            "machine_down": self.tr("Machine down"),
            "high": self.tr("High"),
            "normal": self.tr("Normal"),
            "low": self.tr("Low"),
        }[urgency]

    def urgency_about(self, urgency: Urgency) -> str:
        """What the word means, for the choice."""
        return {
            "machine_down": self.tr("It sells nothing, or it is not safe."),
            "high": self.tr("It loses sales or goods today."),
            "normal": self.tr("It should be repaired within days."),
            "low": self.tr("It can wait for the next visit."),
        }[urgency]

    def urgency_tag(self, urgency: Urgency) -> TagKind:
        return {
            "machine_down": TagKind.ALERT,
            "high": TagKind.WARNING,
            "normal": TagKind.NEED,
            "low": TagKind.STALE,
        }[urgency]

    def state(self, state: TicketState) -> str:
        return {
            "open": self.tr("Open"),
            "assigned": self.tr("Assigned"),
            "in_progress": self.tr("In progress"),
            "waiting_for_parts": self.tr("Waiting for parts"),
            "resolved": self.tr("Resolved"),
            "closed": self.tr("Closed"),
        }[state]

    def state_about(self, state: TicketState) -> str:
        """What choosing this state tells the office."""
        return {
            "open": "",
            "assigned": self.tr("It is yours, nothing is done yet."),
            "in_progress": self.tr("You, or somebody, go on with it."),
            "waiting_for_parts": self.tr("Nobody can go on before parts arrive."),
            "resolved": self.tr("The machine works. The office may still look at it."),
            "closed": self.tr("Nothing is left to do. A closed ticket stays closed."),
        }[state]

    def whose(self, line: TicketLine) -> str:
        """Who has it: "yours", a name, "somebody's"; "nobody's" while it is open."""
        if line.mine:
            return self.tr("yours")
        if line.assignee_id is None:
            return self.tr("nobody's")
        return line.assignee or self.tr("another person's")

    def distance(self, metres: int | None) -> str:
        if metres is None:
            return self.tr("unknown")
        if metres == 0:
            return self.tr("same place")
        if metres < _NEAR:
            return self.tr("{n} m").format(n=formats.number(max(10, round(metres, -1))))
        if metres < _ALL_KM:
            return self.tr("{n} km").format(n=formats.decimal(metres / 1000))
        return self.tr("{n} km").format(n=formats.number(round(metres / 1000)))

    def age(self, since: datetime | None, now: datetime) -> str:
        return self.tr("unknown") if since is None else age_words(now - since)

    def machine(self, line: TicketLine) -> str:
        """The asset number, or that it is not known here."""
        return line.asset_number or self.tr("not here")

    def place(self, line: TicketLine) -> str:
        return line.place or self.tr("no location")

    def events(self, events: Sequence[EventWords]) -> str:
        """All in one line, without the part of the machine: "dispense motor error (61)"."""
        return "; ".join(event.text.partition(": ")[2] or event.text for event in events)

    def on_site(self, seconds: int | None) -> str:
        """A measured time: "23 min", "1 h 05 min"."""
        if seconds is None:
            return self.tr("not measured")
        minutes = seconds // 60
        if minutes < 1:
            return self.tr("less than 1 min")
        if minutes < 60:
            return self.tr("{n} min").format(n=formats.number(minutes))
        hours, rest = divmod(minutes, 60)
        return self.tr("{h} h {m} min").format(h=formats.number(hours), m=f"{rest:02d}")

    def since_arrival(self, since: datetime, now: datetime) -> str:
        return self.on_site(max(0, int((now - since) / timedelta(seconds=1))))

    def parts(self, parts: Sequence[PartUsed]) -> str:
        """ "2 x Vend motor (VM-12), 1 x Spiral"; "no parts" for none."""
        told = [
            self.tr("{n} x {name}").format(n=formats.number(part.quantity), name=part.name)
            + (f" ({part.number})" if part.number else "")
            for part in parts
        ]
        return ", ".join(told) or self.tr("no parts")

    def who(self, work: WorkLine) -> str:
        return self.tr("you") if work.mine or not work.by else work.by

    def may_not(self, rights: TicketRights | None, *, work: bool) -> str:
        """Why something cannot be done here; empty when it can."""
        if rights is None:
            return self.tr("The tickets are being fetched")
        if not rights.signed_in:
            return self.tr("Sign in first: a ticket names who works on it")
        if work and not rights.may_work:
            return self.tr("Your role may not work on tickets: a technician does")
        if not work and not rights.may_open:
            return self.tr("Your role may not open tickets")
        return ""

    def limits(self, rights: TicketRights) -> str:
        """What this person cannot do with tickets; empty when everything can be done."""
        if not rights.signed_in:
            return self.tr(
                "Nobody is signed in: tickets can be read, but not opened or worked on. Sign in "
                "with Ctrl+U."
            )
        if rights.may_work:
            return ""
        if rights.may_open:
            return self.tr("You can open tickets; a technician works on them.")
        return self.tr("Your role may read tickets, but not open or work on them.")

    def meter_kind(self, kind: MeterKind) -> str:
        return {
            "normal": self.tr("Normal"),
            "rolled_over": self.tr("Rolled over"),
            "restarted": self.tr("Restarted"),
            "pulled": self.tr("Pulled"),
        }[kind]

    def meter_kind_about(self, kind: MeterKind) -> str:
        return {
            "normal": self.tr("The meters went on counting: none is lower than before."),
            "rolled_over": self.tr("A meter passed its largest figure and began again at zero."),
            "restarted": self.tr("A meter was set to zero, or the machine has another board."),
            "pulled": self.tr("The machine is taken away: these are its last meters here."),
        }[kind]
