"""Judges a finished read and queues it for the server: verdict and event in one transaction."""

from dataclasses import dataclass

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.services.read_context import ReadContext, read_context
from cvd_desktop.services.read_judgement import judgement
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.visit_draft import adopt_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store, outbox_store, read_store
from cvd_desktop.storage.link_store import KnownLink
from cvd_desktop.storage.read_store import Settlement, StoredRead
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.canonical import sha256_hex
from cvd_shared.dex.report_digest import is_report, report_digest
from cvd_shared.wire_events import ReadRecorded

PRACTICE = "practice"
"""Stands for the event of a read that is never told to a server."""

_ASSET_MAX = 100  # of ReadRecorded: a machine may say anything


@dataclass(frozen=True, slots=True)
class JudgedRead:
    """All that settling a read will write, ready for one short transaction."""

    stored: StoredRead
    settlement: Settlement
    payload: ReadRecorded


def settle_read(wp: Workplace, read_id: str) -> None:
    """Do nothing for a read that was forgotten (no byte had arrived) or is settled already."""
    with wp.database.read() as connection:
        stored = read_store.find_read(connection, read_id)
    if stored is None or stored.op_id is not None:
        return
    judged = judge_read(wp, stored)
    actor = actor_id(wp)
    with wp.database.write() as connection:
        again = read_store.find_read(connection, read_id)
        if again is None or again.op_id is not None:
            return
        if stored.start.practice:
            read_store.settle_read(connection, read_id, judged.settlement, PRACTICE)
            return
        op_id = queue_read(connection, wp, judged, actor, to_wire(stored.start.at))
        read_store.settle_read(connection, read_id, judged.settlement, op_id)
        _remember_link(connection, stored, judged.settlement)


def _remember_link(connection: Transaction, stored: StoredRead, settlement: Settlement) -> None:
    """How this machine is reached, and whose the tries were that led to the read."""
    machine = link_store.machine_key(settlement.machine_id, settlement.asset_number)
    outcome = stored.outcome
    link_store.name_attempts(connection, stored.start.id, machine, settlement.asset_number)
    if machine and outcome.failure is None and outcome.link and outcome.baud_rate:
        known = KnownLink(outcome.link, outcome.baud_rate)
        link_store.remember_link(connection, machine, known, stored.start.at)


def judge_read(wp: Workplace, stored: StoredRead) -> JudgedRead:
    """What will be written of a read, which need not be in the database yet. Writes nothing."""
    context = read_context(wp, stored)
    verdict = judgement(context)
    machine_id = context.machine.id if context.machine else None
    payload = ReadRecorded.model_validate(
        {
            "read_id": stored.start.id,
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
    settlement = Settlement(machine_id, context.asset_number, verdict, _content_of(context))
    return JudgedRead(stored, settlement, payload)


def actor_id(wp: Workplace) -> str | None:
    """Who is signed in: None when nobody is."""
    session = current_session(wp)
    return session.user_id if session else None


def queue_read(
    connection: Transaction, wp: Workplace, judged: JudgedRead, actor: str | None, occurred_at: str
) -> str:
    """Append the event of a read to the outbox inside the caller's transaction; its op_id.

    A visit that is under way at its machine gets it as its read.
    `occurred_at` is when the person made it a record: for a file the moment of its import.
    """
    if judged.payload.machine_id is not None:
        start, machine_id = judged.stored.start, judged.payload.machine_id
        adopt_read(wp, connection, start, machine_id, whole=judged.stored.complete)
    return outbox_store.append(
        connection,
        new_id=wp.new_id,
        type=ReadRecorded.TYPE,
        entity=("read", judged.payload.read_id),
        payload=judged.payload.model_dump(mode="json"),
        actor=actor,
        occurred_at=occurred_at,
        blobs=(judged.payload.raw_sha256,),
    ).op_id


def _content_of(context: ReadContext) -> str | None:
    report = context.parsed.report
    return None if report is None or not is_report(report) else report_digest(report)
