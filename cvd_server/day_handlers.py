"""What the events of a driver's day do: stops, order, load, count, visit, amendment, photo.

Facts of a day are kept whatever the office changed meanwhile: a stop or a product need not exist.
How to add an event is told in event_handlers.py.
"""

from collections.abc import Iterable
from datetime import date

from cvd_server.bag_book import BAG_USED_BEFORE, bag_of
from cvd_server.blobs import is_blob_name
from cvd_server.handler_parts import (
    Event,
    Handler,
    Key,
    Refusal,
    Situation,
    Wanted,
    check_command,
    check_entity,
    check_moments,
    check_new,
    check_route,
    name_of,
    own_machine,
)
from cvd_server.records import route_scope
from cvd_shared.permissions import Right
from cvd_shared.run_states import with_mark, with_order
from cvd_shared.visit_facts import amendments_in_order, effective_cash
from cvd_shared.wire_events import (
    CashCollected,
    EventPayload,
    LoadRecorded,
    PhotoTaken,
    RunOrdered,
    StopMarked,
    TruckCounted,
    VisitAmended,
    VisitFinished,
    VisitLine,
)
from cvd_shared.wire_records import (
    LoadRecord,
    PhotoRecord,
    Record,
    RunProgressRecord,
    StopMark,
    StopOrder,
    TruckCountRecord,
    VisitAmendment,
    VisitRecord,
)

MAX_RECORD_BYTES = 512 * 1024  # on the wire; one mark, one order, one amendment always fits


# --- the run ------------------------------------------------------------------------------------


def _run_wanted(payload: StopMarked | RunOrdered) -> Wanted:
    return Wanted(frozenset({("run", payload.run_id), ("run_progress", payload.run_id)}))


def _marked_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. may he, 3. one mark more; the state follows from all (run_states)."""
    payload = event.payload
    assert isinstance(payload, StopMarked)
    progress = _progress(event, payload, situation)
    mark = StopMark(
        id=event.op.op_id,
        stop_id=payload.stop_id,
        state=payload.state,
        at=event.in_turn(payload.at, (each.at for each in progress.marks)),
        by=name_of(event.who),
        reason=payload.reason,
        note=payload.note,
    )
    return _keep_progress(event, with_mark(progress, mark), situation)


def _ordered_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. may he, now, 3. one order more; the newest is driven (run_states)."""
    payload = event.payload
    assert isinstance(payload, RunOrdered)
    progress = _progress(event, payload, situation)
    if progress.route_id:
        check_command(route_scope(progress.route_id), situation)
    order = StopOrder(
        id=event.op.op_id,
        at=event.in_turn(payload.at, (each.at for each in progress.orders)),
        by=name_of(event.who),
        stop_ids=payload.stop_ids,
        reason=payload.reason,
    )
    return _keep_progress(event, with_order(progress, order), situation)


def _progress(
    event: Event, payload: StopMarked | RunOrdered, situation: Situation
) -> RunProgressRecord:
    """What is known of the run's progress so far, on the run's route.

    A run that the office took back still says its route. One that the server does not have (yet)
    says none: then its progress stays with whoever recorded it, and with the office (records.py).
    Whoever drove a part of it may say the rest, also after the run went to another route.
    """
    check_entity(event, (RunProgressRecord.KIND, payload.run_id))
    check_moments(payload.at)
    progress = situation.record(RunProgressRecord, payload.run_id)
    run = situation.rows.get(("run", payload.run_id))
    told = progress.route_id if progress else ""
    route_id = told if run is None else run["route_id"]
    if route_id and event.who.user_id not in _actors(payload.run_id, situation):
        check_route(event, route_id, situation)
    if progress is None:
        return RunProgressRecord(id=payload.run_id, route_id=route_id)
    return progress.model_copy(update={"route_id": route_id})


def _keep_progress(event: Event, progress: RunProgressRecord, situation: Situation) -> Key:
    _check_size(progress)
    actors = {*_actors(progress.id, situation), event.who.user_id}
    return situation.write(progress, actor_ids=sorted(actors))


def _actors(run_id: str, situation: Situation) -> list[str]:
    """Who recorded something of this run so far."""
    return situation.unsent((RunProgressRecord.KIND, run_id), "actor_ids") or []


def _check_size(record: Record) -> None:
    if len(record.model_dump_json().encode()) > MAX_RECORD_BYTES:
        raise Refusal("quarantined", "record_too_large", "The record would be too large to travel.")


# --- the truck ----------------------------------------------------------------------------------


def _loaded_wanted(payload: LoadRecorded) -> Wanted:
    return Wanted(frozenset({("load", payload.load_id), ("route", payload.route_id)}))


def _loaded_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the route is this person's, 4. the record."""
    payload = event.payload
    assert isinstance(payload, LoadRecorded)
    record = LoadRecord(
        id=payload.load_id, actor_name=name_of(event.who), **payload.model_dump(exclude={"load_id"})
    )
    return _on_truck(event, payload, record, "load_exists", situation)


def _counted_wanted(payload: TruckCounted) -> Wanted:
    return Wanted(frozenset({("truck_count", payload.count_id), ("route", payload.route_id)}))


def _counted_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the route is this person's, 4. the record."""
    payload = event.payload
    assert isinstance(payload, TruckCounted)
    record = TruckCountRecord(
        id=payload.count_id,
        actor_name=name_of(event.who),
        **payload.model_dump(exclude={"count_id"}),
    )
    return _on_truck(event, payload, record, "count_exists", situation)


def _on_truck(
    event: Event,
    payload: LoadRecorded | TruckCounted,
    record: LoadRecord | TruckCountRecord,
    exists: str,
    situation: Situation,
) -> Key:
    check_entity(event, (record.KIND, record.id))
    check_moments(payload.at)
    check_new((record.KIND, record.id), situation, exists)
    if ("route", payload.route_id) not in situation.rows:  # another operator's looks like none
        raise Refusal("quarantined", "route_unknown", "There is no such route.")
    check_route(event, payload.route_id, situation)
    _check_size(record)
    return situation.write(record)


# --- the visit ----------------------------------------------------------------------------------


def _finished_wanted(payload: VisitFinished) -> Wanted:
    keys = frozenset({("visit", payload.visit_id), ("machine", payload.machine_id)})
    return Wanted(keys, bags=_bags(payload.cash))


def _bags(cash: CashCollected | None) -> frozenset[str]:
    return frozenset({bag_of(cash)} - {""}) if cash else frozenset()


def _finished_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the machine is this person's, 4. the bag, 5. the record."""
    payload = event.payload
    assert isinstance(payload, VisitFinished)
    check_entity(event, (VisitRecord.KIND, payload.visit_id))
    check_moments(payload.arrived_at, payload.finished_at)
    _check_days(payload.lines)
    check_new((VisitRecord.KIND, payload.visit_id), situation, "visit_exists")
    machine = own_machine(event, payload.machine_id, situation)
    visit = VisitRecord(
        id=payload.visit_id,
        machine_id=machine["id"],
        actor_name=name_of(event.who),
        **payload.model_dump(exclude={"visit_id", "machine_id"}),
    )
    _check_size(visit)
    flags = _flags(visit, payload.cash, situation)
    return situation.write(visit.model_copy(update={"flags": flags}), actor_id=event.who.user_id)


def _amended_wanted(payload: VisitAmended) -> Wanted:
    visit = frozenset({("visit", payload.visit_id)})
    return Wanted(visit, stands=visit, bags=_bags(payload.cash))


def _amended_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. the visit is there, 3. may he, 4. one amendment more, 5. the bag.

    Whoever recorded a visit may correct it, also after its machine went to another route.
    """
    payload = event.payload
    assert isinstance(payload, VisitAmended)
    key = (VisitRecord.KIND, payload.visit_id)
    check_entity(event, key)
    check_moments(payload.at)
    _check_days(payload.lines)
    visit = situation.record(VisitRecord, payload.visit_id)
    if visit is None:
        raise Refusal("quarantined", "visit_unknown", "There is no such visit.")
    actor_id = situation.unsent(key, "actor_id")
    if actor_id != event.who.user_id:
        own_machine(event, visit.machine_id, situation)
    amendment = VisitAmendment(
        id=event.op.op_id,
        by=name_of(event.who),
        **payload.model_dump(exclude={"amendment_id", "visit_id", "at"}),
        at=event.in_turn(payload.at, (each.at for each in visit.amendments)),
    )
    amended = _with_amendment(visit, amendment)
    _check_size(amended)
    flags = _flags(amended, payload.cash, situation)
    return situation.write(amended.model_copy(update={"flags": flags}), actor_id=actor_id)


def _with_amendment(visit: VisitRecord, amendment: VisitAmendment) -> VisitRecord:
    """Oldest first, whoever arrives first."""
    more = visit.model_copy(update={"amendments": (*visit.amendments, amendment)})
    return more.model_copy(update={"amendments": tuple(amendments_in_order(more))})


def _check_days(lines: Iterable[VisitLine]) -> None:
    try:
        for line in lines:
            if line.expiry is not None:
                date.fromisoformat(line.expiry)
    except ValueError as error:
        raise Refusal("rejected", "payload_invalid", "A day in the record is no day.") from error


def _flags(visit: VisitRecord, new: CashCollected | None, situation: Situation) -> tuple[str, ...]:
    """The flags of the visit with `new` cash in it: one bag is one collection.

    A number belongs to the visit that arrives with it first. The visit is judged by the bag that
    stands now: a late amendment that an earlier one has overtaken changes nothing.
    """
    if new is None:
        return visit.flags
    bag = bag_of(new)
    owner = situation.bags.setdefault(bag, visit.id) if bag else visit.id
    stands = effective_cash(visit)
    if stands is None or bag_of(stands) != bag:
        return visit.flags
    others = tuple(flag for flag in visit.flags if flag != BAG_USED_BEFORE)
    return others if owner == visit.id else (*others, BAG_USED_BEFORE)


# --- the photo ----------------------------------------------------------------------------------


def _photo_wanted(payload: PhotoTaken) -> Wanted:
    return Wanted(frozenset({("photo", payload.photo_id), ("machine", payload.machine_id)}))


def _photo_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the machine is this person's, 4. the record. It may precede its visit."""
    payload = event.payload
    assert isinstance(payload, PhotoTaken)
    key = (PhotoRecord.KIND, payload.photo_id)
    check_entity(event, key)
    check_moments(payload.at)
    check_new(key, situation, "photo_exists")
    machine = own_machine(event, payload.machine_id, situation)
    facts = payload.model_dump(exclude={"photo_id", "machine_id"})
    others = [name for name in event.op.blobs if name != payload.sha256 and is_blob_name(name)]
    return situation.write(
        PhotoRecord(
            id=payload.photo_id,
            machine_id=machine["id"],
            actor_name=name_of(event.who),
            original_sha256=others[0] if others else None,
            **facts,
        )
    )


DAY_HANDLERS: dict[type[EventPayload], Handler] = {
    StopMarked: Handler(Right.VISIT_RECORD, _run_wanted, _marked_apply),
    RunOrdered: Handler(Right.VISIT_RECORD, _run_wanted, _ordered_apply),
    LoadRecorded: Handler(Right.VISIT_RECORD, _loaded_wanted, _loaded_apply),
    TruckCounted: Handler(Right.VISIT_RECORD, _counted_wanted, _counted_apply),
    VisitFinished: Handler(Right.VISIT_RECORD, _finished_wanted, _finished_apply),
    VisitAmended: Handler(Right.VISIT_RECORD, _amended_wanted, _amended_apply),
    PhotoTaken: Handler(Right.VISIT_RECORD, _photo_wanted, _photo_apply),
}
