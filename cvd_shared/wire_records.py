"""What the server sends: one model per kind of record, the same on both sides.

Records are read leniently (a newer server may add fields) and never written by the client.
To add a kind: 1. a model here with its `KIND`; 2. its line in `RECORDS`; 3. its table and home
scope in cvd_server/records.py. A completeness test names the forgotten step.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from cvd_shared.ticket_states import TicketState
from cvd_shared.wire_events import (
    CashCollected,
    CheckAnswer,
    LoadLine,
    MeterKind,
    PartUsed,
    PhotoSubject,
    Signature,
    Spoiled,
    StopState,
    TruckCountLine,
    Urgency,
    Verdict,
    VisitLine,
    VisitTask,
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
    pick_place: str = ""  # where it lies in the warehouse: "A-01"


class ProductPictureRecord(Record):
    """A small picture of a product; `id` is the product's. For screens, not for print."""

    KIND: ClassVar[str] = "product_picture"
    mime: str = "image/png"
    data: str  # base64, at most 32 KB of bytes


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
    note: str = ""  # of the office to the driver
    answer_wanted: bool = False  # to that note
    checklist: tuple[str, ...] = ()
    photos_wanted: int = 0  # of each machine
    signature_wanted: bool = False


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
    verdict: Verdict
    value_of_paid_vends_since_init: int | None = None
    number_of_paid_vends_since_init: int | None = None
    selections: dict[str, tuple[int | None, int | None]] = Field(default_factory=dict)
    """selection -> (units sold, value sold) since initialisation"""
    serial_number: str | None = None  # ID101
    control_board: str | None = None  # CB101
    counters: dict[str, int] = Field(default_factory=dict)
    """The cumulative counters that cash is worked out from (CA306, CA310, ...), by element."""


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


class StopMark(BaseModel):
    """One mark of a stop. `id` is that of its event."""

    model_config = _LENIENT
    id: str
    stop_id: str
    state: StopState
    at: str
    by: str = ""  # name of the person
    reason: str = ""
    note: str = ""


class StopOrder(BaseModel):
    """An order of the stops that a driver chose. `id` is that of its event."""

    model_config = _LENIENT
    id: str
    at: str
    by: str = ""
    stop_ids: tuple[str, ...] = ()
    reason: str = ""


class RunProgressRecord(Record):
    """What drivers did with a run; `id` is the run's. Folded by cvd_shared/run_states."""

    KIND: ClassVar[str] = "run_progress"
    route_id: str
    marks: tuple[StopMark, ...] = ()  # oldest first
    orders: tuple[StopOrder, ...] = ()  # oldest first


class LoadedLine(LoadLine):
    model_config = _LENIENT


class LoadRecord(Record):
    """What was put on the truck of a route."""

    KIND: ClassVar[str] = "load"
    route_id: str
    run_id: str | None = None
    at: str
    actor_name: str = ""
    lines: tuple[LoadedLine, ...] = ()
    note: str = ""


class CountedLine(TruckCountLine):
    model_config = _LENIENT


class TruckCountRecord(Record):
    """What was on the truck of a route when it was counted."""

    KIND: ClassVar[str] = "truck_count"
    route_id: str
    run_id: str | None = None
    at: str
    actor_name: str = ""
    lines: tuple[CountedLine, ...] = ()
    note: str = ""


class SpoiledUnits(Spoiled):
    model_config = _LENIENT


class VisitedSlot(VisitLine):
    model_config = _LENIENT
    spoiled: tuple[SpoiledUnits, ...] = ()


class CollectedCash(CashCollected):
    model_config = _LENIENT


class AnsweredCheck(CheckAnswer):
    model_config = _LENIENT


class KeptSignature(Signature):
    model_config = _LENIENT


class VisitAmendment(BaseModel):
    """A correction of a visit. `id` is that of its event."""

    model_config = _LENIENT
    id: str
    at: str
    by: str = ""  # name of the person
    reason: str = ""
    lines: tuple[VisitedSlot, ...] = ()
    cash: CollectedCash | None = None
    note: str = ""


class VisitRecord(Record):
    """A finished visit as it was recorded, with its amendments (cvd_shared/visit_facts)."""

    KIND: ClassVar[str] = "visit"
    machine_id: str
    run_id: str | None = None
    stop_id: str | None = None
    actor_name: str = ""
    arrived_at: str
    finished_at: str
    seconds: int | None = None
    tasks: tuple[VisitTask, ...] = ()
    read_id: str | None = None
    no_read: str = ""
    planogram_version: int | None = None
    lines: tuple[VisitedSlot, ...] = ()
    cash: CollectedCash | None = None
    no_collect: str = ""
    checks: tuple[AnsweredCheck, ...] = ()
    note: str = ""
    answer: str = ""
    signature: KeptSignature | None = None
    photo_ids: tuple[str, ...] = ()
    amendments: tuple[VisitAmendment, ...] = ()  # oldest first
    flags: tuple[str, ...] = ()
    """What the server noticed: "bag_used_before"."""


class PhotoRecord(Record):
    """A picture of a visit that the server has, without its bytes."""

    KIND: ClassVar[str] = "photo"
    visit_id: str
    machine_id: str
    at: str
    actor_name: str = ""
    subject: PhotoSubject = "other"
    caption: str = ""
    sha256: str
    mime: str = "image/jpeg"
    size: int = 0
    width: int = 0
    height: int = 0
    original_sha256: str | None = None  # of the file that the picture was made from, if it was kept


class RefusalRecord(Record):
    """An event that was not applied, for whoever recorded it and for the office. `id` is its
    op_id. `applied`: it was played again and counts now; `set_aside`: the office leaves it."""

    KIND: ClassVar[str] = "refusal"
    type: str
    actor_id: str
    actor_name: str
    occurred_at: str
    received_at: str
    machine_id: str | None = None
    outcome: Literal["rejected", "quarantined"]
    code: str
    message: str = ""
    state: Literal["open", "applied", "set_aside"] = "open"
    decided_at: str | None = None


class DueRulesRecord(Record):
    """When a machine is due. A threshold that is None is that of the level above.

    `level` operator (key ""), machine_type (key "snack"), machine (key its id); the nearest wins.
    """

    KIND: ClassVar[str] = "due_rules"
    level: Literal["operator", "machine_type", "machine"] = "operator"
    key: str = ""
    core_critical: bool | None = None  # due when a core slot is critical
    sold_out_slots: int | None = None  # due at so many
    depletion_percent: int | None = None  # of par that is missing
    days: int | None = None  # since the last service
    cash: int | None = None  # expected, minor units
    critical_days: float | None = None  # bands of days remaining
    warning_days: float | None = None


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
        ProductPictureRecord,
        RunProgressRecord,
        LoadRecord,
        TruckCountRecord,
        VisitRecord,
        PhotoRecord,
        DueRulesRecord,
        RefusalRecord,
        UserRecord,
    )
}
