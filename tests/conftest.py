"""Rules for every test: no screen, no warning that nobody announced, no thread left behind."""

import logging
import os
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ.pop("CVD_DATA_DIR", None)
os.environ.pop("CVD_SERVER", None)
os.environ.pop("CVD_PASSPHRASE", None)

settings.register_profile(
    "house",
    deadline=None,  # shared machines are slow at times; speed is measured in benchmarks/
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    print_blob=True,
)
settings.load_profile("house")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for another program."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def no_thread_stays_behind() -> Iterator[None]:
    """A test that leaves a thread alive would disturb the next one: it fails here, by name."""
    before = set(threading.enumerate())
    yield
    late = [t for t in threading.enumerate() if t not in before and not t.daemon]
    for thread in late:
        thread.join(timeout=5)
    names = [thread.name for thread in late if thread.is_alive()]
    assert not names, f"threads left running: {names}; close what the test opened"


@pytest.fixture(autouse=True)
def no_unannounced_warning(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A log record of WARNING or worse fails the test unless the test calls caplog.clear()."""
    yield
    loud = [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
    ]
    assert not loud, f"unannounced warnings: {loud}"
