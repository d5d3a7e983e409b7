"""Meters that a person reads off a machine when it cannot be read: one event, never mixed in.

Sales and stock are counted from reads alone; what is entered here is the office's proof of how far
the machine had counted. A meter lower than the last known one is asked about, not guessed. What was
typed here and has not left this laptop is no such known meter: typing again corrects it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection import project
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.ticket_records import KnownMeters, MetersDone, WaitingMeters
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.read_history import reads_before
from cvd_desktop.services.ticket_facts import moment, role_of
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.permissions import Right, may
from cvd_shared.wire_events import MeterKind, MetersEntered
from cvd_shared.wire_records import MachineRecord, MeterEntryRecord

TOPICS = frozenset({"meters", "outbox"})
MOST_VENDS = 10**9  # no counter of EVA-DTS has more digits
MOST_MONEY = 10**12  # minor units
_OWN_RECORDS = 500  # the refused first, then what waits
_READS = 12  # that are looked at for one with meters
_TOTALS = ("vends", "value", "cash_box")


def known_meters(wp: Workplace, machine_id: str) -> KnownMeters:
    """The newest meters of a machine, of a read or by hand. Raises Problem("machine_not_here")."""
    waiting = {
        str(entry.payload.get("entry_id"))
        for entry in list_outbox(wp, limit=_OWN_RECORDS)
        if entry.type == MetersEntered.TYPE and entry.state is RecordState.RECORDED_HERE
    }
    with wp.database.read() as connection:
        machine = _machine(connection, machine_id)
        entries = _entries(connection, machine_id)
        session = load_session(connection)
        role = role_of(connection, session) if session is not None else None
    may_enter = session is None or (role is not None and may(role, Right.READ_RECORD))
    by_read = _last_read(wp, machine, may_enter=may_enter)
    typed = next((_waiting(entry) for entry in entries if entry.id in waiting), None)
    by_read = replace(by_read, waiting=typed)
    entry = next((entry for entry in entries if entry.id not in waiting), None)
    entered_at = moment(entry.at) if entry is not None else None
    if entry is None or entered_at is None or (by_read.at is not None and by_read.at > entered_at):
        return by_read
    return KnownMeters(
        machine=machine,
        may_enter=may_enter,
        at=entered_at,
        source="hand",
        kind=entry.kind,
        vends=entry.vends,
        value=entry.value,
        cash_box=entry.cash_box,
        selections=tuple(entry.selections.items()),
        waiting=typed,
    )


def _waiting(entry: MeterEntryRecord) -> WaitingMeters | None:
    at = moment(entry.at)
    return WaitingMeters(at, entry.vends, entry.value, entry.cash_box) if at is not None else None


def lower_meters(known: KnownMeters, entered: Mapping[str, int | None]) -> tuple[str, ...]:
    """Which of vends, value and cash_box are lower than what is known, and so need a reason."""
    return tuple(name for name in _TOTALS if _lower(entered.get(name), getattr(known, name)))


def enter_meters(
    wp: Workplace,
    machine_id: str,
    kind: MeterKind,
    vends: int | None = None,
    value: int | None = None,
    cash_box: int | None = None,
    selections: Mapping[str, int] | None = None,
    note: str = "",
) -> MetersDone:
    """Record meters as one event; money in the machine's minor units. Topics of change: `TOPICS`.

    Raises Problem: machine_not_here, meters_no_right, meters_none, meters_impossible,
    meters_lower (kind normal), meters_not_lower (kind rolled_over).
    """
    known = known_meters(wp, machine_id)
    if not known.may_enter:
        raise Problem("meters_no_right", ExitCode.REFUSED)
    entered = {"vends": vends, "value": value, "cash_box": cash_box}
    by_selection = dict(selections or {})
    _check(known, kind, entered, by_selection)
    now = wp.clock()
    payload = MetersEntered(
        entry_id=wp.new_id(),
        machine_id=machine_id,
        at=to_wire(now),
        kind=kind,
        vends=vends,
        value=value,
        cash_box=cash_box,
        selections=by_selection,
        note=note.strip(),
    )
    with wp.database.write() as connection:
        session = load_session(connection)
        outbox_store.append(
            connection,
            new_id=wp.new_id,
            type=payload.TYPE,
            entity=("meter_entry", payload.entry_id),
            payload=payload.model_dump(mode="json"),
            actor=session.user_id if session else None,
            occurred_at=to_wire(now),
        )
    return _done(known, payload, now)


def _check(
    known: KnownMeters,
    kind: MeterKind,
    entered: Mapping[str, int | None],
    selections: Mapping[str, int],
) -> None:
    if all(each is None for each in entered.values()) and not selections:
        raise Problem("meters_none", ExitCode.USAGE)
    for name, meter in (*entered.items(), *selections.items()):
        limit = MOST_MONEY if name in ("value", "cash_box") else MOST_VENDS
        if meter is not None and not 0 <= meter <= limit:
            raise Problem("meters_impossible", ExitCode.USAGE, meter=name, entered=meter)
    before = dict(known.selections)
    lower = [*lower_meters(known, entered)]
    lower += [name for name, meter in selections.items() if _lower(meter, before.get(name))]
    if kind == "normal" and lower:
        name = lower[0]
        raise Problem(
            "meters_lower",
            ExitCode.USAGE,
            meter=name,
            entered=entered.get(name, selections.get(name)),
            known=getattr(known, name, before.get(name)),
        )
    comparable = known.at is not None and any(
        meter is not None and getattr(known, name) is not None for name, meter in entered.items()
    )
    if kind == "rolled_over" and comparable and not lower:
        raise Problem("meters_not_lower", ExitCode.USAGE)


def _done(known: KnownMeters, payload: MetersEntered, now: datetime) -> MetersDone:
    def since(name: str) -> int | None:
        """Only meters that went on can be counted; what a rolled over one lost is not known."""
        meter, before = getattr(payload, name), getattr(known, name)
        goes_on = payload.kind in ("normal", "pulled") and not _lower(meter, before)
        return meter - before if goes_on and None not in (meter, before) else None

    return MetersDone(payload.entry_id, now, payload.kind, since("vends"), since("value"))


def _lower(meter: int | None, known: int | None) -> bool:
    return meter is not None and known is not None and meter < known


def _machine(connection: Transaction, machine_id: str) -> MachineRecord:
    machine = snapshot_store.record(connection, MachineRecord, machine_id)
    if machine is None:
        raise Problem("machine_not_here", ExitCode.USAGE, id=machine_id)
    return machine


def _entries(connection: Transaction, machine_id: str) -> list[MeterEntryRecord]:
    """Those of a machine, newest first, with what waits here folded in."""
    events = outbox_store.pending(connection, (MetersEntered.TYPE,))
    view = project(snapshot_store.all_records(connection, MeterEntryRecord), events)
    entries = [
        each
        for each in view.values()
        if isinstance(each, MeterEntryRecord) and each.machine_id == machine_id
    ]
    return sorted(entries, key=lambda each: (each.at, each.id), reverse=True)


def _last_read(wp: Workplace, machine: MachineRecord, *, may_enter: bool) -> KnownMeters:
    """The meters of the newest read that has any; files of other laptops have them too."""
    for read in reads_before(wp, machine_id=machine.id, asset_number=None, limit=_READS):
        reading = read.reading
        if reading is None or not reading.complete:
            continue
        vends = reading.paid_vends.number_of_paid_vends_since_init
        value = reading.paid_vends.value_of_paid_vends_since_init
        cash_box = reading.cash.to_box.init
        if all(each is None for each in (vends, value, cash_box)):
            continue
        return KnownMeters(
            machine=machine,
            may_enter=may_enter,
            at=read.at,
            source="read",
            vends=vends,
            value=value,
            cash_box=cash_box,
            selections=tuple(
                (each.selection, units)
                for each in reading.selections
                if (units := each.meters.sold_since_init) is not None
            ),
        )
    return KnownMeters(machine=machine, may_enter=may_enter)
