"""The long-lived objects of one server process, and how a view gets at them."""

from dataclasses import dataclass, field
from typing import cast

from argon2 import PasswordHasher
from flask import current_app

from cvd_server.attachment_store import AttachmentStore
from cvd_server.clock import Clock, to_wire
from cvd_server.database import Database
from cvd_server.day_quota import DayQuota
from cvd_server.metrics import Metrics
from cvd_server.request_counts import RequestCounts
from cvd_server.server_secrets import Secrets
from cvd_server.settings import Settings
from cvd_server.store_health import StoreHealth
from cvd_shared.ids import IdMaker

_NAME = "cvd"


@dataclass
class Services:
    settings: Settings
    database: Database
    clock: Clock
    new_id: IdMaker
    hasher: PasswordHasher
    dummy_hash: str  # verified for unknown users, so that they take as long as known ones
    secrets: Secrets
    epoch: str  # as last read from the database; transactions compare with the stored one
    store: AttachmentStore  # bytes of attachments and snapshots
    metrics: Metrics
    request_counts: RequestCounts
    day_quota: DayQuota = field(default_factory=DayQuota)
    store_health: StoreHealth = field(default_factory=StoreHealth)

    def now(self) -> str:
        return to_wire(self.clock())


def install(services: Services, extensions: dict[str, object]) -> None:
    extensions[_NAME] = services


def services() -> Services:
    """Those of the application that handles the present request."""
    return cast(Services, current_app.extensions[_NAME])
