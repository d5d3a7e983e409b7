"""A day of many at once: one bag has one first user, no mark is lost, nobody waits for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.event import listen, remove

from tests.support.day_people import DayPerson, well
from tests.support.servers import LocalServer, local_server
from tests.support.small_operator import SmallOperator, seed_small_operator

PEOPLE = 6
ROUNDS = 4


@pytest.fixture
def postgres(migrated_postgres_url: str) -> Iterator[LocalServer]:
    with local_server(migrated_postgres_url) as server:
        yield server


@pytest.fixture
def operator(postgres: LocalServer) -> SmallOperator:
    return seed_small_operator(postgres.database)


def test_everybody_marks_the_same_runs_and_fills_the_same_bags(
    postgres: LocalServer, operator: SmallOperator
) -> None:
    people = [DayPerson(postgres, "manager") for _ in range(PEOPLE)]
    together = Barrier(PEOPLE)

    def work(number: int) -> None:
        person = people[number]
        for turn in range(ROUNDS):
            events = [
                person.marked("arrived", stop=f"s{number}-{turn}"),
                person.marked("done", run=f"new{turn}", stop=f"s{number}"),
                person.collected(f"B-{turn}", machine=f"m{1 + (number + turn) % 4}"),
                person.collected(f"B-{turn + ROUNDS}", machine=f"m{1 + number % 4}"),
            ]
            if number % 2:  # the other way round, so that they meet
                events[2], events[3] = events[3], events[2]
                events[2]["prev"], events[3]["prev"] = events[1]["op_id"], events[2]["op_id"]
                events[2]["seq"], events[3]["seq"] = events[3]["seq"], events[2]["seq"]
                person.stream.prev = events[3]["op_id"]
            together.wait()
            assert person.push(*events) == [("applied", None)] * 4

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(work, range(PEOPLE)))
    manager = DayPerson(postgres, "manager")
    assert len(manager.record("run_progress", "run1")["marks"]) == PEOPLE * ROUNDS
    for turn in range(ROUNDS):
        assert len(manager.record("run_progress", f"new{turn}")["marks"]) == PEOPLE
    visits = manager.records("visit").values()
    assert len(visits) == PEOPLE * ROUNDS * 2
    first = [visit["cash"]["bag"] for visit in visits if not visit["flags"]]
    assert sorted(first) == sorted(f"B-{number}" for number in range(ROUNDS * 2))
    well(postgres)


def test_a_larger_batch_asks_the_database_no_more_often(
    server: LocalServer, small: SmallOperator
) -> None:
    driver = DayPerson(server, "driver07")
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def statements(times: int, first_bag: int) -> int:
        events = [
            event
            for number in range(times)
            for event in (
                driver.marked("arrived"),
                driver.loaded(),
                driver.collected(f"B-{first_bag + number}"),
                driver.photo("0" * 64),
            )
        ]
        asked.clear()
        assert driver.push(*events) == [("applied", None)] * len(events)
        return len(asked)

    listen(server.database.engine, "before_cursor_execute", count)
    try:
        assert driver.push(driver.marked("arrived"), driver.visited()) == [("applied", None)] * 2
        assert statements(1, 100) >= statements(25, 200)
    finally:
        remove(server.database.engine, "before_cursor_execute", count)
    well(server)
