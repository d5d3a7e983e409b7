"""Visits, amendments, bags, photos: kept whole, never overwritten, seen where they belong."""

import base64
from typing import Any

import pytest
from sqlalchemy import select

from cvd_server import tables
from cvd_server.change_feed import change_feed
from cvd_server.day_handlers import MAX_RECORD_BYTES
from cvd_server.self_check import self_check
from cvd_shared.canonical import sha256_hex
from cvd_shared.visit_facts import effective_cash, effective_lines
from cvd_shared.wire_records import MachineRecord, VisitRecord
from tests.support.day_people import CASH, DayPerson, well
from tests.support.field_events import raw_report
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator

APPLIED = ("applied", None)
FLAG = "bag_used_before"


@pytest.fixture
def driver(server: LocalServer, small: SmallOperator) -> DayPerson:
    return DayPerson(server, "driver07")


def visit_of(person: DayPerson, event: dict[str, Any]) -> VisitRecord:
    return VisitRecord.model_validate(person.record("visit", event["payload"]["visit_id"]))


def inline(*pictures: bytes) -> dict[str, Any]:
    return {"inline_blobs": {sha256_hex(p): base64.b64encode(p).decode() for p in pictures}}


def to_route(server: LocalServer, machine_id: str, route_id: str) -> None:
    now = server.services.now()
    with server.database.write() as connection, change_feed(connection, "op", now) as feed:
        feed.lock_master_data()
        machine = MachineRecord.model_validate(dict(feed.load("machine", [machine_id])[machine_id]))
        feed.put([machine.model_copy(update={"route_id": route_id})])


def test_a_visit_is_kept_as_it_was_recorded(server: LocalServer, driver: DayPerson) -> None:
    lines = [
        {"slot": "A1", "product_id": "p2", "was_product_id": "p1", "before": 3, "removed": 2,
         "spoiled": [{"units": 1, "reason": "expired"}], "filled": 9, "after": 9, "price": 175,
         "par": 9, "expiry": "2026-05-01"},
        {"slot": "A1", "cabinet": 2, "product_id": "nobody-knows-it", "counted": 4, "after": 4},
    ]  # fmt: skip
    event = driver.collected(
        "B-1", lines=lines, run_id="gone", stop_id="s9", no_read="plug broken", note="ok",
        answer="yes", checks=[{"text": "Wiped", "done": True}],
    )  # fmt: skip
    assert driver.push(event) == [APPLIED]
    visit = visit_of(DayPerson(server, "technician"), event)
    assert (visit.actor_name, visit.seconds, visit.tasks) == ("Driver07", 900, ("fill",))
    assert [line.model_dump(exclude_defaults=True) for line in visit.lines] == [
        lines[0] | {"spoiled": ({"units": 1, "reason": "expired"},)}, lines[1],
    ]  # fmt: skip
    assert visit.cash is not None
    assert (visit.cash.bag, visit.cash.counted) == ("B-1", 4250)
    assert (visit.no_read, visit.answer, visit.checks[0].done) == ("plug broken", "yes", True)
    assert (visit.run_id, visit.amendments, visit.flags) == ("gone", (), ())
    well(server)


def test_who_may_record_a_visit_and_how_often(server: LocalServer, driver: DayPerson) -> None:
    helper = DayPerson(server, "technician")
    assert (
        helper.push(helper.visited(), helper.visited("m4"), helper.photo("0" * 64)) == [APPLIED] * 3
    )
    other = DayPerson(server, "driver08")
    assert (
        other.push(other.visited(), other.photo("0" * 64)) == [("quarantined", "out_of_scope")] * 2
    )
    stranger = DayPerson(server, "x-manager")
    assert (
        stranger.push(stranger.visited(), stranger.photo("0" * 64))
        == [("quarantined", "machine_unknown")] * 2
    )
    assert not stranger.records("visit")
    assert DayPerson(server, "viewer").session.push([]).status_code == 403
    well(server)
    event = driver.visited()
    visit_id = event["payload"]["visit_id"]
    assert driver.push(event, driver.visited(visit_id=visit_id, note="again")) == [
        APPLIED, ("rejected", "visit_exists"),
    ]  # fmt: skip
    other = DayPerson(server, "technician")
    assert other.push(other.visited(visit_id=visit_id)) == [("rejected", "visit_exists")]
    assert visit_of(driver, event).note == ""
    well(server)


def test_an_amendment_stands_beside_the_visit(server: LocalServer, driver: DayPerson) -> None:
    event = driver.collected("B-1")
    visit_id = event["payload"]["visit_id"]
    line = {"slot": "A1", "product_id": "p1", "before": 3, "filled": 4, "after": 7}
    late = driver.amended(visit_id, "2026-03-02T07:59:00Z", lines=[line], note="counted again")
    early = driver.amended(visit_id, "2026-03-02T07:50:00Z", cash=CASH | {"counted": 4200})
    assert driver.push(event, late, early) == [APPLIED] * 3  # both arrive with their visit
    visit = visit_of(driver, event)
    assert visit.lines[0].filled == 5
    assert [(each.by, each.note) for each in visit.amendments] == [
        ("Driver07", ""), ("Driver07", "counted again"),
    ]  # fmt: skip
    assert [line.filled for line in effective_lines(visit).values()] == [4]
    cash = effective_cash(visit)
    assert cash is not None
    assert cash.counted == 4200
    assert visit.flags == ()  # its own bag again
    assert driver.push(event, late, early) == [APPLIED] * 3
    assert visit_of(driver, event) == visit
    well(server)


def test_who_may_amend_and_what_moves_with_the_machine(
    server: LocalServer, driver: DayPerson
) -> None:
    event = driver.visited()
    visit_id = event["payload"]["visit_id"]
    driver.push(event, driver.photo("0" * 64))
    other = DayPerson(server, "driver08")
    assert other.push(other.amended(visit_id)) == [("quarantined", "out_of_scope")]
    stranger = DayPerson(server, "x-manager")
    assert stranger.push(stranger.amended(visit_id)) == [("quarantined", "visit_unknown")]
    assert driver.push(driver.amended("no-such-visit")) == [("quarantined", "visit_unknown")]
    manager = DayPerson(server, "manager")
    assert manager.push(manager.amended(visit_id)) == [APPLIED]
    to_route(server, "m1", "r2")  # whoever recorded it may still correct it
    assert driver.push(driver.amended(visit_id)) == [APPLIED]
    assert other.push(other.amended(visit_id)) == [APPLIED]
    assert sorted(each.by for each in visit_of(other, event).amendments) == [
        "Driver07", "Driver08", "Manager",
    ]  # fmt: skip
    assert not driver.records("visit")
    assert not driver.records("photo")
    assert len(other.records("photo")) == 1
    well(server)


def test_an_amendment_that_comes_before_its_visit_is_set_aside(
    server: LocalServer, driver: DayPerson
) -> None:
    helper = DayPerson(server, "technician")
    event = driver.visited()
    assert helper.push(helper.amended(event["payload"]["visit_id"])) == [
        ("quarantined", "visit_unknown")
    ]
    assert driver.push(event) == [APPLIED]
    with server.database.read() as connection:
        bodies = connection.scalars(
            select(tables.op_log.c.body).where(tables.op_log.c.code == "visit_unknown")
        ).all()
    assert len(bodies) == 1
    assert b"mistyped" in bodies[0]
    well(server)


def test_a_bag_is_one_collection(server: LocalServer, driver: DayPerson) -> None:
    """However it is spelled, in one batch and later, by whomever; the later one is flagged."""
    first, second = driver.collected("b 1001"), driver.collected("B-1001", "m2")
    assert driver.push(first, second) == [APPLIED] * 2
    assert visit_of(driver, first).flags == ()
    assert visit_of(driver, second).flags == (FLAG,)
    other = DayPerson(server, "driver08")
    third, free = other.collected("B1001", "m3"), other.collected("B1002", "m3")
    assert other.push(third, free) == [APPLIED] * 2
    assert visit_of(other, third).flags == (FLAG,)
    assert visit_of(other, free).flags == ()
    stranger = DayPerson(server, "x-driver07")
    theirs = stranger.collected("B-1001", "x-m1")
    assert stranger.push(theirs) == [APPLIED]
    assert visit_of(stranger, theirs).flags == ()
    nothing = [driver.collected(" - "), driver.collected("--")]
    assert driver.push(*nothing) == [APPLIED] * 2
    assert [visit_of(driver, each).flags for each in nothing] == [(), ()]
    well(server)


def test_an_amendment_may_take_a_used_bag_and_put_it_right_again(
    server: LocalServer, driver: DayPerson
) -> None:
    first, second = driver.collected("B-1"), driver.visited("m2")
    visit_id = second["payload"]["visit_id"]
    used = driver.amended(visit_id, "2026-03-02T07:51:00Z", cash=CASH | {"bag": "b1"})
    assert driver.push(first, second, used) == [APPLIED] * 3
    assert visit_of(driver, second).flags == (FLAG,)
    overtaken = driver.amended(visit_id, "2026-03-02T07:50:00Z", cash=CASH | {"bag": "B-2"})
    assert driver.push(overtaken) == [APPLIED]
    assert visit_of(driver, second).flags == (FLAG,)  # the later one stands
    right = driver.amended(visit_id, "2026-03-02T07:52:00Z", cash=CASH | {"bag": "B-3"})
    assert driver.push(right) == [APPLIED]
    assert visit_of(driver, second).flags == ()
    assert visit_of(driver, first).flags == ()
    well(server)


def test_a_visit_that_was_refused_has_used_no_bag(server: LocalServer, driver: DayPerson) -> None:
    refused = driver.collected("B-7", "m3")
    group = [driver.collected("B-8"), driver.visited("no-such-machine")]
    for event in group:
        event["grp"] = "g"
    fine = [driver.collected("B-7"), driver.collected("B-8", "m2")]
    outcomes = driver.push(refused, *group, *fine)
    assert [code for _, code in outcomes[:3]] == [
        "out_of_scope", "group_refused", "machine_unknown",
    ]  # fmt: skip
    assert [visit_of(driver, each).flags for each in fine] == [(), ()]
    later = driver.collected("B-7")
    assert driver.push(later) == [APPLIED]
    assert visit_of(driver, later).flags == (FLAG,)
    well(server)


def test_a_photo_or_signature_comes_with_its_picture_or_before_it(
    server: LocalServer, driver: DayPerson
) -> None:
    picture, other = b"\xff\xd8 small", b"\xff\xd8 other"
    here = driver.photo(sha256_hex(picture), caption="after filling")
    awaited = driver.photo(sha256_hex(other))
    answer = driver.session.push([here, awaited], **inline(picture)).json()["data"]
    assert [each["outcome"] for each in answer["results"]] == ["applied"] * 2
    assert answer["missing_blobs"] == [sha256_hex(other)]
    photo = DayPerson(server, "technician").record("photo", here["payload"]["photo_id"])
    assert (photo["caption"], photo["actor_name"], photo["machine_id"]) == (
        "after filling", "Driver07", "m1",
    )  # fmt: skip
    well(server)
    answer = driver.session.push([here, awaited], **inline(other)).json()["data"]
    assert answer["missing_blobs"] == []
    with server.database.read() as connection:
        bodies = set(connection.scalars(select(tables.blob.c.body)))
        assert connection.scalar(select(tables.blob_expect.c.sha256)) is None
    assert {picture, other} <= bodies
    well(server)
    drawn = b"\x89PNG signature"
    event = driver.visited(signature={"name": "Front desk", "sha256": sha256_hex(drawn)})
    answer = driver.session.push([event]).json()["data"]
    assert answer["missing_blobs"] == [sha256_hex(drawn)]
    well(server)
    assert driver.session.push([event], **inline(drawn)).json()["data"]["missing_blobs"] == []
    well(server)


def test_a_picture_that_is_a_report_too_completes_the_read(
    server: LocalServer, driver: DayPerson
) -> None:
    raw = raw_report()
    read = driver.stream.read("m1", raw)
    driver.stream.blobs.clear()
    photo = driver.photo(sha256_hex(raw))
    assert driver.push(read, photo) == [APPLIED] * 2
    assert driver.push(driver.photo(sha256_hex(raw)), **inline(raw)) == [APPLIED]
    record = driver.record("read", read["payload"]["read_id"])
    assert (record["serial_number"], record["counters"]) == ("SER1", {"ID401": 2})
    well(server)


def test_what_makes_no_sense_is_kept_and_changes_nothing(
    server: LocalServer, driver: DayPerson
) -> None:
    line = {"slot": "A1"}
    events = [
        driver.visited("no-such-machine"),
        driver.photo("0" * 64, "no-such-machine"),
        driver.visited(arrived_at="soon"),
        driver.visited(finished_at="2026-13-01"),
        driver.visited(seconds=-1),
        driver.visited(tasks=["sleep"]),
        driver.visited(lines=[line | {"filled": -1}]),
        driver.visited(lines=[line | {"filled": 2**63}]),
        driver.visited(lines=[line | {"after": "5"}]),
        driver.visited(lines=[line | {"expiry": "2026-02-30"}]),
        driver.visited(lines=[line | {"cabinet": 0}]),
        driver.visited(lines=[line | {"spoiled": [{"units": 0, "reason": "other"}]}]),
        driver.visited(lines=[line | {"spoiled": [{"units": 1, "reason": "eaten"}]}]),
        driver.visited(lines=[{"slot": ""}]),
        driver.visited(lines=[line] * 1001),
        driver.visited(cash={"bag": ""}),
        driver.visited(cash={"bag": "B-9", "counted": -1}),
        driver.visited(cash={"bag": "B-9", "counted": 1.0}),
        driver.visited(signature={"name": "x", "sha256": "no"}),
        driver.amended("v1", at="later"),
        driver.amended("v1", reason=""),
        driver.amended("v1", lines=[line | {"expiry": "9999-99-99"}]),
        driver.photo("0" * 63),
        driver.photo("0" * 64, width=0),
        driver.photo("0" * 64, mime="text/html"),
        driver.photo("0" * 64, subject="me"),
    ]
    outcomes = driver.push(*events)
    assert outcomes[:2] == [("quarantined", "machine_unknown")] * 2
    assert outcomes[2:] == [("rejected", "payload_invalid")] * (len(events) - 2)
    assert not driver.records("visit")
    assert not driver.records("photo")
    used = driver.collected("B-9")
    assert driver.push(used) == [APPLIED]
    assert visit_of(driver, used).flags == ()
    well(server)


def test_ids_numbers_and_bags_of_every_kind(server: LocalServer, driver: DayPerson) -> None:
    events = [
        driver.marked("done", run="same"),
        driver.loaded(load_id="same"),
        driver.counted(count_id="same"),
        driver.visited(visit_id="same"),
        driver.photo("0" * 64, photo_id="same", visit_id="same"),
        driver.amended("same", amendment_id="same"),
    ]
    for event in events:
        event["grp"] = "same"
    assert driver.push(*events) == [APPLIED] * 6
    kinds = ("run_progress", "load", "truck_count", "visit", "photo")
    assert all("same" in driver.records(kind) for kind in kinds)
    well(server)
    most = 2**63 - 1
    line = {"slot": "A1", "filled": most, "after": most, "price": -most, "par": most}
    event = driver.visited(seconds=most, planogram_version=most, lines=[line])
    bags = [driver.collected("\ufdfa" * 64), driver.collected("\U0001d504" * 64, "m2")]
    assert driver.push(event, *bags) == [APPLIED] * 3
    assert visit_of(driver, event).lines[0].after == most
    assert [visit_of(driver, each).flags for each in bags] == [(), ()]
    well(server)


def test_a_visit_never_grows_beyond_what_a_laptop_takes_and_loses_nothing(
    server: LocalServer, driver: DayPerson
) -> None:
    large = [{"slot": f"{n}", "product_id": "p" * 64} for n in range(1000)]
    event = driver.visited(lines=large)
    assert driver.push(event) == [APPLIED]
    visit_id = event["payload"]["visit_id"]
    outcomes = driver.push(driver.amended(visit_id, lines=large), driver.amended(visit_id))
    assert outcomes == [("quarantined", "record_too_large"), APPLIED]
    answer = driver.session.pull(limit_bytes=4 * 1024 * 1024).json()["data"]["rows"]
    (told,) = [row["d"] for row in answer if row["k"] == "visit"]
    visit = VisitRecord.model_validate(told)
    assert len(visit.model_dump_json()) < MAX_RECORD_BYTES
    assert len(visit.amendments) == 1
    giant = [{"slot": f"{n}", "product_id": "\x01" * 64} for n in range(1000)]
    assert driver.push(driver.visited(lines=giant)) == [("quarantined", "record_too_large")]
    well(server)


def test_the_self_check_finds_what_is_bent(server: LocalServer, driver: DayPerson) -> None:
    picture = b"\xff\xd8 small"
    signed = {"name": "Front desk", "sha256": sha256_hex(b"never sent")}
    events = [driver.collected("B-1", signature=signed), driver.photo(sha256_hex(picture))]
    assert driver.push(*events, **inline(picture)) == [APPLIED] * 2
    well(server)
    for damage, word in (
        ("UPDATE bag_use SET visit_id = 'another'", "not rightly flagged"),
        ("DELETE FROM bag_use", "belongs to nobody"),
        ("DELETE FROM blob", "its picture"),
        ("DELETE FROM blob_expect", "its signature"),
    ):
        with server.database.write() as connection:
            connection.exec_driver_sql(damage)
            problems = self_check(connection).problems
        assert any(word in problem for problem in problems), (damage, problems)
