"""What the server wants this device to do with itself, and doing it (sync protocol, 2.12)."""

from cvd_desktop.services.wipe import (
    WIPE_NOW,
    WIPE_WHEN_DRAINED,
    begin_wipe_now,
    begin_wipe_when_drained,
    closed_for_good,
)
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import sync_meta_store as meta

__all__ = ["DEVICE_LOCKED", "DEVICE_WIPED", "LOCK", "closed_for_good", "device_policy", "obey"]

LOCK = "lock"
DEVICE_LOCKED, DEVICE_WIPED = "device_locked", "device_wiped"
"""Problems: nothing but sending and exporting; the folder is being deleted, close it."""


def device_policy(wp: Workplace) -> str:
    """A wire_identity.DevicePolicy, as the server said last."""
    with wp.database.read() as connection:
        return meta.get(connection, meta.POLICY) or "normal"


def obey(wp: Workplace) -> str | None:
    """Do what the server wants. The problem that it is for the person: device_wiped (close the
    folder, then `finish_wipe`), device_locked, None. The caller is the one sender."""
    if closed_for_good(wp):
        return DEVICE_WIPED
    policy = device_policy(wp)
    if policy == WIPE_NOW:
        begin_wipe_now(wp)  # what waits was told with the hello that brought this
        return DEVICE_WIPED
    if policy == WIPE_WHEN_DRAINED and begin_wipe_when_drained(wp):
        return DEVICE_WIPED
    return DEVICE_LOCKED if policy == LOCK else None
