"""Finds or makes the key of the local database: from the key store, else from a passphrase.

Where the person locks with a PIN (key_lock.py) the key store has no key, but a part of what opens
the box that the key is in; the PIN or the sign-in password is asked for in the passphrase's place.

`cvd.id` beside the database names the entry of the key store and holds a check of the key, so that
a wrong key is told apart from a damaged file. `key.salt` exists when the key comes from a
passphrase. Neither is a secret; the key itself is never written to the disk.
"""

import hashlib
import hmac
import json
import os
import secrets
import threading
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.key_lock import has_pin, unlocked_key
from cvd_desktop.storage.safe_files import replace_json

if TYPE_CHECKING:
    from cvd_desktop.sync.credentials import KeyStore

DATABASE_FILE = "cvd.db"
ID_FILE = "cvd.id"
SALT_FILE = "key.salt"
PASSPHRASE_VARIABLE = "CVD_PASSPHRASE"  # noqa: S105 - a name, not a secret

_KEY_BYTES = 32
_ARGON2ID = {"time_cost": 3, "memory_kib": 64 * 1024, "lanes": 4}

AskPassphrase = Callable[[], str | None]

_Wanted = tuple[str, Path]  # passphrase, data folder
_ahead: dict[_Wanted, tuple[threading.Thread, list[bytes]]] = {}


@dataclass(frozen=True, slots=True)
class DatabaseKey:
    """`proven`: the check in `cvd.id` says that this is the key the file was made with."""

    key: bytes
    proven: bool

    def __repr__(self) -> str:
        return f"DatabaseKey(..., proven={self.proven})"


def has_passphrase(data_dir: Path) -> bool:
    """True when the key of this folder comes from a passphrase that was chosen before."""
    return (data_dir / SALT_FILE).exists()


def key_store_is_there() -> bool:
    """Whether this computer has a key store that keeps what it is given."""
    from cvd_desktop.sync.credentials import SystemKeyStore

    return SystemKeyStore().available()


def opens_by_itself(data_dir: Path, key_store: "KeyStore") -> bool:
    """Whether this folder opens without its person: neither passphrase nor PIN, key at hand."""
    if has_passphrase(data_dir) or has_pin(data_dir):
        return False
    identity = _read_json(data_dir / ID_FILE)
    return (
        identity is not None
        and key_store.available()
        and _stored_key(key_store, identity) is not None
    )


def key_entry(data_dir: Path) -> str:
    """The name of this folder's key in the key store."""
    return _entry(_read_json(data_dir / ID_FILE) or {"id": ""})


def database_id(data_dir: Path) -> str:
    """The lasting name of the database of this folder; "" while there is none."""
    return str((_read_json(data_dir / ID_FILE) or {"id": ""})["id"])


def is_key_of(data_dir: Path, key: bytes) -> bool:
    """Whether this key was the one that the database was made with."""
    identity = _read_json(data_dir / ID_FILE)
    return identity is not None and hmac.compare_digest(_check(key, identity), identity["check"])


def database_key(
    data_dir: Path,
    key_store: "KeyStore",
    ask_passphrase: AskPassphrase | None,
    clock: Clock = system_clock,
    secret: str | None = None,
) -> DatabaseKey:
    """The key of the database in this folder; the first time it is made and remembered.

    `secret` is a PIN, a sign-in password or a recovery code that was given already.

    Raises Problem: no_key (no passphrase given), wrong_key, key_missing (the key store does not
    have the key of an existing database), key_file_damaged; locked (no PIN given) and those of
    `unlocked_key`.
    """
    identity = _read_json(data_dir / ID_FILE)
    if has_passphrase(data_dir):
        key = _derived(_passphrase(data_dir, ask_passphrase), data_dir)
    elif identity is not None and has_pin(data_dir):
        text = secret or _secret(ask_passphrase)
        if not text:
            raise Problem("locked", ExitCode.USAGE)
        key = unlocked_key(data_dir, key_store, text, clock())
    elif identity is not None and (stored := _stored_key(key_store, identity)) is not None:
        key = stored
    elif _has_database(data_dir):
        raise Problem("key_missing", ExitCode.USAGE, path=str(data_dir / DATABASE_FILE))
    else:
        return _new_key(data_dir, key_store, ask_passphrase)
    if identity is None:
        return DatabaseKey(key, proven=False)
    if not hmac.compare_digest(_check(key, identity), identity["check"]):
        raise Problem("wrong_key", ExitCode.USAGE, path=str(data_dir / DATABASE_FILE))
    return DatabaseKey(key, proven=True)


def remember_key(data_dir: Path, key: DatabaseKey) -> None:
    """After the database has opened: write the missing check of a key that has proved itself."""
    if not key.proven and has_passphrase(data_dir):
        _write_identity(data_dir, {"id": str(uuid4())}, key.key)


def _new_key(
    data_dir: Path, key_store: "KeyStore", ask_passphrase: AskPassphrase | None
) -> DatabaseKey:
    identity = {"id": str(uuid4())}
    key = secrets.token_bytes(_KEY_BYTES)
    if not _kept(key_store, _entry(identity), key):
        passphrase = _passphrase(data_dir, ask_passphrase)
        replace_json(data_dir / SALT_FILE, {"v": 1, "salt": secrets.token_hex(16), **_ARGON2ID})
        key = _derived(passphrase, data_dir)
    _write_identity(data_dir, identity, key)
    return DatabaseKey(key, proven=True)


def _kept(key_store: "KeyStore", entry: str, key: bytes) -> bool:
    """True when the key store has it and gives it back: nothing is encrypted before that."""
    if not key_store.available():
        return False
    key_store.set(entry, key.hex())
    return key_store.get(entry) == key.hex()


def _stored_key(key_store: "KeyStore", identity: dict[str, Any]) -> bytes | None:
    text = key_store.get(_entry(identity)) or ""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _passphrase(data_dir: Path, ask_passphrase: AskPassphrase | None) -> str:
    text = _secret(ask_passphrase)
    if not text:
        raise Problem("no_key", ExitCode.USAGE, path=str(data_dir / DATABASE_FILE))
    return text


def _secret(ask_passphrase: AskPassphrase | None) -> str | None:
    return os.environ.get(PASSPHRASE_VARIABLE) or (ask_passphrase() if ask_passphrase else None)


def derive_ahead(data_dir: Path) -> None:
    """Begin to derive the key in a thread, where the environment says the passphrase.

    It takes 0.2 s and no interpreter: Qt is imported meanwhile. `database_key` takes it up.
    """
    passphrase = os.environ.get(PASSPHRASE_VARIABLE)
    if not passphrase or not has_passphrase(data_dir):
        return
    found: list[bytes] = []

    def work() -> None:
        with suppress(Problem):  # told when the folder is opened
            found.append(_derived_now(passphrase, data_dir))

    thread = threading.Thread(target=work, name="key", daemon=True)
    _ahead[passphrase, data_dir] = thread, found
    thread.start()


def _derived(passphrase: str, data_dir: Path) -> bytes:
    begun = _ahead.pop((passphrase, data_dir), None)
    if begun is not None:
        thread, found = begun
        thread.join()
        if found:
            return found[0]
    return _derived_now(passphrase, data_dir)


def _derived_now(passphrase: str, data_dir: Path) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    document = _read_json(data_dir / SALT_FILE) or {}
    try:
        return hash_secret_raw(
            # One spelling, however this keyboard composes an accented letter.
            unicodedata.normalize("NFKC", passphrase).encode("utf-8"),
            bytes.fromhex(document["salt"]),
            time_cost=document["time_cost"],
            memory_cost=document["memory_kib"],
            parallelism=document["lanes"],
            hash_len=_KEY_BYTES,
            type=Type.ID,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(data_dir / SALT_FILE) from error


def _entry(identity: dict[str, Any]) -> str:
    return f"database-key:{identity['id']}"


def _check(key: bytes, identity: dict[str, Any]) -> str:
    return hmac.new(key, f"cvd key check {identity['id']}".encode(), hashlib.sha256).hexdigest()[
        :16
    ]


def _has_database(data_dir: Path) -> bool:
    path = data_dir / DATABASE_FILE
    return path.exists() and path.stat().st_size > 0


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise _damaged(path) from error
    wanted = {ID_FILE: {"id", "check"}, SALT_FILE: {"salt"}}[path.name]
    if not isinstance(document, dict) or not all(
        isinstance(document.get(name), str) for name in wanted
    ):
        raise _damaged(path)
    return document


def _damaged(path: Path) -> Problem:
    return Problem("key_file_damaged", ExitCode.USAGE, path=str(path))


def _write_identity(data_dir: Path, identity: dict[str, Any], key: bytes) -> None:
    replace_json(data_dir / ID_FILE, {**identity, "check": _check(key, identity)})
