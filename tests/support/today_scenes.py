"""The day of Route 14 as the Today screen gets it, in every state; and services that note calls."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import RecordState, Session
from cvd_desktop.domain.route_records import MachineElsewhere, RunView, StopMachine, StopView
from cvd_desktop.services.record_words import reason_of, title_of
from cvd_desktop.services.words import answer_words, words
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.today_screen import TodayScreen
from cvd_desktop.ui.screens.today_services import TodayServices
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import Band, DueReason, RunChange, Urgency
from cvd_shared.wire_events import StopState, VisitTask
from cvd_shared.wire_records import LocationRecord, MachineRecord

NOW = datetime(2026, 11, 19, 7, 42, tzinfo=UTC)
SESSION = Session("https://cvd.example", "u1", "Driver 07", "driver", "o1", "Harbour Vending", "d1")
LONG = "Municipal Hospital of the Northern Districts, building 17, basement corridor to the kitchen"
NOTE = (
    "Ring twice at the loading bay and wait for the guard, who opens the inner door only after "
    "09:30; the lift to the second floor needs the blue badge that hangs in the truck."
)


def location(name: str, access: str = "", hours: str = "", **more: object) -> LocationRecord:
    return LocationRecord.model_validate(
        {
            "id": f"l-{name}",
            "name": name,
            "address": "Quay Road 5",
            "latitude": 53.5,
            "longitude": 10.0,
            "access_notes": access,
            "access_hours": hours,
            **more,
        }
    )


def machine(
    asset: str,
    kind: str = "snack",
    tasks: tuple[VisitTask, ...] = ("fill", "collect"),
    *,
    urgency: Urgency = Urgency(0, 0, 4.2, None, 3.0),  # noqa: B008 - a tuple
    visited: bool = False,
    read: datetime | None = NOW - timedelta(hours=14),
    due: tuple[DueReason, ...] = (),
) -> StopMachine:
    record = MachineRecord(
        id=f"m-{asset}",
        asset_number=asset,
        serial_number=f"SN{asset}",
        machine_type=kind,
        currency="EUR",
        location_name="Harbour Works",
    )
    return StopMachine(
        record=record,
        tasks=tasks,
        slots=40,
        urgency=urgency,
        band=Band.GOOD,
        stock=210,
        par=320,
        to_put_in=110,
        due=due,
        last_visit_at=NOW - timedelta(days=3),
        last_read_at=read,
        visited=visited,
        open_visit=False,
        visit_state=RecordState.RECORDED_HERE if visited else None,
    )


def stop(
    number: int,
    name: str,
    urgency: Urgency,
    *,
    machines: int = 1,
    tasks: tuple[VisitTask, ...] = ("fill", "collect"),
    window: tuple[str | None, str | None] = (None, None),
    access: str = "",
    **more: object,
) -> StopView:
    """A stop that is open; `more` are fields of StopView."""
    made = StopView(
        stop_id=f"s{number}",
        number=number,
        location=location(name, access),
        name=name,
        state="open",
        state_at=None,
        reason="",
        reason_note="",
        machines=tuple(machine(str(10400 + 10 * number + n), tasks=tasks) for n in range(machines)),
        tasks=tasks,
        must_do=False,
        window_from=window[0],
        window_to=window[1],
        note="",
        answer_wanted=False,
        checklist=(),
        photos_wanted=0,
        signature_wanted=False,
        urgency=urgency,
        band=Band.GOOD,
        currency="EUR",
        decimals=2,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def _marked(one: StopView, state: StopState, hour: int, minute: int, **more: object) -> StopView:
    at = datetime(2026, 11, 19, hour, minute, tzinfo=UTC)
    machines = tuple(
        replace(each, visited=state == "done", stock=320 if state == "done" else each.stock)
        for each in one.machines
    )
    marked = replace(one, state=state, state_at=at, machines=machines)
    return replace(marked, **more)  # type: ignore[arg-type]


def nine_stops() -> tuple[StopView, ...]:
    """Those of the drawn page."""
    server = RecordState.ON_THE_SERVER
    here = RecordState.RECORDED_HERE
    harbour = stop(
        4,
        "Harbour Works, canteen",
        Urgency(5, 9, 0.4, 39820, 3.0),
        window=(None, "09:00"),
        access="Gate 3. Ask the porter for key 12.",
        must_do=True,
    )
    return (
        _marked(
            stop(1, "Tram Depot North", Urgency(0, 0, 3.1, 0, 1.0)),
            "done", 5, 55, units_filled=96, bags=2, record_state=server,
        ),
        _marked(
            stop(2, "Riverside Clinic", Urgency(0, 0, 3.3, 0, 1.0)),
            "done", 6, 21, units_filled=68, bags=1, record_state=server,
        ),
        _marked(
            stop(3, "Central Library", Urgency(1, 2, 0.9, 5000, 4.0)),
            "skipped", 6, 40, reason="closed", reason_note="until 09:00", record_state=here,
        ),
        replace(
            harbour,
            machines=(
                machine("10427", "snack and drink"),
                machine("10433", "coffee", ("fill", "collect", "audit")),
            ),
        ),
        stop(5, "Mill Street Gym", Urgency(2, 4, 1.0, 9840, 3.0), window=("09:00", "11:00")),
        stop(
            6, "Police station, 2nd floor", Urgency(0, 1, 1.6, 28600, 3.0),
            tasks=("collect",), window=("08:00", "11:00"), access="Badge. Second floor.",
        ),
        stop(7, "Logistics Park, hall B", Urgency(3, 5, 0.8, 15470, 3.0), machines=2),
        stop(8, "School of Music", Urgency(0, 3, 2.9, 6120, 3.0), window=("12:30", None),
             tasks=("fill",)),
        stop(9, "City Pool", Urgency(0, 0, 4.2, 4790, 3.0), tasks=("fill", "inventory")),
    )  # fmt: skip


def elsewhere() -> tuple[MachineElsewhere, ...]:
    low = Urgency(2, 6, 0.7, 21050, 9.0)
    due = (
        DueReason("fill", "core_critical", "operator", 1.0, 0.7),
        DueReason("collect", "cash", "machine", 20000, 21050),
    )
    long = DueReason("fill", "days", "machine_type", 14, 19)
    return (
        MachineElsewhere(
            machine("10611", "snack", urgency=low, due=due), location("Ferry Terminal"), 1.2, 5
        ),
        MachineElsewhere(
            machine("10702", "drink", urgency=Urgency(0, 2, 2.2, None, 19.0), due=(long,)),
            location("Print Works, yard"), 2.8, 5,
        ),
    )  # fmt: skip


def run_view(**changes: object) -> RunView:
    """The run of the drawn page; `changes` are fields of RunView."""
    made = RunView(
        run_id="run14",
        route_id="r14",
        route_number="14",
        route_name="Harbour",
        day=date(2026, 11, 19),
        stops=nine_stops(),
        next_stop_id="s4",
        elsewhere=elsewhere(),
        changes=(),
        ordered_by_driver=False,
        order_reason="",
        reads=3,
        reads_first_try=3,
        units_filled=164,
        units_planned=906,
        bags=3,
        short_products=2,
        load_recorded=True,
        ends_about=datetime(2026, 11, 19, 12, 50, tzinfo=UTC),
        office_at=datetime(2026, 11, 19, 5, 31, tzinfo=UTC),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def long_names() -> RunView:
    """Long names, notes in full, a machine more, everything that is wanted."""
    stops = list(nine_stops())
    full = replace(
        stops[3],
        name=LONG,
        location=location(LONG, NOTE, "Monday to Friday 06:00 to 18:00, Saturday until noon"),
        note="The canteen manager says that row C jams. Look at it, and tell me what you see.",
        answer_wanted=True,
        checklist=("Glass cleaned", "Date labels looked at"),
        photos_wanted=2,
        signature_wanted=True,
        machines=(*stops[3].machines, machine("10439", "combined with a coffee module")),
        urgency=Urgency(12, 30, 0.1, 123456789, 30.0),
    )
    stops[3] = full
    stops[4] = replace(full, stop_id="s5", number=5, must_do=False, window_from="06:00")
    stops[0] = replace(stops[0], name=LONG)
    stops[2] = replace(stops[2], name=LONG, reason="other", reason_note=NOTE)
    return run_view(stops=tuple(stops))


def forty_stops() -> RunView:
    """The longest day: 7 done, 2 skipped, the rest to do."""
    pattern = nine_stops()
    stops = []
    for n in range(1, 41):
        like = pattern[3 + n % 6]
        one = replace(like, stop_id=f"s{n}", number=n, name=f"{like.name} {n}", must_do=n % 11 == 0)
        if n in (5, 8):
            one = _marked(one, "skipped", 6, n, reason="no_access")
        elif n <= 9:
            one = _marked(one, "done", 6, n, units_filled=20 + n, bags=1)
        stops.append(one)
    return run_view(stops=tuple(stops), next_stop_id="s10", units_filled=170, units_planned=3120)


def all_done(*, skip: bool = False) -> RunView:
    at = NOW - timedelta(minutes=9)
    done = tuple(
        replace(
            one, state="done", state_at=at, units_filled=60, bags=1,
            record_state=RecordState.RECORDED_HERE,
        )
        if not (skip and one.number == 3)
        else one
        for one in nine_stops()
    )  # fmt: skip
    return run_view(stops=done, next_stop_id=None, units_filled=560, reads=9, bags=9)


def changed() -> RunView:
    """The office has changed the run, nobody has loaded, somebody has another order."""
    changes = (
        RunChange("stop_added", "s9", "", "City Pool"),
        RunChange("window", "s5", "08:00–10:00", "09:00–11:00"),
        RunChange("stop_removed", "s12", "Old Mill, canteen", ""),
        RunChange("note", "s6", "", "The lift is out of order"),
        RunChange("must_do", "s7", "no", "yes"),
        RunChange("order", ""),
    )
    return run_view(
        changes=changes,
        load_recorded=False,
        short_products=0,
        reads=0,
        reads_first_try=0,
        ordered_by_driver=True,
        order_reason="traffic",
        other_runs=(("run15", "Route 15"),),
    )


def unknown() -> RunView:
    """Nothing was ever read: no figure is known."""
    never = Urgency(0, 0, None, None, None)
    stops = tuple(
        replace(
            one,
            urgency=never,
            band=Band.UNKNOWN,
            state="open",
            tasks=("fill",),
            location=None,
            machines=tuple(
                replace(m, stock=None, last_read_at=None, band=Band.UNKNOWN) for m in one.machines
            ),
        )
        for one in nine_stops()
    )
    return run_view(
        stops=stops, next_stop_id="s1", elsewhere=(), office_at=None, ends_about=None, reads=0,
        units_filled=0, bags=0,
    )  # fmt: skip


@dataclass
class Dispatcher:
    """What stands behind the screen: one run, and every call that was made of it."""

    view: RunView | None = field(default_factory=run_view)
    session: Session | None = SESSION
    problem: Problem | None = None  # what recording fails with
    broken: Problem | None = None  # what fetching fails with
    navigator: bool = True
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def services(self) -> TodayServices:
        return TodayServices(
            todays_run=self.todays_run,
            mark_stop=self.mark_stop,
            order_stops=self.order_stops,
            changes_seen=self.changes_seen,
            map_address=lambda place: f"geo:{place.latitude},{place.longitude}",
            open_address=self.open_address,
            session=lambda: self.session,
        )

    def screen(self, look: Look, background: Background) -> TodayScreen:
        messages = Messages(words, answer_words, title_of, reason_of)
        return TodayScreen(look, background, messages, self.services(), lambda: NOW)

    def todays_run(self, run_id: str | None = None) -> RunView | None:
        if self.broken is not None:
            raise self.broken
        if run_id is not None and self.view is not None and run_id != self.view.run_id:
            return replace(
                self.view, run_id=run_id, route_number="15", other_runs=(("run14", "Route 14"),)
            )
        return self.view

    def mark_stop(
        self, run_id: str, stop_id: str, state: StopState, *, reason: str = "", note: str = ""
    ) -> None:
        self._note("mark", run_id, stop_id, state, reason, note)
        assert self.view is not None
        stops = tuple(
            replace(one, state=state, reason=reason, reason_note=note, state_at=NOW)
            if one.stop_id == stop_id
            else one
            for one in self.view.stops
        )
        first = next((s.stop_id for s in stops if s.state in ("open", "arrived")), None)
        self.view = replace(self.view, stops=stops, next_stop_id=first)

    def order_stops(self, run_id: str, stop_ids: Sequence[str], reason: str) -> None:
        self._note("order", run_id, tuple(stop_ids), reason)
        assert self.view is not None
        stops = tuple(sorted(self.view.stops, key=lambda one: list(stop_ids).index(one.stop_id)))
        first = next((s.stop_id for s in stops if s.state in ("open", "arrived")), None)
        numbered = tuple(replace(one, number=n) for n, one in enumerate(stops, 1))
        self.view = replace(self.view, stops=numbered, next_stop_id=first)

    def changes_seen(self, run_id: str) -> None:
        self._note("seen", run_id)
        assert self.view is not None
        self.view = replace(self.view, changes=())

    def open_address(self, address: str) -> bool:
        self.calls.append(("open", address))
        return self.navigator

    def _note(self, *call: object) -> None:
        self.calls.append(call)
        if self.problem is not None:
            raise self.problem


def disk_full() -> Problem:
    return Problem("disk_full", ExitCode.REFUSED)
