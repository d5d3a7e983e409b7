"""Judges a finished read and queues it for the server: verdict and event in one transaction."""

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.services.read_context import read_context
from cvd_desktop.services.read_judgement import judgement
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, read_store
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_events import ReadRecorded

_ASSET_MAX = 100  # of ReadRecorded: a machine may say anything


def settle_read(wp: Workplace, read_id: str) -> None:
    """Do nothing for a read that was forgotten (no byte had arrived) or is settled already."""
    with wp.database.read() as connection:
        stored = read_store.find_read(connection, read_id)
    if stored is None or stored.op_id is not None:
        return
    context = read_context(wp, stored)
    verdict = judgement(context)
    machine_id = context.machine.id if context.machine else None
    payload = ReadRecorded.model_validate(
        {
            "read_id": read_id,
            "machine_id": machine_id,
            "asset_number": (context.asset_number or "")[:_ASSET_MAX] or None,
            "at": to_wire(stored.start.at),
            "purpose": stored.start.purpose,
            "link": stored.start.link,
            "complete": stored.complete,
            "size": len(stored.raw),
            "raw_sha256": sha256_hex(stored.raw),
            "seconds": round(stored.outcome.seconds, 3),
            "verdict": verdict.states(),
        }
    )
    session = current_session(wp)
    with wp.database.write() as connection:
        again = read_store.find_read(connection, read_id)
        if again is None or again.op_id is not None:
            return
        appended = outbox_store.append(
            connection,
            new_id=wp.new_id,
            type=ReadRecorded.TYPE,
            entity=("read", read_id),
            payload=payload.model_dump(mode="json"),
            actor=session.user_id if session else None,
            occurred_at=to_wire(stored.start.at),
            blobs=(payload.raw_sha256,),
        )
        read_store.settle_read(
            connection,
            read_id,
            machine_id=machine_id,
            asset_number=context.asset_number,
            verdict=verdict,
            op_id=appended.op_id,
        )
