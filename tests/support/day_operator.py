"""A small operator in a local database: a route with its run, machines with weeks of history."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, update

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.records import Session
from cvd_desktop.services.settle_read import settle_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, read_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart
from cvd_desktop.storage.tables import snapshot_row
from cvd_desktop.sync.access import save_session
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.ids import IdMaker
from cvd_shared.wire import OpResult
from cvd_shared.wire_events import CashCollected, EventPayload, VisitFinished, VisitLine
from cvd_shared.wire_records import (
    Cabinet,
    CollectedCash,
    DueRulesRecord,
    LocationRecord,
    MachineRecord,
    PlanogramRecord,
    PlanogramSlot,
    ProductRecord,
    ReadRecord,
    Record,
    RouteRecord,
    RunRecord,
    RunStop,
    UserRecord,
    VisitedSlot,
    VisitRecord,
)
from tests.support.local_workplace import tell_snapshot, workplace

_VERSIONS = count(2)
MORNING = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
DAY = "2026-03-04"
ME = "u-driver"
PRODUCTS = (
    # id, name, category, case size, place in the warehouse, price
    ("p1", "Salted crisps", "Crisps", 12, "A-01", 150),
    ("p2", "Paprika crisps", "Crisps", 12, "A-02", 150),
    ("p3", "Milk chocolate", "Chocolate", 24, "B-01", 120),
    ("p4", "Oat bar", "Bars", 6, "B-07", 180),
)
SOLD_A_DAY = {"A1": 2, "A2": 1, "A3": 1, "A4": 0}
"""Units a day, as the history of a machine tells."""
VERDICT = dict.fromkeys(("link", "transfer", "integrity", "mapping", "plausibility"), "ok")


class DayClock:
    """Time that goes on only when a test says so."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(frozen=True)
class DayOperator:
    """Machines `m1` and `m2` are at stop `s1`, `m3` at `s2`, `m4` at `s3`, `m5` on no run; all of
    route `r14`. Asset numbers are 10001 and on. Slots A1 to A4 hold `p1` to `p4`, par 8 of 10."""

    wp: Workplace
    clock: DayClock

    def tell(self, *records: Record) -> None:
        tell_snapshot(self.wp, records)

    def change(self, record: Record) -> None:
        """As the next pull would, with a new version."""
        self.forget(record)
        self.tell(record)
        with self.wp.database.write() as connection:
            connection.execute(
                update(snapshot_row)
                .where(snapshot_row.c.kind == record.KIND, snapshot_row.c.id == record.id)
                .values(ver=next(_VERSIONS))
            )

    def forget(self, record: Record) -> None:
        with self.wp.database.write() as connection:
            connection.execute(
                delete(snapshot_row).where(
                    snapshot_row.c.kind == record.KIND, snapshot_row.c.id == record.id
                )
            )

    def sign_in(self, user_id: str = ME, role: str = "driver") -> None:
        session = Session(
            "https://cvd.example", user_id, "Driver 14", role, "o1", "Harbour Vending", "d1"
        )
        with self.wp.database.write() as connection:
            save_session(connection, session)

    def sign_out(self) -> None:
        with self.wp.database.write() as connection:
            meta.delete_many(connection, meta.SESSION)

    def record(self, payload: EventPayload, entity: tuple[str, str] = ("thing", "x")) -> str:
        """An event of this laptop, as a service would append it. Returns its op id."""
        with self.wp.database.write() as connection:
            return outbox_store.append(
                connection,
                new_id=self.wp.new_id,
                type=payload.TYPE,
                entity=entity,
                payload=payload.model_dump(mode="json"),
                actor=ME,
                occurred_at=to_wire(self.clock()),
            ).op_id

    def visit_now(
        self,
        machine_id: str,
        filled: Mapping[str, int],
        *,
        before: int = 0,
        run_id: str | None = "run1",
        stop_id: str | None = None,
        read_id: str | None = None,
        bag: str = "",
    ) -> str:
        """A finished visit of this laptop that waits in the outbox; with a bag its cash was
        taken. Returns its id."""
        visit_id, now = self.wp.new_id(), to_wire(self.clock())
        lines = tuple(
            VisitLine(
                slot=label,
                selection=label,
                product_id=product_of(label),
                before=before,
                filled=units,
                after=before + units,
                par=8,
            )
            for label, units in filled.items()
        )
        payload = VisitFinished(
            visit_id=visit_id,
            machine_id=machine_id,
            run_id=run_id,
            stop_id=stop_id,
            arrived_at=now,
            finished_at=now,
            seconds=300,
            tasks=("fill",),
            read_id=read_id,
            lines=lines,
            cash=CashCollected(bag=bag, currency="EUR") if bag else None,
        )
        self.record(payload, ("visit", visit_id))
        return visit_id

    def read_now(self, machine_id: str, sold: Mapping[str, int], *more: str) -> str:
        """A whole read of this laptop; `sold` are the meters of the selections."""
        wp, number = self.wp, int(machine_id[1:])
        lines = [f"ID1*SN{number}*Snack 4*1***{10000 + number}", "ID4*2*978*EUR"]
        total = sum(sold.values())
        lines.append(f"VA1*{total * 150}*{total}*0*0")
        lines.append(f"CA3*0*0*0*0*{total * 150}*{total * 100}*0**0*{total * 50}")
        for label, units in sold.items():
            price = next(each[5] for each in PRODUCTS if each[0] == product_of(label))
            lines += [f"PA1*{label}*{price}", f"PA2*{units}*{units * price}*0*0"]
        raw = envelope((*lines, *more), "CVD0000001")
        start = ReadStart(wp.new_id(), self.clock(), "COM3", "dexucs", "look", machine_id)
        with wp.database.write() as connection:
            read_store.open_read(connection, start)
            read_store.append_block(connection, start.id, 1, raw, (), last=True)
            read_store.finish_read(connection, start.id, LinkOutcome(2.0, 0, None, None, {}))
        settle_read(wp, start.id)
        return start.id

    def answer(self, outcome: str, code: str | None = None) -> None:
        """The server's answer to everything that waits: "applied" or "rejected"."""
        with self.wp.database.write() as connection:
            incarnation = meta.get(connection, meta.INCARNATION) or ""
            results = [
                OpResult(seq=event.seq, op_id=event.op_id, outcome=outcome, code=code)
                for event in outbox_store.in_order(connection)
                if not event.acked
            ]
            outbox_store.record_outcomes(connection, incarnation, results, to_wire(self.clock()))

    def payloads(self, type_: str) -> list[dict[str, object]]:
        """What this laptop recorded of a type, oldest first."""
        with self.wp.database.read() as connection:
            events = outbox_store.in_order(connection)
        return [event.body["payload"] for event in events if event.type == type_]


@contextmanager
def day_operator(folder: Path, *, signed_in: bool = True) -> Iterator[DayOperator]:
    """The operator at six in the morning, with four weeks of history at every machine."""
    clock = DayClock()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _filled_folder().items():
        (folder / name).write_bytes(content)
    with workplace(folder) as opened:
        day = DayOperator(replace(opened, clock=clock, new_id=IdMaker(clock)), clock)
        if signed_in:
            day.sign_in()
        yield day


@cache
def _filled_folder() -> dict[str, bytes]:
    """The files of a data folder with everything in it, made once."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with workplace(folder) as opened:
            tell_snapshot(opened, _everything())
        return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def _everything() -> tuple[Record, ...]:
    past = (record for number in range(1, 6) for record in history(f"m{number}"))
    return (*office(), run(), *past)


def product_of(label: str) -> str:
    return f"p{label[1:]}"


def office() -> list[Record]:
    """Everything but the run and the history."""
    places = (
        ("Harbour Works", 54.0),
        ("Mill Street Gym", 54.005),
        ("Police station", 54.03),
        ("Logistics Park", 54.06),
    )
    records: list[Record] = [
        RouteRecord(id="r14", name="Harbour", number="14", driver_id=ME, driver_name="Driver 14"),
        UserRecord(id=ME, name="driver14", role="driver", route_ids=("r14",)),
        DueRulesRecord(id="due"),
    ]
    records += [
        LocationRecord(
            id=f"l{n}",
            name=name,
            address=f"{n} Quay Street",
            latitude=latitude,
            longitude=10.0,
            access_hours="Mon to Fri 06:00 to 22:00",
        )
        for n, (name, latitude) in enumerate(places, 1)
    ]
    records += [
        ProductRecord(
            id=product_id,
            sku=f"SKU-{product_id}",
            name=name,
            category=category,
            barcode=f"290000000000{n}",
            case_size=case_size,
            price=price,
            currency="EUR",
            pick_place=place,
        )
        for n, (product_id, name, category, case_size, place, price) in enumerate(PRODUCTS, 1)
    ]
    for number, place in ((1, 1), (2, 1), (3, 2), (4, 3), (5, 4)):
        records += [machine(f"m{number}", f"l{place}"), planogram(f"m{number}")]
    return records


def machine(machine_id: str, location_id: str, route_id: str = "r14") -> MachineRecord:
    number = int(machine_id[1:])
    return MachineRecord(
        id=machine_id,
        asset_number=str(10000 + number),
        serial_number=f"SN{number}",
        make="Alder",
        model="Snack 4",
        machine_type="snack",
        location_id=location_id,
        route_id=route_id,
        currency="EUR",
        cabinets=(Cabinet(number=1, name="Snack", rows=1, columns=4),),
    )


def planogram(machine_id: str, *, version: int = 1) -> PlanogramRecord:
    return PlanogramRecord(
        id=f"pl-{machine_id}",
        machine_id=machine_id,
        version=version,
        slots=tuple(
            PlanogramSlot(
                label=label,
                selection=label,
                row=1,
                column=column,
                product_id=product_of(label),
                capacity=10,
                par=8,
                price=PRODUCTS[column - 1][5],
                core=column == 1,
            )
            for column, label in enumerate(SOLD_A_DAY, 1)
        ),
    )


def run(**changes: object) -> RunRecord:
    """Three stops; the third has a window and must be done."""
    stops = (
        RunStop(
            id="s1",
            sequence=1,
            location_id="l1",
            machine_ids=("m1", "m2"),
            tasks=("fill", "collect"),
            note="The new key is in the office.",
            answer_wanted=True,
        ),
        RunStop(id="s2", sequence=2, location_id="l2", machine_ids=("m3",), tasks=("fill",)),
        RunStop(
            id="s3",
            sequence=3,
            location_id="l3",
            machine_ids=("m4",),
            tasks=("fill",),
            must_do=True,
            window_from="09:30",
            window_to="11:30",
        ),
    )
    facts: dict[str, object] = {
        "id": "run1", "route_id": "r14", "day": DAY, "driver_id": ME, "stops": stops,
    }  # fmt: skip
    return RunRecord.model_validate(facts | changes)


def history(machine_id: str, *, days: int = 28, visit_days_ago: int = 3) -> Iterable[Record]:
    """A read a day by SOLD_A_DAY, and a visit that filled every slot to par and took the cash.

    The visit was with the read of that day, so A1 has sold `2 * visit_days_ago` since then.
    """
    for ago in range(days, -1, -1):
        at = MORNING - timedelta(days=ago, hours=1)
        yield server_read(
            machine_id, at, {key: 1000 + (days - ago) * n for key, n in SOLD_A_DAY.items()}
        )
    at = MORNING - timedelta(days=visit_days_ago, hours=1)
    yield server_visit(machine_id, at, read_id=read_id_of(machine_id, at))


def read_id_of(machine_id: str, at: datetime) -> str:
    return f"rd-{machine_id}-{at:%m%dT%H%M}"


def server_read(machine_id: str, at: datetime, sold: Mapping[str, int]) -> ReadRecord:
    """A read that the server has; `sold` are the meters."""
    number, total = int(machine_id[1:]), sum(sold.values())
    return ReadRecord.model_validate(
        {
            "id": read_id_of(machine_id, at),
            "machine_id": machine_id,
            "asset_number": str(10000 + number),
            "serial_number": f"SN{number}",
            "at": to_wire(at),
            "purpose": "look",
            "link": "dexucs",
            "complete": True,
            "size": 900,
            "raw_sha256": "0" * 64,
            "verdict": VERDICT,
            "number_of_paid_vends_since_init": total,
            "value_of_paid_vends_since_init": total * 150,
            "selections": {key: (units, units * 150) for key, units in sold.items()},
            "counters": {"CA306": total * 100, "CA310": total * 50},
        }
    )


def server_visit(machine_id: str, at: datetime, read_id: str | None) -> VisitRecord:
    """Everything filled to par, the cash taken; it took ten minutes and ended at `at` + 10."""
    return VisitRecord(
        id=f"v-{machine_id}-{at:%m%dT%H%M}",
        machine_id=machine_id,
        arrived_at=to_wire(at - timedelta(minutes=1)),
        finished_at=to_wire(at + timedelta(minutes=10)),
        seconds=660,
        tasks=("fill", "collect"),
        read_id=read_id,
        lines=tuple(
            VisitedSlot(
                slot=label,
                selection=label,
                product_id=product_of(label),
                before=3,
                counted=3,
                filled=5,
                after=8,
                par=8,
            )
            for label in SOLD_A_DAY
        ),
        cash=CollectedCash(bag=f"B-{machine_id}-{at:%m%d}", currency="EUR"),
    )
