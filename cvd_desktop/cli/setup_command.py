"""`cvd setup-code`: what the office gives a person so that nobody types a server's address."""

from pathlib import Path
from typing import Annotated

import typer

from cvd_desktop.cli.command_line import print_line, say
from cvd_desktop.cli.options import only_text


def add_to(app: typer.Typer) -> None:
    app.command("setup-code")(setup_code)


def setup_code(
    server: Annotated[str, typer.Option("--server", metavar="URL", help="https://...")],
    user: Annotated[str, typer.Option("--user", metavar="NAME", callback=only_text)] = "",
    operator: Annotated[str, typer.Option("--operator", metavar="NAME")] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="*.cvdsetup, or *.svg for a QR code"),
    ] = None,
) -> None:
    """A set-up for the sign-in screen: a file, a QR code, or the link itself. It has no secret."""
    from cvd_desktop.services.set_up import SetUp, setup_link, write_setup_file

    setup = SetUp(server, user.strip(), operator.strip())
    if output is None:
        print_line(setup_link(setup))
    else:
        write_setup_file(setup, output)
        say(f"Written: {output}")
