"""Brings the outbox to the server and the server's records here, now."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import SystemRandom

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.carried import send_carried
from cvd_desktop.services.device_policy import obey
from cvd_desktop.services.escrow import give_key_to_operator
from cvd_desktop.services.key_lock import note_contact
from cvd_desktop.services.people import note_waiting
from cvd_desktop.services.server_line import (
    NOT_SIGNED_IN,
    OTHER_SENDER_SECONDS,
    SYNC_RUNNING,
    access_of,
    one_sender,
    open_line,
    this_client,
    this_device,
)
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store, outbox_store
from cvd_desktop.sync.access import Access
from cvd_desktop.sync.attachment_sender import AttachmentSender
from cvd_desktop.sync.backoff import Random
from cvd_desktop.sync.operator_keys import fetch_operator_keys, known_operator_keys
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_desktop.sync.sync_engine import RECORD_STUCK, SyncEngine
from cvd_desktop.sync.sync_run import SyncReport, owner_since

_LINE_STANDS = (None, RECORD_STUCK, TroubleCode.LOADS_LATER)
ATTACHMENT_SECONDS = 30.0  # of one run; then pushing and pulling come first again
_JITTER = SystemRandom().random

__all__ = ["SyncReport", "sync_now", "sync_through"]


def sync_now(
    wp: Workplace,
    *,
    server: str | None = None,
    should_stop: Callable[[], bool] | None = None,
    wait: float = OTHER_SENDER_SECONDS,
    attachment_seconds: float | None = ATTACHMENT_SECONDS,
    metered: bool = False,
) -> SyncReport:
    """One run of sync. Topics of change: outbox, sync, snapshot, session.

    What stands in its way comes back as `problem`: a trouble with the server, not_signed_in,
    sync_running, record_stuck, device_locked, device_wiped (close the folder, then finish_wipe).
    `server` is another address for this once,
    `wait` how many seconds another sender may take. Files are sent for `attachment_seconds` at
    most, None: until all are; on a `metered` line they wait. Raises Problem only for
    this computer: disk full, damaged file, an address that may not be used.
    """
    session = current_session(wp)
    if session is None:
        return _not_run(wp, NOT_SIGNED_IN)
    stop = should_stop or (lambda: False)
    try:
        with one_sender(wp, wait=wait), open_line(wp, server or session.server, stop) as api:
            report = sync_through(
                wp, api, stop, attachment_seconds=attachment_seconds, metered=metered
            )
            return after_run(wp, api, report)
    except Problem as problem:
        if problem.code != SYNC_RUNNING:
            raise
        return _not_run(wp, SYNC_RUNNING)


def sync_through(
    wp: Workplace,
    api: ServerApi,
    should_stop: Callable[[], bool],
    random: Random = _JITTER,
    *,
    attachment_seconds: float | None = None,
    metered: bool = False,
) -> SyncReport:
    """As `sync_now`, over an API that is open already. The caller is the one sender."""
    access = access_of(wp, api)
    report = SyncEngine(
        database=wp.database,
        api=api,
        access=access,
        clock=wp.clock,
        random=random,
        new_id=wp.new_id,
        client=this_client(),
        device=this_device(wp),
        should_stop=should_stop,
    ).run()
    if report.problem in _LINE_STANDS:
        with suppress(Trouble):  # the next run does it
            _exchange_files(wp, api, access, should_stop)
        files = AttachmentSender(
            database=wp.database,
            api=api,
            access=access,
            clock=wp.clock,
            monotonic=wp.monotonic,
            random=random,
            data_dir=wp.data_dir,
            should_stop=should_stop,
            seconds=attachment_seconds,
            metered=metered,
        ).run()
        report = replace(report, attachments_sent=files.sent)
    return _with_files(wp, report)


def _with_files(wp: Workplace, report: SyncReport) -> SyncReport:
    with wp.database.read() as connection:
        counts = attachment_store.counts(connection)
    return replace(report, attachments_waiting=counts.waiting)


def _exchange_files(
    wp: Workplace, api: ServerApi, access: Access, should_stop: Callable[[], bool]
) -> None:
    """What work that is carried by hand needs: the keys for it, and bundles of colleagues."""
    with wp.database.read() as connection:
        known = known_operator_keys(connection)
    if known is None:
        fetch_operator_keys(wp.database, api, access)
    send_carried(wp, api, access, should_stop)


def after_run(wp: Workplace, api: ServerApi, report: SyncReport) -> SyncReport:
    """What a run leaves to be done for this laptop: keys in keeping, notes, the device's policy."""
    if report.problem in (None, TroubleCode.LOADS_LATER):
        note_contact(wp.data_dir, wp.clock())
        give_key_to_operator(wp, api, access_of(wp, api))
    note_waiting(wp.data_dir, report.waiting)
    ordered = obey(wp)
    return report if ordered is None else replace(report, problem=ordered)


def _not_run(wp: Workplace, problem: str) -> SyncReport:
    with wp.database.read() as connection:
        counts = outbox_store.counts(connection, after_lseq=owner_since(connection))
    report = SyncReport(waiting=counts.waiting, refused=counts.refused, problem=problem)
    return _with_files(wp, report)
