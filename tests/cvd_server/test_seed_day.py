"""Seeding the sample's days again adds what is new, doubles nothing, overwrites no work."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cvd_server.change_feed import change_feed
from cvd_server.records import KINDS
from cvd_server.seed_demo import SampleUser, seed
from cvd_shared.sample_past import Past
from cvd_shared.wire_records import (
    CollectedCash,
    DueRulesRecord,
    LoadedLine,
    LoadRecord,
    LocationRecord,
    MachineRecord,
    ProductPictureRecord,
    ProductRecord,
    Record,
    RouteRecord,
    TruckCountRecord,
    VisitRecord,
)
from tests.support.day_people import DayPerson, well
from tests.support.field_events import raw_report
from tests.support.servers import LocalServer
from tests.support.small_operator import CHEAP_HASHER, SmallOperator, small_records

NOW = "2026-03-02T08:00:00.000Z"


@dataclass(frozen=True)
class Read:
    machine_id: str
    at: str
    purpose: str
    read_id: str
    raw: bytes = field(default_factory=raw_report)


NOTHING = Past((), (), ())


@dataclass(frozen=True)
class Days:
    """The small operator as a sample, with one visit, load and count a day."""

    days: tuple[int, ...]
    id: str = "op"
    name: str = "Small Vending"
    users: tuple[SampleUser, ...] = ()
    user_ids: Mapping[str, str] = field(default_factory=dict)
    planograms: tuple[Record, ...] = ()
    runs: tuple[Record, ...] = ()
    past: Past = NOTHING
    tickets: tuple[Record, ...] = ()
    due_rules: tuple[Record, ...] = (DueRulesRecord(id="d1", sold_out_slots=2, critical_days=1.5),)
    product_pictures: tuple[Record, ...] = (ProductPictureRecord(id="p1", data="AAAA"),)

    @property
    def locations(self) -> list[Record]:
        return [each for each in self._records if isinstance(each, LocationRecord)]

    @property
    def routes(self) -> list[RouteRecord]:
        return [each for each in self._records if isinstance(each, RouteRecord)]

    @property
    def machines(self) -> list[MachineRecord]:
        return [each for each in self._records if isinstance(each, MachineRecord)]

    @property
    def products(self) -> list[Record]:
        return [each for each in self._records if isinstance(each, ProductRecord)]

    @property
    def _records(self) -> list[Record]:
        return small_records(SmallOperator("op", ""))

    @property
    def reads(self) -> list[Read]:
        return [Read("m1", self._at(day), "collect", f"read{day}") for day in self.days]

    @property
    def visits(self) -> list[VisitRecord]:
        return [
            VisitRecord(
                id=f"v{day}", machine_id="m1", arrived_at=self._at(day), finished_at=self._at(day),
                actor_name="Driver 07", read_id=f"read{day}", cash=CollectedCash(bag=f"B-{day}"),
            )
            for day in self.days
        ]  # fmt: skip

    @property
    def loads(self) -> list[LoadRecord]:
        line = LoadedLine(product_id="p1", wanted=5, loaded=5)
        return [
            LoadRecord(id=f"l{day}", route_id="r1", at=self._at(day), lines=(line,))
            for day in self.days
        ]

    @property
    def truck_counts(self) -> list[TruckCountRecord]:
        return [TruckCountRecord(id=f"c{d}", route_id="r1", at=self._at(d)) for d in self.days]

    def _at(self, day: int) -> str:
        return f"2026-02-{day:02}T08:00:00Z"


def versions(server: LocalServer) -> dict[tuple[str, str], int]:
    with (
        server.database.write() as connection,
        change_feed(connection, "op", NOW) as feed,
    ):
        return {
            (kind, row_id): row["ver"]
            for kind, ids in (
                ("visit", ["v1", "v2", "v3"]), ("load", ["l1", "l2", "l3"]),
                ("truck_count", ["c1", "c2", "c3"]), ("read", ["read1", "read2", "read3"]),
                ("due_rules", ["d1"]), ("product_picture", ["p1"]),
            )
            for row_id, row in feed.load(kind, ids).items()
        }  # fmt: skip


def seeded(server: LocalServer, *days: int) -> dict[tuple[str, str], int]:
    seed(server.database, Days(days), CHEAP_HASHER, NOW)
    well(server)
    return versions(server)


def test_the_days_of_the_sample_are_seeded_once(server: LocalServer, small: SmallOperator) -> None:
    first = seeded(server, 1, 2)
    assert len(first) == 4 * 2 + 2
    assert set(first.values()) == {1}
    assert seeded(server, 1, 2) == first
    later = seeded(server, 2, 3)
    assert later.keys() - first.keys() == {
        ("visit", "v3"), ("load", "l3"), ("truck_count", "c3"), ("read", "read3"),
    }  # fmt: skip
    assert {key: later[key] for key in first} == first
    driver = DayPerson(server, "driver07")
    assert driver.record("read", "read1")["purpose"] == "collect"
    assert driver.record("due_rules", "d1")["critical_days"] == 1.5
    assert driver.record("product_picture", "p1")["data"] == "AAAA"
    assert set(KINDS) >= {kind for kind, _ in later}


def test_what_people_did_meanwhile_stays(server: LocalServer, small: SmallOperator) -> None:
    seeded(server, 1)
    driver = DayPerson(server, "driver07")
    used = driver.collected("b1")  # the bag of the seeded visit
    assert driver.push(used, driver.amended("v1")) == [("applied", None)] * 2
    visit_id = used["payload"]["visit_id"]
    assert driver.record("visit", visit_id)["flags"] == ["bag_used_before"]
    seeded(server, 1, 2)
    assert len(driver.record("visit", "v1")["amendments"]) == 1
    assert "v2" not in driver.records("visit")  # a machine's own history goes on from its last
