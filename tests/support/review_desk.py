"""A manager's laptop: all routes of the sample operator, and a last day on which things went wrong.

`review_folder(folder)` makes the data folder; the day that it tells of is `DAY`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from cvd_desktop.domain.records import Session
from cvd_desktop.services.sample_folder import MARK, PASSPHRASE
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.storage import pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.access import save_session
from cvd_shared.canonical import sha256_hex
from cvd_shared.sample_operator import SampleOperator, sample_operator
from cvd_shared.sample_reads import read_record
from cvd_shared.wire_records import (
    PhotoRecord,
    Record,
    RefusalRecord,
    SpoiledUnits,
    VisitAmendment,
    VisitRecord,
)

TODAY = date(2026, 11, 19)
DAY = date(2026, 11, 18)
SYNCED = "2026-11-19T06:41:30.000Z"


def now() -> datetime:
    return datetime(2026, 11, 19, 6, 42, tzinfo=UTC)


def open_desk(folder: Path, clock: Callable[[], datetime] = now) -> Workplace:
    return open_workplace(folder, clock=clock, ask_passphrase=lambda: PASSPHRASE)


def review_folder(folder: Path, role: str = "manager", records: Sequence[Record] = ()) -> Path:
    """`records` come beside those of the operator, or in their place."""
    operator = sample_operator(TODAY)
    known = {(each.KIND, each.id): each for each in all_records(operator)}
    known |= {(each.KIND, each.id): each for each in (*bad_day(operator), *records)}
    (folder / MARK).write_text(TODAY.isoformat())  # a window opens it without asking
    wp = open_desk(folder)
    try:
        with wp.database.write() as connection:
            pull_store.keep(connection, known.values())
            meta.put(connection, meta.LAST_ANSWER, SYNCED)
            save_session(connection, session(operator, role))
    finally:
        wp.close()
    return folder


def session(operator: SampleOperator, role: str) -> Session:
    name = "Manager 01" if role == "manager" else f"{role.capitalize()} 01"
    return Session("sample", "u1", name, role, operator.id, operator.name, "")


def all_records(operator: SampleOperator) -> list[Record]:
    """What a manager is sent."""
    machines = {each.id: each for each in operator.machines}
    drivers = {route.id: route.driver_name for route in operator.routes}
    return [
        *operator.routes,
        *operator.products,
        *operator.due_rules,
        *operator.locations,
        *operator.machines,
        *operator.planograms,
        *operator.runs,
        *operator.past.runs,
        *operator.past.progress,
        *operator.tickets,
        *operator.visits,
        *(
            read_record(read, machine, drivers[machine.route_id or ""])
            for read in operator.reads
            if (machine := machines.get(read.machine_id or "")) is not None
        ),
    ]


def visits_of_day(operator: SampleOperator, day: date = DAY) -> list[VisitRecord]:
    """Oldest first."""
    runs = {run.id for run in operator.past.runs if run.day == day.isoformat()}
    found = [each for each in operator.visits if each.run_id in runs]
    return sorted(found, key=lambda each: (each.finished_at, each.id))


def bad_day(operator: SampleOperator) -> list[Record]:
    """Five visits of the day as they should not be, and two records that were refused."""
    first, second, third, fourth, fifth, *_ = visits_of_day(operator)
    assert second.cash is not None
    assert third.cash is not None
    assert fifth.cash is not None
    line, spoiled = fourth.lines[0], fourth.lines[1]
    machine = next(each for each in operator.machines if each.id == first.machine_id)
    return [
        first.model_copy(
            update={
                "read_id": None,
                "no_read": "no_answer",
                "note": "No answer with two cables. Display shows E4.",
            }
        ),
        second.model_copy(update={"cash": second.cash.model_copy(update={"counted": None})}),
        third.model_copy(
            update={
                "flags": ("bag_used_before",),
                "amendments": (
                    VisitAmendment(
                        id="amend-1",
                        at="2026-11-18T16:10:00.000Z",
                        by=third.actor_name,
                        reason="Counted once more",
                        cash=third.cash.model_copy(
                            update={"counted": (third.cash.counted or 0) - 950}
                        ),
                    ),
                ),
            }
        ),
        fourth.model_copy(
            update={
                "lines": (
                    line.model_copy(update={"filled": line.filled + 40, "after": None}),
                    spoiled.model_copy(
                        update={"spoiled": (SpoiledUnits(units=2, reason="expired"),)}
                    ),
                    *fourth.lines[2:],
                ),
                "photo_ids": ("photo-1",),
            }
        ),
        PhotoRecord(
            id="photo-1",
            visit_id=fourth.id,
            machine_id=fourth.machine_id,
            at=fourth.finished_at,
            actor_name=fourth.actor_name,
            subject="after",
            sha256=sha256_hex(b"photo"),
            size=5,
            width=640,
            height=480,
        ),
        fifth.model_copy(
            update={
                "cash": fifth.cash.model_copy(update={"counted": (fifth.cash.counted or 0) - 200})
            }
        ),
        *(refusal(n, machine.id, fifth.finished_at) for n in (1, 2)),
    ]


def refusal(number: int, machine_id: str | None, at: str) -> RefusalRecord:
    return RefusalRecord(
        id=f"refused-{number}",
        type="visit.amended",
        actor_id="u-driver",
        actor_name="Driver 07",
        occurred_at=at,
        received_at=at,
        machine_id=machine_id,
        outcome="rejected",
        code="visit_unknown",
    )
