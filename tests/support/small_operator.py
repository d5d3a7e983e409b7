"""A tiny operator for server and sync tests, and a second one that must stay invisible."""

from dataclasses import dataclass

from argon2 import PasswordHasher

from cvd_server.change_feed import change_feed
from cvd_server.database import Database
from cvd_server.migrations.upgrade import migrate
from cvd_server.people import create_operator, create_user
from cvd_shared.permissions import Role
from cvd_shared.wire_records import (
    Cabinet,
    LocationRecord,
    MachineRecord,
    PlanogramRecord,
    PlanogramSlot,
    ProductRecord,
    Record,
    RouteRecord,
    RunRecord,
    RunStop,
)

PASSWORD = "correct horse 7"
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOW = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class SmallOperator:
    """Ids are readable: machines `m1` and `m2` are on route `r1` (driver07, technician), `m3` is
    on `r2` (driver08), `m4` on no route; `m1` has the asset number `A-1`. All passwords are
    `PASSWORD`."""

    operator_id: str
    prefix: str  # of ids, asset numbers and user names: "" for the first operator

    def id(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def user_id(self, name: str) -> str:
        return f"{self.prefix}u-{name}"


def with_small_operator(url: str) -> str:
    """The database at `url`, migrated and seeded, for a server to run on."""
    migrate(url)
    database = Database(url)
    seed_small_operator(database)
    database.close()
    return url


def seed_small_operator(database: Database, prefix: str = "") -> SmallOperator:
    """Names of users: admin, manager, driver07, driver08, technician, viewer, after the prefix."""
    small = SmallOperator(f"{prefix}op", prefix)
    routes = [small.id("r1"), small.id("r2")]
    users: list[tuple[str, Role, list[str]]] = [
        ("admin", Role.ADMIN, []),
        ("manager", Role.MANAGER, []),
        ("driver07", Role.DRIVER, routes[:1]),
        ("driver08", Role.DRIVER, routes[1:]),
        ("technician", Role.TECHNICIAN, routes[:1]),
        ("viewer", Role.VIEWER, []),
    ]
    with database.write() as connection:
        create_operator(connection, f"{prefix}Small Vending", small.operator_id, NOW)
        with change_feed(connection, small.operator_id, NOW) as feed:
            feed.lock_master_data()
            feed.put(small_records(small))
            for name, role, held in users:
                create_user(
                    feed,
                    CHEAP_HASHER,
                    user_id=small.user_id(name),
                    name=f"{prefix}{name}",
                    full_name=name.capitalize(),
                    role=role,
                    password=PASSWORD,
                    route_ids=held,
                    granted_from=NOW,
                )
    return small


def small_records(small: SmallOperator) -> list[Record]:
    records: list[Record] = [
        LocationRecord(id=small.id("l1"), name="Town Hall", access_notes="ring twice"),
        LocationRecord(id=small.id("l2"), name="Station"),
    ]
    for number in (1, 2):
        route = RouteRecord(id=small.id(f"r{number}"), name=f"Route {number}", number=str(number))
        product = ProductRecord(id=small.id(f"p{number}"), sku=f"S{number}", name=f"Bar {number}")
        records += [route, product]
    for number, location, route in (
        (1, "l1", "r1"), (2, "l1", "r1"), (3, "l2", "r2"), (4, "l2", None),
    ):  # fmt: skip
        records.append(
            MachineRecord(
                id=small.id(f"m{number}"),
                asset_number=f"{small.prefix}A-{number}",
                location_id=small.id(location),
                route_id=small.id(route) if route else None,
                cabinets=(Cabinet(rows=1, columns=2),),
            )
        )
    slot = PlanogramSlot(
        label="A1", selection="10", row=0, column=0, product_id=small.id("p1"),
        capacity=10, par=8, price=150,
    )  # fmt: skip
    records.append(PlanogramRecord(id=small.id("pl1"), machine_id=small.id("m1"), slots=(slot,)))
    stop = RunStop(id=small.id("s1"), sequence=1, location_id=small.id("l1"))
    records.append(
        RunRecord(id=small.id("run1"), route_id=small.id("r1"), day="2026-01-02", stops=(stop,))
    )
    return records
