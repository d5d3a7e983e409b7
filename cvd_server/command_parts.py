"""What the commands of `cvd-server` share: settings, the open database, words at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import ValidationError

from cvd_server.database import Database, database_url
from cvd_server.migrations.upgrade import head_revision, present_revision
from cvd_server.settings import Settings

DatabaseOption = Annotated[
    str | None,
    typer.Option(help="Database URL or SQLite file; without it the user's own SQLite file."),
]
USAGE = 2


def settings_for(database: str | None) -> Settings:
    """The settings of the environment, with this database. Exits with a sentence when wrong."""
    try:
        return Settings(database_url=database_url(database)) if database else Settings()
    except ValidationError as error:
        for fault in error.errors():
            typer.echo(
                f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".removeprefix(" Value error, "),
                err=True,
            )
        raise typer.Exit(USAGE) from error


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings. Exits with a sentence when it is not migrated."""
    database = Database(settings.database_url, pool_size=1, patient=True)
    try:
        with database.read() as connection:
            if present_revision(connection) != head_revision():
                raise wrong("The database has another schema: run `cvd-server migrate` first.")
        yield database
    finally:
        database.close()


def password_given() -> str:
    """From stdin, or asked for on a terminal."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def wrong(sentence: str) -> typer.Exit:
    """Says it on stderr; raise what it gives."""
    typer.echo(sentence, err=True)
    return typer.Exit(USAGE)
