"""`cvd`: the commands of cvd_desktop/cli, and those that need a window or the whole product."""

from typing import Annotated

import typer

from cvd_desktop.cli import build_app
from cvd_desktop.cli.options import DataDir


def run_command() -> None:
    """Run the command of the command line; ends the program."""
    app = build_app()
    app.command("demo")(_demo)
    app.command("window")(_window)
    app.command("self-test")(_self_test)
    app(prog_name="cvd")


def _demo(
    context: typer.Context,
    data_dir: DataDir,
    headless: Annotated[bool, typer.Option("--headless", help="Play it without a window.")] = False,
) -> None:
    """The whole product on this computer: sample server, virtual machines, the window."""
    from cvd_desktop.demo import demo, has_display

    named = context.get_parameter_source("data_dir")
    folder = None if named is not None and named.name.startswith("DEFAULT") else data_dir
    raise typer.Exit(demo(folder, headless=headless or not has_display()))


def _window(data_dir: DataDir) -> None:
    """The window."""
    from cvd_desktop.app.start import run_window

    raise typer.Exit(run_window(data_dir))


def _self_test() -> None:
    """Prove that this installation works: storage, keys, ports, a read, every screen, a sync."""
    from cvd_desktop.self_test import self_test

    raise typer.Exit(self_test())
