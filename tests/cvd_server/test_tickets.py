"""Tickets and their work, writes and meters: kept whole, seen by whom they concern, never lost."""

import json
from typing import Any
from uuid import uuid4

import pytest

from cvd_server.change_feed import change_feed
from cvd_server.event_handlers import MAX_TICKET_BYTES, MAX_WORKS
from cvd_shared.wire_records import MachineRecord
from tests.support.field_events import EventStream
from tests.support.server_answers import assert_sound
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator

OPENED = {
    "fault": "Does not take notes", "urgency": "high", "event_codes": ["ENA"], "note": "torn note",
}  # fmt: skip


class Person:
    """One laptop of one person, whose events go out one by one."""

    def __init__(self, server: LocalServer, name: str) -> None:
        self.session: Session = server.session(name)
        self.stream = EventStream(self.session.user_id)

    def push(self, *events: dict[str, Any]) -> list[tuple[str, str | None]]:
        answer = self.session.push(list(events))
        assert answer.status_code == 200, answer.text
        return [(r["outcome"], r["code"]) for r in answer.json()["data"]["results"]]

    def opened(self, machine_id: str = "m1", **changes: Any) -> dict[str, Any]:
        payload = OPENED | {"ticket_id": str(uuid4()), "machine_id": machine_id} | changes
        entity = {"kind": "ticket", "id": payload["ticket_id"]}
        return self.stream.event("ticket.opened", payload, entity)

    def worked(self, ticket_id: str, state: str, at: str = "10:00", **more: Any) -> dict[str, Any]:
        return self.stream.event(
            "ticket.worked",
            {"ticket_id": ticket_id, "state": state} | more,
            {"kind": "ticket", "id": ticket_id},
            occurred_at=f"2026-03-01T{at}:00.000Z",
        )

    def fact(self, type_: str, kind_: str, id_field: str, **payload: Any) -> dict[str, Any]:
        record_id = str(uuid4())
        entity = {"kind": kind_, "id": record_id}
        return self.stream.event(type_, {id_field: record_id} | payload, entity)

    def written(self, **changes: Any) -> dict[str, Any]:
        change = {"what": "price", "selection": "10", "before": "150", "after": "175",
                  "outcome": "accepted"}  # fmt: skip
        facts = {"at": "2026-03-02T07:30:00.000Z", "link": "dexucs", "adapter": "Known cable",
                 "machine_id": "m1", "changes": [change], "answer": {"ok": True}}  # fmt: skip
        return self.fact("machine.written", "machine_write", "write_id", **(facts | changes))

    def meters(self, **changes: Any) -> dict[str, Any]:
        facts = {"machine_id": "m1", "at": "2026-03-02T07:30:00.000Z", "kind": "normal",
                 "vends": 812, "value": 121_800, "selections": {"10": 812}}  # fmt: skip
        return self.fact("meters.entered", "meter_entry", "entry_id", **(facts | changes))

    def record(self, kind: str, record_id: str) -> dict[str, Any] | None:
        rows = self.session.pull().json()["data"]["rows"]
        found = [r for r in rows if (r["k"], r["i"], r["op"]) == (kind, record_id, "put")]
        assert len({str(row["d"]) for row in found}) <= 1
        return found[0]["d"] if found else None

    def ticket(self, ticket_id: str) -> dict[str, Any]:
        found = self.record("ticket", ticket_id)
        assert found is not None
        return found


@pytest.fixture
def driver(server: LocalServer, small: SmallOperator) -> Person:
    return Person(server, "driver07")


@pytest.fixture
def technician(server: LocalServer, small: SmallOperator) -> Person:
    return Person(server, "technician")


def test_a_driver_opens_a_ticket_and_a_technician_does_the_work(
    server: LocalServer, driver: Person, technician: Person
) -> None:
    event = driver.opened()
    ticket_id = event["payload"]["ticket_id"]
    assert driver.push(event) == [("applied", None)]
    told = technician.ticket(ticket_id)
    assert told["state"] == "open"
    assert told["opened_by"] == "Driver07"
    assert told["event_codes"] == ["ENA"]
    part = {"name": "Belt", "number": "B-7", "quantity": 2}
    works = [
        technician.worked(ticket_id, "in_progress", "08:00", arrived_at="2026-03-02T07:50:00Z"),
        technician.worked(
            ticket_id,
            "resolved",
            "08:40",
            outcome="Takes notes",
            actions="New belt",
            parts=[part],
            seconds_on_site=3000,
        ),
    ]
    assert technician.push(*works) == [("applied", None)] * 2
    after = driver.ticket(ticket_id)
    assert (after["state"], after["assignee_name"]) == ("resolved", "Technician")
    assert after["assignee_id"] == technician.session.user_id
    assert [work["state"] for work in after["work"]] == ["in_progress", "resolved"]
    assert after["work"][1]["parts"] == [part]
    assert after["work"][1]["by"] == "Technician"
    assert_sound(server)


def test_opened_and_worked_in_one_push(server: LocalServer, technician: Person) -> None:
    event = technician.opened()
    ticket_id = event["payload"]["ticket_id"]
    both = technician.push(event, technician.worked(ticket_id, "resolved", outcome="done"))
    assert both == [("applied", None)] * 2
    assert technician.ticket(ticket_id)["state"] == "resolved"
    assert_sound(server)


def test_two_people_at_once_both_keep_their_work_and_the_later_one_says_the_state(
    server: LocalServer, driver: Person, technician: Person
) -> None:
    manager = Person(server, "manager")
    event = driver.opened()
    ticket_id = event["payload"]["ticket_id"]
    driver.push(event)
    # the later work arrives first
    late = technician.worked(ticket_id, "waiting_for_parts", "11:00", actions="ordered")
    early = manager.worked(ticket_id, "resolved", "10:00", actions="switched off and on")
    assert technician.push(late) == manager.push(early) == [("applied", None)]
    ticket = driver.ticket(ticket_id)
    assert [work["actions"] for work in ticket["work"]] == ["switched off and on", "ordered"]
    assert ticket["state"] == "waiting_for_parts"
    assert_sound(server)


def test_a_closed_ticket_stays_closed_and_keeps_what_was_done_later(
    server: LocalServer, technician: Person
) -> None:
    event = technician.opened()
    ticket_id = event["payload"]["ticket_id"]
    events = (
        event,
        technician.worked(ticket_id, "closed", "09:00"),
        technician.worked(ticket_id, "in_progress", "10:00", actions="looked again"),
    )
    assert technician.push(*events) == [("applied", None)] * 3
    ticket = technician.ticket(ticket_id)
    assert ticket["state"] == "closed"
    assert ticket["work"][1]["actions"] == "looked again"


def test_a_clock_that_is_ahead_does_not_have_the_last_word_for_ever(
    server: LocalServer, technician: Person
) -> None:
    event = technician.opened()
    ticket_id = event["payload"]["ticket_id"]
    ahead = technician.worked(ticket_id, "waiting_for_parts")
    ahead["occurred_at"] = "2036-01-01T00:00:00.000Z"
    assert technician.push(event, ahead) == [("applied", None)] * 2
    assert technician.ticket(ticket_id)["work"][0]["at"] == "2026-03-02T08:00:00.000Z"
    server.clock.move(minutes=5)
    manager = Person(server, "manager")
    later = manager.worked(ticket_id, "resolved")
    later["occurred_at"] = "2026-03-02T08:04:00.000Z"
    assert manager.push(later) == [("applied", None)]
    assert technician.ticket(ticket_id)["state"] == "resolved"


def test_a_ticket_goes_to_its_assignee_wherever_his_routes_are(
    server: LocalServer, technician: Person
) -> None:
    manager = Person(server, "manager")
    event = manager.opened("m3")  # on a route that the technician does not hold
    ticket_id = event["payload"]["ticket_id"]
    assert manager.push(event) == [("applied", None)]
    assert technician.record("ticket", ticket_id) is None
    refused = technician.worked(ticket_id, "in_progress")
    assert technician.push(refused) == [("quarantined", "out_of_scope")]
    given = manager.worked(ticket_id, "assigned", assignee_id=technician.session.user_id)
    assert manager.push(given) == [("applied", None)]
    assert technician.ticket(ticket_id)["assignee_name"] == "Technician"
    assert technician.push(technician.worked(ticket_id, "resolved", "12:00")) == [("applied", None)]
    taken_back = manager.worked(ticket_id, "assigned", "13:00", assignee_id="u-manager")
    assert manager.push(taken_back) == [("applied", None)]
    assert technician.record("ticket", ticket_id) is None
    assert_sound(server)


def test_who_may_do_what(server: LocalServer, driver: Person, technician: Person) -> None:
    event = driver.opened()
    ticket_id = event["payload"]["ticket_id"]
    events = (event, driver.worked(ticket_id, "resolved"), driver.written(), driver.meters())
    assert driver.push(*events) == [
        ("applied", None),
        ("quarantined", "not_allowed"),
        ("quarantined", "not_allowed"),
        ("applied", None),
    ]
    facts = (technician.written(), technician.meters(), technician.opened("m3"))
    assert technician.push(*facts) == [
        ("applied", None),
        ("applied", None),
        ("quarantined", "out_of_scope"),
    ]
    assert_sound(server)


def test_what_makes_no_sense_is_kept_and_changes_nothing(
    server: LocalServer, technician: Person
) -> None:
    event = technician.opened()
    ticket_id = event["payload"]["ticket_id"]
    stranger = {"assignee_id": "x-u-technician"}
    events = [
        event,
        technician.worked("no-such-ticket", "resolved"),
        technician.worked(ticket_id, "assigned", **stranger),
        technician.worked(ticket_id, "resolved", left_at="soon"),
        technician.worked(ticket_id, "open"),
        technician.worked(ticket_id, "resolved", seconds_on_site=2**63),
        technician.worked(ticket_id, "resolved", parts=[{"name": "x", "quantity": 0}]),
        technician.opened(ticket_id=ticket_id),
        technician.opened(fault=""),
        technician.opened(urgency="yesterday"),
        technician.opened("no-such-machine"),
        technician.meters(vends=-1),
        technician.meters(kind="guessed"),
        technician.meters(selections={"10": True}),
        technician.written(changes=[]),
        technician.written(link="file"),
        technician.written(at="never"),
    ]
    outcomes = technician.push(*events)
    assert outcomes[1:3] == [("quarantined", "ticket_unknown"), ("quarantined", "person_unknown")]
    assert outcomes[7] == ("rejected", "ticket_exists")
    assert outcomes[10] == ("quarantined", "machine_unknown")
    others = outcomes[3:7] + outcomes[8:10] + outcomes[11:]
    assert others == [("rejected", "payload_invalid")] * 12
    assert technician.ticket(ticket_id)["work"] == []
    assert_sound(server)


def test_a_write_is_kept_with_who_when_before_and_after(
    server: LocalServer, technician: Person
) -> None:
    event = technician.written()
    again = technician.written(write_id=event["payload"]["write_id"])
    again["entity"]["id"] = event["payload"]["write_id"]
    assert technician.push(event, again) == [("applied", None), ("rejected", "write_exists")]
    record = technician.record("machine_write", event["payload"]["write_id"])
    assert record is not None
    assert (record["actor_name"], record["adapter"]) == ("Technician", "Known cable")
    (change,) = record["changes"]
    assert (change["before"], change["after"], change["outcome"]) == ("150", "175", "accepted")
    assert_sound(server)


def test_a_write_to_a_machine_that_nobody_knows_stays_with_the_person_and_the_office(
    server: LocalServer, technician: Person
) -> None:
    event = technician.written(machine_id=None, asset_number="Z-9")
    assert technician.push(event) == [("applied", None)]
    write_id = event["payload"]["write_id"]
    assert technician.record("machine_write", write_id) is not None
    assert Person(server, "manager").record("machine_write", write_id) is not None
    assert Person(server, "driver07").record("machine_write", write_id) is None
    assert_sound(server)


def test_what_stands_on_a_machine_moves_with_it(
    server: LocalServer, technician: Person, driver: Person
) -> None:
    events = (technician.opened(), technician.written(), technician.meters())
    assert technician.push(*events) == [("applied", None)] * 3
    keys = [(event["entity"]["kind"], event["entity"]["id"]) for event in events]
    assert all(driver.record(*key) for key in keys)
    with (
        server.database.write() as connection,
        change_feed(connection, "op", server.services.now()) as feed,
    ):
        feed.lock_master_data()
        machine = MachineRecord.model_validate(dict(feed.load("machine", ["m1"])["m1"]))
        feed.put([machine.model_copy(update={"route_id": "r2"})])
    assert not any(driver.record(*key) for key in keys)
    other = Person(server, "driver08")
    assert all(other.record(*key) for key in keys)
    assert_sound(server)


def test_a_ticket_holds_much_work_and_not_any_amount(
    server: LocalServer, technician: Person
) -> None:
    event = technician.opened()
    ticket_id = event["payload"]["ticket_id"]
    works = [technician.worked(ticket_id, "in_progress") for _ in range(MAX_WORKS - 1)]
    assert set(technician.push(event, *works)) == {("applied", None)}
    last = [technician.worked(ticket_id, "resolved", f"11:0{n}") for n in range(2)]
    assert technician.push(*last) == [("applied", None), ("quarantined", "ticket_full")]
    assert len(technician.ticket(ticket_id)["work"]) == MAX_WORKS
    assert_sound(server)


def test_a_ticket_never_grows_beyond_what_a_laptop_takes_in_one_answer(
    server: LocalServer, technician: Person
) -> None:
    event = technician.opened()
    ticket_id = event["payload"]["ticket_id"]
    part = {"name": "\x01" * 200, "number": "\x01" * 100, "quantity": 1}  # six bytes each in JSON

    def longest() -> dict[str, Any]:
        said = {"actions": "\x01" * 4000, "outcome": "\x01" * 2000, "parts": [part] * 100}
        return technician.worked(ticket_id, "in_progress", **said)

    outcomes = technician.push(event, longest(), longest(), longest())
    assert outcomes == [("applied", None)] * 3 + [("quarantined", "ticket_full")]
    short = technician.worked(ticket_id, "resolved", "11:00", outcome="done")
    assert technician.push(short) == [("applied", None)]
    rows = technician.session.pull(limit_bytes=4 * 1024 * 1024).json()["data"]["rows"]
    tickets = [row["d"] for row in rows if row["k"] == "ticket"]
    assert [ticket["state"] for ticket in tickets] == ["resolved"] * 2  # on the route, and his own
    assert all(len(json.dumps(ticket)) < MAX_TICKET_BYTES for ticket in tickets)
    assert_sound(server)
