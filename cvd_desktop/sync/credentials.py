"""Where secrets lie: the system's key store, or for a refresh secret the encrypted database.

Without a usable key store the refresh secret is kept inside the local database. That file is
encrypted with a key derived from the person's passphrase, so a copied file gives nothing away;
a secret in plain text on the disk is never written. With a key store the secret stays out of the
database, so that a database restored from a copy still has the newest one.
"""

import hashlib
import json
import secrets
import threading
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database

SERVICE = "cvd-desktop"
PROBE_SECONDS = 5.0
_REFUSED_BACKENDS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class KeyStore(Protocol):
    """Keeps short texts (up to 1,280 characters, the limit of Windows) under a name."""

    def available(self) -> bool:
        """True when what is set can be got again after a restart."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str) -> None: ...

    def delete(self, name: str) -> None:
        """Forget the name; one that is unknown is no error."""


class SystemKeyStore:
    """Windows Credential Manager, macOS Keychain or the Secret Service, through keyring.

    Never one that writes plain text. Raises Problem("key_store_failed") when it is refused.
    """

    def __init__(self, service: str = SERVICE) -> None:
        self._service = service
        self._available: bool | None = None

    def available(self) -> bool:
        """Probed once, by setting, getting and deleting a canary, with a time limit."""
        if self._available is None:
            answers: list[bool] = []
            # A locked collection may wait for a prompt that nobody sees: do not wait with it.
            probe = threading.Thread(
                target=lambda: answers.append(_probe(self._service)),
                name="key store probe",
                daemon=True,
            )
            probe.start()
            probe.join(PROBE_SECONDS)
            self._available = answers == [True]
        return self._available

    def get(self, name: str) -> str | None:
        import keyring
        from keyring.errors import KeyringError

        try:
            return keyring.get_password(self._service, name)
        except KeyringError as error:
            raise Problem("key_store_failed", ExitCode.USAGE, reason=str(error)) from error

    def set(self, name: str, value: str) -> None:
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(self._service, name, value)
        except KeyringError as error:
            raise Problem("key_store_failed", ExitCode.USAGE, reason=str(error)) from error

    def delete(self, name: str) -> None:
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            keyring.delete_password(self._service, name)
        except PasswordDeleteError:
            return  # it was not there
        except KeyringError as error:
            raise Problem("key_store_failed", ExitCode.USAGE, reason=str(error)) from error


class MemoryKeyStore:
    """Keeps secrets until the program ends. `lasting` makes it play a system's store in tests."""

    def __init__(self, *, lasting: bool = False) -> None:
        self._lasting = lasting
        self.values: dict[str, str] = {}

    def available(self) -> bool:
        return self._lasting

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str) -> None:
        self.values[name] = value

    def delete(self, name: str) -> None:
        self.values.pop(name, None)


def _probe(service: str) -> bool:
    import keyring
    from keyring.errors import KeyringError

    try:
        backend = keyring.get_keyring()
        if any(_is_refused(each) for each in (backend, *getattr(backend, "backends", ()))):
            return False
        canary = secrets.token_hex(8)
        keyring.set_password(f"{service}-probe", "canary", canary)
        found = keyring.get_password(f"{service}-probe", "canary")
        keyring.delete_password(f"{service}-probe", "canary")
    except (KeyringError, OSError, RuntimeError):
        return False  # whatever the reason is, it cannot be relied on here
    return found == canary


def _is_refused(backend: object) -> bool:
    return type(backend).__module__.startswith(_REFUSED_BACKENDS)


@dataclass(frozen=True, slots=True)
class RefreshSecrets:
    """`current` is what the server knows; `proposed` the successor that it may know already."""

    family: str
    current: str
    proposed: str | None = None

    def __repr__(self) -> str:
        return f"RefreshSecrets(family={self.family!r}, ...)"


class RefreshSecretStore:
    """Keeps the refresh secrets of one data folder as one text, so that no change is half done.

    The order of a rotation is: propose (durable), call, accept. Whatever dies in between, the
    same successor is proposed again and the server answers the same success (protocol, 2.12).
    """

    def __init__(self, database: Database, key_store: KeyStore) -> None:
        self._database = database
        self._key_store = key_store

    def load(self) -> RefreshSecrets | None:
        text = self._key_store.get(self._name()) if self._key_store.available() else None
        if text is None:
            with self._database.read() as connection:
                text = meta.get(connection, meta.REFRESH)
        return None if text is None else RefreshSecrets(**json.loads(text))

    def start(self, family: str, secret: str) -> None:
        """The person has signed in with this secret."""
        self._save(RefreshSecrets(family, secret))

    def propose(self, held: RefreshSecrets) -> tuple[RefreshSecrets, str]:
        """The secrets with their successor, which is durable already."""
        if held.proposed is not None:
            return held, held.proposed
        proposed = new_secret()
        held = replace(held, proposed=proposed)
        self._save(held)
        return held, proposed

    def accept(self, held: RefreshSecrets) -> None:
        """The server has taken the proposed successor."""
        assert held.proposed is not None
        self._save(RefreshSecrets(held.family, held.proposed))

    def forget(self) -> None:
        if self._key_store.available():
            self._key_store.delete(self._name())
        with self._database.write() as connection:
            meta.delete_many(connection, meta.REFRESH)

    def _save(self, held: RefreshSecrets) -> None:
        text = json.dumps(asdict(held))
        if self._key_store.available():
            self._key_store.set(self._name(), text)
        else:
            with self._database.write() as connection:
                meta.put(connection, meta.REFRESH, text)

    def _name(self) -> str:
        return f"refresh-{database_name(self._database)}"


def database_name(database: Database) -> str:
    """Two data folders on one laptop must not share a secret; a moved folder keeps its own."""
    with database.read() as connection:
        known = meta.get(connection, meta.DATABASE_ID)
    if known is None:
        with database.write() as connection:
            known = meta.get(connection, meta.DATABASE_ID) or secrets.token_hex(16)
            meta.put(connection, meta.DATABASE_ID, known)
    return known


def new_secret() -> str:
    return secrets.token_hex(32)


def secret_hash(secret: str) -> str:
    """What the server gets to see of a successor."""
    return hashlib.sha256(secret.encode()).hexdigest()
