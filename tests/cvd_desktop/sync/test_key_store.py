"""The system's key store: used only when it keeps what it is given, and never in plain text."""

import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from cvd_desktop.domain.problem import Problem
from cvd_desktop.sync import credentials
from cvd_desktop.sync.credentials import (
    MemoryKeyStore,
    RefreshSecretStore,
    SystemKeyStore,
    new_secret,
    secret_hash,
)
from tests.support.local_database import new_database


class GoodBackend(KeyringBackend):
    """Keeps what it is given."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.values.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.values[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.values:
            raise PasswordDeleteError(username)
        del self.values[service, username]


class LockedBackend(GoodBackend):
    """A collection that the person does not open."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("the collection is locked")


class ForgetfulBackend(GoodBackend):
    """Takes everything and gives back nothing, like the null backend."""

    def get_password(self, service: str, username: str) -> str | None:
        return None


class PlaintextKeyring(GoodBackend):
    """Works, but writes plain text."""


PlaintextKeyring.__module__ = "keyrings.alt.file"


@pytest.fixture(autouse=True)
def restore_backend() -> object:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_a_working_store_is_used_and_left_clean() -> None:
    backend = GoodBackend()
    keyring.set_keyring(backend)
    store = SystemKeyStore()
    assert store.available()
    assert backend.values == {}
    store.set("name", "value")
    assert SystemKeyStore().get("name") == "value"
    store.delete("name")
    store.delete("name")
    assert store.get("name") is None


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring, null.Keyring, LockedBackend, ForgetfulBackend, PlaintextKeyring],
)
def test_a_store_that_cannot_be_relied_on_is_not_used(backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    assert not SystemKeyStore().available()


def test_a_store_that_waits_for_a_prompt_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    class PromptingBackend(GoodBackend):
        def set_password(self, service: str, username: str, password: str) -> None:
            answered.wait(timeout=30)

    monkeypatch.setattr(credentials, "PROBE_SECONDS", 0.05)
    keyring.set_keyring(PromptingBackend())
    assert not SystemKeyStore().available()
    answered.set()


def test_a_store_that_fails_later_is_a_problem_to_tell() -> None:
    keyring.set_keyring(LockedBackend())
    with pytest.raises(Problem) as caught:
        SystemKeyStore().set("name", "value")
    assert caught.value.code == "key_store_failed"


@pytest.mark.parametrize("lasting", [True, False])
def test_a_successor_is_durable_before_it_is_told_to_anybody(tmp_path: Path, lasting: bool) -> None:
    database = new_database(tmp_path)
    try:
        key_store = MemoryKeyStore(lasting=lasting)
        store = RefreshSecretStore(database, key_store)
        assert store.load() is None
        store.start("family", "secret-1")
        held = store.load()
        assert held is not None
        _, proposed = store.propose(held)

        reopened = RefreshSecretStore(database, key_store)  # the program died here
        found = reopened.load()
        assert found is not None
        assert (found.current, found.proposed) == ("secret-1", proposed)
        again, same = reopened.propose(found)
        assert same == proposed
        reopened.accept(again)
        after = store.load()
        assert after is not None
        assert (after.family, after.current, after.proposed) == ("family", proposed, None)
        store.forget()
        assert reopened.load() is None
    finally:
        database.close()


def test_a_kept_entry_fits_into_every_systems_store(tmp_path: Path) -> None:
    """Windows takes 1,280 characters."""
    database = new_database(tmp_path)
    try:
        key_store = MemoryKeyStore(lasting=True)
        store = RefreshSecretStore(database, key_store)
        store.start("0198c0de-0000-7000-8000-000000000000", new_secret())
        held = store.load()
        assert held is not None
        store.propose(held)
        assert max(len(text) for text in key_store.values.values()) < 400
    finally:
        database.close()


def test_secrets_are_long_single_and_not_in_a_log() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == 64 for secret in made)
    secret = new_secret()
    held = credentials.RefreshSecrets("family", secret, secret)
    assert secret not in repr(held)
    assert secret not in secret_hash(secret)
