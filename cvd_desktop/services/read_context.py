"""Everything that one read is judged and shown with: its report, its machine, the read before."""

from dataclasses import dataclass

from cvd_desktop.services.parsed_read import Parsed, parse, unless_broken
from cvd_desktop.services.read_history import KnownRead, reads_before
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import snapshot_store
from cvd_desktop.storage.read_store import StoredRead
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.dex.interval import baseline, interval
from cvd_shared.dex.interval_facts import Interval
from cvd_shared.dex.machine_reading import Identity, MachineReading
from cvd_shared.identity_guard import NumberState, guard, usable_identity
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, ProductRecord

_ALIKE = 5  # machines with a number like the one of the report
_LOOK_BACK = 12  # reads, in search of one that this one can be compared with


@dataclass(frozen=True, slots=True)
class Earlier:
    """The read that the sales are counted from, and how many of ours were passed over since."""

    known: KnownRead
    reading: MachineReading
    our_reads: int  # this read and those passed over


@dataclass(frozen=True, slots=True)
class ReadContext:
    stored: StoredRead
    parsed: Parsed
    chosen: MachineRecord | None  # that the person chose
    machine: MachineRecord | None  # whose data these are; None when that is not sure
    named: MachineRecord | None  # whose numbers the report says
    planogram: PlanogramRecord | None
    products: dict[str, ProductRecord]
    earlier: Earlier | None
    interval: Interval | None  # since the earlier read

    @property
    def asset_number(self) -> str | None:
        """As the report says, else as chosen."""
        said = _asset_number(self.parsed.reading.identity) if self.parsed.reading else None
        chosen = self.chosen.asset_number if self.chosen else None
        return said or self.stored.start.asset_number or chosen


def read_context(wp: Workplace, stored: StoredRead) -> ReadContext:
    """Look everything up, in short read transactions; nothing is written."""
    parsed = parse(stored.raw)
    reading = parsed.reading
    identity = reading.identity if reading else Identity()
    start = stored.start
    with wp.database.read() as connection:
        chosen = None if start.practice else _chosen(connection, stored)
        named = None if start.practice else _named(connection, identity)
        machine = _settled(connection, stored)
        if machine is None and not start.practice:
            machine = _recognised(connection, stored, chosen, named, identity)
        planogram = snapshot_store.planogram_of(connection, machine.id) if machine else None
        slots = planogram.slots if planogram else ()
        products = snapshot_store.records(
            connection, ProductRecord, {slot.product_id for slot in slots if slot.product_id}
        )
    asset_number = _asset_number(identity) or start.asset_number
    earlier, since = None, None
    if reading is not None:
        earlier = _earlier(wp, stored, machine, asset_number, reading)
        since = _since(earlier, stored, reading) if earlier else None
    return ReadContext(
        stored=stored,
        parsed=parsed,
        chosen=chosen,
        machine=machine,
        named=named,
        planogram=planogram,
        products=products,
        earlier=earlier,
        interval=since,
    )


def _chosen(connection: Transaction, stored: StoredRead) -> MachineRecord | None:
    start = stored.start
    if start.machine_id is not None:
        return snapshot_store.record(connection, MachineRecord, start.machine_id)
    if start.asset_number:
        return snapshot_store.machine_by_asset(connection, start.asset_number)
    return None


def _settled(connection: Transaction, stored: StoredRead) -> MachineRecord | None:
    """Whose read it was judged, or decided, to be."""
    if stored.op_id is None or stored.machine_id is None:
        return None
    return snapshot_store.record(connection, MachineRecord, stored.machine_id)


def _asset_number(said: Identity) -> str | None:
    """As the report says it; None for one that was never set, such as 0."""
    return said.asset_number if usable_identity(said.asset_number) else None


def _named(connection: Transaction, said: Identity) -> MachineRecord | None:
    """The machine whose asset number the report says, else the only one with its serial number
    or board."""
    asset = _asset_number(said)
    found = snapshot_store.machine_by_asset(connection, asset) if asset else None
    if found is not None:
        return found
    parts = [each for each in (said.serial_number, said.control_board) if usable_identity(each)]
    alike = [
        line.record
        for part in dict.fromkeys(parts)
        for line in snapshot_store.find_machines(connection, part or "", limit=_ALIKE)[0]
    ]
    same = {each.id: each for each in alike if _has_number_of(each, said)}
    return next(iter(same.values())) if len(same) == 1 else None


def _has_number_of(machine: MachineRecord, said: Identity) -> bool:
    found = guard(identity_of(machine), said)
    return any(number.state is NumberState.AGREES for number in found.numbers)


def _recognised(
    connection: Transaction,
    stored: StoredRead,
    chosen: MachineRecord | None,
    named: MachineRecord | None,
    said: Identity,
) -> MachineRecord | None:
    """The chosen machine unless the report is another's; then the one that it names."""
    if chosen is not None:
        return named if is_other_machine(chosen, said) else chosen
    asset = stored.start.asset_number
    if named is None and asset and not _asset_number(said):
        return snapshot_store.machine_by_asset(connection, asset)
    return named


def identity_of(machine: MachineRecord) -> Identity:
    """Who the office says that the machine is."""
    return Identity(
        asset_number=machine.asset_number,
        serial_number=machine.serial_number,
        control_board=machine.control_board,
    )


def is_other_machine(machine: MachineRecord, said: Identity) -> bool:
    return guard(identity_of(machine), said).stops


def _earlier(
    wp: Workplace,
    stored: StoredRead,
    machine: MachineRecord | None,
    asset_number: str | None,
    reading: MachineReading,
) -> Earlier | None:
    """The newest read before this one that its meters can be compared with."""
    before = reads_before(
        wp,
        machine_id=machine.id if machine else None,
        asset_number=asset_number,
        before=(stored.start.at, stored.start.id),
        limit=_LOOK_BACK,
        practice=stored.start.practice,
    )
    for known in before:
        if known.reading is not None and can_follow(reading, known.reading):
            return Earlier(known, known.reading, 1 + known.newer)
    return None


def can_follow(reading: MachineReading, earlier: MachineReading) -> bool:
    """Whether the sales of `reading` can be counted from `earlier` on."""
    return unless_broken(lambda: baseline([earlier], reading) is not None, otherwise=False)


def _since(earlier: Earlier, stored: StoredRead, reading: MachineReading) -> Interval | None:
    return unless_broken(
        lambda: interval(
            earlier.reading,
            reading,
            our_reads=earlier.our_reads,
            our_resets=_our_resets(earlier, stored),
            read_at=(earlier.known.at, stored.start.at),
        ),
        otherwise=None,
    )


def _our_resets(earlier: Earlier, stored: StoredRead) -> int | None:
    """By DDCMP the reader chooses: a collect resets, a look does not. None: the machine chooses."""
    if stored.start.link != "ddcmp" or earlier.our_reads != 1:
        return None
    return int(earlier.known.purpose == "collect")
