"""The lock of a person's database: its key wrapped by a PIN and by the sign-in password.

`key.lock` holds the two boxes. What opens them is argon2id(HMAC-SHA256(pepper, secret)); the pepper
lies in the key store, so that a copied folder gives nobody a PIN to guess. Wrong PINs are counted
in a file and in the key store, before each try and synced: the higher count is the truth. After ten
the PIN is dead and the password is needed; after 14 days without the server it is needed too.
A folder without a PIN keeps its key in the key store and has the box of the password only.
"""

import hashlib
import hmac
import json
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage.safe_files import replace_json, replace_text
from cvd_shared.recovery_code import is_recovery_code, key_of

if TYPE_CHECKING:
    from cvd_desktop.sync.credentials import KeyStore

LOCK_FILE = "key.lock"
TRIES_FILE = "pin.tries"
MOST_TRIES = 10
CONTACT_DAYS = 14
PIN_LENGTHS = range(4, 13)

_ARGON2ID = {"time_cost": 3, "memory_kib": 64 * 1024, "lanes": 4}


@dataclass(frozen=True, slots=True)
class LockState:
    """What the unlock screen says before anybody typed."""

    has_pin: bool = False
    tries_left: int = MOST_TRIES
    days_since_contact: int | None = None  # whole days; None: never, or not known

    @property
    def password_due(self) -> bool:
        """The PIN alone does not do: it is dead, or the server was not heard for too long."""
        days = self.days_since_contact
        return self.tries_left <= 0 or (days is not None and days >= CONTACT_DAYS)


def is_pin(text: str) -> bool:
    """4 to 12 digits. A password is never that: the server wants it longer and mixed."""
    return text.isascii() and text.isdigit() and len(text) in PIN_LENGTHS


def has_pin(folder: Path) -> bool:
    """Whether the database of this folder opens by a PIN or a password only."""
    return "pin" in _read(folder)


def has_password(folder: Path) -> bool:
    """Whether a sign-in password opens this folder, so that a PIN may be forgotten."""
    return "password" in _read(folder)


def lock_state(folder: Path, key_store: "KeyStore", now: datetime) -> LockState:
    document = _read(folder)
    if "pin" not in document:
        return LockState()
    tries = _tries(folder, key_store, document)
    return LockState(True, max(0, MOST_TRIES - tries), _days_since(document, now))


def unlocked_key(folder: Path, key_store: "KeyStore", text: str, now: datetime) -> bytes:
    """The key behind a PIN, a sign-in password or a recovery code.

    Raises Problem: pin_wrong (left), pin_dead, password_due (days), unlock_password_wrong,
    recovery_code_wrong, pin_unusable (the key store has lost its part).
    """
    document = _read(folder)
    if is_recovery_code(text):
        try:
            key = key_of(text)
        except ValueError as error:
            raise Problem("recovery_code_wrong", ExitCode.USAGE) from error
    elif is_pin(text):
        key = _by_pin(folder, key_store, document, text, now)
    else:
        opened = _opened(document, "password", _pepper(key_store, document), text)
        if opened is None:
            raise Problem("unlock_password_wrong", ExitCode.USAGE)
        key = opened
    if not hmac.compare_digest(_check(key, document["id"]), document["check"]):
        raise Problem("recovery_code_wrong", ExitCode.USAGE)
    _forget_tries(folder, key_store, document)
    return key


def keep_password(
    folder: Path, key_store: "KeyStore", key: bytes, password: str, entry: str
) -> None:
    """After a sign-in: this password opens the key from now on, also without a network.

    The caller has a key store. Where it has lost its part of a PIN, the PIN ends and the bare key
    is kept under `entry` again.
    """
    document = _read(folder) or _new_document(key)
    pepper = _pepper(key_store, document, make=True)
    document["password"] = _box(key, pepper, password)
    if "pin" not in document and key_store.get(entry) != key.hex():
        key_store.set(entry, key.hex())
    _write(folder, document)


def set_pin(folder: Path, key_store: "KeyStore", key: bytes, pin: str, entry: str) -> None:
    """Lock with this PIN from the next start on; another one replaces the PIN of before.

    The caller has a key store. `entry` is the name under which it has the bare key: it is taken
    out, last. Raises Problem: pin_not_digits, pin_needs_sign_in (no password was heard yet that
    could replace a forgotten PIN).
    """
    if not is_pin(pin):
        raise Problem("pin_not_digits", ExitCode.USAGE)
    document = _read(folder)
    if "password" not in document:
        raise Problem("pin_needs_sign_in", ExitCode.USAGE)
    pepper = _pepper(key_store, document)
    document["pin"] = _box(key, pepper, pin)
    _forget_tries(folder, key_store, document)
    _write(folder, document)
    assert _opened(_read(folder), "pin", pepper, pin) == key  # before the bare key goes
    key_store.delete(entry)


def clear_pin(folder: Path, key_store: "KeyStore", key: bytes, entry: str) -> None:
    """No PIN any more: the key store keeps the key, as before."""
    document = _read(folder)
    if "pin" not in document:
        return
    key_store.set(entry, key.hex())
    if key_store.get(entry) != key.hex():
        raise Problem("pin_no_key_store", ExitCode.USAGE)
    del document["pin"]
    _write(folder, document)
    _forget_tries(folder, key_store, document)


def note_contact(folder: Path, now: datetime) -> None:
    """The server has answered; written once a day at most."""
    document = _read(folder)
    if document and _days_since(document, now) != 0:
        _write(folder, {**document, "contact": to_wire(now)})


def destroy(folder: Path, key_store: "KeyStore") -> None:
    """Make both boxes worthless; their file goes with the folder."""
    document = _read(folder)
    if document and key_store.available():
        key_store.delete(_pepper_name(document))
        key_store.delete(_tries_name(document))


# --- the tries ----------------------------------------------------------------------------------


def _by_pin(
    folder: Path, key_store: "KeyStore", document: dict[str, Any], pin: str, now: datetime
) -> bytes:
    days = _days_since(document, now)
    if days is not None and days >= CONTACT_DAYS:
        raise Problem("password_due", ExitCode.USAGE, days=days)
    tries = _tries(folder, key_store, document)
    if tries >= MOST_TRIES:
        raise Problem("pin_dead", ExitCode.USAGE)
    pepper = _pepper(key_store, document)
    _note_tries(folder, key_store, document, tries + 1)  # before the try: a pulled plug counts
    key = _opened(document, "pin", pepper, pin)
    if key is not None:
        return key
    left = MOST_TRIES - tries - 1
    if left == 0:
        raise Problem("pin_dead", ExitCode.USAGE)
    raise Problem("pin_wrong", ExitCode.USAGE, left=left)


def _tries(folder: Path, key_store: "KeyStore", document: dict[str, Any]) -> int:
    """The higher of the two counts; a count that cannot be read has used up all of them."""
    counts = [key_store.get(_tries_name(document)) or "0"]
    with suppress(FileNotFoundError):
        counts.append((folder / TRIES_FILE).read_text(encoding="utf-8", errors="replace"))
    return max(int(text) if text.isdecimal() else MOST_TRIES for text in counts)


def _note_tries(folder: Path, key_store: "KeyStore", document: dict[str, Any], tries: int) -> None:
    replace_text(folder / TRIES_FILE, str(tries))
    key_store.set(_tries_name(document), str(tries))


def _forget_tries(folder: Path, key_store: "KeyStore", document: dict[str, Any]) -> None:
    (folder / TRIES_FILE).unlink(missing_ok=True)
    key_store.delete(_tries_name(document))


def _days_since(document: dict[str, Any], now: datetime) -> int | None:
    try:
        return max(0, (now - from_wire(document["contact"])) // timedelta(days=1))
    except (KeyError, ValueError, TypeError):
        return None


# --- the boxes ----------------------------------------------------------------------------------


def _box(key: bytes, pepper: bytes, secret: str) -> dict[str, Any]:
    from cvd_desktop.sync.sealing import lock_in

    how: dict[str, Any] = {"salt": secrets.token_hex(16), **_ARGON2ID}
    return {**how, "box": lock_in(_derived(how, pepper, secret), key)}


def _opened(document: dict[str, Any], kind: str, pepper: bytes, secret: str) -> bytes | None:
    from cvd_desktop.sync.sealing import SealError, take_out

    how = document.get(kind)
    if how is None:
        return None
    try:
        return take_out(_derived(how, pepper, secret), how["box"])
    except SealError:
        return None


def _derived(how: dict[str, Any], pepper: bytes, secret: str) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    # One spelling, however this keyboard composes an accented letter.
    plain = unicodedata.normalize("NFKC", secret).encode("utf-8", "surrogatepass")
    return hash_secret_raw(
        hmac.new(pepper, plain, hashlib.sha256).digest(),
        bytes.fromhex(how["salt"]),
        time_cost=how["time_cost"],
        memory_cost=how["memory_kib"],
        parallelism=how["lanes"],
        hash_len=32,
        type=Type.ID,
    )


def _pepper(key_store: "KeyStore", document: dict[str, Any], *, make: bool = False) -> bytes:
    kept = key_store.get(_pepper_name(document)) if key_store.available() else None
    if kept is None and make:
        kept = secrets.token_hex(32)
        key_store.set(_pepper_name(document), kept)
        document.pop("pin", None)  # boxes of another pepper open no more
    if kept is None:
        raise Problem("pin_unusable", ExitCode.USAGE)
    return bytes.fromhex(kept)


def _pepper_name(document: dict[str, Any]) -> str:
    return f"pin-pepper:{document['id']}"


def _tries_name(document: dict[str, Any]) -> str:
    return f"pin-tries:{document['id']}"


# --- the file -----------------------------------------------------------------------------------


def _new_document(key: bytes) -> dict[str, Any]:
    name = secrets.token_hex(16)
    return {"v": 1, "id": name, "check": _check(key, name)}


def _check(key: bytes, name: str) -> str:
    return hmac.new(key, f"cvd key lock {name}".encode(), hashlib.sha256).hexdigest()[:16]


def _read(folder: Path) -> dict[str, Any]:
    path = folder / LOCK_FILE
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Problem("key_file_damaged", ExitCode.USAGE, path=str(path)) from error
    if not isinstance(document, dict) or not {"id", "check"} <= document.keys():
        raise Problem("key_file_damaged", ExitCode.USAGE, path=str(path))
    return document


def _write(folder: Path, document: dict[str, Any]) -> None:
    replace_json(folder / LOCK_FILE, document)
