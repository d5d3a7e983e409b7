"""`cvd-server user ...`, `device ...`, `escrow-code`: people and laptops, at the server's terminal.

For when nobody can sign in: the only administrator forgot his password, or is the one to go.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import Connection

from cvd_server import device_office, escrow, user_office
from cvd_server.accounts import Account, account_named
from cvd_server.answers import ApiError
from cvd_server.command_parts import DatabaseOption, password_given, settings_for, wrong
from cvd_server.people import operators, plain_name
from cvd_server.services import Services
from cvd_server.user_office import Office
from cvd_shared.wire_identity import DevicePolicy, DevicePolicyRequest, DeviceView

NameOption = Annotated[str, typer.Option("--user", help="what the person signs in with")]
DeviceOption = Annotated[str, typer.Option("--device", help="id, as `device list` prints it")]
JsonOption = Annotated[bool, typer.Option("--json", help="one document on stdout")]

user_app = typer.Typer(no_args_is_help=True, help="People: list, disable, new password.")
device_app = typer.Typer(no_args_is_help=True, help="Laptops: list, revoke.")


def register(app: typer.Typer) -> None:
    app.add_typer(user_app, name="user")
    app.add_typer(device_app, name="device")
    app.command("escrow-code")(escrow_code_command)


@user_app.command("list")
def user_list_command(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Everybody, by operator and name."""
    with _services(database) as to, to.database.read() as connection:
        told = [
            {"operator": name} | view.model_dump()
            for operator_id, name in operators(connection)
            for view in user_office.user_list(connection, to, operator_id).users
        ]
    if as_json:
        print(json.dumps({"users": told}, indent=1))
        return
    for user in told:
        state = "" if user["active"] else "disabled"
        print(f"{user['operator']:<24} {user['name']:<24} {user['role']:<12} {state}".rstrip())


@user_app.command("disable")
def user_disable_command(name: NameOption, database: DatabaseOption = None) -> None:
    """The person may not work any more; what his laptops still hold is taken in and set aside."""
    with _services(database) as to:
        account = _account(to, name)
        user_office.deactivate(to, Office(account.operator_id, None), account.user_id)
    typer.echo(f"{account.name} is disabled.")


@user_app.command("reset-password")
def user_reset_password_command(name: NameOption, database: DatabaseOption = None) -> None:
    """Give a password that has to be changed at the next sign-in; it is read from stdin."""
    password = password_given()
    with _services(database) as to:
        account = _account(to, name)
        office = Office(account.operator_id, None)
        user_office.reset_password(to, office, account.user_id, password)
    typer.echo(f"{account.name} has a new password and has to sign in again.")


@device_app.command("list")
def device_list_command(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Every device, by operator, those seen last first."""
    with _services(database) as to, to.database.read() as connection:
        told = [
            {"operator": name} | view.model_dump()
            for operator_id, name in operators(connection)
            for view in device_office.device_list(connection, operator_id).devices
        ]
    if as_json:
        print(json.dumps({"devices": told}, indent=1))
        return
    for device in told:
        print(
            f"{device['device_id']}  {device['user_name']:<20} {device['name']:<20} "
            f"{device['status']:<8} {device['policy']:<18} seen {device['last_seen_at'] or 'never'}"
            f", {device['unsent']} unsent"
        )


@device_app.command("revoke")
def device_revoke_command(
    device_id: DeviceOption,
    reason: Annotated[str, typer.Option(help="for the audit trail")],
    policy: Annotated[DevicePolicy, typer.Option(help="what it shall do with its data")] = "lock",
    database: DatabaseOption = None,
) -> None:
    """End a device's right to fetch and send; recorded work still comes in through rescue."""
    request = DevicePolicyRequest(policy=policy, revoke=True, reason=reason)

    def work(connection: Connection) -> DeviceView:
        for operator_id, _ in operators(connection):
            known = device_office.device_list(connection, operator_id).devices
            if any(device.device_id == device_id for device in known):
                actor = (operator_id, None)
                return device_office.set_policy(
                    connection, to.new_id, to.now(), actor, device_id, request
                )
        raise wrong(f"There is no device {device_id}.")

    with _services(database) as to:
        view = to.database.in_transaction(work)
    typer.echo(f"{view.name} is revoked; it said that {view.unsent} records were not sent yet.")


def escrow_code_command(
    name: NameOption, device_id: DeviceOption, database: DatabaseOption = None
) -> None:
    """Print the recovery code of a local database, to be read out to the person whose PIN is
    forgotten. Make sure that it is that person: the code opens everything on the laptop."""
    with _services(database) as to:
        account = _account(to, name)
        codes = to.database.in_transaction(
            lambda tx: escrow.codes_for_office(
                to, tx, account.operator_id, account.user_id, device_id
            )
        )
    if not codes:
        raise wrong(f"No key of {account.name} on that device was stored.")
    for code in codes:
        typer.echo(f"database {code.database_id}, stored {code.stored_at}:", err=True)
        typer.echo(code.text)


@contextmanager
def _services(database: str | None) -> Iterator[Services]:
    """What a view has. Exits with a sentence: not migrated, or what the server would answer."""
    from cvd_server.app import make_services  # the other commands need no Flask

    try:
        to = make_services(settings_for(database))
    except LookupError as error:
        raise wrong(f"{str(error.args[0])[:1].upper()}{str(error.args[0])[1:]}.") from error
    try:
        yield to
    except ApiError as error:
        raise wrong(error.message) from error
    finally:
        to.database.close()


def _account(to: Services, name: str) -> Account:
    with to.database.read() as connection:
        account = account_named(connection, plain_name(name))
    if account is None:
        raise wrong(f"There is no user {name!r}.")
    return account
