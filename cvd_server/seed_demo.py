"""Fill a database with the sample operator; doing it again adds what is new and doubles nothing."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from argon2 import PasswordHasher
from sqlalchemy import Column, Connection, func, select

from cvd_server import tables
from cvd_server.bag_book import BagBook, bag_of
from cvd_server.blobs import blob_row
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.clock import from_wire, to_wire
from cvd_server.database import Database, chunks, insert_many
from cvd_server.people import create_operator, create_user, set_password
from cvd_server.records import KINDS
from cvd_shared.canonical import sha256_hex
from cvd_shared.permissions import Role
from cvd_shared.sample_history import SampleRead
from cvd_shared.sample_past import Past
from cvd_shared.sample_reads import read_record
from cvd_shared.wire_records import (
    LoadRecord,
    MachineRecord,
    Record,
    RouteRecord,
    TruckCountRecord,
    VisitRecord,
)

_GRANTED_FROM = "2000-01-01T00:00:00.000Z"


class SampleUser(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def full_name(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def route_numbers(self) -> Sequence[str]: ...


class Sample(Protocol):
    """What is needed of `cvd_shared.sample_operator.SampleOperator`."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def users(self) -> Sequence[SampleUser]: ...
    @property
    def user_ids(self) -> Mapping[str, str]: ...
    @property
    def locations(self) -> Sequence[Record]: ...
    @property
    def routes(self) -> Sequence[RouteRecord]: ...
    @property
    def machines(self) -> Sequence[MachineRecord]: ...
    @property
    def products(self) -> Sequence[Record]: ...
    @property
    def planograms(self) -> Sequence[Record]: ...
    @property
    def runs(self) -> Sequence[Record]: ...
    @property
    def past(self) -> Past: ...
    @property
    def tickets(self) -> Sequence[Record]: ...
    @property
    def reads(self) -> Sequence[SampleRead]: ...
    @property
    def visits(self) -> Sequence[VisitRecord]: ...
    @property
    def loads(self) -> Sequence[LoadRecord]: ...
    @property
    def truck_counts(self) -> Sequence[TruckCountRecord]: ...
    @property
    def due_rules(self) -> Sequence[Record]: ...
    @property
    def product_pictures(self) -> Sequence[Record]: ...


@dataclass(frozen=True)
class SeedReport:
    """As `cvd-server seed-demo --json` prints it."""

    users: list[dict[str, str]]
    machines: list[dict[str, str | None]]

    def as_json(self) -> dict[str, object]:
        return {"users": self.users, "machines": self.machines}


def demo_password(name: str) -> str:
    """Known to everybody, for demonstrations on this computer only."""
    return f"{name}-demo-2468"


def seed(
    database: Database,
    sample: Sample,
    hasher: PasswordHasher,
    now: str,
    *,
    secret_passwords: bool = False,
) -> SeedReport:
    """Loads the sample in one transaction. `secret_passwords`: random ones, new each time."""
    passwords = {
        user.name: secrets.token_urlsafe(12) if secret_passwords else demo_password(user.name)
        for user in sample.users
    }
    numbers = {route.id: route.number for route in sample.routes}
    _ = sample.reads, sample.visits, sample.loads  # played now: the transaction shall be short
    with database.write() as connection:
        _ensure_operator(connection, sample, now)
        new_reads = _new_reads(connection, sample)
        drivers = {route.id: route.driver_name for route in sample.routes}
        records = [
            read_record(read, machine, drivers.get(machine.route_id or "", ""))
            for read, machine in _with_machines(new_reads, sample.machines)
        ]
        _store_blobs(connection, sample.id, new_reads, now)
        with change_feed(connection, sample.id, now) as feed:
            feed.lock_master_data()
            for part in (
                *(sample.locations, sample.routes, sample.machines, sample.products),
                *(sample.product_pictures, sample.due_rules),
                *(sample.planograms, sample.runs, sample.past.runs, sample.past.progress, records),
            ):
                feed.put(part)
            there = feed.load("ticket", (ticket.id for ticket in sample.tickets))
            feed.put(ticket for ticket in sample.tickets if ticket.id not in there)
            _add_visits(feed, sample)
            _add_truck(feed, sample.loads)
            _add_truck(feed, sample.truck_counts)
            _ensure_users(feed, sample, hasher, passwords)
    return SeedReport(
        users=[
            {"name": user.name, "password": passwords[user.name], "role": str(user.role)}
            for user in sample.users
        ],
        machines=[
            {
                "asset_number": machine.asset_number,
                "route": numbers.get(machine.route_id) if machine.route_id else None,
            }
            for machine in sample.machines
        ],
    )


def _ensure_operator(connection: Connection, sample: Sample, now: str) -> None:
    table = tables.operator
    if connection.scalar(select(table.c.name).where(table.c.operator_id == sample.id)) is None:
        create_operator(connection, sample.name, sample.id, now)


def _ensure_users(
    feed: ChangeFeed, sample: Sample, hasher: PasswordHasher, passwords: Mapping[str, str]
) -> None:
    there = feed.load("user", sample.user_ids.values())
    route_ids = {route.number: route.id for route in sample.routes}
    for user in sample.users:
        user_id = sample.user_ids[user.name]
        if user_id in there:
            set_password(feed, hasher, user_id, passwords[user.name])
            continue
        create_user(
            feed,
            hasher,
            user_id=user_id,
            name=user.name,
            full_name=user.full_name,
            role=user.role,
            password=passwords[user.name],
            route_ids=[route_ids[number] for number in user.route_numbers],
            granted_from=_GRANTED_FROM,
        )


def _new_reads(connection: Connection, sample: Sample) -> list[SampleRead]:
    """Those after the newest that is there: a sample of another day plays its own history."""
    table = tables.read
    newest = _newest(connection, sample.id, table.c.machine_id, table.c.at)
    return [read for read in sample.reads if _moment(read.at) > newest.get(read.machine_id, "")]


def _newest(
    connection: Connection, operator_id: str, place: Column[str], at: Column[str]
) -> dict[str, str]:
    """The newest moment by machine or route."""
    rows = connection.execute(
        select(place, func.max(at))
        .where(place.table.c.operator_id == operator_id, place.is_not(None))
        .group_by(place)
    )
    return {row[0]: row[1] for row in rows}


def _add_visits(feed: ChangeFeed, sample: Sample) -> None:
    """Those after the newest that is there, as with the reads; their bags are used."""
    table = tables.visit
    newest = _newest(feed.connection, sample.id, table.c.machine_id, table.c.finished_at)
    new = [
        visit
        for visit in sample.visits
        if _moment(visit.finished_at) > newest.get(visit.machine_id, "")
    ]
    feed.put(new)
    book = BagBook(feed.connection, sample.id)
    bags = {bag_of(visit.cash): visit.id for visit in reversed(new) if visit.cash}
    book.look_up(bags)
    book.keep(bags, {(VisitRecord.KIND, visit.id) for visit in new})


def _add_truck(feed: ChangeFeed, facts: Sequence[LoadRecord] | Sequence[TruckCountRecord]) -> None:
    """Loads or counts after the newest that is there on their route."""
    if not facts:
        return
    table = KINDS[facts[0].KIND].table
    newest = _newest(feed.connection, feed.operator_id, table.c.route_id, table.c.at)
    feed.put(fact for fact in facts if _moment(fact.at) > newest.get(fact.route_id, ""))


def _moment(at: str) -> str:
    return to_wire(from_wire(at))


def _with_machines(
    reads: Iterable[SampleRead], machines: Iterable[MachineRecord]
) -> Iterable[tuple[SampleRead, MachineRecord]]:
    by_id = {machine.id: machine for machine in machines}
    return ((read, by_id[read.machine_id]) for read in reads)


def _store_blobs(
    connection: Connection, operator_id: str, reads: Iterable[SampleRead], now: str
) -> None:
    by_name = {sha256_hex(read.raw): read.raw for read in reads}
    for names in chunks(sorted(by_name)):
        rows = [blob_row(operator_id, name, by_name[name], None, now) for name in names]
        insert_many(connection, tables.blob, rows, on_conflict="skip")
