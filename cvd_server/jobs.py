"""What the server does by itself: `cvd-server jobs` runs in one place beside the web workers.

Each job is a plain function that may be killed at any moment and done again. What became of it is
kept in `server_meta` (`job:<name>`), which is also how it is known when it is due: a job that
was missed for a week runs once. A lease keeps a second runner from doing the same work.
To add a job: a function here and its line in `JOBS`.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import Connection, delete, select

from cvd_server import tables
from cvd_server.audit_trail import purge_audit
from cvd_server.backup import back_up, drill, keep_newest, mark_durable, read_manifest
from cvd_server.blob_uploads import drop_stale, find_lost
from cvd_server.clock import from_wire, to_wire
from cvd_server.database import insert_many
from cvd_server.feed_floors import TOMBSTONE_DAYS, purge_tombstones
from cvd_server.replay import replay
from cvd_server.self_check import self_check
from cvd_server.server_meta import read_meta, write_meta
from cvd_server.services import Services
from cvd_server.snapshots import make_snapshots

log = logging.getLogger(__name__)

LEASE = "jobs_lease"
LEASE_FOR = timedelta(minutes=30)  # longer than any step between two renewals
LOOK_EACH = 30.0  # seconds
AGAIN_AFTER = timedelta(minutes=10)  # a failure
SESSIONS_KEPT = timedelta(days=30)  # after their end
TRIES_KEPT = timedelta(days=7)
LATE_COMMITS = timedelta(minutes=5)
"""An event is stamped before it is committed; the longest transaction is far shorter."""


class JobError(Exception):
    """The job did what it could, and somebody has to look. The text says at what."""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    each: timedelta
    work: Callable[[Services], str]  # says what it did


@dataclass(frozen=True, slots=True)
class JobState:
    """As it lies in `server_meta`."""

    at: str  # when it began
    ok: bool
    told: str

    def due(self, job: Job, now: datetime) -> bool:
        age = now - from_wire(self.at)
        # A clock that was set back must not keep a job from running.
        return not timedelta(0) <= age < (job.each if self.ok else min(job.each, AGAIN_AFTER))


# --- the jobs -----------------------------------------------------------------------------------


def end_old_sessions(to: Services) -> str:
    """Forget sessions that ended, or that nobody can continue, and old failed tries."""
    family, token, tries = tables.refresh_family, tables.refresh_token, tables.sign_in_failure
    ended = to_wire(to.clock() - SESSIONS_KEPT)
    unused = to_wire(to.clock() - SESSIONS_KEPT - timedelta(days=to.settings.refresh_days))
    old = (family.c.ended_at < ended) | (family.c.used_at < unused)

    def work(connection: Connection) -> int:
        gone = connection.execute(select(family.c.operator_id, family.c.family_id).where(old)).all()
        for operator_id, family_id in gone:
            for table in (token, family):
                connection.execute(
                    delete(table).where(
                        table.c.operator_id == operator_id, table.c.family_id == family_id
                    )
                )
        connection.execute(delete(tries).where(tries.c.last_at < to_wire(to.clock() - TRIES_KEPT)))
        return len(gone)

    return f"{to.database.in_transaction(work)} sessions"


def drop_abandoned_uploads(to: Services) -> str:
    return f"{drop_stale(to)} uploads"


def forget_tombstones(to: Services) -> str:
    before = to_wire(to.clock() - timedelta(days=TOMBSTONE_DAYS))
    count = 0
    for operator_id in _operators(to):
        count += to.database.in_transaction(
            lambda connection, each=operator_id: purge_tombstones(connection, each, before)  # type: ignore[misc]
        )
    return f"{count} tombstones"


def forget_old_audit(to: Services) -> str:
    before = to_wire(to.clock() - timedelta(days=365 * to.settings.audit_years))
    gone = to.database.in_transaction(
        lambda connection: purge_audit(connection, to.new_id, to.now(), before)
    )
    return f"{gone} lines"


def refresh_snapshots(to: Services) -> str:
    return f"{make_snapshots(to.database, to.store, to.now())} snapshots"


def look_for_lost_attachments(to: Services) -> str:
    """What the store has lost is asked for again from the laptops."""
    lost = [name for operator_id in _operators(to) for name in find_lost(to, operator_id)]
    if lost:
        raise JobError(f"{len(lost)} attachments are gone from the store: {', '.join(lost[:5])}")
    return "all there"


def play_again(to: Services) -> str:
    """What was set aside, by what is known by now."""
    report = replay(to.database, to.clock, to.new_id, store=to.store)
    return f"{report.applied} of {report.tried} events"


def check_everything(to: Services) -> str:
    with to.database.read() as connection:
        problems = self_check(connection, to.store).problems
    if problems:
        raise JobError(f"{len(problems)} problems: {'; '.join(problems[:5])}")
    return "no problems"


def back_up_and_prove(to: Services) -> str:
    """Back up, restore that into a scratch database, and only then tell the laptops."""
    folder = to.settings.backup_folder
    if folder is None:
        return "no backup folder is set"
    target = back_up(to.database, to.store, folder, to.clock)
    report = drill(target)
    if report.problems:
        raise JobError(f"{target.name}: {len(report.problems)} problems: {report.problems[0]}")
    until = from_wire(read_manifest(target).made_at) - LATE_COMMITS
    mark_durable(to.database, to_wire(until))
    keep_newest(folder, to.settings.backups_kept)
    return f"{target.name}: {report.rows} rows, {report.attachments} attachments, proved"


JOBS = (
    Job("sessions", timedelta(hours=1), end_old_sessions),
    Job("uploads", timedelta(hours=1), drop_abandoned_uploads),
    Job("replay", timedelta(minutes=5), play_again),
    Job("snapshots", timedelta(minutes=15), refresh_snapshots),
    Job("tombstones", timedelta(days=1), forget_tombstones),
    Job("audit", timedelta(days=1), forget_old_audit),
    Job("attachments", timedelta(days=1), look_for_lost_attachments),
    Job("check", timedelta(days=1), check_everything),
    Job("backup", timedelta(days=1), back_up_and_prove),
)


# --- running them -------------------------------------------------------------------------------


def run_due(to: Services, owner: str, names: Iterable[str] | None = None) -> dict[str, JobState]:
    """Run what is due, or the jobs named, one after the other; what became of each.

    `owner` is the runner's own id. Nothing is run while another one holds the lease.
    """
    wanted = None if names is None else frozenset(names)
    done: dict[str, JobState] = {}
    for job in JOBS:
        if wanted is not None and job.name not in wanted:
            continue
        before = job_state(to, job.name)
        if wanted is None and before is not None and not before.due(job, to.clock()):
            continue
        if not _take_lease(to, owner):
            log.info("another runner does the jobs")
            break
        done[job.name] = _run(to, job)
    return done


def run_forever(to: Services, owner: str, stop: Event) -> None:
    """Until `stop` is set; a job that runs is brought to its end."""
    while not stop.is_set():
        _take_lease(to, owner)  # also when nothing is due: whoever watches sees that we live
        run_due(to, owner)
        stop.wait(LOOK_EACH)
    _give_up_lease(to, owner)


def job_state(to: Services, name: str) -> JobState | None:
    with to.database.read() as connection:
        text = read_meta(connection, _key(name))
    return None if text is None else JobState(**json.loads(text))


def lease_is_held(connection: Connection, now: datetime) -> bool:
    """True while a runner of the jobs lives."""
    text = read_meta(connection, LEASE)
    return text is not None and str(json.loads(text)["until"]) > to_wire(now)


def _run(to: Services, job: Job) -> JobState:
    began = to.now()
    try:
        state = JobState(began, ok=True, told=job.work(to))
        log.info("job %s: %s", job.name, state.told)
    except JobError as error:
        state = JobState(began, ok=False, told=str(error))
        log.error("job %s: %s", job.name, error)  # noqa: TRY400 - the sentence says it all
    except Exception as error:
        state = JobState(began, ok=False, told=f"{type(error).__name__}: {error}")
        log.exception("job %s failed", job.name)
    text = json.dumps({"at": state.at, "ok": state.ok, "told": state.told})
    to.database.in_transaction(lambda connection: write_meta(connection, _key(job.name), text))
    return state


def _take_lease(to: Services, owner: str) -> bool:
    now = to.clock()
    until = to_wire(now + LEASE_FOR)
    meta = tables.server_meta

    def work(connection: Connection) -> bool:
        first = {"k": LEASE, "v": json.dumps({"owner": owner, "until": until})}
        insert_many(connection, meta, [first], on_conflict="skip")
        held = _lease(connection)
        free = held["until"] <= to_wire(now) or held["until"] > until  # from a clock set back
        if held["owner"] != owner and not free:
            return False
        write_meta(connection, LEASE, first["v"])
        return True

    return to.database.in_transaction(work)


def _give_up_lease(to: Services, owner: str) -> None:
    def work(connection: Connection) -> None:
        if read_meta(connection, LEASE) is not None and _lease(connection)["owner"] == owner:
            connection.execute(delete(tables.server_meta).where(tables.server_meta.c.k == LEASE))

    to.database.in_transaction(work)


def _lease(connection: Connection) -> dict[str, Any]:
    meta = tables.server_meta
    text = connection.scalar(select(meta.c.v).where(meta.c.k == LEASE).with_for_update())
    held: dict[str, Any] = json.loads(text or "{}")
    return {"owner": "", "until": ""} | held


def _operators(to: Services) -> list[str]:
    with to.database.read() as connection:
        return sorted(connection.scalars(select(tables.operator.c.operator_id)))


def _key(name: str) -> str:
    return f"job:{name}"
