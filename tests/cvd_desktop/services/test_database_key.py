"""The key of the local database: from the key store, else from a passphrase, never on the disk."""

from pathlib import Path

import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.database_key import database_key
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.sync.credentials import KeyStore, MemoryKeyStore
from tests.support.local_database import ManualClock


@pytest.fixture(autouse=True)
def no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CVD_PASSPHRASE", raising=False)


def _open_and_close(data_dir: Path, store: KeyStore, passphrase: str | None = None) -> None:
    open_workplace(
        data_dir, clock=ManualClock(), key_store=store, ask_passphrase=lambda: passphrase
    ).close()


def _code(data_dir: Path, store: KeyStore, passphrase: str | None = None) -> str:
    with pytest.raises(Problem) as caught:
        _open_and_close(data_dir, store, passphrase)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.code


def test_key_store_keeps_the_key_and_nothing_on_the_disk_gives_it_away(tmp_path: Path) -> None:
    store = MemoryKeyStore(lasting=True)
    _open_and_close(tmp_path, store)
    _open_and_close(tmp_path, store)
    key = database_key(tmp_path, store, None).key
    assert len(key) == 32
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert key not in path.read_bytes(), path.name
        assert key.hex().encode() not in path.read_bytes(), path.name


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    store = MemoryKeyStore(lasting=True)
    keys = set()
    for name in ("one", "two"):
        _open_and_close(tmp_path / name, store)
        keys.add(database_key(tmp_path / name, store, None).key)
    assert len(keys) == 2


def test_without_a_key_store_a_passphrase_opens_it_again(tmp_path: Path) -> None:
    _open_and_close(tmp_path, MemoryKeyStore(), "correct horse é")
    _open_and_close(tmp_path, MemoryKeyStore(), "correct horse e\u0301")  # the same, typed apart
    assert _code(tmp_path, MemoryKeyStore(), "wrong horse") == "wrong_key"
    assert _code(tmp_path, MemoryKeyStore(), None) == "no_key"


def test_passphrase_of_the_environment_comes_before_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVD_PASSPHRASE", "from the environment")
    _open_and_close(tmp_path, MemoryKeyStore(), "never asked")
    monkeypatch.delenv("CVD_PASSPHRASE")
    _open_and_close(tmp_path, MemoryKeyStore(), "from the environment")


def test_without_key_store_and_passphrase_nothing_is_created(tmp_path: Path) -> None:
    assert _code(tmp_path, MemoryKeyStore(), None) == "no_key"
    assert not (tmp_path / "cvd.db").exists()
    _open_and_close(tmp_path, MemoryKeyStore(), "chosen later")


def test_key_store_that_forgets_at_once_is_not_relied_on(tmp_path: Path) -> None:
    class Forgetful(MemoryKeyStore):
        def set(self, name: str, value: str) -> None:
            pass

    store = Forgetful(lasting=True)
    assert _code(tmp_path, store, None) == "no_key"
    _open_and_close(tmp_path, store, "a passphrase")


def test_emptied_key_store_is_told_and_the_database_left_alone(tmp_path: Path) -> None:
    _open_and_close(tmp_path, MemoryKeyStore(lasting=True))
    content = (tmp_path / "cvd.db").read_bytes()
    assert _code(tmp_path, MemoryKeyStore(lasting=True)) == "key_missing"
    assert _code(tmp_path, MemoryKeyStore(), "a guess") == "key_missing"
    assert (tmp_path / "cvd.db").read_bytes() == content


def test_lost_check_of_a_passphrase_is_written_again_once_it_has_opened(tmp_path: Path) -> None:
    _open_and_close(tmp_path, MemoryKeyStore(), "right")
    (tmp_path / "cvd.id").unlink()
    assert _code(tmp_path, MemoryKeyStore(), "wrong") == "wrong_key"
    _open_and_close(tmp_path, MemoryKeyStore(), "right")
    assert database_key(tmp_path, MemoryKeyStore(), lambda: "right").proven


@pytest.mark.parametrize("name", ["cvd.id", "key.salt"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"id": 3, "salt": "zz"}'])
def test_damaged_small_files_are_told(tmp_path: Path, name: str, content: bytes) -> None:
    _open_and_close(tmp_path, MemoryKeyStore(), "right")
    (tmp_path / name).write_bytes(content)
    assert _code(tmp_path, MemoryKeyStore(), "right") == "key_file_damaged"


def test_right_key_and_unreadable_file_mean_damage(tmp_path: Path) -> None:
    store = MemoryKeyStore(lasting=True)
    _open_and_close(tmp_path, store)
    (tmp_path / "cvd.db").write_bytes(b"\0" * 8192)
    assert _code(tmp_path, store) == "database_damaged"


def test_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert _code(tmp_path / "file", MemoryKeyStore(), "p") == "data_dir_unusable"
