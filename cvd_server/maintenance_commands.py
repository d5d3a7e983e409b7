"""`cvd-server backup`, `restore`, `mark-durable`, `jobs`: what keeps a server alive for years."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from cvd_server.attachment_store import StoreFull, StoreUnavailable, make_store
from cvd_server.backup import BackupError, back_up, drill, mark_durable, restore
from cvd_server.clock import from_wire, system_clock, to_wire
from cvd_server.command_parts import DatabaseOption, opened, settings_for, wrong
from cvd_server.jobs import JOBS, lease_is_held, run_due, run_forever


def register(app: typer.Typer) -> None:
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)
    app.command("mark-durable")(mark_durable_command)
    app.command("jobs")(jobs_command)
    app.command("alive")(alive_command)


def backup_command(
    to: Annotated[Path, typer.Option(help="folder; each backup gets its own below it")],
    prove: Annotated[bool, typer.Option(help="restore it into a scratch database")] = True,
    database: DatabaseOption = None,
) -> None:
    """Back up the database and the attachments; the path is printed."""
    settings = settings_for(database)
    with opened(settings) as source, _told():
        target = back_up(source, make_store(settings), to, system_clock)
        if prove:
            report = drill(target)
            if report.problems:
                raise BackupError("; ".join(report.problems[:5]))
    typer.echo(target)


def restore_command(
    backup: Annotated[Path, typer.Argument(help="a folder that `backup` printed")],
    database: DatabaseOption = None,
) -> None:
    """Bring a backup into an empty database. Laptops then send what is younger once more."""
    settings = settings_for(database)
    with _told():
        report = restore(backup, settings.database_url, make_store(settings))
    typer.echo(json.dumps(report.as_json(), indent=1))
    if report.problems:
        raise typer.Exit(1)


def mark_durable_command(
    until: Annotated[str, typer.Argument(help="UTC ISO 8601: a proved archive has all before")],
    database: DatabaseOption = None,
) -> None:
    """Tell the laptops up to when another backup than ours is proved."""
    try:
        moment = from_wire(until)
    except ValueError as error:
        raise wrong(f"This is no time: {until}") from error
    if moment > system_clock():
        raise wrong("That time is still to come.")
    with opened(settings_for(database)) as target:
        mark_durable(target, to_wire(moment))


def jobs_command(
    once: Annotated[bool, typer.Option(help="run what is due, then end")] = False,
    only: Annotated[list[str] | None, typer.Option(help="run this one now, repeatable")] = None,
    database: DatabaseOption = None,
) -> None:
    """Retention, snapshots, backups with their proof, self-check; until it is ended."""
    from cvd_server.app import make_services  # the other commands need no Flask
    from cvd_server.request_log import set_up_logging

    unknown = set(only or ()) - {job.name for job in JOBS}
    if unknown:
        raise wrong(f"There is no job {', '.join(sorted(unknown))}.")
    settings = settings_for(database)
    with opened(settings):
        pass  # what is wrong with the database is said here
    set_up_logging(settings)
    to = make_services(settings)
    owner = to.new_id()
    try:
        if only or once:
            done = run_due(to, owner, only)
            for name, state in done.items():
                typer.echo(f"{name}: {state.told}")
            if not all(state.ok for state in done.values()):
                raise typer.Exit(1)
            return
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_forever(to, owner, stop)
    finally:
        to.database.close()


def alive_command(
    port: Annotated[int, typer.Option(help="of the web workers on this computer")] = 8080,
    jobs: Annotated[bool, typer.Option(help="the runner of the jobs instead")] = False,
    database: DatabaseOption = None,
) -> None:
    """For health checks of containers: exit 0 when the server here, or its jobs, are at work."""
    import urllib.error
    import urllib.request

    if jobs:
        with opened(settings_for(database)) as source, source.read() as connection:
            if not lease_is_held(connection, system_clock()):
                raise wrong("Nobody does the jobs.")
        return
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=4):
            return
    except (urllib.error.URLError, OSError) as error:
        raise wrong(f"The server does not answer: {error}.") from error


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BackupError, StoreFull, StoreUnavailable, OSError) as error:
        raise wrong(f"Nothing was changed: {error}.") from error
