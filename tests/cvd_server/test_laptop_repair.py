"""A real laptop against both databases: what differs is found, mended, told; scopes come and go."""

import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cvd_desktop.storage import sync_meta_store as meta
from cvd_server import tables
from cvd_server.people import set_routes
from cvd_shared.wire import API
from cvd_shared.wire_records import MachineRecord
from tests.support.big_catalogue import put_products
from tests.support.faulty_transport import FAULTS, rewritten
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator
from tests.support.sync_world import Laptop, World

MANY = 100
PULL, DIGEST, ROWS = (f"{API}/sync/{name}" for name in ("pull", "digest", "rows"))


@pytest.fixture
def world(server: LocalServer, small: SmallOperator, tmp_path: Path) -> Iterator[World]:
    put_products(server, small, range(MANY))
    made = World(server, "", tmp_path / "laptops", random.Random(1))
    try:
        made.add_laptop().sign_in()
        yield made
    finally:
        for laptop in made.laptops:
            laptop.close()


def damage(laptop: Laptop, *statements: str) -> None:
    """Somebody's bug, or a bad disk."""
    with laptop.wp.database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def changed(world: World) -> None:
    """So that the next pull has something to say."""
    put_products(world.server, SmallOperator("op", ""), [0], name="Changed")


def incidents(caplog: pytest.LogCaptureFixture, name: str) -> list[str]:
    found = [record.getMessage() for record in caplog.records if record.name == name]
    caplog.clear()
    return found


def audited(world: World, action: str) -> list[dict[str, Any]]:
    table = tables.audit_log
    with world.server.database.read() as connection:
        rows = connection.execute(table.select().where(table.c.action == action)).all()
    return [row.detail for row in rows]


def backups(laptop: Laptop) -> list[str]:
    return sorted(path.name for path in laptop.folder.glob("backups/*.db"))


def test_a_few_wrong_records_are_compared_and_fetched_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """One is missing, one too much, one older than it should be, and a body is lost."""
    laptop = world.laptop
    world.settled(laptop)
    whole = laptop.records()
    damage(
        laptop,
        "DELETE FROM member WHERE id = 'q00003'",
        "DELETE FROM snapshot_row WHERE id = 'q00003'",
        "INSERT INTO member VALUES ('catalog', 'product', 'ghost', 1)",
        "INSERT INTO snapshot_row (kind, id, ver, body) VALUES ('product', 'ghost', 1, '{}')",
        "UPDATE member SET ver = 9 WHERE id = 'q00004'",
        "UPDATE snapshot_row SET ver = 9, body = '{}' WHERE id = 'q00004'",
        "DELETE FROM snapshot_row WHERE id = 'q00005'",
    )
    put_unclean(laptop)
    laptop.line.seen.clear()
    report = laptop.sync()
    assert (report.problem, report.digest) == (None, "repaired")
    assert laptop.records() == whole
    assert laptop.line.seen.count(DIGEST) == laptop.line.seen.count(ROWS) == 1
    assert laptop.line.seen.count(PULL) == 2
    assert backups(laptop) == []
    assert laptop.meta(meta.REPAIRS) == "2"  # counted afresh, then compared
    assert len(incidents(caplog, "cvd_desktop.sync.repair_run")) == 2

    assert laptop.sync().digest == "ok"
    assert len(incidents(caplog, "cvd_server.deep_compare")) == 1
    told = {"repairs": 2, "before": 0, "device_id": laptop.meta(meta.DEVICE)}
    assert audited(world, "sync.repaired") == [told]
    assert laptop.sync().digest == "ok"
    assert len(audited(world, "sync.repaired")) == 1


def put_unclean(laptop: Laptop) -> None:
    damage(laptop, f"INSERT INTO sync_meta VALUES ('{meta.UNCLEAN_END}', '1')")


def test_without_a_reason_nothing_is_counted_afresh_for_a_week(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    laptop = world.laptop
    world.settled(laptop)
    damage(laptop, "DELETE FROM snapshot_row WHERE id = 'q00005'")
    laptop.clock.forward(days=6)
    assert laptop.sync().digest == "ok"
    laptop.clock.forward(days=1)
    assert laptop.sync().digest == "repaired"
    assert ("product", "q00005") in laptop.records()
    assert incidents(caplog, "cvd_desktop.sync.repair_run")


def test_a_sum_that_was_kept_wrong_is_counted_afresh(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    laptop = world.laptop
    world.settled(laptop)
    damage(laptop, "UPDATE cursor SET n = n + 1 WHERE scope = 'catalog'")
    laptop.line.seen.clear()
    assert laptop.sync().digest == "repaired"
    assert (laptop.line.seen.count(DIGEST), laptop.line.seen.count(ROWS)) == (1, 0)
    assert laptop.meta(meta.REPAIRS) == "1"
    incidents(caplog, "cvd_desktop.sync.repair_run")
    assert laptop.sync().digest == "ok"
    incidents(caplog, "cvd_server.deep_compare")


def test_more_than_a_twentieth_wrong_is_loaded_anew_with_a_copy_of_before(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    laptop = world.laptop
    world.settled(laptop)
    whole = laptop.records()
    wrong = "DELETE FROM {} WHERE id BETWEEN 'q00010' AND 'q00015'"
    damage(laptop, wrong.format("member"), wrong.format("snapshot_row"))
    put_unclean(laptop)
    waiting = laptop.record()
    assert laptop.sync().digest == "repaired"
    assert whole.items() <= laptop.records().items()
    assert [name.split("-", 2)[2] for name in backups(laptop)] == ["before-loading-anew.db"]
    assert waiting in {event.op_id for event in laptop.events()}
    told = incidents(caplog, "cvd_desktop.sync.repair_run")
    assert told[-1] == "catalog is loaded anew"
    laptop.sync()
    incidents(caplog, "cvd_server.deep_compare")


def test_a_repair_that_does_not_help_ends_in_loading_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def lies(data: dict[str, Any]) -> None:
        for row in data["rows"]:
            row["ver"] += 1

    laptop = world.laptop
    world.settled(laptop)
    whole = laptop.records()
    damage(laptop, "DELETE FROM member WHERE id = 'q00003'")
    put_unclean(laptop)
    assert laptop.sync(["none", "none", "none", rewritten(lies)]).digest == "repaired"
    assert laptop.records() == whole
    assert "catalog is loaded anew" in incidents(caplog, "cvd_desktop.sync.repair_run")
    laptop.sync()
    incidents(caplog, "cvd_server.deep_compare")


@pytest.mark.parametrize("fault", ["broken", "lose_answer", "page_200"])
def test_a_repair_survives_the_line(
    world: World, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    laptop = world.laptop
    world.settled(laptop)
    whole = laptop.records()
    damage(laptop, "DELETE FROM member WHERE id = 'q00003'")
    put_unclean(laptop)
    laptop.sync(["none", "none", fault])
    assert laptop.sync().problem is None
    assert laptop.records() == whole
    assert laptop.scopes()["catalog"][0] == world.feed_of(["catalog"])["catalog"]
    assert incidents(caplog, "cvd_desktop.sync.repair_run")


# --- the endpoints by themselves ----------------------------------------------------------------


def digest_request(session: Session, **more: Any) -> dict[str, Any]:
    return {
        "device_id": session.device_id, "epoch": session.epoch, "scope": "catalog", "head": 0,
        "counts": [0] * 256, "sums": ["0"] * 256,
    } | more  # fmt: skip


def test_comparison_and_rows_know_whose_they_are(world: World) -> None:
    driver = world.server.session("driver07")
    rows = {"device_id": driver.device_id, "epoch": driver.epoch, "scope": "catalog", "head": 0}
    head = MANY + 2

    def ask(session: Session, path: str, body: dict[str, Any]) -> Any:
        answer = session.http.post(path, json=body).json()
        return answer["data"] if answer["success"] else answer["error"]["code"]

    assert ask(driver, DIGEST, digest_request(driver))["moved"]
    found = ask(driver, DIGEST, digest_request(driver, head=head))
    assert len(found["entries"]) == head
    assert ask(driver, ROWS, rows | {"wanted": []})["moved"]
    wanted = [["product", "q00009"], ["product", "q00001"], ["product", "nobody"], ["x", "q00001"]]
    got = ask(driver, ROWS, rows | {"wanted": wanted, "head": head})["rows"]
    assert [row["i"] for row in got] == ["q00009", "q00001"]
    for scope in ("route:r2", "x-catalog", "me:u-driver08", "office"):
        asked = digest_request(driver, scope=scope)
        assert ask(driver, DIGEST, asked) == "scope_unknown"
        assert ask(driver, ROWS, rows | {"wanted": [], "scope": scope}) == "scope_unknown"
    assert ask(driver, DIGEST, digest_request(driver, epoch="old")) == "epoch_changed"
    assert ask(driver, DIGEST, digest_request(driver, device_id="x")) == "device_unknown"
    for sums in (["x"] * 256, [str(2**64)] * 256, ["0" * 300] * 256):
        assert ask(driver, DIGEST, digest_request(driver, sums=sums)) == "malformed"
    stranger = world.server.session("x-driver07")
    theirs = ask(stranger, DIGEST, digest_request(stranger, head=2))
    assert {entry["i"] for entry in theirs["entries"]} == {"x-p1", "x-p2"}


# --- an administrator's wish --------------------------------------------------------------------


def test_a_wish_to_load_anew_is_heeded_once_and_costs_nothing_unsent(world: World) -> None:
    laptop = world.laptop
    world.settled(laptop)
    device = laptop.meta(meta.DEVICE)
    path = f"{API}/sync/devices/{device}/load-anew"
    admin = world.server.session("admin")
    assert world.server.session("x-admin").http.post(path, json={}).status_code == 404
    assert world.server.session("manager").http.post(path, json={}).status_code == 403
    for copies in (1, 2):
        laptop.clock.forward(seconds=1)
        assert admin.http.post(path, json={}).status_code == 200
        before = laptop.records()
        recorded = laptop.record()
        assert laptop.sync(["none", "lose_request"]).problem == "offline"
        assert laptop.records() == before, "in view until the new ones are complete"
        assert [event.acked for event in laptop.events() if event.op_id == recorded] == [False]
        assert world.settled(laptop).pulled > MANY
        assert world.settled(laptop).pulled == 0
        assert len(backups(laptop)) == copies
    assert len(audited(world, "device.load_anew")) == 2


def test_copies_of_one_day_are_few(world: World) -> None:
    laptop = world.laptop
    world.settled(laptop)
    admin = world.server.session("admin")
    path = f"{API}/sync/devices/{laptop.meta(meta.DEVICE)}/load-anew"
    for _ in range(7):
        assert admin.http.post(path, json={}).status_code == 200
        laptop.clock.forward(seconds=1)
        assert laptop.sync().problem is None
    names = backups(laptop)
    assert len(names) == 3, "the first and the two newest of a day"
    assert names[-1].split("-")[1] == laptop.clock().strftime("%Y%m%dT%H%M%S%fZ")


# --- scopes that come and go --------------------------------------------------------------------


def grant(world: World, *routes: str) -> None:
    with world.office() as feed:
        set_routes(feed, "u-driver07", list(routes))


def machines(laptop: Laptop) -> set[str]:
    return {row_id for kind, row_id in laptop.records() if kind == "machine"}


def test_a_scope_granted_lost_and_granted_again(world: World) -> None:
    laptop = world.laptop
    world.settled(laptop)
    own = laptop.record(machine_id="m1")
    world.settled(laptop)
    for routes, seen in (
        (("r1", "r2"), {"m1", "m2", "m3", "m4"}),
        (("r2",), {"m3", "m4"}),
        ((), {"m4"}),
        (("r1",), {"m1", "m2", "m4"}),
    ):
        grant(world, *routes)
        world.settled(laptop)
        assert machines(laptop) == seen
        kept = {event.op_id: event.body["payload"]["machine_id"] for event in laptop.events()}
        assert kept == {own: "m1"}, "what was recorded here stays readable"


def test_scopes_change_in_the_middle_of_paging(world: World) -> None:
    """New, lost and back between two pages of one round, while a machine moves over."""
    laptop = world.laptop
    laptop.narrow = {"rows": 20}
    laptop.sync(["none", "none", "none", "lose_request"])
    grant(world, "r2")
    laptop.sync(["none", "none", "lose_request"])
    with world.office() as feed:
        row = feed.load("machine", ["m3"])["m3"]
        record = MachineRecord.model_validate(dict(row))
        feed.put([record.model_copy(update={"route_id": "r1"})])
    grant(world, "r1", "r2")
    laptop.sync(["none", "none", "lose_request"])
    world.settled(laptop)
    assert machines(laptop) == {"m1", "m2", "m3", "m4"}
    grant(world, "r1")
    changed(world)
    laptop.sync(["none", "lose_answer"])
    world.settled(laptop)
    assert machines(laptop) == {"m1", "m2", "m3", "m4"}
    with world.office() as feed:
        feed.put([record])
    world.settled(laptop)
    assert machines(laptop) == {"m1", "m2", "m4"}


def test_every_fault_while_scopes_come_and_go(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    laptop = world.laptop
    laptop.narrow = {"rows": 40}
    routes: list[tuple[str, ...]] = [("r1",), ("r1", "r2"), (), ("r2",)]
    for number, fault in enumerate(FAULTS):
        grant(world, *routes[number % len(routes)])
        laptop.sync(["none"] * (1 + number % 4) + [fault])
    laptop.line.deliver_late()
    world.settled(laptop)
