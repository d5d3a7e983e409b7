"""What the Tickets screen and meters by hand get to see: frozen facts, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from cvd_desktop.domain.records import OutboxEntry, RecordState

if TYPE_CHECKING:
    from cvd_shared.ticket_states import TicketState
    from cvd_shared.wire_events import MeterKind, PartUsed, Urgency, WorkState
    from cvd_shared.wire_records import LocationRecord, MachineRecord

DONE_STATES = ("resolved", "closed")
"""States of a ticket in which nobody is expected to work on it."""

URGENCIES: tuple[Urgency, ...] = ("machine_down", "high", "normal", "low")
"""The most urgent first."""

METER_KINDS: tuple[MeterKind, ...] = ("normal", "rolled_over", "restarted", "pulled")

MeterSource = Literal["read", "hand"]


@dataclass(frozen=True, slots=True)
class EventWords:
    """An event code as a machine or a person gave it, in words."""

    code: str
    text: str
    advice: str  # one sentence that begins with who acts


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One page of the repair guide, with the codes for which it was opened."""

    group: str  # first letters of the codes; "" for the makers' own codes
    title: str
    means: str
    events: tuple[EventWords, ...]
    safety: str  # before the first check; may be empty
    checks: tuple[str, ...]  # in order
    parts: tuple[str, ...]  # usually needed


@dataclass(frozen=True, slots=True)
class TicketRights:
    """What the person that is signed in may do here."""

    signed_in: bool
    user_id: str = ""
    may_open: bool = False
    may_work: bool = False


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One line of the list of tickets."""

    id: str
    machine_id: str
    asset_number: str  # "" for a machine that is not on this laptop
    place: str
    fault: str
    urgency: Urgency
    state: TicketState
    opened_at: datetime | None  # None: the server has no usable time
    assignee_id: str | None
    assignee: str  # name; "" when it is not known here
    mine: bool
    events: tuple[EventWords, ...]
    distance: int | None  # metres; None where it is not known
    record_state: RecordState
    refused: OutboxEntry | None = None  # the newest record of this ticket, where it was refused
    on_site_since: datetime | None = None  # this laptop is there now
    search: str = ""  # folded words that it is found by

    @property
    def done(self) -> bool:
        return self.state in DONE_STATES


@dataclass(frozen=True, slots=True)
class TicketList:
    """The tickets in the order of their urgency and distance, and where the distance is from."""

    lines: tuple[TicketLine, ...]
    rights: TicketRights
    near: str  # name of the place that distances are counted from; "" where it is not known


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One work on a ticket, newest first in a detail."""

    id: str
    at: datetime | None
    by: str  # "" for the person of this laptop
    mine: bool
    state: WorkState
    actions: str
    outcome: str
    parts: tuple[PartUsed, ...]
    seconds_on_site: int | None
    record_state: RecordState


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """Work that is not finished: kept on this laptop, told to nobody."""

    arrived_at: datetime | None = None
    actions: str = ""
    outcome: str = ""
    state: WorkState | None = None  # chosen, or not yet
    parts: tuple[PartUsed, ...] = ()


@dataclass(frozen=True, slots=True)
class LastRead:
    """The newest read of the machine whose file is on this laptop."""

    id: str
    at: datetime
    active: tuple[EventWords, ...]


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """Everything the Tickets screen shows of one ticket."""

    line: TicketLine
    note: str
    opened_by: str
    machine: MachineRecord | None
    location: LocationRecord | None
    last_read: LastRead | None
    work: tuple[WorkLine, ...]
    guide: tuple[GuidePage, ...]
    next_states: tuple[WorkState, ...]  # what may be offered
    rights: TicketRights
    draft: TicketDraft
    undo: WorkState | None  # the state that takes back the last work; None: nothing to take back


@dataclass(frozen=True, slots=True)
class TicketStart:
    """What is known of a machine before a ticket is opened for it."""

    machine: MachineRecord
    location: LocationRecord | None
    last_read: LastRead | None
    open_tickets: tuple[TicketLine, ...]
    rights: TicketRights


@dataclass(frozen=True, slots=True)
class WaitingMeters:
    """Meters that were typed on this laptop and have not left it: typing again corrects them."""

    at: datetime
    vends: int | None
    value: int | None
    cash_box: int | None


@dataclass(frozen=True, slots=True)
class KnownMeters:
    """The newest meters of a machine that others can know too. Money in its minor units."""

    machine: MachineRecord
    may_enter: bool
    at: datetime | None = None  # None: no meter of it is known
    source: MeterSource | None = None
    kind: MeterKind | None = None  # of an entry by hand
    vends: int | None = None
    value: int | None = None
    cash_box: int | None = None
    selections: tuple[tuple[str, int], ...] = ()  # as the machine orders them
    waiting: WaitingMeters | None = None  # the newest ones that are not compared with


@dataclass(frozen=True, slots=True)
class MetersDone:
    """What became of meters that were entered."""

    entry_id: str
    at: datetime
    kind: MeterKind
    vends: int | None  # since the meters before; None where it is not known
    value: int | None
