"""The services of a driver's day, bound to the workplace; each is imported when it is first called.

Their signatures are those of the services without the workplace; the screens say them again in
what they ask for (ui/screens/*_services.py). A test names a service that is not there.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from cvd_desktop.app.bound_services import BoundServices

Bound = Callable[..., Any]

SERVICES = {
    "machine_facts": ("machine_facts",),
    "today": ("todays_run", "mark_stop", "order_stops", "changes_seen"),
    "load_truck": (
        *("load_view", "tick_product", "tick_tote", "accept_changes", "record_load"),
        *("return_view", "keep_count", "record_count"),
    ),
    "stop": ("stop_detail",),
    "visit_draft": (
        *("begin_visit", "keep_edits", "keep_cash", "keep_evidence", "keep_place", "keep_read"),
        *("drop_visit", "take_up_visit", "check_bag"),
    ),
    "complete_visit": ("finish_visit", "amend_visit"),
    "photos": ("add_photo", "photo_bytes", "store_signature"),
    "attachments": ("fetch_attachment",),
    "review": ("review_day", "review_visit", "over_short_by_day"),
    "review_export": ("export_day",),
    "sign_in": ("current_session",),
    "outbox": ("sync_status",),
    "reads": ("read_detail",),
    "catalogue": ("find_products", "product_by_code", "product_pictures"),
}
"""File of cvd_desktop/services -> what is taken from it."""


class BoundDay:
    """`day.stop_detail(machine_id="m1")` calls services.stop.stop_detail(workplace, ...)."""

    def __init__(self, services: BoundServices) -> None:
        self._services = services
        self._files = {name: file for file, names in SERVICES.items() for name in names}

    def __getattr__(self, name: str) -> Bound:
        if name.startswith("_") or name not in self._files:
            raise AttributeError(name)
        file = self._files[name]

        def call(*args: Any, **kwargs: Any) -> Any:
            service = getattr(import_module(f"cvd_desktop.services.{file}"), name)
            return service(self._services.workplace(), *args, **kwargs)

        return call
