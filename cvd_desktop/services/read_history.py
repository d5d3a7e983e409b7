"""The reads of a machine in time: those of this laptop, and what the server tells of others'."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.services.parsed_read import parse, reading_of_record
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store, snapshot_store
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.wire_records import MachineRecord, ReadRecord

_DECIMALS = 2
MOST_READS = 200


@dataclass(frozen=True, slots=True)
class KnownRead:
    """One read of a machine; `reading` is None for bytes that our parser makes nothing of."""

    id: str
    at: datetime
    purpose: str
    here: bool  # its bytes are on this laptop
    newer: int  # reads of the machine between this one and the one asked about
    reading: MachineReading | None


@dataclass(frozen=True, slots=True)
class _Line:
    """What is known of a read before its bytes are fetched."""

    id: str
    at: datetime
    purpose: str
    record: ReadRecord | None  # of the server, where the bytes are not here


def reads_before(
    wp: Workplace,
    *,
    machine_id: str | None,
    asset_number: str | None,
    before: tuple[datetime, str] | None = None,
    limit: int = MOST_READS,
    practice: bool = False,
) -> Iterator[KnownRead]:
    """Reads of one machine, newest first, each fetched and parsed only when it is asked for.

    `before` is the moment and id of a read: only those before it. By machine id where there is
    one, else by the asset number that the report says.
    """
    decimals = _DECIMALS
    if machine_id is not None:
        with wp.database.read() as connection:
            machine = snapshot_store.record(connection, MachineRecord, machine_id)
        decimals = machine.decimals if machine else _DECIMALS
    lines = _lines(wp, machine_id, asset_number, before, limit, practice=practice)
    for newer, line in enumerate(lines):
        if line.record is not None:
            reading: MachineReading | None = reading_of_record(line.record, decimals)
        else:
            with wp.database.read() as connection:
                raw = read_store.raw_of(connection, line.id)
            reading = parse(raw or b"").reading
        yield KnownRead(line.id, line.at, line.purpose, line.record is None, newer, reading)


def _lines(
    wp: Workplace,
    machine_id: str | None,
    asset_number: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
    *,
    practice: bool,
) -> list[_Line]:
    with wp.database.read() as connection:
        ours = read_store.reads_of_machine(
            connection,
            machine_id=machine_id,
            asset_number=asset_number,
            until=before[0] if before else None,
            limit=limit,
            practice=practice,
        )
        theirs = snapshot_store.reads_of(connection, machine_id, limit=limit) if machine_id else []
    here = {read_id for read_id, _, _ in ours}
    lines = [_Line(read_id, at, purpose, None) for read_id, at, purpose in ours]
    lines.extend(
        _Line(record.id, from_wire(record.at), record.purpose, record)
        for record in theirs
        if record.id not in here and record.selections
    )
    if before is not None:
        lines = [line for line in lines if (line.at, line.id) < before]
    return sorted(lines, key=lambda line: (line.at, line.id), reverse=True)[:limit]
