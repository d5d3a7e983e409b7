"""Proves an installed program on the computer where it stands, in a folder that is thrown away."""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from cvd_desktop.demo import SampleServer, has_display, sample_machine, sample_server

MACHINE_OF_OURS = "snack"


def self_test() -> int:
    """Each step prints a line; the first that fails ends it with its error. 0 when all passed."""
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["CVD_PASSPHRASE"] = secrets.token_hex(16)
    with ExitStack() as stack:
        # Windows keeps a log file open a moment longer than its program.
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="cvd-self-test-", ignore_cleanup_errors=True)
            )
        )
        return _run(folder)


def _run(folder: Path) -> int:
    laptop = folder / "laptop"
    print(f"CVD Desktop self-test, {'bundle' if getattr(sys, 'frozen', False) else 'source'}")
    _step("key store", _key_store)
    _step("local database, encrypted and migrated", lambda: _database(laptop))
    _step("ports", lambda: _ports(laptop))
    with sample_server(folder) as server:
        _step("sign-in and first sync", lambda: _sync(laptop, server))
        with sample_machine(server.machines[0], laptop) as port:
            _step("read of a virtual machine", lambda: _read(laptop, port))
        _step("sync of the read", lambda: _sync(laptop, None))
        _step("every screen", lambda: _screens(laptop, folder / "pictures"))
    print("self-test passed")
    return 0


def _step(name: str, work: Callable[[], str]) -> None:
    print(f"  {name}: ", end="", flush=True)
    print(work(), flush=True)


def _key_store() -> str:
    from cvd_desktop.services.database_key import key_store_is_there

    there = key_store_is_there()
    # From here on a passphrase: the test leaves nothing in the key store of the person.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    return "found" if there else "none here, a passphrase protects the database"


def _database(laptop: Path) -> str:
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(laptop)
    try:
        workplace.database.check()
    finally:
        workplace.close()
    return "right"


def _ports(laptop: Path) -> str:
    from cvd_desktop.services.ports import list_ports

    return f"{len(list_ports(laptop / 'virtual_ports'))} found"


def _sync(laptop: Path, server: SampleServer | None) -> str:
    from cvd_desktop.services.sign_in import sign_in
    from cvd_desktop.services.sync_now import sync_now
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(laptop)
    try:
        if server is not None:
            sign_in(workplace, server.url, *server.driver)
        report = sync_now(workplace)
    finally:
        workplace.close()
    if report.problem is not None or report.waiting or report.refused:
        raise RuntimeError(f"sync did not come to its end: {report}")
    return f"{report.pushed} sent, {report.pulled} fetched, digest {report.digest}"


def _read(laptop: Path, port: str) -> str:
    from cvd_desktop.services.read_machine import read_machine
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(laptop)
    try:
        outcome = read_machine(workplace, port)
    finally:
        workplace.close()
    if outcome.problem is not None or outcome.read is None or not outcome.read.complete:
        raise outcome.problem or RuntimeError("the read is not whole")
    return f"{outcome.read.size} bytes, whole"


def _screens(laptop: Path, pictures: Path) -> str:
    from cvd_desktop.app.pictures import take_pictures

    return f"{len(take_pictures(laptop, pictures, themes=('light',)))} pictures"
