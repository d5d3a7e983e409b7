"""What the Tickets screen asks of the services (services/tickets.py, services/repair_guide.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.ticket_records import (
    EventWords,
    GuidePage,
    TicketDetail,
    TicketDraft,
    TicketList,
    TicketStart,
)
from cvd_desktop.ui.screens.machine_list import FindMachines
from cvd_shared.wire_events import PartUsed, Urgency, WorkState
from cvd_shared.wire_records import MachineRecord

RECORDED = frozenset({"tickets", "outbox"})

OpenTicket = Callable[[str, str, Urgency, Sequence[str], str], str]
"""open_ticket(machine_id, fault, urgency, event_codes, note) -> id of the ticket"""
WorkTicket = Callable[[str, WorkState | None, str, str, Sequence[PartUsed], datetime | None], None]
"""work_ticket(ticket_id, state, actions, outcome, parts, arrived_at)"""


@dataclass(frozen=True, slots=True)
class TicketServices:
    """The services of this screen (services/tickets.py), bound to the workplace."""

    ticket_list: Callable[[], TicketList]
    ticket_detail: Callable[[str], TicketDetail]
    ticket_start: Callable[[str], TicketStart]
    open_ticket: OpenTicket
    take_ticket: Callable[[str], None]
    arrive: Callable[[str], datetime]
    keep_draft: Callable[[str, TicketDraft], None]
    work_ticket: WorkTicket
    undo_ticket: Callable[[str], None]
    find_machines: FindMachines
    event_words: Callable[[str], EventWords]  # a table: may be asked on the GUI thread
    guide: Callable[[], Sequence[GuidePage]]  # likewise
    read_machine: Callable[[MachineRecord], object] | None = None
    """A person wants to read the machine of a ticket now; None: it is not offered."""
