"""Many at once: no deadlock, nothing lost, and a fast reader never misses a row."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from cvd_server.change_feed import change_feed
from cvd_server.self_check import self_check
from cvd_shared.wire_records import MachineRecord, ProductRecord
from tests.support.field_events import EventStream
from tests.support.reading_device import ReadingDevice
from tests.support.servers import LocalServer, local_server
from tests.support.small_operator import SmallOperator, seed_small_operator

WRITERS = 8
BATCHES = 6
BATCH = 5


@pytest.fixture
def postgres(migrated_postgres_url: str) -> Iterator[LocalServer]:
    with local_server(migrated_postgres_url) as server:
        yield server


@pytest.fixture
def operator(postgres: LocalServer) -> SmallOperator:
    return seed_small_operator(postgres.database)


def deadlocks(server: LocalServer) -> int:
    with server.database.read() as connection:
        return int(
            connection.scalar(
                text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            )
        )


def test_writers_on_shared_machines_while_the_office_moves_them_and_readers_follow(
    postgres: LocalServer, operator: SmallOperator
) -> None:
    writers = [postgres.session("manager") for _ in range(WRITERS)]
    readers = [ReadingDevice(postgres.session("manager")) for _ in range(2)]
    done = threading.Event()

    def write(number: int) -> int:
        choice = random.Random(number)
        stream = EventStream("u-manager")
        for _ in range(BATCHES):
            machines = [choice.choice(["m1", "m2", "m3", "m4"]) for _ in range(BATCH)]
            ops = [stream.read(machine) for machine in machines]
            for _ in range(2):  # every batch twice: the second is a late copy
                answer = writers[number].push(ops, inline_blobs=stream.blobs)
                assert answer.status_code == 200, answer.text
            stream.blobs.clear()
        return stream.seq

    def move() -> None:
        routes = ["r2", None, "r1"]
        count = 0
        while not done.is_set():
            count += 1
            record = MachineRecord(
                id="m1", asset_number="A-1", location_id="l1", route_id=routes[count % 3]
            )
            with (
                postgres.database.write() as connection,
                change_feed(connection, operator.operator_id, f"2026-03-02T{count:08}") as feed,
            ):
                feed.lock_master_data()
                feed.put([record])

    def follow(reader: ReadingDevice) -> None:
        while not done.is_set():
            reader.catch_up(limit_rows=3)

    with ThreadPoolExecutor(WRITERS + 3) as pool:
        following = [pool.submit(follow, reader) for reader in readers]
        moving = pool.submit(move)
        try:
            sent = sum(pool.map(write, range(WRITERS)))
        finally:
            done.set()
        for job in (*following, moving):
            job.result()
    assert deadlocks(postgres) == 0
    with postgres.database.read() as connection:
        report = self_check(connection)
    assert report.problems == []
    assert report.events["applied"] == sent == WRITERS * BATCHES * BATCH
    fresh = ReadingDevice(postgres.session("manager"))
    fresh.catch_up()
    assert len(fresh.ids("read")) == sent
    for reader in readers:
        reader.catch_up()
        assert reader.rows == fresh.rows
        assert reader.resets == 0


def test_a_later_number_is_never_seen_before_an_earlier_one(
    postgres: LocalServer, operator: SmallOperator
) -> None:
    """The race that loses rows with a sequence or a time stamp: the earlier writer is slower."""
    reader = ReadingDevice(postgres.session("driver07"))
    reader.catch_up()
    second_began = threading.Event()

    def second() -> None:
        with (
            postgres.database.write() as connection,
            change_feed(connection, operator.operator_id, "2026-03-02T08:00:02.000Z") as feed,
        ):
            feed.put([ProductRecord(id="second", sku="2", name="second")])
            second_began.set()

    with ThreadPoolExecutor(1) as pool:
        with postgres.database.write() as connection:
            with change_feed(connection, operator.operator_id, "2026-03-02T08:00:01.000Z") as feed:
                feed.put([ProductRecord(id="first", sku="1", name="first")])
            # The first has its number and is not committed; the second waits for its own.
            job = pool.submit(second)
            assert second_began.wait(10)
            reader.catch_up()
            assert not reader.ids("product") & {"first", "second"}
        job.result()
    numbers = reader.session.pull(reader.cursors).json()["data"]["rows"]
    assert [row["i"] for row in numbers] == ["first", "second"]
    reader.catch_up()


def test_the_same_events_through_two_incarnations_at_once_count_once(
    postgres: LocalServer, operator: SmallOperator
) -> None:
    original, clone = postgres.session("driver07"), postgres.session("driver07")
    stream = EventStream("u-driver07")
    ops = [stream.read("m1") for _ in range(20)]
    start = threading.Barrier(2)

    def push(number: int) -> list[str]:
        start.wait(10)
        answer = (original, clone)[number].push(ops, inline_blobs=stream.blobs)
        assert answer.status_code == 200, answer.text
        return [result["outcome"] for result in answer.json()["data"]["results"]]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(push, range(2))
    assert sorted([*first, *second]) == ["applied"] * 20 + ["duplicate"] * 20
    with postgres.database.read() as connection:
        report = self_check(connection)
    assert (report.problems, report.events["applied"], report.events["duplicate"]) == ([], 20, 20)


def test_people_who_work_on_the_same_tickets_at_once_lose_no_work(
    postgres: LocalServer, operator: SmallOperator
) -> None:
    people = [postgres.session(name) for name in ("technician", "manager") * 3]
    opened = EventStream("u-manager")
    tickets = [f"t{number}" for number in range(3)]
    facts = {"machine_id": "m1", "fault": "Gives no change", "urgency": "high"}
    opening = [
        opened.event("ticket.opened", facts | {"ticket_id": each}, {"kind": "ticket", "id": each})
        for each in tickets
    ]
    assert postgres.session("manager").push(opening).status_code == 200

    def work(number: int) -> int:
        choice = random.Random(number)
        stream = EventStream(people[number].user_id)
        for _ in range(BATCHES):
            ops = []
            for ticket_id in choice.sample(tickets, len(tickets)):
                payload = {
                    "ticket_id": ticket_id,
                    "state": choice.choice(["in_progress", "waiting_for_parts", "resolved"]),
                    "assignee_id": choice.choice([None, "u-technician", "u-manager"]),
                }
                entity = {"kind": "ticket", "id": ticket_id}
                ops.append(stream.event("ticket.worked", payload, entity))
            answer = people[number].push(ops)
            assert answer.status_code == 200, answer.text
            assert {each["outcome"] for each in answer.json()["data"]["results"]} == {"applied"}
        return stream.seq

    with ThreadPoolExecutor(len(people)) as pool:
        sent = sum(pool.map(work, range(len(people))))
    assert deadlocks(postgres) == 0
    rows = postgres.session("manager").pull().json()["data"]["rows"]
    kept = {
        work["id"]
        for row in rows
        if row["k"] == "ticket" and row["op"] == "put"
        for work in row["d"]["work"]
    }
    assert len(kept) == sent
    with postgres.database.read() as connection:
        assert self_check(connection).problems == []
