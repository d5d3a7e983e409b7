"""`cvd-server`: run, migrate, people, sample data, self-check."""

from typing import Annotated

import typer
from pydantic import ValidationError

from cvd_server.database import database_url
from cvd_server.http_server import serve
from cvd_server.migrations.upgrade import migrate as migrate_database
from cvd_server.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

Database = Annotated[
    str | None,
    typer.Option(help="Database URL or SQLite file; without it the user's own SQLite file."),
]
USAGE = 2


def main() -> None:
    app()


def settings_for(database: str | None) -> Settings:
    """The settings of the environment, with this database. Exits with a sentence when wrong."""
    try:
        return Settings(database_url=database_url(database)) if database else Settings()
    except ValidationError as error:
        for fault in error.errors():
            typer.echo(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip(), err=True)
        raise typer.Exit(USAGE) from error


@app.command()
def run(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one")] = 8080,
    database: Database = None,
) -> None:
    """Serve. The first line on stdout is the address, once connections are taken."""
    settings = settings_for(database)
    if settings.database_url.startswith("sqlite"):
        migrate_database(settings.database_url)

    def on_ready(url: str) -> None:
        print(url, flush=True)

    serve(settings, host, port, on_ready)


@app.command()
def migrate(database: Database = None) -> None:
    """Bring the database to the newest schema."""
    typer.echo(migrate_database(settings_for(database).database_url))
