"""Where each kind of record is kept, and in which scopes of the change feed it is seen.

A record's scopes follow from its own row and from where its machine or location stands; nobody
stores them. To add a kind: 1. its model in cvd_shared/wire_records.py; 2. its table in tables.py
and a migration; 3. its line in `KINDS` with its scopes; if they depend on a machine,
`by_machine=True` makes it move with the machine. A completeness test names the forgotten step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Table

from cvd_server import tables
from cvd_shared.wire_records import (
    DueRulesRecord,
    LoadRecord,
    LocationRecord,
    MachineRecord,
    MachineWriteRecord,
    MeterEntryRecord,
    PhotoRecord,
    PlanogramRecord,
    ProductPictureRecord,
    ProductRecord,
    ReadRecord,
    Record,
    RefusalRecord,
    RouteRecord,
    RunProgressRecord,
    RunRecord,
    TicketRecord,
    TruckCountRecord,
    UserRecord,
    VisitRecord,
)

Row = Mapping[str, Any]
RecordT = TypeVar("RecordT", bound=Record)

ORG = "org"  # what everybody of the operator may see
CATALOG = "catalog"
OFFICE = "office"  # what only those see who may see all routes


def route_scope(route_id: str | None) -> str:
    """The home scope of a machine on this route, or on none."""
    return ORG if route_id is None else f"route:{route_id}"


def own_scope(user_id: str) -> str:
    return f"me:{user_id}"


@dataclass
class Homes:
    """Scopes of the machines and locations that the rows at hand stand on."""

    machines: dict[str, str] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=dict)

    def of_machine(self, machine_id: str) -> str:
        return self.machines.get(machine_id, ORG)


@dataclass(frozen=True)
class Kind:
    model: type[Record]
    table: Table
    scopes: Callable[[Row, Homes], tuple[str, ...]]
    by_machine: bool = False
    terse: bool = False  # its parts are kept and sent without what is as by default

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that travel."""
        return tuple(self.model.model_fields)

    def row_of(self, record: Record) -> dict[str, Any]:
        """The columns that travel, as JSON. A line of a visit has many figures and says few."""
        row = record.model_dump(mode="json")
        return row | record.model_dump(mode="json", exclude_defaults=True) if self.terse else row


def known(model: type[RecordT], row: Row) -> RecordT:
    """The record that a row holds."""
    return model.model_validate({name: row[name] for name in model.model_fields})


def _machine_scopes(row: Row, homes: Homes) -> tuple[str, ...]:
    return (homes.of_machine(row["machine_id"]),)


def _scopes_of_fact(row: Row, homes: Homes) -> tuple[str, ...]:
    """Where its machine stands; without one, with the person and the office."""
    if row["machine_id"] is not None:
        return (homes.of_machine(row["machine_id"]),)
    return (own_scope(row["actor_id"]), OFFICE)


def _ticket_scopes(row: Row, homes: Homes) -> tuple[str, ...]:
    """Where its machine stands, and with whoever has it: that may not be one of his routes."""
    home = homes.of_machine(row["machine_id"])
    assignee = row["assignee_id"]
    return (home,) if assignee is None else (home, own_scope(assignee))


def _route_scopes(row: Row, _homes: Homes) -> tuple[str, ...]:
    return (route_scope(row["route_id"]),)


def _progress_scopes(row: Row, _homes: Homes) -> tuple[str, ...]:
    """With its run; while nobody knows that, with whoever recorded it and the office."""
    if row["route_id"]:
        return (route_scope(row["route_id"]),)
    return (*(own_scope(user_id) for user_id in row["actor_ids"]), OFFICE)


KINDS: dict[str, Kind] = {
    kind.model.KIND: kind
    for kind in (
        Kind(LocationRecord, tables.location, lambda row, homes: (homes.locations[row["id"]],)),
        Kind(RouteRecord, tables.route, lambda _row, _homes: (ORG,)),
        Kind(MachineRecord, tables.machine, _route_scopes),
        Kind(ProductRecord, tables.product, lambda _row, _homes: (CATALOG,)),
        Kind(PlanogramRecord, tables.planogram, _machine_scopes, by_machine=True),
        Kind(ProductPictureRecord, tables.product_picture, lambda _row, _homes: (CATALOG,)),
        Kind(RunRecord, tables.run, _route_scopes),
        Kind(RunProgressRecord, tables.run_progress, _progress_scopes, terse=True),
        Kind(LoadRecord, tables.load, _route_scopes),
        Kind(TruckCountRecord, tables.truck_count, _route_scopes),
        Kind(ReadRecord, tables.read, _scopes_of_fact, by_machine=True),
        Kind(MachineWriteRecord, tables.machine_write, _scopes_of_fact, by_machine=True),
        Kind(TicketRecord, tables.ticket, _ticket_scopes, by_machine=True),
        Kind(MeterEntryRecord, tables.meter_entry, _machine_scopes, by_machine=True),
        Kind(VisitRecord, tables.visit, _machine_scopes, by_machine=True, terse=True),
        Kind(PhotoRecord, tables.photo, _machine_scopes, by_machine=True),
        Kind(
            RefusalRecord,
            tables.refusal,
            lambda row, _homes: (own_scope(row["user_id"]), OFFICE),
        ),
        Kind(DueRulesRecord, tables.due_rules, lambda _row, _homes: (ORG,)),
        Kind(UserRecord, tables.user_account, lambda row, _homes: (own_scope(row["id"]),)),
    )
}
