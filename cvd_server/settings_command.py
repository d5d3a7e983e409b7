"""`cvd-server settings`: what is in force, and what there is."""

from typing import Annotated

import typer

from cvd_server.command_parts import DatabaseOption, settings_for
from cvd_server.settings import Settings
from cvd_server.settings_rules import shown, table


def register(app: typer.Typer) -> None:
    app.command("settings")(settings_command)


def settings_command(
    as_table: Annotated[bool, typer.Option("--table", help="what there is, for docs/")] = False,
    database: DatabaseOption = None,
) -> None:
    """Print every setting in force, by the name of its variable; secrets are hidden."""
    if as_table:
        typer.echo(table(Settings))
        return
    for name, text in shown(settings_for(database)).items():
        typer.echo(f"{name}={text}")
