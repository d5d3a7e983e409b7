"""Work is judged by the routes of the day it was done; what is in doubt waits for a person."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from cvd_server import tables
from cvd_server.change_feed import change_feed
from cvd_server.replay import replay
from cvd_server.self_check import self_check
from cvd_shared.ids import IdMaker
from tests.support.day_people import AT, DayPerson
from tests.support.refused_events import refusals
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator

Make = Callable[[DayPerson], dict[str, Any]]

APPLIED = ("applied", None)
DOUBT = ("quarantined", "scope_doubt")
IN_TIME = "2026-01-20T09:00:00.000Z"  # the route was held from the new year to 1 February


def _read(person: DayPerson) -> dict[str, Any]:
    return person.stream.read("m1")


def _meters(person: DayPerson) -> dict[str, Any]:
    entry = str(uuid4())
    facts = {"entry_id": entry, "machine_id": "m1", "at": AT, "kind": "normal", "vends": 7}
    return person.event("meters.entered", "meter_entry", entry, **facts)


def _ticket(person: DayPerson) -> dict[str, Any]:
    ticket = str(uuid4())
    facts = {"ticket_id": ticket, "machine_id": "m1", "fault": "jam", "urgency": "low"}
    return person.event("ticket.opened", "ticket", ticket, **facts)


FACTS: dict[str, tuple[Make, str]] = {  # and the code of one who never held the route
    "read": (_read, "out_of_scope"),
    "meters": (_meters, "out_of_scope"),
    "ticket": (_ticket, "out_of_scope"),
    "visit": (lambda person: person.visited(), "out_of_scope"),
    "photo": (lambda person: person.photo("a" * 64), "out_of_scope"),
    "load": (lambda person: person.loaded(), "route_not_held"),
    "count": (lambda person: person.counted(), "route_not_held"),
    "mark": (lambda person: person.marked("done"), "route_not_held"),
}


def lose_route(server: LocalServer, user: str = "driver07") -> None:
    """The office gave the route to somebody else on 1 February."""
    grant = tables.scope_grant
    with server.database.write() as connection:
        connection.execute(
            grant.update()
            .where(grant.c.user_id == f"u-{user}", grant.c.scope == "route:r1")
            .values(to_at="2026-02-01T00:00:00.000Z")
        )


@pytest.fixture
def driver(server: LocalServer, small: SmallOperator) -> DayPerson:
    person = DayPerson(server, "driver07")
    lose_route(server)
    return person


def judged(person: DayPerson, op: dict[str, Any], occurred_at: str) -> tuple[str, str | None]:
    """Of this one event; whatever was refused is seen by the person and by the office."""
    op["occurred_at"] = occurred_at
    (outcome,) = person.push(op)
    return outcome


@pytest.mark.parametrize("kind", FACTS)
def test_a_fact_counts_by_the_day_it_was_recorded(
    server: LocalServer, driver: DayPerson, kind: str
) -> None:
    make, never = FACTS[kind]
    assert judged(driver, make(driver), IN_TIME) == APPLIED
    other = make(driver)
    if kind == "mark":  # whoever drove a part of a run may say the rest: ask about another run
        driver = DayPerson(server, "technician")
        lose_route(server, "technician")
        other = make(driver)
    after = judged(driver, other, "2026-02-10T09:00:00.000Z")
    before = judged(driver, make(driver), "2025-12-25T09:00:00.000Z")
    assert (after, before) == (DOUBT, DOUBT)
    long_after = judged(driver, make(driver), "2026-02-20T09:00:00.000Z")
    long_before = judged(driver, make(driver), "2025-12-01T09:00:00.000Z")
    assert {long_after, long_before} == {("quarantined", never)}
    codes = sorted(record["code"] for record in refusals(driver.session).values())
    assert codes == sorted([never, never, "scope_doubt", "scope_doubt"])
    assert len(refusals(server.session("manager"))) == 4
    with server.database.read() as connection:
        assert self_check(connection).problems == []


def test_a_clock_that_is_years_off_is_corrected_by_what_it_was_found_to_be_off(
    driver: DayPerson,
) -> None:
    years = 10 * 365 * 24 * 3600 * 1000
    op = _read(driver) | {"skew_ms": years}
    assert judged(driver, op, "2036-01-18T09:00:00.000Z") == APPLIED
    assert judged(driver, _read(driver), "2036-01-18T09:00:00.000Z")[1] == "out_of_scope"
    odd = [_read(driver) | {"skew_ms": skew} for skew in (-(2**53), 2**53, 2**80)]
    assert [judged(driver, op, "0001-01-01T00:00:00.000Z")[1] for op in odd] == ["out_of_scope"] * 3


def test_a_route_that_is_given_back_cures_the_doubt(server: LocalServer, driver: DayPerson) -> None:
    op = driver.visited()
    assert judged(driver, op, "2026-02-10T09:00:00.000Z") == DOUBT
    grant = tables.scope_grant
    with server.database.write() as connection:
        connection.execute(grant.update().values(to_at=None))
    assert replay(server.database, server.clock, IdMaker(server.clock)).applied == 1
    assert driver.record("visit", op["payload"]["visit_id"])["machine_id"] == "m1"


def test_a_command_needs_the_route_now(server: LocalServer, driver: DayPerson) -> None:
    """An order of stops, and giving a ticket to somebody, say how things shall be from now on."""
    assert judged(driver, driver.marked("arrived"), IN_TIME) == APPLIED
    assert judged(driver, driver.ordered("s1"), IN_TIME) == ("quarantined", "scope_lost")
    assert judged(driver, driver.marked("done"), IN_TIME) == APPLIED, "what was done is a fact"

    technician = DayPerson(server, "technician")
    ticket = _ticket(technician)
    assert technician.push(ticket) == [APPLIED]
    lose_route(server, "technician")
    record = ticket["payload"]["ticket_id"]

    def worked(state: str, **more: Any) -> dict[str, Any]:
        facts = {"ticket_id": record, "state": state} | more
        return technician.event("ticket.worked", "ticket", record, **facts)

    given = worked("assigned", assignee_id="u-technician")
    assert judged(technician, given, IN_TIME) == ("quarantined", "scope_lost")
    assert judged(technician, worked("in_progress", actions="cleaned"), IN_TIME) == APPLIED
    seen = {r["code"] for r in refusals(server.session("manager")).values()}
    assert seen == {"scope_lost"}
    assert {r["code"] for r in refusals(driver.session).values()} == {"scope_lost"}


def test_a_run_that_the_office_took_back_keeps_what_was_driven(
    server: LocalServer, small: SmallOperator
) -> None:
    """Work that was done beats what the office changed meanwhile."""
    driver = DayPerson(server, "driver07")
    now = server.services.now()
    with server.database.write() as connection, change_feed(connection, "op", now) as feed:
        feed.remove("run", ["run1"])
    assert driver.push(driver.marked("done"), driver.visited(run_id="run1")) == [APPLIED] * 2
    assert driver.records("run_progress")["run1"]["marks"][0]["state"] == "done"


def test_two_facts_that_disagree_are_both_kept(server: LocalServer, small: SmallOperator) -> None:
    first, second = DayPerson(server, "driver07"), DayPerson(server, "technician")
    one, two = _meters(first), _meters(second)
    two["payload"] = two["payload"] | {"vends": 9}
    assert first.push(one) + second.push(two) == [APPLIED] * 2
    assert sorted(each["vends"] for each in first.records("meter_entry").values()) == [7, 9]
    again = _meters(first)
    again["payload"] = again["payload"] | {"entry_id": one["payload"]["entry_id"]}
    again["entity"]["id"] = one["payload"]["entry_id"]
    assert first.push(again) == [("rejected", "meters_exist")], "nobody overwrites a fact"
    assert again["op_id"] in refusals(server.session("manager"))


def test_a_version_that_is_behind_refuses_no_field_work(
    server: LocalServer, small: SmallOperator
) -> None:
    driver = DayPerson(server, "driver07")
    assert driver.push(driver.visited() | {"base_ver": -4}) == [APPLIED]
