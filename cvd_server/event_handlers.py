"""What each event does: one pure function per event, from the present state to new records.

A handler sees only its event and the `Situation`, and writes only through `situation.write`; the
caller drops the writes when the event or its group is refused. A fact is kept whatever it says:
`Refusal` is for events that cannot be understood or that somebody has to look at first.

To add an event (cvd_shared/wire_events.py says the other steps):
1. `..._wanted(payload)`: the records to lock and load, machines also by asset number.
2. `..._apply(event, situation)`: check existence, then the right to the scope, then the rule;
   return the key of the record whose version is told to the client.
3. Its line in `HANDLERS` with the right that the person needs.
A completeness test names the forgotten step.
"""

from cvd_server.day_handlers import DAY_HANDLERS
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
    name_of,
    own_machine,
)
from cvd_server.records import Row, known, route_scope
from cvd_shared.permissions import Right
from cvd_shared.ticket_states import in_order, ticket_after
from cvd_shared.wire_events import (
    MAX_INTEGER,
    EventPayload,
    MachineWritten,
    MetersEntered,
    ReadAssigned,
    ReadRecorded,
    TicketOpened,
    TicketWorked,
)
from cvd_shared.wire_records import (
    MachineWriteRecord,
    MeterEntryRecord,
    ReadRecord,
    TicketRecord,
    TicketWork,
)

MAX_WORKS = 200  # on one ticket: it travels as one record
MAX_TICKET_BYTES = 512 * 1024  # of that record on the wire; one work always fits


def _read_wanted(payload: ReadRecorded) -> Wanted:
    return _fact_wanted(("read", payload.read_id), payload)


def _fact_wanted(key: Key, payload: ReadRecorded | MachineWritten) -> Wanted:
    if payload.machine_id is not None:
        return Wanted(frozenset({key, ("machine", payload.machine_id)}))
    assets = {payload.asset_number} if payload.asset_number else set()
    return Wanted(frozenset({key}), frozenset(assets))


def _read_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. its machine, 4. may he, 5. what the raw report says, 6. the record."""
    payload = event.payload
    assert isinstance(payload, ReadRecorded)
    check_entity(event, ("read", payload.read_id))
    if payload.size > MAX_INTEGER:
        raise Refusal("rejected", "payload_invalid", "The size is no size.")
    check_moments(payload.at)
    check_new(("read", payload.read_id), situation, "read_exists")
    machine = _machine_of(event, payload, situation)
    record = ReadRecord(
        id=payload.read_id,
        machine_id=machine["id"] if machine else None,
        asset_number=payload.asset_number,
        at=payload.at,
        actor_name=name_of(event.who),
        purpose=payload.purpose,
        link=payload.link,
        complete=payload.complete,
        size=payload.size,
        raw_sha256=payload.raw_sha256,
        verdict=payload.verdict,
        **situation.reading_facts(payload.raw_sha256),
    )
    return situation.write(record, actor_id=event.who.user_id)


def _machine_of(
    event: Event, payload: ReadRecorded | MachineWritten, situation: Situation
) -> Row | None:
    """The machine that was chosen; else the one that the file names, if it is this person's."""
    if payload.machine_id is not None:
        return own_machine(event, payload.machine_id, situation)
    machine = situation.row("machine", situation.by_asset.get(payload.asset_number or "", ""))
    if machine and situation.grants.held(route_scope(machine["route_id"]), event.captured_at):
        return machine
    return None


def _assigned_wanted(payload: ReadAssigned) -> Wanted:
    return Wanted(frozenset({("read", payload.read_id), ("machine", payload.machine_id)}))


def _assigned_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. the read is this person's, 3. so is the machine, 4. the record."""
    payload = event.payload
    assert isinstance(payload, ReadAssigned)
    check_entity(event, ("read", payload.read_id))
    read = situation.row("read", payload.read_id)
    if read is None or read["actor_id"] != event.who.user_id:
        raise Refusal("quarantined", "read_unknown", "There is no such read of yours.")
    machine = own_machine(event, payload.machine_id, situation)
    record = known(ReadRecord, read).model_copy(
        update={"machine_id": machine["id"], "verdict": payload.verdict}
    )
    return situation.write(record, actor_id=read["actor_id"])


def _written_wanted(payload: MachineWritten) -> Wanted:
    return _fact_wanted(("machine_write", payload.write_id), payload)


def _written_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. its machine, as for a read, 4. the record."""
    payload = event.payload
    assert isinstance(payload, MachineWritten)
    check_entity(event, ("machine_write", payload.write_id))
    check_moments(payload.at)
    check_new(("machine_write", payload.write_id), situation, "write_exists")
    machine = _machine_of(event, payload, situation)
    facts = payload.model_dump(exclude={"write_id", "machine_id"})
    record = MachineWriteRecord(
        id=payload.write_id,
        machine_id=machine["id"] if machine else None,
        actor_name=name_of(event.who),
        **facts,
    )
    return situation.write(record, actor_id=event.who.user_id)


def _opened_wanted(payload: TicketOpened) -> Wanted:
    return Wanted(frozenset({("ticket", payload.ticket_id), ("machine", payload.machine_id)}))


def _opened_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the machine is this person's, 4. the record."""
    payload = event.payload
    assert isinstance(payload, TicketOpened)
    check_entity(event, ("ticket", payload.ticket_id))
    check_new(("ticket", payload.ticket_id), situation, "ticket_exists")
    machine = own_machine(event, payload.machine_id, situation)
    return situation.write(
        TicketRecord(
            id=payload.ticket_id,
            machine_id=machine["id"],
            fault=payload.fault,
            urgency=payload.urgency,
            event_codes=payload.event_codes,
            note=payload.note,
            opened_at=event.at,
            opened_by=name_of(event.who),
        )
    )


def _worked_wanted(payload: TicketWorked) -> Wanted:
    ticket = ("ticket", payload.ticket_id)
    assignee = {("user", payload.assignee_id)} if payload.assignee_id is not None else set()
    return Wanted(frozenset({ticket, *assignee}), stands=frozenset({ticket}))


def _worked_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. the ticket is there, 3. may he, 4. the assignee, 5. one work more.

    Giving it to somebody is a command, for which the machine must be his now; work that was done
    is a fact.
    No work is lost and none goes before another: the state follows from all of them
    (cvd_shared/ticket_states), whoever arrives first.
    """
    payload = event.payload
    assert isinstance(payload, TicketWorked)
    check_entity(event, ("ticket", payload.ticket_id))
    check_moments(payload.arrived_at, payload.left_at)
    ticket = situation.record(TicketRecord, payload.ticket_id)
    if ticket is None:
        raise Refusal("quarantined", "ticket_unknown", "There is no such ticket.")
    if ticket.assignee_id != event.who.user_id:
        machine = own_machine(event, ticket.machine_id, situation)
        if payload.assignee_id is not None:
            check_command(route_scope(machine["route_id"]), situation)
    work = TicketWork(
        id=event.op.op_id,
        at=event.at,
        by=name_of(event.who),
        by_id=event.who.user_id,
        **payload.model_dump(exclude={"ticket_id"}),
    )
    works = tuple(sorted((*ticket.work, work), key=in_order))
    state, assignee_id = ticket_after(works)
    record = ticket.model_copy(
        update={
            "work": works,
            "state": state,
            "assignee_id": assignee_id,
            "assignee_name": _assignee_name(event, payload, assignee_id, ticket, situation),
        }
    )
    if len(works) > MAX_WORKS or len(record.model_dump_json().encode()) > MAX_TICKET_BYTES:
        raise Refusal("quarantined", "ticket_full", "The ticket holds too much work already.")
    return situation.write(record)


def _assignee_name(
    event: Event,
    payload: TicketWorked,
    assignee_id: str | None,
    ticket: TicketRecord,
    situation: Situation,
) -> str:
    names = {ticket.assignee_id: ticket.assignee_name} | {
        work.by_id: work.by for work in ticket.work
    }
    names[event.who.user_id] = name_of(event.who)
    if payload.assignee_id is not None:
        user = situation.row("user", payload.assignee_id)
        if user is None:  # another operator's person looks exactly like none
            raise Refusal("quarantined", "person_unknown", "There is no such person.")
        names[payload.assignee_id] = user["full_name"] or user["name"]
    return names.get(assignee_id, "")


def _entered_wanted(payload: MetersEntered) -> Wanted:
    return Wanted(frozenset({("meter_entry", payload.entry_id), ("machine", payload.machine_id)}))


def _entered_apply(event: Event, situation: Situation) -> Key:
    """1. sane, 2. new, 3. the machine is this person's, 4. the record."""
    payload = event.payload
    assert isinstance(payload, MetersEntered)
    check_entity(event, ("meter_entry", payload.entry_id))
    check_moments(payload.at)
    check_new(("meter_entry", payload.entry_id), situation, "meters_exist")
    machine = own_machine(event, payload.machine_id, situation)
    facts = payload.model_dump(exclude={"entry_id", "machine_id"})
    return situation.write(
        MeterEntryRecord(
            id=payload.entry_id, machine_id=machine["id"], actor_name=name_of(event.who), **facts
        )
    )


HANDLERS: dict[type[EventPayload], Handler] = DAY_HANDLERS | {
    ReadRecorded: Handler(Right.READ_RECORD, _read_wanted, _read_apply),
    ReadAssigned: Handler(Right.READ_RECORD, _assigned_wanted, _assigned_apply),
    MachineWritten: Handler(Right.MACHINE_WRITE, _written_wanted, _written_apply),
    TicketOpened: Handler(Right.VISIT_RECORD, _opened_wanted, _opened_apply),
    TicketWorked: Handler(Right.TICKET_WORK, _worked_wanted, _worked_apply),
    MetersEntered: Handler(Right.READ_RECORD, _entered_wanted, _entered_apply),
}
