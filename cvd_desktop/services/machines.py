"""Finds machines, and the reads of one: the server's records with what waits here folded in."""

from collections.abc import Iterable

from cvd_desktop.domain.projection import project
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, snapshot_store
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, ProductRecord, ReadRecord


def find_machines(
    wp: Workplace, text: str = "", *, offset: int = 0, limit: int = 200
) -> tuple[list[MachineLine], int]:
    """A page of the machines that hold every word of the text, by asset number; and how many."""
    with wp.database.read() as connection:
        return snapshot_store.find_machines(connection, text, offset=offset, limit=limit)


def machine_by_asset(wp: Workplace, asset: str) -> MachineRecord | None:
    """The machine that people know by this asset number."""
    with wp.database.read() as connection:
        return snapshot_store.machine_by_asset(connection, asset)


def planogram_of(wp: Workplace, machine_id: str) -> PlanogramRecord | None:
    """What the office plans for the machine."""
    with wp.database.read() as connection:
        return snapshot_store.planogram_of(connection, machine_id)


def product_names(wp: Workplace, product_ids: Iterable[str]) -> dict[str, str]:
    """Names by product id, of those products that the office knows."""
    with wp.database.read() as connection:
        found = snapshot_store.records(connection, ProductRecord, product_ids)
    return {product_id: product.name for product_id, product in found.items()}


def machine_reads(wp: Workplace, machine_id: str, *, limit: int = 50) -> list[ReadRecord]:
    """Reads of a machine, newest first: everybody's that the server has, and ours that wait."""
    with wp.database.read() as connection:
        known = snapshot_store.reads_of(connection, machine_id, limit=limit)
        waiting = outbox_store.pending(connection)
    view = project(known, waiting)
    reads = [
        record
        for record in view.values()
        if isinstance(record, ReadRecord) and record.machine_id == machine_id
    ]
    return sorted(reads, key=lambda each: (each.at, each.id), reverse=True)[:limit]
