"""What a person did, as it travels to the server: one model per event type and version.

To add an event: 1. a payload model here with its `TYPE` and `VERSION`; 2. its line in `EVENTS`;
3. its handler in cvd_server/event_handlers.py; 4. its fold in cvd_desktop/domain/projection.py;
5. its words in cvd_desktop/services/record_words.py. A completeness test names the forgotten step.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_INTEGER = 2**63 - 1  # what both databases can keep

AnswerState = Literal["ok", "warning", "failed", "unknown"]
WriteWhat = Literal[
    "price", "list_price", "name", "asset_number", "clock", "interval_reset", "event_reset"
]
WriteResult = Literal["accepted", "ignored", "different", "unproven"]
"""As the proving read shows it: as asked, as it was before, something else, not to be seen."""
Urgency = Literal["low", "normal", "high", "machine_down"]
WorkState = Literal["assigned", "in_progress", "waiting_for_parts", "resolved", "closed"]
"""What a work can say of its ticket (domain: ticket)."""
MeterKind = Literal["normal", "rolled_over", "restarted", "pulled"]
StopState = Literal["open", "arrived", "done", "skipped"]
VisitTask = Literal["fill", "collect", "inventory", "audit", "repair"]
SpoilReason = Literal["expired", "damaged", "melted", "leaking", "recalled", "other"]
FigureSource = Literal["D", "M", "C"]
"""Read from the machine, entered by a person, calculated."""
PhotoSubject = Literal["before", "after", "damage", "other"]

_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Moment = Annotated[str, StringConstraints(min_length=1, max_length=40)]  # UTC ISO 8601
_Selection = Annotated[str, StringConstraints(min_length=1, max_length=40)]  # PA101
_Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
_Number = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
_Value = Annotated[str, StringConstraints(max_length=100)]
_Name = Annotated[str, StringConstraints(max_length=200)]
_Note = Annotated[str, StringConstraints(max_length=2000)]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=20)]  # on the door
_Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
_EventCode = Annotated[str, StringConstraints(min_length=1, max_length=20)]


class EventPayload(BaseModel):
    """Base of all payloads: strict, so that a false is never taken for a number."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1


class Verdict(BaseModel):
    """The five questions of a read (domain: read verdict), as a record says them."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    link: AnswerState
    transfer: AnswerState
    integrity: AnswerState
    mapping: AnswerState
    plausibility: AnswerState


class VerdictWire(Verdict):
    """The same as an event says them."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ReadRecorded(EventPayload):
    """An audit was taken from a machine. The raw bytes travel as the inline blob `raw_sha256`."""

    TYPE: ClassVar[str] = "read.recorded"
    read_id: str = Field(min_length=1, max_length=64)
    machine_id: str | None = Field(default=None, max_length=64)  # the machine chosen, if any
    asset_number: str | None = Field(default=None, max_length=100)  # as the file says (ID106)
    at: str = Field(max_length=40)  # UTC ISO 8601, start of the read
    purpose: Literal["look", "collect"]
    link: Literal["dexucs", "ddcmp", "file"]
    complete: bool
    size: int = Field(ge=0)  # bytes of the raw report
    raw_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    seconds: float = Field(ge=0)
    verdict: VerdictWire


class ReadAssigned(EventPayload):
    """A person decided whose read it is, after the file had named another machine."""

    TYPE: ClassVar[str] = "read.assigned"
    read_id: str = Field(min_length=1, max_length=64)
    machine_id: str = Field(min_length=1, max_length=64)
    verdict: VerdictWire  # judged again against that machine


class _Part(BaseModel):
    """A part of a payload, as strict as the payload. Lists of JSON are its tuples."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class WrittenChange(_Part):
    """One value that was sent to a machine. Prices in minor units, the clock in its local time."""

    what: WriteWhat
    selection: _Selection | None = None
    price_list: int | None = Field(default=None, ge=0, le=99)
    device: str | None = Field(default=None, max_length=10)  # of a list price: CA, DA, DB, TA
    before: _Value | None = None  # None: it was not seen
    after: _Value
    outcome: WriteResult
    found: _Value | None = None  # by the proving read


class WriteAnswer(_Part):
    """What the machine answered to the write: taken, or why not."""

    ok: bool
    code: str | None = Field(default=None, max_length=50)  # a FailureCode or a response code


class MachineWritten(EventPayload):
    """Values were sent to a machine, whatever became of them. One event for each write."""

    TYPE: ClassVar[str] = "machine.written"
    write_id: _Id
    machine_id: _Id | None = None
    asset_number: str | None = Field(default=None, max_length=100)  # as the machine said before
    at: _Moment
    link: Literal["dexucs", "ddcmp"]
    adapter: str = Field(default="", max_length=200)  # name of the adapter, else of the port
    changes: tuple[WrittenChange, ...] = Field(min_length=1, max_length=2000, strict=False)
    answer: WriteAnswer
    before_read_id: _Id | None = None
    proof_read_id: _Id | None = None


class TicketOpened(EventPayload):
    """A machine needs repair. `event_codes` are those that the machine itself told (EA1)."""

    TYPE: ClassVar[str] = "ticket.opened"
    ticket_id: _Id
    machine_id: _Id
    fault: str = Field(min_length=1, max_length=500)
    urgency: Urgency
    event_codes: tuple[_EventCode, ...] = Field(default=(), max_length=100, strict=False)
    note: str = Field(default="", max_length=2000)


class PartUsed(_Part):
    name: str = Field(min_length=1, max_length=200)
    number: str = Field(default="", max_length=100)
    quantity: int = Field(ge=1, le=100_000)


class TicketWorked(EventPayload):
    """A person worked on a ticket and says what state it is in now (cvd_shared/ticket_states)."""

    TYPE: ClassVar[str] = "ticket.worked"
    ticket_id: _Id
    state: WorkState
    assignee_id: _Id | None = None  # None: as it is
    outcome: str = Field(default="", max_length=2000)
    actions: str = Field(default="", max_length=4000)
    parts: tuple[PartUsed, ...] = Field(default=(), max_length=100, strict=False)
    arrived_at: _Moment | None = None
    left_at: _Moment | None = None
    seconds_on_site: _Count | None = None
    read_id: _Id | None = None  # the read that proves it


class MetersEntered(EventPayload):
    """Meters that a person read off a machine; money in its minor units.

    `kind`: normal; rolled_over: it began again at zero after its largest number; restarted: it was
    set to zero or is another board; pulled: the machine is taken away, these are its last meters.
    """

    TYPE: ClassVar[str] = "meters.entered"
    entry_id: _Id
    machine_id: _Id
    at: _Moment
    kind: MeterKind
    vends: _Count | None = None
    value: _Number | None = None
    cash_box: _Number | None = None
    selections: dict[_Selection, _Count] = Field(default_factory=dict, max_length=2000)
    note: str = Field(default="", max_length=2000)


class StopMarked(EventPayload):
    """What became of a stop. `open` takes the mark before it back. Reasons: run_states.py."""

    TYPE: ClassVar[str] = "stop.marked"
    run_id: _Id
    stop_id: _Id
    state: StopState
    at: _Moment
    reason: str = Field(default="", max_length=100)  # a code, of a skip
    note: _Note = ""


class RunOrdered(EventPayload):
    """The driver's own order of the stops, and why. Stops that are not named come after them."""

    TYPE: ClassVar[str] = "run.ordered"
    run_id: _Id
    at: _Moment
    stop_ids: tuple[_Id, ...] = Field(min_length=1, max_length=500, strict=False)
    reason: str = Field(default="", max_length=500)


class LoadLine(_Part):
    product_id: _Id
    wanted: _Count  # by the pick list
    loaded: _Count


class LoadRecorded(EventPayload):
    """What was really put on the truck. Units."""

    TYPE: ClassVar[str] = "load.recorded"
    load_id: _Id
    route_id: _Id
    run_id: _Id | None = None
    at: _Moment
    lines: tuple[LoadLine, ...] = Field(min_length=1, max_length=5000, strict=False)
    note: _Note = ""


class TruckCountLine(_Part):
    product_id: _Id
    expected: _Number | None = None  # by the ledger, when it was counted; not shown to the counter
    counted: _Count


class TruckCounted(EventPayload):
    """What is on the truck. Products without a line were not counted and stay as they are."""

    TYPE: ClassVar[str] = "truck.counted"
    count_id: _Id
    route_id: _Id
    run_id: _Id | None = None
    at: _Moment
    lines: tuple[TruckCountLine, ...] = Field(min_length=1, max_length=5000, strict=False)
    note: _Note = ""


class Spoiled(_Part):
    units: int = Field(ge=1, le=MAX_INTEGER)
    reason: SpoilReason


class VisitLine(_Part):
    """What was done at one slot, and what it holds now.

    after = (counted, else before) - removed - spoiled + filled; None where nobody knows what was
    in it. At a swap `was_product_id` is what came out, and after = filled.
    """

    slot: _Label
    cabinet: int = Field(default=1, ge=1, le=99)
    selection: str = Field(default="", max_length=40)
    product_id: _Id | None = None  # what is in it now
    was_product_id: _Id | None = None
    before: _Count | None = None
    before_source: FigureSource = "C"
    counted: _Count | None = None
    removed: _Count = 0
    spoiled: tuple[Spoiled, ...] = Field(default=(), max_length=20, strict=False)
    filled: _Count = 0
    after: _Count | None = None
    price: _Number | None = None  # confirmed at the slot, minor units of the machine's money
    par: _Count | None = None  # of the day
    expiry: _Day | None = None  # the earliest date on what is in it


class CashCollected(_Part):
    """The cash of one machine in one bag. Minor units of `currency`."""

    bag: str = Field(min_length=1, max_length=64)
    counted: _Count | None = None  # None: the counting room does it
    refunds: _Count = 0  # paid to customers out of the bag
    changer_refill: _Count = 0  # coins brought along
    float_left: _Count | None = None
    test_vends: _Count = 0  # money of test vends that went back out
    currency: str = Field(default="", max_length=10)
    decimals: int = Field(default=2, ge=0, le=4)


class CheckAnswer(_Part):
    text: str = Field(min_length=1, max_length=300)
    done: bool
    note: str = Field(default="", max_length=500)


class Signature(_Part):
    name: str = Field(min_length=1, max_length=200)
    sha256: _Sha256  # of the picture of it


class VisitFinished(EventPayload):
    """What was done at one machine at one time: one record, with lines. Photos come by themselves.

    `seconds` from arrival to end are measured, None where the clock cannot tell.
    """

    TYPE: ClassVar[str] = "visit.finished"
    visit_id: _Id
    machine_id: _Id
    run_id: _Id | None = None
    stop_id: _Id | None = None  # None: the machine was not on the run
    arrived_at: _Moment
    finished_at: _Moment
    seconds: _Count | None = None
    tasks: tuple[VisitTask, ...] = Field(default=(), max_length=5, strict=False)  # that were done
    read_id: _Id | None = None
    no_read: str = Field(default="", max_length=500)  # why there is none
    planogram_version: _Count | None = None
    lines: tuple[VisitLine, ...] = Field(default=(), max_length=1000, strict=False)
    cash: CashCollected | None = None
    no_collect: str = Field(default="", max_length=500)  # why none, where it was asked for
    checks: tuple[CheckAnswer, ...] = Field(default=(), max_length=100, strict=False)
    note: _Note = ""
    answer: _Note = ""  # to the note of the office
    signature: Signature | None = None
    photo_ids: tuple[_Id, ...] = Field(default=(), max_length=100, strict=False)


class VisitAmended(EventPayload):
    """A correction of a finished visit; the visit stays as it was recorded.

    Its lines stand in the place of those of the same slots, its cash in the place of the cash.
    """

    TYPE: ClassVar[str] = "visit.amended"
    amendment_id: _Id
    visit_id: _Id
    at: _Moment
    reason: str = Field(min_length=1, max_length=500)
    lines: tuple[VisitLine, ...] = Field(default=(), max_length=1000, strict=False)
    cash: CashCollected | None = None
    note: _Note = ""


class PhotoTaken(EventPayload):
    """A picture of a visit. Its bytes, made small, travel as the inline blob `sha256`."""

    TYPE: ClassVar[str] = "photo.taken"
    photo_id: _Id
    visit_id: _Id
    machine_id: _Id
    at: _Moment
    subject: PhotoSubject = "other"
    caption: str = Field(default="", max_length=500)
    sha256: _Sha256
    mime: Literal["image/jpeg", "image/png"] = "image/jpeg"
    size: _Count  # bytes
    width: int = Field(ge=1, le=100_000)  # px
    height: int = Field(ge=1, le=100_000)


EVENTS: dict[tuple[str, int], type[EventPayload]] = {
    (model.TYPE, model.VERSION): model
    for model in (
        ReadRecorded,
        ReadAssigned,
        MachineWritten,
        TicketOpened,
        TicketWorked,
        MetersEntered,
        StopMarked,
        RunOrdered,
        LoadRecorded,
        TruckCounted,
        VisitFinished,
        VisitAmended,
        PhotoTaken,
    )
}
