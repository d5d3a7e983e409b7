"""Everything that one read is judged and shown with: its report, its machine, the read before."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.services.machines import machine_reads
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store, snapshot_store
from cvd_desktop.storage.read_store import StoredRead
from cvd_shared.dex.dex_report import DexFile, Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import Identity, MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_digest import main_report
from cvd_shared.read_questions import MetersBefore, identity_answer, meters_of
from cvd_shared.read_verdict import State
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, ProductRecord

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file with its first whole report; `failed` when our parser broke on it: our bug."""

    file: DexFile
    report: Report | None
    reading: MachineReading | None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class EarlierRead:
    """The whole read of the same machine before this one.

    `said` is None for a file that our parser makes nothing of, and only meters where just the
    server's record of another laptop's read is here.
    """

    at: datetime
    said: MachineReading | MetersBefore | None

    @property
    def selections(self) -> Mapping[str, tuple[int | None, int | None]]:
        """Selection -> (units, value) since initialisation."""
        if self.said is None:
            return {}
        said = self.said
        return (meters_of(said) if isinstance(said, MachineReading) else said).selections


@dataclass(frozen=True, slots=True)
class ReadContext:
    stored: StoredRead
    parsed: Parsed
    chosen: MachineRecord | None  # that the person chose
    machine: MachineRecord | None  # whose data these are; None when that is not sure
    planogram: PlanogramRecord | None
    products: dict[str, ProductRecord]
    earlier: EarlierRead | None

    @property
    def asset_number(self) -> str | None:
        """As the report says, else as chosen."""
        said = self.parsed.reading.identity.asset_number if self.parsed.reading else None
        chosen = self.chosen.asset_number if self.chosen else None
        return said or self.stored.start.asset_number or chosen


def parse(raw: bytes) -> Parsed:
    """Never raises: a bug of our parser must not cost a visit (design, shape 4)."""
    try:
        file = read_dex(raw)
        report = main_report(file) or next(iter(file.reports), None)
        return Parsed(file, report, make_reading(report) if report else None)
    except Exception:  # noqa: BLE001 - reported; the raw bytes are what counts
        _log.exception("a report of %d bytes broke the parser; it is kept", len(raw))
        return Parsed(DexFile((), ()), None, None, failed=True)


def read_context(wp: Workplace, stored: StoredRead) -> ReadContext:
    """Look everything up, in short read transactions; nothing is written."""
    parsed = parse(stored.raw)
    identity = parsed.reading.identity if parsed.reading else Identity()
    start = stored.start
    with wp.database.read() as connection:
        chosen = None
        if start.machine_id is not None:
            chosen = snapshot_store.record(connection, MachineRecord, start.machine_id)
        elif start.asset_number:
            chosen = snapshot_store.machine_by_asset(connection, start.asset_number)
        machine = chosen
        if chosen is None or is_other_machine(chosen, identity):
            asset = identity.asset_number or ("" if chosen else start.asset_number)
            machine = snapshot_store.machine_by_asset(connection, asset) if asset else None
        planogram = snapshot_store.planogram_of(connection, machine.id) if machine else None
        slots = planogram.slots if planogram else ()
        products = snapshot_store.records(
            connection, ProductRecord, {slot.product_id for slot in slots if slot.product_id}
        )
    return ReadContext(
        stored=stored,
        parsed=parsed,
        chosen=chosen,
        machine=machine,
        planogram=planogram,
        products=products,
        earlier=_earlier(wp, stored, machine, identity.asset_number or start.asset_number),
    )


def identity_of(machine: MachineRecord) -> Identity:
    """Who the office says that the machine is."""
    return Identity(
        asset_number=machine.asset_number,
        serial_number=machine.serial_number,
        control_board=machine.control_board,
    )


def is_other_machine(machine: MachineRecord, said: Identity) -> bool:
    answer = identity_answer(identity_of(machine), said)
    return answer is not None and answer.state is State.FAILED


def _earlier(
    wp: Workplace, stored: StoredRead, machine: MachineRecord | None, asset_number: str | None
) -> EarlierRead | None:
    """The newest whole read before this one, of this laptop or of the server."""
    with wp.database.read() as connection:
        ours = read_store.previous_read(
            connection,
            before=stored.start.at,
            read_id=stored.start.id,
            machine_id=machine.id if machine else None,
            asset_number=asset_number,
        )
    found = [EarlierRead(ours.start.at, parse(ours.raw).reading)] if ours else []
    known = {stored.start.id, ours.start.id if ours else None}
    found.extend(
        EarlierRead(
            from_wire(record.at),
            MetersBefore(record.selections, record.number_of_paid_vends_since_init),
        )
        for record in (machine_reads(wp, machine.id) if machine else ())
        if record.complete and record.selections and record.id not in known
    )
    before = [each for each in found if each.at <= stored.start.at]
    return max(before, key=lambda each: each.at, default=None)
