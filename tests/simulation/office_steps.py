"""Steps of a history about the office and its server: records, routes, rights, versions."""

from typing import Any

from cvd_server import arrivals, tables
from cvd_server.people import set_routes
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import MachineRecord, ProductRecord, RunRecord
from tests.simulation.world import PEOPLE, World

_NEWEST_EVENT = ("meters.entered", 1)  # that an older server does not know


def office(world: World) -> None:
    """A machine gets a note, or moves to another route."""
    office, choice = world.oracle.office, world.chance.choice
    machine = choice(["m1", "m2", "m3", "m4"])
    changes: dict[str, Any] = {"note": str(world.chance.random())}
    if choice([True, False]):
        changes["route_id"] = choice(["r1", "r2", None])
    with world.server.office() as feed:
        row = feed.load("machine", [machine])[machine]
        record = MachineRecord.model_validate({n: row[n] for n in MachineRecord.model_fields})
        feed.put([record.model_copy(update=changes)])
    office.machines[machine] = changes.get("route_id", office.machines[machine])
    if "route_id" in changes:
        world.happened["machine moved"] += 1


def catalogue(world: World) -> None:
    products = world.oracle.office.products
    with world.server.office() as feed:
        if len(products) > 2 and world.chance.happens(0.4):
            gone = world.chance.choice(sorted(products))
            feed.remove("product", [gone])
            products.discard(gone)
            return
        for _ in range(world.chance.randrange(1, 5)):
            name = f"n{world.oracle.products}"
            world.oracle.products += 1
            feed.put([ProductRecord(id=name, sku=name, name=name)])
            products.add(name)


def plan(world: World) -> None:
    """The office plans a run, gives it to another route, or takes it back."""
    run, route = world.chance.choice(["run1", "run2"]), world.chance.choice(["r1", "r2", None])
    with world.server.office() as feed:
        if route is None:
            feed.remove("run", [run])
        else:
            feed.put([RunRecord(id=run, route_id=route, day="2026-03-02")])
    world.oracle.office.runs[run] = route


def grant(world: World) -> None:
    user = world.chance.choice(sorted(PEOPLE))
    routes = world.chance.choice([["r1"], ["r1", "r2"], ["r2"], []])
    with world.server.office() as feed:
        set_routes(feed, user, routes)
    world.oracle.office.routes[user] = frozenset(routes)


def forbid(world: World) -> None:
    """A device is revoked or a person blocked; the next time all is allowed again."""
    what = world.chance.choice(["device", "user", "nobody"])
    world.allow_everybody()
    with world.server.database.write() as connection:
        if what == "device":
            connection.execute(tables.device.update().values(status="revoked", policy="lock"))
        elif what == "user":
            account = tables.user_account
            user = world.chance.choice(sorted(PEOPLE))
            connection.execute(account.update().where(account.c.id == user).values(active=False))
    world.happened[f"forbidden: {what}"] += 1
    world.sync(world.any_laptop())


def upgrade(world: World) -> None:
    """The server becomes one that does not know the newest event, or one that does."""
    world.old_server = not world.old_server
    know_events(newest=not world.old_server)
    if not world.old_server:
        world.replay()
    world.happened["server changed its version"] += 1


def know_events(*, newest: bool) -> None:
    known = {key: model for key, model in EVENTS.items() if newest or key != _NEWEST_EVENT}
    arrivals.EVENTS = known  # type: ignore[attr-defined]
