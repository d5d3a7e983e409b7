"""A person decides whose read it is, after the file had named another machine than was meant."""

from dataclasses import replace

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.read_context import read_context
from cvd_desktop.services.read_judgement import judgement
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.visit_draft import adopt_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, read_store, snapshot_store
from cvd_shared.wire_events import ReadAssigned
from cvd_shared.wire_records import MachineRecord


def assign_read(wp: Workplace, read_id: str, machine_id: str) -> None:
    """The read is that machine's: judged again against it, and told to the server.

    Nothing of what was read changes. Topics of change: reads, outbox.
    Raises Problem("read_unknown") for a read that is not here or still running,
    Problem("read_of_practice") for one of a practice machine, which is never told to a server, and
    Problem("machine_unknown") for a machine that is not on this laptop.
    """
    with wp.database.read() as connection:
        stored = read_store.find_read(connection, read_id)
        machine = snapshot_store.record(connection, MachineRecord, machine_id)
    if stored is None or stored.op_id is None:
        raise Problem("read_unknown", ExitCode.USAGE, id=read_id)
    if stored.start.practice:
        raise Problem("read_of_practice", ExitCode.USAGE)
    if machine is None:
        raise Problem("machine_unknown", ExitCode.USAGE, id=machine_id)
    verdict = judgement(read_context(wp, replace(stored, machine_id=machine_id)))
    payload = ReadAssigned.model_validate(
        {"read_id": read_id, "machine_id": machine_id, "verdict": verdict.states()}
    )
    session = current_session(wp)
    with wp.database.write() as connection:
        outbox_store.append(
            connection,
            new_id=wp.new_id,
            type=ReadAssigned.TYPE,
            entity=("read", read_id),
            payload=payload.model_dump(mode="json"),
            actor=session.user_id if session else None,
            occurred_at=to_wire(wp.clock()),
        )
        read_store.assign_read(connection, read_id, machine_id=machine_id, verdict=verdict)
        adopt_read(wp, connection, stored.start, machine_id, whole=stored.complete)
