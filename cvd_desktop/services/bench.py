"""What the technician's bench asks of the local database: traces, the last good one, the bundle."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cvd_desktop.domain.bench_records import PartLine, StoredTrace, TraceHead
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.link.trace_decoder import DDCMP, decode_trace
from cvd_desktop.link.trace_decoder_facts import trace_facts
from cvd_desktop.services.database_key import PASSPHRASE_VARIABLE
from cvd_desktop.services.diagnostics_bundle import BundleFacts, export_bundle
from cvd_desktop.services.fault_evidence import part_lines
from cvd_desktop.services.ports import list_ports
from cvd_desktop.services.reads import read_detail
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store, read_store, snapshot_store, sync_meta_store, trace_store
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.credentials import RefreshSecretStore
from cvd_shared.wire_records import MachineRecord

_LEAST_SECRET = 6  # letters; a shorter text would take innocent words with it


def trace_of(wp: Workplace, read_id: str) -> StoredTrace:
    """The trace of a stored read. Raises Problem: read_unknown, trace_missing."""
    with wp.database.read() as connection:
        stored = read_store.find_read(connection, read_id)
        if stored is None:
            raise Problem("read_unknown", ExitCode.USAGE, id=read_id)
        machine = _machine(connection, stored.machine_id)
    if not stored.trace:
        raise Problem("trace_missing", ExitCode.USAGE, id=read_id)
    outcome, start = stored.outcome, stored.start
    link = outcome.link or start.link
    speed = outcome.baud_rate or 0
    if link == DDCMP and trace_facts(decode_trace(stored.trace, link)).speed:
        speed = 0  # both ends changed it: that of the start was the usual one
    head = TraceHead(
        link=link,
        baud_rate=speed,
        port=start.port,
        machine=stored.asset_number or "",
        model=_model(machine),
        at=start.at,
        failure=outcome.failure or "",
        practice=start.practice,
    )
    return StoredTrace(head, stored.trace, read_id)


def last_good_trace(
    wp: Workplace,
    *,
    machine_id: str | None = None,
    asset_number: str | None = None,
    model: str = "",
    now: StoredTrace | None = None,
) -> StoredTrace | None:
    """The newest good trace of this machine, else of another one of its model; `now` is the trace
    that it is to be compared with: it is left out, and only older ones on the same link count.

    None where nothing is known of the machine, or no good read of it or its like is here.
    """
    head = now.head if now is not None else TraceHead()
    link, before, practice = head.link or None, head.at, head.practice
    with wp.database.read() as connection:
        if machine_id is None and asset_number:
            record = snapshot_store.machine_by_asset(connection, asset_number)
            machine_id = record.id if record is not None else None
        machine = _machine(connection, machine_id)
        found: list[trace_store.GoodTrace] = []
        if machine_id is not None or asset_number:
            found = trace_store.good_traces(
                connection,
                machine_id=machine_id,
                asset_number=asset_number,
                link=link,
                before=before,
                practice=practice,
                limit=1,
            )
        same = bool(found)
        wanted = model or _model(machine)
        if not same and wanted:
            everyone = trace_store.good_traces(
                connection, link=link, before=before, practice=practice
            )
            found = list(_of_model(connection, everyone, wanted))[:1]
    if not found:
        return None
    good = trace_of(wp, found[0].read_id)
    return StoredTrace(good.head, good.entries, good.read_id, good.blanked, same)


def good_trace_for(
    wp: Workplace, now: StoredTrace, machine: MachineRecord | None = None
) -> StoredTrace | None:
    """The last good trace to compare this one with; `machine` is the one that the person chose, and
    counts unless the trace says that it is of another."""
    if machine is not None and now.head.machine not in ("", machine.asset_number):
        machine = None
    return last_good_trace(
        wp,
        machine_id=machine.id if machine is not None else None,
        asset_number=now.head.machine or (machine.asset_number if machine is not None else None),
        model=_model(machine) or now.head.model,
        now=now,
    )


def part_list(wp: Workplace) -> tuple[PartLine, ...]:
    """How reads went by adapter, machine and port of this laptop, suspects first."""
    return tuple(
        PartLine(
            kind=str(line.kind),
            name=line.name,
            reads=line.tries,
            failed=line.failed,
            verdict=str(line.verdict),
            evidence={"witnesses": ", ".join(line.witnesses)} if line.witnesses else {},
        )
        for line in part_lines(wp)
    )


def export_diagnostics(
    wp: Workplace,
    path: Path,
    *,
    trace: StoredTrace | None = None,
    good: StoredTrace | None = None,
    problem: Problem | None = None,
    versions: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write the diagnostics bundle. Raises Problem("file_not_written")."""
    read_id = trace.read_id if trace is not None else None
    facts = BundleFacts(
        trace=trace,
        good=good,
        read=_detail(wp, read_id),
        problem=problem,
        ports=list_ports(wp.data_dir),
        parts=part_list(wp),
        versions=versions,
        secrets=tuple(_secrets(wp, trace)),
    )
    return export_bundle(path, wp.data_dir, facts, wp.clock())


def _detail(wp: Workplace, read_id: str | None) -> ReadDetail | None:
    if read_id is None:
        return None
    with wp.database.read() as connection:
        if read_store.summary_of(connection, read_id) is None:
            return None
    return read_detail(wp, read_id)


def _secrets(wp: Workplace, trace: StoredTrace | None) -> Iterator[str]:
    """What lets somebody in, as it may stand in a log: taken out wherever it does."""
    found = [os.environ.get(PASSPHRASE_VARIABLE, "")]
    held = RefreshSecretStore(wp.database, wp.key_store).load()
    if held is not None:
        found += [held.current, held.proposed or ""]
    with wp.database.read() as connection:
        access = sync_meta_store.get(connection, sync_meta_store.ACCESS)
        found += _texts(json.loads(access)) if access else []
        machine = trace.head.machine if trace is not None else ""
        key = link_store.machine_key(None, machine)
        codes = link_store.pass_codes(connection, key) if key is not None else None
    if codes is not None:
        first, second = (f"{code:04X}" for code in codes)
        found += [f"{first}{mark}{second}" for mark in ("", "-", " ")]
        found += [text.lower() for text in found[-3:]]
    yield from (text for text in found if len(text) >= _LEAST_SECRET)


def _texts(value: object) -> list[str]:
    """Every text inside a JSON value that may be a token: moments and names are shorter."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [value] if isinstance(value, str) and len(value) > 30 else []


def _machine(connection: Transaction, machine_id: str | None) -> MachineRecord | None:
    if machine_id is None:
        return None
    return snapshot_store.record(connection, MachineRecord, machine_id)


def _model(machine: MachineRecord | None) -> str:
    return f"{machine.make} {machine.model}".strip() if machine is not None else ""


def _of_model(
    connection: Transaction, traces: Sequence[trace_store.GoodTrace], model: str
) -> Iterator[trace_store.GoodTrace]:
    wanted = model.casefold()
    known: dict[str, str] = {}
    for trace in traces:
        if trace.machine_id is None:
            continue
        if trace.machine_id not in known:
            known[trace.machine_id] = _model(_machine(connection, trace.machine_id)).casefold()
        if known[trace.machine_id] == wanted:
            yield trace
