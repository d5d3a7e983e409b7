"""`cvd-server`: run, migrate, people, sample data, self-check."""

import json
import sys
from typing import Annotated

import typer
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from cvd_server.attachment_store import make_store
from cvd_server.audit_trail import record_audit
from cvd_server.bundle_command import register as register_bundles
from cvd_server.change_feed import change_feed
from cvd_server.clock import system_clock, to_wire
from cvd_server.command_parts import (
    USAGE,
    DatabaseOption,
    opened,
    password_given,
    settings_for,
    wrong,
)
from cvd_server.maintenance_commands import register as register_maintenance
from cvd_server.migrations.upgrade import migrate as migrate_database
from cvd_server.people import (
    PersonError,
    create_operator,
    create_user,
    make_hasher,
    operator_named,
    routes_numbered,
)
from cvd_server.people_commands import register as register_people
from cvd_server.replay_command import register as register_replay
from cvd_server.replay_command import replay_with
from cvd_server.seed_demo import seed
from cvd_server.self_check import self_check
from cvd_server.settings_command import register as register_settings
from cvd_shared.ids import IdMaker
from cvd_shared.permissions import Role
from cvd_shared.sample_operator import sample_operator

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
register_bundles(app)
register_maintenance(app)
register_people(app)
register_replay(app)
register_settings(app)


def main() -> None:
    """Run a command. A database that cannot be used is a sentence, not a trace."""
    try:
        app()
    except ArgumentError as error:
        typer.echo(f"The address of the database is wrong: {error}", err=True)
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise  # our bug
        typer.echo(f"The database cannot be used: {error.orig}", err=True)
    sys.exit(USAGE)


@app.command()
def run(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one")] = 8080,
    database: DatabaseOption = None,
) -> None:
    """Serve. The first line on stdout is the address, once connections are taken."""
    from cvd_server.http_server import serve  # the other commands need no Flask

    settings = settings_for(database)
    if settings.embedded:
        migrate_database(settings.database_url)
        replay_with(settings)
    with opened(settings):
        pass  # what is wrong with the database is said here, not by each worker

    def on_ready(url: str) -> None:
        print(url, flush=True)

    serve(settings, host, port, on_ready)


@app.command()
def migrate(database: DatabaseOption = None) -> None:
    """Bring the database to the newest schema; then judge again what was set aside."""
    settings = settings_for(database)
    typer.echo(migrate_database(settings.database_url))
    replay_with(settings)


@app.command("create-user")
def create_user_command(
    name: Annotated[str, typer.Option(help="what the person signs in with")],
    role: Annotated[Role, typer.Option()],
    operator: Annotated[str, typer.Option(help="company; created if it is new")],
    full_name: str = "",
    route: Annotated[list[str] | None, typer.Option(help="route number, repeatable")] = None,
    database: DatabaseOption = None,
) -> None:
    """Create a user; the password is read from stdin, or asked for on a terminal."""
    password = password_given()
    settings = settings_for(database)
    new_id = IdMaker(system_clock)
    now = to_wire(system_clock())
    with opened(settings) as source, source.write() as connection:
        operator_id = operator_named(connection, operator)
        if operator_id is None:
            operator_id = new_id()
            create_operator(connection, operator, operator_id, now)
        with change_feed(connection, operator_id, now) as feed:
            user_id = new_id()
            try:
                create_user(
                    feed,
                    make_hasher(settings),
                    user_id=user_id,
                    name=name,
                    full_name=full_name,
                    role=role,
                    password=password,
                    route_ids=routes_numbered(connection, operator_id, route or []),
                    granted_from=now,
                )
            except PersonError as error:
                raise wrong(f"No user was created: {error}.") from error
            record_audit(
                connection, new_id, now, "user_created", operator_id=operator_id, user_id=user_id
            )
    typer.echo(user_id)


@app.command("seed-demo")
def seed_demo_command(
    as_json: Annotated[bool, typer.Option("--json", help="users with passwords, machines")] = False,
    force: Annotated[bool, typer.Option(help="also in production, with random passwords")] = False,
    database: DatabaseOption = None,
) -> None:
    """Load the sample operator: 30 machines, 4 routes, 12 weeks of reads, runs for today."""
    settings = settings_for(database)
    production = settings.environment == "production"
    if production and not force:
        raise wrong("This is a production server; sample data need --force.")
    migrate_database(settings.database_url)
    sample = sample_operator(system_clock().astimezone().date())
    with opened(settings) as target:
        report = seed(
            target,
            sample,
            make_hasher(settings),
            to_wire(system_clock()),
            secret_passwords=production,
        )
    if as_json:
        print(json.dumps(report.as_json(), indent=1))
        return
    for user in report.users:
        print(f"{user['name']:<12} {user['password']:<24} {user['role']}")
    print(f"{len(report.machines)} machines")


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="it is JSON anyway")] = False,
    database: DatabaseOption = None,
) -> None:
    """Self-check: streams dense, heads equal the feed, digests recomputed, reports present."""
    del as_json
    settings = settings_for(database)
    with opened(settings) as source, source.read() as connection:
        report = self_check(connection, make_store(settings))
    print(json.dumps(report.as_json(), indent=1))
    if report.problems:
        raise typer.Exit(1)
