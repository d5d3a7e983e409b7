"""The steps of a history and how often each is taken (chapter 3.3, L1)."""

from collections.abc import Callable
from datetime import UTC, datetime

from cvd_desktop.domain.clock import to_wire
from tests.simulation import file_steps, invariants, office_steps, people_steps, rare_steps
from tests.simulation.crashes import BOMB, CLIENT, SERVER, Crash
from tests.simulation.laptop import Draft, Laptop
from tests.simulation.line import names_of, some_faults
from tests.simulation.world import PEOPLE, World

EARLIEST = datetime(2016, 1, 1, tzinfo=UTC)
LATEST = datetime(2036, 1, 1, tzinfo=UTC)
_STUCK_TRIES = 16  # failures by itself, each in another minute, and the halving before


# --- work ---------------------------------------------------------------------------------------


def _record(world: World) -> None:
    laptop, choice = world.any_laptop(), world.chance.choice
    machines = ["m1", "m2", "m3", None, None]
    if choice([True, True, False]):
        world.record(laptop, [laptop.read_of(choice(machines))])
    else:
        drafts = [laptop.read_of(choice(machines)) for _ in range(world.chance.randrange(2, 6))]
        world.record(laptop, drafts, f"visit-{laptop.new_id()}")


def _day(world: World) -> None:
    """A mark, an order, a visit, an amendment or meters, of runs and machines that may be gone."""
    laptop = world.any_laptop()
    world.record(laptop, [_DAY[world.chance.choice(sorted(_DAY))](world, laptop)])


def _mark(world: World, laptop: Laptop) -> Draft:
    choice = world.chance.choice
    run = {"run_id": choice(["run1", "run2"]), "at": to_wire(laptop.clock())}
    state = choice(["arrived", "done", "skipped", "open"])
    facts = run | {"stop_id": choice(["s1", "s2"]), "state": state}
    return Draft("stop.marked", ("run_progress", run["run_id"]), facts)


def _order(world: World, laptop: Laptop) -> Draft:
    choice = world.chance.choice
    run = {"run_id": choice(["run1", "run2"]), "at": to_wire(laptop.clock())}
    facts = run | {"stop_ids": choice([["s1"], ["s2", "s1"]])}
    return Draft("run.ordered", ("run_progress", run["run_id"]), facts)


def _visit(world: World, laptop: Laptop) -> Draft:
    choice, visit_id, at = world.chance.choice, laptop.new_id(), to_wire(laptop.clock())
    cash = choice([None, {"bag": f"B-{world.chance.randrange(12)}"}])
    world.oracle.visits.append(visit_id)
    facts = {
        "visit_id": visit_id, "machine_id": choice(["m1", "m2", "m3"]), "arrived_at": at,
        "finished_at": at, "cash": cash,
    }  # fmt: skip
    return Draft("visit.finished", ("visit", visit_id), facts)


def _amend(world: World, laptop: Laptop) -> Draft:
    if not world.oracle.visits:
        return _visit(world, laptop)
    visit_id = world.chance.choice(world.oracle.visits)
    facts = {
        "amendment_id": laptop.new_id(), "visit_id": visit_id, "at": to_wire(laptop.clock()),
        "reason": "mistyped", "cash": {"bag": f"B-{world.chance.randrange(12)}"},
    }  # fmt: skip
    return Draft("visit.amended", ("visit", visit_id), facts)


def _meters(world: World, laptop: Laptop) -> Draft:
    entry_id = laptop.new_id()
    facts = {
        "entry_id": entry_id, "machine_id": world.chance.choice(["m1", "m2", "m3"]),
        "at": to_wire(laptop.clock()), "kind": "normal", "vends": world.chance.randrange(1000),
    }  # fmt: skip
    return Draft("meters.entered", ("meter_entry", entry_id), facts)


_DAY: dict[str, Callable[[World, Laptop], Draft]] = {
    "mark": _mark, "order": _order, "visit": _visit, "amend": _amend, "meters": _meters,
}  # fmt: skip


# --- sync ---------------------------------------------------------------------------------------


def _sync(world: World) -> None:
    faults = some_faults(world.chance)
    world.happened.update(f"line: {name}" for name in names_of(faults) if name != "none")
    world.say(" ".join(names_of(faults)))
    world.sync(world.any_laptop(), faults)


def _good_sync(world: World) -> None:
    laptop = world.any_laptop()
    report = world.sync(laptop)
    if report is not None and report.problem is None and not report.waiting:
        invariants.converged(world.server, world.oracle, laptop)


def _meanwhile(world: World) -> None:
    """While an answer is under way, the person works on; or another sender did not see the lock."""
    laptop = world.any_laptop()
    what = world.chance.choice(["works", "works", "syncs", "syncs with a restored server"])
    world.say(f"meanwhile the person {what}")

    def happens() -> None:
        world.happened[f"meanwhile: {what}"] += 1
        if what == "works":
            world.record(laptop, [laptop.read_of(None)])
        else:
            if what != "syncs":
                _restore_server(world)
                laptop.acked = None  # what was answered in this step may be gone there
            laptop.sync(some_faults(world.chance))

    _record(world)
    faults = some_faults(world.chance, 3)
    laptop.line.meanwhile = None
    skipped = world.chance.randrange(4)

    def after_some() -> None:
        nonlocal skipped
        skipped -= 1
        if skipped >= 0:
            laptop.line.meanwhile = after_some
        else:
            happens()

    laptop.line.meanwhile = after_some
    world.sync(laptop, faults)


def _late(world: World) -> None:
    for laptop in world.laptops:
        world.happened["delivered late"] += len(laptop.line.late)
        laptop.line.deliver_late()


def _poison(world: World) -> None:
    """One waiting event fails with 500 for a while; those around it get through."""
    laptop = world.any_laptop()
    if laptop.line.poison:
        laptop.line.poison = set()
        return
    _record(world)
    waiting = [row[0] for row in laptop.rows("SELECT op_id FROM outbox WHERE acked = 0")]
    if not waiting:
        return
    laptop.line.poison = {world.chance.choice(waiting)}
    for _ in range(_STUCK_TRIES if world.chance.happens(0.3) else 2):
        laptop.clock.forward(minutes=1)
        report = world.sync(laptop)
        if report is None or report.problem is None:
            return
        if report.problem not in ("server_error", "record_stuck"):
            return  # something else stands in the way
    if _ == _STUCK_TRIES - 1:
        raise invariants.Violation("19 no poison", report)


# --- what dies ----------------------------------------------------------------------------------


def _client_dies(world: World) -> None:
    laptop = world.any_laptop()
    BOMB.set(CLIENT, world.chance.randrange(70))
    try:
        if world.chance.happens(0.2):
            world.record(laptop, [laptop.read_of(None)])
        world.sync(laptop, some_faults(world.chance, 4))
    except Crash:
        world.happened["client died"] += 1
        world.say("died")
    finally:
        BOMB.clear()
        laptop.line.faults, laptop.line.meanwhile = [], None
    laptop.restart()


def _server_dies(world: World) -> None:
    kind = world.chance.choice(["crash", "crash", "conflict", "busy"])
    BOMB.set(SERVER, world.chance.randrange(45), kind)
    world.sync(world.any_laptop(), some_faults(world.chance, 3))
    if not BOMB.clear():
        world.happened[f"server: {kind}"] += 1


def _disk_fails(world: World) -> None:
    """SQLITE_BUSY, SQLITE_IOERR or SQLITE_FULL at any statement."""
    laptop, kind = world.any_laptop(), world.chance.choice(["busy", "io_error", "full"])
    BOMB.set(CLIENT, world.chance.randrange(40), kind)
    if world.chance.happens(0.5):
        world.record(laptop, [laptop.read_of(None)])
    world.sync(laptop, some_faults(world.chance, 3))
    if not BOMB.clear():
        world.happened[f"disk: {kind}"] += 1


def _disk_full(world: World) -> None:
    """The file cannot grow; after space is made the work goes on."""
    laptop = world.any_laptop()
    with laptop.database.outside_transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    try:
        for _ in range(3):
            world.record(laptop, [laptop.read_of(None) for _ in range(4)])
        world.sync(laptop)
    finally:
        with laptop.database.outside_transaction() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    world.happened["disk full"] += 1


# --- copies -------------------------------------------------------------------------------------


def _copy_laptop(world: World) -> None:
    laptop = world.any_laptop()
    target = world.folder / f"image{len(world.images)}"
    world.images.append(laptop.copy_to(target, world.oracle.disk(laptop.name)))


def _restore_laptop(world: World) -> None:
    """An image comes back on its own laptop, or is cloned onto another one."""
    if not world.images:
        return
    laptop, image = world.any_laptop(), world.chance.choice(world.images)
    secrets = world.chance.happens(0.5)
    world.oracle.disk_is(laptop.name, image.had)
    laptop.take(image, with_secrets=secrets)
    world.happened["laptop restored"] += 1
    world.say(f"{laptop.name} becomes {image.path.name}{' with its secrets' * secrets}")


def _copy_server(world: World) -> None:
    world.backups.append((world.server.image(), world.oracle.backup()))
    world.backups = world.backups[-3:]


def _restore_server(world: World) -> None:
    if not world.backups:
        return
    world.restore_server(*world.chance.choice(world.backups))


# --- people and time ----------------------------------------------------------------------------


def _clock(world: World) -> None:
    laptop = world.any_laptop()
    laptop.clock.forward(hours=world.chance.choice([-87_600, -1, 0.1, 2, 87_600]))
    laptop.clock.now = min(max(laptop.clock.now, EARLIEST), LATEST)


def _token(world: World) -> None:
    """Time passes for the server: tokens expire, now and then all of them for good."""
    world.server.clock.move(minutes=world.chance.choice([1, 1, 20, 20, 20, 60 * 24 * 400]))


def _sign_in(world: World) -> None:
    laptop = world.any_laptop()
    laptop.line.faults = list(world.chance.choices(["none", "lose_answer"], k=2))
    world.sign_in(laptop)
    laptop.line.faults = []


def _switch_user(world: World) -> None:
    """Somebody else takes the laptop, if nothing of the one before waits on it."""
    laptop = world.any_laptop()
    others = sorted(set(PEOPLE) - {laptop.owner})
    if world.sign_in(laptop, world.chance.choice(others)):
        world.happened["user switched"] += 1


STEPS: dict[str, tuple[float, Callable[[World], None]]] = {
    "record": (26, _record),
    "day": (12, _day),
    "sync": (26, _sync),
    "good sync": (8, _good_sync),
    "meanwhile": (3, _meanwhile),
    "late": (5, _late),
    "poison": (2, _poison),
    "overtaken": (1.5, rare_steps.overtaken),
    "too late": (0.7, rare_steps.too_late),
    "forked": (1, rare_steps.forked),
    "moved": (1, rare_steps.moved),
    "photo": (4, file_steps.photo),
    "lost in the store": (1, file_steps.lost_in_the_store),
    "tidy": (1, file_steps.tidy),
    "bundle": (2, file_steps.bundle),
    "receipt": (1, file_steps.receipt),
    "jobs": (2, file_steps.jobs),
    "client dies": (9, _client_dies),
    "server dies": (5, _server_dies),
    "disk fails": (3, _disk_fails),
    "disk full": (1, _disk_full),
    "copy laptop": (3, _copy_laptop),
    "restore laptop": (2, _restore_laptop),
    "copy server": (2, _copy_server),
    "restore server": (1.5, _restore_server),
    "office": (7, office_steps.office),
    "catalogue": (4, office_steps.catalogue),
    "plan": (2, office_steps.plan),
    "grant": (3, office_steps.grant),
    "forbid": (1, office_steps.forbid),
    "upgrade": (1, office_steps.upgrade),
    "clock": (2, _clock),
    "token": (3, _token),
    "sign in": (1, _sign_in),
    "switch user": (1, _switch_user),
    "other person": (1.5, people_steps.other_person),
}
