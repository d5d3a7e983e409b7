"""Reads on this laptop: opened, stored block by block, finished, settled with verdict and event.

States: `open` while the link runs (its blocks are in read_block), then `whole` or `partial` (its
bytes are in `raw`, the blocks are gone). A read without `op_id` is not settled yet: its verdict and
its event are still to be written, which services/recover_reads.py does after a killed program.
"""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.records import ReadSummary, RecordState
from cvd_desktop.link.byte_trace import Entry, pack_trace, unpack_trace
from cvd_desktop.storage.tables import outbox, read, read_block
from cvd_shared.canonical import canonical_json
from cvd_shared.read_verdict import Actor, Answer, ReadVerdict, State

_QUESTIONS = ("link", "transfer", "integrity", "mapping", "plausibility")
_UNKNOWN = dict.fromkeys(_QUESTIONS, str(State.UNKNOWN))


@dataclass(frozen=True, slots=True)
class ReadStart:
    """What is known when a read begins."""

    id: str
    at: datetime
    port: str
    link: str
    purpose: str
    machine_id: str | None = None  # the machine that the person chose
    asset_number: str | None = None
    source: str | None = None  # the file that it comes from
    practice: bool = False  # of a practice machine: never told to a server


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What the link said at its end; `failure` is a FailureCode, None when it finished well."""

    seconds: float
    retries: int
    failure: str | None
    party: str | None
    detail: dict[str, str | int]
    link: str | None = None  # by which it answered; None: as at the start
    baud_rate: int | None = None  # bits per second at the end


@dataclass(frozen=True, slots=True)
class StoredRead:
    """One read with all its bytes."""

    start: ReadStart
    state: str
    machine_id: str | None
    asset_number: str | None
    blocks: int
    outcome: LinkOutcome
    verdict: ReadVerdict | None
    op_id: str | None
    raw: bytes
    trace: tuple[Entry, ...]

    @property
    def complete(self) -> bool:
        return self.state == "whole"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a read was judged to be."""

    machine_id: str | None
    asset_number: str | None
    verdict: ReadVerdict
    content_sha256: str | None  # report_digest; None where there is no report


# --- writing ------------------------------------------------------------------------------------


def open_read(connection: Connection, start: ReadStart) -> None:
    connection.execute(
        insert(read).values(
            id=start.id,
            state="open",
            at=to_wire(start.at),
            port=start.port,
            link=start.link,
            purpose=start.purpose,
            chosen_machine_id=start.machine_id,
            chosen_asset=start.asset_number,
            machine_id=None if start.practice else start.machine_id,
            asset_number=start.asset_number,
            practice=int(start.practice),
        )
    )


def note_link(connection: Connection, read_id: str, link: str) -> None:
    """The machine has answered by this link."""
    connection.execute(update(read).where(read.c.id == read_id).values(link=link))


def forget_read(connection: Connection, read_id: str) -> None:
    """Drop a read of which every byte is in another one."""
    connection.execute(delete(read).where(read.c.id == read_id))


def append_block(
    connection: Connection,
    read_id: str,
    number: int,
    data: bytes,
    trace: tuple[Entry, ...],
    *,
    last: bool,
) -> None:
    """Store one block; it is durable once the transaction has been left."""
    connection.execute(
        insert(read_block).values(
            read_id=read_id,
            n=number,
            last=int(last),
            data=data,
            trace=pack_trace(trace),
        )
    )


def finish_read(
    connection: Connection,
    read_id: str,
    outcome: LinkOutcome,
    trace_after: tuple[Entry, ...] = (),
) -> str | None:
    """Assemble the blocks: "whole" when the last one is there, else "partial".

    None when no block of a report had arrived: the read is then forgotten. Returns the present
    state unchanged when the read is no longer open. `trace_after` is what was on the line after
    the last stored block. A collect by DDCMP counts only when the machine has confirmed its end.
    """
    row = connection.execute(select(read).where(read.c.id == read_id)).first()
    if row is None or row.state != "open":
        return None if row is None else str(row.state)
    link = outcome.link or row.link
    not_confirmed = link == "ddcmp" and outcome.failure is not None
    blocks = connection.execute(
        select(read_block).where(read_block.c.read_id == read_id).order_by(read_block.c.n)
    ).all()
    raw = b"".join(block.data for block in blocks)
    if not blocks:
        connection.execute(delete(read).where(read.c.id == read_id))
        return None
    trace = [entry for block in blocks for entry in unpack_trace(block.trace)]
    new_state = "whole" if blocks[-1].last else "partial"
    connection.execute(
        update(read)
        .where(read.c.id == read_id)
        .values(
            state=new_state,
            link=link,
            baud_rate=outcome.baud_rate,
            purpose="look" if not_confirmed else row.purpose,
            size=len(raw),
            seconds=outcome.seconds,
            blocks=len(blocks),
            retries=outcome.retries,
            outcome=_json(
                {"failure": outcome.failure, "party": outcome.party, "detail": outcome.detail}
            ),
            raw=raw,
            trace=zlib.compress(pack_trace([*trace, *trace_after])),
        )
    )
    connection.execute(delete(read_block).where(read_block.c.read_id == read_id))
    return new_state


def settle_read(connection: Connection, read_id: str, settlement: Settlement, op_id: str) -> None:
    """Write what the read was judged to be and which event tells the server."""
    values = _settled(settlement, op_id)
    connection.execute(update(read).where(read.c.id == read_id).values(**values))


def add_settled(
    connection: Connection, stored: StoredRead, settlement: Settlement, op_id: str
) -> None:
    """Store a read that is settled from the beginning: that of a file."""
    start = stored.start
    connection.execute(
        insert(read).values(
            id=start.id,
            state=stored.state,
            at=to_wire(start.at),
            port=start.port,
            link=start.link,
            purpose=start.purpose,
            size=len(stored.raw),
            blocks=stored.blocks,
            raw=stored.raw,
            source=start.source,
            **_settled(settlement, op_id),
        )
    )


def assign_read(
    connection: Connection, read_id: str, *, machine_id: str, verdict: ReadVerdict
) -> None:
    """Write whose read a person said that it is, and what it was judged to be then."""
    values = {"machine_id": machine_id, "verdict": _verdict_json(verdict)}
    connection.execute(update(read).where(read.c.id == read_id).values(**values))


def _settled(settlement: Settlement, op_id: str) -> dict[str, Any]:
    return {
        "machine_id": settlement.machine_id,
        "asset_number": settlement.asset_number,
        "verdict": _verdict_json(settlement.verdict),
        "content_sha256": settlement.content_sha256,
        "op_id": op_id,
    }


# --- finding ------------------------------------------------------------------------------------


def open_ids(connection: Connection) -> list[str]:
    """Reads that are running, or were when their program was killed; oldest first."""
    query = select(read.c.id).where(read.c.state == "open", read.c.op_id.is_(None))
    return list(connection.execute(query.order_by(read.c.at)).scalars())


def unsettled_ids(connection: Connection) -> list[str]:
    """Finished reads without verdict and event, oldest first."""
    query = select(read.c.id).where(read.c.state != "open", read.c.op_id.is_(None))
    return list(connection.execute(query.order_by(read.c.at)).scalars())


def block_trace_end(connection: Connection, read_id: str) -> float:
    """Seconds from the start of an open read to the last thing stored of its line."""
    packed = connection.execute(
        select(read_block.c.trace)
        .where(read_block.c.read_id == read_id)
        .order_by(read_block.c.n.desc())
        .limit(1)
    ).scalar()
    entries = () if packed is None else unpack_trace(packed)
    return entries[-1][0] if entries else 0.0


def find_read(connection: Connection, read_id: str) -> StoredRead | None:
    row = connection.execute(select(read).where(read.c.id == read_id)).first()
    return None if row is None else _stored(row)


def summaries(
    connection: Connection, *, limit: int | None, machine_id: str | None = None
) -> list[ReadSummary]:
    """Finished reads, newest first; all of them without a limit."""
    query = _summary_query().order_by(read.c.at.desc(), read.c.id.desc()).limit(limit)
    if machine_id is not None:
        query = query.where(read.c.machine_id == machine_id)
    return [_summary(row) for row in connection.execute(query)]


def summary_of(connection: Connection, read_id: str) -> ReadSummary | None:
    row = connection.execute(_summary_query().where(read.c.id == read_id)).first()
    return None if row is None else _summary(row)


def ids_by_content(connection: Connection, contents: Iterable[str]) -> dict[str, str]:
    """By what a report says (report_digest), the id of its oldest read here."""
    query = select(read.c.content_sha256, func.min(read.c.id)).where(
        read.c.content_sha256.in_(list(contents)), read.c.practice == 0
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(read.c.content_sha256))}


def practice_contents(connection: Connection, contents: Iterable[str]) -> set[str]:
    """Which of these a practice machine has said here."""
    query = select(read.c.content_sha256).where(
        read.c.content_sha256.in_(list(contents)), read.c.practice == 1
    )
    return set(connection.execute(query).scalars())


def raw_of(connection: Connection, read_id: str) -> bytes | None:
    """The bytes as received; None for an unknown or still running read."""
    query = select(read.c.raw).where(read.c.id == read_id, read.c.state != "open")
    return connection.execute(query).scalar()


def reads_of_machine(
    connection: Connection,
    *,
    machine_id: str | None,
    asset_number: str | None,
    until: datetime | None,
    limit: int,
    practice: bool = False,
) -> list[tuple[str, datetime, str]]:
    """Id, moment and purpose of the finished reads of a machine, newest first.

    By machine id, and by asset number for those that were recognised as no machine. Reads of
    practice machines and of real ones are never mixed.
    """
    same = []
    if machine_id is not None:
        same.append(read.c.machine_id == machine_id)
    if asset_number:
        same.append(and_(read.c.machine_id.is_(None), read.c.asset_number == asset_number))
    if not same:
        return []
    query = select(read.c.id, read.c.at, read.c.purpose).where(
        or_(*same), read.c.state != "open", read.c.practice == int(practice)
    )
    if until is not None:
        query = query.where(read.c.at <= to_wire(until))
    query = query.order_by(read.c.at.desc(), read.c.id.desc()).limit(limit)
    return [(row.id, from_wire(row.at), row.purpose) for row in connection.execute(query)]


def blocks_last_time(
    connection: Connection,
    *,
    machine_id: str | None,
    asset_number: str | None,
    practice: bool = False,
) -> int | None:
    """Number of blocks of the newest whole read of a machine, to show how far a read has come."""
    query = select(read.c.blocks).where(read.c.state == "whole", read.c.practice == int(practice))
    if machine_id is not None:
        query = query.where(read.c.machine_id == machine_id)
    elif asset_number:
        query = query.where(read.c.asset_number == asset_number)
    else:
        return None
    return connection.execute(query.order_by(read.c.at.desc()).limit(1)).scalar()


# --- rows to facts ------------------------------------------------------------------------------


def _summary_query() -> Any:
    return (
        select(
            *(column for column in read.c if column.name not in {"raw", "trace"}),
            outbox.c.acked,
            outbox.c.outcome.label("op_outcome"),
            outbox.c.op_id.label("op_found"),
        )
        .select_from(read.outerjoin(outbox, outbox.c.op_id == read.c.op_id))
        .where(read.c.state != "open")
    )


def _summary(row: Row[Any]) -> ReadSummary:
    verdict = _verdict(row.verdict)
    return ReadSummary(
        id=row.id,
        machine_asset=row.asset_number,
        machine_id=row.machine_id,
        at=from_wire(row.at),
        size=row.size,
        complete=row.state == "whole",
        purpose=row.purpose,
        link=row.link,
        verdict=dict(_UNKNOWN) if verdict is None else verdict.states(),
        state=_record_state(row),
        source=row.source or "",
        practice=bool(row.practice),
    )


def _record_state(row: Row[Any]) -> RecordState:
    if row.op_id is None or row.acked == 0 or row.practice:
        return RecordState.RECORDED_HERE
    # Only accepted records are ever cleared out of the outbox, so a missing one is on the server.
    if row.op_found is None or row.op_outcome in {"applied", "duplicate"}:
        return RecordState.ON_THE_SERVER
    return RecordState.REFUSED


def _stored(row: Row[Any]) -> StoredRead:
    outcome = json.loads(row.outcome or "{}")
    return StoredRead(
        start=ReadStart(
            id=row.id,
            at=from_wire(row.at),
            port=row.port,
            link=row.link,
            purpose=row.purpose,
            machine_id=row.chosen_machine_id,
            asset_number=row.chosen_asset,
            source=row.source,
            practice=bool(row.practice),
        ),
        state=row.state,
        machine_id=row.machine_id,
        asset_number=row.asset_number,
        blocks=row.blocks,
        outcome=LinkOutcome(
            seconds=row.seconds,
            retries=row.retries,
            failure=outcome.get("failure"),
            party=outcome.get("party"),
            detail=outcome.get("detail", {}),
            link=row.link,
            baud_rate=row.baud_rate,
        ),
        verdict=_verdict(row.verdict),
        op_id=row.op_id,
        raw=row.raw or b"",
        trace=unpack_trace(zlib.decompress(row.trace)) if row.trace else (),
    )


def _verdict_json(verdict: ReadVerdict) -> str:
    return _json({name: _answer_json(getattr(verdict, name)) for name in _QUESTIONS})


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "state": str(answer.state),
        "code": answer.code,
        "actor": str(answer.actor),
        "values": answer.values,
    }


def _verdict(text: str | None) -> ReadVerdict | None:
    if text is None:
        return None
    document = json.loads(text)
    return ReadVerdict(**{name: _answer(document[name]) for name in _QUESTIONS})


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(
        state=State(document["state"]),
        code=document["code"],
        actor=Actor(document["actor"]),
        values=document["values"],
    )


def _json(document: Any) -> str:
    return canonical_json(document).decode("utf-8")
