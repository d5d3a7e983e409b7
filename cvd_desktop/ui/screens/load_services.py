"""What the Load screen asks of the services (load_truck.py, today.py, catalogue.py, outbox.py)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cvd_desktop.domain.records import SyncStatus
from cvd_desktop.domain.route_records import LoadView, ReturnView, RunView
from cvd_shared.wire_records import ProductRecord

TICKED = frozenset({"load"})
RECORDED = frozenset({"load", "outbox"})


@dataclass(frozen=True, slots=True)
class LoadServices:
    """The services of this screen, bound to the workplace by the application."""

    load_view: Callable[[], LoadView | None]
    tick_product: Callable[[str, str, int | None], object]
    """tick_product(run_id, product_id, picked); None takes the tick back"""
    tick_tote: Callable[[str, str, bool], object]
    """tick_tote(run_id, machine_id, ticked)"""
    accept_changes: Callable[[str], object]
    """accept_changes(run_id)"""
    record_load: Callable[[str, str], object]
    """record_load(run_id, note)"""
    return_view: Callable[[], ReturnView | None]
    keep_count: Callable[[str, str, int | None], object]
    """keep_count(run_id, product_id, counted); None forgets it"""
    record_count: Callable[[str, str], object]
    """record_count(run_id, note)"""
    todays_run: Callable[[], RunView | None]  # for the route sheet
    find_products: Callable[[str, int], Sequence[ProductRecord]]
    """find_products(text, limit)"""
    product_by_code: Callable[[str], ProductRecord | None]
    sync_status: Callable[[], SyncStatus]  # whether somebody is signed in
