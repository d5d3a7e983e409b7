"""What the server sends: one model per kind of record, the same on both sides.

Records are read leniently (a newer server may add fields) and never written by the client.
To add a kind: 1. a model here with its `KIND`; 2. its line in `RECORDS`; 3. its table and home
scope in cvd_server/records.py. A completeness test names the forgotten step.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from cvd_shared.ticket_states import TicketState
from cvd_shared.wire_events import (
    MeterKind,
    PartUsed,
    Urgency,
    VerdictWire,
    WorkState,
    WriteAnswer,
    WrittenChange,
)

_LENIENT = ConfigDict(strict=False, extra="ignore", frozen=True)


class Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    KIND: ClassVar[str]
    id: str


class LocationRecord(Record):
    KIND: ClassVar[str] = "location"
    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    contact: str = ""
    access_hours: str = ""
    access_notes: str = ""


class RouteRecord(Record):
    KIND: ClassVar[str] = "route"
    name: str
    number: str
    driver_id: str | None = None
    driver_name: str = ""


class Cabinet(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    number: int = 1
    name: str = ""
    rows: int
    columns: int


class MachineRecord(Record):
    """One vending machine. Money in its currency's minor units, `decimals` of them."""

    KIND: ClassVar[str] = "machine"
    asset_number: str
    serial_number: str = ""
    control_board: str = ""
    make: str = ""
    model: str = ""
    machine_type: str = ""  # snack, drink, coffee, combined
    location_id: str | None = None
    location_name: str = ""
    route_id: str | None = None
    currency: str = "USD"
    decimals: int = 2
    dex_profile: str = ""
    cabinets: tuple[Cabinet, ...] = ()
    note: str = ""


class ProductRecord(Record):
    KIND: ClassVar[str] = "product"
    sku: str
    name: str
    category: str = ""
    barcode: str = ""
    case_size: int = 1
    price: int = 0
    currency: str = "USD"
    shelf_life_days: int | None = None


class PlanogramSlot(BaseModel):
    """A place in a cabinet. `selection` is what DEX calls it (PA101)."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    label: str
    selection: str
    cabinet: int = 1
    row: int
    column: int
    product_id: str | None = None
    capacity: int
    par: int
    alarm_level: int = 0
    price: int
    core: bool = False


class PlanogramRecord(Record):
    """The planned view: product, capacity, par and price of every slot of a machine."""

    KIND: ClassVar[str] = "planogram"
    machine_id: str
    version: int = 1
    valid_from: str = ""
    slots: tuple[PlanogramSlot, ...] = ()


class RunStop(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    sequence: int
    location_id: str
    machine_ids: tuple[str, ...] = ()
    tasks: tuple[Literal["fill", "collect", "inventory", "audit", "repair"], ...] = ()
    must_do: bool = False
    window_from: str | None = None  # local "HH:MM"
    window_to: str | None = None


class RunRecord(Record):
    """A route on one day."""

    KIND: ClassVar[str] = "run"
    route_id: str
    day: str  # local date, ISO 8601
    driver_id: str | None = None
    stops: tuple[RunStop, ...] = ()


class ReadRecord(Record):
    """A read that the server has: the facts that a list shows, without the raw bytes."""

    KIND: ClassVar[str] = "read"
    machine_id: str | None = None
    asset_number: str | None = None
    at: str
    actor_name: str = ""
    purpose: str
    link: str
    complete: bool
    size: int
    raw_sha256: str
    verdict: VerdictWire
    value_of_paid_vends_since_init: int | None = None
    number_of_paid_vends_since_init: int | None = None
    selections: dict[str, tuple[int | None, int | None]] = Field(default_factory=dict)
    """selection -> (units sold, value sold) since initialisation"""


class ChangeWritten(WrittenChange):
    model_config = _LENIENT


class AnswerToWrite(WriteAnswer):
    model_config = _LENIENT


class MachineWriteRecord(Record):
    """A write to a machine that the server has: who, when, before, after, and what was proven."""

    KIND: ClassVar[str] = "machine_write"
    machine_id: str | None = None
    asset_number: str | None = None
    at: str
    actor_name: str = ""
    link: str
    adapter: str = ""
    changes: tuple[ChangeWritten, ...] = ()
    answer: AnswerToWrite
    before_read_id: str | None = None
    proof_read_id: str | None = None


class PartRecord(PartUsed):
    model_config = _LENIENT


class TicketWork(BaseModel):
    """One work on a ticket. `id` is that of its event."""

    model_config = _LENIENT
    id: str
    at: str  # when it was recorded
    by: str = ""  # name of the person
    by_id: str = ""
    state: WorkState
    assignee_id: str | None = None
    outcome: str = ""
    actions: str = ""
    parts: tuple[PartRecord, ...] = ()
    arrived_at: str | None = None
    left_at: str | None = None
    seconds_on_site: int | None = None
    read_id: str | None = None


class TicketRecord(Record):
    """A repair job. `state` and assignee follow from its work (cvd_shared/ticket_states)."""

    KIND: ClassVar[str] = "ticket"
    machine_id: str
    fault: str
    urgency: Urgency = "normal"
    state: TicketState = "open"
    event_codes: tuple[str, ...] = ()
    note: str = ""
    opened_at: str
    opened_by: str = ""  # name of the person
    assignee_id: str | None = None
    assignee_name: str = ""
    work: tuple[TicketWork, ...] = ()  # oldest first


class MeterEntryRecord(Record):
    """Meters that a person read off a machine; money in its minor units."""

    KIND: ClassVar[str] = "meter_entry"
    machine_id: str
    at: str
    actor_name: str = ""
    kind: MeterKind
    vends: int | None = None
    value: int | None = None
    cash_box: int | None = None
    selections: dict[str, int] = Field(default_factory=dict)
    note: str = ""


class UserRecord(Record):
    """The person that is signed in."""

    KIND: ClassVar[str] = "user"
    name: str
    full_name: str = ""
    role: str
    route_ids: tuple[str, ...] = ()


RECORDS: dict[str, type[Record]] = {
    model.KIND: model
    for model in (
        LocationRecord,
        RouteRecord,
        MachineRecord,
        ProductRecord,
        PlanogramRecord,
        RunRecord,
        ReadRecord,
        MachineWriteRecord,
        TicketRecord,
        MeterEntryRecord,
        UserRecord,
    )
}
