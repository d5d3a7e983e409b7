"""A person's own lock: a PIN on, another PIN, off. The folder is open, so it is that person."""

from typing import NamedTuple

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.database_key import has_passphrase, key_entry
from cvd_desktop.services.key_lock import clear_pin, has_password, has_pin, set_pin
from cvd_desktop.services.workplace import Workplace


class PinFacts(NamedTuple):
    """What the settings say of the PIN. `why_not`: code of the problem that keeps it from here."""

    has_pin: bool
    why_not: str | None


def pin_facts(wp: Workplace) -> PinFacts:
    if not _can_have_pin(wp):
        return PinFacts(False, "pin_no_key_store")
    missing = None if has_password(wp.data_dir) else "pin_needs_sign_in"
    return PinFacts(has_pin(wp.data_dir), missing)


def set_own_pin(wp: Workplace, pin: str) -> None:
    """From the next lock or start on. Topics of change: settings.

    Raises Problem: pin_no_key_store, pin_not_digits, pin_needs_sign_in.
    """
    if wp.key is None or not _can_have_pin(wp):
        raise Problem("pin_no_key_store", ExitCode.USAGE)
    set_pin(wp.data_dir, wp.key_store, wp.key, pin, key_entry(wp.data_dir))


def take_pin_away(wp: Workplace) -> None:
    """The folder opens by itself again. Topics of change: settings."""
    if wp.key is not None and _can_have_pin(wp):
        clear_pin(wp.data_dir, wp.key_store, wp.key, key_entry(wp.data_dir))


def _can_have_pin(wp: Workplace) -> bool:
    return not has_passphrase(wp.data_dir) and wp.key_store.available()
