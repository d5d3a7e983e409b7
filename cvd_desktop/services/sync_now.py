"""Brings the outbox to the server and the server's records here, now."""

from collections.abc import Callable
from dataclasses import replace
from random import SystemRandom

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.server_line import (
    NOT_SIGNED_IN,
    OTHER_SENDER_SECONDS,
    SYNC_RUNNING,
    one_sender,
    open_line,
    this_client,
    this_device,
)
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store
from cvd_desktop.sync.access import Access
from cvd_desktop.sync.backoff import Random
from cvd_desktop.sync.credentials import RefreshSecretStore
from cvd_desktop.sync.server_api import ServerApi
from cvd_desktop.sync.sync_engine import SyncEngine
from cvd_desktop.sync.sync_run import SyncReport, owner_since

_JITTER = SystemRandom().random

__all__ = ["SyncReport", "sync_now", "sync_through"]


def sync_now(
    wp: Workplace,
    *,
    server: str | None = None,
    should_stop: Callable[[], bool] | None = None,
    wait: float = OTHER_SENDER_SECONDS,
) -> SyncReport:
    """One run of sync. Topics of change: outbox, sync, snapshot, session.

    What stands in its way comes back as `problem`: a trouble with the server, not_signed_in,
    sync_running, record_stuck. `server` is another address for this once,
    `wait` how many seconds another sender may take. Raises Problem only for
    this computer: disk full, damaged file, an address that may not be used.
    """
    session = current_session(wp)
    if session is None:
        return _not_run(wp, NOT_SIGNED_IN)
    stop = should_stop or (lambda: False)
    try:
        with one_sender(wp, wait=wait), open_line(wp, server or session.server, stop) as api:
            return sync_through(wp, api, stop)
    except Problem as problem:
        if problem.code != SYNC_RUNNING:
            raise
        return _not_run(wp, SYNC_RUNNING)


def sync_through(
    wp: Workplace, api: ServerApi, should_stop: Callable[[], bool], random: Random = _JITTER
) -> SyncReport:
    """As `sync_now`, over an API that is open already. The caller is the one sender."""
    secrets = RefreshSecretStore(wp.database, wp.key_store)
    return SyncEngine(
        database=wp.database,
        api=api,
        access=Access(wp.database, api, secrets, wp.clock),
        clock=wp.clock,
        random=random,
        new_id=wp.new_id,
        client=this_client(),
        device=this_device(),
        should_stop=should_stop,
    ).run()


def _not_run(wp: Workplace, problem: str) -> SyncReport:
    with wp.database.read() as connection:
        counts = outbox_store.counts(connection, after_lseq=owner_since(connection))
    return replace(SyncReport(), waiting=counts.waiting, refused=counts.refused, problem=problem)
