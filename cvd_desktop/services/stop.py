"""The stop that the person is at: its machines, and the visit of the one that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from cvd_desktop.domain.fill_sheet import FillSheet
from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection import project
from cvd_desktop.domain.records import ReadDetail, RecordState
from cvd_desktop.domain.route_records import StopMachine, StopView
from cvd_desktop.domain.visit_records import (
    DraftPhoto,
    StopDetail,
    VisitDraft,
    VisitView,
    told_photo,
)
from cvd_desktop.services.begun_machine import machine_as_begun
from cvd_desktop.services.complete_visit import known_visit
from cvd_desktop.services.day_run import DayRun, day_began, day_run, local_day
from cvd_desktop.services.day_stops import DayFacts, stop_views
from cvd_desktop.services.load_draft import load_draft
from cvd_desktop.services.load_truck import allotments
from cvd_desktop.services.machine_facts import facts_of
from cvd_desktop.services.reads import read_detail
from cvd_desktop.services.stop_evidence import Given, given_elsewhere
from cvd_desktop.services.stop_machines import due_rules, stop_machine
from cvd_desktop.services.ticket_facts import open_tickets_at
from cvd_desktop.services.truck import loads_since
from cvd_desktop.services.visit_cash import cash_of_read, cash_view
from cvd_desktop.services.visit_draft import draft_at, note_shown, open_drafts
from cvd_desktop.services.visit_missing import (
    Asked,
    KnownRead,
    finished_tabs,
    missing_of,
    tabs_of,
)
from cvd_desktop.services.visit_sheet import recorded_sheet, slot_facts
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store, route_store, snapshot_store, visit_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.run_states import stop_order, stop_states
from cvd_shared.visit_facts import amendments_in_order
from cvd_shared.wire_events import PhotoTaken
from cvd_shared.wire_records import (
    PhotoRecord,
    ReadRecord,
    RouteRecord,
    RunStop,
    VisitAmendment,
    VisitRecord,
)

TOPICS = frozenset[str]()  # it writes nothing
_LOADED_BEFORE = timedelta(days=3)  # at the earliest
_TAKEN_BEFORE = timedelta(days=1)  # a photo before its visit ends, at the earliest


@dataclass(frozen=True, slots=True)
class _Place:
    """Which stop and machine are meant."""

    found: DayRun | None
    stop: RunStop | None  # None: the machine is not on the run
    machine_id: str


def open_visit(wp: Workplace) -> tuple[str | None, str | None, str] | None:
    """Run, stop and machine of the visit that was worked on last; None: none is under way."""
    with wp.database.read() as connection:
        draft = next(open_drafts(connection), None)
    return None if draft is None else (draft.run_id, draft.stop_id, draft.machine_id)


def stop_detail(
    wp: Workplace,
    *,
    run_id: str | None = None,
    stop_id: str | None = None,
    machine_id: str | None = None,
) -> StopDetail:
    """One stop with its machines and the visit of one of them.

    Nothing given: where the work is, an open visit, else the next stop. A stop alone: its machine
    where a visit is under way, else the first that was not served. A machine alone: with its stop
    where it is on the run. Raises Problem: no_stop, stop_unknown, stop_no_machine,
    machine_not_here.
    """
    with wp.database.read() as connection:
        place = _place(wp, connection, run_id, stop_id, machine_id)
        stop, machines, number_of = _stop(wp, connection, place)
        machines = tuple(
            replace(each, tickets=open_tickets_at(connection, each.record.id)) for each in machines
        )
        shares = _shares(wp, connection, place)
        seen = _Seen.of(wp, connection, place, machines, stop, shares)
        detail = StopDetail(
            run_id=place.found.run.id if place.found else None,
            route_number=_route_number(connection, place),
            stop=stop,
            of_stops=number_of,
            machines=machines,
            machine_id=place.machine_id,
            visit=seen.view(connection),
        )
    note_shown(wp, seen.draft)
    return replace(detail, visit=_with_read(wp, detail.visit, seen))


# --- which one ------------------------------------------------------------------------------------


def _place(
    wp: Workplace,
    connection: Transaction,
    run_id: str | None,
    stop_id: str | None,
    machine_id: str | None,
) -> _Place:
    if stop_id is None and machine_id is None:
        draft = next(open_drafts(connection), None)
        if draft is not None:
            run_id, stop_id, machine_id = draft.run_id, draft.stop_id, draft.machine_id
    elif machine_id is not None and stop_id is None:
        draft = draft_at(connection, machine_id)
        if draft is not None and draft.stop_id is not None:
            run_id, stop_id = draft.run_id, draft.stop_id
    found = day_run(wp, connection, run_id)
    if stop_id is None and machine_id is not None:
        stop = _stop_with(found, machine_id)
        return _Place(found if stop else None, stop, machine_id)
    if stop_id is None:
        stop_id = _next_stop(found)
    stops = {stop.id: stop for stop in found.stops} if found else {}
    stop = stops.get(stop_id)
    if stop is None:
        if machine_id is not None:  # the office took the stop away and nobody marked it
            return _Place(None, None, machine_id)
        raise Problem("stop_unknown", ExitCode.USAGE, id=stop_id)
    return _Place(found, stop, machine_id or _machine_at(wp, connection, found, stop))


def _next_stop(found: DayRun | None) -> str:
    """Where the person is, else the first that is open, in the order of the day."""
    if found is not None:
        states = stop_states(found.whole, found.progress)
        order = stop_order(found.whole, found.progress)
        for wanted in ("arrived", "open"):
            for stop_id in order:
                if states[stop_id].state == wanted:
                    return stop_id
    raise Problem("no_stop", ExitCode.USAGE)


def _stop_with(found: DayRun | None, machine_id: str) -> RunStop | None:
    stops = found.stops if found is not None else ()
    return next((stop for stop in stops if machine_id in stop.machine_ids), None)


def _machine_at(wp: Workplace, connection: Transaction, found: DayRun | None, stop: RunStop) -> str:
    """Where a visit is under way, else the first machine that was not served."""
    here = facts_of(wp, connection, stop.machine_ids)
    drafts = [each.machine_id for each in open_drafts(connection)]
    under_way = [each for each in drafts if each in stop.machine_ids]
    machines = [each for each in stop.machine_ids if each in here]
    if not machines and not under_way:
        raise Problem("stop_no_machine", ExitCode.USAGE, id=stop.id)
    run_id = found.run.id if found is not None else None
    waiting = [
        each for each in machines if all(visit.run_id != run_id for visit in here[each].visits)
    ]
    return next(iter((*under_way, *waiting, *machines)))


def _stop(
    wp: Workplace, connection: Transaction, place: _Place
) -> tuple[StopView | None, tuple[StopMachine, ...], int]:
    """The stop with its place in the day, its machines, and how many stops there are."""
    if place.found is None or place.stop is None:
        return None, (_lone_machine(wp, connection, place.machine_id),), 0
    whole = place.found
    only = replace(whole, stops=(place.stop,))  # the facts of the others are not needed
    view = stop_views(DayFacts.of(wp, connection, only))[0]
    order = stop_order(whole.whole, whole.progress)
    view = replace(view, number=order.index(place.stop.id) + 1)
    if all(each.record.id != place.machine_id for each in view.machines):
        machine = _lone_machine(wp, connection, place.machine_id)
        return view, (*view.machines, machine), len(order)
    return view, view.machines, len(order)


def _lone_machine(wp: Workplace, connection: Transaction, machine_id: str) -> StopMachine:
    draft = draft_at(connection, machine_id)
    facts = _facts_at(wp, connection, machine_id, draft)
    if facts is None:
        raise Problem("machine_not_here", ExitCode.USAGE, id=machine_id)
    began = day_began(local_day(wp))
    today = [each for each in facts.visits if moment(each.finished_at) >= began]
    return stop_machine(
        facts,
        due_rules(connection),
        wp.clock(),
        visited=bool(today),
        open_visit=draft is not None,
        visit_state=_state_of(connection, today[0]) if today else None,
    )


def _facts_at(
    wp: Workplace, connection: Transaction, machine_id: str, draft: VisitDraft | None
) -> MachineFacts | None:
    """Of a machine that the office took from this laptop meanwhile, what the visit began with."""
    facts = facts_of(wp, connection, (machine_id,)).get(machine_id)
    if facts is None and draft is not None:
        return machine_as_begun(connection, draft.visit_id)
    return facts


def _route_number(connection: Transaction, place: _Place) -> str:
    if place.found is None:
        return ""
    route = snapshot_store.record(connection, RouteRecord, place.found.run.route_id)
    return route.number if route is not None else ""


def _shares(wp: Workplace, connection: Transaction, place: _Place) -> dict[SlotKey, int]:
    """Units that were brought for slots of the machine, where the load was short."""
    found = place.found
    if found is None:
        return {}
    loads = loads_since(connection, found.run.route_id, wp.clock() - _LOADED_BEFORE)
    short = any(
        line.loaded < line.wanted
        for load in loads
        if load.run_id == found.run.id
        for line in load.lines
    )
    if not short and not load_draft(connection, found.run.id).picked:
        return {}
    told = allotments(wp, found.run.id)
    return {
        key: units for (machine_id, key), units in told.items() if machine_id == place.machine_id
    }


# --- the visit ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """One machine with its visit, fetched once."""

    machine: StopMachine
    stop: StopView | None
    facts: MachineFacts
    draft: VisitDraft | None
    finished: VisitRecord | None
    finished_state: RecordState | None
    sheet: FillSheet
    read: KnownRead | None
    given: Given  # at the other machines of the stop

    @classmethod
    def of(
        cls,
        wp: Workplace,
        connection: Transaction,
        place: _Place,
        machines: Sequence[StopMachine],
        stop: StopView | None,
        shares: dict[SlotKey, int],
    ) -> "_Seen":
        machine = next(each for each in machines if each.record.id == place.machine_id)
        known = facts_of(wp, connection, [each.record.id for each in machines])
        draft = draft_at(connection, place.machine_id)
        facts = _facts_at(wp, connection, place.machine_id, draft)
        assert facts is not None  # or its card could not have been made
        finished = _visit_of_today(wp, connection, place, facts)
        slots = slot_facts(connection, facts, wp.clock(), shares)
        if draft is None and finished is not None:
            sheet = recorded_sheet(connection, slots, finished)
        else:
            sheet = FillSheet(slots, draft.edits if draft is not None else {})
        shown = draft if draft is not None else finished
        return cls(
            machine=machine,
            stop=stop,
            facts=facts,
            draft=draft,
            finished=finished,
            finished_state=_state_of(connection, finished) if finished is not None else None,
            sheet=sheet,
            read=_known_read(connection, shown.read_id if shown is not None else None),
            given=given_elsewhere(
                connection,
                known,
                run_id=place.found.run.id if place.found is not None else None,
                stop_id=place.stop.id if place.stop is not None else None,
                machine_id=place.machine_id,
            ),
        )

    @property
    def read_id(self) -> str | None:
        shown = self.draft if self.draft is not None else self.finished
        return shown.read_id if shown is not None else None

    def view(self, connection: Transaction) -> VisitView:
        """Without the read in full."""
        stop, draft, finished = self.stop, self.draft, self.finished
        asked = Asked(
            tasks=self.machine.tasks,
            answer_wanted=bool(stop and stop.answer_wanted and not self.given.answer),
            checklist=self.given.still_asked(stop.checklist) if stop else (),
            photos_wanted=stop.photos_wanted if stop else 0,
            signature_wanted=bool(stop and stop.signature_wanted and not self.given.signature),
            about=self.machine.to_put_in,
        )
        cash = cash_view(connection, self.facts, draft, finished)
        missing = missing_of(asked, draft, self.sheet, self.read, cash.bag) if draft else ()
        if draft is None and finished is not None:
            ended = moment(finished.finished_at)
            tabs = finished_tabs(finished, self.sheet, self.read, ended)
        else:
            tabs = tabs_of(asked, draft, self.sheet, self.read, missing)
        standing = (
            known_visit(connection, finished.id, refused_corrections=False) if finished else None
        )
        return VisitView(
            stop=stop,
            machine=self.machine,
            draft=draft,
            finished=finished,
            finished_state=self.finished_state,
            sheet=self.sheet,
            read=None,
            cash=cash,
            tabs=tabs,
            missing=missing,
            office_note=stop.note if stop else "",
            answer_wanted=asked.answer_wanted,
            checklist=stop.checklist if stop else (),
            photos_wanted=asked.photos_wanted,
            signature_wanted=asked.signature_wanted,
            photos=_photos_of(connection, finished) if finished is not None else (),
            standing=standing,
            refused_correction=_refused_correction(finished, standing),
        )


def _refused_correction(
    finished: VisitRecord | None, standing: VisitRecord | None
) -> VisitAmendment | None:
    """The newest correction, where the server refused it: it is the one to be made anew."""
    newest = amendments_in_order(finished)[-1:] if finished is not None else []
    stands = {each.id for each in standing.amendments} if standing is not None else set()
    return next((each for each in newest if each.id not in stands), None)


def _photos_of(connection: Transaction, visit: VisitRecord) -> tuple[DraftPhoto, ...]:
    """Those that this laptop took, and those of colleagues that the server has told of; in the
    order of the visit."""
    if not visit.photo_ids:
        return ()
    since = moment(visit.finished_at) - _TAKEN_BEFORE
    own = [
        PhotoTaken.model_validate(each.payload)
        for each in route_store.own_since(connection, since, (PhotoTaken.TYPE,))
        if each.payload.get("visit_id") == visit.id
    ]
    taken = {photo.photo_id: told_photo(photo.photo_id, photo) for photo in own}
    others = [each for each in visit.photo_ids if each not in taken]
    told = route_store.records(connection, PhotoRecord, others)
    taken |= {each: told_photo(each, photo) for each, photo in told.items()}
    return tuple(taken[each] for each in visit.photo_ids if each in taken)


def _visit_of_today(
    wp: Workplace, connection: Transaction, place: _Place, facts: MachineFacts
) -> VisitRecord | None:
    """The newest visit of the run, or of today; one that the server refused is one, too. A visit of
    another run is none: a machine that is on two runs of a day is served twice."""
    began = day_began(local_day(wp))
    run_id = place.found.run.id if place.found is not None else None
    view = project(facts.visits, visit_store.own_events(connection))
    visits = [
        each
        for each in view.values()
        if isinstance(each, VisitRecord)
        if each.machine_id == place.machine_id
        if (run_id is not None and each.run_id == run_id)
        or (None in (run_id, each.run_id) and moment(each.finished_at) >= began)
    ]
    return max(visits, key=lambda each: (moment(each.finished_at), each.id), default=None)


def _state_of(connection: Transaction, visit: VisitRecord) -> RecordState:
    """Of the visit itself, not of its amendments."""
    return visit_store.record_state(connection, visit.id)


def _known_read(connection: Transaction, read_id: str | None) -> KnownRead | None:
    if read_id is None:
        return None
    here = read_store.summary_of(connection, read_id)
    if here is not None:
        return KnownRead(here.at, here.complete)
    record = snapshot_store.record(connection, ReadRecord, read_id)
    return KnownRead(moment(record.at), record.complete) if record is not None else None


def _with_read(wp: Workplace, view: VisitView, seen: _Seen) -> VisitView:
    """With the read in full, where its bytes are on this laptop."""
    if seen.read_id is None:
        return view
    detail: ReadDetail | None
    try:
        detail = read_detail(wp, seen.read_id)
    except Problem as problem:
        if problem.code != "read_unknown":
            raise
        return view
    if seen.draft is not None or seen.finished is None:
        return replace(view, read=detail)
    cash = cash_of_read(wp, seen.facts, seen.finished, detail, view.cash)
    return replace(view, read=detail, cash=cash)
