"""The line to the server as services use it: one sender at a time, and troubles as problems."""

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import Timeout

from cvd_desktop import __version__
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.sample_folder import is_sample
from cvd_desktop.services.workplace import Laptop, Workplace
from cvd_desktop.storage.schema_version import HEAD
from cvd_desktop.sync.access import Access
from cvd_desktop.sync.credentials import RefreshSecretStore
from cvd_desktop.sync.device_key import DeviceKey
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_shared.wire import ClientVersion, DeviceRequest

if TYPE_CHECKING:
    from cvd_desktop.sync.http_server_api import HttpServerApi
    from cvd_desktop.sync.server_api import ServerApi

OTHER_SENDER_SECONDS = 15
NOT_SIGNED_IN = "not_signed_in"
SYNC_RUNNING = "sync_running"

_LATER = frozenset(
    {
        TroubleCode.OFFLINE,
        TroubleCode.CAPTIVE_OR_PROXY,
        TroubleCode.NOT_TRUSTED,
        TroubleCode.SERVER_BUSY,
        TroubleCode.QUOTA,
        TroubleCode.SERVER_ERROR,
        TroubleCode.BAD_ANSWER,
        TroubleCode.STOPPED,
        SYNC_RUNNING,
        TroubleCode.LOADS_LATER,
    }
)


def exit_code_of(problem: str) -> ExitCode:
    """6 where trying later helps by itself, 2 where the person has to sign in, else 5: refused."""
    if problem in _LATER:
        return ExitCode.OFFLINE
    return ExitCode.USAGE if problem == NOT_SIGNED_IN else ExitCode.REFUSED


def problem_of(trouble: Trouble) -> Problem:
    """The person's problem behind a trouble with the server."""
    wait = 0 if trouble.retry_after is None else round(trouble.retry_after)
    return Problem(str(trouble.code), exit_code_of(trouble.code), reason=trouble.reason, wait=wait)


@contextmanager
def one_sender(wp: Workplace, *, wait: float = OTHER_SENDER_SECONDS) -> Iterator[None]:
    """Held while anything is sent. Raises Problem("sync_running") when another program holds it,
    and Problem("sample_folder"): sample data are never sent."""
    if is_sample(wp.data_dir):
        raise Problem("sample_folder", ExitCode.USAGE)
    try:
        with wp.lock("sync").acquire(timeout=wait):
            yield
    except Timeout as error:
        raise Problem(SYNC_RUNNING, ExitCode.OFFLINE) from error


def open_line(
    wp: Workplace | Laptop, server: str, should_stop: Callable[[], bool] = lambda: False
) -> "HttpServerApi":
    """The server's API, to be closed. Raises Problem for an address that may not be used."""
    from cvd_desktop.sync.http_server_api import HttpServerApi  # httpx takes 65 ms

    return HttpServerApi(
        server,
        new_id=wp.new_id,
        clock=wp.clock,
        monotonic=wp.monotonic,
        should_stop=should_stop,
    )


def this_client() -> ClientVersion:
    return ClientVersion(v=__version__, schema_=int(HEAD))


def access_of(wp: Workplace, api: "ServerApi") -> Access:
    """The right of the person of this folder to ask. Use it as the one sender only."""
    secrets = RefreshSecretStore(wp.database, wp.key_store)
    return Access(wp.database, api, secrets, wp.clock, DeviceKey(wp.database, wp.key_store).headers)


def this_device(wp: Workplace) -> DeviceRequest:
    return DeviceRequest(
        pubkey=DeviceKey(wp.database, wp.key_store).public(),
        name=platform.node()[:200] or "laptop",
        platform=f"{platform.system()} {platform.release()}"[:100].strip() or "unknown",
        app_version=__version__,
    )
