"""What Today and Load get to see of a run: frozen facts, worked out by services/today and load."""

from dataclasses import dataclass
from datetime import date, datetime

from cvd_desktop.domain.records import RecordState
from cvd_shared.route_shapes import (
    Band,
    DueReason,
    PickChange,
    PickReason,
    RunChange,
    Tote,
    TruckRow,
    Urgency,
)
from cvd_shared.wire_events import StopState, VisitTask
from cvd_shared.wire_records import LocationRecord, MachineRecord, ProductRecord

SKIP_REASONS = ("closed", "no_access", "no_time", "machine_off", "not_needed", "other")
"""Codes of StopMarked.reason; "other" wants a note."""


@dataclass(frozen=True, slots=True)
class StopMachine:
    """One machine of a stop, as the list shows it."""

    record: MachineRecord
    tasks: tuple[VisitTask, ...]  # asked for
    slots: int
    urgency: Urgency
    band: Band
    stock: int | None  # units in it, of the slots that are known
    par: int  # sum
    to_put_in: int  # the need of today
    due: tuple[DueReason, ...]
    last_visit_at: datetime | None
    last_read_at: datetime | None
    visited: bool  # a visit of this run is finished
    open_visit: bool  # a visit is under way on this laptop
    visit_state: RecordState | None = None  # of the finished visit
    unknown_slots: int = 0  # slots with a product whose stock nobody knows
    tickets: int = 0  # open ones, where a stop is shown by itself


@dataclass(frozen=True, slots=True)
class StopView:
    """One stop of the run. `number` is its place in the day, from 1, and stays with it."""

    stop_id: str
    number: int
    location: LocationRecord | None
    name: str
    state: StopState
    state_at: datetime | None
    reason: str  # code of SKIP_REASONS
    reason_note: str
    machines: tuple[StopMachine, ...]
    tasks: tuple[VisitTask, ...]
    must_do: bool
    window_from: str | None  # local "HH:MM"
    window_to: str | None
    note: str  # of the office
    answer_wanted: bool
    checklist: tuple[str, ...]
    photos_wanted: int
    signature_wanted: bool
    urgency: Urgency
    band: Band
    currency: str
    decimals: int
    units_filled: int = 0  # in the visits of today
    bags: int = 0
    record_state: RecordState | None = None  # of its newest mark; None: nothing was marked
    cash_whole: bool = True  # False: the cash of a machine is not known and not in the sum


@dataclass(frozen=True, slots=True)
class MachineElsewhere:
    """A machine of this person's routes that is due and not on the run."""

    machine: StopMachine
    location: LocationRecord | None
    distance_km: float | None  # from the nearest stop that is still to do
    nearest_stop: int | None  # its number


@dataclass(frozen=True, slots=True)
class RunView:
    """The day of one route."""

    run_id: str
    route_id: str
    route_number: str
    route_name: str
    day: date
    stops: tuple[StopView, ...]  # in the order of the day; done and skipped ones too
    next_stop_id: str | None
    elsewhere: tuple[MachineElsewhere, ...]
    changes: tuple[RunChange, ...]  # of the office, since they were last seen here
    ordered_by_driver: bool
    order_reason: str
    reads: int  # of today, of this laptop
    reads_first_try: int
    units_filled: int
    units_planned: int
    bags: int
    short_products: int
    load_recorded: bool
    ends_about: datetime | None  # by the machines' own median durations
    office_at: datetime | None  # when the office's records were last heard
    other_runs: tuple[tuple[str, str], ...] = ()  # (run id, "Route 14") of this person and day

    @property
    def done(self) -> int:
        return sum(stop.state == "done" for stop in self.stops)

    @property
    def skipped(self) -> int:
        return sum(stop.state == "skipped" for stop in self.stops)


# --- load ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadLineView:
    """One product of the pick list and how far it is picked."""

    product: ProductRecord
    need: int
    on_truck: int
    to_pick: int
    cases: int
    singles: int
    picked: int | None  # None: nobody ticked it yet; less than to_pick is a short
    reasons: tuple[PickReason, ...]

    @property
    def short(self) -> int:
        return 0 if self.picked is None else max(0, self.to_pick - self.picked)


@dataclass(frozen=True, slots=True)
class ShortShare:
    """What a short takes from a slot: the machines with the fewest days left get theirs first."""

    asset_number: str
    label: str
    wanted: int
    gets: int


@dataclass(frozen=True, slots=True)
class LoadedLineView:
    """What the recorded loads of a run put on the truck of one product."""

    product: ProductRecord
    wanted: int
    loaded: int


@dataclass(frozen=True, slots=True)
class LoadView:
    """The pick list of a run, by product and by tote, with what was ticked."""

    run_id: str
    route_id: str
    route_number: str
    day: date
    lines: tuple[LoadLineView, ...]
    totes: tuple[Tote, ...]
    totes_ticked: frozenset[str]  # machine ids
    names: dict[str, str]  # product id -> name, of every product of lines and totes
    place_names: dict[str, str]  # machine id -> location
    shorts: dict[str, tuple[ShortShare, ...]]  # product id -> who gets less
    changes: tuple[PickChange, ...]  # since the list was last accepted here; newer reads came
    changed_at: datetime | None  # of the newest read behind the changes
    made_at: datetime
    recorded_at: datetime | None  # the load of this run was recorded; what follows adds to it
    record_state: RecordState | None
    data_at: datetime | None  # the oldest read that a figure rests on
    loaded: tuple[LoadedLineView, ...] = ()  # of the loads of this run that are recorded
    never_read: int = 0  # machines that something is taken along for, and no read is known of

    @property
    def picked_lines(self) -> int:
        return sum(line.picked is not None for line in self.lines)

    @property
    def picked_units(self) -> int:
        return sum(line.picked or 0 for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.to_pick for line in self.lines)


@dataclass(frozen=True, slots=True)
class TruckLine:
    """A product on the truck by the ledger."""

    product: ProductRecord
    units: int  # below zero asks for a count
    rows: tuple[TruckRow, ...]  # since the last count, oldest first


@dataclass(frozen=True, slots=True)
class ReturnView:
    """The blind count on return: what the counter sees, and after it is recorded the difference."""

    run_id: str | None
    route_id: str
    route_number: str
    lines: tuple[TruckLine, ...]  # a screen shows `units` only after the count is recorded
    counted: dict[str, int]  # product id -> typed so far
    recorded_at: datetime | None
    loaded: int  # units of the day
    returned: int | None  # units that came back; by the ledger of what was not counted

    @property
    def returns_percent(self) -> float | None:
        """Units that come back / loaded."""
        if self.returned is None or self.loaded == 0:
            return None
        return 100 * self.returned / self.loaded
